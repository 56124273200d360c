"""Programs in a process of their own that can be killed, shut in as far as this system can.

What shuts a program in is, in this order, Landlock and seccomp (Linux), or bubblewrap where it is installed. It then
has no network, starts no processes, reads only what it is given and writes only in its folder; limits on time, memory,
disk and output hold everywhere.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

from ..convert.errors import EdgeError
from .child import deadline

Level: TypeAlias = Literal["landlock+seccomp", "bubblewrap", "none"]

_LAUNCHER: Final = Path(__file__).with_name("confined.py")
_LOCKS: Final = Path(__file__).with_name("locks.py")
SYSTEM: Final = ("/usr/lib", "/lib", "/lib64", "/usr/lib64", "/dev/null", "/dev/urandom")
"""What every program reads: the libraries."""
SCRATCH: Final = 64 << 20
"""Bytes that a program may keep in the files of its own /tmp, which bubblewrap makes."""


class Limits(NamedTuple):
    """`seconds` of the clock; `memory` (0 is without limit), `disk` (the largest file) and `output` in bytes."""

    seconds: float
    memory: int = 2 << 30
    disk: int = 16 << 20
    output: int = 32 << 20
    files: int = 64


class Answer(NamedTuple):
    """What a program wrote to its output, the end of what it said to its errors, and how it ended."""

    output: bytes
    said: str
    code: int

    @property
    def last_words(self) -> str:
        """The last line that it said, or how it ended."""
        if self.said.strip():
            return self.said.strip().splitlines()[-1][:300]
        if self.code < 0:
            return f"its process ended with {signal.Signals(-self.code).name}"
        return f"its process ended with {self.code}"


@cache
def best_level() -> Level:
    """What this system has."""
    if has_landlock():
        return "landlock+seccomp"
    return "bubblewrap" if has_bubblewrap() else "none"


@cache
def has_landlock() -> bool:
    """Whether the kernel has Landlock and seccomp, and the machine is one whose system calls are known."""
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(21, 0, 0, 0, 0) >= 0 and libc.syscall(444, None, 0, 1) >= 1)


@cache
def has_bubblewrap() -> bool:
    """Whether it is installed, and may make the namespaces that it needs, which many containers forbid."""
    if shutil.which("bwrap") is None:
        return False
    trial = ["bwrap", "--unshare-all", "--size", str(SCRATCH), "--tmpfs", "/tmp", "--ro-bind", "/", "/", "true"]
    try:
        return subprocess.run(trial, stdin=subprocess.DEVNULL, capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def settings(level: Level, readable: Sequence[str], limits: Limits, writable: Sequence[str] = ()) -> dict[str, object]:
    """What `locks.lock` is told."""
    return {
        "level": level, "readable": [*readable], "writable": [*writable], "memory": limits.memory,
        "seconds": int(limits.seconds) + 1, "disk": limits.disk, "files": limits.files,
    }  # fmt: skip


def shut_in(
    command: Sequence[str], folder: str, readable: Sequence[str], limits: Limits, *, threads: bool = False
) -> list[str]:
    """The command line that runs a program shut in: its first word is the path of its file, `folder` is its own."""
    level = best_level()
    told = settings(level, (*SYSTEM, *readable), limits, [folder]) | {"threads": threads}
    started = [sys.executable, "-I", "-B", str(_LAUNCHER), json.dumps(told), *command]
    if level != "bubblewrap":
        return started
    return [*bubblewrap((*SYSTEM, *readable, str(_LAUNCHER)), folder), *started]


def bubblewrap(readable: Sequence[str], folder: str = "") -> list[str]:
    """The words before a command of Python's that shut it in by bubblewrap, with `folder` writable if there is one."""
    paths = dict.fromkeys((*readable, str(_LOCKS), sys.prefix, sys.base_prefix))
    # Devices come by --dev; a bound one could not be opened.
    there = [path for path in paths if os.path.exists(path) and not path.startswith("/dev/")]
    binds = [word for path in there for word in ("--ro-bind", path, path)]
    own = ["--bind", folder, folder, "--chdir", folder] if folder else ["--chdir", "/tmp"]
    return [
        "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
        "--proc", "/proc", "--dev", "/dev", "--size", str(SCRATCH), "--tmpfs", "/tmp", *binds, *own,
    ]  # fmt: skip


def ask(
    command: Sequence[str], body: bytes, folder: str, environment: Mapping[str, str], limits: Limits, name: str
) -> Answer:
    """Runs a command in a folder and gives it `body` to read. EdgeError where it takes too long or says too much."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=folder, env=environment,
            start_new_session=True, close_fds=True,
        )  # fmt: skip
        try:
            with deadline(limits.seconds, lambda: _kill(process)) as late:
                output = _exchange(process, body, limits.output)
        finally:
            _kill(process)
            code = process.wait()
        log.seek(max(0, log.seek(0, os.SEEK_END) - 4000))
        said = log.read().decode("utf-8", "replace")
    if late.is_set():
        raise EdgeError(f"{name} took more than {limits.seconds:g} s", said)
    if output is None:
        raise EdgeError(f"{name} wrote more than {limits.output >> 20} MiB", said)
    return Answer(output, said, code)


def _exchange(process: subprocess.Popen[bytes], body: bytes, most: int) -> bytes | None:
    """What the process answers; None where it is too much."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(body)
        process.stdin.close()
    except BrokenPipeError:
        pass
    output = process.stdout.read(most + 1)
    process.stdout.close()
    return output if len(output) <= most else None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and all that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
