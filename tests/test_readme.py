"""Every `console` and `python` block of the documents is run, in order, and says what it is said to say.

In a `console` block a line that begins with `$ ` is a command, and what follows is its output and errors together. In a
`python` block lines that begin with `>>> ` are doctests; a block without them must run. A line `...` stands for any
lines. What one block of a document writes the next ones find.

A comment `<!-- write FILE -->`, `<!-- append to FILE -->` or `<!-- in FILE after LINE -->` before a block puts it into
a file of a copy of the sources, which the commands after it then use.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/formats.md",
    "docs/speech.md",
    "docs/figures.md",
    "docs/corpora.md",
    "docs/extract-html.md",
    "docs/errors.md",
    "docs/extract-tex.md",
)

_BLOCK = re.compile(
    r"(?:^<!-- (?P<order>write|append to|in) (?P<file>\S+?)(?: after (?P<after>.*?))? -->\n)?"
    r"^```(?P<language>\w+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a document; `line` is that of its fence."""

    line: int
    language: str
    body: str
    order: str | None
    file: str | None
    after: str | None


def blocks(text: str) -> Iterator[Block]:
    for match in _BLOCK.finditer(text):
        line = text.count("\n", 0, match.start("language")) + 1
        yield Block(line, match["language"], match["body"], match["order"], match["file"], match["after"])


def commands(body: str) -> Iterator[tuple[str, str]]:
    """The commands of a `console` block, each with the output that it should have."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        lines = part.split("\n")
        length = 1
        while lines[length - 1].endswith("\\"):
            length += 1
        yield "\n".join(lines[:length]), "\n".join(lines[length:])


def agrees(said: str, shown: str) -> bool:
    """Whether the output is the one that the document shows, where `...` on a line of its own is any lines."""
    lines = (r"(?:.*\n)*?" if line == "..." else re.escape(f"{line}\n") for line in shown.strip("\n").split("\n"))
    return re.fullmatch("".join(lines), said.strip("\n") + "\n") is not None


class Reader:
    """A reader of one document, who does all that it says, in a folder of their own."""

    def __init__(self, document: str, checkout: Path, folder: Path) -> None:
        self.document, self.checkout, self.folder = document, checkout, folder / "here"
        self.sources = folder / "sources"
        self.folder.mkdir()
        shutil.copytree(checkout / "examples", self.folder / "examples")
        self.names: dict[str, object] = {"__name__": "__main__"}
        self.environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(self.sources),
            "NO_COLOR": "1",
            "COLUMNS": "80",
        }

    def follow(self, block: Block) -> None:
        if block.file is not None:
            self.edit(block)
        elif block.language == "console":
            for command, shown in commands(block.body):
                self.type(command, shown, block.line)
        elif block.language == "python":
            self.run_python(block)

    def edit(self, block: Block) -> None:
        package = self.sources / "panmath" / "convert"
        if not package.exists():
            shutil.copytree(self.checkout / "convert", package, ignore=shutil.ignore_patterns("__pycache__"))
        path = self.sources / "panmath" / str(block.file)
        match block.order:
            case "write":
                assert not path.exists(), f"{self.document}:{block.line}: {block.file} exists already"
                path.write_text(block.body, "utf-8")
            case "append to":
                path.write_text(path.read_text("utf-8").rstrip("\n") + "\n" + block.body, "utf-8")
            case "in":
                text = path.read_text("utf-8")
                line = f"{block.after}\n"
                assert text.count(line) == 1, f"{self.document}:{block.line}: no line {block.after!r} in {block.file}"
                path.write_text(text.replace(line, line + block.body), "utf-8")

    def type(self, command: str, shown: str, line: int) -> None:
        ran = subprocess.run(
            ["bash", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            cwd=self.folder,
            env=self.environment,
        )
        assert agrees(ran.stdout, shown), f"{self.document}:{line}: {command}\n{ran.stdout}\ninstead of\n{shown}"

    def run_python(self, block: Block) -> None:
        if not re.match(r"\s*>>> ", block.body):
            exec(compile(block.body, f"{self.document}:{block.line}", "exec"), self.names)
            return
        test = doctest.DocTestParser().get_doctest(block.body, self.names, self.document, self.document, block.line)
        said: list[str] = []
        doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append, clear_globs=False)
        self.names.update(test.globs)
        assert not said, "".join(said)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_says_what_is_so(
    document: str, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader(document, checkout, tmp_path)
    monkeypatch.chdir(reader.folder)
    for block in blocks((checkout / document).read_text("utf-8")):
        reader.follow(block)


@pytest.mark.parametrize("document", [*DOCUMENTS, "CHANGELOG.md", "docs/benchmarks.md"])
def test_links_lead_somewhere(document: str, checkout: Path) -> None:
    path = checkout / document
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)|src(?:set)?=\"([^\":]+)\"", path.read_text("utf-8"))
    missing = [target for target in map("".join, targets) if not (path.parent / target).exists()]
    assert missing == []


def test_the_reference_pages_and_pictures_are_made(checkout: Path, tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, checkout / "docs" / "build.py", "--output", tmp_path], capture_output=True, text=True
    )
    assert made.stderr == ""
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")} == {
        "symbols.md",
        "commands.md",
        "images/graph.svg",
        "images/forms.svg",
    }
    old, new = (folder / "images" / "graph.svg" for folder in (checkout / "docs", tmp_path))
    assert new.read_text("utf-8") == old.read_text("utf-8"), "the edges have changed: run make docs"


@pytest.mark.parametrize(
    ("said", "shown", "same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\nb\n", "a\n", False),
        ("a\nb\nc\n", "a\n...\nc\n", True),
        ("a\nc\n", "a\n...\nc\n", True),
        ("a\nb\n", "a\n...\n", True),
        ("", "a\n", False),
    ],
)
def test_what_agrees(said: str, shown: str, same: bool) -> None:
    assert agrees(said, shown) is same
