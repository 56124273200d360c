"""The executor that runs on Ray: the same recipe, the same bytes. Needs the extra `ray`."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from panmath.convert.errors import OutputError
from panmath.corpora.recipe import Recipe
from panmath.corpora.runner import Job, run

ray = pytest.importorskip("ray", reason='pip install "panmath[ray]"')

KILLS = """
    import os
    from collections.abc import Iterable
    from dataclasses import dataclass
    from typing import ClassVar

    from panmath.corpora.sample import Sample
    from panmath.corpora.step import PerSample

    @dataclass(frozen=True)
    class Kill(PerSample):
        name: ClassVar[str] = "kill"

        def one(self, sample: Sample) -> Iterable[Sample]:
            if sample.fields["tex"] == "x^{30}" and sample.id.endswith(":61"):
                os.abort()
            return [sample]
"""
"""A step whose process dies on one record, as that of a model that crashes."""

STEPS = (
    {"do": "formula"},
    {"do": "steps_that_kill:Kill"},
    {"do": "normalise"},
    {"do": "deduplicate"},
    {"do": "split", "shares": {"train": 0.5, "test": 0.5}},
    {"do": "convert", "to": ["spoken.en"]},
)


def tree(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ray_writes_what_local_processes_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where records fail, where one kills its process, and where a step remembers what it has seen."""
    (tmp_path / "steps_that_kill.py").write_text(textwrap.dedent(KILLS))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "formulas.txt"
    path.write_text("".join(f"x^{{{number % 50}}}\n\\frac{{1\n" for number in range(60)), "utf-8")
    recipe = Recipe("test", "A test", STEPS)
    run(Job(recipe, (str(path),), tmp_path / "local", shard_size=25))
    run(Job(recipe, (str(path),), tmp_path / "ray", shard_size=25, executor="ray", workers=2))
    assert tree(tmp_path / "ray") == tree(tmp_path / "local")
    assert b'"reason": "died"' in (tmp_path / "ray" / "failed" / "00002.jsonl").read_bytes()
    assert not ray.is_initialized()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_chunks_are_not_put_where_others_have_put_something(tmp_path: Path) -> None:
    """A link cannot be emptied, and what lies behind it is neither read nor removed."""
    path = tmp_path / "formulas.txt"
    path.write_text("x\n", "utf-8")
    state, foreign = tmp_path / "out" / ".state", tmp_path / "foreign"
    state.mkdir(parents=True)
    foreign.mkdir()
    (foreign / "0").write_bytes(b"not a chunk")
    (state / "stage-1").symlink_to(foreign)
    recipe = Recipe("test", "A test", ({"do": "formula"}, {"do": "deduplicate"}))
    with pytest.raises(OutputError) as caught:
        run(Job(recipe, (str(path),), tmp_path / "out", executor="ray", workers=1))
    place = state / "stage-1"
    assert str(caught.value) == (f"{place}: Cannot call rmtree on a symbolic link")
    assert (foreign / "0").read_bytes() == b"not a chunk"
