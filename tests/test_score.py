"""Scores: the keys that texts are compared by, edit distances, the report, and what the command line prints."""

from __future__ import annotations

import argparse
import gzip
import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panmath.convert import score as scores
from panmath.convert.distance import LabelledTree, levenshtein, tree_distance
from panmath.convert.errors import InputError, OptionError, ParseError
from panmath.convert.fi import fi, fi_tokens, leak_key
from panmath.convert.nodes import Accent, Frac, Ident, Node, Num, Root, Row, Script, Sym, Table
from panmath.convert.score import RowsError, TextScore, TreeScore, paper, score, strict, tree_error

CASES = Path(__file__).parent / "cases" / "score"
ROWS = CASES / "rows.jsonl"


def fi_cases() -> list[tuple[str, str, str]]:
    lines = (CASES / "fi.tsv").read_text(encoding="utf-8").split("\n")[:-1]
    rows = [line.split("\t") for line in lines if not line.startswith("# ")]
    return [(tex, key, leak) for tex, key, leak in rows]


# The keys


@pytest.mark.parametrize(("tex", "key", "leak"), fi_cases())
def test_fi_and_leak_key(tex: str, key: str, leak: str) -> None:
    assert (fi(tex), leak_key(tex)) == (key, leak)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$$ x  +\n y $$", "x + y"),
        (r"\( x \)", "x"),
        ("$x", "x"),
        ("x$$", "x"),
        (r"$5\$", r"5\$"),
        (r"\left( x \right)", r"\left( x \right)"),
    ],
)
def test_strict(text: str, expected: str) -> None:
    assert strict(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("$a + b$", "a+b"), (r"\displaystyle\operatorname{Spec} A", "{Spec}A"), ("$$x$$", "$x$"), ("a\tb", "a\tb")],
)
def test_paper(text: str, expected: str) -> None:
    assert paper(text) == expected


@given(st.text(alphabet="{}^_'\\ab&[]$% \n", max_size=60) | st.text(max_size=60))
def test_fi_takes_any_text(text: str) -> None:
    assert fi(text) == "".join(fi_tokens(text))


@pytest.mark.parametrize("opened", ["{", r"\sqrt", r"\frac{", r"\begin{matrix}", r"\bf ", "x^{"])
def test_fi_has_no_limit_of_nesting(opened: str) -> None:
    fi(opened * 1200)


# Distances between texts


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [
        ("", "", 0),
        ("", "abc", 3),
        ("abc", "abc", 0),
        ("kitten", "sitting", 3),
        ("abcd", "bcda", 2),
        ("aé😀", "ae😀", 1),
    ],
)
def test_levenshtein(first: str, second: str, distance: int) -> None:
    assert levenshtein(first, second) == levenshtein(second, first) == distance


@given(st.text(alphabet="abc", max_size=12), st.text(alphabet="abc", max_size=12))
def test_levenshtein_is_the_recurrence(first: str, second: str) -> None:
    @cache
    def recurrence(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        changed = first[i - 1] != second[j - 1]
        return min(recurrence(i - 1, j) + 1, recurrence(i, j - 1) + 1, recurrence(i - 1, j - 1) + changed)

    assert levenshtein(first, second) == recurrence(len(first), len(second))


# Distances between trees

X, Y, PLUS = Ident("x"), Ident("y"), Sym("+", "bin")


@pytest.mark.parametrize(
    ("prediction", "truth", "error"),
    [
        (X, X, 0),
        (Y, X, 1),  # one of one node renamed
        (Row((X, PLUS, Y)), Row((X, PLUS, X)), 1 / 4),
        (Row((X, PLUS)), Row((X, PLUS, Y)), 1 / 4),
        (Frac(X, Y), Frac(Y, X), 2 / 3),
        (Script(X, sub=Y), Script(X, sup=Y), 1 / 3),
        (Root(X), Root(X, Num("3")), 2 / 3),  # the index inserted, the root renamed to one that has an index
        (Accent(X, "hat"), Accent(X, "bar"), 1 / 2),
        (Row((Frac(X, Y), PLUS, X)), Frac(X, Y), 1),  # at most 1, however much is too much
        (Table("matrix", ((X, Y),)), Table("matrix", ((X,), (Y,))), 1 / 3),
    ],
)
def test_tree_error(prediction: Node, truth: Node, error: float) -> None:
    assert tree_error(prediction, truth) == pytest.approx(error)


def test_tree_error_of_deep_trees() -> None:
    deep: Node = X
    for _ in range(3000):
        deep = Root(deep)
    assert tree_error(deep, X) == 1


def shapes(depth: int) -> st.SearchStrategy[tuple[str, tuple]]:
    inner = st.just(()) if depth == 0 else st.lists(shapes(depth - 1), max_size=2).map(tuple)
    return st.tuples(st.sampled_from("ab"), inner)


def labelled(shape: tuple[str, tuple]) -> LabelledTree:
    labels: list[str] = []
    leftmost: list[int] = []

    def add(node: tuple[str, tuple]) -> None:
        start = len(labels)
        for child in node[1]:
            add(child)
        labels.append(node[0])
        leftmost.append(start)

    add(shape)
    return LabelledTree(labels, leftmost)


@cache
def forest_distance(first: tuple, second: tuple) -> int:
    """The textbook recurrence on forests, rightmost root first."""
    if not first or not second:
        return sum(1 + forest_distance(children, ()) for _, children in first + second)
    (a, below_a), (b, below_b) = first[-1], second[-1]
    return min(
        forest_distance(first[:-1] + below_a, second) + 1,
        forest_distance(first, second[:-1] + below_b) + 1,
        forest_distance(first[:-1], second[:-1]) + forest_distance(below_a, below_b) + (a != b),
    )


@given(shapes(3), shapes(3))
def test_tree_distance_is_the_recurrence(first: tuple, second: tuple) -> None:
    assert tree_distance(labelled(first), labelled(second)) == forest_distance((first,), (second,))


# Reports


def rows() -> tuple[list[str | None], list[str | None]]:
    return scores.read_columns(ROWS, "prediction", "truth")


@pytest.mark.parametrize(
    ("metric", "lower", "edits", "characters", "exact"),
    [
        ("strict", False, 17, 38, 0 / 5),
        ("strict", True, 16, 38, 1 / 5),
        ("paper", False, 13, 33, 0 / 5),
        ("fi", False, 11, 25, 1 / 5),
        ("fi", True, 10, 25, 2 / 5),
        ("leak_key", True, 10, 37, 2 / 5),
    ],
)
def test_text_metrics(metric: str, lower: bool, edits: int, characters: int, exact: float) -> None:
    found = score(*rows(), [metric]).get(metric, lower=lower)
    assert isinstance(found, TextScore)
    assert (found.n, found.skipped_empty_truth) == (5, 1)
    assert (found.edits, found.ref_chars, found.exact) == (edits, characters, exact)
    assert found.cer_micro == edits / characters


def test_rates_of_one_row_may_exceed_1_unless_capped() -> None:
    found = score(["abcdef", "a"], ["x", "a"], ["strict"], cases=(False,)).get("strict")
    assert found == TextScore(
        "strict", False, 2, 0, cer_micro=3.0, cer_macro=3.0, cer_macro_capped1=0.5, exact=0.5, edits=6, ref_chars=2
    )


def test_tree_metrics() -> None:
    report = score(*rows(), ["normal", "ted"])
    assert report.get("normal") == TreeScore("normal", n=5, skipped_truth=1, unread_predictions=2, value=1 / 5)
    # Row 2: y for 1, of Row(Script(x, 2), +, y) with its six nodes; row 3: X for x, of Row(sin, x) with three.
    ted = (0 + 1 / 6 + 1 / 3 + 1 + 1) / 5
    assert report.get("ted") == TreeScore("ted", n=5, skipped_truth=1, unread_predictions=2, value=pytest.approx(ted))


def test_render() -> None:
    pytest.importorskip("typst")
    predictions = [r"{a \over b}", "x", r"\frac{a", None, "x"]
    truths = [r"$\frac ab$", "y", "x", "x", ""]
    found = score(predictions, truths, ["render"]).get("render")
    assert found == TreeScore("render", n=4, skipped_truth=1, unread_predictions=1, value=1 / 4)


def test_normal_form_sees_what_the_key_does_not() -> None:
    predictions, truths = [r"\int\limits_0^1 x\,dx", "x_{a b}"], [r"\int_0^1 x\mathrm dx", "x_ab"]
    assert [score([p], [t], ["fi"]).get("fi").to_dict()["exact"] for p, t in zip(predictions, truths, strict=True)] == [
        1,
        0,
    ]


@pytest.mark.parametrize(
    ("prediction", "truth", "equal"),
    [
        (r"\left( x \right)", "$(x)$", 1),
        (r"\mathbf{x}", "x", 0),
        ("x=1,", r"x=1\;.", 1),  # punctuation of the sentence
        (r"\{ \hat K \}", r"\ { \hat { K } \ }", 1),  # tokens parted by blanks
        (r"\hat K", r"\ { \hat { K } \ }", 0),
        (r"10\ {\rm GeV}", r"10\mathrm{GeV}", 1),  # a blank and a group, as it stands
    ],
)
def test_normal(prediction: str, truth: str, equal: float) -> None:
    assert score([prediction], [truth], ["normal"]).get("normal").to_dict()["value"] == equal


def test_score_of_nothing_is_zero() -> None:
    assert [line.split()[2:3] for line in score([], []).table().splitlines()[1:3]] == [["0"], ["0"]]


def test_report_has_no_score_that_was_not_asked_for() -> None:
    with pytest.raises(KeyError, match="ted"):
        score(["x"], ["x"], ["fi"]).get("ted")


# The command line


def run(*args: object) -> int:
    parser = argparse.ArgumentParser()
    scores.add_arguments(parser)
    return scores.run(parser.parse_args([str(arg) for arg in args]))


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(ROWS, "--pred", "prediction", "--true", "truth") == 0
    assert capsys.readouterr().out == (CASES / "rows.txt").read_text(encoding="utf-8")


def test_two_files_of_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "predictions").write_text("x\n\ny^2", encoding="utf-8")
    (tmp_path / "truths").write_text("x\r\nz\r\ny^{2}\r\n", encoding="utf-8", newline="")
    assert run(tmp_path / "predictions", tmp_path / "truths", "--metrics", "fi", "--lower", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "metric": "fi", "lower": True, "n": 3, "skipped_empty_truth": 0, "cer_micro": 0.2, "cer_macro": 1 / 3,
        "cer_macro_capped1": 1 / 3, "exact": 2 / 3, "edits": 1, "ref_chars": 5,
    }  # fmt: skip


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".jsonl.gz"])
def test_tables_of_every_kind_give_the_same(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]
    table = tmp_path / f"rows{suffix}"
    if suffix.startswith(".csv"):
        lines = [
            ["lang", "prediction", "truth"],
            *([row["lang"], row["prediction"] or "", row["truth"]] for row in rows),
        ]
        text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
    else:
        text = ROWS.read_text(encoding="utf-8")
    table.write_bytes(gzip.compress(text.encode()) if suffix.endswith(".gz") else text.encode())
    columns = ("--pred", "prediction", "--true", "truth", "--metrics", "strict,fi")
    assert run(table, *columns) == run(ROWS, *columns) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[: len(lines) // 2] == lines[len(lines) // 2 :]


def test_where(capsys: pytest.CaptureFixture[str]) -> None:
    run(
        ROWS,
        "--pred",
        "prediction",
        "--true",
        "truth",
        "--where",
        "lang=ru",
        "--where",
        "id=3",
        "--metrics",
        "fi",
        "--json",
    )
    assert [json.loads(line)["edits"] for line in capsys.readouterr().out.splitlines()] == [1, 0]


PRED_TRUE = ("--pred", "prediction", "--true", "truth")
COLUMNS = "there are id, lang, prediction, truth"
ALL_METRICS = "strict, paper, fi, leak_key, normal, ted, render"
USAGE = "give two files of lines, PRED and TRUE, or one table with --pred COL and --true COL"


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        ([ROWS, "--pred", "guess", "--true", "truth"], RowsError, f"rows.jsonl:1: no column 'guess'; {COLUMNS}"),
        ([ROWS, *PRED_TRUE, "--where", "source=a"], RowsError, f"rows.jsonl:1: no column 'source'; {COLUMNS}"),
        ([ROWS, "--pred", "id", "--true", "truth"], RowsError, "rows.jsonl:1: 'id' is no text: 1"),
        ([ROWS, *PRED_TRUE, "--where", "lang"], OptionError, "--where is COL=VALUE, not 'lang'"),
        ([ROWS, *PRED_TRUE, "--metrics", "bleu"], OptionError, f"there is no metric 'bleu'; there are {ALL_METRICS}"),
        ([ROWS], OptionError, USAGE),
        ([ROWS, ROWS, "--pred", "x"], OptionError, USAGE),
        ([ROWS, ROWS, "--where", "a=b"], OptionError, "--where is for a table, with --pred and --true"),
        ([ROWS, CASES / "rows.txt"], RowsError, "rows.jsonl has 6 lines, but rows.txt has 9"),
        ([CASES / "none", ROWS], InputError, "none: No such file or directory"),
        ([CASES / "fi.tsv", *PRED_TRUE], ParseError, "fi.tsv:1:1: not JSON: Expecting value"),
    ],
)
def test_errors(args: list[object], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        run(*args)
    assert str(raised.value).replace(f"{CASES}/", "").split("\n")[0] == message


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("broken.jsonl.gz", b"no gzip", "Not a gzipped file (b'no')"),
        (
            "cut.jsonl.gz",
            gzip.compress(b"{}" * 1000, mtime=0)[:-12],
            "Compressed file ended before the end-of-stream marker was reached",
        ),
        ("latin.jsonl", b'{"prediction": "\xe9"}', "not UTF-8: invalid continuation byte at byte 16"),
        ("list.jsonl", b"\n[1]\n", "not a JSON object"),
        ("deep.jsonl", b"[" * 100_000, "nested too deeply"),
    ],
)
def test_files_that_cannot_be_read(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises((InputError, ParseError)) as raised:
        run(tmp_path / name, *PRED_TRUE)
    assert message in str(raised.value)


def test_sides_of_different_lengths() -> None:
    with pytest.raises(RowsError, match=r"^there are 2 predictions, but 1 truths$"):
        score(["x", "y"], ["x"])


@pytest.mark.parametrize(("error", "status"), [(RowsError, 65), (OptionError, 64), (InputError, 66)])
def test_exit_status(error: type[RowsError], status: int) -> None:
    assert error.exit_code == status
