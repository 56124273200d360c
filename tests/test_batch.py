"""`panmath batch`: inputs and outputs of every kind, what fails, kills and restarts."""

from __future__ import annotations

import bz2
import csv
import datetime
import gzip
import hashlib
import json
import lzma
import math
import os
import random
import signal
import subprocess
import sys
import tarfile
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from panmath.convert import cli
from panmath.convert.errors import InputError, OptionError, OutputError, PanmathError
from panmath.convert.pipeline import Pipeline, convert, fan_out
from panmath.corpora import outputs
from panmath.corpora.progress import Progress, duration
from panmath.corpora.recipe import Recipe
from panmath.corpora.runner import Job, RecordError, run
from panmath.corpora.sample import Reject
from panmath.corpora.shards import Folder
from panmath.corpora.sources.inputs import Stream, locate

FORMULAS = (r"\frac{a}{b}", "x^2", r"\sqrt{2}", r"\alpha", "ж", "a+b")
WORDS = ("a over b", "x squared", "the square root of 2", "alpha", "ж", "a plus b")
UNICODE = Recipe("unicode", "TeX → Unicode", ({"do": "convert", "to": ["unicode"]},))


def rows(out: Path, output: str = "jsonl") -> list[dict[str, Any]]:
    kind = outputs.output(output)
    return [row for path in sorted((out / "data").iterdir()) for row in kind.rows(path)]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def tree(out: Path) -> dict[str, bytes]:
    """All files of a folder."""
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def write_lines(path: Path, formulas: Sequence[str]) -> Path:
    path.write_text("".join(f"{formula}\n" for formula in formulas), "utf-8")
    return path


@pytest.fixture
def formulas(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "formulas.txt", FORMULAS)


# Inputs

RECORDS = [{"id": f"n{number}", "latex": formula, "source": "book"} for number, formula in enumerate(FORMULAS)]
JSONL = "".join(json.dumps(record) + "\n" for record in RECORDS).encode()


def write_csv(path: Path, delimiter: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["id", "latex", "source"], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(RECORDS)


def write_tar(path: Path) -> None:
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
        for record in RECORDS:
            for suffix, text in (("latex", record["latex"]), ("json", json.dumps({"source": record["source"]}))):
                place = path.with_name("member")
                place.write_text(text, "utf-8")
                archive.add(place, f"{record['id']}.{suffix}")


INPUTS: Mapping[str, Callable[[Path], object]] = {
    "a.jsonl": lambda path: path.write_bytes(JSONL),
    "a.jsonl.gz": lambda path: path.write_bytes(gzip.compress(JSONL)),
    "a.jsonl.bz2": lambda path: path.write_bytes(bz2.compress(JSONL)),
    "a.jsonl.xz": lambda path: path.write_bytes(lzma.compress(JSONL)),
    "a.jsonl.zst": lambda path: path.write_bytes(zstandard.compress(JSONL)),
    "a.csv": lambda path: write_csv(path, ","),
    "a.tsv": lambda path: write_csv(path, "\t"),
    "a.parquet": lambda path: pyarrow.parquet.write_table(pyarrow.Table.from_pylist(RECORDS), path, row_group_size=2),
    "a.tar": write_tar,
    "a.tar.gz": write_tar,
}


@pytest.mark.parametrize("name", INPUTS)
def test_every_kind_of_input_gives_the_same_records(name: str, tmp_path: Path) -> None:
    INPUTS[name](tmp_path / name)
    command = ["batch", str(tmp_path / name), "-t", "spoken.en", "--column", "latex", "--keep", "source", "-q"]
    assert cli.main([*command, "-o", str(tmp_path / "out"), "--workers", "1"]) == 0
    assert rows(tmp_path / "out") == [
        {"id": f"n{number}", "latex": formula, "spoken.en": words, "source": "book"}
        for number, (formula, words) in enumerate(zip(FORMULAS, WORDS, strict=True))
    ]


def test_a_folder_has_a_record_in_each_file(tmp_path: Path) -> None:
    folder = tmp_path / "formulas"
    (folder / "b").mkdir(parents=True)
    (folder / "b" / "two.tex").write_text("x^2\n")
    (folder / "one.tex").write_text(r"\alpha")
    (folder / ".hidden.tex").write_text("y")
    assert cli.main(["batch", str(folder), "-t", "unicode", "-o", str(tmp_path / "out"), "-q"]) == 0
    assert rows(tmp_path / "out") == [
        {"id": "one.tex", "tex": r"\alpha", "unicode": "α"},
        {"id": "b/two.tex", "tex": "x^2", "unicode": "x²"},
    ]


def test_lines_have_their_numbers_for_ids_and_blank_ones_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfx\r\n\n  \ny")
    run(Job(UNICODE, (str(tmp_path / "a.txt"),), tmp_path / "out"))
    assert rows(tmp_path / "out") == [
        {"id": "a.txt:1", "text": "x", "unicode": "x"},
        {"id": "a.txt:4", "text": "y", "unicode": "y"},
    ]


@pytest.mark.parametrize("name", [*INPUTS, "c.txt"])
def test_a_stream_goes_on_from_a_place_in_another(name: str, tmp_path: Path) -> None:
    """As machines do that make shards of their own, where the files before and after are of another kind."""
    write = INPUTS.get(name, lambda path: path.write_bytes(b"\xef\xbb\xbf1\n\n2\n3"))
    (tmp_path / "a0.txt").write_text("x\n\ny\n")
    write(tmp_path / f"b{name}")
    (tmp_path / "c.jsonl").write_bytes(JSONL)
    files = locate([str(path) for path in sorted(tmp_path.iterdir()) if path.name != "member"])
    everything = list(Stream(files).take(100))
    stream, places = Stream(files), []
    for _ in range(len(everything)):
        places.append(stream.place)
        stream.skip(1)
    assert not list(stream.take(1))
    for number, place in enumerate(places):
        again = Stream.at(files, place)
        assert (again.number, list(again.take(100))) == (number, everything[number:])


@given(st.lists(st.sampled_from(["x", "", "  ", "\ufeff", "yz"]), max_size=12), st.integers(0, 14), st.booleans())
def test_passing_over_lines_is_reading_them(texts: list[str], count: int, damaged: bool) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        data = gzip.compress("\n".join(texts).encode() + b"\n" * 50, mtime=0)
        Path(folder, "a.txt.gz").write_bytes(data[:-5] if damaged else data)
        files = locate([folder + "/a.txt.gz"])
        everything = list(Stream(files).take(100))
        stream = Stream(files)
        passed = stream.skip(count)
        assert passed == min(count, len(everything))
        assert [unit.id for unit in stream.take(100)] == [unit.id for unit in everything[passed:]]


# Outputs


@pytest.mark.parametrize("name", [kind.name for kind in outputs.OUTPUTS])
def test_every_kind_of_output_holds_the_same_records(name: str, tmp_path: Path) -> None:
    records = [{"id": f"{number}", "tex": formula} for number, formula in enumerate(FORMULAS)]
    (tmp_path / "a.jsonl").write_bytes(b"".join(map(outputs.json_line, records)))
    command = ["batch", str(tmp_path / "a.jsonl"), "-t", "spoken.en", "--as", name, "-o", str(tmp_path / "out"), "-q"]
    assert cli.main([*command, "--shard-size", "4"]) == 0
    expected = [record | {"spoken.en": words} for record, words in zip(records, WORDS, strict=True)]
    assert rows(tmp_path / "out", name) == expected


def test_pictures_go_into_archives_or_parquet(formulas: Path, tmp_path: Path) -> None:
    for kind in ("webdataset", "parquet"):
        command = ["batch", str(formulas), "-f", "tex", "-t", "image", "--limit", "2", "--as", kind, "-q"]
        assert cli.main([*command, "-o", str(tmp_path / kind)]) == 0
    (archived, _), (row, _) = rows(tmp_path / "webdataset", "webdataset"), rows(tmp_path / "parquet", "parquet")
    picture = next(Pipeline("tex", "image").map([FORMULAS[0]])).value
    assert archived["png"] == row["image"] == picture


@given(st.lists(st.text(min_size=1), unique=True, max_size=8))
def test_members_of_archives_have_names_that_lead_nowhere_and_keep_records_apart(ids: list[str]) -> None:
    keys = [outputs.WebDataset.key(id) for id in ids]
    assert len(set(keys)) == len(keys)
    assert all("." not in key and not key.startswith("/") and key.isascii() for key in keys)


def test_pictures_are_read_and_stay_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(convert("x^2", to="image", source="tex").value)
    command = ["batch", str(tmp_path / "pictures"), "-t", "tex", "-t", "unicode", "--workers", "1", "-q"]
    assert cli.main([*command, "-o", str(tmp_path / "out")]) == 0
    assert rows(tmp_path / "out") == [{"id": "a.png", "tex": "x^2", "unicode": "x²"}]
    assert cli.main([*command, "-o", str(tmp_path / "all"), "--keep", "all"]) == 64


def test_lines_of_json_hold_no_pictures(formulas: Path, tmp_path: Path) -> None:
    command = ["batch", str(formulas), "-f", "tex", "-t", "image", "--limit", "2", "--as", "jsonl", "-q"]
    assert cli.main([*command, "-o", str(tmp_path / "out")]) == 64


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_the_ordinary_libraries_read_what_is_written(formulas: Path, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    webdataset = pytest.importorskip("webdataset")
    for kind in ("jsonl.gz", "csv", "parquet", "webdataset"):
        command = [
            "batch",
            str(formulas),
            "-f",
            "tex",
            "-t",
            "spoken.en",
            "--as",
            kind,
            "-q",
            "-o",
            str(tmp_path / kind),
        ]
        assert cli.main(command) == 0
    frames = (
        pandas.read_json(tmp_path / "jsonl.gz" / "data" / "train-00000.jsonl.gz", lines=True),
        pandas.read_csv(tmp_path / "csv" / "data" / "train-00000.csv"),
        pandas.read_parquet(tmp_path / "parquet" / "data" / "train-00000.parquet"),
    )
    for frame in frames:
        assert list(frame["spoken.en"]) == list(WORDS)
    archive = webdataset.WebDataset(str(tmp_path / "webdataset" / "data" / "train-00000.tar"), shardshuffle=False)
    assert [json.loads(sample["json"])["spoken.en"] for sample in archive] == list(WORDS)


def test_the_card_tells_the_hub_where_the_data_are(formulas: Path, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    run(Job(UNICODE, (str(formulas),), tmp_path / "out"))
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    assert loaded["train"]["unicode"] == ["a/b", "x²", "√2", "α", "ж", "a + b"]


# Targets


def test_targets_have_columns_and_options_of_their_own(tmp_path: Path) -> None:
    formula = write_lines(tmp_path / "a.txt", [r"\sqrt{x}+1"])
    targets = [
        "-t",
        "exact=spoken.en:style=exact",
        "-t",
        "clear=spoken.en:style=clearspeak",
        "-t",
        "mathml:display=yes",
    ]
    assert cli.main(["batch", str(formula), "-f", "tex", *targets, "-o", str(tmp_path / "out"), "-q"]) == 0
    (row,) = rows(tmp_path / "out")
    assert row["exact"] == "root x end root plus 1"
    assert row["clear"] == "the square root of x plus 1"
    assert 'display="block"' in row["mathml"]


@pytest.mark.parametrize(
    ("name", "text"), [("m.tex", r"\newcommand{\R}{\mathbb{R}}"), ("m.json", '{"\\\\R": "\\\\mathbb{R}"}')]
)
def test_macros_come_from_a_file(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    formula = write_lines(tmp_path / "a.txt", [r"\R"])
    command = ["batch", str(formula), "-f", "tex", "-t", "unicode", "--macros", str(tmp_path / name), "-q"]
    assert cli.main([*command, "-o", str(tmp_path / "out")]) == 0
    assert rows(tmp_path / "out")[0]["unicode"] == "ℝ"


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (["ast"], "ast is a value in Python, and no record can hold it"),
        (["mathml", "mml"], "two targets go into the column mathml; name one: NAME=FORMAT"),
        (["=mathml"], "'=mathml': the column before = has no name"),
        (["mathml:display=maybe"], "'mathml:display=maybe': display is yes or no, not 'maybe'"),
        (["mathml:dpi=3"], "dpi is a number from 10 to 2400, not 3.0"),
        (["spoken.en:style"], "'spoken.en:style': style needs a value: style=…"),
        (["nothing"], "there is no format 'nothing'; there are "),
    ],
)
def test_targets_that_make_no_sense(targets: list[str], message: str, formulas: Path, tmp_path: Path) -> None:
    job = Job(Recipe("a", "a", ({"do": "convert", "to": targets},)), (str(formulas),), tmp_path / "out")
    with pytest.raises(PanmathError) as caught:
        run(job)
    assert str(caught.value).startswith(message)
    assert not (tmp_path / "out").exists()


def test_what_several_routes_share_is_done_once() -> None:
    calls = fan_out([Pipeline("tex", "spoken.en"), Pipeline("tex", "mathml"), Pipeline("tex", "unicode")], FORMULAS)
    for formula, results in zip(FORMULAS, calls, strict=True):
        alone = [next(Pipeline("tex", result.format).map([formula])) for result in results]
        assert [result.value for result in results] == [result.value for result in alone]
        assert [result.losses for result in results] == [result.losses for result in alone]
        assert len({result.provenance[0].seconds for result in results}) == 1


# Failures

BAD = ("x", r"\frac{1", "y", "", r"\sqrt{")


def test_a_record_that_fails_is_set_aside_with_step_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"tex": "x"}\n{"tex": "\\\\frac{1"}\nnonsense\n["tex"]\n{"tex": 5}\n{"other": "y"}\n{"tex": "z"}\n'
    )
    summary = run(Job(UNICODE, (str(path),), tmp_path / "out"))
    assert (summary.units, summary.rows, summary.failed) == (7, 2, 5)
    assert [row["id"] for row in rows(tmp_path / "out")] == ["a.jsonl:1", "a.jsonl:7"]
    failed = lines(tmp_path / "out" / "failed" / "00000.jsonl")
    assert [(row["id"], row["step"], row["reason"]) for row in failed] == [
        ("a.jsonl:2", "convert: tex → ast", "ParseError"),
        ("a.jsonl:3", "read", "InputError"),
        ("a.jsonl:4", "read", "InputError"),
        ("a.jsonl:5", "convert", "InputError"),
        ("a.jsonl:6", "convert", "InputError"),
    ]
    assert failed[0]["message"].startswith("a.jsonl:2:1:6: { without its }")
    assert failed[0]["record"] == {"tex": r"\frac{1"}


def test_whatever_stands_in_a_record_can_be_written(tmp_path: Path) -> None:
    """Also in one that fails: dates, numbers that are none, half characters, bytes, lists in lists without end."""
    deep: list[Any] = []
    for _ in range(500):
        deep = [deep]
    day = datetime.date(2020, 2, 29)
    odd = {"day": day, "none": math.nan, "half": "\ud800", "list": [math.inf, day]}
    assert json.loads(outputs.json_line(odd)) == {
        "day": "2020-02-29", "none": None, "half": "\ud800", "list": [None, "2020-02-29"],
    }  # fmt: skip
    fields = odd | {"bytes": b"abc", "inner": [{"bytes": b"abc"}], "deep": deep}
    reject = Reject("a", (0, 0), "step", "reason", "message", True, fields)
    record = json.loads(outputs.json_line(reject.to_dict()))["record"]
    assert (record["bytes"], record["inner"]) == ("3 bytes", [{"bytes": "3 bytes"}])


def test_columns_of_parquet_go_along_as_they_are(tmp_path: Path) -> None:
    table = pyarrow.table(
        {"tex": ["x"], "day": [datetime.date(2020, 2, 29)], "image": [{"bytes": b"abc", "path": None}]}
    )
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    for kind in ("parquet", "jsonl"):
        keep = "day,image" if kind == "parquet" else "day"
        command = ["batch", str(tmp_path / "a.parquet"), "-t", "unicode", "--keep", keep, "--as", kind, "-q"]
        assert cli.main([*command, "-o", str(tmp_path / kind)]) == 0
    assert rows(tmp_path / "parquet", "parquet") == [
        {"id": "a.parquet:1", "tex": "x", "unicode": "x", "day": datetime.date(2020, 2, 29), "image": b"abc"}
    ]
    assert rows(tmp_path / "jsonl")[0]["day"] == "2020-02-29"


def test_a_record_that_fails_can_be_kept(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.txt", BAD[:3])
    command = [
        "batch",
        str(path),
        "-f",
        "tex",
        "-t",
        "unicode",
        "--on-error",
        "keep",
        "-q",
        "-o",
        str(tmp_path / "out"),
    ]
    assert cli.main(command) == 0
    first, second, _ = rows(tmp_path / "out")
    assert first == {"id": "a.txt:1", "text": "x", "unicode": "x", "error": None}
    assert second["unicode"] is None
    assert second["error"].startswith("a.txt:2:1:6: { without its }")


def test_a_run_can_end_at_the_first_failure(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.txt", BAD)
    with pytest.raises(RecordError) as caught:
        run(Job(UNICODE, (str(path),), tmp_path / "out", on_error="fail"))
    assert str(caught.value).startswith("a.txt:2 failed in convert: tex → ast: a.txt:2:1:6: { without its }")
    assert list((tmp_path / "out" / "data").iterdir()) == []


def test_a_run_can_end_after_some_failures(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.txt", BAD)
    with pytest.raises(RecordError, match=r"2 records failed, more than 1; the last: a.txt:5 in convert: tex → ast"):
        run(Job(UNICODE, (str(path),), tmp_path / "out", max_errors=1))
    assert run(Job(UNICODE, (str(path),), tmp_path / "out", max_errors=2)).failed == 2


def test_a_damaged_file_gives_what_is_before_the_damage_and_the_next_one_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(JSONL * 200)[:-40])
    (tmp_path / "b.jsonl").write_bytes(JSONL)
    summary = run(Job(UNICODE, (str(tmp_path / "a.jsonl.gz"), str(tmp_path / "b.jsonl")), tmp_path / "out"))
    (failure,) = lines(tmp_path / "out" / "failed" / "00000.jsonl")
    assert failure["message"].partition(": ")[2].startswith("the file cannot be read on: Compressed file ended")
    assert summary.rows > len(RECORDS)
    assert [row["id"] for row in rows(tmp_path / "out")[-len(RECORDS) :]] == [record["id"] for record in RECORDS]


def test_a_record_that_is_too_large_is_told_and_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        file.write(b"x\n" + b"y" * (50 << 20) + b"\nz\n")
    assert run(Job(UNICODE, (str(tmp_path / "a.txt"),), tmp_path / "out")).rows == 2
    (failure,) = lines(tmp_path / "out" / "failed" / "00000.jsonl")
    assert failure["message"] == "a.txt:2: a record of 52428801 bytes, more than 16777216"


STEPS = """
    import os, signal
    from dataclasses import dataclass
    from panmath.corpora.step import PerSample

    @dataclass(frozen=True)
    class Brittle(PerSample):
        name = "brittle"

        def one(self, sample):
            if sample.fields["text"] == "crash":
                os.kill(os.getpid(), signal.SIGKILL)
            sample.fields["inverse"] = 1 / float(sample.fields["text"])
            return [sample]
"""


def test_a_step_that_raises_or_kills_its_process_costs_one_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "brittle_steps.py").write_text(textwrap.dedent(STEPS))
    monkeypatch.syspath_prepend(tmp_path)
    path = write_lines(tmp_path / "a.txt", ["1", "0", "2", "crash", "4", "one", "5"])
    job = Job(Recipe("a", "a", ({"do": "brittle_steps:Brittle"},)), (str(path),), tmp_path / "out")
    run(job)
    assert [row["inverse"] for row in rows(tmp_path / "out")] == [1, 0.5, 0.25, 0.2]
    assert [(row["id"], row["message"]) for row in lines(tmp_path / "out" / "failed" / "00000.jsonl")] == [
        ("a.txt:2", "ZeroDivisionError: float division by zero"),
        ("a.txt:4", "the process that worked on it died"),
        ("a.txt:6", "ValueError: could not convert string to float: 'one'"),
    ]


def test_processes_that_die_in_several_stages_cost_their_records_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = (
        STEPS
        + """
    @dataclass(frozen=True)
    class Last(PerSample):
        name = "last"

        def one(self, sample):
            if sample.fields["text"] == "23":
                os.kill(os.getpid(), signal.SIGKILL)
            return [sample]
    """
    )
    (tmp_path / "two_brittle_steps.py").write_text(textwrap.dedent(steps))
    monkeypatch.syspath_prepend(tmp_path)
    texts = [str(number) for number in range(1, 41)]
    texts[15] = "crash"
    path = write_lines(tmp_path / "a.txt", texts)
    recipe = Recipe(
        "a",
        "a",
        (
            {"do": "two_brittle_steps:Brittle"},
            {"do": "deduplicate", "column": "text"},
            {"do": "two_brittle_steps:Last"},
        ),
    )
    run(Job(recipe, (str(path),), tmp_path / "out", workers=2, shard_size=4))
    assert [row["text"] for row in rows(tmp_path / "out")] == [text for text in texts if text not in ("crash", "23")]
    failed = [row for path in sorted((tmp_path / "out" / "failed").iterdir()) for row in lines(path)]
    assert {row["message"] for row in failed} == {"the process that worked on it died"}
    assert [row["id"] for row in failed] == ["a.txt:16", "a.txt:23"]


def test_a_script_that_starts_itself_again_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x\n")
    script = """
        from pathlib import Path
        from panmath.corpora.recipe import Recipe
        from panmath.corpora.runner import Job, run
        run(Job(Recipe("a", "a", ({"do": "convert", "to": ["unicode"]},)), ("a.txt",), Path("out")))
    """
    (tmp_path / "script.py").write_text(textwrap.dedent(script))
    said = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True).stderr
    assert "a script that starts a run does so under if __name__ == '__main__'" in said


def test_a_full_disk_is_told_and_the_run_goes_on_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_lines(tmp_path / "a.txt", FORMULAS)
    job = Job(UNICODE, (str(path),), tmp_path / "out", shard_size=2)

    begun = False

    def full(_: int) -> None:
        if begun:
            raise OSError(28, "No space left on device")

    def fill(*_: object) -> None:
        nonlocal begun
        begun = True

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        patch.setattr(Progress, "show", fill)
        with pytest.raises(OutputError, match=r"No space left on device; run the same command again to go on$"):
            run(job)
    assert rows(tmp_path / "out") == []
    assert run(job).rows == len(FORMULAS)


def test_a_run_in_which_all_fails_is_bad_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What lines of text are, only -f says: any format is text."""
    path = write_lines(tmp_path / "a.txt", [r"\frac{1", "{"])
    command = ["batch", str(path), "-t", "unicode", "-q", "-o", str(tmp_path / "out")]
    assert cli.main([*command, "-f", "tex"]) == RecordError.exit_code
    assert cli.main(command) == OptionError.exit_code
    assert capsys.readouterr().err == "panmath: say what the formulas are: -f FORMAT (the columns are text)\n"


def test_where_nothing_could_begin_there_is_nothing_to_go_on_with(
    tmp_path: Path, formulas: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["batch", str(formulas), "-f", "tex", "-t", "unicode", "-q", "-o"]
    assert cli.main([*command, str(formulas / "out")]) == OutputError.exit_code
    assert capsys.readouterr().err == f"panmath: {formulas / 'out' / 'markers'}: Not a directory\n"
    assert cli.main([*command, str(tmp_path)]) == OptionError.exit_code
    assert capsys.readouterr().err == (
        f"panmath: {tmp_path} holds other things, such as formulas.txt; choose a new or empty folder\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["formulas.txt"]


# The same bytes, whatever happens

KILLED = """
    import os, signal, sys
    from pathlib import Path
    from panmath.convert import cli

    left = int(sys.argv[1])

    def counted(function):
        def call(*arguments, **options):
            global left
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **options)
        return call

    if __name__ == "__main__":
        os.fsync, Path.replace, Path.open = counted(os.fsync), counted(Path.replace), counted(Path.open)
        sys.exit(cli.main(sys.argv[2:]))
"""


def test_a_run_that_is_killed_ten_times_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """The moments are random ones among all at which a file is opened, written to the disk or named."""
    path = write_lines(tmp_path / "a.txt", [f"x_{{{number}}}" for number in range(300)] + [r"\frac{1"] * 10)
    command = [
        "batch",
        str(path),
        "-f",
        "tex",
        "-t",
        "unicode",
        "-t",
        "mathml",
        "--shard-size",
        "30",
        "--workers",
        "1",
        "-q",
    ]
    assert cli.main([*command, "-o", str(tmp_path / "undisturbed")]) == 0
    (tmp_path / "killed.py").write_text(textwrap.dedent(KILLED))
    moments = random.Random(7)
    for _ in range(10):
        program = [sys.executable, str(tmp_path / "killed.py"), str(moments.randrange(1, 30))]
        killed = subprocess.run([*program, *command, "-o", str(tmp_path / "out")])
        assert killed.returncode in (-signal.SIGKILL, 0)
    assert cli.main([*command, "-o", str(tmp_path / "out")]) == 0
    assert tree(tmp_path / "out") == tree(tmp_path / "undisturbed")
    ids = [row["id"] for row in rows(tmp_path / "out")]
    assert ids == [f"a.txt:{number}" for number in range(1, 301)]


def test_the_number_of_workers_changes_nothing(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.txt", [f"x^{{{number}}}" for number in range(900)])
    for workers in (1, 3):
        run(Job(UNICODE, (str(path),), tmp_path / f"{workers}", workers=workers, shard_size=400))
    assert tree(tmp_path / "1") == tree(tmp_path / "3")


def test_several_machines_share_the_shards(formulas: Path, tmp_path: Path) -> None:
    together, alone = tmp_path / "together", tmp_path / "alone"
    run(Job(UNICODE, (str(formulas),), alone, shard_size=1))
    assert not run(Job(UNICODE, (str(formulas),), together, shard_size=1, part=(2, 2))).complete
    assert [row["unicode"] for row in rows(together)] == ["x²", "α", "a + b"]
    assert run(Job(UNICODE, (str(formulas),), together, shard_size=1, part=(1, 2))).complete
    assert tree(together) == tree(alone)


def test_what_is_done_is_not_done_again(formulas: Path, tmp_path: Path) -> None:
    job = Job(UNICODE, (str(formulas),), tmp_path / "out", shard_size=2)
    assert run(job).new == len(FORMULAS)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    assert run(job).new == 0
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.json*")}.items() <= before.items()


def test_two_runs_at_a_time_do_not_go_into_the_same_folder(formulas: Path, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "out")
    folder.open({})
    with pytest.raises(OptionError, match="out: another run writes into it at this moment"):
        run(Job(UNICODE, (str(formulas),), tmp_path / "out"))
    folder.close()


def test_another_run_does_not_go_into_the_same_folder(formulas: Path, tmp_path: Path) -> None:
    run(Job(UNICODE, (str(formulas),), tmp_path / "out"))
    with pytest.raises(OptionError, match="out holds another run, with other limit; choose another folder, or remove"):
        run(Job(UNICODE, (str(formulas),), tmp_path / "out", limit=2))


def test_the_manifest_has_counts_and_checksums(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.txt", BAD)
    run(Job(UNICODE, (str(path),), tmp_path / "out"))
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["units"] == 4
    assert manifest["rows"] == {"train": 2}
    assert manifest["counts"] == {"read in": 4, "read out": 4, "1 convert in": 4, "1 convert out": 2}
    assert manifest["reasons"] == [{"step": "convert: tex → ast", "reason": "ParseError", "failed": True, "count": 2}]
    assert manifest["inputs"][0]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    for name, file in manifest["files"].items():
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == file["sha256"]


# Messages


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["none.txt", "-t", "mathml"], 66, "none.txt: No such file or directory"),
        (["a.jsonl", "-t", "mathml"], 64, "say what the formulas are: -f FORMAT (the columns are formula, page)"),
        (
            ["a.jsonl", "-f", "tex", "-t", "mathml", "--column", "latex"],
            66,
            "no column 'latex'; there are formula, page; --column names it",
        ),
        (
            ["a.jsonl", "-f", "tex", "-t", "mathml", "--keep", "pages"],
            64,
            "there is no column 'pages' to keep; there are formula, page",
        ),
        (
            ["a.jsonl", "-f", "tex", "-t", "mathml", "--dpi", "100"],
            64,
            "nothing on the route tex → ast → mathml takes dpi",
        ),
        (
            ["a.jsonl", "-f", "tex", "-t", "mathml", "--workers", "0"],
            64,
            "argument --workers: a whole number from 1, not '0'",
        ),
        (
            ["a.jsonl", "-f", "tex", "-t", "mathml", "--shard", "3/2"],
            64,
            "argument --shard: I/N with I from 1 to N, as in 2/4",
        ),
    ],
)  # fmt: skip
def test_messages(
    arguments: list[str], status: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("a.jsonl").write_text('{"formula": "x", "page": 3}\n')
    assert cli.main(["batch", *arguments, "-o", "out"]) == status
    assert capsys.readouterr().err.startswith(f"panmath: {message}")
    assert not Path("out").exists()


def test_a_summary_is_told(
    formulas: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["batch", "formulas.txt", "-f", "tex", "-t", "unicode", "-o", "out"]
    cli.main(command)
    assert capsys.readouterr().err.startswith("6 records → 6 in out; 6 now, in ")
    cli.main(command)
    assert capsys.readouterr().err == "6 records → 6 in out; all was done before\n"


def test_progress_tells_share_rate_time_and_failures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 0.0, 10.0, 10.1])
    monkeypatch.setattr("panmath.corpora.progress.monotonic", lambda: next(clock))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    progress = Progress()
    for share, records, failures in ((0.0, 0, 0), (0.25, 25_000, 3), (0.26, 26_000, 3)):
        progress.show(share, records, failures)
    shown = "━" * 5 + "╌" * 15 + "  25%  25,000 records  2,500/s  30 s left  3 failed"
    assert capsys.readouterr().err == f"\r\x1b[K{shown}"


@pytest.mark.parametrize(("seconds", "said"), [(3.2, "3 s"), (100, "2 min"), (3 * 3600 + 1200, "3 h 20 min")])
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["batch"], ["corpus"]):
        with pytest.raises(SystemExit):
            cli.main([*command, "--help"])
        assert f"examples:\n  panmath {command[0]} " in capsys.readouterr().out


def test_an_input_that_is_nowhere() -> None:
    with pytest.raises(InputError, match="nowhere: No such file or directory"):
        run(Job(UNICODE, ("nowhere",), Path("out")))
