"""The executor that runs on Ray: the same recipe, the same bytes. Needs the extra `ray`."""

from __future__ import annotations

from pathlib import Path

import pytest
from panmath.corpora.recipe import Recipe
from panmath.corpora.runner import Job, run

ray = pytest.importorskip("ray", reason='pip install "panmath[ray]"')

STEPS = (
    {"do": "formula"},
    {"do": "normalise"},
    {"do": "deduplicate"},
    {"do": "split", "shares": {"train": 0.5, "test": 0.5}},
    {"do": "convert", "to": ["spoken.en"]},
)


def tree(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ray_writes_what_local_processes_write(tmp_path: Path) -> None:
    """Also where records fail, and where a step remembers what it has seen."""
    path = tmp_path / "formulas.txt"
    path.write_text("".join(f"x^{{{number % 50}}}\n\\frac{{1\n" for number in range(60)), "utf-8")
    recipe = Recipe("test", "A test", STEPS)
    run(Job(recipe, (str(path),), tmp_path / "local", shard_size=25))
    run(Job(recipe, (str(path),), tmp_path / "ray", shard_size=25, executor="ray", workers=2))
    assert tree(tmp_path / "ray") == tree(tmp_path / "local")
    assert not ray.is_initialized()
