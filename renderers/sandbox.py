"""Runs figure programs of others: shut in, or not at all.

The program runs in a process of its own with an empty environment, in an empty folder, without files but those of
Python and its packages, without network and without new processes, and with limits on time, memory and disk. Where the
system has nothing to shut it in with, it is refused unless `unsafe_exec` says that this is not minded. The scene's
`origin` names the level.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import sysconfig
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from ..convert.errors import EdgeError, Losses, MissingExtraError, UnsupportedError
from ..convert.source import Source
from . import svg_reader
from .confinement import SYSTEM, Level, Limits, ask, best_level, bubblewrap, settings
from .scene import Scene

SECONDS: Final = 20
MAX_SOURCE: Final = 1 << 20
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
    limits = Limits(timeout)
    with tempfile.TemporaryDirectory(prefix="panmath-figure-") as folder:
        body = program.encode("utf-8", "replace")
        answer = ask(_command(wanted, level, limits), body, folder, _environment(folder), limits, "the program")
    output = answer.output
    if len(output) < 4 or len(output) < 4 + struct.unpack(">I", output[:4])[0]:
        raise EdgeError(f"the program failed: {answer.last_words}", answer.said)
    return output[4 + struct.unpack(">I", output[:4])[0] :].decode("utf-8", "replace")


def _readable() -> list[str]:
    """Where Python, its packages, the system's libraries and its fonts are."""
    paths = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    paths |= {*SYSTEM, "/usr/share/fonts", "/usr/share/zoneinfo"}
    return sorted(path for path in paths if path and os.path.exists(path))


def _command(wanted: str, level: Level, limits: Limits) -> list[str]:
    told = settings(level, _readable(), limits) | {"wanted": wanted}
    command = [sys.executable, "-I", "-B", str(_PROGRAM), json.dumps(told)]
    return command if level != "bubblewrap" else [*bubblewrap((*_readable(), str(_PROGRAM))), *command]


def _environment(folder: str) -> dict[str, str]:
    # matplotlib keeps its list of fonts between runs; only what is loaded before the locks close can write it.
    cache_folder = Path(tempfile.gettempdir()) / f"panmath-matplotlib-{os.getuid() if hasattr(os, 'getuid') else 0}"
    cache_folder.mkdir(mode=0o700, exist_ok=True)
    mine = not hasattr(os, "getuid") or cache_folder.lstat().st_uid == os.getuid()
    return {
        "MPLCONFIGDIR": str(cache_folder) if mine and not cache_folder.is_symlink() else folder,
        "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8",
    }  # fmt: skip
