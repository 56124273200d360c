"""`panmath corpus`: what each step does, and every recipe from end to end."""

from __future__ import annotations

import io
import json
import random
import signal
import subprocess
import sys
import tarfile
import textwrap
import wave
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from panmath.convert import cli
from panmath.convert.errors import CheckpointError, OptionError, PanmathError
from panmath.convert.pipeline import convert
from panmath.corpora import formulas, outputs, recipe, step, symbolic
from panmath.corpora.recipe import Recipe
from panmath.corpora.runner import Job, run
from panmath.corpora.sample import Reject, Sample, Unfit
from panmath.corpora.statistics import Column
from PIL import Image


def samples(*texts: str, column: str = "tex") -> list[Sample]:
    return [Sample(f"n{number}", {column: text}, (number, 0)) for number, text in enumerate(texts)]


def after(spec: Mapping[str, Any], given: Iterable[Sample]) -> tuple[list[Sample], list[Reject]]:
    """What comes out of a step, and what it takes out."""
    rejects: list[Reject] = []
    return list(step.build(spec)(given, rejects)), rejects


def kept(spec: Mapping[str, Any], *texts: str, column: str = "tex") -> tuple[list[str], list[str]]:
    """The texts that stay, and the reasons for the others."""
    out, rejects = after(spec, samples(*texts, column=column))
    return [sample.fields[column] for sample in out], [reject.reason for reject in rejects]


def rows(out: Path, output: str = "jsonl") -> list[dict[str, Any]]:
    kind = outputs.output(output)
    return [row for path in sorted((out / "data").iterdir()) for row in kind.rows(path)]


def corpus(
    tmp_path: Path, steps: Sequence[Mapping[str, Any]], texts: Sequence[str], **options: Any
) -> list[dict[str, Any]]:
    path = tmp_path / "formulas.txt"
    path.write_text("".join(f"{text}\n" for text in texts), "utf-8")
    run(Job(Recipe("test", "A test", tuple(steps)), (str(path),), tmp_path / "out", **options))
    return rows(tmp_path / "out")


# Steps


def test_every_spelling_of_a_formula_has_the_same_key() -> None:
    out, _ = after({"do": "normalise"}, samples(r"\frac12x_{1}", r"\dfrac{1}{2}\,x_1", r"\frac12 x_2"))
    first, second, third = (sample.fields["key"] for sample in out)
    assert first == second != third


def test_a_formula_can_be_written_as_we_write_it() -> None:
    assert kept({"do": "normalise", "rewrite": True}, r"\dfrac {1} {2}", r"\frac{1") == (
        [r"\dfrac{1}{2}"],
        ["ParseError"],
    )


@pytest.mark.parametrize(
    ("options", "texts", "reasons"),
    [
        ({"shortest": 2}, ["x", "xy"], ["too short"]),
        ({"longest": 2}, ["xyz", "xy"], ["too long"]),
        ({"has": "="}, ["x", "x=1"], ["lacks ="]),
        ({"lacks": r"\\text"}, [r"\text{a}", "a"], [r"has \\text"]),
        ({"language": "ru"}, ["икс x y z", "икс в квадрате x"], ["not ru"]),
        ({"parses": True}, ["{", "x"], ["does not parse"]),
        ({"lossless": True}, [r"\nosuchcommand", "x"], ["has unknown parts"]),
        ({"renders": True}, [r"\unknown{x", "x"], ["does not render"]),
        ({"verified": "mathml"}, [r"\frac{", r"\frac ab"], ["not verified"]),
    ],
)
def test_filters_leave_the_first_text_out(options: Mapping[str, Any], texts: list[str], reasons: list[str]) -> None:
    assert kept({"do": "filter", **options}, *texts) == (texts[1:], reasons)


def test_a_licence_has_to_be_one_of_those_asked_for() -> None:
    given = [
        Sample("a", {"tex": "x", "licence": "CC0"}),
        Sample("b", {"tex": "x", "licence": "?"}),
        Sample("c", {"tex": "x"}),
    ]
    out, rejects = after({"do": "filter", "licences": ["CC0"]}, given)
    assert [sample.id for sample in out] == ["a"]
    assert [reject.reason for reject in rejects] == ["licence", "licence"]


def test_a_sample_of_the_samples_hangs_on_ids_and_seed_alone() -> None:
    given = samples(*(f"x_{number}" for number in range(2000)))
    first, rejects = after({"do": "sample", "share": 0.25, "seed": 1}, given)
    second, _ = after({"do": "sample", "share": 0.25, "seed": 1}, reversed(given))
    assert {sample.id for sample in first} == {sample.id for sample in second}
    assert 400 < len(first) < 600
    assert {reject.reason for reject in rejects} == {"not in the sample"}


def test_a_formula_respelt_is_the_same_formula() -> None:
    texts = (r"\frac{a}{b}+x^{2}", r"x_i\le 5", r"\sqrt{2}=(y+1)", r"\overline{x}\ne\{y\}")
    for seed in range(5):
        out, _ = after({"do": "respell", "seed": seed}, samples(*texts))
        assert all(formulas.same(sample.fields["respelt"], sample.fields["tex"]) for sample in out)
    assert {sample.fields["respelt"] for sample in out} != set(texts)


def test_missing_forms_are_filled_in_and_told() -> None:
    given = [
        Sample("a", {"tex": r"\frac ab", "unicode": None}),
        Sample("b", {"mathml": "<math><mi>x</mi></math>"}),
        Sample("c", {}),
    ]
    out, rejects = after({"do": "synthesise", "forms": ["tex", "mathml", "unicode"]}, given)
    assert out[0].fields["unicode"] == "a/b"
    assert out[0].fields["made"] == ["mathml", "unicode"]
    assert (out[1].fields["tex"], out[1].fields["made"]) == ("x", ["tex", "unicode"])
    assert rejects[0].message == "c: none of the columns tex, mathml, unicode has anything"


def test_a_step_of_ones_own_is_named_by_its_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_steps.py").write_text(
        textwrap.dedent("""
        from dataclasses import dataclass
        from panmath.corpora.step import PerSample

        @dataclass(frozen=True)
        class Shout(PerSample):
            name = "shout"
            mark: str = "!"

            def one(self, sample):
                sample.fields["text"] += self.mark
                return [sample]
        """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert kept({"do": "my_steps:Shout", "mark": "?"}, "x", column="text") == (["x?"], [])


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"do": "filtre"}, "there is no step 'filtre'; did you mean filter?"),
        ({"do": "select"}, "the step select needs columns"),
        ({"do": "select", "columns": "tex"}, "columns of the step select is a list, not 'tex'"),
        ({"do": "filter", "shortest": "2"}, "shortest of the step filter is a whole number, not '2'"),
        ({"do": "filter", "min": 2}, "the step filter takes no 'min'; it takes column, source, shortest"),
        ({"do": "filter", "has": "("}, "'(' is no regular expression: missing ), unterminated subpattern"),
        (
            {"do": "split", "shares": {"train": 0.5}},
            'the shares of splits are numbers that add up to 1, not {"train": 0.5}',
        ),
        ({"do": "split", "shares": {"../x": 1}}, "a split is called by letters and digits, not '../x'"),
        ({"do": "decontaminate"}, "the step decontaminate needs against or hashes: the files of the test sets"),
        ({"do": "perturb", "kinds": ["words"]}, "a kind of variant is symbols, numbers or rewrite, not 'words'"),
        ({"do": "convert", "to": ["image"], "vary": {"dpi": 3}}, "vary has a list of values for dpi, not 3"),
        ({"do": "os:system"}, "os:system is no step: it is no class made from panmath.corpora.step.Step"),
        ({"do": "nowhere:Step"}, "the step nowhere:Step cannot be found: No module named 'nowhere'"),
        ({}, "a step says what it does: do = NAME"),
    ],
)
def test_steps_that_make_no_sense(spec: Mapping[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        step.build(spec)
    assert str(caught.value).startswith(message)


# Duplicates and splits


def test_the_first_of_equal_formulas_is_kept(tmp_path: Path) -> None:
    steps = [{"do": "formula"}, {"do": "normalise"}, {"do": "deduplicate"}]
    texts = [r"\frac ab", "x", r"\frac{a}{b}", "y", "x\\,", "z"]
    assert [row["tex"] for row in corpus(tmp_path, steps, texts, shard_size=2)] == [r"\frac ab", "x", "y", "z"]


@given(st.lists(st.sampled_from("abcdefgh"), max_size=30), st.integers(0, 29))
def test_after_a_kill_the_same_ones_are_kept(letters: list[str], restart: int) -> None:
    """What a step saw before the kill it sees again from some place on, with all that it remembers."""
    import tempfile

    specs = {"do": "deduplicate", "column": "tex"}
    given = samples(*letters)
    with tempfile.TemporaryDirectory() as folder:
        whole, cut = step.build(specs), step.build(specs)
        for one, name in ((whole, "whole"), (cut, "cut")):
            assert isinstance(one, step.Ordered)
            one.open(Path(folder, name))
        assert isinstance(whole, step.Ordered)
        assert isinstance(cut, step.Ordered)
        undisturbed = [sample.id for sample in whole(given, [])]
        list(cut(given, []))
        again = [sample.id for sample in cut(given[restart:], [])]
        whole.close()
        cut.close()
    assert again == [id for id in undisturbed if int(id[1:]) >= restart]


def test_near_duplicates_are_left_out(tmp_path: Path) -> None:
    base = "x_1+x_2+x_3+x_4+x_5+x_6+x_7+x_8+x_9+y_1+y_2+y_3+y_4+y_5+y_6"
    steps = [{"do": "formula"}, {"do": "sketch"}, {"do": "near-duplicates", "threshold": 0.7}]
    assert [row["tex"] for row in corpus(tmp_path, steps, [base, "a=b", base + "+z", base[:20], "a=b"])] == [
        base, "a=b", base[:20],
    ]  # fmt: skip


def test_what_is_in_test_sets_is_left_out_however_it_is_spelt(tmp_path: Path) -> None:
    (tmp_path / "test.txt").write_text("\\frac{a}{b}\n{\n", "utf-8")
    (tmp_path / "hashes.txt").write_text(formulas.digest("x ^ 2") + "\n", "utf-8")
    spec = {"do": "decontaminate", "against": [str(tmp_path / "test.txt")], "hashes": [str(tmp_path / "hashes.txt")]}
    texts = (r"\dfrac{A}{b}", r"a \over b", "x^{2}", "x^3", r"\frac{b}{a}")
    assert kept(spec, *texts) == (["x^3", r"\frac{b}{a}"], ["in a test set"] * 3)


def test_no_formula_is_in_two_splits(tmp_path: Path) -> None:
    split = {"do": "split", "shares": {"train": 0.5, "test": 0.5}}
    texts = [spelling.format(number) for number in range(200) for spelling in ("x^{{{}}}+1", "x^{{{}}}\\,+1")]
    corpus(tmp_path, [{"do": "formula"}, {"do": "normalise"}, split], texts)
    files = {name: (tmp_path / "out" / "data" / f"{name}-00000.jsonl") for name in ("train", "test")}
    keys = {name: {json.loads(line)["key"] for line in path.read_bytes().splitlines()} for name, path in files.items()}
    assert keys["train"].isdisjoint(keys["test"])
    assert 60 < len(keys["train"]) < 140


def test_a_run_that_looks_at_everything_is_not_shared(tmp_path: Path) -> None:
    with pytest.raises(
        OptionError, match="the step deduplicate has to see all records, so that the run cannot be shared"
    ):
        corpus(tmp_path, [{"do": "deduplicate", "column": "text"}], ["x"], part=(1, 2))


def test_what_a_step_has_seen_must_still_be_there(tmp_path: Path) -> None:
    steps = [{"do": "deduplicate", "column": "text"}]
    corpus(tmp_path, steps, ["x", "y", "x"], shard_size=1)
    for name in ("manifest.json", "markers/00002.json"):
        (tmp_path / "out" / name).unlink()
    with pytest.raises(OptionError, match="out: what 1-deduplicate has seen is gone; remove the folder and begin anew"):
        corpus(tmp_path, steps, ["x", "y", "x"], shard_size=1)


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from panmath.convert import cli

    left = int(sys.argv[1])
    replace = Path.replace

    def counted(*arguments):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return replace(*arguments)

    if __name__ == "__main__":
        Path.replace = counted
        sys.exit(cli.main(sys.argv[2:]))
"""


def test_duplicates_are_left_out_across_kills(tmp_path: Path) -> None:
    texts = [f"x_{{{number % 70}}}" for number in range(200)]
    (tmp_path / "a.txt").write_text("\n".join(texts))
    (tmp_path / "killed.py").write_text(textwrap.dedent(KILLED))
    steps = [{"do": "formula"}, {"do": "normalise"}, {"do": "deduplicate"}, {"do": "convert", "to": ["unicode"]}]
    (tmp_path / "mine.toml").write_text('name = "mine"\ntitle = "Mine"\n' + recipe.to_toml(steps))
    command = ["corpus", "run", str(tmp_path / "mine.toml"), str(tmp_path / "a.txt"), "--shard-size", "25", "-q", "-o"]
    assert cli.main([*command, str(tmp_path / "undisturbed"), "--workers", "1"]) == 0
    for moment in (3, 6, 8):
        program = [sys.executable, str(tmp_path / "killed.py"), str(moment)]
        assert (
            subprocess.run([*program, *command, str(tmp_path / "out"), "--workers", "1"]).returncode == -signal.SIGKILL
        )
    assert cli.main([*command, str(tmp_path / "out"), "--workers", "1"]) == 0
    found = {path.name: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert found == {path.name: path.read_bytes() for path in (tmp_path / "undisturbed").rglob("*") if path.is_file()}
    assert len(rows(tmp_path / "out")) == 70


# Variants, derivations, programs


def expression(tex: str) -> Any:
    return symbolic.expression(formulas.pipeline("tex", "ast")(tex).value)


def test_variants_are_what_they_say() -> None:
    texts = ("x^2-y^2", r"\int_0^1 3x^2\,dx", "2a+4=10", r"\frac{x+1}{x^2-1}")
    out, rejects = after({"do": "perturb", "count": 2}, samples(*texts))
    assert rejects == []
    for sample in out:
        variant, origin = expression(sample.fields["tex"]), expression(sample.fields["of"])
        change = sample.fields["change"]
        assert change in ("none", "symbols", "numbers", "rewrite")
        assert sample.fields["equivalent"] == (change in ("none", "rewrite"))
        if change == "rewrite":
            assert symbolic.agree(variant, origin, random.Random(1))
        if change == "symbols":
            assert len(variant.free_symbols) == len(origin.free_symbols)
    answers = {sample.fields["tex"]: sample.fields["answer"] for sample in out if sample.fields["change"] == "none"}
    assert answers == {"x^2-y^2": None, r"\int_0^1 3x^2\,dx": ["1"], "2a+4=10": ["3"], r"\frac{x+1}{x^2-1}": None}


def test_answers_of_variants_belong_to_the_variant() -> None:
    out, _ = after({"do": "perturb", "kinds": ["numbers"], "count": 3}, samples("2a+4=10"))
    for sample in out:
        assert [expression(answer) for answer in sample.fields["answer"]] == sympy.solve(
            expression(sample.fields["tex"])
        )


def test_expressions_that_differ_do_not_agree() -> None:
    x = sympy.Symbol("x")
    assert symbolic.agree(sympy.sin(2 * x), 2 * sympy.sin(x) * sympy.cos(x), random.Random(0))
    assert not symbolic.agree(sympy.sin(2 * x), 2 * sympy.sin(x), random.Random(0))
    assert not symbolic.agree(sympy.Function("f")(x), sympy.Function("f")(x), random.Random(0))


def test_what_takes_sympy_too_long_is_left_out() -> None:
    def long() -> None:
        while True:
            pass

    with pytest.raises(Unfit, match="SymPy takes too long"), symbolic.time_limit(0.05):
        long()


@pytest.mark.parametrize(
    ("text", "question", "rules", "answer"),
    [
        (
            r"x^2\sin x", r"\frac{\mathrm{d}}{\mathrm{d}x}x^2\sin\left(x\right)",
            ["product", "derivative of sin", "power"], r"x\left(x\cos\left(x\right)+2\sin\left(x\right)\right)",
        ),
        (
            "3x+5=11", "3x+5=11",
            ["collect the unknown on the left and the numbers on the right", "divide by the factor of the unknown"],
            "x=2",
        ),
        (
            r"e^{2x}", r"\frac{\mathrm{d}}{\mathrm{d}x}\mathrm{e}^{2x}", ["chain", "constant factor"],
            r"2\mathrm{e}^{2x}",
        ),
    ],
)  # fmt: skip
def test_derivations(text: str, question: str, rules: list[str], answer: str) -> None:
    (sample,), _ = after({"do": "derive"}, samples(text))
    assert sample.fields["question"] == question
    assert [made["rule"] for made in sample.fields["steps"]][: len(rules)] == rules
    assert sample.fields["answer"] == sample.fields["steps"][-1]["tex"] == answer


def test_each_step_of_a_derivation_has_the_same_value() -> None:
    out, _ = after({"do": "derive"}, samples(r"\frac{x}{x^2+1}", r"\cos(x^2)", r"x^x", r"\ln(3x)+e^{x}"))
    assert len(out) == 4
    for sample in out:
        forms = [sample.fields["question"], *(made["tex"] for made in sample.fields["steps"])]
        values = [expression(form).doit() for form in forms]
        assert all(symbolic.agree(values[0], value, random.Random(2)) for value in values)


def test_programs_are_kept_if_their_values_are_right() -> None:
    given = [
        Sample("right", {"tex": r"\sqrt{x}+y", "python": "def f(x, y):\n    return numpy.sqrt(x) + y"}),
        Sample("wrong", {"tex": r"\sqrt{x}+y", "python": "def f(x, y):\n    return x + y"}),
        Sample("raises", {"tex": "x", "python": "def f(x):\n    return [][1]"}),
        Sample("names", {"tex": "x", "python": "def f(y):\n    return y"}),
        Sample("number", {"tex": r"\frac{\pi}{2}", "python": "lambda: numpy.pi/2"}),
        Sample("condition", {"tex": "x=1", "python": "lambda x: x == 1"}),
    ]
    out, rejects = after({"do": "execute"}, given)
    assert [sample.id for sample in out] == ["right", "number"]
    assert len(out[0].fields["checks"]) == 3
    assert out[0].fields["conditions"] == "x, y real, from 0 to 3"
    assert {reject.id: reject.reason for reject in rejects} == {
        "wrong": "another value than SymPy's",
        "raises": "another value than SymPy's",
        "names": "its arguments are not the formula's symbols",
        "condition": "a condition and no value",
    }


def test_a_program_that_hangs_or_reaches_out_costs_no_other() -> None:
    given = [
        Sample("hangs", {"tex": "x", "python": "def f(x):\n    while True: pass"}),
        Sample("reads", {"tex": "x", "python": "def f(x):\n    open('/etc/passwd')\n    return x"}),
        Sample("right", {"tex": "x", "python": "def f(x):\n    return x"}),
    ]
    out, rejects = after({"do": "execute", "timeout": 1.0}, given)
    assert [sample.id for sample in out] == ["right"]
    assert {reject.id: reject.reason for reject in rejects} == {
        "hangs": "EdgeError",
        "reads": "another value than SymPy's",
    }


# Pictures and sounds


def test_a_picture_that_is_made_worse_is_still_one_and_the_same_each_time() -> None:
    picture = convert(r"\frac{a}{b}", to="image", source="tex").value
    worse = [
        after({"do": "distort", "seed": seed}, [Sample("a", {"image": picture})])[0][0].fields["image"]
        for seed in (1, 1, 2)
    ]
    assert worse[0] == worse[1] != worse[2]
    with Image.open(io.BytesIO(worse[0])) as opened:
        assert opened.format == "PNG"
        assert numpy.asarray(opened.convert("L")).min() < 128


def sound(values: Any) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(numpy.asarray(values, "<i2").tobytes())
    return out.getvalue()


def test_noise_is_as_loud_as_it_says() -> None:
    tone = 8000 * numpy.sin(numpy.arange(16000) / 10)
    (sample,), _ = after({"do": "noise"}, [Sample("a", {"speech": sound(tone)})])
    with wave.open(io.BytesIO(sample.fields["speech"])) as file:
        noise = numpy.frombuffer(file.readframes(16000), "<i2") - tone.astype("<i2")
    ratio = 20 * numpy.log10(numpy.sqrt(numpy.mean(tone**2)) / numpy.sqrt(numpy.mean(noise**2.0)))
    assert ratio == pytest.approx(sample.fields["snr"], abs=0.5)


def test_noise_goes_into_wav_files_alone() -> None:
    _, (reject,) = after({"do": "noise"}, [Sample("a", {"speech": b"OggS but no RIFF"})])
    assert reject.message == "a: noise is added to WAV files: file does not start with RIFF id"


def test_each_sample_gets_a_value_of_what_is_varied_by_chance() -> None:
    spec = {"do": "convert", "to": ["mathml"], "vary": {"display": [True, False]}}
    out, _ = after(spec, samples(*(f"x_{number}" for number in range(40))))
    assert [sample.id for sample in out] == [f"n{number}" for number in range(40)]
    assert {sample.fields["display"] for sample in out} == {True, False}
    for sample in out:
        assert ('display="block"' in sample.fields["mathml"]) is sample.fields["display"]


# Recipes

FORMULAS = (r"\frac{x}{x^2+1}", "3x+5=11", r"\frac{x}{x^{2}+1}", "x^2-1", r"\sin(2x)", r"\int_0^1 x\,dx", r"\frac{1")

MADE: Mapping[str, Mapping[str, Any]] = {
    "spoken-pairs": {"spoken.en": "x squared minus 1", "exact.ru": "икс в квадрате минус 1"},
    "speech-pairs": {"spoken.ru": "икс в квадрате минус один", "en.wav": bytes, "ru.wav": bytes},
    "image-pairs": {"png": bytes, "distorted.png": bytes, "dpi": float},
    "figure-pairs": {"png": bytes, "tikz": str, "pyplot": str, "description": str},
    "multiform": {"unicode": "x² − 1", "png": bytes, "svg": str, "mathml": str},
    "code-pairs": {"python": "def f(x):\n    return x**2 - 1", "arguments": ["x"]},
    "variants": {"change": "none", "of": "x^2-1"},
    "derivations": {"answer": "2x", "kind": "derivative"},
}
"""Of each recipe some columns of what it makes of x² − 1: the value, or its type."""

TEXT = "Consider $x^2-1$ and its roots. " * 12
PAGE = {
    "id": "a", "url": "https://example.org/a", "title": "A page", "language": "en",
    "text": TEXT + "![a parabola](p.png) It opens upwards.",
    "formulas": [
        {"tex": "x^2-1", "display": False, "form": "dollars", "start": start + 9, "end": start + 16}
        for start in range(0, len(TEXT), 32)
    ],
    "images": [{"text": "a parabola", "address": "p.png", "start": len(TEXT), "end": len(TEXT) + 20}],
}  # fmt: skip
PAGES = (
    PAGE,
    PAGE | {"id": "b", "text": PAGE["text"] + " Really."},
    PAGE | {"id": "c", "formulas": [], "text": "x" * 300},
)

MADE_OF_PAGES: Mapping[str, Mapping[str, Any]] = {
    "web-math": {"count": 12, "text": PAGE["text"], "title": "A page"},
    "web-formulas": {"tex": "x^2-1", "before": "Consider ", "spoken.en": "x squared minus 1", "form": "dollars"},
    "interleaved": {"texts": [TEXT.strip(), None, "It opens upwards."], "images": [None, "p.png", None]},
}
"""Of each recipe for pages what it makes of the first of three, of which the second is nearly the same."""


LEAVES_FILES_OPEN = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)
"""As the ordinary libraries do."""


def count_loaded(out: Path) -> int:
    """How many records the library `datasets` finds by the card, and `webdataset` in archives."""
    datasets, webdataset = pytest.importorskip("datasets"), pytest.importorskip("webdataset")
    archives = sorted((out / "data").glob("*.tar"))
    if archives:
        opened = webdataset.WebDataset([str(path) for path in archives], shardshuffle=False, empty_check=False)
        found = sum(1 for _ in opened)
        with tarfile.open(archives[0]) as archive:
            if any(name.endswith(".wav") for name in archive.getnames()):
                return found  # `datasets` needs its extra `audio`, which is large
    loaded = datasets.load_dataset(str(out), cache_dir=str(out.parent / "cache"))
    counted = sum(map(len, loaded.values()))
    assert not archives or found == counted
    return counted


@LEAVES_FILES_OPEN
@pytest.mark.parametrize("name", MADE)
def test_a_recipe_runs_from_end_to_end(name: str, tmp_path: Path) -> None:
    (tmp_path / "formulas.txt").write_text("\n".join(FORMULAS), "utf-8")
    command = [
        "corpus",
        "run",
        name,
        str(tmp_path / "formulas.txt"),
        "-o",
        str(tmp_path / "out"),
        "--workers",
        "1",
        "-q",
    ]
    assert cli.main(command) == 0
    made = rows(tmp_path / "out", recipe.find(name).write_as)
    found = next(row for row in made if row["tex"] == "x^2-1")
    for column, wanted in MADE[name].items():
        value = found[column]
        assert isinstance(value, wanted) if isinstance(wanted, type) else value == wanted
    originals = [row["key"] for row in made if row.get("change", "none") == "none"]
    assert len(set(originals)) == len(originals)
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert card.startswith('---\nlicense: "unknown"\n')
    assert recipe.find(name).title in card
    assert count_loaded(tmp_path / "out") == len(made)


@LEAVES_FILES_OPEN
@pytest.mark.parametrize("name", MADE_OF_PAGES)
def test_a_recipe_for_pages_runs_from_end_to_end(name: str, tmp_path: Path) -> None:
    (tmp_path / "pages.jsonl").write_text("".join(f"{json.dumps(page)}\n" for page in PAGES), "utf-8")
    command = ["corpus", "run", name, str(tmp_path / "pages.jsonl"), "--workers", "1", "-q"]
    assert cli.main([*command, "-o", str(tmp_path / "out")]) == 0
    (made,) = rows(tmp_path / "out", "jsonl.gz")
    assert {column: made[column] for column in MADE_OF_PAGES[name]} == MADE_OF_PAGES[name]
    assert count_loaded(tmp_path / "out") == 1


HTML = """
<html lang="en"><head><title>A page</title></head><body><p>{}</p><img src="p.png" alt="a parabola">
<p>It opens upwards, as anybody can see who looks at it for long enough.</p></body></html>
"""


def test_web_pages_and_archives_of_them_are_read(tmp_path: Path) -> None:
    page = HTML.format(r"Consider \(x^2-1\) and its roots. " * 12).encode()
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.html").write_bytes(page)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    lines = (
        "WARC/1.0", "WARC-Type: response", "WARC-Target-URI: https://example.org/b", "WARC-Date: 2024-01-01T00:00:00Z",
        "WARC-Record-ID: <urn:b>", "Content-Type: application/http; msgtype=response",
        f"Content-Length: {len(head + page)}",
    )  # fmt: skip
    (tmp_path / "pages" / "b.warc").write_bytes("\r\n".join((*lines, "", "")).encode() + head + page + b"\r\n\r\n")
    command = ["corpus", "run", "web-formulas", str(tmp_path / "pages"), "--workers", "1", "-q"]
    assert cli.main([*command, "-o", str(tmp_path / "out")]) == 0
    (made,) = rows(tmp_path / "out", "jsonl.gz")
    assert (made["id"], made["tex"], made["form"], made["url"]) == ("a.html#0", "x^2-1", "parentheses", None)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["counts"]["1 extract out"] == 2
    assert [source.get("name", "files") for source in manifest["inputs"]] == ["b.warc", "files"]


@pytest.mark.parametrize("place", [(5, 3), (-1, 2), (0, 99), (None, None)])
def test_items_that_stand_nowhere(place: tuple[Any, Any]) -> None:
    fields = {"text": "a short text", "images": [{"address": "x.png", "start": place[0], "end": place[1]}]}
    for spec in ({"do": "interleave"}, {"do": "unfold", "column": "images"}):
        _, (reject,) = after(spec, [Sample("p", dict(fields))])
        assert reject.message == f"p: an item stands from {place[0]} to {place[1]}, which is not in the text"


@LEAVES_FILES_OPEN
def test_formulas_of_papers_are_kept_once_if_they_were_read_whole(tmp_path: Path) -> None:
    formula = {
        "raw": "$\\R$",
        "display": False,
        "before": "",
        "sentence": "Let ⟦\\mathbb{R}⟧ be.",
        "after": "",
        "paper": "p",
    }
    found = [
        {"id": f"p#{number}", "tex": tex, "status": status, **formula}
        for number, (tex, status) in enumerate([(r"\mathbb{R}", "ok"), (r"\mathbb R", "ok"), (r"\foo", "losses")])
    ]
    (tmp_path / "formulas.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in found), "utf-8")
    command = ["corpus", "run", "paper-formulas", str(tmp_path / "formulas.jsonl"), "--workers", "1", "-q"]
    assert cli.main([*command, "-o", str(tmp_path / "out")]) == 0
    (made,) = rows(tmp_path / "out", "jsonl.gz")
    assert (made["id"], made["sentence"], made["paper"]) == ("p#0", formula["sentence"], "p")
    left_out = [json.loads(line) for line in (tmp_path / "out" / "left_out" / "00000.jsonl").read_bytes().splitlines()]
    assert [row["reason"] for row in left_out] == ["same key", "not read whole"]
    assert count_loaded(tmp_path / "out") == 1


@LEAVES_FILES_OPEN
def test_figures_of_people_in_all_forms(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    for name, radius in (("a", "1"), ("b", "2"), ("c", "1")):
        code = rf"\draw[->] (0,0) -- (2,0) node[right] {{$x$}}; \filldraw[fill=red] (1,1) circle ({radius});"
        (tmp_path / "figures" / f"{name}.tikz").write_text(code, "utf-8")
    (tmp_path / "figures" / "d.tikz").write_text(r"\draw (0,0) -- (1,1) [frobnicate];", "utf-8")
    command = ["corpus", "run", "figure-code", str(tmp_path / "figures"), "--workers", "1", "-q"]
    assert cli.main([*command, "-o", str(tmp_path / "out")]) == 0
    first, second = rows(tmp_path / "out", "webdataset")
    assert first["made"] == ["pyplot", "svg", "image", "description"]
    assert first["description"].startswith("The figure shows an arrow and a red circle.")
    assert first["png"].startswith(b"\x89PNG")
    assert first["png"] != second["png"]
    assert count_loaded(tmp_path / "out") == 2


def test_all_recipes_are_tested() -> None:
    assert {found.name for found in recipe.shipped()} == {*MADE, *MADE_OF_PAGES, "figure-code", "paper-formulas"}


def test_recipes_and_steps_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["corpus", "list"]) == 0
    said = capsys.readouterr().out
    assert all(found.name in said for found in recipe.shipped())
    assert all(name in said for name in step.names())
    cli.main(["corpus", "list", "--json"])
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == [found.name for found in recipe.shipped()]


def test_a_recipe_is_shown_as_it_could_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for found in recipe.shipped():
        cli.main(["corpus", "info", found.name])
        steps = capsys.readouterr().out.partition("[[step]]")
        path = tmp_path / f"{found.name}.toml"
        path.write_text(f'name = "{found.name}"\ntitle = "t"\n' + "".join(steps[1:]), "utf-8")
        assert recipe.find(str(path)).steps == found.steps


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = 3", "mine.toml: name is text, not 3"),
        ('nom = "x"', "mine.toml: a recipe has no 'nom'; it has about, languages, licence"),
        ('name = "x"', "mine.toml: a recipe has a title"),
        ('step = ["x"]', "mine.toml: a step is a table: [[step]]"),
        ('read_as = "x"\n', "mine.toml: read_as is one of lines, jsonl, csv, parquet, tar, pages, files, not 'x'"),
        ("name = ", "mine.toml: Invalid value"),
    ],
)
def test_recipes_that_make_no_sense(text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(text, "utf-8")
    with pytest.raises(PanmathError) as caught:
        recipe.find("mine.toml")
    assert str(caught.value).startswith(message)


def test_an_unknown_recipe() -> None:
    with pytest.raises(
        OptionError, match=r"there is no recipe 'x'; there are code-pairs, .*, and files that end in .toml"
    ):
        recipe.find("x")


# A model in the loop


def test_a_model_writes_code_that_is_drawn_again() -> None:
    """Of a picture that it reads; what is no figure, and no picture, has empty columns."""
    pytest.importorskip("torch")
    circle = convert(r"\draw[->] (0,0) -- (3,0); \draw (1,1) circle (1);", "image", "tikz").value
    formula = convert(r"\frac{a}{b}+c", "image", "tex", embed=False).value
    given = [Sample("a", {"image": circle}), Sample("b", {"image": formula}), Sample("c", {"tikz": "x"})]
    made, rejects = after({"do": "imitate", "model": "panmath-draw"}, given)
    assert not rejects
    first, *others = (sample.fields for sample in made)
    assert "circle" in first["imitation"]
    assert first["imitation.image"].startswith(b"\x89PNG")
    assert 0.9 <= first["likeness"] <= 1
    assert [(row["imitation"], row["imitation.image"], row["likeness"]) for row in others] == [(None, None, None)] * 2


def test_without_a_model_there_is_no_loop() -> None:
    (same,), _ = after({"do": "imitate"}, [Sample("a", {"image": b"x"})])
    assert same.fields == {"image": b"x"}


def test_a_model_that_is_not_there_ends_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    (tmp_path / "formulas.txt").write_text("y=x^2\n", "utf-8")
    command = ["corpus", "run", "{}", str(tmp_path / "formulas.txt"), "--workers", "1", "-q", "--model", "nothing"]
    command += ["-o", str(tmp_path / "out")]
    assert cli.main([word.format("figure-pairs") for word in command]) == CheckpointError.exit_code
    assert capsys.readouterr().err.startswith("panmath: nothing: no folder, and no checkpoint of that name; shipped")
    assert cli.main([word.format("spoken-pairs") for word in command]) == OptionError.exit_code
    assert capsys.readouterr().err == (
        "panmath: the recipe spoken-pairs has no step imitate, which would ask a model\n"
    )


# Looking at what was made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of four formulas, with pictures, of which one fails."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "formulas.txt").write_text("x\n\\frac{1\n\\alpha^2<b\nyz\n", "utf-8")
    steps = ({"do": "formula"}, {"do": "filter", "lacks": "z"}, {"do": "convert", "to": ["unicode", "image", "svg"]})
    run(Job(Recipe("made", "Made", steps, write_as="webdataset"), (str(folder / "formulas.txt"),), folder / "out"))
    return folder / "out"


def test_statistics_of_a_corpus(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["corpus", "info", str(made), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["units"], told["rows"]) == (4, {"train": 2})
    assert told["counts"]["2 filter out"] == 3
    assert [(row["step"], row["reason"], row["failed"]) for row in told["reasons"]] == [
        ("convert: tex → ast", "ParseError", True),
        ("filter", "has z", False),
    ]
    tex = told["columns"]["tex"]
    assert {name: tex[name] for name in ("what", "filled", "empty", "shortest", "mean", "longest")} == {
        "what": "text", "filled": 2, "empty": 0, "shortest": 1, "mean": 5.5, "longest": 10,
    }  # fmt: skip
    assert tex["symbols"] == {r"\alpha": 1, "^": 1, "2": 1, "<": 1, "b": 1}
    cli.main(["corpus", "info", str(made)])
    assert "2 filter   4   3" in capsys.readouterr().out


def test_a_report_of_a_corpus(made: Path, tmp_path: Path) -> None:
    assert cli.main(["corpus", "info", str(made), "--html", str(tmp_path / "report.html")]) == 0
    page = (tmp_path / "report.html").read_text("utf-8")
    for part in ("<h2>Splits</h2>", "<h2>Lengths of tex</h2>", "<code>\\alpha</code>", "ParseError", 'class="bars"'):
        assert part in page


def test_records_to_look_at(made: Path, tmp_path: Path) -> None:
    assert cli.main(["corpus", "show", str(made), "-o", str(tmp_path / "page.html")]) == 0
    page = (tmp_path / "page.html").read_text("utf-8")
    assert page.count("<section>") == 2
    assert page.count('src="data:image/png;base64,') == page.count('src="data:image/svg+xml;base64,') == 2
    assert "<mi>α</mi>" in page
    assert "<svg" not in page
    cli.main(["corpus", "show", str(made), "--failed", "-o", str(tmp_path / "failed.html")])
    failed = (tmp_path / "failed.html").read_text("utf-8")
    assert failed.count("<section>") == 1
    assert "{ without its }" in failed


def test_what_stands_in_records_is_no_markup(tmp_path: Path) -> None:
    corpus(tmp_path, [], ["<script>alert(1)</script>", "<svg onload='x'/>", "\\text{<b onclick=x>}"])
    assert cli.main(["corpus", "show", str(tmp_path / "out"), "-o", str(tmp_path / "page.html")]) == 0
    page = (tmp_path / "page.html").read_text("utf-8")
    assert not any(bad in page for bad in ("<script", "<svg", "<b onclick"))


def test_what_is_no_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["corpus", "info", str(tmp_path)]) == 64
    assert "has no manifest.json: it is no corpus, or its run is not finished" in capsys.readouterr().err


def test_files_that_were_changed_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus(tmp_path, [], ["x", "y", "z"], shard_size=1)
    out = tmp_path / "out"
    assert cli.main(["corpus", "check", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}: 3 files, all as they were written\n"
    (out / "data" / "train-00000.jsonl").write_text("{}\n")
    (out / "data" / "train-00002.jsonl").unlink()
    assert cli.main(["corpus", "check", str(out)]) == 66
    assert capsys.readouterr().err == (
        f"panmath: {out}/data/train-00000.jsonl: its checksum is another one\n"
        f"panmath: {out}/data/train-00002.jsonl: No such file or directory\n"
    )


def test_quantiles_and_histograms_count_all() -> None:
    column = Column()
    for length in range(1, 101):
        column.add("x" * length)
    column.add(None)
    assert (column.filled, column.empty, column.mean, column.quantile(0.5), column.quantile(0.95)) == (
        100,
        1,
        50.5,
        50,
        95,
    )
    bins = column.histogram(10)
    assert sum(count for _, _, count in bins) == 100
    assert (bins[0][0], bins[-1][1]) == (1, 100)
