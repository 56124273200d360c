r"""The command line: `panmath [FILE…] -f FORMAT -t FORMAT -o FILE`, and the commands that tell what there is.

Values go to standard output, everything said about them to standard error, and the exit status is that of the first
error. argparse is told of the options by the schema in options.py.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from . import console, graph, options
from .edges import EDGES
from .errors import InputError, OptionError, PanmathError, ParseError
from .formats import FORMATS, Format, by_suffix, decode, guess, lookup
from .pipeline import Blob, Pipeline
from .result import Result
from .source import Source

STDIN = "<stdin>"

DESCRIPTION = "Turn mathematics from one form into another. Formats are guessed from names and content where not given."

EXAMPLES = r"""
examples:
  echo '\frac{a}{b}' | panmath -t mathml         LaTeX to MathML, from pipe to pipe
  panmath eq.tex -o eq.svg                       a picture; the suffix says which
  panmath eq.tex -o eq.png --dpi 300 --color '#204a87'
  panmath *.tex -t svg -o pictures/              many files
  panmath -f tex -t unicode --lines < list.txt   one formula a line
  panmath page.mml -t typst --explain            the route on standard error
  panmath eq.tex -t mathml --json --verify       everything about the answer, and proof

commands:
  panmath formats                the formats, and which can be read and written
  panmath routes [FROM [TO]]     the ways from one to another, the most reliable first
  panmath symbols [WORD…]        search the table of symbols by name, character, TeX or words
  panmath score PRED TRUE        measure predictions against truths
  panmath completion SHELL       completion for bash, zsh or fish

A file that has the name of a command is given as ./routes. A single - is standard input.

exit status:
  0 all went well        64 wrong usage, or no route    70 a converter failed
  1 --verify failed      65 the input is not right      73 an output cannot be written
                         66 an input cannot be read     69 something optional is not installed
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


class _Parser(argparse.ArgumentParser):
    """argparse with our exit status, and without abbreviations, which break when an option is added."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, add_help=False, formatter_class=_Help, **settings)
        self.add_argument("-h", "--help", action="help", help="show this and stop")

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
    parser = _Parser(prog="panmath", usage="panmath [OPTION…] [FILE…]", description=DESCRIPTION, epilog=EXAMPLES)
    parser.add_argument("files", nargs="*", metavar="FILE", help="what to convert; standard input if none is given")
    parser.add_argument("-f", "--from", dest="source", metavar="FORMAT", help="the format of the input")
    parser.add_argument("-t", "--to", dest="target", metavar="FORMAT", help="the format of the output")
    parser.add_argument("-o", "--output", metavar="FILE|DIR", help="where to; a directory for several files")
    parser.add_argument("--lines", action="store_true", help="each input line is a formula and gives one output line")
    parser.add_argument("--json", action="store_true", help="print the full result as JSON, one object a line")
    parser.add_argument("--explain", action="store_true", help="tell the route with reliability and time")
    parser.add_argument("-q", "--quiet", action="store_true", help="no warnings about what was lost")
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and stop")
    titles = {True: "for every route", False: "for some routes"}
    groups = {everywhere: parser.add_argument_group(title) for everywhere, title in titles.items()}
    for option in options.OPTIONS:
        _add_option(groups[option.everywhere], option)
    return parser


def _add_option(group: argparse._ArgumentGroup, option: options.Option) -> None:
    takers = sorted({edge.target if edge.source == "ast" else edge.source for edge in options.taken_by(option.name)})
    text = option.help + (f" ({', '.join(takers)})" if takers and not option.everywhere else "")
    if option.kind == "flag":
        action = "store_false" if option.default is True else "store_true"
        group.add_argument(option.flag, dest=option.name, action=action, default=argparse.SUPPRESS, help=text)
    else:
        metavar = "|".join(option.choices) or option.metavar or option.name.upper()
        group.add_argument(option.flag, dest=option.name, metavar=metavar, default=argparse.SUPPRESS, help=text)


def _given_options(given: argparse.Namespace) -> dict[str, object]:
    values = {option: getattr(given, option.name) for option in options.OPTIONS if hasattr(given, option.name)}
    return {option.name: option.parse(value) if isinstance(value, str) else value for option, value in values.items()}


@dataclass(frozen=True, slots=True)
class _Job:
    """What the main command was asked to do."""

    files: tuple[str, ...]
    source: Format | None
    target: Format
    output: Path | None
    into_directory: bool
    json: bool
    explain: bool
    quiet: bool

    def report(self, result: Result, input: str) -> None:
        """All that is said about a result on standard error."""
        if self.explain:
            print(explanation(result, input), file=sys.stderr)
        if result.error is not None:
            complain(result.error, input)
        elif not self.quiet:
            for warning in result.warnings():
                print(console.paint("panmath:", console.YELLOW, sys.stderr), f"warning: {warning}", file=sys.stderr)


def _convert(arguments: Sequence[str]) -> int:
    parser = converter()
    if not arguments and sys.stdin.isatty():
        parser.print_usage(sys.stderr)
        raise OptionError("say what to convert and to which format; panmath --help shows how")
    given = parser.parse_intermixed_args(arguments)
    job = _job(given)
    pipeline = Pipeline(job.source.name if job.source else None, job.target.name, **_given_options(given))
    if given.lines:
        return _convert_lines(job, pipeline)
    return _convert_files(job, pipeline)


def _job(given: argparse.Namespace) -> _Job:
    files = tuple(given.files) or ("-",)
    output = Path(given.output) if given.output not in (None, "-") else None
    into_directory = output is not None and (
        (len(files) > 1 and not given.lines) or given.output.endswith(("/", os.sep)) or output.is_dir()
    )
    if given.target is not None:
        target = lookup(given.target)
    elif output is not None and not into_directory:
        target = by_suffix(output)
    else:
        raise OptionError("say to which format: -t FORMAT, or -o FILE with a suffix that tells it")
    source = lookup(given.source) if given.source is not None else None
    job = _Job(files, source, target, output, into_directory, given.json, given.explain, given.quiet)
    _refuse_mixtures(job, given.lines)
    return job


def _refuse_mixtures(job: _Job, lines: bool) -> None:
    if lines and job.into_directory:
        raise OptionError("--lines writes one file or standard output, not a directory")
    if lines and job.target.carrier == "bytes" and not job.json:
        raise OptionError(f"{job.target.name} does not come in lines; with --json each line holds one in base64")
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
    results = pipeline.map(map(_input, job.files, [job.source] * len(job.files)), on_error="return")
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
            _emit(_payload(result))
        progress.step(name)
    progress.clear()
    return status


def _outputs(job: _Job) -> dict[str, Path]:
    """The output file of each input; OptionError where two inputs would be written to one."""
    if job.output is None:
        return {}
    if not job.into_directory:
        return {job.files[0]: job.output}
    outputs: dict[str, Path] = {}
    owners: dict[Path, str] = {}
    for file in job.files:
        stem = "stdin" if file == "-" else Path(file).stem
        output = job.output / f"{stem}{job.target.suffixes[0]}"
        if output in owners:
            raise OptionError(f"{owners[output]} and {file} would both be written to {output}")
        outputs[file], owners[output] = output, file
    return outputs


def _input(file: str, source: Format | None) -> Path | Source | Blob:
    if file != "-":
        return Path(file)
    data = sys.stdin.buffer.read()
    source = source or guess(data)
    return Blob(data, STDIN)


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
