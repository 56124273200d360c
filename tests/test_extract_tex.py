r"""Papers in TeX → formulas in context.

Each folder of papers/ is a paper, and the file beside it, FOLDER.records, what has to come of it: for each formula its
place, part, environment, numbers and labels, then how it is written, what it expands to, and its sentence.
`pytest --accept` writes these files anew: read the diff.
"""

from __future__ import annotations

import gzip
import io
import itertools
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panmath.convert.errors import InputError
from panmath.convert.normal import fingerprint
from panmath.convert.readers.tex import read
from panmath.convert.source import Source
from panmath.corpora.papers.records import Problem, Record, records
from panmath.corpora.papers.sentences import split
from panmath.corpora.papers.sources import Files, Paper, Unreadable, decode, papers

HERE = Path(__file__).parent / "papers"
FOLDERS = sorted(path for path in HERE.iterdir() if path.is_dir())


def paper(main: str | bytes, **others: str) -> Paper:
    """A paper of files with these contents; their names have the suffix .tex."""
    texts = {"main.tex": main, **{f"{name}.tex": text for name, text in others.items()}}
    entries = {name: text.encode() if isinstance(text, str) else text for name, text in texts.items()}
    return Paper("paper", Files(entries), "main.tex")


def formulas(main: str | bytes, **others: str) -> list[Record]:
    return [found for found in records(paper(main, **others)) if isinstance(found, Record)]


def problems(main: str | bytes, **others: str) -> list[str]:
    return [found.reason for found in records(paper(main, **others)) if isinstance(found, Problem)]


def tex(main: str | bytes, **others: str) -> list[str]:
    return [found.tex for found in formulas(main, **others)]


def without_blanks(texts: list[str]) -> list[str]:
    """Blanks mean nothing in formulas, but behind a command; where they come from is not told apart here."""
    return [text.replace(" ", "") for text in texts]


def told(found: Record | Problem) -> str:
    """A record or a problem as the files of expected ones have it."""
    if isinstance(found, Problem):
        return f"{found.file}:{found.line}:{found.column} left out: {found.reason}\n"
    place = f"{found.file}:{found.line}:{found.column}"
    head = [place, found.part, found.environment, *(f"({number})" for number in found.numbers), *found.labels]
    lines = [" ".join(head), " / ".join(found.section), " ".join(found.raw.split()), found.tex, found.sentence]
    named = (f"{told['label']} is {told['kind']} {told['number']}".rstrip() for told in found.references)
    lines += [*named, *found.losses, *([f"failed: {found.error}"] if found.error else [])]
    return "\n    ".join(lines) + "\n"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_paper_gives_its_records(folder: Path, request: pytest.FixtureRequest) -> None:
    (found,) = papers(folder)
    assert isinstance(found, Paper)
    said = "".join(map(told, records(found)))
    expected = folder.with_suffix(".records")
    if request.config.getoption("--accept"):
        expected.write_text(said, "utf-8")
    assert said == expected.read_text("utf-8")


# Macros


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"\newcommand{\a}{b} $\a c$", ["b c"]),
        (r"\newcommand{\a}{\alpha}$\a{}b\a b$", [r"\alpha{}b\alpha b"]),
        (r"\newcommand\f[2][x]{#1^#2} $\f3+\f[y]{4}$", ["x^3+y^4"]),
        (r"\def\f#1,#2.{#2#1} $\f a,b.c$", ["bac"]),
        (r"\def\f<#1>{(#1)} $\f<{>}>\f<ab>$", [">".join(["(", ")(ab)"])]),
        (r"\def\f#1\stop{[#1]} $\f a{\stop}b\stop$", [r"[a{\stop}b]"]),
        (r"\let\a=\beta \renewcommand\beta{b} $\a\beta$", [r"\beta b"]),
        (r"\def\a{1}\let\b\a\def\a{2} $\a\b$", ["21"]),
        (r"\def\a{1}{\def\a{2}$\a$}$\a$", ["2", "1"]),
        (r"\def\a{1}{\gdef\a{2}$\a$}$\a$", ["2", "2"]),
        (r"\def\a{1}\begin{center}\def\a{2}$\a$\end{center}$\a$", ["2", "1"]),
        (r"\def\a{1}$\def\a{2}\a$ $\a$", ["2", "1"]),
        (r"\def\a{1}\def\b{\a}\edef\c{\a}\def\a{2}$\b\c$", ["21"]),
        (r"\DeclareMathOperator*{\colim}{colim}$\colim_i$", [r"\operatornamewithlimits{colim}_i"]),
        (r"\newenvironment{e}[1]{\begin{equation}#1+}{+2\end{equation}}\begin{e}{1}x\end{e}", ["1+x+2"]),
        (r"\newenvironment{m}{\begin{pmatrix}}{\end{pmatrix}}$\begin{m}a\end{m}$", [r"\begin{pmatrix}a\end{pmatrix}"]),
        (r"\newcommand{\be}{\begin{equation}}\newcommand{\ee}{\end{equation}}\be x\ee\be y\ee", ["x", "y"]),
        (r"\newcommand{\eq}[1]{\begin{align*}#1\end{align*}}\eq{a&=b}", [r"\begin{align*}a&=b\end{align*}"]),
        (r"\def\bea{\begin{eqnarray*}}\def\eea{\end{eqnarray*}}\bea a\eea", [r"\begin{eqnarray*}a\end{eqnarray*}"]),
        (r"\newcommand{\R}{\ensuremath{\mathbb R}}\R, $\R$", [r"\mathbb R", r"{\mathbb R}"]),
        (r"\equation x\endequation", ["x"]),
        (r"\NewDocumentCommand\f{m O{2} g}{#1_#2\IfValueT{#3}{^#3}}$\f a\f b[3]{4}$", ["a_2b_3^4"]),
        (r"\NewDocumentCommand\f{d<> r() e{^_}}{#1;#2;#3;#4}$\f<a>(b)_c^d\f(e)$", ["a;b;d;c;e;;"]),
        (r"\NewDocumentCommand\f{t+ m}{\IfBooleanTF{#1}{P}{M}#2}$\f+a\f b$", ["PaMb"]),
        (r"\DeclareDocumentEnvironment{e}{m}{\begin{equation}#1}{\end{equation}}\begin{e}{a}b\end{e}", ["ab"]),
        (r"\DeclarePairedDelimiter\abs\lvert\rvert$\abs a\abs*{b}$", [r"\lvert a\rvert\left\lvert b\right\rvert"]),
        (r"\makeatletter\def\@a{b}\def\c{\@ifstar{\@a s}{\@a}}\makeatother$\c\c*$", ["bbs"]),
        (r"\makeatletter\def\f{\@ifnextchar[{\g}{\g[0]}}\def\g[#1]{(#1)}\makeatother$\f\f[1]$", ["(0)(1)"]),
        (r"\expandafter\def\csname a1\endcsname{b}$\csname a1\endcsname$", ["b"]),
        (r"\newcommand\s{x+y}$\frac\s2\sqrt[3]\s\hat\s z_\s$", [r"\frac{x+y}2\sqrt[3]{x+y}\hat{x+y} z_{x+y}"]),
        (r"\newcommand\n{12}$\sqrt\n$", [r"\sqrt{12}"]),
        (r"\newcommand\T{\text{if $a$}}$\T$", [r"\text{if $a$}"]),
        (r"\renewcommand{\cite}[1]{$#1$}\cite{x} $y$", ["y"]),
    ],
)  # fmt: skip
def test_macros(source: str, expected: list[str]) -> None:
    assert without_blanks(tex(source)) == without_blanks(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"\iffalse $a$ \else $b$ \fi $c$", ["b", "c"]),
        (r"\iftrue $a$ \else $b$ \fi $c$", ["a", "c"]),
        (r"\iffalse \iftrue $a$ \else $b$ \fi \else $c$ \fi", ["c"]),
        (r"\iffalse $a \iff b$ \fi $a\iff b$", [r"a\iff b"]),
        (r"\newif\ifx \newif\ifdraft\drafttrue\ifdraft $a$\fi\draftfalse\ifdraft $b$\fi", ["a"]),
        (r"\newif\ifdraft{\drafttrue\ifdraft $a$\fi}\ifdraft $b$\fi", ["a"]),
        (r"\def\a{1}\def\b{1}\def\c{2}$\ifx\a\b y\else n\fi\ifx\a\c y\else n\fi$", ["yn"]),
        (r"$\ifx\a\undefined y\fi\ifdefined\a n\else y\fi$", ["yy"]),
        (r"\def\f#1{\ifx&#1&0\else#1\fi}$\f{}\f{a}$", ["0a"]),
        (r"$\ifnum 3>2 y\else n\fi\ifodd 4 n\else y\fi\ifcase 1 a\or b\or c\else d\fi$", ["yyb"]),
        (r"\def\x{\ifmmode m\else $t$\fi}\x $\x$", ["t", "m"]),
        (r"\newboolean{a}\setboolean{a}{true}$\ifthenelse{\boolean{a}}{y}{n}$", ["y"]),
        (r"\newbool{a}$\ifbool{a}{y}{n}$ \booltrue{a}$\ifbool{a}{y}{n}$", ["n", "y"]),
        (r"$\ifthenelse{\equal{a}{b}}{y}{n}\ifstrempty{}{y}{n}$", ["ny"]),
        (r"\unless\iffalse $a$\fi", ["a"]),
    ],
)  # fmt: skip
def test_conditionals(source: str, expected: list[str]) -> None:
    assert without_blanks(tex(source)) == without_blanks(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a % $x$\n$y$", ["y"]),
        ("50\\% $y$", ["y"]),
        ("$a% c\n b$", ["ab"]),
        (r"\verb|$x$| \verb*+$x$+ \lstinline!$x$! $y$", ["y"]),
        (r"\begin{lstlisting}[language=C] $x \end{lstlisting} $y$", ["y"]),
        (r"\lstnewenvironment{code}{}{}\begin{code} $x { \end{code} $y$", ["y"]),
        (r"\excludecomment{hidden}\begin{hidden} $x$ \end{hidden} $y$", ["y"]),
        (r"\begin{filecontents}{a.tex} $x$ \end{filecontents} $y$", ["y"]),
        (r"\url{a%b$c} $y$", ["y"]),
        (r"\$5 and \$6, $y$", ["y"]),
        (r"\newcommand{\todo}[1]{}\todo{$x$} $y$", ["y"]),
        (r"\begin{document}$a$\end{document}$b$", ["a"]),
        (r"$a$ \bye $b$", ["a"]),
        (r"\documentstyle{article}\begin{document}$a$\end{document}", ["a"]),
    ],
)
def test_what_is_no_formula(source: str, expected: list[str]) -> None:
    assert tex(source) == expected


# Places, numbers, sentences


def test_a_formula_knows_where_it_stands_also_in_an_argument() -> None:
    found = formulas(
        "\\newcommand{\\new}[1]{{\\color{red}#1}}\n\\new{Let $x$ be\n  $y$.} \\input{a}", a="\n\nIt is $z$."
    )
    assert [(one.file, one.line, one.column, one.raw) for one in found] == [
        ("main.tex", 2, 10, "$x$"),
        ("main.tex", 3, 3, "$y$"),
        ("a.tex", 3, 7, "$z$"),
    ]


def test_the_hash_is_that_of_the_normal_form() -> None:
    first, second, third = formulas(r"$x^{2}$, $\left.{x}^2\right.$, $x^3$")
    assert first.hash == second.hash == fingerprint(read(Source("x^2"), losses=[]))
    assert first.hash != third.hash


def test_labels_may_come_later() -> None:
    (found, _) = formulas(r"See \eqref{e} for $x$. \begin{equation}\label{e} y \end{equation}")
    assert found.sentence == "See (1) for ⟦x⟧."
    assert found.references == ({"label": "e", "kind": "equation", "number": "1", "formula": "paper#2"},)


def test_contexts_cross_paragraphs_but_not_headings_and_notes() -> None:
    source = r"""One. Two $a$.\footnote{Note $b$.} Three.

    Four $c$. \section{H} Five $d$."""
    found = {one.tex: (one.before, one.sentence, one.after) for one in formulas(source)}
    assert found == {
        "a": ("One.", "Two ⟦a⟧.", "Three."),
        "b": ("", "Note ⟦b⟧.", ""),
        "c": ("Three.", "Four ⟦c⟧.", ""),
        "d": ("", "Five ⟦d⟧.", ""),
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two. Three.", ["One.", "Two.", "Three."]),
        ("By Eq. (3) and Fig. 2, e.g. Lemma 1, it holds. So J. S. Bach said.", None),
        ("We cf. Ref. [2]. Now J. Doe et al. Proved it.", ["We cf. Ref. [2].", "Now J. Doe et al. Proved it."]),
        ("Is it? Yes! It is (so.) Really.", ["Is it?", "Yes!", "It is (so.)", "Really."]),
        ("Let \ue008. Then \ue009 Now \ue008 is.", ["Let \ue008.", "Then \ue009", "Now \ue008 is."]),
        ("Then \ue009 where \ue008 is 3.5 m.", ["Then \ue009 where \ue008 is 3.5 m."]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str] | None) -> None:
    if expected is None:
        expected = ["By Eq. (3) and Fig. 2, e.g. Lemma 1, it holds.", "So J. S. Bach said."]
    assert split(text) == expected


@pytest.mark.parametrize(
    ("source", "numbers"),
    [
        (r"\begin{align}a\\b\nonumber\\c\end{align}", ("1", "2")),
        (r"\begin{align}\begin{aligned}a\\b\end{aligned}\\c\end{align}", ("1", "2")),
        (r"\begin{multline}a\\b\end{multline}", ("1",)),
        (r"\begin{equation*}a\end{equation*}", ()),
        (r"\begin{equation*}a\tag{A}\end{equation*}", ("A",)),
        (r"\setcounter{equation}{4}\begin{equation}a\end{equation}", ("5",)),
        (r"\renewcommand{\theequation}{\Roman{equation}'}\begin{equation}a\end{equation}", ("I'",)),
        (r"\appendix\numberwithin{equation}{section}\section{A}\begin{equation}a\end{equation}", ("A.1",)),
    ],
)
def test_numbers(source: str, numbers: tuple[str, ...]) -> None:
    assert formulas(source)[-1].numbers == numbers


# What is broken or hostile


@pytest.mark.parametrize(
    ("source", "kept", "reason"),
    [
        (r"$\frac{a$, $b$", ["b"], "{ without its }"),
        ("$a\n\nand $b$", ["b"], "a formula without its end"),
        (r"\begin{equation}a" + "\n\n" + r"$b$ \section{S} $c$", ["b", "c"], "a formula without its end"),
        (r"\def\a{\a\a}$\a$ $b$", ["b"], r"\a produces more than 100,000 tokens; is it defined by itself?"),
        (r"\def\a{\a}$\a$ $b$", ["b"], r"\a produces more than 100,000 tokens; is it defined by itself?"),
        (r"\def\a#1{\a{#1#1}}$\a x$ $b$", ["b"], r"\a produces more than 100,000 tokens; is it defined by itself?"),
        (r"\def\a#1.{#1}$\a x$ $b$", ["b"], r"the argument of \a does not end: . is missing"),
        ("$" + "{" * 500 + "x" + "}" * 500 + "$ $b$", ["b"], "nested more than 100 levels deep (at 100)"),
        (r"\iffalse $a$ $b$", ["a", "b"], ""),
        (r"$x \iffalse y$ $b$", ["b"], r"a conditional without its \fi"),
        (r"\DoNotIndex{\if,\else,\or,\ifcase,\def} $b$", ["b"], ""),
        (r"$a$ \end{equation} } \fi \else $b$ \fi $c$", ["a", "c"], ""),
    ],
)
def test_a_failure_takes_nothing_along(source: str, kept: list[str], reason: str) -> None:
    found = formulas(source)
    assert [one.tex for one in found if one.status != "failed"] == kept
    failures = [one.error for one in found if one.status == "failed"]
    assert [error.partition(" (at ")[0] for error in failures] == ([reason.partition(" (at ")[0]] if reason else [])


def test_bombs_in_prose_are_noted() -> None:
    bombs = "".join(rf"\def\x{letter}{{\x{nxt}\x{nxt}}}" for letter, nxt in itertools.pairwise("abcdefghijklmnopqrstu"))
    assert tex(rf"{bombs}\def\xu{{uu}} $a$ \xa $b$") == ["a", "b"]
    assert problems(rf"{bombs}\def\xu{{uu}}\xa") == [r"\xt produces more than 100,000 tokens; is it defined by itself?"]


def test_a_paper_of_bombs_ends_but_what_came_before_is_kept() -> None:
    source = r"\def\a{\a\a}$x$ " + r"\a " * 100 + "$y$"
    assert tex(source) == ["x"]
    assert problems(source)[-1] == "the macros of the paper produce more than 1,000,000 tokens"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("{" * 100_000 + "$x$", id="braces"),
        pytest.param(r"\section{" * 2_000 + "$x$", id="headings"),
        pytest.param(r"\footnote{" * 2_000 + "$x$", id="footnotes"),
        pytest.param("a" * 1_000_000 + "$x$", id="line"),
        pytest.param("$x$" + "}" * 100_000, id="closing"),
        pytest.param("$" + r"\begin{e}" * 2_000 + "\n\n$x$", id="environments"),
    ],
)
def test_depth_and_length_do_not_matter(source: str) -> None:
    assert [found.tex for found in formulas(source) if found.status == "ok"] == ["x"]


def test_numbers_made_of_numbers_without_end() -> None:
    pairs = itertools.pairwise("abcdefghijklmnopqrstuvwxyz")
    bombs = "".join(rf"\newcommand\the{one}{{\the{two}\the{two}\the{two}\x}}" for one, two in pairs)
    source = bombs + r"\newcommand\x{\x\x}\newtheorem{a}{A}\begin{a}\label{l}$y$\end{a} \ref{l}"
    assert tex(source) == ["y"]


def test_files_that_read_themselves_or_others_without_end() -> None:
    assert problems(r"\input{a}", a=r"\input{main} $x$") == [r"\input: main.tex reads itself"]
    endless = r"\def\again{\input{a}\again}\again"
    assert problems(endless, a="x")[-1] == "the paper reads files more than 500 times"


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret", "a/../../secret", "link", "~/secret"])
def test_no_file_outside_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.tex").write_text("$secret$")
    folder = tmp_path / "paper"
    folder.mkdir()
    (folder / "link.tex").symlink_to(tmp_path / "secret.tex")
    (folder / "main.tex").write_text(rf"\documentclass{{a}}\begin{{document}}$x$ \input{{{name}}}\end{{document}}")
    for source in (folder, folder / "main.tex"):
        (found,) = papers(source)
        assert isinstance(found, Paper)
        told = list(records(found))
        assert [one.tex for one in told if isinstance(one, Record)] == ["x"]
        assert [one.reason for one in told if isinstance(one, Problem)] == [rf"\input: the paper has no file {name!r}"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("é $x$".encode(), "é $x$"),
        ("é $x$".encode("utf-8-sig"), "é $x$"),
        ("é $x$".encode("utf-16"), "é $x$"),
        ("ab $x$".encode("utf-16-le"), "ab $x$"),
        ("ab $x$".encode("utf-16-be"), "ab $x$"),
        ("é $x$".encode("latin-1"), "é $x$"),
        (b"\\usepackage[koi8-r]{inputenc}" + "я".encode("koi8-r"), "\\usepackage[koi8-r]{inputenc}я"),
        (b"\\usepackage[nosuch]{inputenc}\xe9", "\\usepackage[nosuch]{inputenc}é"),
        (b"a\r\nb\rc", "a\nb\nc"),
    ],
)
def test_encodings(data: bytes, text: str) -> None:
    assert decode(data) == text


def archive(*members: tuple[str, bytes], links: tuple[tuple[str, str], ...] = ()) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for name, target in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            tar.addfile(info)
    return buffer.getvalue()


MAIN = rb"\documentclass{article}\begin{document}$x$\input{part}\end{document}"


def read_archive(data: bytes, path: Path) -> list[tuple[str, list[str]] | Unreadable]:
    path.write_bytes(data)
    found: list[tuple[str, list[str]] | Unreadable] = []
    for one in papers(path):
        if isinstance(one, Unreadable):
            found.append(Unreadable(one.name.removeprefix(str(path)), *one[1:]))
        else:
            kept = [record.tex for record in records(one) if isinstance(record, Record)]
            found.append((one.name.removeprefix(str(path)), kept))
    return found


def test_archives_as_arxiv_has_them(tmp_path: Path) -> None:
    several = archive(("main.tex", MAIN), ("part.tex", b"$y$"), ("figure.png", b"\x89PNG"), ("anc/notes.txt", b"$z$"))
    assert read_archive(several, tmp_path / "a.tar.gz") == [("/main.tex", ["x", "y"])]
    assert read_archive(several, tmp_path / "2401.00001") == [("/main.tex", ["x", "y"])]
    assert read_archive(gzip.compress(MAIN), tmp_path / "b.gz") == [("", ["x"])]
    assert read_archive(b"%PDF-1.5", tmp_path / "c.pdf") == [Unreadable("", "a PDF, without its TeX")]
    bulk = archive(("2401/1.gz", gzip.compress(MAIN)), ("2401/2.pdf", b"%PDF"), ("2401/3.gz", several))
    assert read_archive(bulk, tmp_path / "d.tar.gz") == [("/2401/1.gz", ["x"]), ("/2401/3.gz/main.tex", ["x", "y"])]


def test_two_papers_of_one_archive(tmp_path: Path) -> None:
    both = archive(("main.tex", MAIN), ("part.tex", b"$y$"), ("supplement.tex", MAIN.replace(b"$x$", b"$s$")))
    assert read_archive(both, tmp_path / "a.tar.gz") == [("/main.tex", ["x", "y"]), ("/supplement.tex", ["s", "y"])]


def test_archives_that_lead_outside(tmp_path: Path) -> None:
    hostile = archive(
        ("../../part.tex", b"$y$"), ("/part.tex", b"$y$"), ("main.tex", MAIN), links=(("part.tex", "/etc/passwd"),)
    )
    reason = "left out: it points out of the archive"
    assert read_archive(hostile, tmp_path / "a.tar.gz") == [
        Unreadable("/../../part.tex", reason, False),
        Unreadable("//part.tex", reason, False),
        Unreadable("/part.tex", reason, False),
        ("", ["x"]),
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (gzip.compress(b"\\" + b"0" * 50_000_000, mtime=0), "larger than 40,000,000 bytes"),
        (archive(("zeros.png", bytes(50_000_000))), "the archive unpacks to more than it may"),
        (gzip.compress(MAIN, mtime=0)[:-9], "the archive is damaged"),
        (b"\x1f\x8b\x08junk", "the archive is damaged"),
        (gzip.compress(bytes(257) + b"ustar" + bytes(300) + b"\xff" * 9000, mtime=0), "the archive is damaged"),
    ],
    ids=["a bomb", "an archive that is one", "cut off", "no gzip", "no archive"],
)
def test_bombs_and_damaged_archives(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_archive(data, tmp_path / "a.gz")


WORDS = st.sampled_from(
    (
        r"$ $$ \( \) \[ \] { } [ ] \begin{equation} \end{equation} \begin{align} \end{align} \\ & \def \a #1 \a"
        r" \newcommand \let \iffalse \else \fi \ifx \csname \endcsname \expandafter \footnote{ \section{ \label{x}"
        r" \ref{x} \input{main} \ensuremath \verb| % ~ \begin{verbatim} \end{verbatim} \text{ \begin{e} \end{e}"
        r" \newenvironment{e} \endinput x 1 . \NewDocumentCommand \f {s+O{1}m} \begin{table} \item"
        r" \setcounter{equation} \par \makeatletter \@ifnextchar"
    ).split()
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(WORDS, st.sampled_from(["\n", "\n\n", " "]), st.text(max_size=3)), max_size=40))
def test_no_text_breaks_it(words: list[str]) -> None:
    source = "".join(words)
    for found in records(paper(source.encode("utf-8", "replace"))):
        if isinstance(found, Record):
            assert found.status in ("ok", "losses", "failed")
            assert (found.status == "failed") == bool(found.error) == (not found.hash)
            assert "⟦" in found.sentence


# On the command line


def extract(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
    ran = subprocess.run(
        [sys.executable, "-m", "panmath.convert", "extract", "tex", *arguments], input=stdin, capture_output=True
    )
    return ran.returncode, ran.stdout.decode(), ran.stderr.decode()


def test_records_and_rejects_are_files(tmp_path: Path) -> None:
    (tmp_path / "a.tex").write_text(r"\documentclass{a}\begin{document}$x$ $\frac{1$ $x$ \input{b}\end{document}")
    (tmp_path / "c.gz").write_bytes(gzip.compress(b"%PDF-1.4"))
    out = tmp_path / "out.jsonl"
    rejects = f"{tmp_path}/out.rejects.jsonl"
    status, said, errors = extract(str(tmp_path), "-o", str(out), "--seen")
    assert (status, said) == (65, "")
    assert errors.splitlines() == [
        f"panmath: {tmp_path}/c.gz: a PDF, without its TeX",
        "panmath: 1 papers, 1 formulas, 1 seen before, 1 that cannot be read, 1 other places left out: see " + rejects,
    ]
    kept, rejected = (
        [json.loads(line) for line in path.read_text("utf-8").splitlines()] for path in (out, Path(rejects))
    )
    assert [(one["tex"], one["status"]) for one in kept] == [("x", "ok")]
    assert [one["error"] for one in rejected] == [
        "{ without its } (at 6)",
        r"\input: the paper has no file 'b'",
        "a PDF, without its TeX",
    ]


def test_from_pipe_to_pipe() -> None:
    status, said, errors = extract("-", stdin=gzip.compress(b"Let $x$ be."))
    assert (status, errors) == (0, "panmath: 1 papers, 1 formulas\n")
    assert json.loads(said)["sentence"] == "Let ⟦x⟧ be."


def test_what_is_not_there() -> None:
    assert extract("nowhere.tex", "-q") == (66, "", "panmath: nowhere.tex: No such file or directory\n")


def test_of_what_is_not_there_nothing_is_written(tmp_path: Path) -> None:
    assert extract("nowhere.tex", "-o", str(tmp_path / "formulas.jsonl"))[0] == 66
    assert list(tmp_path.iterdir()) == []
