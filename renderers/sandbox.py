"""Runs figure programs of others: shut in, or not at all.

The program runs in a process of its own with an empty environment, in an empty folder, without files but those of
Python and its packages, without network and without new processes, and with limits on time, memory and disk. What shuts
it in is, in this order, Landlock and seccomp (Linux), or bubblewrap where it is installed; where there is neither, the
program is refused unless `unsafe_exec` says that this is not minded. The scene's `origin` names the level.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import shutil
import signal
import struct
import subprocess
import sys
import sysconfig
import tempfile
import threading
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, TypeAlias

from ..convert.errors import EdgeError, Losses, MissingExtraError, UnsupportedError
from ..convert.source import Source
from . import svg_reader
from .scene import Scene

Level: TypeAlias = Literal["landlock+seccomp", "bubblewrap", "none"]

SECONDS: Final = 20
MEMORY: Final = 2 << 30
DISK: Final = 16 << 20
MAX_SOURCE: Final = 1 << 20
MAX_OUTPUT: Final = 32 << 20
_PROGRAM: Final = Path(__file__).with_name("sandboxed.py")


def read(source: Source, *, losses: Losses, unsafe_exec: bool = False) -> Scene:
    """The scene that a matplotlib program draws. Raises UnsupportedError, EdgeError and MissingExtraError."""
    svg, level = run(source.text, unsafe_exec=unsafe_exec)
    found = svg_reader.read(Source(svg, f"{source.name} (drawn)"), losses=losses)
    return Scene(
        found.items, found.box, found.background, f"matplotlib in {level}" if level != "none" else "matplotlib"
    )


def run(program: str, *, unsafe_exec: bool = False, timeout: float = SECONDS) -> tuple[str, Level]:
    """The SVG of the program's first figure, and what shut it in."""
    if find_spec("matplotlib") is None:
        raise MissingExtraError(
            'running figure programs needs matplotlib, which is not installed: pip install "panmath[figures]"'
        )
    if len(program) > MAX_SOURCE:
        raise UnsupportedError(f"the program is longer than {MAX_SOURCE >> 20} MiB")
    level = best_level()
    if level == "none" and not unsafe_exec:
        raise UnsupportedError(
            "this system has nothing to shut a program in with (Landlock and seccomp, or bubblewrap); "
            "--unsafe-exec runs it all the same"
        )
    return _run("figure", program, level, timeout), level


def evaluate(program: str, *, timeout: float = SECONDS) -> str:
    """What a program without figures leaves in its variable `result`, as JSON. NumPy is there, nothing else is.

    Raises UnsupportedError where nothing can shut it in, EdgeError where it fails or takes too long.
    """
    if find_spec("numpy") is None:
        raise MissingExtraError('running programs needs numpy, which is not installed: pip install "panmath[sympy]"')
    if len(program) > MAX_SOURCE:
        raise UnsupportedError(f"the program is longer than {MAX_SOURCE >> 20} MiB")
    level = best_level()
    if level == "none":
        raise UnsupportedError(
            "this system has nothing to shut a program in with (Landlock and seccomp, or bubblewrap)"
        )
    return _run("result", program, level, timeout)


def _run(wanted: Literal["figure", "result"], program: str, level: Level, timeout: float) -> str:
    with tempfile.TemporaryDirectory(prefix="panmath-figure-") as folder:
        return _answer(_command(wanted, level, folder, timeout), program, folder, timeout)


@cache
def best_level() -> Level:
    """What this system has."""
    if sys.platform == "linux":
        if platform.machine() in ("x86_64", "aarch64"):
            libc = ctypes.CDLL(None, use_errno=True)
            has_seccomp = libc.prctl(21, 0, 0, 0, 0) >= 0
            if has_seccomp and libc.syscall(444, None, 0, 1) >= 1:
                return "landlock+seccomp"
        if shutil.which("bwrap"):
            return "bubblewrap"
    return "none"


def _readable() -> list[str]:
    """Where Python, its packages, the system's libraries and its fonts are."""
    paths = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    paths |= {
        "/usr/share/fonts",
        "/usr/share/zoneinfo",
        "/usr/lib",
        "/lib",
        "/lib64",
        "/usr/lib64",
        "/dev/null",
        "/dev/urandom",
    }
    return sorted(path for path in paths if path and os.path.exists(path))


def _command(wanted: str, level: Level, folder: str, timeout: float) -> list[str]:
    settings = {
        "wanted": wanted, "level": level, "readable": _readable(), "memory": MEMORY, "seconds": int(timeout) + 1,
        "disk": DISK,
    }  # fmt: skip
    command = [sys.executable, "-I", "-B", str(_PROGRAM), json.dumps(settings)]
    if level != "bubblewrap":
        return command
    binds = [word for path in (*_readable(), sys.prefix, sys.base_prefix) for word in ("--ro-bind", path, path)]
    return [
        "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv", *binds,
        "--ro-bind", str(_PROGRAM), str(_PROGRAM), "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
        "--chdir", "/tmp", *command,
    ]  # fmt: skip


def _environment(folder: str) -> dict[str, str]:
    # matplotlib keeps its list of fonts between runs; only what is loaded before the locks close can write it.
    cache_folder = Path(tempfile.gettempdir()) / f"panmath-matplotlib-{os.getuid() if hasattr(os, 'getuid') else 0}"
    cache_folder.mkdir(mode=0o700, exist_ok=True)
    mine = not hasattr(os, "getuid") or cache_folder.lstat().st_uid == os.getuid()
    return {
        "MPLCONFIGDIR": str(cache_folder) if mine and not cache_folder.is_symlink() else folder,
        "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8",
    }  # fmt: skip


def _answer(command: list[str], program: str, folder: str, timeout: float) -> str:
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=folder, env=_environment(folder),
            start_new_session=True, close_fds=True,
        )  # fmt: skip
        late = threading.Event()

        def stop() -> None:
            late.set()
            _kill(process)

        clock = threading.Timer(timeout, stop)
        clock.start()
        try:
            output = _exchange(process, program)
        finally:
            clock.cancel()
            _kill(process)
            code = process.wait()
        log.seek(max(0, log.seek(0, os.SEEK_END) - 4000))
        said = log.read().decode("utf-8", "replace")
    if late.is_set():
        raise EdgeError(f"the program took more than {timeout:g} s", said)
    if output is None:
        raise EdgeError(f"the program's figure is larger than {MAX_OUTPUT >> 20} MiB", said)
    if len(output) < 4 or len(output) < 4 + struct.unpack(">I", output[:4])[0]:
        last = said.strip().splitlines()[-1][:300] if said.strip() else _ending(code)
        raise EdgeError(f"the program failed: {last}", said)
    size = struct.unpack(">I", output[:4])[0]
    return output[4 + size :].decode("utf-8", "replace")


def _exchange(process: subprocess.Popen[bytes], program: str) -> bytes | None:
    """What the process answers; None where it is too much."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(program.encode("utf-8", "replace"))
        process.stdin.close()
    except BrokenPipeError:
        pass
    output = process.stdout.read(MAX_OUTPUT + 1)
    process.stdout.close()
    return output if len(output) <= MAX_OUTPUT else None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and all that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()


def _ending(code: int) -> str:
    return f"its process ended with {signal.Signals(-code).name}" if code < 0 else f"its process ended with {code}"
