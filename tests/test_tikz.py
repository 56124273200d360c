r"""TikZ ↔ scene: what is read, where things come to lie, what is refused and how, and the way there and back."""

from __future__ import annotations

import math
from pathlib import Path as File

import pytest
from panmath.convert import convert
from panmath.convert.errors import Loss, ParseError, UnsupportedError
from panmath.convert.source import Source
from panmath.convert.writers import tex
from panmath.renderers import drawing, tikz
from panmath.renderers.compare import figure_likeness
from panmath.renderers.raster import raster
from panmath.renderers.scene import Axes, Circle, Ellipse, Group, Label, Path, Rectangle, Scene, leaves
from panmath.renderers.tikz.colors import ColorError, from_model, mixed
from panmath.renderers.tikz.expressions import ExpressionError, compile_expression

FIGURES = sorted((File(__file__).parent / "figures").glob("*.tikz"))
CM = 72.27 / 2.54


def read(text: str) -> Scene:
    return tikz.read(Source(text, "fig.tikz"), losses=[])


def shapes(text: str) -> list[Path | Circle | Ellipse | Rectangle]:
    return [leaf for leaf in leaves(read(text).items) if not isinstance(leaf, Label | Axes)]


def ends(text: str) -> list[tuple[float, float]]:
    """Where the parts of the last shape end, in centimetres."""
    shape = shapes(text)[-1]
    assert isinstance(shape, Path)
    return [(round(part.to[0] / CM, 3), round(part.to[1] / CM, 3)) for part in shape.parts if hasattr(part, "to")]


PLACES = [
    (r"\draw (0,0) -- (1,2);", [(0, 0), (1, 2)]),
    (r"\draw (0,0) -- ++(1,0) -- ++(0,1);", [(0, 0), (1, 0), (1, 1)]),
    (r"\draw (0,0) -- +(1,0) +(0,1) -- (2,2);", [(0, 0), (1, 0), (1, 1), (2, 2)]),
    (r"\draw (0,0) -- (90:2);", [(0, 0), (0, 2)]),
    (r"\draw (0,0) -| (1,2);", [(0, 0), (1, 0), (1, 2)]),
    (r"\draw (0,0) |- (1,2);", [(0, 0), (0, 2), (1, 2)]),
    (r"\draw[scale=2] (0,0) -- (1,1cm);", [(0, 0), (2, 2)]),
    (r"\draw[rotate=90] (0,0) -- (1,0);", [(0, 0), (0, 1)]),
    (r"\draw[xshift=1cm] (0,0) -- (1,0);", [(1, 0), (2, 0)]),
    (r"\draw[shift={(1,1)}] (0,0) -- (1,0);", [(1, 1), (2, 1)]),
    (r"\coordinate (a) at (1,2); \draw (0,0) -- (a);", [(0, 0), (1, 2)]),
    (r"\coordinate (a) at (2,0); \coordinate (b) at (0,2); \draw (0,0) -- ($(a)!0.5!(b)$);", [(0, 0), (1, 1)]),
    (r"\coordinate (a) at (2,0); \draw (0,0) -- ($(a)+(0,1)$);", [(0, 0), (2, 1)]),
    (r"\coordinate (a) at (2,0); \coordinate (b) at (0,2); \draw (0,0) -- (a |- b);", [(0, 0), (2, 2)]),
    (r"\def\r{3} \draw (0,0) -- (\r/3,-\r);", [(0, 0), (1, -3)]),
    (r"\newcommand{\p}[2]{(#1,#2)} \draw \p{0}{1} -- \p{2}{3};", [(0, 1), (2, 3)]),
    (r"\pgfmathsetmacro{\a}{2*sin(30)} \draw (0,0) -- (\a,0);", [(0, 0), (1, 0)]),
    (r"\tikzset{far/.style={xshift=#1}} \draw[far=2cm] (0,0) -- (1,0);", [(2, 0), (3, 0)]),
    (r"\draw plot coordinates {(0,0) (1,1) (2,0)};", [(0, 0), (1, 1), (2, 0)]),
    (r"\draw[domain=0:2, samples=3] plot (\x, {\x^2});", [(0, 0), (1, 1), (2, 4)]),
    (r"\draw let \p1 = (1,2) in (0,0) -- (\x1,\y1);", [(0, 0), (1, 2)]),
    (r"\tikzset{by/.style 2 args={xshift=#1, yshift=#2}} \draw[by={1cm}{2cm}] (0,0) -- (1,0);", [(1, 2), (2, 2)]),
    (r"\tikzset{by/.style n args={3}{xshift=#1, yshift=#3}} \draw[by={1cm}2{2cm}] (0,0) -- (1,0);", [(1, 2), (2, 2)]),
    (r"\tikzset{by/.style={xshift=#1}} \draw[by/.list={1cm,2cm}] (0,0) -- (1,0);", [(3, 0), (4, 0)]),
    ((r"\draw[name path=a] (0,0) -- (2,2); \path[name path=b] (0,2) -- (2,0);"
     r"\draw[name intersections={of=a and b, by=c}] (0,0) -- (c);"), [(0, 0), (1, 1)]),
    ((r"\path[name path=a] (0,0) circle (1); \path[name path=b] (-2,0) -- (2,0);"
     r"\draw[name intersections={of=b and a, name=i, total=\n}] (i-1) -- (i-2) -- (\n,0);"), [(-1, 0), (1, 0), (2, 0)]),
    ((r"\tikzset{cross/.pic={\draw (-1,0) -- (1,0); \coordinate (-end) at (1,0);}}"
     r"\pic (p) at (2,1) {cross}; \draw (p-end) -- (0,0);"), [(3, 1), (0, 0)]),
    (r"\tikzset{pics/bar/.style={code={\draw (0,0) -- (#1,0);}}} \pic[rotate=90] at (1,0) {bar=2};", [(1, 0), (1, 2)]),
    (r"\tikzset{bar/.pic={\draw (0,0) -- (1,0);}} \begin{scope}[scale=2] \pic at (1,1) {bar}; \end{scope}",
     [(2, 2), (3, 2)]),
    (r"\tikzset{pics/.cd, bar/.style args={#1/#2}{code={\draw (0,0) -- (#1,#2);}}} \pic {bar=2/3};", [(0, 0), (2, 3)]),
    (r"\node[coordinate] {} child {node[coordinate] {}} child {node[coordinate] {}};", [(0, 0), (0.75, -1.5)]),
    (r"\node[coordinate] {} [grow=right, level 1/.style={level distance=2cm}] child {node[coordinate] {}};",
     [(0, 0), (2, 0)]),
    (r"\node[coordinate] {} child[missing] {} child {node[coordinate] {} edge from parent[xshift=1cm]};",
     [(0, 0), (0.75, -1.5)]),
    (r"\node[coordinate] {} child foreach \x in {1,2,3} {node[coordinate] {}};", [(0, 0), (1.5, -1.5)]),
    ((r"\node[coordinate] {} [clockwise from=90, sibling angle=90] child {node[coordinate] {}} "
     r"child {node[coordinate] {}};"), [(0, 0), (1.5, 0)]),
    (r"\node[inner sep=0] {\begin{tikzpicture} \draw (0,0) -- (2cm,0); \end{tikzpicture}};", [(-1, 0), (1, 0)]),
    (r"\def\all{1,2} \foreach \x in \all \foreach \y in \all \draw (\x,0) -- (\x,\y);", [(2, 0), (2, 2)]),
    (r"\newtoggle{t} \iftoggle{t}{\draw (0,0) -- (1,0);}{\draw (0,0) -- (2,0);}", [(0, 0), (2, 0)]),
    (r"\node[circle, inner sep=0, minimum size=2cm, outer sep=0] (a) {}; \draw (a) -- (3,0);", [(1, 0), (3, 0)]),
    (r"\node[inner sep=0, minimum size=2cm, outer sep=0] (a) {}; \draw (a.north east) -- (3,0);", [(1, 1), (3, 0)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "points"), PLACES)
def test_points_lie_where_tikz_puts_them(text: str, points: list[tuple[float, float]]) -> None:
    assert ends(text) == points


def test_a_grid_may_follow_a_grid() -> None:
    (path,) = shapes(r"\draw (0,0) grid (1,1) grid (2,2);")
    assert isinstance(path, Path)
    assert sum(type(part).__name__ == "Line" for part in path.parts) == 8


def test_edges_begin_at_the_node_before_them() -> None:
    text = r"\node[circle, inner sep=0, minimum size=2cm, outer sep=0] (a) at (3,0) {} edge (0,0);"
    assert ends(text) == [(2, 0), (0, 0)]


def test_a_node_is_moved_as_far_whatever_the_scale() -> None:
    text = r"\draw[scale=2] (0,0) node[coordinate, right=1cm] (a) {}; \draw (0,0) -- (a);"
    assert ends(text) == [(0, 0), (1, 0)]


def test_what_is_cut_off_takes_no_room() -> None:
    svg = drawing.draw(read(r"\clip (0,0) rectangle (1,1); \draw (0,0) -- (100,100);"), losses=[], margin=0)
    assert 'viewBox="0 -28.' in svg


def test_shapes_stay_shapes() -> None:
    found = shapes(r"\draw (0,0) circle (1); \fill (0,0) rectangle (2,1); \draw (1,1) ellipse (2 and 1);")
    assert [type(shape) for shape in found] == [Circle, Rectangle, Ellipse]


def test_a_loop_binds_its_variables() -> None:
    assert len(shapes(r"\foreach \x in {1,...,4} \foreach \y/\z in {1/2, 3/4} \draw (\x,\y) -- (\x,\z);")) == 8
    circles = shapes(r"\foreach \x [count=\n] in {a,b,c} \draw (\n,0) circle (\n mm);")
    assert [round(circle.radius / CM, 2) for circle in circles if isinstance(circle, Circle)] == [0.1, 0.2, 0.3]


def test_colours_widths_and_dashes() -> None:
    style = shapes(r"\draw[red!50!blue, very thick, dashed] (0,0) -- (1,0);")[0].style
    assert (style.stroke, style.width, style.dash) == ("#800080", 1.2, (3, 3))
    style = shapes(r"\filldraw[fill=green!20, draw=none, fill opacity=0.5] (0,0) circle (1);")[0].style
    assert (style.stroke, style.fill, style.fill_opacity) == ("", "#ccffcc", 0.5)


def test_arrows_have_tips() -> None:
    path = shapes(r"\draw[<->, >=Stealth] (0,0) -- (1,0);")[0]
    assert isinstance(path, Path)
    assert path.start is not None
    assert path.end is not None
    assert (path.start.kind, path.end.kind) == ("Stealth", "Stealth")


def test_a_node_is_a_group_with_its_name_and_its_formula() -> None:
    (group,) = read(r"\node[draw, circle] (a) {$\frac{a}{b}$};").items
    assert isinstance(group, Group)
    assert (group.role, group.name) == ("node", "a")
    label = group.items[1]
    assert isinstance(label, Label)
    assert [tex.write(line, losses=[]) for line in label.lines] == [r"\frac{a}{b}"]


def test_a_circle_goes_around_its_text() -> None:
    (circle,) = shapes(r"\node[draw, circle, inner sep=0pt, minimum size=1cm] {$x$};")
    assert isinstance(circle, Circle)
    assert math.isclose(2 * circle.radius, CM, abs_tol=0.01)


def test_a_clip_cuts_what_comes_after_it() -> None:
    items = read(r"\draw (0,0) -- (1,0); \clip (0,0) circle (1); \draw (0,0) -- (5,5);").items
    assert isinstance(items[1], Group)
    assert items[1].clip is not None
    assert len(items[1].items) == 1


def test_axes_keep_their_numbers() -> None:
    text = r"\begin{tikzpicture}\begin{axis}[domain=0:2, samples=3]\addplot[red]{x^2};\end{axis}\end{tikzpicture}"
    (axes,) = read(text).items
    assert isinstance(axes, Axes)
    assert axes.plots[0].points == ((0, 0), (1, 1), (2, 4))
    assert axes.y_range == (-0.4, 4.4)


def axes_of(options: str, body: str, environment: str = "axis") -> Axes:
    (axes,) = read(
        rf"\begin{{tikzpicture}}\begin{{{environment}}}[{options}]{body}\end{{{environment}}}\end{{tikzpicture}}"
    ).items
    assert isinstance(axes, Axes)
    return axes


@pytest.mark.parametrize(
    ("options", "environment", "logarithmic"),
    [
        ("xmode=log, domain=1:100", "axis", (True, False)),
        ("ymode=log, domain=1:100", "axis", (False, True)),
        ("domain=1:100", "semilogxaxis", (True, False)),
        ("domain=1:100", "semilogyaxis", (False, True)),
        ("domain=1:100", "loglogaxis", (True, True)),
    ],
)
def test_axes_may_be_logarithmic(options: str, environment: str, logarithmic: tuple[bool, bool]) -> None:
    axes = axes_of(options + ", samples=3, enlargelimits=false", r"\addplot{x^2};", environment)
    assert (axes.x_log, axes.y_log) == logarithmic
    middle = axes.plots[0].points[1][0]
    assert math.isclose(middle, 10 if axes.x_log else 50.5)
    assert math.isclose(axes.place((middle, 1))[0], axes.corner[0] + axes.width / 2)
    assert [tex.write(label, losses=[]) for label in axes.x_ticks.labels][:2] == (
        ["10^0", "10^1"] if axes.x_log else ["20", "40"]
    )
    again = read(tikz.write(Scene((axes,)), losses=[])).items[0]
    assert isinstance(again, Axes)
    assert (again.x_log, again.y_log, again.x_range) == (*logarithmic, axes.x_range)


def test_what_a_logarithmic_axis_does_not_have_is_a_gap() -> None:
    axes = axes_of("ymode=log, domain=-1:1, samples=3", r"\addplot{x};")
    assert axes.y_range[0] > 0
    assert math.isnan(axes.place(axes.plots[0].points[0])[1])


def test_numbers_of_axes_give_away_a_power_of_ten() -> None:
    axes = axes_of("ymin=0, ymax=0.06, xmin=0, xmax=70000", r"\addplot{0};")
    words = [tex.write(label, losses=[]) for label in axes.y_ticks.labels]
    assert words[:3] == ["0", "2", "4"]
    notes = [
        tex.write(line, losses=[]) for leaf in leaves(axes.drawn) if isinstance(leaf, Label) for line in leaf.lines
    ]
    assert [note for note in notes if "cdot" in note] == [r"\cdot10^4", r"\cdot10^{-2}"]
    kept = axes_of("ymin=0, ymax=0.06, scaled ticks=false", r"\addplot{0};")
    assert tex.write(kept.y_ticks.labels[1], losses=[]) == "0.02"


def test_the_marks_of_axes_are_those_of_pgfplots() -> None:
    assert axes_of("xmin=-7, xmax=7", r"\addplot{0};").x_ticks.at == (-6, -4, -2, 0, 2, 4, 6)
    assert axes_of("ymin=0, ymax=2.8", r"\addplot{0};").y_ticks.at == (0, 0.5, 1, 1.5, 2, 2.5)


def test_one_size_of_axes_keeps_their_proportion() -> None:
    axes = axes_of("width=240pt", r"\addplot{0};")
    assert (axes.width, round(axes.height, 3)) == (195, 162)
    axes = axes_of("width=480pt", r"\addplot{0};")
    assert (axes.width, round(axes.height, 3)) == (435, 369)


MIND_MAP = r"""\begin{tikzpicture}[small mindmap, concept color=blue]
\node[concept] {a} child {node[concept] {b}};
\end{tikzpicture}"""


def test_concepts_grow_into_each_other() -> None:
    root, child, bar = shapes(MIND_MAP)
    assert isinstance(root, Circle)
    assert isinstance(child, Circle)
    assert [shape.style.fill for shape in (root, child, bar)] == ["#0000ff"] * 3
    assert math.isclose(2 * root.radius, 2.3 * CM, abs_tol=0.01)
    assert math.isclose(root.center[1] - child.center[1], 2.8 * CM, abs_tol=0.01)


def test_nodes_stand_on_plots() -> None:
    items = read(
        r"\begin{tikzpicture}\begin{axis}\addplot coordinates {(0,0) (4,0)} node[pos=0.25] {$a$};\end{axis}"
        r"\end{tikzpicture}"
    ).items
    (axes, label) = (next(leaf for leaf in leaves(items) if isinstance(leaf, kind)) for kind in (Axes, Label))
    assert isinstance(axes, Axes)
    assert isinstance(label, Label)
    assert math.isclose(label.at[0], axes.place((1, 0))[0], abs_tol=5)


def test_a_picture_fills_a_path() -> None:
    text = r"\node[draw, minimum size=2cm, path picture={\draw (path picture bounding box.west) -- (0,0);}] {};"
    (node,) = read(text).items
    assert isinstance(node, Group)
    inside = node.items[-1]
    assert isinstance(inside, Group)
    assert inside.clip is not None
    assert ends(text) == [(-1, 0), (0, 0)]


def test_what_is_approximated_is_reported() -> None:
    losses: list[Loss] = []
    tikz.read(Source(r"\shade[left color=red, right color=blue] (0,0) rectangle (1,1);"), losses=losses)
    assert {loss.reason for loss in losses} == {"shadings are drawn in one colour"}


REFUSED = [
    (r"\draw[frobnicate=3] (0,0) -- (1,0);", "the option 'frobnicate=3' is not known"),
    (r"\draw (0,0) -- (nowhere);", "there is no node or coordinate 'nowhere'"),
    (r"\draw (0,0) -- (1/,0);", "a number should stand where"),
    (r"\draw (0,0) curl (1,1);", "the path operation 'curl' is not known"),
    (r"\frobnicate{x}", "the command \\frobnicate is not known"),
    (r"\draw[->={Fancy}] (0,0) -- (1,0);", "is not known"),
    (r"\draw[decorate, decoration=fractal] (0,0) -- (1,0);", "the decoration 'fractal' is not known"),
    (r"\draw plot file {/etc/passwd};", "plots read no files and call no programs"),
    (r"\draw (0,0) -- (1,0", "( without its )"),
    (r"\def\a{\a\a} \draw (0,0) -- (\a,0);", "macros produce more than"),
    (r"\foreach \x in {1,...,99999999} \draw (0,0) -- (\x,0);", "does not end"),
    (r"\tikzset{a/.style={a}} \draw[a] (0,0) -- (1,0);", "does one name itself?"),
    (r"\def\a{#1} \a", "a macro with 0 parameters uses #1"),
    (r"\pic {nothing};", "the pic 'nothing' is not known"),
    (r"\tikzset{a/.pic={\pic {a};}} \pic {a};", "nest deeper than 30 levels"),
    (r"\draw (0,0) child {node {a}};", "a child needs a node before it"),
    (r"\draw[name intersections={of=a and b}] (0,0);", "there is no path 'a'"),
    (
        r"\begin{tikzpicture}\begin{semilogxaxis}\addplot[domain=0:1]{x};\end{semilogxaxis}\end{tikzpicture}",
        "a logarithmic axis begins above 0",
    ),
    (
        r"\begin{tikzpicture}\begin{axis}[xmode=log, log basis x=1]\end{axis}\end{tikzpicture}",
        "a base of logarithms is more than 1",
    ),
    (r"\input{/etc/passwd}", "the command \\input is not known"),
    (r"\write18{ls}", "the command \\write is not known"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_it_cannot_do_it_says(text: str, message: str) -> None:
    with pytest.raises((UnsupportedError, ParseError)) as caught:
        read(text)
    assert message in str(caught.value)


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_what_is_written_is_read_back_as_the_same_picture(path: File) -> None:
    first = tikz.read(Source(path.read_text("utf-8"), path.name), losses=[])
    second = read(tikz.write(first, losses=[]))
    pictures = [raster(drawing.draw(scene, losses=[]), dpi=96, background="white") for scene in (first, second)]
    assert figure_likeness(*pictures, dpi=96) > 0.97


def test_what_is_written_is_small_and_readable() -> None:
    written = tikz.write(read(r"\draw[->, thick] (0,0) -- (2,1); \filldraw[fill=red] (1,1) circle (0.5);"), losses=[])
    assert written.splitlines() == [
        r"\begin{tikzpicture}",
        r"  \draw[->, thick] (0,0) -- (2,1);",
        r"  \filldraw[fill=red] (1,1) circle [radius=0.5];",
        r"\end{tikzpicture}",
    ]


def test_the_graph_goes_through_figures() -> None:
    figure = r"\begin{tikzpicture}\draw (0,0) -- (1,0) node[right] {$\alpha$};\end{tikzpicture}"
    assert convert(figure, "tex").value == r"\alpha"
    assert convert(figure, "svg").value.startswith("<svg")
    assert convert(figure, "image").value.startswith(b"\x89PNG")
    assert convert(figure, "pyplot").value.startswith("import matplotlib")
    assert "A line" in convert(figure, "description").value
    assert convert(convert(figure, "svg").value, "tikz", source="svg").value.count(r"\alpha") == 1


EXPRESSIONS = [
    ("2+3*4", 14), ("-2^2", -4), ("2^-1", 0.5), ("(1+2)!", 6), ("sin(30)", 0.5), ("cos(60)", 0.5), ("(pi/2) r", 90),
    ("1cm/1cm", 1), ("max(1,2,3)", 3), ("mod(7,3)", 1), ("3 > 2 ? 10 : 20", 10), ("atan2(1,1)", 45), ("sqrt 16", 4),
    ("1e2", 100), ("veclen(3,4)", 5), ("int(2.7)", 2), ("e^0", 1), ("{2+1}*2", 6), ("floor(-0.5)", -1),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), EXPRESSIONS)
def test_expressions(text: str, value: float) -> None:
    assert math.isclose(compile_expression(text)(), value, abs_tol=1e-9)


def test_an_expression_knows_lengths() -> None:
    assert compile_expression("2*1cm").is_length
    assert not compile_expression("2*3").is_length


@pytest.mark.parametrize("text", ["", "1+", "(1", "foo(", "1 2", "@", "((((" * 50])
def test_bad_expressions(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(text)


COLORS = [
    ("red", "#ff0000"), ("red!50", "#ff8080"), ("red!50!black", "#800000"), ("-red", "#00ffff"),
    ("red!20!blue!50", "#9980e6"), ("DarkBlue", "#00008b"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "color"), COLORS)
def test_colours_are_mixed_as_xcolor_does(text: str, color: str) -> None:
    assert mixed(text, {}) == color


def test_colour_models() -> None:
    assert from_model("rgb", "1,0.5,0") == "#ff8000"
    assert from_model("HTML", "0099CC") == "#0099cc"
    with pytest.raises(ColorError):
        from_model("wave", "550")
