"""The command `panmath ask`: a question about a figure, answered from its scene."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from ..convert.cli import STDIN, Parser
from ..convert.pipeline import Blob, Pipeline
from .questions import answer

_EXAMPLES = """examples:
  panmath ask figure.svg "how many red circles are there?"
  panmath ask plot.tikz "where does the curve cross the x axis?"
  panmath ask triangle.svg "what is the angle at B?"
  panmath ask figure.svg "What colour is the square? A) red B) blue C) green"
  panmath ask figure.svg "сколько треугольников на рисунке?" --json"""


def main(arguments: Sequence[str]) -> int:
    """Prints the answer, and below it what it rests on."""
    parser = Parser(
        prog="panmath ask",
        description="Answer a question about a figure: how many, what colour, where, is there, is … left of …, what is "
        "above …, the largest, the radius of …, labels; angles and lengths between named points; ranges and labels of "
        "axes, where curves cross, their values and extremes, bars; in English or Russian. Where the question has "
        "options A) … B) …, the answer is one of them.",
        epilog=_EXAMPLES,
    )
    parser.add_argument("file", metavar="FILE", help="a figure in any format that has a scene; - is standard input")
    parser.add_argument("question", metavar="QUESTION")
    parser.add_argument("-f", "--from", dest="source", metavar="FORMAT", help="the format of the figure")
    parser.add_argument("--json", action="store_true", help="the answer and the shapes it rests on as JSON")
    given = parser.parse_args(arguments)
    figure = Blob(sys.stdin.buffer.read(), STDIN) if given.file == "-" else Path(given.file)
    found = answer(Pipeline(given.source, "scene")(figure).value, given.question)
    if given.json:
        option = {"option": found.option} if found.option else {}
        print(json.dumps({"answer": found.text, **option, "shapes": found.shapes}, ensure_ascii=False))
    else:
        print("\n".join([found.shown, *(f"  {shape}" for shape in found.shapes)]))
    return 0
