r"""What hostile and broken input does: ``python -m benchmarks.robustness DATA``.

Two tables. First, inputs made to break readers (a hundred thousand nested braces, a macro that doubles itself sixty
times), each as long as the reader takes at most and as long as 10 MB, in a process of its own whose memory is limited:
what came of it, how long it took, how much memory. Then inputs by the hundred thousand: random bytes, formulas cut
short, formulas with errors typed in, random tokens, and random formulas of every command and environment there is with
the arguments it takes, through the reader and, where it gives a tree, through the
writers of text. Allowed is a result or a PanmathError within a second; everything else is listed with the shortest
input that does it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import random
import resource
import signal
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from panmath.convert import constructs, symbols
from panmath.convert.edges import EDGES, resolve
from panmath.convert.errors import PanmathError, ParseError
from panmath.convert.nodes import Node
from panmath.convert.readers.spoken.lexicon import lexicon
from panmath.convert.source import Source

from .corpus import formulas
from .report import code, table

SEED = 20240602
MEMORY = 2 << 30
"""Bytes of address space that a process may take."""
LIMIT = 1.0
"""CPU seconds that one input may take."""
PATIENCE = 60.0
"""Seconds on the wall after which an input of the first table is given up."""
LENGTHS = (99_990, 10_000_000)
"""Characters of the inputs of the first table: just within what is read at all, and 10 MB."""
_BATCH = 5000


def nested(opening: str, middle: str, closing: str, head: str = "", tail: str = "") -> Callable[[int], str]:
    """A text that is nested as deeply as the length allows."""

    def text(length: int) -> str:
        depth = (length - len(head + middle + tail)) // len(opening + closing)
        return head + opening * depth + middle + closing * depth + tail

    return text


def repeated(text: str, head: str = "", tail: str = "") -> Callable[[int], str]:
    """A text over and over."""
    return lambda length: head + text * ((length - len(head + tail)) // len(text)) + tail


def doubling(definition: str) -> Callable[[int], str]:
    """Sixty macros each of which is twice the one before; `definition` has NAME and BODY."""
    names = [f"\\m{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(61)]
    bodies = ["x", *(name * 2 for name in names)]
    steps = (definition.replace("NAME", name).replace("BODY", body) for name, body in zip(names, bodies, strict=False))
    text = "".join(steps) + names[-1]
    return lambda length: text


HARD: Mapping[str, Callable[[int], str]] = {
    "braces, nested": nested("{", "x", "}"),
    "braces, never closed": nested("{", "x", ""),
    "braces, never opened": nested("", "x", "}"),
    "\\frac, nested": nested("\\frac{", "1", "}{2}"),
    "\\frac, never ended": nested("\\frac{", "1", ""),
    "\\frac without braces": nested("\\frac", "1", "2"),
    "\\left( \\right), nested": nested("\\left(", "x", "\\right)"),
    "\\left(, never ended": nested("\\left(", "x", ""),
    "x^{, nested": nested("x^{", "x", "}"),
    "x^{, never ended": nested("x^{", "x", ""),
    "x_ without braces": nested("x_", "x", ""),
    "\\sqrt[, nested": nested("\\sqrt[", "n", "]{x}"),
    "\\sqrt[, never ended": nested("\\sqrt[", "n", ""),
    "\\hat without braces": nested("\\hat", "x", ""),
    "\\mathbf{, nested": nested("\\mathbf{", "x", "}"),
    "\\text{$, nested": nested("\\text{$", "x", "$}"),
    "matrices, nested": nested("\\begin{matrix}", "x", "\\end{matrix}"),
    "matrices, never ended": nested("\\begin{matrix}", "x", ""),
    "\\over, nested": nested("{1\\over", "2", "}"),
    "\\color, in a row": nested("\\color{red}", "x", ""),
    "\\displaystyle, in a row": nested("\\displaystyle", "x", ""),
    "\\bf, in a row": nested("\\bf ", "x", ""),
    "\\not, in a row": nested("\\not", "=", ""),
    "a macro doubled 60 times, \\def": doubling("\\def NAME{BODY}"),
    "a macro doubled 60 times, \\newcommand": doubling("\\newcommand{NAME}{BODY}"),
    "a macro doubled 60 times, \\edef": doubling("\\edef NAME{BODY}"),
    "a macro that calls itself": lambda length: "\\def\\a{\\a}\\a",
    "a macro that calls itself twice": lambda length: "\\def\\a{\\a\\a}\\a",
    "a macro that grows its argument": lambda length: "\\def\\a#1{\\a{#1#1}}\\a x",
    "a macro that is given all of it": repeated("x", "\\def\\a#1{#1#1#1#1#1#1#1#1#1}\\a{", "}"),
    "two macros that call each other": lambda length: "\\def\\a{\\b}\\def\\b{\\a}\\a",
    "macros defined": repeated("\\def\\a#1{#1}"),
    "x+": repeated("x+"),
    "x": repeated("x"),
    "digits": repeated("1234567890"),
    "blanks": repeated(" "),
    "lines": repeated("\n"),
    "\\alpha": repeated("\\alpha "),
    "one command": repeated("a", "\\"),
    "unknown commands": repeated("\\foo"),
    "unknown commands with arguments": repeated("\\foo{x}"),
    "primes": repeated("'", "f"),
    "x^2": repeated("x^2"),
    "parentheses": repeated("("),
    "&": repeated("&"),
    "\\\\": repeated("\\\\ "),
    "\\frac12": repeated("\\frac12"),
    "text": repeated("word ", "\\text{", "}"),
    "a comment": repeated("y", "x%"),
    "cells": repeated("a&b\\\\", "\\begin{matrix}", "\\end{matrix}"),
    "columns": repeated("c", "\\begin{array}{", "}x\\end{array}"),
    "columns, counted": lambda length: "\\begin{array}{*{999999999}{c}}x\\end{array}",
    "a dimension": repeated("9", "\\kern", "em x"),
    "NUL": repeated("\0"),
    "emoji": repeated("😀"),
    "combining marks": repeated("\u0301", "x"),
    "superscript digits": repeated("²", "x"),
    "mathml: rows, nested": nested("<mrow>", "<mi>x</mi>", "</mrow>", "<math>", "</math>"),
    "mathml: roots, never ended": nested("<msqrt>", "<mi>x</mi>", "", "<math>"),
    "mathml: roots, a thousand deep": lambda length: f"<math>{'<msqrt>' * 1000}<mi>x</mi>{'</msqrt>' * 1000}</math>",
    "mathml: roots, a hundred deep": lambda length: f"<math>{'<msqrt>' * 100}<mi>x</mi>{'</msqrt>' * 100}</math>",
    "mathml: scripts, a thousand deep": lambda length: (
        f"<math>{'<msup><mi>x</mi>' * 1000}<mi>x</mi>{'</msup>' * 1000}</math>"
    ),
    "mathml: elements": repeated("<mi>x</mi>", "<math>", "</math>"),
    "mathml: text": repeated("x", "<math><mi>", "</mi></math>"),
    "mathml: attributes": repeated(" a='1'", "<math><mi", ">x</mi></math>"),
    "mathml: an attribute": repeated("1", "<math><mi a='", "'>x</mi></math>"),
    "mathml: entities that double": lambda length: (
        "<!DOCTYPE math [<!ENTITY a 'xx'>"
        + "".join(f"<!ENTITY {chr(98 + at)} '{f'&{chr(97 + at)};' * 10}'>" for at in range(20))
        + "]><math><mi>&u;</mi></math>"
    ),
    "mathml: a file as entity": lambda length: (
        "<!DOCTYPE math [<!ENTITY a SYSTEM 'file:///etc/hostname'>]><math><mi>&a;</mi></math>"
    ),
    "unicode: parentheses, nested": nested("(", "x", ")"),
    "unicode: parentheses, never closed": nested("(", "x", ""),
    "unicode: roots, a hundred deep": lambda length: "√" * 100 + "x",
    "unicode: fractions": repeated("1/"),
    "unicode: scripts": repeated("x^"),
    "unicode: roots": repeated("√"),
    "unicode: combining marks": repeated("\u0301", "x"),
    "unicode: words": repeated("sin x "),
    "spoken.en: fractions": repeated("x over "),
    "spoken.en: roots": repeated("the square root of "),
    "spoken.en: brackets": repeated("open paren "),
    "spoken.en: indices": repeated("x sub "),
    "spoken.en: functions": repeated("f of "),
    "spoken.en: sums": repeated("x squared plus "),
    "spoken.en: no mathematics": repeated("the weather was fine "),
    "spoken.ru: дроби": repeated("икс делить на "),
    "spoken.ru: числа": repeated("двадцать один "),
}
"""Inputs of about a given length, for the TeX reader unless another format is named."""


class TooSlowError(Exception):
    """An input takes too long."""


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise TooSlowError


def writers(names: Sequence[str]) -> dict[str, Callable[..., object]]:
    """The writers of these formats."""
    return {
        edge.target: partial(resolve(edge.implementation), **dict(edge.fixed))
        for edge in EDGES
        if edge.source == "ast" and edge.target in names
    }


def reader(name: str) -> Callable[..., Node]:
    """The reader of a format."""
    edge = next(edge for edge in EDGES if edge.target == "ast" and edge.source == name)
    return partial(resolve(edge.implementation), **dict(edge.fixed))


@dataclass(slots=True)
class Tally:
    """What came of many inputs of one kind."""

    inputs: int = 0
    read: int = 0
    slowest: float = 0.0
    slowest_input: str = ""
    findings: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, other: Tally) -> None:
        """Take in the tally of another batch."""
        self.inputs += other.inputs
        self.read += other.read
        if other.slowest > self.slowest:
            self.slowest, self.slowest_input = other.slowest, other.slowest_input
        for finding, texts in other.findings.items():
            self.findings[finding] += texts


def _what(stage: str, error: Exception) -> str:
    """A crash, by its kind and place."""
    place = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.name != _too_slow.__name__][-1]
    return f"{stage}: {type(error).__name__} in {Path(place.filename).stem}.{place.name}"


def attempt(text: str, read: Callable[..., Node], write: Mapping[str, Callable[..., object]], tally: Tally) -> None:
    """One input through a reader and the writers."""
    start = time.process_time()
    tally.inputs += 1
    stage = "read"
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        tree = read(Source(text), losses=[])
        tally.read += 1
        for name, writer in write.items():
            stage = f"write {name}"
            with contextlib.suppress(PanmathError):
                _check(writer(tree, losses=[]))
    except PanmathError:
        pass  # an answer as good as any
    except Exception as error:  # that is what is looked for
        tally.findings[_what(stage, error)].append(text)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    taken = time.process_time() - start
    if taken > tally.slowest:
        tally.slowest, tally.slowest_input = taken, text
    if taken > LIMIT:
        tally.findings[f"{stage}: more than {LIMIT:.0f} s"].append(text)


def _check(written: object) -> None:
    """What is written must be text that can go into a file, if it is text."""
    if isinstance(written, str):
        written.encode()


def _in_new_process(function: Callable[..., Any], *args: object) -> Any:
    """What a function returns in a process of its own with little memory; the signal's name where that dies."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_limited, args=(sender, function, args))
    process.start()
    sender.close()
    try:
        result = receiver.recv()
    except EOFError:
        process.join()
        return f"died of {signal.Signals(-process.exitcode).name}" if (process.exitcode or 0) < 0 else "died"
    process.join()
    return result


def _limited(sender: Any, function: Callable[..., Any], args: tuple[object, ...]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, _too_slow)
    sender.send(function(*args))


def hard_row(name: str, length: int, targets: Sequence[str]) -> list[str]:
    """One row of the first table: input, size, seconds to read, seconds to write, peak of memory, what came of it."""
    text = HARD[name](length)
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    format, colon, _ = name.partition(": ")
    read = reader(format if colon else "tex")
    start = time.process_time()
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    slowest = (0.0, "")
    try:
        tree = read(Source(text), losses=[])
        reading = time.process_time() - start
        outcome, slowest = _written_everywhere(tree, targets)
    except PanmathError as error:
        reading = time.process_time() - start
        outcome = f"refused: {error.message if isinstance(error, ParseError) else error}"
    except Exception as error:  # that is what is looked for
        reading = time.process_time() - start
        outcome = _what("read", error)
    signal.setitimer(signal.ITIMER_REAL, 0)
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024
    return [name, f"{len(text):,}", f"{reading:.2f}", f"{slowest[0]:.2f} {slowest[1]}", f"{peak:.0f}", outcome]


def _written_everywhere(tree: Node, targets: Sequence[str]) -> tuple[str, tuple[float, str]]:
    """What came of writing in each format, and the slowest, in seconds."""
    refusing, slowest = [], (0.0, "")
    for target, write in writers(targets).items():
        start = time.process_time()
        try:
            _check(write(tree, losses=[]))
        except PanmathError:
            refusing.append(target)
        except Exception as error:  # that is what is looked for
            return _what(f"write {target}", error), (time.process_time() - start, target)
        slowest = max(slowest, (time.process_time() - start, target))
    return f"read, not written as {', '.join(refusing)}" if refusing else "read and written", slowest


def tokens() -> list[str]:
    """What random formulas are made of: every command and symbol there is, and more often what gives structure."""
    words = [spelling for symbol in symbols.rows() for spelling in symbol.tex]
    words += constructs.commands()
    words += (f"\\{side}{{{name}}}" for name in constructs.environments() for side in ("begin", "end"))
    words += [
        "\\left(",
        "\\right)",
        "\\left.",
        "\\right|",
        "\\middle|",
        "\\begin",
        "\\end",
        "\\foo",
        "\\\\",
        "\\\n",
    ] * 10
    words += [*"{}{}{}{}[]()^_^_'&&#$%~|<>/*-+=.,;:!?@\"`", "\\{", "\\}", "#1", "{c|c}", "1em", "red", " ", "\n"] * 30
    words += [*"abcxyzABC0123456789αβ∑∫≤ℝé字😀²₁′"] * 10
    return words


def soup(rng: random.Random, words: Sequence[str]) -> str:
    """Random tokens."""
    return "".join(rng.choice(words) + rng.choice(("", "", " ")) for _ in range(rng.randint(1, 40)))


def random_formula(rng: random.Random, words: Sequence[str], depth: int = 3) -> str:
    """Commands and environments with the arguments they take; well formed but for what TeX forbids by sense."""
    parts: list[str] = []
    for _ in range(rng.randint(1, 4)):
        choice = rng.random() if depth else 1.0
        if choice < 0.4:
            construct = rng.choice(list(constructs.commands().values()))
            parts.append(construct.spelling + _arguments(rng, words, construct.args, depth))
        elif choice < 0.5:
            construct = rng.choice(list(constructs.environments().values()))
            cells = [random_formula(rng, words, depth - 1) for _ in range(rng.randint(1, 4))]
            body = "".join(cell + rng.choice(("&", "\\\\ ")) for cell in cells)
            arguments = _arguments(rng, words, construct.args, depth)
            parts.append(f"\\begin{{{construct.spelling}}}{arguments}{body}\\end{{{construct.spelling}}}")
        elif choice < 0.7:
            parts.append(rng.choice(("_", "^", "'^", "_a^")) + f"{{{random_formula(rng, words, depth - 1)}}}")
        else:
            parts.append(rng.choice(words))
    return " ".join(parts)


def _arguments(rng: random.Random, words: Sequence[str], letters: str, depth: int) -> str:
    """Arguments as the column `args` of constructs.tsv asks for them."""
    makers: dict[str, Callable[[], str]] = {
        "m": lambda: f"{{{random_formula(rng, words, depth - 1)}}}",
        "t": lambda: rng.choice(("{some text}", "{a $x$ b}", "{}", "{é 字}", "{\\textbf{b}}")),
        "o": lambda: rng.choice(("", f"[{rng.choice(words)}]")),
        "v": lambda: rng.choice(("{a}", "{red}", "{#abc}", "{}", "{a/b}")),
        "d": lambda: rng.choice(("1em", "{2pt}", "-.5ex ")),
        "D": lambda: rng.choice("([|.)/<"),
        "s": lambda: rng.choice(("", "*")),
        "C": lambda: rng.choice(("{c}", "{l|r}", "{||c:c||}", "{*{3}{c}}")),
    }
    return "".join(makers[letter]() for letter in letters) or " "


def mutated(rng: random.Random, text: str, words: Sequence[str]) -> str:
    """A text with up to five errors: something left out, put in, replaced, doubled or moved."""
    for _ in range(rng.randint(1, 5)):
        start = rng.randint(0, len(text))
        end = min(len(text), start + rng.randint(0, 8))
        piece = text[start:end]
        put = rng.choice(("", rng.choice(words), piece * 2, rng.choice(words) + piece))
        text = text[:start] + put + text[end:]
        if rng.random() < 0.2:
            at = rng.randint(0, len(text))
            text = text[:at] + piece + text[at:]
    return text


def noise(rng: random.Random) -> str:
    """Random bytes, as UTF-8 with replacement characters or as Latin-1."""
    data = rng.randbytes(rng.randint(0, 80))
    return data.decode("utf-8", "replace") if rng.random() < 0.5 else data.decode("latin-1")


def batch(kind: str, format: str, number: int, real: Sequence[str], targets: Sequence[str]) -> Tally:
    """The tally of one batch of inputs; the same number always gives the same ones."""
    rng = random.Random(f"{SEED} {kind} {format} {number}")
    words = tokens() if format == "tex" else sorted({word for text in real[:2000] for word in text.split()})
    if format.startswith("spoken."):
        words += lexicon(format.removeprefix("spoken.")).trie.branches
    symbol_words = [*"abcxyz0123+-=()[]|/<>,;:!.", *(symbol.tex[0] for symbol in symbols.rows() if symbol.tex)]
    make: dict[str, Callable[[], str]] = {
        "random bytes": lambda: noise(rng),
        "cut short": lambda: (text := rng.choice(real))[: rng.randint(0, len(text))],
        "with errors": lambda: mutated(rng, rng.choice(real), words),
        "random tokens": lambda: soup(rng, words),
        "random formulas": lambda: random_formula(rng, symbol_words),
    }
    read, write, tally = reader(format), writers(targets), Tally()
    for _ in range(_BATCH):
        attempt(make[kind](), read, write, tally)
    return tally


KINDS = ("random bytes", "cut short", "with errors", "random tokens")
TEX_KINDS = (*KINDS, "random formulas")


def fuzz(format: str, real: Sequence[str], count: int, targets: Sequence[str]) -> Iterator[tuple[str, Tally]]:
    """The tally of each kind of input, `count` in all."""
    kinds = TEX_KINDS if format == "tex" else KINDS
    for kind in kinds:
        tally = Tally()
        for number in range(max(1, count // len(kinds) // _BATCH)):
            found = _in_new_process(batch, kind, format, number, real, targets)
            if isinstance(found, Tally):
                tally.add(found)
            else:
                tally.findings[f"batch {number} {found}"].append("")
        yield kind, tally


def written(format: str, texts: Sequence[str]) -> list[str]:
    """The formulas in another format, for fuzzing its reader; those that it cannot say are left out."""
    if format == "tex":
        return list(texts)
    read, write = reader("tex"), writers([format])[format]
    found = []
    for text in texts:
        try:
            found.append(write(read(Source(text), losses=[]), losses=[]))
        except PanmathError:
            continue
    return found


def report_findings(findings: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Each finding with how often, and the shortest input."""
    for finding, texts in sorted(findings.items(), key=lambda item: -len(item[1])):
        yield f"  {len(texts):6} {finding}\n         {code(repr(min(texts, key=len)), 200)}"


def main() -> None:
    """Print the tables and findings, or all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=("hard", "fuzz"), help="one of the two tables")
    parser.add_argument("--inputs", type=int, default=200_000, help="how many go into the TeX reader")
    parser.add_argument(
        "--targets",
        default="tex,mathml,unicode,typst,sympy,python,spoken.en,spoken.ru",
        help="formats that are written",
    )
    parser.add_argument(
        "--others", default="mathml,unicode,spoken.en,spoken.ru", help="formats whose readers get a tenth as many"
    )
    args = parser.parse_args()
    targets = args.targets.split(",")
    inputs = [(name, length) for name, make in HARD.items() for length in LENGTHS if len(make(length)) > length // 2]
    inputs += [(name, LENGTHS[0]) for name, make in HARD.items() if len(make(LENGTHS[0])) <= LENGTHS[0] // 2]
    hard = [_hard(name, length, targets) for name, length in inputs] if args.only != "fuzz" else []
    rows, findings = [], Counter[str]()
    shown: list[str] = []
    for format in ("tex", *filter(None, args.others.split(","))) if args.only != "hard" else ():
        real = written(format, random.Random(SEED).sample(formulas(args.data, "arxiv"), 4000))
        count = args.inputs if format == "tex" else args.inputs // 10
        for kind, tally in fuzz(format, real, count, targets):
            wrong = sum(map(len, tally.findings.values()))
            rows.append([f"{format}: {kind}", str(tally.inputs), str(tally.read), str(wrong), f"{tally.slowest:.2f}"])
            findings.update({finding: len(texts) for finding, texts in tally.findings.items()})
            shown += (f"{format}: {kind}", *report_findings(tally.findings)) if tally.findings else ()
    if args.json:
        print(json.dumps({"hard": hard, "fuzz": rows, "findings": dict(findings)}))
        return
    if hard:
        print(table(["input", "characters", "s to read", "s to write", "MB", "outcome"], hard), end="\n\n")
    if rows:
        print(table(["fuzzed", "inputs", "read", "wrong", "slowest, s"], rows), *shown, sep="\n")


def _hard(name: str, length: int, targets: Sequence[str]) -> list[str]:
    row = _in_new_process(hard_row, name, length, targets)
    return row if isinstance(row, list) else [name, "", "", "", "", row]


if __name__ == "__main__":
    main()
