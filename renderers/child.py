"""A child process that does one kind of work, can be killed at any time, and is replaced when it dies.

What can crash, hang or eat memory, because it is a library in C or because its input comes from anybody, works there,
with limits on its memory, its processor time and the clock. worker.py is the other end of the pipes.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, cast

from ..convert.errors import EdgeError

MEMORY: Final = 2 << 30
"""Bytes of address space that a child may have."""


@contextmanager
def deadline(seconds: float, kill: Callable[[], None]) -> Iterator[threading.Event]:
    """Calls `kill` if what is done under it is not done after so many seconds; then the event is set."""
    late = threading.Event()

    def stop() -> None:
        late.set()
        kill()

    clock = threading.Timer(seconds, stop)
    clock.start()
    try:
        yield late
    finally:
        clock.cancel()


class Child:
    """The process, started when it is first needed; one job at a time.

    `program` is the file beside this one whose function `handle` does the work, `name` is what messages call it.
    """

    def __init__(self, program: str, name: str) -> None:
        self._program, self._called = program, name
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._of_parents: list[subprocess.Popen[bytes]] = []
        self._owner = 0
        self._log: BinaryIO | None = None

    def ask(self, header: dict[str, object], body: bytes, timeout: float) -> bytes:
        """The answer to one job; EdgeError where the work failed or took more than `timeout` seconds."""
        limits = {"memory": MEMORY, "seconds": timeout, "length": len(body)}
        head = json.dumps(header | limits).encode("ascii")
        message = struct.pack(">I", len(head)) + head + body
        with self._lock:
            process = self._running()
            with deadline(timeout, process.kill) as late:
                status, answer = self._exchange(process, message)
            if status == b"+":
                return answer
            if status == b"-":
                raise EdgeError(f"{self._called} failed: {answer.decode('utf-8', 'replace')}")
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
            worker = str(Path(__file__).with_name("worker.py"))
            self._process = subprocess.Popen(
                [sys.executable, "-P", worker, self._program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
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
        return EdgeError(f"{self._called} was stopped: {reason}", log)

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
                with suppress(BrokenPipeError):  # what was written and not read goes with the child
                    stream.close()
        if self._log is not None:
            self._log.close()
