"""The page of `make demo`: every formula in every form, complete in itself, and honest about what failed."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

VOID = {"meta", "link", "input", "img", "br", "mspace", "mprescripts", "none"}


@pytest.fixture(scope="module")
def build(checkout: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("demo_build", checkout / "demo" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["demo_build"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def page(build: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page that `make demo` makes. Its status is 0 only if each formula became a picture and MathML."""
    output = tmp_path_factory.mktemp("demo") / "index.html"
    assert build.main(["--output", str(output)]) == 0
    return output.read_text("utf-8")


STRANGE = r"""
[[formula]]
field = "A"
title = "Open"
tex = '\frac{1}{'

[[formula]]
field = "B & B"
title = "<script>alert(1)</script>"
tex = '\text{"><script>alert(2)</script>}'
"""


@pytest.fixture
def strange(build: ModuleType, tmp_path: Path) -> str:
    """A page of one formula that cannot be read and one that is markup, if one lets it."""
    formulas, output = tmp_path / "formulas.toml", tmp_path / "index.html"
    formulas.write_text(STRANGE, "utf-8")
    assert build.main(["--formulas", str(formulas), "--output", str(output)]) == 1
    return output.read_text("utf-8")


class Tags(HTMLParser):
    """Checks that each element is closed where it should be, and collects what the page would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.ids: Counter[str] = Counter()
        self.scripts = 0
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        for name, value in attrs:
            if name == "id":
                self.ids[value or ""] += 1
            if name in ("src", "href", "srcset", "action", "data"):
                self.loaded.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def test_the_formulas_are_many_and_varied(build: ModuleType, checkout: Path) -> None:
    formulas = build.load(checkout / "demo" / "formulas.toml")
    assert len(formulas) >= 40
    assert len({formula.field for formula in formulas}) >= 8
    assert max(Counter(build.slug(formula.title) for formula in formulas).values()) == 1
    assert max(Counter(formula.tex for formula in formulas).values()) == 1


def test_the_page_needs_nothing_from_outside(page: str) -> None:
    assert [url[:40] for url in Tags(page).loaded if not url.startswith(("data:", "#"))] == []
    assert re.findall(r'url\((?!"data:)|@import|fetch\(', page) == []


def test_every_formula_is_there_once(build: ModuleType, checkout: Path, page: str) -> None:
    ids = Tags(page).ids
    formulas = build.load(checkout / "demo" / "formulas.toml")
    assert {build.slug(formula.title): ids[build.slug(formula.title)] for formula in formulas} == {
        build.slug(formula.title): 1 for formula in formulas
    }


def test_every_picture_gives_its_source_back(page: str) -> None:
    table = re.search(r"<tbody>.*?</tbody>", page, re.DOTALL)
    assert table is not None
    rows = [re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>.*?</tr>", table[0])]
    shares = {row[0]: row[4].split(" of ") for row in rows}
    assert {
        name: share for name, share in shares.items() if name in ("SVG", "PNG", "PDF") and len(set(share)) > 1
    } == {}


def test_what_fails_is_shown_with_its_reason(strange: str) -> None:
    assert "{ without its }" in strange


def test_titles_and_formulas_are_text_and_never_markup(strange: str) -> None:
    assert Tags(strange).scripts == 1
    assert "&lt;script&gt;alert(1)" in strange


def test_the_table_stands_in_columns(build: ModuleType) -> None:
    answers = {form.name: [] for form in build.FORMS}
    lines = build.table(answers, dict.fromkeys(answers, 0.0)).split("\n")
    assert len(lines) == len(build.FORMS) + 1
    assert len({len(line) for line in lines}) == 1
