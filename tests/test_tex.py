"""The TeX reader and writer: what formulas mean, what is refused and how, and that each undoes the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panmath.convert import PanmathError, ParseError, Source, UnsupportedError, read, write
from panmath.convert.errors import Loss
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
from panmath.convert.normal import equal, normal

CASES = Path(__file__).parent / "cases" / "tex"
a, b, c, x = (Ident(letter) for letter in "abcx")
prime, plus, minus, equals = Sym("′"), Sym("+", "bin"), Sym("−", "bin"), Sym("=", "rel")

MEANINGS: dict[str, Node] = {
    # Leaves
    "3.14": Num("3.14"),
    "1 2": Num("12"),
    "1{,}000": Num("1,000"),
    ".5": Num(".5"),
    r"\alpha": Ident("α"),
    r"\epsilon\varepsilon": Row((Ident("ϵ"), Ident("ε"))),
    "-": minus,
    "*": Sym("∗", "bin"),
    r"\mid": Sym("∣", "rel"),
    "{=}": Sym("=", "ord"),
    r"\mathrel|": Sym("|", "rel"),
    r"\not=": Sym("≠", "rel"),
    r"\not\in": Sym("∉", "rel"),
    "α≤β": Row((Ident("α"), Sym("≤", "rel"), Ident("β"))),
    "ℝ": Ident("R", "bb"),
    "𝐱": Ident("x", "bf"),
    r"\sin": Operator("sin"),
    r"\lim": Operator("lim", limits=True),
    r"\operatorname{Spec}": Operator("Spec"),
    r"\operatorname*{arg\,max}": Operator("arg max", limits=True),
    r"\unicode{x1D5A0}": Ident("A", "sf"),
    # Fonts are on the leaves, and letters of a word are one identifier
    r"\mathrm{eff}": Ident("eff", "rm"),
    r"\mathbf{x+1}": Row((Ident("x", "bf"), plus, Num("1", "bf"))),
    r"{\bf x}": Ident("x", "bf"),
    r"\mathcal{AB}": Row((Ident("A", "cal"), Ident("B", "cal"))),
    r"\boldsymbol{\alpha+\Gamma}": Row((Ident("α", "bi"), Sym("+", "bin", "bi"), Ident("Γ", "bf"))),
    r"\boldsymbol{\mathcal{A}}": Ident("A", "bfcal"),
    r"\boldmath x": Ident("x", "bi"),
    # Scripts
    "x_1^2": Script(x, Num("1"), Num("2")),
    "x^12": Row((Script(x, None, Num("1")), Num("2"))),
    "f''": Script(Ident("f"), None, Row((prime, prime))),
    "f'^2": Script(Ident("f"), None, Row((prime, Num("2")))),
    "{}^2x": Row((Script(EMPTY, None, Num("2")), x)),
    r"\,^2": Row((Space(3), Script(EMPTY, None, Num("2")))),
    "{x^2}^3": Script(Script(x, None, Num("2")), None, Num("3")),
    "x²₁": Script(x, Num("1"), Num("2")),
    r"\sum\limits_a^b": Script(Sym("∑", "op"), a, b, "limits"),
    r"\int\nolimits^b": Script(Sym("∫", "op"), None, b, "nolimits"),
    # Fractions and roots
    r"\frac12": Frac(Num("1"), Num("2")),
    r"\frac\pi2": Frac(Ident("π"), Num("2")),
    r"a+b\over c": Frac(Row((a, plus, b)), c),
    r"\binom ab": Fence("(", Frac(a, b, bar=False), ")"),
    r"{a\choose b}": Fence("(", Frac(a, b, bar=False), ")"),
    r"\genfrac[]{0pt}{0}ab": Fence("[", Frac(a, b, bar=False, style="display"), "]"),
    r"\dfrac ab": Frac(a, b, style="display"),
    r"\sqrt[3]x": Root(x, Num("3")),
    r"\root 3 \of x": Root(x, Num("3")),
    # Fences and sizes
    r"\left(x\middle|y\right.": Fence("(", Row((x, Sym("|", size=-1), Ident("y"))), ""),
    r"\bigl(x\Bigr)": Row((Sym("(", "open", size=1), x, Sym(")", "close", size=2))),
    r"\left\{a\right\rangle": Fence("{", a, "⟩"),
    # Stacks and accents
    r"\hat x": Accent(x, "hat"),
    r"\underbrace{x}_a": Script(Accent(x, "underbrace"), a),
    r"\overset ab": Stack(b, a),
    r"\xrightarrow[a]{b}": Stack(Sym("→", "rel"), b, a, stretch=True),
    r"\stackrel{a}{=}": Stack(equals, a),
    # Tables
    r"\begin{pmatrix}a&b\\c&x\end{pmatrix}": Fence("(", Table("matrix", ((a, b), (c, x))), ")"),
    r"\begin{cases}a&b\\c\end{cases}": Table("cases", ((a, b), (c,))),
    r"\begin{array}{r|c}\hline a&b\\\hline\end{array}": Table("array", ((a, b),), ("r", "|", "c"), ("-", "-")),
    r"\begin{array}{*{2}{c|}}a&b\end{array}": Table("array", ((a, b),), ("c", "|", "c", "|")),
    r"\substack{a\\b}": Table("substack", ((a,), (b,))),
    r"\begin{align}a&=b\end{align}": Table("aligned", ((a, Row((equals, b))),)),
    r"\begin{CD}A@>a>>B\end{CD}": Table("cd", ((Ident("A"), Stack(Sym("→", "rel"), a, None, True), Ident("B")),)),
    r"\begin{rcases*}a&if $b$\end{rcases*}": Table("rcases", ((a, Row((Text("if "), b))),)),
    # Text
    r"\text{if } a": Row((Text("if "), a)),
    r"\text{if $a$ is}": Row((Text("if "), a, Text(" is"))),
    r"\textbf{a \textit{b}}": Row((Text("a ", "bf"), Text("b", "it"))),
    r"\text{Poincar\'e --- 50\%}": Text("Poincaré — 50%"),
    r"\verb|a_b|": Text("a_b", "tt"),
    # Looks
    r"{\displaystyle a}b": Row((Styled(a, "style", "display"), b)),
    r"\textcolor{red}a": Styled(a, "color", "red"),
    r"\color[rgb]{1,0,0}a": Styled(a, "color", "#ff0000"),
    r"\boxed a": Enclosed(a, "box"),
    r"\mathop{a+b}": Styled(Row((a, plus, b)), "class", "op"),
    r"\href{https://a.b/%7E}{x}": Styled(x, "link", "https://a.b/%7E"),
    r"a\quad b\\c": Row((a, Space(18), b, Space(0, newline=True), c)),
    r"\hspace{1em}": Space(18),
    # Definitions
    r"\newcommand{\v}[2][x]{#1_#2}\v a\v[b]c": Row((Script(x, a), Script(b, c))),
    r"\def\pair(#1,#2){#1+#2}\pair(a,b)": Row((a, plus, b)),
    r"\def\two#1\to#2\end{#1+#2}\two a\to{b}\end": Row((a, plus, b)),
    r"\def\near#1\to\to{#1+}\near a\to b\to\to c": Row((a, Sym("→", "rel"), b, plus, c)),
    r"\def\upto#1.{#1+}\upto 12.5.": Row((Num("12"), plus, Num("5"), Sym("."))),
    r"\let\e=a \def\x{\e}\let\e b\x": b,
    r"{\def\x{a}\x}\def\x{b}\x": Row((a, b)),
    r"\DeclareMathOperator{\Hom}{Hom}\Hom": Operator("Hom"),
    r"\DeclarePairedDelimiter\abs{|}{|}\abs{a}": Row((Sym("|", "open"), a, Sym("|", "close"))),
    r"\newenvironment{two}[1]{#1+}{+c}\begin{two}{a}b\end{two}": Row((a, plus, b, plus, c)),
    # Packages
    r"\dv{f}{x}": Frac(Row((Ident("d", "rm"), Ident("f"))), Row((Ident("d", "rm"), x))),
    r"\pdv[2]{x}": Frac(Script(Sym("∂"), None, Num("2")), Row((Sym("∂"), Script(x, None, Num("2"))))),
    r"\abs{a}": Fence("|", a, "|"),
    r"\mqty(a&b)": Fence("(", Table("matrix", ((a, b),)), ")"),
    r"\braket{a|b}": Fence("⟨", Row((a, Sym("|", size=-1), b)), "⟩"),
    r"\SI{3e-2}{\metre\per\second}": Row((
        Num("3"), Sym("×", "bin"), Script(Num("10"), None, Row((minus, Num("2")))), Space(3), Ident("m", "rm"),
        Space(3), Script(Ident("s", "rm"), None, Row((minus, Num("1")))),
    )),
    r"\ce{H2O}": Row((Script(Ident("H", "rm"), Num("2")), Ident("O", "rm"))),
    r"\ce{2Na+}": Row((Num("2"), Space(3), Script(Ident("Na", "rm"), None, Sym("+", "bin")))),
    r"\begin{prooftree}\AxiomC{$a$}\UnaryInfC{$b$}\end{prooftree}": Frac(a, b),
    # amsmath's dots look at what follows
    r"a,\dots,b": Row((a, Sym(",", "punct"), Sym("…", "inner"), Sym(",", "punct"), b)),
    r"a+\dots+b": Row((a, plus, Sym("⋯", "inner"), plus, b)),
    # What nobody knows is kept word for word
    r"\foo{a}b": Row((Unknown(r"\foo{a}"), b)),
}  # fmt: skip


@pytest.mark.parametrize("tex", MEANINGS)
def test_meaning(tex: str) -> None:
    assert read(tex) == MEANINGS[tex]


@pytest.mark.parametrize("tex", MEANINGS)
@pytest.mark.parametrize("style", ["compact", "braced"])
def test_what_is_written_reads_back(tex: str, style: str) -> None:
    node = read(tex)
    written = write(node, "tex", style=style)
    assert equal(read(written), node), written


WRITTEN = [
    # input, compact, braced
    (r"{x}_{i}^{2}", "x_i^2", "x_{i}^{2}"),
    (r"f^{\prime}_i", "f'_i", r"f_{i}^{\prime}"),
    (r"a_{ij}", "a_{ij}", "a_{ij}"),
    (r"{a\over b}", r"\frac{a}{b}", r"\frac{a}{b}"),
    (r"\alpha x", r"\alpha x", r"\alpha x"),
    (r"\left( {n \atop k} \right)", r"\binom{n}{k}", r"\binom{n}{k}"),
    (r"\left[\begin{matrix}1\end{matrix}\right]", r"\begin{bmatrix}1\end{bmatrix}", r"\begin{bmatrix}1\end{bmatrix}"),
    (r"\mathbin{\operatorname{mod}}", r"\bmod", r"\bmod"),
    (r"x^2 3", r"x^2 3", r"x^{2}3"),
    (r"\begin{array}{c}a\\{}[b]\end{array}", *[r"\begin{array}{c}a\\{}[b]\end{array}"] * 2),
]


@pytest.mark.parametrize(("tex", "compact", "braced"), WRITTEN)
def test_styles_of_writing(tex: str, compact: str, braced: str) -> None:
    node = read(tex)
    assert (write(node, "tex"), write(node, "tex", style="braced")) == (compact, braced)


def error_cases() -> list[tuple[str, str, str]]:
    lines = (CASES / "errors.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(tex, mode, message.replace("↵", "\n")) for tex, mode, message in rows]


@pytest.mark.parametrize(("tex", "mode", "message"), error_cases())
def test_refusals(tex: str, mode: str, message: str) -> None:
    with pytest.raises((ParseError, UnsupportedError)) as refused:
        read(Source(tex, "eq.tex"), strict=mode == "strict")
    assert str(refused.value) == message


@pytest.mark.parametrize(("tex", "mode", "message"), [case for case in error_cases() if case[1] == "strict"])
def test_what_strict_refuses_is_otherwise_a_loss(tex: str, mode: str, message: str) -> None:
    losses: list[Loss] = []
    read(tex, losses=losses)
    assert losses


@pytest.mark.parametrize(("opening", "closing"), [("$", "$"), ("$$", "$$"), (r"\(", r"\)"), (r"\[", r"\]")])
def test_outer_delimiters_are_dropped(opening: str, closing: str) -> None:
    assert read(f" {opening}a{closing}\n") == a


def test_macros_can_be_given() -> None:
    assert read(r"\half{a}", macros={r"\half": r"\frac{#1}{2}"}) == Frac(a, Num("2"))


def test_spans_point_into_the_source() -> None:
    tex = r"\frac{a}{bc} + \sqrt{x}"
    spans = {tex[node.span[0] : node.span[1]] for node in walk(read(tex)) if node.span}
    assert {tex, r"\frac{a}{bc}", "a", "{bc}", "b", "+", r"\sqrt{x}", "x"} <= spans


LAYOUT = [
    (r"\left(\frac ab\right)", r"(\frac{a}{b})"),
    (r"\left(x\right)^2", "(x)^2"),
    (r"{x_i}^2", "x_i^2"),
    (r"\widehat x", r"\hat x"),
    (r"\hat{xy}", r"\widehat{xy}"),
    (r"\overset{a}{\sum}", r"\sum^a"),
    (r"\mathrm{sin}x", r"\sin x"),
    (r"a\leqslant b", r"a\le b"),
    (r"a \, b \quad", "ab"),
    (r"\begin{aligned}a&=b\\c\end{aligned}", r"\begin{gathered}a=b\\c\end{gathered}"),
    (r"\left\{\begin{array}{ll}a&b\\c&x\end{array}\right.", r"\begin{cases}a&b\\c&x\end{cases}"),
    (r"\text{ if  a }", r"\text{if a}"),
    (r"\color{red}{\displaystyle x}", "x"),
    (r"\sqrt[2]x", r"\sqrt x"),
    (r"a\mid b", "a|b"),
    (r"\dfrac12", r"\frac12"),
]


@pytest.mark.parametrize(("first", "second"), LAYOUT)
def test_layout_is_not_meaning(first: str, second: str) -> None:
    assert normal(read(first)) == normal(read(second))


MEANT = [("x_1", "x^1"), (r"\epsilon", r"\varepsilon"), (r"\mathbf x", "x"), ("ab", "ba"), ("{ab}^2", "ab^2"),
         (r"\frac ab", "a/b"), (r"\mathcal A", r"\mathscr A"), ("x'", "x"), (r"\boxed x", "x")]  # fmt: skip


@pytest.mark.parametrize(("first", "second"), MEANT)
def test_meaning_is_kept(first: str, second: str) -> None:
    assert not equal(read(first), read(second))


HOSTILE = {
    "braces": "{" * 90_000,
    "fractions": r"\frac{" * 15_000,
    "bare fractions": r"\frac" * 20_000,
    "superscripts": "x^{" * 30_000,
    "fences": r"\left(" * 15_000,
    "roots": r"\sqrt[" * 15_000,
    "texts": r"\text{$" * 14_000,
    "environments": r"\begin{matrix}" * 7_000,
    "switches": r"\displaystyle " * 7_000,
    "subscripts": "x" + "_1" * 40_000,
    "too long": "x+" * 5_000_000,
    "doubling": r"\def\a{x}" + r"\edef\a{\a\a}" * 60 + r"\a",
    "columns": r"\begin{array}{*{999}{*{999}{c}}}",
    "deep and closed": "{" * 30_000 + "}" * 30_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_gets_a_clear_error(name: str) -> None:
    with pytest.raises(ParseError):
        read(HOSTILE[name])


PIECES = st.sampled_from(
    r"\frac \sqrt \left \right ( ) [ ] { } { } { } ^ _ ' & \\ \begin{matrix} \end{matrix} \text \mathbf \bf \over "
    r"x 1 2.5 \alpha + - = \sum \lim \limits \hat \not \big \middle | . , \def \newcommand #1 $ % ~ \, \operatorname "
    r"\mathrm \dots \substack \overset \ce \SI \dv \qty \begin{CD} @ > \end{CD} \color{red} \displaystyle \tag \verb "
    r"é α ² 𝐱".split()
)


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=25))
def test_any_tokens_give_a_result_or_an_error_and_results_read_back(pieces: list[str]) -> None:
    tex = " ".join(pieces)
    try:
        node = read(tex)
    except PanmathError:
        return
    written = write(node, "tex")
    assert equal(read(written), node), written


@settings(max_examples=300)
@given(st.text(max_size=60))
def test_any_text_gives_a_result_or_an_error(tex: str) -> None:
    try:
        node = read(tex)
    except PanmathError:
        return
    assert normal(normal(node)) == normal(node)


@settings(max_examples=100)
@given(st.data())
def test_truncated_formulas(data: st.DataObject) -> None:
    tex = data.draw(st.sampled_from(sorted(MEANINGS)))
    end = data.draw(st.integers(0, len(tex)))
    try:
        node = read(tex[:end])
    except PanmathError:
        return
    assert equal(read(write(node, "tex")), node)
