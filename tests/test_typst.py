"""The Typst writer: what people would type, what Typst sets as TeX does, and that nothing a user wrote becomes code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from panmath.convert import symbols
from panmath.convert.errors import Loss, UnsupportedError
from panmath.convert.nodes import (
    Accent,
    Enclosed,
    Fence,
    Frac,
    Ident,
    Node,
    Num,
    Operator,
    Root,
    Row,
    Script,
    Space,
    Stack,
    Styled,
    Sym,
    Table,
    Text,
    Unknown,
)
from panmath.convert.readers import tex
from panmath.convert.source import Source
from panmath.convert.writers import typst as plain
from panmath.convert.writers import typst_exact

CASES = Path(__file__).parent / "cases" / "typst"
COMPILER = typst.Compiler(font_paths=typst.Fonts(include_system_fonts=False), ignore_system_fonts=True)
PAGE = "#set page(width: auto, height: auto, margin: 0pt)\n#set text(size: 10pt)\n"
BOUNDS = '#set text(top-edge: "bounds", bottom-edge: "bounds")\n'


def rows(name: str) -> list[tuple[str, str]]:
    lines = (CASES / name).read_text("utf-8").splitlines()
    return [
        (source, typst) for source, _, typst in (line.partition("\t") for line in lines if not line.startswith("#"))
    ]


def read(source: str) -> Node:
    return tex.read(Source(source), losses=[])


def pages(markups: list[str], head: str = "") -> list[str]:
    document = PAGE + head + "\n#pagebreak()\n".join(f"${markup}$" for markup in markups)
    result = COMPILER.compile(input=document.encode(), format="svg")
    return [page.decode() for page in (result if isinstance(result, list) else [result])]


def width(svg: str) -> float:
    return float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])


def set_exactly(node: Node) -> str:
    markup = typst_exact.exact(node, losses=[])
    return pages([markup], BOUNDS + typst_exact.prelude(markup))[0]


@pytest.mark.parametrize(("source", "expected"), rows("plain.tsv"))
def test_what_a_person_would_type(source: str, expected: str) -> None:
    assert plain.write(read(source), losses=[], display=False) == f"${expected}$"
    pages([expected])


@pytest.mark.parametrize(("source", "expected"), rows("exact.tsv"))
def test_markup_with_tex_spaces(source: str, expected: str) -> None:
    assert typst_exact.exact(read(source), losses=[], display=False) == expected
    pages([expected], BOUNDS + typst_exact.prelude(expected))


def test_a_display_has_blanks_inside_the_dollars() -> None:
    assert plain.write(Ident("x"), losses=[]) == "$ x $"
    assert plain.write(Row(), losses=[]) == '$ "" $'


# In mu, as the TeXbook says on page 170, with the width of the atoms themselves left out.
@pytest.mark.parametrize(
    ("source", "apart", "space"),
    [
        ("a+b", "a {+} b", 8),
        ("a=b", "a {=} b", 10),
        ("a,b", "a {,} b", 3),
        ("a\\sin b", "a\\mathord{\\sin}b", 6),
        ("a{=}b", "a {=} b", 0),
        ("(+a)", "( {+} a )", 0),
        ("a\\mathbin{\\mathrm{x}}b", "a \\mathrm{x} b", 8),
        ("2\\left(a\\right)b", "2\\mathord{\\left(a\\right)}b", 6),
        ("a\\quad b", "ab", 18),
        ("a\\!b", "ab", -3),
        ("a,\\,b", "a {,} b", 6),
        ("a\\;=\\;b", "a {=} b", 20),
    ],
)
def test_spaces_are_those_of_tex(source: str, apart: str, space: float) -> None:
    assert width(set_exactly(read(source))) - width(set_exactly(read(apart))) == pytest.approx(space / 1.8, abs=0.01)


def test_no_space_around_relations_in_scripts() -> None:
    assert width(set_exactly(read("x_{a=b}"))) == pytest.approx(width(set_exactly(read("x_{a{=}b}"))), abs=0.01)


def test_every_name_means_its_character() -> None:
    checks = [f"#assert.eq($ {markup} $.body.text, {plain.string(char)})" for char, markup in plain.MARKUP.items()]
    COMPILER.compile(input="\n".join(checks).encode(), format="svg")


def test_typst_spaces_symbols_as_the_writer_supposes() -> None:
    """The class of each symbol of the table, from how Typst sets it between letters and relations."""
    known = {row.char: plain.native(row.char) for row in symbols.rows() if len(row.char) == 1}
    chars = [char for char, native in known.items() if native != "text"]
    patterns = {
        "between": "x {} x", "between alone": "x #h(0em) {} #h(0em) x",
        "first": "{} x", "first alone": "{} #h(0em) x",
        "after": "= {}", "after alone": "= #h(0em) {}",
        "before": "{} =", "before alone": "{} #h(0em) =",
    }  # fmt: skip
    widths = {
        name: [width(page) for page in pages([pattern.format(plain.symbol_markup(char)) for char in chars])]
        for name, pattern in patterns.items()
    }

    def extra(index: int, name: str) -> float:
        return round(widths[name][index] - widths[f"{name} alone"][index], 1)

    found = {}
    for index, char in enumerate(chars):
        match extra(index, "between"):
            case 5.6:
                found[char] = "rel"
            case 4.4:
                found[char] = "bin" if extra(index, "first") else "vary"
            case 3.3:
                found[char] = "op"
            case 1.7:
                found[char] = "punct"
            case 6.6 | 6.7:  # the blanks show
                found[char] = "fence"
            case _:
                inner = "close" if not extra(index, "after") else "open" if not extra(index, "before") else "ord"
                found[char] = inner
    assert {char: (known[char], found[char]) for char in chars if found[char] != known[char]} == {}


LOSSES = [
    (Unknown("\\foo{x}"), "\\foo{x}: not known, kept as it was written"),
    (Styled(Ident("x"), "color", "mauve-ish"), "the colour mauve-ish: not known, left out"),
    (Styled(Ident("x"), "size", "gigantic"), "the size gigantic: not known, left out"),
    (Styled(Ident("x"), "attribute", "class=a"), "the attribute class=a: Typst has none"),
    (
        Styled(Ident("x"), "link", "javascript:alert(1)"),
        "the link javascript:alert(1): leads neither to http, https nor mailto, left out",
    ),
    (Enclosed(Ident("x"), "raise"), "\\raise: not shifted"),
    (Table("array", ((Ident("x"),),), (), ("=", "")), "a double rule: drawn as one line"),
    (
        Accent(Ident("x"), "unheard-of"),
        "the mark unheard-of: Typst has none like it; drawn as a symbol over or under the base",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("node", "loss"), LOSSES)
def test_what_cannot_be_said_is_a_loss(node: Node, loss: str) -> None:
    losses: list[Loss] = []
    pages([plain.write(node, losses=losses, display=False)[1:-1]])
    assert [str(found) for found in losses] == [loss]


@pytest.mark.parametrize("write", [plain.write, typst_exact.exact])
def test_nesting_without_end_is_refused(write: object) -> None:
    node: Node = Ident("x")
    for _ in range(100_000):
        node = Root(node)
    with pytest.raises(UnsupportedError, match=r"^the formula nests deeper than 200 levels, more than Typst can read$"):
        write(node, losses=[])  # type: ignore[operator]


def test_scripts_on_scripts_take_no_more_than_their_length() -> None:
    node: Node = Ident("x")
    for _ in range(60):
        node = Script(node, sub=Num("1"))
    assert plain.write(node, losses=[]).count("attach(") == 59


def test_marks_that_are_measured_do_not_multiply_when_nested() -> None:
    losses: list[Loss] = []
    markup = typst_exact.exact(read("\\overrightarrow{" * 40 + "x" + "}" * 40), losses=losses)
    assert (markup.count("overarrow("), len(losses)) == (3, 37)
    pages([markup], BOUNDS + typst_exact.prelude(markup))


INJECTIONS = [
    '"',
    "\\",
    '\\"',
    "#panic()",
    '" #panic() "',
    "$",
    "*/",
    "//",
    "/*",
    "`",
    "\n",
    "\0",
    "]",
    ")",
    "@x",
    "<x>",
    "u{41}",
]


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize(
    "make", [Text, Ident, Num, Operator, Unknown, lambda text: Sym(text), lambda text: Sym(text, "rel")]
)
def test_what_users_wrote_is_never_code(text: str, make: type[Text]) -> None:
    node = Row((Ident("a"), make(text), Ident("b")))
    pages([plain.write(node, losses=[], display=False)[1:-1]])
    set_exactly(node)


def nodes() -> st.SearchStrategy[Node]:
    """Any tree, of any text, also one that no reader makes."""
    chars = st.sampled_from([row.char for row in symbols.rows()]) | st.text(max_size=3)
    fonts = st.sampled_from(["", "rm", "it", "bf", "bi", "cal", "scr", "frak", "bb", "sf", "tt"])
    classes = st.sampled_from(["ord", "op", "bin", "rel", "open", "close", "punct", "inner"])
    marks = st.sampled_from([row.name for row in symbols.rows() if row.cls in ("accent", "wide", "under")])
    enclosures = st.sampled_from(
        "box cancel bcancel xcancel strike phantom hphantom vphantom smash llap rlap clap raise circle angle"
        " longdiv tag".split()
    )
    kinds = st.sampled_from("matrix small array cases rcases aligned gathered lines substack cd".split())
    styles = st.sampled_from(
        [("style", "display"), ("style", "script"), ("size", "large"), ("color", "red"), ("background", "#ff0"),
         ("class", "rel"), ("link", "https://example.org"), ("attribute", "id=x")]
    )  # fmt: skip
    leaves = st.one_of(
        st.builds(Num, st.from_regex(r"[0-9]{1,3}([.,][0-9]{1,2})?", fullmatch=True), fonts),
        st.builds(Ident, chars, fonts),
        st.builds(Sym, chars, classes, st.sampled_from(["", "bi"]), st.integers(-1, 4)),
        st.builds(Operator, st.sampled_from(["sin", "lim", "Spec", "lim sup"]) | st.text(max_size=4), st.booleans()),
        st.builds(Text, st.text(max_size=6), fonts),
        st.builds(Space, st.sampled_from([-3, 0, 3, 6, 18, 2.5]), st.booleans()),
        st.builds(Unknown, st.text(max_size=6)),
    )

    def compounds(node: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        maybe = st.none() | node
        cells = st.lists(st.lists(node, max_size=3).map(tuple), max_size=3).map(tuple)
        return st.one_of(
            st.builds(Row, st.lists(node, max_size=4).map(tuple)),
            st.builds(Frac, node, node, st.booleans(), st.sampled_from("auto display text continued slashed".split())),
            st.builds(Root, node, maybe),
            st.builds(Script, node, maybe, maybe, st.sampled_from(["auto", "limits", "nolimits"])),
            st.builds(Stack, node, maybe, maybe, st.booleans()),
            st.builds(Accent, node, marks),
            st.builds(Fence, st.sampled_from(["", *"([|‖⟨↑;"]), node, st.sampled_from(["", *")]|‖/,"])),
            st.builds(
                Table, kinds, cells,
                st.lists(st.sampled_from("lcr|:"), max_size=4).map(tuple),
                st.lists(st.sampled_from(["", "-", "=", ":"]), max_size=4).map(tuple),
            ),
            st.builds(lambda body, style: Styled(body, *style), node, styles),
            st.builds(Enclosed, node, enclosures),
        )  # fmt: skip

    return st.recursive(leaves, compounds, max_leaves=12)


@settings(max_examples=200)
@given(nodes())
def test_every_tree_becomes_typst_that_compiles(node: Node) -> None:
    markup = plain.write(node, losses=[], display=False)[1:-1]
    pages([markup])
    set_exactly(node)
