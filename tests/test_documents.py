"""Documents: text with formulas, read aloud as a whole, and written from words.

A case is a document in its own markup and what becomes of it: the words in both languages, the document in Markdown,
and what is reported.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panmath.convert import UnsupportedError, convert
from panmath.convert.document import Document
from panmath.convert.errors import Losses
from panmath.convert.formats import guess
from panmath.convert.readers import document_markdown, document_tex
from panmath.convert.source import Source
from panmath.convert.styles import STYLES
from panmath.convert.writers.spoken.document import passages
from panmath.convert.writers.spoken.said import Voice

CASES = sorted((Path(__file__).parent / "cases" / "documents").glob("*.case"))
READERS = {"document.md": document_markdown.read, "document.tex": document_tex.read}
TARGETS = ("spoken.en", "spoken.ru", "document.md")


def sections(case: Path) -> list[tuple[str, str]]:
    blocks = case.read_text(encoding="utf-8").removeprefix(">>> ").split("\n>>> ")
    return [(name, text.strip("\n")) for name, _, text in (block.partition("\n") for block in blocks)]


def made(source: str, text: str) -> list[tuple[str, str]]:
    results = {target: convert(text, to=target, source=source) for target in TARGETS}
    said = [(f"to {target}", result.text) for target, result in results.items()]
    return [*said, ("warnings", "\n".join(results["spoken.en"].warnings()))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_documents(case: Path, request: pytest.FixtureRequest) -> None:
    (source, text), *expected = sections(case)
    found = made(source, text)
    if request.config.getoption("--accept"):
        blocks = [(source, text), *found]
        case.write_text("\n".join(f">>> {name}\n{content}".rstrip("\n") for name, content in blocks) + "\n", "utf-8")
    else:
        assert found == expected


GUESSES = [
    ("a.md", "x", "document.md"),
    ("a.tex", r"\documentclass{article}", "document.tex"),
    ("a.tex", "Let $x$ be a number.", "document.md"),
    ("a.tex", r"\frac{a}{b}", "tex"),
    ("a.tex", r"\text{if $x$ is large}", "tex"),
    ("a.tex", r"$x$", "tex"),
    ("a.tex", "$x$, $y$ and $z$ are numbers.", "tex"),
    ("a.tex", "$x$ is a number.", "document.md"),
    ("a.txt", "The area is $x^2$.", "document.md"),
    ("a.txt", "Площадь равна $x^2$.", "document.md"),
    ("a.txt", "∑ x² ≤ 4", "unicode"),
    ("", "If $x$ is even, so is \\(x^2\\).", "document.md"),
    ("", r"x = \frac{1}{2}", "tex"),
    ("", r"\begin{equation} x \end{equation}", "tex"),
]


@pytest.mark.parametrize(("name", "text", "format"), GUESSES)
def test_a_document_is_told_from_a_formula(name: str, text: str, format: str) -> None:
    assert guess(text.encode(), Path(name) if name else None).name == format


def test_under_strict_an_unreadable_formula_is_an_error_with_its_place() -> None:
    with pytest.raises(UnsupportedError) as caught:
        convert("Good $x$\nand $\\frac{1$ bad", to="spoken.en", source="markdown", strict=True)
    assert str(caught.value) == (
        "<input>:2:11: \\frac{1: kept as text: { without its }\n    and $\\frac{1$ bad\n              ^"
    )


def test_words_point_into_the_document() -> None:
    text = "Let *a* be $x^2$, so\n> that $\\frac12$-times"
    shown = [(word.text, text[slice(*word.span)]) for word in convert(text, "spoken.en", "markdown").words if word.span]
    assert shown == [
        ("Let", "Let"), ("a", "a"), ("be", "be"), ("x", "x"), ("squared,", "2$,"), ("so", "so"), ("that", "that"),
        ("one half-times", "\\frac12$-times"),
    ]  # fmt: skip


def test_a_document_is_spoken_in_pieces() -> None:
    losses: Losses = []
    document = document_markdown.read(Source("One $x$.\n\nTwo $\\frac{1$.\n\nThree."), losses=losses)
    pieces = passages(document, Voice(), losses=losses)
    assert [part.text for part in next(pieces)] == ["One", "x."]
    assert losses == []
    next(pieces)
    assert len(losses) == 1


def test_no_other_file_is_read() -> None:
    result = convert(r"Text \input{/etc/hostname} \include{a} end", to="spoken.en", source="document.tex")
    assert result.value == "Text end"
    assert [loss.reason for loss in result.losses] == ["no other file is read"] * 2


def test_macros() -> None:
    own = r"\newcommand{\RR}{\mathbb{R}} Let $x\in\RR$."
    assert "real numbers" in convert(own, to="spoken.en", source="document.tex").value
    given = convert(r"Let $\half$ be.", to="spoken.en", source="markdown", macros={r"\half": r"\frac12"})
    assert given.value == "Let one half be."


@pytest.mark.parametrize("style", STYLES)
def test_ssml(style: str) -> None:
    text = "# A & B\n\nLet $x<y$ <b>and</b>\x00 so."
    speech = convert(text, to="spoken.en", source="markdown", style=style, ssml=True).value
    assert [element.tag.split("}")[1] for element in ElementTree.fromstring(speech)] == ["p", "p"]


PIECES = (
    "$", "$$", "\\(", "\\)", "\\[", "\\]", "{", "}", "\\begin{align}", "\\end{align}", "`", "```", "\n", "\n\n", "- ",
    "> ", "# ", "|", "|-|", "[", "](", ")", "*", "_", "<!--", "-->", "<a", "&amp;", "\\item[", "\\section{", "\\verb|",
    "\\def\\a", "\\newcommand{\\b}{", "\\footnote{", "\\begin{verbatim}", "\\begin{document}", "\\end{document}", "%",
    "\\'", "\\", "x", "\\frac", " ", "5", "слово", "\\cite[", "\\title{", "---\n",
)  # fmt: skip


@pytest.mark.parametrize("source", READERS)
@given(text=st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=60))
def test_any_text_is_a_document(text: str, source: str) -> None:
    for target in ("spoken.en", "document.md"):
        result = convert(text, to=target, source=source)
        for word in result.words:
            assert word.span is not None
            assert 0 <= word.span[0] < word.span[1] <= len(text)


@pytest.mark.parametrize("source", READERS)
@pytest.mark.parametrize("piece", PIECES)
def test_many_of_anything(source: str, piece: str) -> None:
    """Ends, which it would not if the time grew with the square of the length."""
    found = READERS[source](Source(piece * 10_000 + "\n\n$" + piece * 10_000), losses=[])
    assert isinstance(found, Document)
