"""The program that a `Child` runs: does one job after another, under limits that it sets on itself.

`worker.py PROGRAM` loads a file beside it and gives each job to its function `handle(header, body)`. Jobs come on
standard input and answers go to standard output. A job is the length of a JSON header (4 bytes, big-endian), the
header, and the body, whose length is in the header; an answer is one byte, `+` or `-`, the length (4 bytes), and what
`handle` returned or the message. Nothing of panmath is imported, so that the child starts fast.
"""

from __future__ import annotations

import json
import runpy
import struct
import sys
from pathlib import Path
from typing import BinaryIO


def main() -> None:
    """Works until standard input ends."""
    handle = runpy.run_path(str(Path(__file__).with_name(sys.argv[1])))["handle"]
    jobs, answers = sys.stdin.buffer, sys.stdout.buffer
    while (head := jobs.read(4)) and len(head) == 4:
        header = json.loads(jobs.read(struct.unpack(">I", head)[0]))
        body = jobs.read(header["length"])
        limit(header["memory"], header["seconds"])
        try:
            answer(answers, b"+", handle(header, body))
        except Exception as error:  # whatever the library says goes to the parent, which makes it an EdgeError
            answer(answers, b"-", f"{type(error).__name__}: {error}".encode("utf-8", "replace"))


def answer(stream: BinaryIO, status: bytes, body: bytes) -> None:
    """Writes a message to the parent: one byte of status, the length of the body in four bytes, and the body."""
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


if __name__ == "__main__":
    main()
