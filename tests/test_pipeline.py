"""convert, read, write, Pipeline and Result, as a Python program meets them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from panmath.convert import (
    Blob,
    EdgeError,
    InputError,
    Loss,
    MissingExtraError,
    NoRouteError,
    OptionError,
    ParseError,
    Pipeline,
    Result,
    Source,
    UnsupportedError,
    UnverifiedError,
    Verification,
    convert,
    read,
    write,
)
from panmath.convert.edges import EDGES
from panmath.convert.nodes import Accent, Frac, Ident, Node, Num, Row, Script, Sym, Unknown
from panmath.convert.verify import verify

HALF = Frac(Num("1"), Num("2"))

# Inputs

INPUTS = [
    # input, its format, unicode
    (r"\alpha^2", None, "α²"),
    (r"$\alpha$", "latex", "α"),
    (rb"\alpha", None, "α"),
    (bytearray(b"x"), "tex", "x"),
    (Source(r"\alpha", "eq.tex"), None, "α"),
    (Blob(rb"\alpha", "eq.tex"), None, "α"),
    (HALF, None, "1/2"),
    (HALF, "ast", "1/2"),
    ("x", "unicode", "x"),
]


@pytest.mark.parametrize(("input", "source", "expected"), INPUTS)
def test_what_can_be_converted(input: Any, source: str | None, expected: str) -> None:
    assert convert(input, "unicode", source).value == expected


def test_a_path_is_read_and_named(tmp_path: Path) -> None:
    path = tmp_path / "eq.tex"
    path.write_text("\\alpha\n")
    result = convert(path, to="unicode")
    assert (result.value, result.input) == ("α", str(path))


def test_a_str_is_never_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_text("y")
    monkeypatch.chdir(tmp_path)
    assert convert("x", to="unicode").value == "x"


WRONG_INPUTS = [
    (Path("nowhere.tex"), None, InputError, "nowhere.tex: No such file or directory"),
    ("x", "image", InputError, "image is bytes, and a str is text; a file is given as a Path"),
    (HALF, "tex", InputError, "the input is of the format ast, not tex"),
    (3.5, None, InputError, "an input is a Path, bytes, a str, a tree or a SymPy expression, not float"),
    (b"\0\1", None, NoRouteError, "the input is in no format that is known here; name it if it is"),
    (b"\xff", "tex", ParseError, "<input>:1:1: the byte 0xff is not UTF-8 text\n    \ufffd\n    ^"),
]


@pytest.mark.parametrize(("input", "source", "kind", "message"), WRONG_INPUTS)
def test_what_cannot_be_converted(input: Any, source: str | None, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        convert(input, "unicode", source)
    assert str(caught.value) == message


def test_sympy_goes_in_as_text_and_as_an_object() -> None:
    sympy = pytest.importorskip("sympy")
    x = sympy.Symbol("x")
    assert (
        convert("sqrt(x)/2", "tex", "sympy").value == convert(sympy.sqrt(x) / 2, "tex").value == r"\frac{\sqrt{x}}{2}"
    )
    assert convert(r"\int_0^1 x^2 dx", "sympy").value == "Integral(x**2, (x, 0, 1))"


# Routes and options


def test_a_pipeline_fails_before_its_first_input() -> None:
    with pytest.raises(NoRouteError, match=r"^nothing reads typst in this version"):
        Pipeline("typst", "tex")
    with pytest.raises(OptionError, match=r"^there is no option 'stile'; did you mean style or size\?$"):
        Pipeline(None, "tex", stile="compact")
    with pytest.raises(
        OptionError, match=r"^nothing on the route tex → ast → unicode takes style; it is for ast → tex"
    ):
        Pipeline("tex", "unicode", style="compact")


def test_options_reach_their_edges() -> None:
    assert convert("x_i^2", "tex", "tex", style="braced").value == "x_{i}^{2}"
    assert convert(r"\RR", "tex", macros={r"\RR": r"\mathbb{R}"}).value == r"\mathbb{R}"
    with pytest.raises(UnsupportedError, match=r"^<input>:1:1: unknown command \\foo\n"):
        convert(r"\foo", "tex", strict=True)


def test_a_format_goes_around_to_itself() -> None:
    assert convert("{x}^{2}", to="tex").value == "x^2"


ANNOTATED = [
    # input, options, the TeX that the MathML carries along
    ("{x} ", {}, "{x} "),
    (Frac(Num("1"), Num("2")), {}, r"\frac{1}{2}"),
    (r"\R", {"macros": {r"\R": r"\mathbb{R}"}}, r"\mathbb{R}"),
]


@pytest.mark.parametrize(("input", "options", "tex"), ANNOTATED)
def test_the_tex_that_is_carried_along_is_the_one_that_was_read(input: Any, options: dict[str, Any], tex: str) -> None:
    """But not where it would need macros from elsewhere, or where there was none."""
    value = convert(input, "mathml", annotation=True, **options).value
    assert f'<annotation encoding="application/x-tex">{tex}</annotation>' in value
    assert "<annotation" not in convert(input, "mathml", annotation=False, **options).value


# Results


def test_a_result_says_how_it_was_made() -> None:
    result = convert(r"\alpha", to="unicode")
    assert [(hop.source, hop.target) for hop in result.provenance] == [("tex", "ast"), ("ast", "unicode")]
    assert [hop.implementation for hop in result.provenance] == [
        "panmath.convert.readers.tex:read",
        "panmath.convert.writers.unicode:write",
    ]
    assert all(hop.seconds >= 0 for hop in result.provenance)
    assert (result.confidence, result.alternatives, result.error) == (1.0, (), None)
    assert result.verification == Verification("unchecked", "not asked for", None)


def test_losses_are_collected_and_fatal_where_strict() -> None:
    result = convert("a\n+\\foo", to="tex")
    assert result.value == r"a+\foo"
    assert result.losses == (Loss(r"\foo", "unknown command, kept word for word", (3, 7)),)
    assert result.warnings() == (r"<input>:2:2: \foo: unknown command, kept word for word",)


def test_a_loss_of_a_writer_is_fatal_where_strict() -> None:
    with pytest.raises(UnsupportedError) as caught:
        convert(Row((Ident("x"), Unknown(r"\foo"))), "unicode", strict=True)
    assert str(caught.value) == r"\foo: tex source that is not understood, kept as text"


def test_a_result_is_json() -> None:
    result = convert(r"\alpha+\foo", to="tex")
    plain = json.loads(result.to_json())
    for hop in plain["provenance"]:
        assert hop.pop("seconds") >= 0
    assert plain == {
        "input": "<input>",
        "format": "tex",
        "value": r"\alpha+\foo",
        "provenance": [
            {
                "source": "tex",
                "target": "ast",
                "implementation": "panmath.convert.readers.tex:read",
                "reliability": 1.0,
            },
            {
                "source": "ast",
                "target": "tex",
                "implementation": "panmath.convert.writers.tex:write",
                "reliability": 1.0,
            },
        ],
        "confidence": 1.0,
        "verification": {"state": "unchecked", "method": "not asked for", "score": None},
        "alternatives": [],
        "losses": [{"what": r"\foo", "reason": "unknown command, kept word for word", "line": 1, "column": 8}],
        "error": None,
    }


def test_a_tree_is_shown_as_an_outline() -> None:
    result = convert(r"\dfrac{a}{\begin{matrix}b&c\end{matrix}}", to="ast")
    assert result.text == (
        "Frac style=display\n    num: Ident a\n    den: Table matrix\n        1,1: Ident b\n        1,2: Ident c"
    )
    assert json.loads(result.to_json())["value"] == result.text


def test_a_deep_tree_is_shown_too() -> None:
    tree: Node = Ident("x")
    for _ in range(5000):
        tree = Row((tree,))
    assert convert(tree, "ast").text.count("\n") == 5000


SHOWN = [
    (Result("x", "unicode"), {"text/plain": "x"}),
    (Result(r"\alpha", "tex"), {"text/plain": r"\alpha", "text/latex": r"$\displaystyle \alpha$"}),
    (Result("<math/>", "mathml"), {"text/plain": "<math/>", "text/html": "<math/>"}),
    (Result("<svg/>", "svg"), {"text/plain": "<svg/>", "image/svg+xml": "<svg/>"}),
    (Result(b"PNG", "image"), {"text/plain": "image, 3 bytes", "image/png": b"PNG"}),
    (Result(HALF, "ast"), {"text/plain": "Frac\n    num: Num 1\n    den: Num 2"}),
    (Result(None, "tex", error=EdgeError("it broke")), {"text/plain": "EdgeError: it broke"}),
]


@pytest.mark.parametrize(("result", "bundle"), SHOWN, ids=lambda part: getattr(part, "format", ""))
def test_a_result_shows_itself_in_a_notebook(result: Result, bundle: dict[str, Any]) -> None:
    assert result._repr_mimebundle_() == bundle
    assert result._repr_mimebundle_(include=["text/latex"]).keys() == bundle.keys() & {"text/latex"}
    assert result._repr_mimebundle_(exclude=["text/plain"]).keys() == bundle.keys() - {"text/plain"}
    assert result._repr_svg_() == bundle.get("image/svg+xml")
    assert result._repr_png_() == bundle.get("image/png")
    assert result._repr_html_() == bundle.get("text/html")
    assert result._repr_latex_() == bundle.get("text/latex")


# Many inputs


def test_results_come_in_order_and_inputs_are_taken_as_needed() -> None:
    taken: list[int] = []

    def inputs() -> Iterator[str]:
        for number in range(10):
            taken.append(number)
            yield str(number)

    results = Pipeline("tex", "unicode").map(inputs(), batch_size=4)
    assert next(results).value == "0"
    assert taken == [0, 1, 2, 3]
    assert [result.value for result in results] == [str(number) for number in range(1, 10)]


def test_a_failed_item_raises_when_its_turn_comes() -> None:
    results = Pipeline("tex", "unicode").map(["x", "{", "y"])
    assert next(results).value == "x"
    with pytest.raises(ParseError):
        next(results)


def test_a_failed_item_can_be_a_result(tmp_path: Path) -> None:
    inputs = ["x", "{", tmp_path / "nowhere.tex", b"\0", HALF]
    results = list(Pipeline(None, "unicode").map(inputs, on_error="return"))
    assert [result.value for result in results] == ["x", None, None, None, "1/2"]
    assert [type(result.error).__name__ for result in results] == [
        "NoneType", "ParseError", "InputError", "NoRouteError", "NoneType",
    ]  # fmt: skip
    assert [len(result.provenance) for result in results] == [2, 1, 0, 0, 1]


def test_inputs_of_several_formats_in_one_batch() -> None:
    inputs = ["<math><mi>x</mi></math>", r"\alpha", HALF, r"\beta"]
    assert [result.value for result in Pipeline(None, "tex").map(inputs)] == ["x", r"\alpha", r"\frac{1}{2}", r"\beta"]


def test_wrong_arguments_of_map() -> None:
    with pytest.raises(OptionError, match=r"^on_error is 'raise' or 'return', not 'skip'$"):
        Pipeline("tex", "tex").map(["x"], on_error="skip")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match=r"^batch_size is a whole number from 1, not 0$"):
        Pipeline("tex", "tex").map(["x"], batch_size=0)


def test_a_mistake_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what the library raises on purpose becomes a result."""

    def broken(*_: object, **__: object) -> str:
        raise ZeroDivisionError

    replace_function(monkeypatch, "panmath.convert.writers.tex:write", broken)
    with pytest.raises(ZeroDivisionError):
        list(Pipeline("tex", "tex").map(["x"], on_error="return"))


def replace_function(monkeypatch: pytest.MonkeyPatch, reference: str, function: Callable[..., Any]) -> None:
    """Lets all edges with this implementation take another function."""
    from panmath.convert import pipeline
    from panmath.convert.edges import resolve

    monkeypatch.setattr(pipeline, "resolve", lambda wanted: function if wanted == reference else resolve(wanted))


def test_a_batch_goes_through_an_edge_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def draw_many(nodes: Sequence[Node], *, losses: Any, tex: Sequence[str], **options: object) -> list[object]:
        calls.append(len(nodes))
        assert options == {"format": "svg", "color": "red"}
        losses[0].append(Loss("all", "nothing is drawn"))
        return [EdgeError("no") if node == Ident("b") else f"<{text}>" for node, text in zip(nodes, tex, strict=True)]

    replace_function(monkeypatch, "panmath.renderers.formula:draw_many", draw_many)
    results = list(Pipeline("tex", "svg", color="red").map(["a", "b", "{", "c"], on_error="return"))
    assert calls == [3]
    assert [result.value for result in results] == ["<a>", None, None, "<c>"]
    assert [len(result.losses) for result in results] == [1, 0, 0, 0]
    assert [len(result.provenance) for result in results] == [2, 2, 1, 2]


def test_what_fails_for_a_whole_batch_fails_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    results = list(Pipeline("tex", "svg", font="Arial").map(["a", "{", "b"], on_error="return"))
    assert [type(result.error) for result in results] == [OptionError, ParseError, OptionError]


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> str:
        raise ModuleNotFoundError("No module named 'quill'", name="quill")

    replace_function(monkeypatch, "panmath.renderers.formula:draw", missing)
    with pytest.raises(MissingExtraError) as caught:
        convert("x", to="svg")
    assert str(caught.value) == 'ast → svg needs quill, which is not installed: pip install "panmath[render]"'


# Pictures carry their source


@pytest.mark.parametrize("target", ["svg", "image", "pdf"])
def test_a_picture_gives_its_tex_back(target: str) -> None:
    tex = " \\frac{a }{b} % half\n"
    picture = convert(tex, target, "tex").value
    assert convert(picture, to="tex").value == tex
    assert convert(picture, to="unicode").value == "a/b"
    assert convert(convert(tex, target, "tex", embed=True).value, "ast").value == read(tex)


def test_a_picture_without_source_is_not_guessed_at() -> None:
    picture = convert("x", to="svg", embed=False).value
    with pytest.raises(UnsupportedError) as caught:
        convert(picture, to="tex")
    assert str(caught.value) == (
        "this svg carries no tex source, and only images are read without one: panmath FILE -o FILE.png"
    )


# Verification

CHECKED = [
    # input, target, state, method
    (r"\frac{a}{b}", "tex", "verified", "read back from tex, same normal form"),
    (r"\frac{a}{b}", "mathml", "verified", "read back from mathml, same normal form"),
    (r"\frac{a}{b}", "ast", "verified", "read back from tex, same normal form"),
    (r"\frac{a}{b}", "sympy", "verified", "read back from sympy, same normal form"),
    (
        "2/4",
        "sympy",
        "unchecked",
        "sympy rephrases what it is given, so the form that comes back may differ",
    ),
    (r"\frac{a}{b}", "typst", "unchecked", "nothing reads typst back"),
    (r"\frac{a}{b}", "svg", "unchecked", "nothing reads svg back"),
]


@pytest.mark.parametrize(("tex", "target", "state", "method"), CHECKED)
def test_verification(tex: str, target: str, state: str, method: str) -> None:
    result = convert(tex, target, "tex")
    tree = read(tex)
    assert verify(tree, result.value, "tex", target)[:2] == (state, method)
    if state == "verified":
        assert convert(tex, target, "tex", verify=True).verification == Verification("verified", method, 1.0)
    else:
        with pytest.raises(UnverifiedError) as caught:
            convert(tex, target, "tex", verify=True)
        assert str(caught.value) == f"the answer is {state}: {method}"


def test_a_wrong_answer_is_refuted() -> None:
    tree = Script(Ident("x"), sup=Num("2"))
    assert verify(tree, "x^3", "tex", "tex") == (
        "refuted",
        "read back from tex, another normal form",
        pytest.approx(2 / 3),
    )
    assert verify(tree, "x^{", "tex", "tex") == (
        "refuted",
        "tex cannot be read back: tex:1:3: { without its }\n    x^{\n      ^\n  in ^ opened at 1:2",
        0.0,
    )
    assert verify(None, b"", "svg", "image") == ("unchecked", "there is no tree on the way from svg to image", None)


def test_a_refuted_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    replace_function(monkeypatch, "panmath.convert.writers.tex:write", lambda *_, **__: "y")
    (result,) = Pipeline("tex", "tex", verify=True).map(["x"], on_error="return")
    assert (result.value, result.verification.state) == (None, "refuted")
    assert str(result.error) == "the answer is refuted: read back from tex, another normal form"


# read and write


def test_read_and_write() -> None:
    assert read(r"\frac12") == HALF
    assert read("½", "unicode") == read("1/2", "unicode")
    assert write(HALF) == '<math xmlns="http://www.w3.org/1998/Math/MathML"><mfrac><mn>1</mn><mn>2</mn></mfrac></math>'
    assert write(HALF, "tex") == r"\frac{1}{2}"
    assert write(HALF, to="typst", display=False) == "$frac(1, 2)$"
    assert isinstance(write(HALF, to="pdf"), bytes)


def test_read_and_write_report_losses() -> None:
    losses: list[Loss] = []
    tree = read(r"\foo+x", losses=losses)
    assert tree == Row((Unknown(r"\foo"), Sym("+", "bin"), Ident("x")))
    write(tree, "unicode", losses=losses)
    assert [loss.what for loss in losses] == [r"\foo", r"\foo"]
    with pytest.raises(UnsupportedError):
        read(r"\foo", strict=True)
    with pytest.raises(UnsupportedError):
        write(tree, "unicode", strict=True)


def test_all_edges_into_the_tree_and_out_of_it_are_there() -> None:
    assert {edge.source for edge in EDGES if edge.target == "ast"} == {
        "tex", "mathml", "unicode", "sympy", "spoken.en", "spoken.ru", "scene",
    }  # fmt: skip
    assert {edge.target for edge in EDGES if edge.source == "ast"} == {
        "tex", "mathml", "unicode", "sympy", "typst", "python", "svg", "image", "pdf", "spoken.en", "spoken.ru",
        "scene",
    }  # fmt: skip


def test_a_tree_that_is_too_deep_is_an_error_of_the_edge() -> None:
    node: Node = Ident("x")
    for _ in range(5000):
        node = Accent(node, "hat")
    with pytest.raises(EdgeError, match="ast → tex: the formula is nested too deep"):
        write(node, "tex")


def test_several_answers() -> None:
    result = convert("one over x plus two", "unicode", "spoken.en", nbest=3)
    assert result.value == "1/(x+2)"
    assert [other.value for other in result.alternatives] == ["1∕(x+2)", "1/x + 2"]
    weights = [other.confidence for other in result.alternatives]
    assert weights == sorted(weights, reverse=True)
    assert all(0 < weight <= 1 for weight in weights)


def test_several_answers_of_an_edge_that_has_one() -> None:
    assert convert("x^2", "unicode", "tex", nbest=3).alternatives == ()
