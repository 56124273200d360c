"""Figure programs of others: what they may do, and what they may not."""

from __future__ import annotations

import os

import pytest
from panmath.convert import convert
from panmath.convert.errors import EdgeError, UnsupportedError
from panmath.convert.source import Source
from panmath.renderers import confinement, sandbox
from panmath.renderers.scene import Label, leaves

LEVELS = ("landlock+seccomp", "bubblewrap")
THERE = {"landlock+seccomp": confinement.has_landlock, "bubblewrap": confinement.has_bubblewrap}


@pytest.fixture(params=[level for level in LEVELS if THERE[level]()])
def level(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each level that this system has, as if it were the best one."""
    monkeypatch.setattr(confinement, "best_level", lambda: request.param)
    monkeypatch.setattr(sandbox, "best_level", lambda: request.param)
    return str(request.param)


HEAD = "import matplotlib.pyplot as plt\n"
FIGURE = HEAD + "plt.plot([0, 1], [0, 1])\nplt.title(r'$\\frac{a}{b}$')\nplt.savefig('figure.png')\nplt.show()\n"


def test_a_program_is_drawn_and_its_formulas_are_kept(level: str) -> None:
    scene = sandbox.read(Source(FIGURE, "fig.py"), losses=[])
    assert scene.origin == f"matplotlib in {level}"
    assert any("frac" in repr(leaf).lower() for leaf in leaves(scene.items) if isinstance(leaf, Label))


@pytest.mark.usefixtures("level")
def test_what_we_write_runs() -> None:
    program = convert(r"y = x^2", "pyplot", source="tex").value
    assert sandbox.run(program)[0].lstrip().startswith("<?xml")


BREAKOUTS = {
    "a file": "open('/etc/passwd').read()",
    "a folder": "os.listdir('/home')",
    "a written file": "open('/etc/x', 'w')",
    "its parent's memory": f"open('/proc/{os.getpid()}/mem', 'rb')",
    "the network": "socket.socket()",
    "a process": "os.fork()",
    "a command": "subprocess.run(['ls'])",
    "another program": "os.execv('/bin/sh', ['sh'])",
    "a signal": "os.kill(os.getppid(), 9)",
    "the mode of a file": "os.chmod('/tmp', 0o777)",
    "a thread": "threading.Thread(target=print).start()",
}
TRY_ALL = """
import os, socket, subprocess, threading
found = {}
for name, program in PROGRAMS.items():
    try:
        exec(program)
    except (PermissionError, FileNotFoundError):
        continue
    except RuntimeError as error:
        if "start new thread" in str(error):
            continue
    found[name] = "came through"
raise ValueError(found)
"""


@pytest.mark.usefixtures("level")
def test_what_reaches_outside_fails() -> None:
    with pytest.raises(EdgeError, match=r"ValueError: \{\}$"):
        sandbox.run(f"PROGRAMS = {BREAKOUTS!r}\n{TRY_ALL}")


@pytest.mark.usefixtures("level")
def test_the_environment_is_empty() -> None:
    with pytest.raises(EdgeError, match=r"ValueError: \{\}$"):
        sandbox.run(HEAD + "import os; raise ValueError(dict(os.environ))")


@pytest.mark.usefixtures("level")
def test_time_and_memory_are_limited() -> None:
    with pytest.raises(EdgeError, match=r"^the program took more than 2 s$"):
        sandbox.run("while True: pass", timeout=2)
    with pytest.raises(EdgeError, match="MemoryError"):
        sandbox.run("x = b'a' * (3 << 30)")


@pytest.mark.usefixtures("level")
def test_mistakes_are_told() -> None:
    with pytest.raises(EdgeError, match="the program makes no figure"):
        sandbox.run("x = 1")
    with pytest.raises(EdgeError, match="NameError: name 'y' is not defined"):
        sandbox.run("y")


def test_without_a_sandbox_a_program_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "best_level", lambda: "none")
    with pytest.raises(UnsupportedError, match="--unsafe-exec runs it all the same"):
        sandbox.run(FIGURE)
    svg, level = sandbox.run(FIGURE, unsafe_exec=True)
    assert (level, "<svg" in svg) == ("none", True)
