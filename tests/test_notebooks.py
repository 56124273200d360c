"""The notebooks of examples/ run, and say what they are shown to say."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

with warnings.catch_warnings():
    # What Jupyter's packages say to each other about their next versions.
    warnings.simplefilter("ignore")
    import nbformat
    from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parent.parent / "examples").glob("*.ipynb"))


def shown(notebook: Any) -> list[str]:
    """The text that each cell gives, in however many pieces; pictures are text of their own, sounds count by kind."""
    return ["".join(text for output in cell.get("outputs", ()) for text in texts(output)) for cell in notebook.cells]


def texts(output: Any) -> list[str]:
    if output.output_type == "stream":
        return [output.text]
    data = output.get("data", {})
    return [data[kind] for kind in ("image/svg+xml", "text/plain") if kind in data][:1]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_says_what_it_shows(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    before = shown(notebook)
    NotebookClient(notebook, timeout=120).execute()
    assert shown(notebook) == before


def test_there_are_notebooks() -> None:
    assert [path.name for path in NOTEBOOKS] == ["speech.ipynb"]
