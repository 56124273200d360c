"""One formula, one file, a section for each format: `tests/cases/formulas/<topic>/<name>.case`.

A section starts with `>>> format`; the first is the TeX source. What a format refuses is written down as
`refused: ` and the message. `pytest --accept` writes the sections anew from what the program does: read the diff.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from panmath.convert import PanmathError, convert, read, write
from panmath.convert.normal import equal
from panmath.convert.outline import outline

FOLDER = Path(__file__).parent / "cases" / "formulas"
FILES = sorted(FOLDER.rglob("*.case"))
FORMATS = ("ast", "tex", "braced", "mathml", "unicode", "typst", "sympy", "python")
READ_BACK = ("tex", "braced", "mathml", "unicode")


def sections(path: Path) -> dict[str, str]:
    parts = path.read_text("utf-8").split(">>> ")[1:]
    return {name: body.strip("\n") for name, _, body in (part.partition("\n") for part in parts)}


def written(source: str, section: str) -> str:
    try:
        if section == "ast":
            return outline(read(source))
        options = {"style": "braced"} if section == "braced" else {}
        written: str = convert(source, to="tex" if section == "braced" else section, source="tex", **options).value
    except PanmathError as error:
        return f"refused: {error}"
    return written


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER).with_suffix("")))
def test_every_format_of_a_formula(path: Path, request: pytest.FixtureRequest) -> None:
    case = sections(path)
    source = case["source"]
    found = {name: written(source, name) for name in FORMATS}
    if request.config.getoption("--accept"):
        text = "".join(f">>> {name}\n{body}\n" for name, body in {"source": source, **found}.items())
        path.write_text(text, "utf-8")
    else:
        assert found == {name: case.get(name, "") for name in FORMATS}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER).with_suffix("")))
@pytest.mark.parametrize("format", READ_BACK)
def test_what_is_written_means_the_same(path: Path, format: str) -> None:
    case = sections(path)
    if case[format].startswith("refused: "):
        pytest.fail(f"{format} must be able to say every formula")
    back = read(case[format], "tex" if format == "braced" else format)
    assert equal(back, read(case["source"])), write(back, "tex")
