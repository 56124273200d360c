"""Who may import whom. Every import of every file is read; none is run, but for the last tests."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent

ARROWS = {
    "convert": {"convert"},
    "renderers": {"convert", "renderers"},
    "corpora": {"convert", "renderers", "corpora"},
    "models": {"convert", "renderers", "models"},
    "models/train": {"convert", "renderers", "models", "corpora"},
}
"""What the files of a folder may import of panmath."""

PROCESSES = {"renderers/worker.py", "renderers/sandboxed.py", "corpora/stage.py"}
"""Programs of their own, which tell their parent whatever goes wrong."""

FILES = sorted(
    path for folder in ("convert", "renderers", "corpora", "models") for path in (CHECKOUT / folder).rglob("*.py")
)
SCRIPTS = sorted(
    path for folder in ("tests", "benchmarks", "demo", "examples") for path in (CHECKOUT / folder).rglob("*.py")
)


def name(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of each module that a file imports, at its top or inside a function."""
    package = ["panmath", *path.relative_to(CHECKOUT).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*origin, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def own(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The imports from panmath, without that word, as parts: ``convert``, ``readers``, ``tex``, …"""
    for line, module in imports(path):
        if module.startswith("panmath."):
            yield line, module.split(".")[1:]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_arrows_point_down(path: Path) -> None:
    folder = "models/train" if name(path).startswith("models/train/") else name(path).partition("/")[0]
    wrong = [f"{name(path)}:{line} imports {parts[0]}" for line, parts in own(path) if parts[0] not in ARROWS[folder]]
    assert wrong == []


@pytest.mark.parametrize("path", FILES + SCRIPTS, ids=name)
def test_folders_are_imported_by_their_full_name(path: Path) -> None:
    """`import convert` would be a second copy of the package, with other classes."""
    folders = {folder.split("/")[0] for folder in ARROWS}
    wrong = [
        f"{name(path)}:{line} imports {module}" for line, module in imports(path) if module.split(".")[0] in folders
    ]
    assert wrong == []


@pytest.mark.parametrize("path", sorted((CHECKOUT / "convert").glob("[rw]*ers/**/*.py")), ids=name)
def test_readers_and_writers_know_nothing_of_each_other(path: Path) -> None:
    kind, own_format = path.relative_to(CHECKOUT / "convert").parts[:2]
    wrong = []
    for line, parts in own(path):
        other = parts[2] if len(parts) > 2 else ""
        if parts[:1] == ["convert"] and len(parts) > 1 and parts[1] in ("readers", "writers"):
            # typst.py and typst_exact.py are two halves of one writer.
            same = parts[1] == kind and other.split("_")[0] == own_format.removesuffix(".py").split("_")[0]
            wrong += [] if same else [f"{name(path)}:{line} imports {'.'.join(parts)}"]
    assert wrong == []


@pytest.mark.parametrize("path", sorted((CHECKOUT / "convert").rglob("*.py")), ids=name)
def test_only_the_list_of_edges_names_what_is_above(path: Path) -> None:
    if name(path) != "convert/edges.py":
        assert re.findall(r"panmath\.(?:renderers|models|corpora)", path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_file_is_a_left_over(path: Path) -> None:
    assert path.stem not in {"utils", "util", "helpers", "common", "shared", "misc"}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_handler_catches_everything(path: Path) -> None:
    """A handler of all exceptions may only clean up and raise again, but where a process ends."""
    wrong = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            all_of_them = node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException")
            again = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            wrong += [f"{name(path)}:{node.lineno}"] if all_of_them and not again else []
    assert name(path) in PROCESSES or wrong == []


LOADED = """
import sys
before = set(sys.modules)
import {module}
found = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(*sorted(found - sys.stdlib_module_names - {{"panmath"}}))
"""

MODULES = [
    "panmath.convert",
    *(f"panmath.{name(path)[:-3].replace('/', '.')}" for path in sorted((CHECKOUT / "convert").rglob("[!_]*.py"))),
]


def test_convert_loads_the_standard_library_only() -> None:
    code = "".join(LOADED.format(module=module) for module in MODULES)
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert found == []


def test_importing_convert_loads_no_reader_and_no_writer() -> None:
    """What is converted decides what is loaded."""
    code = "import sys, panmath.convert; print(*(name for name in sys.modules if name.startswith('panmath.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [name for name in done.stdout.split() if re.search(r"readers|writers|renderers|models", name)] == []
