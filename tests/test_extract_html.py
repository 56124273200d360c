r"""Web pages to text: every form of formulas, what is no formula, the Markdown, hostile pages, archives, the command.

The cases are files in tests/html. A line that begins with `# ` names a case; the page follows. `=> form TeX` is a
formula of it, in order, with `display` before it where it stands on a line of its own, and ⏎ for a line break;
`=> nothing` stands for none. `=> text …` are the lines of the Markdown.
"""

from __future__ import annotations

import gzip
import json
import re
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panmath.convert.cli import main
from panmath.convert.errors import ParseError
from panmath.convert.fi import fi
from panmath.corpora import html_asciimath, html_glyphs, html_katex, html_mathml, html_tables, html_tree
from panmath.corpora.html import FORMS, Page, extract
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

CASES = Path(__file__).parent / "html"


class Case(NamedTuple):
    """A page, and what is in it."""

    name: str
    page: str
    formulas: list[str]
    text: list[str]


def cases(file: Path) -> list[Case]:
    found = []
    for block in re.split(r"^(?=# )", file.read_text("utf-8"), flags=re.MULTILINE):
        title, *lines = block.strip("\n").split("\n")
        told = [line[3:] for line in lines if line.startswith("=> ")]
        if title:
            page = "\n".join(line for line in lines if not line.startswith("=>"))
            formulas = [line for line in told if line != "nothing" and not line.startswith("text")]
            text = [line[5:] for line in told if line.startswith("text")]
            assert told, f"{file.name}: {title}: nothing is expected"
            found.append(Case(title.removeprefix("# "), page, formulas, text))
    return found


ALL = [(file.stem, case) for file in sorted(CASES.glob("*.txt")) for case in cases(file)]


def shown(page: Page) -> list[str]:
    return [f"{'display ' * found.display}{found.form} {found.tex}".replace("\n", "⏎") for found in page.formulas]


@pytest.mark.parametrize("case", [case for _, case in ALL], ids=[f"{topic}: {case.name}" for topic, case in ALL])
def test_the_formulas_of_a_page(case: Case) -> None:
    page = extract(case.page)
    assert shown(page) == case.formulas
    if case.text:
        assert page.text.split("\n") == case.text


def test_every_form_has_a_case() -> None:
    forms = {line.removeprefix("display ").partition(" ")[0] for _, case in ALL for line in case.formulas}
    drawn = {"mathjax-tex", "mathjax-mathml", "mathjax-glyphs", "katex-annotation", "katex-mathml", "katex-glyphs"}
    assert forms | drawn == set(FORMS)


@pytest.mark.parametrize("case", [case for _, case in ALL], ids=[f"{topic}: {case.name}" for topic, case in ALL])
def test_formulas_stand_where_they_are_said_to_stand(case: Case) -> None:
    page = extract(case.page)
    for found in page.formulas:
        written = page.text[found.start : found.end]
        assert written.strip("$\n ").replace("\\(", "$").replace("\\)", "$") == found.tex
        assert written.startswith("$$") == written.endswith("$$") == found.display
    for image in page.images:
        assert image.address in page.text[image.start : image.end]


# What renderers have drawn: pages of MathJax 3.2.2 and 4.1.3 and KaTeX 0.18 and 0.19, each with the TeX that was drawn.

DRAWN = [json.loads(line) for line in gzip.decompress((CASES / "drawn.jsonl.gz").read_bytes()).splitlines()]


@pytest.mark.parametrize("row", DRAWN, ids=lambda row: f"{row['renderer']} {row['tex']}")
def test_glyphs_are_read(row: dict[str, str]) -> None:
    root = html_tree.parse(row["html"])
    assert root is not None
    if row["renderer"].startswith("katex"):
        markup = html_katex.mathml(next(part for part in root.iter("span") if part.get("class") == "katex-html"))
    else:
        markup = html_glyphs.mathml(root)
    assert markup is not None
    assert fi(html_mathml.tex(markup) or "") == fi(row["tex"])


@pytest.mark.parametrize("row", DRAWN[::7], ids=lambda row: f"{row['renderer']} {row['tex']}")
def test_drawn_formulas_are_found_in_a_page(row: dict[str, str]) -> None:
    page = extract(f"<p>Let {row['html']} be.</p>")
    kept = "mathjax-tex" if "data-latex" in row["html"] else "glyphs"
    assert [found.form.endswith(kept) for found in page.formulas] == [True]
    assert fi(page.formulas[0].tex) == fi(row["tex"])


KATEX = (
    '<span class="katex"><span class="katex-mathml">{mathml}</span><span class="katex-html" aria-hidden="true">'
    '<span class="base"><span class="mord"><span class="mord mathnormal">a</span></span><span class="mbin">+</span>'
    '<span class="mord">1</span></span></span></span>'
)


@pytest.mark.parametrize(
    ("mathml", "form", "tex"),
    [
        ('<math><semantics><mi>a</mi><annotation encoding="application/x-tex">\\a</annotation></semantics></math>',
         "katex-annotation", "\\a"),
        ("<math><mi>a</mi><mo>+</mo><mn>1</mn></math>", "katex-mathml", "a+1"),
        ("\n a+1 a+\\text{one}=0", "katex-annotation", "\\text{one}=0"),
        ("a+1a+1", "katex-annotation", "a+1"),
        ("", "katex-glyphs", "a+1"),
    ],
)  # fmt: skip
def test_katex_says_its_formulas_several_times(mathml: str, form: str, tex: str) -> None:
    page = extract(f"<p>{KATEX.format(mathml=mathml)}</p>")
    assert [found.form for found in page.formulas] == [form]
    assert page.formulas[0].tex.endswith(tex)


def test_assistive_mathml_goes_before_glyphs() -> None:
    drawn = '<mjx-math><mjx-mi class="mjx-i"><mjx-c class="mjx-c1D44E TEX-I"></mjx-c></mjx-mi></mjx-math>'
    beside = "<mjx-assistive-mml><math><mi>b</mi></math></mjx-assistive-mml>"
    pages = [extract(f'<p><mjx-container jax="CHTML">{inner}</mjx-container></p>') for inner in (drawn, drawn + beside)]
    assert [shown(page) for page in pages] == [["mathjax-glyphs a"], ["mathjax-mathml b"]]


# The text

MARKDOWN = """\
# Title

A **bold**, *slanted* and `fixed` word, x² and H₂O.

## Lists

- one

- two $a$
  1. first

     more

  2. second

> Quoted
> twice

```python
def f():
    return "$x$"
```

| Name | $f$ |
| --- | --- |
| a \\| b | $\\vert x\\vert$ |

![A plot](plot.png)

\\# no heading, \\$5, a\\*b, \\`c\\`

$$
\\begin{aligned}
a &= b
\\end{aligned}
$$"""


def test_content_is_written_as_markdown() -> None:
    page = extract(
        r"""<html lang="en"><title>A  page</title><body><nav>Home</nav><main><h1>Title</h1>
        <p>A <b>bold</b>, <i>slanted</i> and <code>fixed</code> word, x<sup>2</sup> and H<sub>2</sub>O.</p>
        <h2>Lists</h2><ul><li>one</li><li>two \(a\)<ol><li><p>first</p><p>more</p></li><li>second</li></ol></li></ul>
        <blockquote>Quoted<br>twice</blockquote>
        <pre class="highlight"><code class="language-python">def f():
    return "$x$"
</code></pre>
        <table><tr><th>Name</th><th>\(f\)</th></tr><tr><td>a | b</td><td>\(|x|\)</td></tr></table>
        <p><img alt="A plot" src="plot.png"></p><p># no heading, $5, a*b, `c`</p>
        \[\begin{aligned}
        a &= b
        \end{aligned}\]
        <div class="sidebar">Advertisement</div></main><footer>Imprint</footer></body></html>"""
    )
    assert page.text == MARKDOWN
    assert (page.title, page.language) == ("A page", "en")
    assert [(image.text, image.address) for image in page.images] == [("A plot", "plot.png")]


def test_the_frame_is_left_out_unless_asked_for() -> None:
    page = "<nav>Home</nav><article><p>Text</p></article><aside>Aside</aside><div hidden>Hidden</div>"
    assert extract(page).text == "Text"
    assert extract(page, whole=True).text == "Text"


def test_links_are_kept_where_asked_for() -> None:
    page = '<p>See <a href="https://a.b/c d">here</a>, <a href="#x">there</a>.</p>'
    assert extract(page).text == "See here, there."
    assert extract(page, links=True).text == "See [here](<https://a.b/c d>), there."


@given(st.text(alphabet="ab $\\*_`[]()<&#-+>|=1.\n", max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_text_in_code_becomes_a_formula(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    page = extract(f"<script src=mathjax.js></script><p>A <code>{escaped}</code></p><pre>{escaped}</pre>")
    assert page.formulas == ()


PIECES = [*"x1+=<>&\"'/ $\\{}()[]^_`", "<span>", "<math>", "<sup>", "</sup>", "\\frac", "<i>", "<td>", "<li>", "<p>"]


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
@settings(max_examples=300, deadline=None)
def test_no_page_is_refused_for_what_is_in_it(page: str) -> None:
    found = extract(page)
    assert all(0 <= formula.start < formula.end <= len(found.text) for formula in found.formulas)


# Bytes and hostile pages


@pytest.mark.parametrize(
    ("page", "charset", "text"),
    [
        ("<p>é ∑</p>".encode(), "", "é ∑"),
        ("<p>é</p>".encode("cp1252"), "", "é"),
        ('<meta charset="koi8-r"><p>я</p>'.encode("koi8-r"), "", "я"),
        ("<p>я</p>".encode("cp1251"), "windows-1251", "я"),
        (b"\xff\xfe" + "<p>é</p>".encode("utf-16-le"), "", "é"),
        ('<?xml version="1.0" encoding="iso-8859-1"?><p>é</p>'.encode("latin-1"), "", "é"),
        (b"<p>a\x00b</p>", "", "ab"),
        (b"", "", ""),
        (b"<!-- -->", "", ""),
    ],
)
def test_encodings(page: bytes, charset: str, text: str) -> None:
    assert extract(page, charset=charset).text == text


def test_entities_load_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    page = f'<!DOCTYPE html [<!ENTITY x SYSTEM "{secret.as_uri()}">]><p>&x;a</p>'
    assert extract(page).text == r"\&x;a"


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("<div>" * 3000, "p.html:1:1: elements stand more than 2,000 deep in one another"),
        (b"x" * 20_000_001, "p.html:1:1: the page has 20,000,001 bytes; the limit is 20,000,000"),
    ],
)
def test_limits(page: bytes | str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        extract(page, name="p.html")
    assert str(caught.value).split("\n")[0] == message


def test_the_time_for_a_page_is_limited() -> None:
    with pytest.raises(ParseError, match="takes too long"):
        extract("<p>a</p>" * 2000, seconds=-1)


@pytest.mark.parametrize(
    "piece", ["<div>", "<sup>", "<mrow>", "<span class=mord>", "<ul><li>", "<table><tr><td>", "<em>"]
)
def test_deep_pages_are_written(piece: str) -> None:
    extract(f"<p><math></math><span class=katex-html>{piece * (1900 // piece.count('<'))}x")


@pytest.mark.parametrize("text", ["$a{", "${", "\\(", "\\begin{align}", "[tex]", "$ ", "<i>x</i>=("])
def test_many_openings_without_ends_open_nothing(text: str) -> None:
    assert extract(f"<script src=mathjax></script><p>{text * 30_000}", seconds=20).formulas == ()


def test_a_macro_that_grows_is_given_up() -> None:
    page = extract("<p>" + r"\(\def\a{\a\a}\a\) " * 30 + r"\(x\)</p>")
    assert page.formulas[-1].tex == "x"


# Tables


def test_the_tables_are_sound() -> None:
    markup = html_tables.markup()
    assert markup.attributes["data-latex"] == "tex"
    assert {server.plus for server in html_tables.servers()} == {"plus", "space"}


@pytest.mark.parametrize(
    ("typed", "tex"),
    [
        ("x=(-b+-sqrt(b^2-4ac))/(2a)", r"x=\frac{-b\pm\sqrt{b^2-4ac}}{2a}"),
        ("[[a,b],[c,d]]", r"\begin{bmatrix} a & b \\ c & d \end{bmatrix}"),
        ("lim_(x->oo) f(x)", r"\lim_{x\to\infty}f(x)"),
        ("|x| <= root(3)(y)", r"\left|x\right|\le\sqrt[3]{y}"),
        ('"if "x in RR', r"\text{if }x\in\mathbb{R}"),
        ("alpha_1^2 hat(x) bb(A)", r"\alpha_1^2\hat{x}\mathbf{A}"),
        ("(((", "( ( ("),
        ("", ""),
    ],
)
def test_asciimath(typed: str, tex: str) -> None:
    assert html_asciimath.to_tex(typed) == tex


# The command


def archive(*pages: tuple[str, bytes, str]) -> bytes:
    stream = BytesIO()
    writer = WARCWriter(stream, gzip=True)
    for url, content, kind in pages:
        headers = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.0")
        record = writer.create_warc_record(url, "response", payload=BytesIO(content), http_headers=headers)
        writer.write_record(record)
        record.raw_stream.close()
    return stream.getvalue()


def records(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_file_is_written_as_markdown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    page.write_text(r"<h1>A</h1><p>Let \(x\) be.</p>")
    assert main(["extract", "html", str(page)]) == 0
    assert capsys.readouterr().out == "# A\n\nLet $x$ be.\n"
    assert main(["extract", "html", str(page), "-o", str(tmp_path / "page.md")]) == 0
    assert (tmp_path / "page.md").read_text() == "# A\n\nLet $x$ be.\n"


def test_a_folder_is_written_as_records(tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "a.html").write_text("<title>T</title><p>$x^2$</p>")
    (tmp_path / "in" / "deep" / "b.htm").write_text("<p>None, for $5.</p>")
    (tmp_path / "in" / "c.css").write_text("p {}")
    out = tmp_path / "out.jsonl"
    assert main(["extract", "html", str(tmp_path / "in"), "-o", str(out)]) == 0
    first, second = records(out)
    assert first == {
        "id": str(tmp_path / "in" / "a.html"), "url": None, "title": "T", "language": None, "text": "$x^2$",
        "formulas": [{"tex": "x^2", "display": False, "form": "dollar", "start": 0, "end": 5}], "images": [],
    }  # fmt: skip
    assert (second["text"], second["formulas"]) == ("None, for \\$5.", [])


def test_a_folder_is_written_as_a_folder(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page.html").write_text(f"<p>{name}</p>")
    out = tmp_path / "out"
    assert main(["extract", "html", str(tmp_path / "a"), str(tmp_path / "b"), "-o", f"{out}/"]) == 0
    assert {path.name: path.read_text() for path in out.iterdir()} == {"page.md": "a\n", "page-2.md": "b\n"}


def test_archives_are_read(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    content = archive(
        ("https://a.org/1", "<p>я $x^2$</p>".encode("cp1251"), "text/html; charset=windows-1251"),
        ("https://a.org/2", b"%PDF", "application/pdf"),
        ("https://a.org/3", b"<p>third</p>", "text/html"),
    )
    (tmp_path / "crawl.warc.gz").write_bytes(content)
    assert main(["extract", "html", str(tmp_path / "crawl.warc.gz"), "-o", str(tmp_path / "out.jsonl")]) == 0
    found = records(tmp_path / "out.jsonl")
    assert [(record["url"], record["text"]) for record in found] == [
        ("https://a.org/1", "я $x^2$"),
        ("https://a.org/3", "third"),
    ]


def test_a_broken_page_loses_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = archive(*((f"https://a.org/{n}", b"<p>%d</p>" % n, "text/html") for n in range(3)))
    (tmp_path / "crawl.warc.gz").write_bytes(content[:-40])
    (tmp_path / "deep.html").write_text("<div>" * 3000)
    (tmp_path / "good.html").write_text("<p>good</p>")
    names = [str(tmp_path / name) for name in ("crawl.warc.gz", "deep.html", "missing.html", "good.html")]
    assert main(["extract", "html", *names, "-o", str(tmp_path / "out.jsonl")]) == 65
    texts = [record["text"] for record in records(tmp_path / "out.jsonl")]
    assert texts[:2] + texts[-1:] == ["0", "1", "good"]
    told = capsys.readouterr().err
    assert f"panmath: {tmp_path}/deep.html:1:1: elements stand more than 2,000 deep in one another" in told
    assert f"panmath: {tmp_path}/missing.html: No such file or directory" in told


def test_equal_pages_make_equal_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>$x^2$</p>")
    outputs = [tmp_path / f"{n}.jsonl.gz" for n in range(2)]
    for output in outputs:
        assert main(["extract", "html", str(tmp_path / "a.html"), "-o", str(output)]) == 0
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert json.loads(gzip.decompress(outputs[0].read_bytes()))["text"] == "$x^2$"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["extract", "pdf"], 64, "extract reads html, tex, not 'pdf'; panmath extract --help shows what there is"),
        (["extract", "html", "a", "b", "-o", "c.md"], 64,
         "many pages do not fit into c.md; use a .jsonl file, or a folder with a / at its end"),
        (["extract", "html", "a", "--json", "-o", "c/"], 64, "--json writes one file or standard output, not a folder"),
        (["extract", "html", "a", "--seconds", "0"], 64, "--seconds is a number above 0"),
        (["extract", "html", "missing.html"], 66, "missing.html: No such file or directory"),
    ],
)  # fmt: skip
def test_wrong_usage(arguments: list[str], status: int, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == status
    assert capsys.readouterr() == ("", f"panmath: {message}\n")
