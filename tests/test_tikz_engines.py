r"""The engines of TikZ code: which of them draws, what they are given, and what hostile code gets from them.

The tests of drawing are about every engine: our own, and the others where they are installed; where they are not, what
is said of that.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from panmath.convert import convert
from panmath.convert.errors import EdgeError, MissingExtraError, OptionError, PanmathError, UnsupportedError
from panmath.convert.readers.tex.tokens import Macro
from panmath.convert.source import Source
from panmath.renderers import confinement, drawing
from panmath.renderers.compare import figure_likeness
from panmath.renderers.raster import raster
from panmath.renderers.scene import Scene
from panmath.renderers.tikz import engines, tex, tikzjax
from panmath.renderers.tikz.document import document

PROGRAMS = {"tikzjax": tikzjax, "tex": tex}

WHOLE = r"""\documentclass[tikz,border=2pt]{standalone}
\usepackage{amsmath} %% \usepackage{no}
\usetikzlibrary{calc}
\begin{document}
%s\begin{tikzpicture}
  \draw (0,0) -- (2,1) -- (2,0) -- cycle;%s
\end{tikzpicture}
\end{document}
"""


def read(text: str, engine: str, **options: float) -> Scene:
    return engines.read(Source(text, "fig.tikz"), losses=[], engine=engine, **options)


def there(engine: str) -> bool:
    """Whether an engine is installed; where it is not, asking for it is an error."""
    if PROGRAMS[engine].installed():
        return True
    with pytest.raises(MissingExtraError, match=r"^drawing with .* needs "):
        read(r"\draw (0,0) -- (1,1);", engine)
    return False


# What is drawn by which


def test_our_own_reader_is_asked_first() -> None:
    assert read(r"\draw (0,0) -- (1,1);", "auto").origin == "native"


@pytest.mark.parametrize("engine", PROGRAMS)
@pytest.mark.parametrize("text", [r"\draw (0,0) -- (2,1) -- (2,0) -- cycle;", WHOLE % ("", "")])
def test_the_engines_draw_the_same(engine: str, text: str) -> None:
    if not there(engine):
        return
    ours, theirs = (
        raster(drawing.draw(read(text, name), losses=[]), dpi=100, background="white") for name in ("native", engine)
    )
    assert figure_likeness(ours, theirs, dpi=100) == 1.0


@pytest.mark.parametrize("engine", PROGRAMS)
def test_letters_become_outlines_which_is_told(engine: str) -> None:
    if not there(engine):
        return
    result = convert(r"\node {$\int_0^1 x$};", "svg", source="tikz", engine=engine)
    assert f'data-origin="{engine}"' in result.value
    assert [str(loss).partition(" ")[2] for loss in result.losses] == [
        f"{engines.FOREIGN[engine].title} drew the figure, and its letters are outlines"
    ]


@pytest.mark.parametrize("engine", PROGRAMS)
def test_what_we_refuse_others_may_draw(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not there(engine):
        return
    text = WHOLE % (r"\newbox\mine\setbox\mine\hbox{a}", "")
    with pytest.raises(PanmathError):
        read(text, "native")
    for name, other in list(engines.FOREIGN.items()):
        if name != engine:
            monkeypatch.setitem(engines.FOREIGN, name, other._replace(installed=lambda: False))
    assert read(text, "auto").origin == engine


def test_where_nothing_draws_it_our_own_reader_says_why() -> None:
    with pytest.raises(UnsupportedError, match=r"^fig\.tikz:1:2: the command \\nonsense is not known"):
        read(r" \nonsense;", "auto")


# What is not there


def test_programs_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(MissingExtraError) as caught:
        read(r"\draw (0,0) -- (1,1);", "tex")
    assert str(caught.value) == (
        "drawing with TeX needs latex and dvisvgm, which are not both installed; TeX Live has them (on Debian: "
        "apt install texlive-pictures dvisvgm)"
    )
    with pytest.raises(MissingExtraError) as caught:
        read(r"\draw (0,0) -- (1,1);", "tikzjax")
    assert str(caught.value) == (
        "drawing with TikZJax needs Node and its package node-tikzjax, which are not both installed: "
        "npm install -g node-tikzjax"
    )
    with pytest.raises(UnsupportedError, match="nonsense"):
        read(r"\nonsense;", "auto")


def test_engines_there_are_not() -> None:
    with pytest.raises(OptionError) as caught:
        read(r"\draw (0,0) -- (1,1);", "metapost")
    assert str(caught.value) == "there is no engine 'metapost' for TikZ; there are auto, native, tikzjax, tex"
    with pytest.raises(OptionError) as caught:
        convert(r"\draw (0,0) -- (1,1);", "image", source="tikz", engine="espeak")
    assert str(caught.value) == (
        "engine is one of auto, native, tikzjax, tex for scene, or resvg, cairosvg for image, not 'espeak'"
    )


def test_each_edge_is_given_the_engine_that_is_its_own() -> None:
    for engine in ("native", "resvg", "cairosvg"):
        picture = convert(r"\draw (0,0) -- (1,1);", "image", source="tikz", engine=engine).value
        assert picture.startswith(b"\x89PNG")


# What they are given


def test_a_document_is_taken_apart() -> None:
    found = document(WHOLE % ("", ""))
    assert found.options == ("tikz", "border=2pt")
    assert found.packages == [("amsmath", "")]
    assert "usepackage" not in found.without_packages()
    assert "\\usetikzlibrary{calc}" in found.preamble
    assert found.body.strip().startswith("\\begin{tikzpicture}")
    assert found.body.strip().endswith("\\end{tikzpicture}")


def test_code_without_a_document_is_given_one() -> None:
    assert document(r"\draw (0,0) -- (1,1);").body == "\\begin{tikzpicture}\\draw (0,0) -- (1,1);\n\\end{tikzpicture}"
    assert document(r"\begin{tikzpicture}\end{tikzpicture}").body == r"\begin{tikzpicture}\end{tikzpicture}"
    assert "pgfplots" in document(r"\begin{tikzpicture}\begin{axis}\end{axis}\end{tikzpicture}").preamble
    assert "pgfplots" not in document(r"\draw (0,0) -- (1,1);").preamble


def test_macros_are_defined_in_it() -> None:
    macros = {
        "half": r"\frac{#1}{2}",
        "\\A": Macro(("#1",), ("\\alpha", "x", "#1")),
        "B": Macro(("#1",), ("#1",), ("b",)),
    }
    preamble = document(r"\node {$\half{x}$};", macros).preamble
    assert r"\def\half#1{\frac{#1}{2}}" in preamble
    assert r"\def\A#1{\alpha x#1}" in preamble
    assert r"\providecommand{\B}{}\renewcommand{\B}[1][b]{#1}" in preamble


# What hostile code gets

REFUSED = {
    "a file": (r"\input{/etc/passwd}", ""),
    "a file above": (r"\input{../../../../etc/passwd}", ""),
    "a file as TeX reads it": (r"\newread\f\openin\f=/etc/passwd \ifeof\f\errmessage{closed}\fi", ""),
    "a program's output": (r"\input{|id}", ""),
    "endless macros": (r"\def\x{\x\x}\x", ""),
    "a script": ("", r"\special{dvisvgm:raw <script>alert(1)</script>}"),
    "a picture from outside": (
        "",
        r'\special{dvisvgm:raw <image width="9" height="9" xlink:href="file:///etc/passwd"/>}',
    ),
}


@pytest.mark.parametrize("engine", PROGRAMS)
@pytest.mark.parametrize("name", REFUSED)
def test_hostile_code_is_refused(engine: str, name: str) -> None:
    if not there(engine):
        return
    with pytest.raises(UnsupportedError):
        read(WHOLE % REFUSED[name], engine)


@pytest.mark.parametrize("engine", PROGRAMS)
def test_nothing_is_written_and_nothing_is_run(engine: str, tmp_path: Path) -> None:
    if not there(engine):
        return
    outside = tmp_path / "outside"
    for attempt in (rf"\immediate\write18{{touch {outside}}}", rf"\newwrite\f\immediate\openout\f={outside}\relax"):
        try:
            read(WHOLE % (attempt, ""), engine)
        except UnsupportedError as error:
            assert "can't write" in str(error)
    assert not outside.exists()


@pytest.mark.parametrize("engine", PROGRAMS)
def test_nothing_hangs(engine: str) -> None:
    if not there(engine):
        return
    with pytest.raises(EdgeError, match=r"took more than 3 s$"):
        read(WHOLE % (r"\def\x{\x}\x", ""), engine, timeout=3)


LEVELS = {
    "landlock+seccomp": confinement.has_landlock, "bubblewrap": confinement.has_bubblewrap, "none": lambda: True,
}  # fmt: skip


@pytest.mark.parametrize("level", LEVELS)
def test_tex_draws_at_every_level_and_reads_no_files(level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (there("tex") and LEVELS[level]()):
        return
    monkeypatch.setattr(confinement, "best_level", lambda: level)
    assert read(WHOLE % ("", ""), "tex").items
    with pytest.raises(UnsupportedError, match="/etc/passwd"):
        read(WHOLE % REFUSED["a file"], "tex")


def test_postscript_is_not_obeyed() -> None:
    if not there("tex"):
        return
    plain = read(WHOLE % ("", ""), "tex")
    assert read(WHOLE % ("", r"\special{ps: 0 0 moveto 99 99 lineto stroke}"), "tex").items == plain.items


def test_text_in_a_font_that_is_not_there(tmp_path: Path) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text font-family="{}">a</text></svg>'
    for family in ("nonsense", "../../etc/passwd"):
        with pytest.raises(UnsupportedError, match="has no font"):
            tikzjax.outlined(svg.format(family), tmp_path)
