r"""The formulas of a paper as records: parsed, hashed, with the sentences around them and the references resolved."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

from ...convert.errors import Loss, PanmathError, ParseError
from ...convert.normal import fingerprint
from ...convert.readers.tex import read
from ...convert.source import Source
from ...convert.text_mode import LIGATURES
from . import sentences
from .prose import scan
from .scanner import Found, Part, Reference, Scanner, Stream
from .sources import Paper

MAX_SENTENCE: Final = 4_000
"""Characters of a sentence of context; a longer one is cut around its formula."""
MAX_FORMULAS: Final = 50
"""Formulas of one sentence."""
MAX_RAW: Final = 20_000
_CACHED: Final = 100_000
"""How many formulas are kept to be read only once."""

_REFERENCE: Final = re.compile(r"\\(eq)?ref\{([^{}]*)\}")
_LIGATURE: Final = dict(LIGATURES)
_LIGATURES: Final = re.compile("|".join(re.escape(written) for written, _ in LIGATURES))
_PLACEHOLDER: Final = re.compile(f"[{sentences.PLAIN}{sentences.ENDING}]")


@dataclass(frozen=True, slots=True)
class Record:
    """A formula in its context.

    `raw` is as the paper has it, with its delimiters; `tex` has all macros expanded, without delimiters and labels.
    `sentence` has the formula between ⟦ and ⟧, and the others between dollars. `status` is ok, losses (read, but for
    what `losses` tell) or failed, with the reason in `error`; a failed formula has no hash.
    """

    id: str
    paper: str
    raw: str
    tex: str
    environment: str
    display: bool
    labels: tuple[str, ...]
    numbers: tuple[str, ...]
    part: str
    section: tuple[str, ...]
    before: str
    sentence: str
    after: str
    references: tuple[dict[str, str], ...]
    file: str
    line: int
    column: int
    hash: str
    status: str
    losses: tuple[str, ...] = ()
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON has it."""
        plain = asdict(self)
        for name in ("losses", "error"):
            if not plain[name]:
                del plain[name]
        return plain


class Problem(NamedTuple):
    """Something of a paper that was left out, and why; a whole paper has no file."""

    paper: str
    reason: str
    file: str = ""
    line: int = 0
    column: int = 0


class Reading(NamedTuple):
    """What the hub's reader makes of a formula."""

    hash: str
    losses: tuple[str, ...]
    error: str


_read: dict[str, Reading] = {}


def reading(tex: str) -> Reading:
    """Reads a formula, each only once."""
    known = _read.get(tex)
    if known is None:
        if len(_read) >= _CACHED:
            _read.clear()
        known = _read[tex] = _reading(tex)
    return known


def _reading(tex: str) -> Reading:
    losses: list[Loss] = []
    # What belongs into an equation was taken out of it.
    within = f"\\begin{{equation}}{tex}\\end{{equation}}" if "\\begin{split}" in tex else tex
    try:
        node = read(Source(within), losses=losses)
        return Reading(fingerprint(node), tuple(dict.fromkeys(map(str, losses))), "")
    except ParseError as error:
        return Reading("", (), f"{error.message} (at {error.span[0] + 1})")
    except (PanmathError, RecursionError) as error:
        return Reading("", (), str(error) or "nested too deep")


def records(paper: Paper) -> Iterator[Record | Problem]:
    """The formulas of a paper in order, and what was left out. Raises InputError where the paper cannot be read."""
    s = scan(paper)
    contexts = _Contexts(s)
    for stream in s.streams:
        contexts.add(stream)
    for found in s.found:
        yield _record(s, found, contexts)
    for reason, at in s.notes:
        file, line, column = s.position(at)
        yield Problem(paper.name, reason, file, line, column)


def _record(s: Scanner, found: Found, contexts: _Contexts) -> Record:
    file, line, column = s.position(found.start)
    raw = s.written(found.start, found.end)[:MAX_RAW].strip() or found.tex
    tex = resolved(found.tex, s)
    result = Reading("", (), found.error) if found.error else reading(tex)
    before, sentence, after, references = contexts.of.get(found.place, ("", f"⟦{tex}⟧", "", ()))
    return Record(
        id=f"{s.paper.name}#{found.place + 1}", paper=s.paper.name, raw=raw, tex=tex, environment=found.environment,
        display=found.display, labels=tuple(found.labels), numbers=tuple(found.numbers), part=found.part,
        section=found.section, before=before, sentence=sentence, after=after, references=references, file=file,
        line=line, column=column, hash=result.hash,
        status="failed" if result.error else "losses" if result.losses else "ok",
        losses=result.losses, error=result.error,
    )  # fmt: skip


def resolved(tex: str, s: Scanner) -> str:
    r"""The formula with the numbers that `\ref` and `\eqref` in it stand for."""
    if "ref{" not in tex:
        return tex

    def number(found: re.Match[str]) -> str:
        label = s.labels.get(found[2])
        text = label.number if label else "??"
        return f"\\text{{({text})}}" if found[1] else f"\\text{{{text}}}"

    return _REFERENCE.sub(number, tex)


class _Contexts:
    """The sentences around each formula of a paper."""

    def __init__(self, s: Scanner) -> None:
        self.s = s
        self.of: dict[int, tuple[str, str, str, tuple[dict[str, str], ...]]] = {}

    def add(self, stream: Stream) -> None:
        """Takes a stream: its paragraphs are cut into sentences, which are neighbours."""
        cut = [sentence for paragraph in stream.paragraphs for sentence in self.sentences(paragraph)]
        texts: dict[int, str] = {}

        def text(index: int) -> str:
            if not 0 <= index < len(cut):
                return ""
            if index not in texts:
                texts[index] = cut[index].text(None)
            return texts[index]

        for index, sentence in enumerate(cut):
            for found in sentence.formulas:
                self.of[found.place] = (text(index - 1), sentence.text(found), text(index + 1), sentence.references)

    def sentences(self, paragraph: list[Part]) -> Iterator[_Sentence]:
        pieces: list[str] = []
        formulas: list[Found] = []
        references: list[tuple[int, Reference]] = []
        for part in paragraph:
            match part:
                case str():
                    pieces.append(part)
                case Found():
                    pieces.append(sentences.ENDING if part.tex.endswith(".") else sentences.PLAIN)
                    formulas.append(part)
                case Reference():
                    references.append((len(formulas), part))
                    pieces.append(self.reference(part))
        if not formulas:
            text = _clean("".join(pieces))
            yield from (_Sentence(one, (), (), self.s) for one in _first_and_last(sentences.split(text)))
            return
        first = seen = 0
        for one in _short(sentences.split(_clean("".join(pieces)))):
            count = len(_PLACEHOLDER.findall(one))
            own: list[Reference] = []
            while seen < len(references) and references[seen][1] and self.reference(references[seen][1]) in one:
                own.append(references[seen][1])
                seen += 1
            told = tuple(entry for reference in own for entry in self.told(reference))
            yield _Sentence(one, tuple(formulas[first : first + count]), told, self.s)
            first += count

    def reference(self, reference: Reference) -> str:
        """What LaTeX would print for a reference."""
        labels = [self.s.labels.get(name) for name in reference.labels]
        numbers = [label.number if label and label.number else "??" for label in labels]
        if reference.form == "page":
            return "??"
        if reference.form == "()":
            return ", ".join(f"({number})" for number in numbers)
        shown = ", ".join(numbers)
        kind = labels[0].kind if labels and labels[0] else ""
        return f"{kind} {shown}" if reference.form == "kind" and kind else shown

    def told(self, reference: Reference) -> Iterator[dict[str, str]]:
        """What each label of a reference names."""
        for name in reference.labels:
            label = self.s.labels.get(name)
            told = {"label": name, "kind": label.kind if label else "", "number": label.number if label else ""}
            if label is not None and label.formula is not None:
                told["formula"] = f"{self.s.paper.name}#{label.formula.place + 1}"
            yield told


def _short(cut: list[str]) -> Iterator[str]:
    """Sentences with no more formulas than a sentence may have; what is not one, such as a table, is cut."""
    for sentence in cut:
        places = [found.start() for found in _PLACEHOLDER.finditer(sentence)]
        bounds = [0, *places[MAX_FORMULAS::MAX_FORMULAS], len(sentence)]
        yield from (sentence[start:end].strip() for start, end in itertools.pairwise(bounds))


def _first_and_last(cut: list[str]) -> list[str]:
    """The sentences of a paragraph without formulas that can be neighbours of one: its first and its last."""
    return cut if len(cut) < 3 else [cut[0], cut[-1]]


class _Sentence(NamedTuple):
    """A sentence with placeholders for its formulas."""

    template: str
    formulas: tuple[Found, ...]
    references: tuple[dict[str, str], ...]
    s: Scanner

    def text(self, marked: Found | None) -> str:
        """The sentence, with one formula marked; a very long one is cut around it."""
        rest = iter(self.formulas)
        centre = 0

        def formula(match: re.Match[str]) -> str:
            nonlocal centre
            found = next(rest)
            tex = resolved(found.tex, self.s)
            if found is marked:
                centre = match.start()
                return f"⟦{tex}⟧"
            return f"$${tex}$$" if found.display else f"${tex}$"

        text = _PLACEHOLDER.sub(formula, self.template)
        if len(text) <= MAX_SENTENCE:
            return text
        if marked is not None:
            centre = text.find("⟦")
        start = max(0, centre - MAX_SENTENCE // 2)
        return ("…" if start else "") + text[start : start + MAX_SENTENCE] + "…"


def _clean(text: str) -> str:
    """Prose on one line, with the ligatures of TeX."""
    text = " ".join(text.replace("\u00a0", " ").split())
    if "`" in text or "'" in text or "--" in text:
        text = _LIGATURES.sub(lambda found: _LIGATURE[found[0]], text)
    return text
