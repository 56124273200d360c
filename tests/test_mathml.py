r"""The MathML reader and writer: what they make of things, what they refuse, and that the reader undoes the writer."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panmath.convert import ParseError, Source, alphabets
from panmath.convert.errors import Losses
from panmath.convert.nodes import (
    EMPTY,
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
    walk,
)
from panmath.convert.normal import normal
from panmath.convert.readers import mathml as reader
from panmath.convert.readers import tex
from panmath.convert.symbols import rows
from panmath.convert.writers import mathml as writer
from panmath.convert.writers import tex as tex_writer

# Any formula at all

LETTERS = "abcdehilxyzABCEIRXZαβγθωϵφΓΔΣΩℏℓıȷℵ"
FONTS = ["", "rm", "it", "bf", "bi", "cal", "bfcal", "scr", "bfscr", "frak", "bffrak", "bb"]
FONTS += ["sf", "sfbf", "sfit", "sfbi", "tt"]
WORD_FONTS = ["rm", "it", "bf", "bi", "sf", "sfbf", "sfit", "sfbi", "tt"]
CLASSES = ["ord", "op", "bin", "rel", "open", "close", "punct", "inner"]
TWINS = frozenset("〈〉–’‐·")
"""Characters that Unicode or programs take for others, which is what the reader does too."""
SYMBOLS = [(row.char, "op" if row.cls == "int" else row.cls) for row in rows() if row.cls in (*CLASSES, "int")]
SYMBOLS = [(char, cls) for char, cls in SYMBOLS if char not in TWINS]
MARKS = [row.name for row in rows() if row.cls in ("accent", "wide", "under")]
NAMES = [row.char for row in rows() if row.cls in ("fn", "fnlim")]
DELIMITERS = ["", *"()[]{}⟨⟩|‖⌊⌋⌈⌉/\\↑↓↕"]
FRAC_STYLES = ["auto", "display", "text", "continued", "slashed"]
KINDS = ["matrix", "small", "array", "cases", "rcases", "aligned", "gathered", "lines", "substack", "cd"]
ENCLOSURES = ["box", "cancel", "bcancel", "xcancel", "strike", "phantom", "hphantom", "vphantom", "smash"]
ENCLOSURES += ["llap", "rlap", "clap", "raise", "circle", "angle", "longdiv", "tag"]
STYLES = {
    "style": ["display", "text", "script", "scriptscript"],
    "size": ["tiny", "small", "normalsize", "large", "Huge"],
    "color": ["red", "#0055aa"],
    "background": ["yellow", "#ffffcc"],
    "class": CLASSES,
    "link": ["https://example.org/?a=1&b=2", "#eq:1"],
}

pairs = st.sampled_from(SYMBOLS)
characters = st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])
texts = st.text(characters.filter(lambda char: not alphabets.plain(char)), min_size=1, max_size=8)
words = st.text("abcdefgSTUV", min_size=2, max_size=5)

leaves = st.one_of(
    st.builds(Num, st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,2})?|\.[0-9]", fullmatch=True), st.sampled_from(FONTS)),
    st.builds(Ident, st.sampled_from(LETTERS), st.sampled_from(FONTS)),
    st.builds(Ident, words, st.sampled_from(WORD_FONTS)),
    pairs.map(lambda pair: Sym(*pair)),
    st.builds(Sym, pairs.map(lambda pair: pair[0]), st.sampled_from(CLASSES), st.sampled_from(["", "bi"])),
    st.builds(Sym, st.sampled_from(DELIMITERS[1:]), st.sampled_from(CLASSES), st.just(""), st.integers(-1, 4)),
    st.builds(Operator, st.one_of(st.sampled_from(NAMES), words, st.just("arg max"), st.just("P")), st.booleans()),
    st.builds(Text, texts, st.sampled_from(FONTS)),
    st.builds(Space, st.sampled_from([-3.0, 3.0, 4.0, 6.0, 18.0])),
    st.just(Space(0, newline=True)),
    st.builds(Unknown, words.map(lambda word: f"\\{word}{{<&>}} {word}"), st.sampled_from(["tex", "ce"])),
)  # fmt: skip


def is_no_fence(node: Node) -> bool:
    """The normal form takes scripts of a fence apart, but not of a fence in a style."""
    return not isinstance(node, Fence)


# Composite strategies, because hypothesis warns of those whose representation is long.


@st.composite
def leaf(draw: st.DrawFn) -> Node:
    return draw(leaves)


def compounds(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    part = st.none() | inner
    delimiter = st.sampled_from(DELIMITERS)
    styled = [
        st.builds(Styled, inner.filter(is_no_fence), st.just(kind), st.sampled_from(values))
        for kind, values in STYLES.items()
    ]
    every = st.one_of(
        st.just(EMPTY),
        st.lists(inner, min_size=2, max_size=5).map(lambda items: Row(tuple(items))),
        st.builds(
            Frac, inner, inner, st.booleans(), st.sampled_from(["auto", "display", "text", "continued", "slashed"])
        ),
        st.builds(Root, inner, part),
        st.builds(Script, inner, part, part, st.sampled_from(["auto", "limits", "nolimits"])),
        st.builds(Stack, inner, part, part, st.booleans()),
        st.builds(Accent, inner, st.sampled_from(MARKS)),
        st.builds(Fence, delimiter, inner, delimiter),
        st.builds(
            Table,
            st.sampled_from(KINDS),
            st.lists(st.lists(inner, max_size=3).map(tuple), max_size=3).map(tuple),
            st.lists(st.sampled_from("lcr|:"), max_size=4).map(tuple),
            st.lists(st.sampled_from(["", "-", "=", ":"]), max_size=3).map(tuple),
        ),
        st.one_of(styled),
        st.builds(Enclosed, inner, st.sampled_from(ENCLOSURES)),
    )

    @st.composite
    def compound(draw: st.DrawFn) -> Node:
        return draw(every)

    return compound()


formulas = st.recursive(leaf(), compounds, max_leaves=12)


def write(node: Node, **options: object) -> str:
    return writer.write(node, losses=[], **options)  # type: ignore[arg-type]


def read_tex(source: str) -> Node:
    return tex.read(Source(source), losses=[])


def read(markup: str) -> Node:
    losses: Losses = []
    node = reader.read(Source(markup), losses=losses)
    assert losses == []
    return node


@given(formulas, st.booleans())
def test_the_reader_undoes_the_writer(node: Node, display: bool) -> None:
    assert normal(read(write(node, display=display))) == normal(node)


ELEMENTS = frozenset(
    "math semantics annotation mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover "
    "mstyle mpadded mphantom menclose merror mtable mtr mtd".split()
)
CHILDREN = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}


@given(formulas, st.booleans(), st.none() | texts)
def test_what_is_written_is_well_formed(node: Node, display: bool, annotation: str | None) -> None:
    root = ET.fromstring(write(node, display=display, annotation=annotation))
    for element in root.iter():
        namespace, _, name = element.tag.rpartition("}")
        assert namespace == "{http://www.w3.org/1998/Math/MathML"
        assert name in ELEMENTS
        assert len(element) == CHILDREN.get(name, len(element))
        assert name in ("mi", "mn", "mo", "mtext", "annotation") or not (element.text or "").strip()


# What is written

WRITTEN = {
    # Letters and numbers: Core has no fonts, so they are the mathematical alphabets
    "x": "<mi>x</mi>",
    r"\Gamma": '<mi mathvariant="normal">Γ</mi>',
    r"\mathrm{d}": '<mi mathvariant="normal">d</mi>',
    r"\mathrm{eff}": "<mi>eff</mi>",
    r"\mathrm{sin}": '<mi mathvariant="normal">sin</mi>',
    r"\mathit{diff}": "<mi>𝑑𝑖𝑓𝑓</mi>",
    r"\mathbf{AB}": "<mi>𝐀𝐁</mi>",
    r"\mathbf{12}": "<mn>𝟏𝟐</mn>",
    r"\mathbb{R}": "<mi>ℝ</mi>",
    r"\mathcal{A}": "<mi>𝒜</mi>",
    r"\mathscr{A}": '<mi class="mathscr">𝒜</mi>',
    r"\mathfrak{R}": '<mi class="mathfrak">ℜ</mi>',
    r"\Re": "<mi>ℜ</mi>",
    "3.14": "<mn>3.14</mn>",
    r"\text{if }": "<mtext>if\xa0</mtext>",
    r"\text{\textbf{a}}": '<mtext style="font-weight:bold">a</mtext>',
    # Symbols; browsers space most of them as TeX does
    "a-b": "<mi>a</mi><mo>−</mo><mi>b</mi>",
    "-b": "<mo>−</mo><mi>b</mi>",
    "a=-b": '<mi>a</mi><mo>=</mo><mo form="prefix">−</mo><mi>b</mi>',
    "(-b)": '<mo stretchy="false">(</mo><mo form="prefix">−</mo><mi>b</mi><mo stretchy="false">)</mo>',
    "{=}": '<mo data-mjx-texclass="ORD" lspace="0em" rspace="0em">=</mo>',
    "f:A": '<mi>f</mi><mo lspace="0.2778em" rspace="0.2778em">:</mo><mi>A</mi>',
    "|": '<mo stretchy="false" lspace="0em" rspace="0em">|</mo>',
    "a,\\ldots,b": '<mi>a</mi><mo>,</mo><mo lspace="0em" rspace="0.1667em">…</mo><mo>,</mo><mi>b</mi>',
    r"\infty": "<mi>∞</mi>",
    r"\partial": '<mi mathvariant="normal">∂</mi>',
    r"\boldsymbol\nabla": "<mi>𝛁</mi>",
    r"\uparrow": '<mo stretchy="false">↑</mo>',
    r"\big/": '<mo stretchy="true" symmetric="true" minsize="1.2em" maxsize="1.2em" lspace="0em" rspace="0em">/</mo>',
    # Named operators, with thin spaces where TeX has them
    r"\sin x": '<mi>sin</mi><mo>&#x2061;</mo><mspace width="0.1667em"/><mi>x</mi>',
    r"\sin(x)": '<mi>sin</mi><mo>&#x2061;</mo><mo stretchy="false">(</mo><mi>x</mi><mo stretchy="false">)</mo>',
    r"2\sin^2": '<mn>2</mn><mspace width="0.1667em"/><msup><mi>sin</mi><mn>2</mn></msup><mo>&#x2061;</mo>',
    r"a\bmod b": '<mi>a</mi><mo lspace="0.2222em" rspace="0.2222em">mod</mo><mi>b</mi>',
    # Structures
    "x_1^2": "<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>",
    "f''": "<msup><mi>f</mi><mrow><mo>′</mo><mo>′</mo></mrow></msup>",
    "f\\prime": '<mi>f</mi><mo lspace="0em" rspace="0em">′</mo>',
    "{}_2F": "<msub><mrow></mrow><mn>2</mn></msub><mi>F</mi>",
    r"\frac{a}{b+c}": "<mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mi>c</mi></mrow></mfrac>",
    r"\dfrac12": '<mstyle displaystyle="true" scriptlevel="0"><mfrac><mn>1</mn><mn>2</mn></mfrac></mstyle>',
    r"\sqrt{a+b}": "<msqrt><mi>a</mi><mo>+</mo><mi>b</mi></msqrt>",
    r"\sqrt[3]x": "<mroot><mi>x</mi><mn>3</mn></mroot>",
    r"\left(a\right)": '<mrow><mo fence="true">(</mo><mi>a</mi><mo fence="true">)</mo></mrow>',
    r"\left|a\right.": '<mrow><mo fence="true" form="prefix">|</mo><mi>a</mi></mrow>',
    r"\binom nk": (
        '<mrow><mo fence="true">(</mo><mfrac linethickness="0"><mi>n</mi><mi>k</mi></mfrac>'
        '<mo fence="true">)</mo></mrow>'
    ),
    r"\hat x": '<mover accent="true"><mi>x</mi><mo stretchy="false">ˆ</mo></mover>',
    r"\underbrace{x}_n": '<munder><munder><mi>x</mi><mo stretchy="true">⏟</mo></munder><mi>n</mi></munder>',
    r"\overset{!}{=}": '<mover accent="false"><mo>=</mo><mo stretchy="false">!</mo></mover>',
    r"\xrightarrow{f}": (
        '<mover><mo stretchy="true" minsize="1.75em">→</mo><mrow style="padding:0 0.3em"><mi>f</mi></mrow></mover>'
    ),
    # Spaces, styles, enclosures
    r"a\,b": '<mi>a</mi><mspace width="0.1667em"/><mi>b</mi>',
    r"a\!b": '<mi>a</mi><mspace style="margin-left:-0.1667em"/><mi>b</mi>',
    r"\color{red}x": '<mstyle mathcolor="red"><mi>x</mi></mstyle>',
    r"\phantom{x}": "<mphantom><mi>x</mi></mphantom>",
    r"\boxed{x}": '<menclose notation="box" style="border:0.06em solid;padding:0.25em"><mi>x</mi></menclose>',
    # Tables
    r"\begin{matrix}a&b\\c\end{matrix}": (
        "<mtable><mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd></mtr><mtr><mtd><mi>c</mi></mtd></mtr></mtable>"
    ),
    r"\begin{array}{c|r}a&b\end{array}": (
        '<mtable class="array" columnalign="center right"><mtr><mtd style="border-right:0.06em solid"><mi>a</mi></mtd>'
        '<mtd style="text-align:right;justify-items:end"><mi>b</mi></mtd></mtr></mtable>'
    ),
    r"\begin{cases}a\end{cases}": (
        '<mrow><mo fence="true">{</mo><mtable columnspacing="1em" rowspacing="0.36em" columnalign="left"><mtr>'
        '<mtd style="text-align:left;justify-items:start;padding-left:0;padding-right:0"><mi>a</mi></mtd>'
        "</mtr></mtable></mrow>"
    ),
}


@pytest.mark.parametrize(("source", "expected"), WRITTEN.items(), ids=WRITTEN)
def test_written(source: str, expected: str) -> None:
    assert write(read_tex(source)) == f'<math xmlns="http://www.w3.org/1998/Math/MathML">{expected}</math>'


LIMITS = {
    # source: in display style, in text style
    r"\sum_i": ("<munder><mo>∑</mo><mi>i</mi></munder>", "<msub><mo>∑</mo><mi>i</mi></msub>"),
    r"\sum\limits_i": ('<munder><mo movablelimits="false">∑</mo><mi>i</mi></munder>',) * 2,
    r"\sum\nolimits_i": ('<msub><mo movablelimits="false">∑</mo><mi>i</mi></msub>',) * 2,
    r"\int_0^1": ("<msubsup><mo>∫</mo><mn>0</mn><mn>1</mn></msubsup>",) * 2,
    r"\textstyle\sum^n": (
        '<mstyle displaystyle="false" scriptlevel="0"><msup><mo>∑</mo><mi>n</mi></msup></mstyle>',
    ) * 2,
    r"\displaystyle\sum^n": (
        '<mstyle displaystyle="true" scriptlevel="0"><mover><mo>∑</mo><mi>n</mi></mover></mstyle>',
    ) * 2,
    r"\lim_x": (
        '<munder><mo movablelimits="true" lspace="0em" rspace="0em">lim</mo><mi>x</mi></munder><mo>&#x2061;</mo>',
        '<msub><mo movablelimits="true" lspace="0em" rspace="0em">lim</mo><mi>x</mi></msub><mo>&#x2061;</mo>',
    ),
}  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), LIMITS.items(), ids=LIMITS)
def test_limits_depend_on_the_style(source: str, expected: tuple[str, str]) -> None:
    node = read_tex(source)
    head = '<math xmlns="http://www.w3.org/1998/Math/MathML"'
    assert write(node, display=True) == f'{head} display="block">{expected[0]}</math>'
    assert write(node) == f"{head}>{expected[1]}</math>"


SAFE = {
    Text("<script>alert(1)</script>"): "<mtext>&lt;script&gt;alert(1)&lt;/script&gt;</mtext>",
    Ident('"><img src=x>', "rm"): '<mi>"&gt;&lt;img src=x&gt;</mi>',
    Text("a\0b\ufffe"): "<mtext>a\ufffdb\ufffd</mtext>",
    Styled(Ident("x"), "link", 'https://a.b/?"&<'): '<mrow href="https://a.b/?&quot;&amp;&lt;"><mi>x</mi></mrow>',
    Styled(Ident("x"), "link", "#eq"): '<mrow href="#eq"><mi>x</mi></mrow>',
    Styled(Ident("x"), "attribute", 'title="'): '<mrow title="&quot;"><mi>x</mi></mrow>',
    Styled(Ident("x"), "attribute", "data=a=1"): '<mrow data-a="1"><mi>x</mi></mrow>',
    Styled(Ident("x"), "attribute", "style=color:red"): '<mrow style="color:red"><mi>x</mi></mrow>',
}


@pytest.mark.parametrize(("node", "expected"), SAFE.items(), ids=map(str, SAFE))
def test_text_never_becomes_markup(node: Node, expected: str) -> None:
    assert write(node) == f'<math xmlns="http://www.w3.org/1998/Math/MathML">{expected}</math>'


UNSAFE = {
    ("link", "javascript:alert(1)"),
    ("link", "JavaScript:alert(1)"),
    ("link", "java\nscript:alert(1)"),
    ("link", " data:text/html,x"),
    ("link", "vbscript:x"),
    ("attribute", "onclick=x"),
    ("attribute", "style=background:url(x)"),
    ("attribute", "style=position:fixed"),
    ("attribute", "data=on click=x"),
    ("color", '"><script>'),
    ("size", "enormous"),
}


@pytest.mark.parametrize(("kind", "value"), sorted(UNSAFE))
def test_what_is_not_safe_is_left_out(kind: str, value: str) -> None:
    losses: Losses = []
    markup = writer.write(Styled(Ident("x"), kind, value), losses=losses)  # type: ignore[arg-type]
    assert markup == '<math xmlns="http://www.w3.org/1998/Math/MathML"><mrow><mi>x</mi></mrow></math>'
    assert [str(loss) for loss in losses] == [f"{kind} {value}: not safe or not known in MathML, left out"]


def test_unknown_source_is_shown_as_an_error() -> None:
    losses: Losses = []
    markup = writer.write(Unknown("\\foo{<x>}"), losses=losses)
    assert markup.endswith("><merror><mtext>\\foo{&lt;x&gt;}</mtext></merror></math>")
    assert [str(loss) for loss in losses] == ["\\foo{<x>}: MathML has no word for it; it is shown as an error"]


def test_no_formula_is_too_deep_for_the_writer() -> None:
    deep: Node = Ident("x")
    for _ in range(20_000):
        deep = Frac(Num("1"), deep)
    assert write(deep).count("<mfrac>") == 20_000


# The source carried along


def test_annotation() -> None:
    source = "a < b & \\frac{1}{2}"
    markup = write(Ident("a"), annotation=source)
    assert markup == (
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mrow><mi>a</mi></mrow>'
        '<annotation encoding="application/x-tex">a &lt; b &amp; \\frac{1}{2}</annotation></semantics></math>'
    )
    assert reader.annotation(Source(markup)) == source
    assert read(markup) == Ident("a")


def test_no_annotation() -> None:
    assert reader.annotation(Source("<math><mi>x</mi></math>")) is None
    other = '<annotation encoding="text/plain">x</annotation>'
    assert reader.annotation(Source(f"<math><semantics><mi>x</mi>{other}</semantics></math>")) is None


# What others write: tests/cases/mathml has one file for each formula, with the TeX it is

CASES = sorted((Path(__file__).parent / "cases" / "mathml").glob("*.case"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_others_write(path: Path, request: pytest.FixtureRequest) -> None:
    _, markup, expected = path.read_text("utf-8").split(">>> ")
    markup = markup.removeprefix("mathml\n")
    found = tex_writer.write(read(markup), losses=[])
    if request.config.getoption("--accept"):
        path.write_text(f">>> mathml\n{markup}>>> tex\n{found}\n", "utf-8")
    else:
        assert found == expected.removeprefix("tex\n").rstrip("\n")


a, b, x = Ident("a"), Ident("b"), Ident("x")

READ = {
    # Tokens
    "<mi>x</mi>": x,
    "<mi> x </mi>": x,
    "<mi>α</mi>": Ident("α"),
    "<mi>&alpha;</mi>": Ident("α"),
    "<mi>𝑥</mi>": x,
    "<mi>ℝ</mi>": Ident("R", "bb"),
    '<mi mathvariant="bold">x</mi>': Ident("x", "bf"),
    '<mi mathvariant="normal">x</mi>': Ident("x", "rm"),
    '<mi mathvariant="normal">Γ</mi>': Ident("Γ"),
    "<mi>sin</mi>": Operator("sin"),
    "<mi>lim</mi>": Operator("lim", limits=True),
    "<mi>foo</mi>": Ident("foo", "rm"),
    "<mi>foo</mi><mo>&#x2061;</mo>": Operator("foo"),
    "<mi>f</mi><mo>&#x2061;</mo>": Ident("f"),
    "<mi>∞</mi>": Sym("∞"),
    "<mi>+</mi>": Sym("+", "bin"),
    "<mi></mi>": EMPTY,
    "<mn>3.14</mn>": Num("3.14"),
    "<mn>1,000</mn>": Num("1,000"),
    "<mn>-5</mn>": Row((Sym("−", "bin"), Num("5"))),
    "<mn>0.</mn>": Row((Num("0"), Sym("."))),
    "<mo>-</mo>": Sym("−", "bin"),
    "<mo>*</mo>": Sym("∗", "bin"),
    "<mo>&lt;=</mo>": Sym("≤", "rel"),
    "<mo>:=</mo>": Row((Sym(":", "rel"), Sym("=", "rel"))),
    "<mo>sin</mo>": Operator("sin"),
    "<mtext>if&#xA0;</mtext>": Text("if "),
    '<mspace width="1em"/>': Space(18),
    # Scripts
    "<msup><mi>x</mi><mo>'</mo></msup>": Script(x, None, Sym("′")),
    "<mi>x</mi><mo>′</mo>": Script(x, None, Sym("′")),
    "<msubsup><mi>x</mi><mrow/><mn>2</mn></msubsup>": Script(x, None, Num("2")),
    "<munder><mo>∑</mo><mi>a</mi></munder>": Script(Sym("∑", "op"), a),
    "<munder><mo>∫</mo><mi>a</mi></munder>": Script(Sym("∫", "op"), a, limits="limits"),
    "<munder><mi>x</mi><mi>a</mi></munder>": Stack(x, None, a),
    "<mover><mi>x</mi><mo>^</mo></mover>": Accent(x, "hat"),
    "<mover><mi>x</mi><mo>¯</mo></mover>": Accent(x, "bar"),
    "<mover><mrow><mi>a</mi><mi>b</mi></mrow><mo>¯</mo></mover>": Accent(Row((a, b)), "overline"),
    "<mover><mo>=</mo><mo>.</mo></mover>": Stack(Sym("=", "rel"), Sym(".")),
    # Fences
    "<mo>(</mo><mi>x</mi><mo>)</mo>": Fence("(", x, ")"),
    '<mo stretchy="false">(</mo><mi>x</mi><mo stretchy="false">)</mo>': Row((Sym("(", "open"), x, Sym(")", "close"))),
    "<mo>(</mo><mi>x</mi>": Row((Sym("(", "open"), x)),
    "<mfenced><mi>a</mi><mi>b</mi></mfenced>": Fence("(", Row((a, Sym(",", "punct"), b)), ")"),
    # Tables
    '<mtable columnalign="left"><mtr><mtd><mi>a</mi></mtd></mtr></mtable>': Table("array", ((a,),), ("l",)),
    "<mo>{</mo><mtable><mtr><mtd><mi>a</mi></mtd></mtr></mtable>": Table("cases", ((a,),)),
    "<mo>[</mo><mtable><mtr><mtd><mi>a</mi></mtd></mtr></mtable><mo>]</mo>": Fence("[", Table("matrix", ((a,),)), "]"),
    # Others
    "<mfrac linethickness='0'><mi>a</mi><mi>b</mi></mfrac>": Frac(a, b, bar=False),
    "<mphantom><mi>x</mi></mphantom>": Enclosed(x, "phantom"),
    '<mstyle mathcolor="red"><mi>x</mi></mstyle>': Styled(x, "color", "red"),
    "": EMPTY,
}


@pytest.mark.parametrize(("markup", "expected"), READ.items(), ids=READ)
def test_read(markup: str, expected: Node) -> None:
    assert read(f"<math>{markup}</math>") == expected


def test_spans_point_into_the_markup() -> None:
    markup = "<math>&alpha;→<mi>é</mi><mo>&nbsp;</mo><mfrac><mn>1</mn><mi>xyz</mi></mfrac></math>".replace(
        "&alpha;→", ""
    )
    for node in walk(read(markup)):
        assert node.span is not None
        start, end = node.span
        assert markup[start] == "<"
        assert markup[end - 1] == ">"


LOST = {
    "<math>x</math>": ("x: text outside of a token element, kept as text", Text("x")),
    "<math><apply><ci>x</ci></apply></math>": (
        "<apply>: not presentation MathML, kept word for word", Unknown("<apply><ci>x</ci></apply>", "mathml"),
    ),
    '<math><mglyph alt="a b" src="x"/></math>': ("<mglyph>: a picture; its description is kept", Text("a b")),
    '<math><menclose notation="madruwb"><mi>x</mi></menclose></math>': (
        "menclose madruwb: a notation that is not known, left out", x,
    ),
    '<math><mtable><mtr><mtd columnspan="2"><mi>x</mi></mtd></mtr></mtable></math>': (
        "columnspan: a cell over several rows or columns becomes one cell", Table("matrix", ((x,),)),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("markup", "expected"), LOST.items(), ids=LOST)
def test_losses(markup: str, expected: tuple[str, Node]) -> None:
    losses: Losses = []
    node = reader.read(Source(markup), losses=losses)
    assert ([str(loss) for loss in losses], node) == ([expected[0]], expected[1])


ERRORS = {
    "": "<input>:1:1: no <math> element",
    "<p>x</p>": "<input>:1:1: no <math> element",
    "<math><mi>x</mrow></math>": "<input>:1:12: </mrow> where </mi> should stand",
    "<math><mi>x": "<input>:1:7: <mi> without its </mi>",
    "<math>&nosuch;</math>": "<input>:1:7: not well-formed XML: undefined entity",
    "<math>\n <msup><mi>x</mi></msup></math>": "<input>:2:2: <msup> needs 2 children, has 1",
    "<math><mfrac><mi>a</mi><mi>b</mi><mi>c</mi></mfrac></math>": "<input>:1:7: <mfrac> needs 2 children, has 3",
    "<math><mmultiscripts/></math>": "<input>:1:7: <mmultiscripts> needs a child",
    "<p><math/><math/></p>": "<input>:1:11: a second formula; read one at a time",
    '<!DOCTYPE math [<!ENTITY a "b">]><math><mi>&a;</mi></math>': (
        "<input>:1:1: a document type declaration is not allowed"
    ),
    '<!DOCTYPE math SYSTEM "file:///x"><math/>': "<input>:1:1: a document type declaration is not allowed",
    "<math><mi>\ud800</mi></math>": "<input>:1:11: not well-formed XML: not well-formed (invalid token)",
    "<math>" + "<mrow>" * 3000: "<input>:1:12001: more than 2,000 elements inside one another",
    "<math>" + "<msqrt>" * 300 + "</msqrt>" * 300 + "</math>": "<input>:1:700: nested more than 200 levels deep",
    "<math>" + " " * 500_000 + "</math>": "<input>:1:500001: more than 500,000 characters of markup",
}


@pytest.mark.parametrize(("markup", "expected"), ERRORS.items(), ids=[key[:40] for key in ERRORS])
def test_errors(markup: str, expected: str) -> None:
    with pytest.raises(ParseError) as caught:
        reader.read(Source(markup), losses=[])
    assert str(caught.value).split("\n")[0] == expected


def test_an_error_shows_the_place_and_what_is_open() -> None:
    with pytest.raises(ParseError) as caught:
        reader.read(Source("<math><mrow><msup><mi>é</mi></msup></mrow></math>"), losses=[])
    assert str(caught.value) == (
        "<input>:1:13: <msup> needs 2 children, has 1\n"
        "    <math><mrow><msup><mi>é</mi></msup></mrow></math>\n"
        "                ^^^^^^^^^^^^^^^^^^^^^^^\n"
        "  in <msup> opened at 1:13\n"
        "  in <mrow> opened at 1:7\n"
        "  in <math> opened at 1:1"
    )


PIECES = (
    "<math> </math> <mrow> </mrow> <mi>x</mi> <mo>(</mo> <mo>|</mo> <mo>)</mo> <msup> </msup> <munder> </munder> "
    "<mtable> </mtable> <mtr> </mtr> <mtd> </mtd> <mo>&#x2061;</mo> <mo>′</mo> <mo>^</mo> x &amp; <mfenced> "
    "</mfenced> <none/>"
).split()


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
@settings(max_examples=300)
def test_any_markup_is_read_or_refused(markup: str) -> None:
    try:
        node = reader.read(Source(f"<math>{markup}</math>"), losses=[])
    except ParseError:
        return
    assert write(node)
