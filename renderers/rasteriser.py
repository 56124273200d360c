"""The program that `raster` runs as its child: draws one SVG after another, under limits that it sets on itself.

Reads jobs on standard input and answers on standard output. A job is the length of a JSON header (4 bytes, big-endian),
the header, and the SVG, whose length is in the header; an answer is one byte, `+` or `-`, the length (4 bytes), and the
picture or the message. Nothing of panmath is imported, so that the child starts fast.
"""

from __future__ import annotations

import json
import struct
import sys
from typing import Any, BinaryIO


def main() -> None:
    """Works until standard input ends."""
    jobs, answers = sys.stdin.buffer, sys.stdout.buffer
    while (head := jobs.read(4)) and len(head) == 4:
        header = json.loads(jobs.read(struct.unpack(">I", head)[0]))
        svg = jobs.read(header["length"]).decode("utf-8")
        limit(header["memory"], header["seconds"])
        try:
            answer(answers, b"+", draw(svg, header))
        except Exception as error:  # whatever the rasteriser says goes to the parent, which makes it an EdgeError
            answer(answers, b"-", f"{type(error).__name__}: {error}".encode("utf-8", "replace"))


def answer(stream: BinaryIO, status: bytes, body: bytes) -> None:
    stream.write(status + struct.pack(">I", len(body)) + body)
    stream.flush()


def limit(memory: int, seconds: float) -> None:
    """Bounds the address space, the processor time of this job and the size of files, and forbids core dumps."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows has none of this; the parent's clock still kills the child.
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = usage.ru_utime + usage.ru_stime
    for what, soft in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, int(spent + seconds) + 2),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 1 << 20),  # the log, and what a library tries in order to find a folder for it
    ):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def draw(svg: str, header: dict[str, Any]) -> bytes:
    """The picture: by resvg for PNG, by CairoSVG for PDF and PostScript or where it is asked for."""
    if header["engine"] == "resvg":
        import resvg_py

        options = {} if header["background"] is None else {"background": header["background"]}
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=svg, dpi=96.0, zoom=header["zoom"], skip_system_fonts=not header["has_text"], **options
            )
        )
    import cairosvg

    function = {"png": cairosvg.svg2png, "pdf": cairosvg.svg2pdf, "ps": cairosvg.svg2ps}[header["format"]]
    scale = header["zoom"] if header["format"] == "png" else 1.0
    # Without `unsafe=True` CairoSVG reads data URLs and nothing else.
    picture: bytes = function(
        bytestring=svg.encode("utf-8"), dpi=96, scale=scale, background_color=header["background"]
    )
    return picture


if __name__ == "__main__":
    main()
