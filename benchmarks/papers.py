"""Formulas out of papers, next to other programs on the same papers: ``python -m benchmarks.papers PAPERS``.

PAPERS is a folder with papers as `panmath extract tex` takes them. Every program runs in a process of its own, and its
CPU seconds count start-up. The peers get the text of a paper's first file with its inputs pasted in, which they cannot
do themselves; panmath opens the files. Counted are the papers that give something, the formulas found, and how many
commands in them are macros that the paper defines: what was not expanded. A peer that is not installed is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from panmath.convert.readers.tex import command_table
from panmath.corpora.papers.records import Problem, Record, records
from panmath.corpora.papers.sources import Paper, papers

from .report import table

_INPUT = re.compile(r"(?<!\\)\\(?:input|include)\s*\{([^{}]+)\}")
_DEFINED = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|DeclareMathOperator|DeclareRobustCommand)\*?\s*\{?\s*(\\[A-Za-z]+)"
    r"|\\(?:def|let)\s*(\\[A-Za-z]+)"
)
_COMMENT = re.compile(r"(?<!\\)%.*")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_SECONDS = 60

PYLATEXENC = """
import json, sys
from pylatexenc.latexwalker import LatexMathNode, LatexEnvironmentNode, LatexWalker
MATH = {"equation", "align", "gather", "multline", "eqnarray", "displaymath", "math", "flalign", "alignat"}
def walk(nodes):
    for node in nodes or ():
        if isinstance(node, LatexMathNode):
            yield node.latex_verbatim()
        elif isinstance(node, LatexEnvironmentNode) and node.environmentname.rstrip("*") in MATH:
            yield node.latex_verbatim()
        else:
            yield from walk(getattr(node, "nodelist", None))
            arguments = getattr(node, "nodeargd", None)
            yield from walk(one for one in (arguments.argnlist if arguments else ()) or () if one is not None)
for path in sys.argv[1:]:
    try:
        nodes, _, _ = LatexWalker(open(path, encoding="utf-8").read()).get_latex_nodes()
        print(json.dumps([path, list(walk(nodes))]))
    except Exception:
        print(json.dumps([path, []]))
"""
TEXSOUP = """
import json, sys
from TexSoup import TexSoup
NAMES = ["$", "$$", "math", "displaymath", "equation", "equation*", "align", "align*", "gather", "gather*", "eqnarray"]
for path in sys.argv[1:]:
    try:
        soup = TexSoup(open(path, encoding="utf-8").read())
        print(json.dumps([path, [str(found) for name in NAMES for found in soup.find_all(name)]]))
    except Exception:
        print(json.dumps([path, []]))
"""
PANDOC = """
import json, subprocess, sys
def walk(node):
    if isinstance(node, dict):
        if node.get("t") == "Math":
            yield node["c"][1]
        else:
            yield from walk(node.get("c"))
    elif isinstance(node, list):
        for one in node:
            yield from walk(one)
for path in sys.argv[1:]:
    try:
        ran = subprocess.run(["pandoc", "-f", "latex", "-t", "json", path], capture_output=True, timeout=60)
        print(json.dumps([path, list(walk(json.loads(ran.stdout)["blocks"]))]))
    except Exception:
        print(json.dumps([path, []]))
"""
PANMATH = """
import json, sys
from pathlib import Path
from panmath.corpora.papers.records import Record, records
from panmath.corpora.papers.sources import Paper, papers
for path in sys.argv[1:]:
    for paper in papers(Path(path)):
        print(json.dumps([path, [found.tex for found in records(paper) if isinstance(found, Record)]]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("papers", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every nth paper")
    parser.add_argument("--json", action="store_true", help="print the figures for programs")
    given = parser.parse_args()
    found = [paper for paper in papers(given.papers) if isinstance(paper, Paper)][:: given.every]
    own = _own(found)
    with tempfile.TemporaryDirectory() as folder:
        pasted = [_pasted(paper, Path(folder) / f"{number}.tex") for number, paper in enumerate(found)]
        macros = {str(path): _macros(path.read_text("utf-8")) for path in pasted}
        rows = {"panmath": _run(PANMATH, pasted, macros)}
        for name, code, there in _peers():
            if there():
                rows[name] = _run(code, pasted, macros)
    if given.json:
        print(json.dumps({"papers": len(found), "own": own, "programs": rows}))
        return
    print(f"{len(found)} papers, {own['formulas']:,} formulas; panmath on their files as they are:")
    print(f"  read without loss {own['ok']:.1%}, with losses {own['losses']:.1%}, failed {own['failed']:.1%}")
    print(f"  commands that are macros of the paper: {own['left']:,} of {own['commands']:,} ({own['share']:.3%})\n")
    head = ("program", "papers per CPU s", "papers with formulas", "formulas", "own macros left, of commands")
    cells = [
        (name, f"{row['rate']:.1f}", f"{row['papers']}", f"{row['formulas']:,}", f"{row['left']:.2%}")
        for name, row in rows.items()
    ]
    print(table(head, cells))


def _peers() -> Iterator[tuple[str, str, Callable[[], bool]]]:
    yield "pylatexenc", PYLATEXENC, lambda: find_spec("pylatexenc") is not None
    yield "TexSoup", TEXSOUP, lambda: find_spec("TexSoup") is not None
    yield "pandoc", PANDOC, lambda: shutil.which("pandoc") is not None


def _own(found: list[Paper]) -> dict[str, float]:
    """What panmath makes of the papers as they are, with the files that they read."""
    counts = dict.fromkeys(("formulas", "ok", "losses", "failed", "problems", "commands", "left"), 0)
    for paper in found:
        defined = _macros(_whole(paper))
        for one in records(paper):
            if isinstance(one, Problem):
                counts["problems"] += 1
                continue
            assert isinstance(one, Record)
            counts["formulas"] += 1
            counts[one.status] += 1
            if one.status != "failed":
                commands = _COMMAND.findall(one.tex)
                counts["commands"] += len(commands)
                counts["left"] += sum(command in defined for command in commands)
    total = max(1, counts["formulas"])
    shares = {name: counts[name] / total for name in ("ok", "losses", "failed")}
    return {**counts, **shares, "share": counts["left"] / max(1, counts["commands"])}


def _macros(text: str) -> set[str]:
    """Macros that a text defines, but for those that give a command of LaTeX another meaning."""
    names = {first or second for first, second in _DEFINED.findall(_COMMENT.sub("", text))}
    return {name for name in names if name not in command_table()}


def _whole(paper: Paper) -> str:
    """The paper as one text."""

    def paste(name: str, depth: int) -> str:
        def content(match: re.Match[str]) -> str:
            target = paper.files.find(match[1], (str(Path(paper.root).parent),), (".tex",))
            return paste(target, depth + 1) if target is not None and depth < 5 else ""

        return _INPUT.sub(content, paper.files.text(name))

    return paste(paper.root, 0)


def _pasted(paper: Paper, path: Path) -> Path:
    path.write_text(_whole(paper), "utf-8", errors="replace")
    return path


def _run(code: str, paths: list[Path], macros: dict[str, set[str]]) -> dict[str, float]:
    """One program on all papers, in one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", code, *map(str, paths)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS * len(paths), env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = [json.loads(line) for line in ran.stdout.splitlines()]
    commands = [(path, command) for path, formulas in found for tex in formulas for command in _COMMAND.findall(tex)]
    left = sum(command in macros[path] for path, command in commands)
    return {
        "rate": len(paths) / seconds,
        "papers": sum(bool(formulas) for _, formulas in found),
        "formulas": sum(len(formulas) for _, formulas in found),
        "left": left / max(1, len(commands)),
    }


if __name__ == "__main__":
    main()
