"""Figure programs of others: what they may do, and what they may not."""

from __future__ import annotations

import pytest
from panmath.convert import convert
from panmath.convert.errors import EdgeError, UnsupportedError
from panmath.convert.source import Source
from panmath.renderers import sandbox
from panmath.renderers.scene import Label, leaves

shut_in = pytest.mark.skipif(sandbox.best_level() != "landlock+seccomp", reason="Landlock and seccomp are not here")

HEAD = "import matplotlib.pyplot as plt\n"
FIGURE = HEAD + "plt.plot([0, 1], [0, 1])\nplt.title(r'$\\frac{a}{b}$')\nplt.savefig('figure.png')\nplt.show()\n"


@shut_in
def test_a_program_is_drawn_and_its_formulas_are_kept() -> None:
    scene = sandbox.read(Source(FIGURE, "fig.py"), losses=[])
    assert scene.origin == "matplotlib in landlock+seccomp"
    assert any("frac" in repr(leaf).lower() for leaf in leaves(scene.items) if isinstance(leaf, Label))


@shut_in
def test_what_we_write_runs() -> None:
    program = convert(r"y = x^2", "pyplot", source="tex").value
    assert sandbox.run(program)[0].lstrip().startswith("<?xml")


BREAKOUTS = {
    "a file": "open('/etc/passwd').read()",
    "a folder": "import os; os.listdir('/')",
    "a written file": "open('x', 'w')",
    "its parent's memory": "import os; open(f'/proc/{os.getppid()}/mem', 'rb')",
    "the network": "import socket; socket.socket()",
    "a process": "import os; os.fork()",
    "a command": "import subprocess; subprocess.run(['ls'])",
    "another program": "import os; os.execv('/bin/sh', ['sh'])",
    "a signal": "import os; os.kill(os.getppid(), 9)",
    "the mode of a file": "import os; os.chmod('/tmp', 0o777)",
    "a thread": "import threading; threading.Thread(target=print).start()",
}


@shut_in
@pytest.mark.parametrize("name", BREAKOUTS)
def test_what_reaches_outside_fails(name: str) -> None:
    with pytest.raises(EdgeError, match=r"PermissionError|can't start new thread"):
        sandbox.run(HEAD + BREAKOUTS[name])


@shut_in
def test_the_environment_is_empty() -> None:
    with pytest.raises(EdgeError, match=r"ValueError: \{\}$"):
        sandbox.run(HEAD + "import os; raise ValueError(dict(os.environ))")


@shut_in
def test_time_and_memory_are_limited() -> None:
    with pytest.raises(EdgeError, match=r"^the program took more than 2 s$"):
        sandbox.run("while True: pass", timeout=2)
    with pytest.raises(EdgeError, match="MemoryError"):
        sandbox.run("x = b'a' * (3 << 30)")


@shut_in
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
