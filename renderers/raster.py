"""Any SVG → PNG, PDF or PostScript, in a child process that can be killed.

The SVG may come from anybody: `svg.inspect` refuses what no picture needs, then a warm child draws it with limits on
its memory, its processor time and the clock. A child that breaks one is killed and the next picture gets a new one.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, Final, Literal, TypeAlias, cast

from ..convert.errors import EdgeError, MissingExtraError, OptionError, PanmathError, UnsupportedError
from ..convert.source import Source
from .svg import inspect

Format: TypeAlias = Literal["png", "pdf", "ps"]
Engine: TypeAlias = Literal["resvg", "cairosvg"]

MAX_PIXELS: Final = 64_000_000
MEMORY: Final = 2 << 30
"""Bytes of address space that the child may have."""
SECONDS: Final = 20.0

_PACKAGES: Final[dict[Engine, str]] = {"resvg": "resvg_py", "cairosvg": "cairosvg"}
_RESOLUTIONS: Final = (1.0, 4800.0)


def raster(
    svg: str | Source,
    *,
    format: Format = "png",
    dpi: float = 200.0,
    background: str | None = None,
    engine: Engine | None = None,
    timeout: float = SECONDS,
) -> bytes:
    """The picture of an SVG.

    `dpi` is the number of pixels that an inch, 96 CSS pixels, becomes in a PNG. `background` is a CSS colour; by
    default nothing is laid under the picture. `engine` is resvg for PNG and CairoSVG for the others, which only it can
    make. `timeout` is in seconds.

    Raises OptionError, MissingExtraError, ParseError (no well-formed SVG), UnsupportedError (it refers to the outside,
    is too large or too deep) and EdgeError (the rasteriser failed or ran out of time or memory).
    """
    engine = _engine(format, engine)
    if not _RESOLUTIONS[0] <= dpi <= _RESOLUTIONS[1]:
        raise OptionError(f"dpi is {dpi:g}, and should be from {_RESOLUTIONS[0]:g} to {_RESOLUTIONS[1]:g}")
    source = svg if isinstance(svg, Source) else Source(svg, "<svg>")
    canvas = inspect(source)
    zoom = dpi / 96
    pixels = canvas.width * canvas.height * zoom * zoom
    if pixels > MAX_PIXELS:
        raise UnsupportedError(f"the picture would have {pixels / 1e6:.0f} megapixels, more than {MAX_PIXELS // 10**6}")
    header: dict[str, object] = {
        "format": format, "engine": engine, "zoom": zoom, "background": background, "has_text": canvas.has_text,
        "memory": MEMORY, "seconds": timeout,
    }  # fmt: skip
    return _CHILD.ask(header, source.text.encode("utf-8", "replace"), timeout)


def raster_many(
    svgs: Sequence[str | Source],
    *,
    format: Format = "png",
    dpi: float = 200.0,
    background: str | None = None,
    engine: Engine | None = None,
    timeout: float = SECONDS,
) -> list[bytes | PanmathError]:
    """As many pictures as SVGs, or in a picture's place the error that `raster` would have raised."""
    results: list[bytes | PanmathError] = []
    for svg in svgs:
        try:
            results.append(raster(svg, format=format, dpi=dpi, background=background, engine=engine, timeout=timeout))
        except (OptionError, MissingExtraError):
            raise
        except PanmathError as error:
            results.append(error)
    return results


def _engine(format: Format, engine: Engine | None) -> Engine:
    if format not in ("png", "pdf", "ps"):
        raise OptionError(f"an SVG cannot be made {format!r}; there are png, pdf and ps")
    if engine is None:
        engine = "resvg" if format == "png" else "cairosvg"
    if engine not in _PACKAGES:
        raise OptionError(f"there is no rasteriser {engine!r}; there are {' and '.join(_PACKAGES)}")
    if engine == "resvg" and format != "png":
        raise OptionError(f"resvg makes png only; cairosvg makes {format}")
    if find_spec(_PACKAGES[engine]) is None:
        package = _PACKAGES[engine]
        raise MissingExtraError(
            f'drawing an SVG needs {package}, which is not installed: pip install "panmath[render]"'
        )
    return engine


class _Child:
    """The child process, started when it is first needed; one job at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._of_parents: list[subprocess.Popen[bytes]] = []
        self._owner = 0
        self._log: BinaryIO | None = None

    def ask(self, header: dict[str, object], svg: bytes, timeout: float) -> bytes:
        head = json.dumps(header | {"length": len(svg)}).encode("ascii")
        message = struct.pack(">I", len(head)) + head + svg
        with self._lock:
            process = self._running()
            late = threading.Event()

            def stop() -> None:
                late.set()
                process.kill()

            clock = threading.Timer(timeout, stop)
            clock.start()
            try:
                status, body = self._exchange(process, message)
            finally:
                clock.cancel()
            if status == b"+":
                return body
            if status == b"-":
                raise EdgeError(f"the rasteriser failed: {body.decode('utf-8', 'replace')}")
            raise self._death(process, f"it took more than {timeout:g} s" if late.is_set() else "")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._owner != os.getpid():
            # This process was forked: the child is that of the original, and its pipes are left alone.
            self._of_parents.append(self._process)
            self._process = None
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            # A file without a name: nothing is left behind, however this process ends.
            self._log, self._owner = cast(BinaryIO, tempfile.TemporaryFile()), os.getpid()  # noqa: SIM115 (closed in close)
            program = Path(__file__).with_name("rasteriser.py")
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log
            )
            atexit.register(self.close)
        return self._process

    @staticmethod
    def _exchange(process: subprocess.Popen[bytes], message: bytes) -> tuple[bytes, bytes]:
        """The child's status and answer; both empty where it died."""
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(message)
            process.stdin.flush()
        except BrokenPipeError:
            return b"", b""
        head = process.stdout.read(5)
        if len(head) < 5:
            return b"", b""
        length = struct.unpack(">I", head[1:])[0]
        body = process.stdout.read(length)
        return (head[:1], body) if len(body) == length else (b"", b"")

    def _death(self, process: subprocess.Popen[bytes], reason: str) -> EdgeError:
        code = process.wait()
        assert self._log is not None
        self._log.seek(0)
        log = self._log.read().decode("utf-8", "replace")[-4000:]
        self.close()
        if not reason:
            reason = (
                f"its process ended with {signal.Signals(-code).name}" if code < 0 else f"its process ended with {code}"
            )
        return EdgeError(f"the rasteriser was stopped: {reason}", log)

    def close(self) -> None:
        """Ends the child, if there is one of this process."""
        process, self._process = self._process, None
        atexit.unregister(self.close)
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        if self._log is not None:
            self._log.close()


_CHILD: Final = _Child()
