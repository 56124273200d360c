"""The command line, as a person types it: every `console` block of cli/*.md and errors/*.md is run.

A block is one session in an empty folder. A line `$ …` is a command (`> …` goes on with it); what follows is what it
writes to standard output, and after `2> ` to standard error; `=> 65` is its exit status where that is not 0. Times are
shown as 0. After a change that was meant, `pytest --accept` writes what is now said into the files.
"""

from __future__ import annotations

import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest
from panmath.convert import PanmathError, cli, console, errors, options

HERE = Path(__file__).parent
SESSIONS = sorted(HERE.glob("cli/*.md")) + sorted(HERE.glob("errors/*.md"))

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TIMES = ((re.compile(r" +\d+\.\d+ ms"), "  0.00 ms"), (re.compile(r'"seconds": [\d.e-]+'), '"seconds": 0'))


@dataclass(frozen=True, slots=True)
class Step:
    """One command and what came of it."""

    command: str
    stdout: str
    stderr: str
    status: int

    def __str__(self) -> str:
        first, *more = self.command.split("\n")
        lines = [f"$ {first}", *(f"> {line}" for line in more), *_lines(self.stdout)]
        lines += [f"2> {line}".rstrip() for line in _lines(self.stderr)]
        return "\n".join([*lines, *([f"=> {self.status}"] if self.status else [])]) + "\n"


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def commands(block: str) -> Iterator[str]:
    """The commands of a block; what they should say is compared as a whole."""
    for found in re.finditer(r"^\$ (.*(?:\n> .*)*)", block, re.MULTILINE):
        yield found[1].replace("\n> ", "\n")


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the command `panmath`, run by the Python that runs the tests."""
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "panmath"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m panmath.convert "$@"\n')
    script.chmod(0o755)
    return folder


def run(command: str, folder: Path, program: Path) -> Step:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={
            "PATH": f"{program}:{os.environ['PATH']}",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "100",
        },
        timeout=120,
    )
    stdout, stderr = done.stdout.decode(), done.stderr.decode()
    for times, shown in _TIMES:
        stdout, stderr = times.sub(shown, stdout), times.sub(shown, stderr)
    return Step(command, stdout, stderr, done.returncode)


def sessions() -> Iterator[object]:
    for path in SESSIONS:
        text = path.read_text("utf-8")
        for block in _BLOCK.finditer(text):
            line = text.count("\n", 0, block.start()) + 1
            yield pytest.param(path, block[1], id=f"{path.parent.name}/{path.name}:{line}")


@pytest.mark.parametrize(("path", "block"), list(sessions()))
def test_session(path: Path, block: str, tmp_path: Path, program: Path, request: pytest.FixtureRequest) -> None:
    said = "".join(str(run(command, tmp_path, program)) for command in commands(block))
    if request.config.getoption("--accept") and said != block:
        path.write_text(path.read_text("utf-8").replace(block, said, 1), "utf-8")
    else:
        assert said == block


def test_every_error_has_a_session() -> None:
    """Each exit status of an error is shown in errors/, but for those that only a broken installation can give."""
    shown = {
        int(status) for path in HERE.glob("errors/*.md") for status in re.findall(r"^=> (\d+)$", path.read_text(), re.M)
    }
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, PanmathError)}
    assert {kind.exit_code for kind in kinds} - {errors.TableError.exit_code, errors.EdgeError.exit_code} <= shown


def test_the_commands_are_those_of_the_schema() -> None:
    assert cli.COMMANDS.keys() == options.COMMANDS.keys()


def test_every_flag_is_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    text = capsys.readouterr().out
    flags = [name for flag in options.FLAGS for name in flag.names] + [
        flag for option in options.OPTIONS for flag in option.flags
    ]
    assert [flag for flag in flags if flag not in text] == []


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"panmath {version('panmath')}\n"


# On a terminal


def on_terminal(arguments: list[str], folder: Path, **environment: str) -> tuple[str, int]:
    """What a person sees who types a command, and its exit status."""
    shown, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "panmath.convert", *arguments],
        cwd=folder,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={"PATH": os.environ["PATH"], "TERM": "xterm", "COLUMNS": "60", "LC_ALL": "C.UTF-8", **environment},
    )
    os.close(terminal)
    seen = b""
    while True:
        try:
            piece = os.read(shown, 4096)
        except OSError:  # how Linux says that the other end was closed
            break
        if not piece:
            break
        seen += piece
    os.close(shown)
    return seen.decode().replace("\r\n", "\n"), process.wait(timeout=60)


RED, GREEN, OFF = "\x1b[1;31m", "\x1b[1;32m", "\x1b[0m"


def test_errors_are_coloured_on_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "eq.tex").write_text("{")
    seen, status = on_terminal(["eq.tex", "-t", "unicode"], tmp_path)
    assert seen.split("\n")[:3] == [f"{RED}panmath:{OFF} eq.tex:1:1: {{ without its }}", "    {", f"{GREEN}    ^{OFF}"]
    assert status == 65


def test_but_not_where_it_is_not_wanted(tmp_path: Path) -> None:
    (tmp_path / "eq.tex").write_text("{")
    assert "\x1b" not in on_terminal(["eq.tex", "-t", "unicode"], tmp_path, NO_COLOR="1")[0]
    assert "\x1b" not in on_terminal(["eq.tex", "-t", "unicode"], tmp_path, TERM="dumb")[0]


def test_a_terminal_is_spared_bytes(tmp_path: Path) -> None:
    (tmp_path / "eq.tex").write_text("x")
    seen, status = on_terminal(["eq.tex", "-t", "png"], tmp_path, NO_COLOR="1")
    assert seen == "panmath: image is nothing that a terminal can show; use -o FILE, or a pipe\n"
    assert status == 64


def test_a_bar_shows_how_far_many_files_are(tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / f"{name}.tex").write_text(name)
    files = [f"{name}.tex" for name in "abcd"]
    seen, status = on_terminal([*files, "-t", "unicode", "-o", "out"], tmp_path)
    bars = [part.removeprefix("\x1b[K") for part in seen.split("\r") if "━" in part]
    assert bars == [
        "━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 1/4 a.tex",
        "━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌ 2/4 b.tex",
        "━━━━━━━━━━━━━━━╌╌╌╌╌ 3/4 c.tex",
        "━━━━━━━━━━━━━━━━━━━━ 4/4 d.tex",
    ]
    assert seen.endswith("\r\x1b[K")
    assert status == 0
    assert "━" not in on_terminal(["a.tex", "-t", "unicode", "-o", "out"], tmp_path)[0]


def test_alone_on_a_terminal_it_says_how_it_is_used(tmp_path: Path) -> None:
    seen, status = on_terminal([], tmp_path, NO_COLOR="1")
    assert seen == (
        "usage: panmath [OPTION…] [FILE…]\npanmath: say what to convert and to which format; panmath --help shows how\n"
    )
    assert status == 64


def test_an_interrupt_is_quiet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(cli.COMMANDS, "formats", interrupted)  # type: ignore[arg-type]
    assert cli.main(["formats"]) == 130
    assert capsys.readouterr() == ("", "")


def test_an_interrupt_leaves_nothing_half_written(tmp_path: Path) -> None:
    def write_and_stop() -> None:
        with console.whole_file(tmp_path / "eq.svg") as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_stop()
    assert list(tmp_path.iterdir()) == []


def test_lines_are_answered_one_by_one(tmp_path: Path) -> None:
    """A program can ask and wait for the answer, through two pipes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "panmath.convert", "-f", "tex", "-t", "unicode", "--lines"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for question, answer in ((b"\\alpha\n", "α\n"), (b"x^2\n", "x²\n")):
        process.stdin.write(question)
        assert process.stdout.readline().decode() == answer
    process.stdin.close()
    assert process.wait(timeout=60) == 0
    process.stdout.close()
