r"""The command line: `panmath [FILE…] -f FORMAT -t FORMAT -o FILE`, and the commands that tell what there is.

Values go to standard output, everything said about them to standard error, and the exit status is that of the first
error. argparse is told of the options by the schema in options.py.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from typing import Any, NoReturn

from . import console, graph, options
from .edges import ASK, CORPORA, EDGES, EXTRACT, MODELS, VOICE, resolve
from .errors import InputError, OptionError, OutputError, PanmathError
from .formats import FORMATS, Format, by_suffix, lookup
from .pipeline import Blob, Pipeline
from .result import Result

STDIN = "<stdin>"


class NothingFoundError(PanmathError):
    """A search found nothing; the status is that of grep."""

    exit_code = 1


DESCRIPTION = "Turn mathematics from one form into another. Formats are guessed from names and content where not given."

EXAMPLES = r"""
examples:
  echo '\frac{a}{b}' | panmath -t mathml         LaTeX to MathML, from pipe to pipe
  panmath eq.tex -o eq.svg                       a picture; the suffix says which
  panmath eq.tex -o eq.png --dpi 300 --color '#204a87'
  panmath eq.tex -o eq.mp3 --voice en-us         said aloud
  panmath *.tex -t svg -o pictures/              many files
  panmath -f tex -t unicode --lines < list.txt   one formula a line
  panmath page.mml -t typst --explain            the route on standard error
  panmath eq.tex -t mathml --json --verify       everything about the answer, and proof
"""

NOTES = """
A file that has the name of a command is given as ./routes. A single - is standard input.
With -o the values go to the files, and --json tells about them on standard output.

exit status:
  0  all went well       64  wrong usage, or no route    69  something optional is not installed
  1  --verify failed     65  the input is not right      70  a converter failed
                         66  it cannot be read           73  the output cannot be written
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        command = COMMANDS.get(arguments[0]) if arguments else None
        status = command(arguments[1:]) if command is not None else _convert(arguments)
        sys.stdout.flush()
        return status
    except PanmathError as error:
        complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Who read us has gone, as `head` does. Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        # A full disk behind a redirection. Files by name have errors of their own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        failed = OutputError(f"<stdout>: {error.strerror}")
        complain(failed)
        return failed.exit_code


class Parser(argparse.ArgumentParser):
    """argparse with our exit status, and without abbreviations, which break when an option is added."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_Help, **settings)

    def error(self, message: str) -> NoReturn:
        raise OptionError(f"{message}; {self.prog} --help shows what there is")


class _Help(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28)


class _Version(argparse.Action):
    """Looks the version up only when asked, because that takes longer than everything else at the start."""

    def __call__(self, *_: object) -> NoReturn:
        from . import __version__

        print(f"panmath {__version__}")
        raise SystemExit(0)


def complain(error: PanmathError, input: str = "") -> None:
    """An error on standard error: ``panmath: eq.tex:1:7: …``, with the caret line if it has one."""
    first, *rest = str(error).split("\n")
    if input and not first.startswith(input):
        first = f"{input}: {first}"
    carets = (console.paint(line, console.GREEN, sys.stderr) if line.strip(" ^") == "" else line for line in rest)
    print("\n".join((console.paint("panmath:", console.RED, sys.stderr) + f" {first}", *carets)), file=sys.stderr)


# Converting


def converter() -> argparse.ArgumentParser:
    """The parser of the main command."""
    width = max(len(f"{name} {takes}") for name, (takes, _) in options.COMMANDS.items())
    commands = "".join(
        f"  panmath {f'{name} {takes}':<{width}}  {text}\n" for name, (takes, text) in options.COMMANDS.items()
    )
    parser = Parser(
        prog="panmath",
        usage="panmath [OPTION…] [FILE…]",
        description=DESCRIPTION,
        epilog=f"{EXAMPLES}\ncommands:\n{commands}{NOTES}",
        add_help=False,
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="what to convert; standard input if none is given")
    for flag in options.FLAGS:
        action: Any = {"--help": "help", "--version": _Version}.get(
            flag.names[-1], "store" if flag.metavar else "store_true"
        )
        extra = {"metavar": flag.metavar} if flag.metavar else {"nargs": 0} if action is _Version else {}
        parser.add_argument(*flag.names, action=action, help=flag.help, **extra)
    titles = {True: "for every route", False: "for some routes"}
    groups = {everywhere: parser.add_argument_group(title) for everywhere, title in titles.items()}
    for option in options.OPTIONS:
        _add_option(groups[option.everywhere], option)
    return parser


def _add_option(group: argparse._ArgumentGroup, option: options.Option) -> None:
    takers = sorted({edge.source if edge.target == "ast" else edge.target for edge in options.taken_by(option.name)})
    text = f"do not {option.help}" if option.flags[0].startswith("--no-") else option.help
    text += f" ({', '.join(takers)})" if takers and not option.everywhere else ""
    if option.kind == "flag":
        once = "store_false" if option.default is True else "store_true"
        action: Any = argparse.BooleanOptionalAction if len(option.flags) > 1 else once
        group.add_argument(option.flags[0], dest=option.name, action=action, default=argparse.SUPPRESS, help=text)
    else:
        metavar = "|".join(option.choices) or option.metavar or option.name.upper()
        group.add_argument(option.flags[0], dest=option.name, metavar=metavar, default=argparse.SUPPRESS, help=text)


def _no_flag(flag: str) -> str:
    import difflib  # here, because only a mistake needs it

    known = [
        *(name for flag in options.FLAGS for name in flag.names),
        *(flag for option in options.OPTIONS for flag in option.flags),
    ]
    near = difflib.get_close_matches(flag.partition("=")[0], known, n=3, cutoff=0.7)
    hint = f"did you mean {' or '.join(near)}?" if near else "panmath --help shows what there is"
    return f"there is no option {flag}; {hint}"


def _given_options(given: argparse.Namespace) -> dict[str, object]:
    values = {option: getattr(given, option.name) for option in options.OPTIONS if hasattr(given, option.name)}
    return {option.name: option.parse(value) if isinstance(value, str) else value for option, value in values.items()}


def _variant(target: Format, asked: str, output: Path | None) -> dict[str, object]:
    """Which kind of file of its format is written, where the format that was asked for or the output's suffix tells."""
    for suffix in (f".{asked.lower().removeprefix('.')}", output.suffix.lower() if output is not None else ""):
        if target.variant and suffix in target.suffixes:
            return {target.variant: suffix[1:]}
    return {}


@dataclass(frozen=True, slots=True)
class _Job:
    """What the main command was asked to do."""

    files: tuple[str, ...]
    source: Format | None
    target: Format
    output: Path | None
    into_directory: bool
    options: Mapping[str, object]
    json: bool
    explain: bool
    quiet: bool

    def report(self, result: Result, input: str) -> None:
        """All that is said about a result on standard error."""
        if self.explain:
            print(explanation(result, input), file=sys.stderr)
        if result.error is not None:
            complain(result.error, input)
            if isinstance(result.error, InputError) and re.search(r"[\\^{}=]", input):
                print("    a formula itself goes to standard input: echo '…' | panmath", file=sys.stderr)
        elif not self.quiet:
            for warning in result.warnings():
                print(console.paint("panmath:", console.YELLOW, sys.stderr), f"warning: {warning}", file=sys.stderr)


def _convert(arguments: Sequence[str]) -> int:
    parser = converter()
    if not arguments and sys.stdin.isatty():
        parser.print_usage(sys.stderr)
        raise OptionError("say what to convert and to which format; panmath --help shows how")
    given, unknown = parser.parse_known_intermixed_args(arguments)
    if unknown:
        raise OptionError(_no_flag(unknown[0]))
    asked = _given_options(given)
    job = _job(given, asked)
    alone = given.lines or job.output is not None or job.target.carrier == "bytes"
    if getattr(given, "nbest", "1") != "1" and alone and not job.json:
        raise OptionError("several answers do not go into one line or file; with --json they do")
    pipeline = Pipeline(job.source.name if job.source else None, job.target.name, **job.options)
    if given.lines:
        return _convert_lines(job, pipeline)
    return _convert_files(job, pipeline)


def _job(given: argparse.Namespace, asked: Mapping[str, object]) -> _Job:
    files = tuple(given.files) or ("-",)
    output = Path(given.output) if given.output not in (None, "-") else None
    into_directory = output is not None and (
        (len(files) > 1 and not given.lines) or given.output.endswith(("/", os.sep)) or output.is_dir()
    )
    if given.to is not None:
        target = lookup(given.to)
    elif output is not None and not into_directory:
        target = by_suffix(output)
    else:
        raise OptionError("say to which format: -t FORMAT, or -o FILE with a suffix that tells it")
    source = lookup(name) if (name := getattr(given, "from")) is not None else None
    options = {**_variant(target, given.to or "", None if into_directory else output), **asked}
    job = _Job(files, source, target, output, into_directory, options, given.json, given.explain, given.quiet)
    _refuse_mixtures(job, given.lines)
    return job


def _refuse_mixtures(job: _Job, lines: bool) -> None:
    if lines and job.into_directory:
        raise OptionError("--lines writes one file or standard output, not a directory")
    if lines and not job.json and job.target.carrier == "bytes":
        raise OptionError(f"{job.target.name} does not fit on a line; with --json it does")
    if job.into_directory and job.output is not None and job.output.exists() and not job.output.is_dir():
        raise OptionError(f"several files are written into a directory, and {job.output} is a file")
    if job.into_directory and not job.target.suffixes:
        raise OptionError(f"{job.target.name} has no files; leave -o out to see it")
    if job.output is None and not job.json and job.target.carrier == "bytes":
        if len(job.files) > 1:
            raise OptionError(f"several files of {job.target.name} cannot be one output; use -o DIR")
        if sys.stdout.isatty():
            raise OptionError(f"{job.target.name} is nothing that a terminal can show; use -o FILE, or a pipe")


def _convert_files(job: _Job, pipeline: Pipeline) -> int:
    outputs = _outputs(job)
    progress = console.Progress(len(job.files) if job.output is not None else 0)
    status = 0
    results = pipeline.map(map(_input, job.files), on_error="return")
    for file, result in zip(job.files, results, strict=True):
        name = STDIN if file == "-" else file
        progress.clear()
        job.report(result, name)
        output = outputs.get(file)
        if result.error is not None:
            status = status or result.error.exit_code
        elif output is not None:
            with console.whole_file(output) as opened:
                opened.write(_payload(result))
        if job.json:
            _emit(_json(result, output) + "\n")
        elif result.error is None and output is None:
            for value in (result.value, *(other.value for other in result.alternatives)):
                _emit(_payload(replace(result, value=value)))
        progress.step(name)
    progress.clear()
    return status


def _outputs(job: _Job) -> dict[str, Path]:
    """The output file of each input; OptionError where two inputs would be written to one."""
    if job.output is None:
        return {}
    if not job.into_directory:
        return {job.files[0]: job.output}
    console.make_directory(job.output)
    variant = job.options.get(job.target.variant)
    suffix = f".{variant}" if variant else job.target.suffixes[0]
    outputs: dict[str, Path] = {}
    owners: dict[Path, str] = {}
    for file in job.files:
        stem = "stdin" if file == "-" else Path(file).stem
        output = job.output / f"{stem}{suffix}"
        if output in owners:
            raise OptionError(f"{owners[output]} and {file} would both be written to {output}")
        outputs[file], owners[output] = output, file
    return outputs


def _input(file: str) -> Path | Blob:
    if file != "-":
        return Path(file)
    return Blob(sys.stdin.buffer.read(), STDIN)


def _convert_lines(job: _Job, pipeline: Pipeline) -> int:
    status = 0
    with console.whole_file(job.output) if job.output is not None else nullcontext(sys.stdout.buffer) as opened:
        # One at a time, so that a program on the other end of two pipes gets each answer as soon as it has asked.
        for result in pipeline.map(_lines(job.files), batch_size=1, on_error="return"):
            line = _line(job, result)
            if line is None:
                result = _does_not_fit(result)
            job.report(result, result.input)
            if result.error is not None:
                status = status or result.error.exit_code
            opened.write((line or "").encode("utf-8") + b"\n")
            opened.flush()
    return status


def _lines(files: Sequence[str]) -> Iterator[Blob]:
    for file in files:
        name = STDIN if file == "-" else file
        try:
            with nullcontext(sys.stdin.buffer) if file == "-" else open(file, "rb") as opened:
                for number, line in enumerate(opened, 1):
                    yield Blob(line.rstrip(b"\r\n"), name, number)
        except OSError as error:
            raise InputError(f"{name}: {error.strerror}") from error


def _line(job: _Job, result: Result) -> str | None:
    """The result as one line; None where there is none, or where it would lose line breaks that matter."""
    if job.json:
        return _json(result, None)
    if result.error is not None:
        return None
    text = result.text.strip("\n")
    return None if job.target.line_breaks_matter and "\n" in text else text.replace("\n", " ")


def _does_not_fit(result: Result) -> Result:
    if result.error is not None:
        return result
    place = f":{result.source.first_line}" if result.source is not None else ""
    error = OptionError(f"{result.input}{place}: the {result.format} has several lines; with --json they fit on one")
    return replace(result, value=None, error=error)


def _payload(result: Result) -> bytes:
    """The value as it is written: text ends in a newline."""
    if isinstance(result.value, bytes):
        return result.value
    text = result.text
    return (text if text.endswith("\n") else text + "\n").encode("utf-8")


def _json(result: Result, output: Path | None) -> str:
    """The result as one line of JSON; a value that was written to a file is named, not repeated."""
    plain = result.to_dict()
    if output is not None:
        del plain["value"]
        plain["output"] = None if result.error is not None else str(output)
    return json.dumps(plain, ensure_ascii=False)


def _emit(text: str | bytes) -> None:
    sys.stdout.buffer.write(text.encode("utf-8") if isinstance(text, str) else text)
    sys.stdout.buffer.flush()


def explanation(result: Result, input: str) -> str:
    """The route of a result, one line a hop."""
    route = " → ".join([hop.source for hop in result.provenance[:1]] + [hop.target for hop in result.provenance])
    lines = [f"{input}: {route or 'no step was taken'}"]
    for hop in result.provenance:
        name = f"{hop.source} → {hop.target}"
        lines.append(f"    {name:<18} reliability {hop.reliability:.3f} {hop.seconds * 1000:9.2f} ms")
    return "\n".join(lines)


# What there is


def _formats(arguments: Sequence[str]) -> int:
    parser = Parser(prog="panmath formats", description="The formats, and which can be read and written.")
    parser.add_argument("--json", action="store_true", help="as JSON")
    given = parser.parse_args(arguments)
    read, written = {edge.source for edge in EDGES}, {edge.target for edge in EDGES}
    formats = sorted(FORMATS, key=attrgetter("name"))
    if given.json:
        rows = [
            {
                "name": format.name,
                "read": format.name in read,
                "written": format.name in written,
                "suffixes": format.suffixes,
                "aliases": format.aliases,
                "media_type": format.media_type,
                "title": format.title,
            }
            for format in formats
        ]
        _emit(json.dumps(rows, ensure_ascii=False) + "\n")
        return 0
    cells = [
        (
            format.name,
            "yes" if format.name in read else "-",
            "yes" if format.name in written else "-",
            " ".join(format.suffixes) or "-",
            format.title,
        )
        for format in formats
    ]
    _emit(columns(("format", "read", "written", "files", "what it is"), cells))
    return 0


def _routes(arguments: Sequence[str]) -> int:
    parser = Parser(
        prog="panmath routes",
        description="The ways from one format to another, the most reliable first; from one format the best way to "
        "each other; without any all edges.",
    )
    parser.add_argument("source", nargs="?", metavar="FROM")
    parser.add_argument("target", nargs="?", metavar="TO")
    parser.add_argument("--json", action="store_true", help="as JSON")
    given = parser.parse_args(arguments)
    found: Sequence[graph.Route]
    if given.source is None:
        found = [(edge,) for edge in EDGES]
    elif given.target is None:
        here = lookup(given.source).name
        found = [graph.route(here, name) for name in sorted(graph.reachable(here) - {here})]
    else:
        best = graph.route(given.source, given.target)
        found = graph.routes(given.source, given.target) or (best,)
    if given.json:
        plain = [
            {
                "route": graph.show(route),
                "reliability": graph.reliability(route),
                "edges": [edge.implementation for edge in route],
            }
            for route in found
        ]
        _emit(json.dumps(plain, ensure_ascii=False) + "\n")
    else:
        _emit("".join(f"{graph.reliability(route):.3f}  {graph.show(route)}\n" for route in found))
    return 0


def _symbols(arguments: Sequence[str]) -> int:
    from .symbols import Symbol, rows

    parser = Parser(prog="panmath symbols", description="Search the table of symbols; without a word list all of it.")
    parser.add_argument("words", nargs="*", metavar="WORD", help="a character, a name, a TeX spelling or spoken words")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    given = parser.parse_args(arguments)

    def rank(symbol: Symbol) -> int:
        """0 for a symbol that is called exactly so, 1 for one in whose names all the words occur, 2 for others."""
        spoken = (text for text in (symbol.en, symbol.ru, symbol.sympy) if text)
        names = [symbol.char, symbol.name, *symbol.tex, *spoken]
        if " ".join(given.words) in names:
            return 0
        return 1 if all(any(word.casefold() in name.casefold() for name in names) for word in given.words) else 2

    found = sorted((symbol for symbol in rows() if rank(symbol) < 2), key=rank)
    if not found:
        raise NothingFoundError(f"no symbol is called {' '.join(given.words)!r}")
    if given.json:
        for symbol in found:
            _emit(json.dumps({name: getattr(symbol, name) for name in symbol.__slots__}, ensure_ascii=False) + "\n")
        return 0
    cells = [(row.char, row.name, row.cls, " ".join(row.tex) or "-", row.en or "-", row.ru or "-") for row in found]
    _emit(columns(("char", "name", "class", "TeX", "English", "Russian"), cells))
    return 0


def _voices(arguments: Sequence[str]) -> int:
    parser = Parser(
        prog="panmath voices",
        description="The voices that speak, or those of a language such as en, en-gb or ru; * marks the defaults.",
    )
    parser.add_argument("language", nargs="?", default="", metavar="LANGUAGE")
    parser.add_argument("--json", action="store_true", help="as JSON")
    given = parser.parse_args(arguments)
    import textwrap  # here, because nothing else needs it

    listing = resolve(f"{VOICE}:voices")(given.language)
    if not listing.voices:
        raise NothingFoundError(f"no voice speaks {given.language!r}")
    if given.json:
        rows = [voice._asdict() | {"default": voice in listing.defaults} for voice in listing.voices]
        _emit(json.dumps({"voices": rows, "variants": listing.variants}, ensure_ascii=False) + "\n")
        return 0
    cells = [
        (
            voice.name,
            voice.engine,
            voice.language,
            voice.gender or "-",
            "*" if voice in listing.defaults else "-",
            voice.title,
        )
        for voice in listing.voices
    ]
    _emit(columns(("voice", "engine", "language", "gender", "default", "name"), cells))
    for engine, variants in listing.variants.items():
        if variants and not given.language:
            example = f"{listing.voices[0].name}+{variants[0]}"
            _emit(f"\nAll voices of {engine} take a variant, as in {example}:\n")
            _emit(textwrap.fill(", ".join(variants), 100, initial_indent="  ", subsequent_indent="  ") + "\n")
    return 0


def _score(arguments: Sequence[str]) -> int:
    from . import score

    parser = Parser(prog="panmath score", description="Measure predicted formulas against the true ones.")
    score.add_arguments(parser)
    return score.run(parser.parse_args(arguments))


def _completion(arguments: Sequence[str]) -> int:
    from .completion import SHELLS, script

    parser = Parser(prog="panmath completion", description="A script that teaches a shell to complete panmath's words.")
    parser.add_argument("shell", metavar="|".join(SHELLS))
    given = parser.parse_args(arguments)
    if given.shell not in SHELLS:
        raise OptionError(f"completion is for {', '.join(SHELLS)}, not {given.shell!r}")
    _emit(script(given.shell))
    return 0


def columns(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table with a blank of two between columns; the last column is not padded."""
    widths = [max(map(_width, column)) for column in zip(head, *rows, strict=True)]
    return "".join(
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n"
        for row in (head, *rows)
    )


def _width(text: str) -> int:
    """Columns on a terminal: marks that combine take none."""
    return sum(not unicodedata.combining(char) for char in text)


def _elsewhere(module: str, command: str) -> Callable[[Sequence[str]], int]:
    """A command of a package above this one, which is loaded only when it is asked for."""

    def run(arguments: Sequence[str]) -> int:
        status: int = resolve(f"{module}:{command}")(arguments)
        return status

    return run


COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "ask": _elsewhere(ASK, "main"),
    "formats": _formats,
    "routes": _routes,
    "symbols": _symbols,
    "voices": _voices,
    "models": _elsewhere(MODELS, "models"),
    "train": _elsewhere(MODELS, "train"),
    "evaluate": _elsewhere(MODELS, "evaluate"),
    "batch": _elsewhere(CORPORA, "batch"),
    "corpus": _elsewhere(CORPORA, "corpus"),
    "extract": _elsewhere(EXTRACT, "extract"),
    "score": _score,
    "completion": _completion,
}
