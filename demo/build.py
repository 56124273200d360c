"""Converts the formulas of formulas.toml into every form, and words and files into formulas: index.html.

    python demo/build.py [--formulas FILE] [--said FILE] [--files FILE] [--output FILE]

A form is a row of `FORMS`, a formula an entry of formulas.toml, a sentence one of said.toml, a picture or recording one
of files.toml. Nothing here knows how a conversion is done.
"""

from __future__ import annotations

import argparse
import base64
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.metadata import version
from mimetypes import guess_type
from pathlib import Path
from string import Template
from time import perf_counter
from xml.etree import ElementTree as ET

from panmath.convert import Pipeline, Result, convert, read
from panmath.convert.errors import PanmathError
from panmath.convert.formats import lookup
from panmath.convert.normal import equal

HERE = Path(__file__).parent
FONT = HERE.parent / "renderers" / "fonts" / "texgyretermes-math.otf"
"""For browsers without a mathematical font: they cannot draw MathML well."""


@dataclass(frozen=True, slots=True)
class Formula:
    """One entry of formulas.toml."""

    field: str
    title: str
    tex: str


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of said.toml: words in a language."""

    language: str
    words: str


@dataclass(frozen=True, slots=True)
class Given:
    """One entry of files.toml: a picture, or a recording in a language, beside this file."""

    name: str
    title: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """One form on the page: which format with which options.

    `back` is the format as which the answer is read again, with `how`, to see whether it is still the same formula; ""
    where nothing reads it. A form that `carries` its TeX inside has to give it back letter by letter. Those with a
    `suffix` can be saved from the page.
    """

    name: str
    title: str
    format: str
    options: Mapping[str, object] = field(default_factory=dict)
    back: str = ""
    how: Mapping[str, object] = field(default_factory=dict)
    carries: bool = False
    suffix: str = ""


FORMS = (
    Form("svg", "SVG", "svg", {"size": 16}, carries=True, suffix="svg"),
    Form("png", "PNG", "image", {"dpi": 200, "background": "transparent"}, carries=True, suffix="png"),
    Form("pdf", "PDF", "pdf", carries=True, suffix="pdf"),
    Form("mathml", "MathML", "mathml", {"display": True}, back="mathml", suffix="mml"),
    Form("unicode", "Unicode", "unicode", back="unicode"),
    Form("english", "English", "spoken.en", back="spoken.en"),
    Form("russian", "Russian", "spoken.ru", back="spoken.ru"),
    Form("clearspeak", "ClearSpeak", "spoken.en", {"style": "clearspeak"}),
    Form("mathspeak", "MathSpeak", "spoken.en", {"style": "mathspeak"}),
    Form("exact", "Exact English", "spoken.en", {"style": "exact"}, back="spoken.en", how={"grammar": "exact"}),
    Form("exact_ru", "Exact Russian", "spoken.ru", {"style": "exact"}, back="spoken.ru", how={"grammar": "exact"}),
    Form("speech", "Speech, English", "speech", {"audio": "mp3"}),
    Form("speech_ru", "Speech, Russian", "speech", {"audio": "mp3", "language": "ru"}),
    Form("typst", "Typst", "typst"),
    Form("sympy", "SymPy", "sympy"),
    Form("python", "Python", "python"),
    Form("tex", "LaTeX, compact", "tex", {"style": "compact"}, back="tex"),
    Form("braced", "LaTeX, braced", "tex", {"style": "braced"}, back="tex"),
    Form("ast", "Tree", "ast"),
)
TABS = (
    "typst",
    "mathml",
    "sympy",
    "python",
    "tex",
    "braced",
    "clearspeak",
    "mathspeak",
    "exact",
    "exact_ru",
    "ast",
    "png",
)
"""The forms that a card shows as text or picture below the drawings."""


LINE = 110
"""How many characters of markup stand on a line."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one formula became in one form. `checked` is None where nothing can be read back."""

    result: Result
    checked: bool | None = None

    @property
    def status(self) -> str:
        """One of `converted`, `lossy` (something was left out, with a warning), `refused`."""
        if self.result.error is not None:
            return "refused"
        return "lossy" if self.result.losses else "converted"


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds the page and prints the table; the exit status is 1 where a formula could not even be read or drawn."""
    parser = argparse.ArgumentParser(description="Convert formulas into every form, on one page.")
    parser.add_argument("--formulas", type=Path, default=HERE / "formulas.toml")
    parser.add_argument("--said", type=Path, default=HERE / "said.toml")
    parser.add_argument("--files", type=Path, default=HERE / "files.toml")
    parser.add_argument("--output", type=Path, default=HERE / "index.html")
    options = parser.parse_args(arguments)
    formulas = load(options.formulas)
    answers, seconds = {}, {}
    for form in FORMS:
        started = perf_counter()
        results = list(Pipeline("tex", form.format, **form.options).map((f.tex for f in formulas), on_error="return"))
        seconds[form.name] = perf_counter() - started
        answers[form.name] = [
            Answer(result, check(form, f, result)) for f, result in zip(formulas, results, strict=True)
        ]
    print(table(answers, seconds))
    sentences = [Said(**entry) for entry in tomllib.loads(options.said.read_text("utf-8"))["said"]]
    files = [Given(**entry) for entry in tomllib.loads(options.files.read_text("utf-8"))["file"]]
    read_ones = [sentence(said) for said in sentences], [given(file) for file in files]
    options.output.write_text(page(formulas, answers, seconds, *read_ones), "utf-8")
    print(f"\n{len(formulas)} formulas in {len(FORMS)} forms: {options.output}")
    return 1 if any(answer.status == "refused" for name in ("svg", "mathml") for answer in answers[name]) else 0


def load(path: Path) -> list[Formula]:
    """The formulas of a file, those of one field together."""
    formulas = [Formula(**entry) for entry in tomllib.loads(path.read_text("utf-8"))["formula"]]
    fields = list(dict.fromkeys(formula.field for formula in formulas))
    return sorted(formulas, key=lambda formula: fields.index(formula.field))


def check(form: Form, formula: Formula, result: Result) -> bool | None:
    """Whether the answer, read back, is the same formula again; None where that cannot be asked."""
    if result.error is not None or not (form.back or form.carries):
        return None
    try:
        if form.carries:
            return bool(convert(result.value, "tex", form.format).value == formula.tex)
        return equal(read(formula.tex), read(result.value, form.back, **form.how))
    except PanmathError:
        return False


def count(answers: Sequence[Answer]) -> Counter[str]:
    """How many of each status, how many were read back at all, and how many of those are the same."""
    tally = Counter(answer.status for answer in answers)
    tally["asked"] = sum(answer.checked is not None for answer in answers)
    tally["same"] = sum(answer.checked is True for answer in answers)
    return tally


def rows(answers: Mapping[str, Sequence[Answer]], seconds: Mapping[str, float]) -> list[tuple[str, ...]]:
    """The table of the terminal and of the page, as text."""
    found: list[tuple[str, ...]] = [("form", "converted", "with losses", "refused", "read back the same", "ms each")]
    for form in FORMS:
        tally = count(answers[form.name])
        same = f"{tally['same']} of {tally['asked']}" if tally["asked"] else "–"
        milliseconds = f"{1000 * seconds[form.name] / max(1, len(answers[form.name])):.1f}"
        numbers = (str(tally[status] or "–") for status in ("converted", "lossy", "refused"))
        found.append((form.title, *numbers, same, milliseconds))
    return found


def table(answers: Mapping[str, Sequence[Answer]], seconds: Mapping[str, float]) -> str:
    """The table for the terminal: names to the left, numbers to the right."""
    lines = rows(answers, seconds)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


# The page.


def page(
    formulas: Sequence[Formula],
    answers: Mapping[str, Sequence[Answer]],
    seconds: Mapping[str, float],
    sentences: Sequence[str],
    files: Sequence[str],
) -> str:
    """The whole page, which needs nothing from outside."""
    tally = Counter(answer.status for each in answers.values() for answer in each)
    cards = (card(formula, {name: each[n] for name, each in answers.items()}) for n, formula in enumerate(formulas))
    return template("page.html").substitute(
        count=len(formulas),
        summary="{converted} answers, {lossy} with losses, {refused} refused with a reason".format_map(tally),
        tally=tally_table(rows(answers, seconds)),
        style=(HERE / "page.css").read_text("utf-8"),
        script=(HERE / "page.js").read_text("utf-8"),
        form_choices="".join(f'<option value="{form.name}">{escape(form.title)}</option>' for form in tabbed_forms()),
        field_choices=field_choices(formulas),
        cards="".join(cards),
        sentences="".join(sentences),
        files="".join(files),
        version=version("panmath"),
        font=base64.b64encode(FONT.read_bytes()).decode("ascii"),
    )


def template(name: str) -> Template:
    """One of the templates beside this file."""
    return Template((HERE / name).read_text("utf-8"))


def tabbed_forms() -> list[Form]:
    """The forms that have a tab, in the order of the tabs."""
    return [next(form for form in FORMS if form.name == name) for name in TABS]


def tally_table(lines: Sequence[Sequence[str]]) -> str:
    """The table as HTML."""

    def cells(line: Sequence[str]) -> str:
        return "".join(f'<td class="none">{cell}</td>' if cell == "–" else f"<td>{cell}</td>" for cell in line)

    head = "".join(f"<th>{escape(cell)}</th>" for cell in lines[0])
    body = "".join(f"<tr><th>{escape(line[0])}</th>{cells(line[1:])}</tr>" for line in lines[1:])
    return f"<div><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def field_choices(formulas: Sequence[Formula]) -> str:
    """A button for all fields and one for each."""
    sizes = {"": len(formulas)} | Counter(formula.field for formula in formulas)
    return "".join(
        f'<button type="button" data-field="{escape(name)}" aria-pressed="{"false" if name else "true"}">'
        f"{escape(name or 'All')} <small>{size}</small></button>"
        for name, size in sizes.items()
    )


def card(formula: Formula, answers: Mapping[str, Answer]) -> str:
    """One formula in all its forms."""
    unicode = answers["unicode"].result
    name = slug(formula.title)
    return template("card.html").substitute(
        name=name,
        title=escape(formula.title),
        field=escape(formula.field),
        words=escape(f"{formula.title} {formula.field} {formula.tex} {unicode.value or ''}".lower()),
        drawing=drawing(answers["svg"].result, formula),
        markup=answers["mathml"].result.value or reason(answers["mathml"].result),
        source=escape(formula.tex),
        linear=escape(unicode.value or str(unicode.error)),
        english=spoken(answers["english"], answers["speech"]),
        russian=spoken(answers["russian"], answers["speech_ru"]),
        tabs="".join(tab(form, answers[form.name]) for form in tabbed_forms()),
        files="".join(link(name, form, answers[form.name]) for form in FORMS if form.suffix),
        panes="\n".join(pane(form, content(formula, answers[form.name])) for form in tabbed_forms()),
    )


def spoken(words: Answer, speech: Answer) -> str:
    """The words of a formula and its sound, with a mark where the words lead back to the formula."""
    if words.result.error is not None:
        return escape(str(words.result.error))
    back = ' <span class="checked" title="read back: the same formula">✓</span>' if words.checked else ""
    return f"{escape(words.result.value)}{back}{player(speech.result)}"


def player(result: Result) -> str:
    """What plays a sound; the reason where there is none."""
    return reason(result) if result.error is not None else str(result._repr_html_())


def sentence(said: Said) -> str:
    """Words and the formula that they are, drawn and in LaTeX, with the next best readings."""
    source = f"spoken.{said.language}"
    result = convert(said.words, "tex", source, nbest=3)
    others = ", ".join(f"<code>{escape(other.value)}</code>" for other in result.alternatives)
    picture = convert(result.value, "svg", "tex", size=14)
    return template("said.html").substitute(
        language=said.language,
        words=escape(said.words),
        picture=f'<img src="{data_url(picture)}" alt="{escape(result.value)}">',
        tex=escape(result.value),
        others=f"<span>or {others}</span>" if others else "",
    )


def given(file: Given) -> str:
    """A picture or a recording, and the formula in it: drawn, in LaTeX, and said."""
    path = HERE / file.name
    address = f"data:{guess_type(file.name)[0]};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
    if file.language:
        how = {"language": file.language}
        shown = f'<audio controls src="{address}"></audio>'
        heard = f'<p class="words">“{escape(convert(path, f"spoken.{file.language}", **how).text)}”</p>'
    else:
        how, heard = {}, ""
        shown = f'<img src="{address}" alt="{escape(file.title)}">'
    result = convert(path, "tex", **how)
    picture = convert(result.value, "svg", "tex", size=14)
    return template("file.html").substitute(
        title=escape(file.title),
        shown=shown,
        heard=heard,
        picture=f'<img src="{data_url(picture)}" alt="{escape(result.value)}">',
        tex=escape(result.value),
        confidence=f"confidence {result.confidence:.2f}",
        words=escape(convert(result.value, "spoken.en", "tex").text),
    )


def slug(title: str) -> str:
    """A title as an anchor: `Euler product` is `euler-product`."""
    return re.sub(r"\W+", "-", title.lower()).strip("-")


def drawing(result: Result, formula: Formula) -> str:
    """The SVG as an image of its own, so that the definitions of one picture do not meet those of another."""
    if result.error is not None:
        return reason(result)
    return f'<img src="{data_url(result)}" alt="{escape(formula.tex)}">'


def tab(form: Form, answer: Answer) -> str:
    refused = ' class="refused" title="refused, with the reason"' if answer.status == "refused" else ""
    return f'<button type="button" role="tab" data-form="{form.name}"{refused}>{escape(form.title)}</button>'


def link(name: str, form: Form, answer: Answer) -> str:
    """A link that saves the answer as a file; nothing where there is no answer."""
    if answer.status == "refused":
        return ""
    return f'<a download="{name}.{form.suffix}" href="{data_url(answer.result)}">{form.suffix}</a>'


def pane(form: Form, inside: str) -> str:
    return f'<section class="pane" data-form="{form.name}"><h3>{escape(form.title)}</h3>{inside}</section>'


def content(formula: Formula, answer: Answer) -> str:
    """The answer, its losses, and whether it is the same when read back; or the reason why there is none."""
    result = answer.result
    if result.error is not None:
        return reason(result)
    remarks = "".join(note(str(loss)) for loss in result.losses) + verdict(answer.checked)
    if isinstance(result.value, bytes):
        return f'<img class="png" src="{data_url(result)}" alt="{escape(formula.tex)}" loading="lazy">{remarks}'
    text = "\n".join(outline(ET.fromstring(result.text))) if result.format == "mathml" else result.text
    return code(text) + remarks


def code(text: str) -> str:
    return f'<button type="button" class="copy">copy</button><pre>{escape(text)}</pre>'


def outline(element: ET.Element, depth: int = 0) -> list[str]:
    """Markup in lines: an element stands on one line where it fits, else its children do, each on lines of its own."""
    indent = "  " * depth
    whole = re.sub(r"(</?)ns0:", r"\1", ET.tostring(element, "unicode"))
    whole = whole.replace(" xmlns:ns0=", " xmlns=") if depth == 0 else re.sub(r' xmlns:ns0="[^"]*"', "", whole)
    if len(element) == 0 or len(indent) + len(whole) <= LINE or (element.text or "").strip():
        return [indent + whole]
    opening, closing = whole[: whole.index(">") + 1], f"</{element.tag.partition('}')[2]}>"
    return [indent + opening, *(line for child in element for line in outline(child, depth + 1)), indent + closing]


def reason(result: Result) -> str:
    return note(str(result.error))


def note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>'


def verdict(same: bool | None) -> str:
    """What came of reading the answer back."""
    match same:
        case None:
            return ""
        case True:
            return '<p class="checked">✓ read back: the same formula</p>'
        case False:
            return '<p class="checked not">read back, this is not the same formula</p>'


def data_url(result: Result) -> str:
    """The value as an address that holds it."""
    data = result.value if isinstance(result.value, bytes) else result.text.encode()
    return f"data:{lookup(result.format).media_type};base64,{base64.b64encode(data).decode('ascii')}"


if __name__ == "__main__":
    sys.exit(main())
