"""What the command line has for learned edges: `panmath models`, `panmath train` and `panmath evaluate`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

from panmath.convert.cli import Parser, columns
from panmath.convert.errors import InputError, MissingExtraError

from .cards import cards

TRAINED = {
    "spoken-to-tex": "panmath-write", "image-to-tex": "panmath-see", "speech-to-spoken": "panmath-listen",
    "picture-to-figure": "panmath-draw",
}  # fmt: skip
"""The edges that can be trained, as the command line names them, and the shipped configuration of each."""


def models(arguments: Sequence[str]) -> int:
    """List the shipped checkpoints."""
    parser = Parser(prog="panmath models", description="The checkpoints that come with panmath.")
    parser.add_argument("--json", action="store_true", help="as JSON")
    given = parser.parse_args(arguments)
    if given.json:
        print(json.dumps([card._asdict() for card in cards()], ensure_ascii=False))
        return 0
    rows = [
        (card.name, card.edge, card.parameters, card.size, card.languages, card.licence, card.scores)
        for card in cards()
    ]
    print(columns(("name", "edge", "parameters", "file", "languages", "licence", "scores"), rows), end="")
    return 0


def train(arguments: Sequence[str]) -> int:
    """Train a model, or go on with a training that was cut off."""
    parser = _parser(
        "train",
        description="Train the model of a learned edge. A training that was cut off goes on from its last checkpoint.",
        epilog="example:\n  panmath train spoken-to-tex --data DATA --out run --threads 1",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where checkpoints and logs go")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="threads on the CPU; all cores if 0")
    given = parser.parse_args(arguments)
    config = configuration(given.config or TRAINED[given.edge])
    given.out.mkdir(parents=True, exist_ok=True)
    _trainer(given.edge, "train")(config, given.data, given.out, given.threads)
    return 0


def evaluate(arguments: Sequence[str]) -> int:
    """Measure a model."""
    parser = _parser(
        "evaluate",
        description="Measure the model of a learned edge on what its training held back: character error rate and "
        "exact answers in per cent by the format-insensitive rule.",
        epilog="example:\n  panmath evaluate image-to-tex --data DATA --count 96",
    )
    parser.add_argument("--model", default="", metavar="NAME", help="a checkpoint; the shipped one if none is given")
    parser.add_argument("--count", type=int, default=96, metavar="N", help="how many inputs")
    given = parser.parse_args(arguments)
    config = configuration(given.config or TRAINED[given.edge])
    pairs = _trainer(given.edge, "evaluate")(config, given.data, given.model, given.count)
    from panmath.convert.score import TextScore, score  # here, because only this command measures

    report = score([said for said, _ in pairs], [truth for _, truth in pairs], ("fi",), cases=(True,))
    found = report.get("fi", lower=True)
    assert isinstance(found, TextScore)
    row = (str(found.n), f"{100 * found.cer_micro:.1f}", f"{100 * found.exact:.1f}")
    print(columns(("inputs", "CER", "exact"), [row]), end="")
    return 0


def _parser(name: str, description: str, epilog: str) -> Parser:
    """What `train` and `evaluate` share: the edge, its configuration, and the data."""
    parser = Parser(prog=f"panmath {name}", description=description, epilog=epilog)
    parser.add_argument("edge", choices=tuple(TRAINED), metavar="EDGE", help=", ".join(TRAINED))
    parser.add_argument(
        "--config", default="", metavar="NAME", help="a .toml file, or the name of a shipped configuration"
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the folder with pairs and formulas")
    return parser


def _trainer(edge: str, name: str) -> Callable[..., Any]:
    module = f"panmath.models.train.{edge.replace('-', '_')}"
    try:
        found: Callable[..., Any] = getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f'training needs {error.name}, which is not installed: pip install "panmath[train]"'
        ) from error
    return found


def configuration(name: str) -> dict[str, Any]:
    """A configuration by its file or by the name of a shipped one."""
    path = Path(name)
    shipped = files("panmath.models.train").joinpath("configs", f"{name}.toml")
    try:
        return tomllib.loads(path.read_text("utf-8") if path.suffix == ".toml" else shipped.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{name}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: {error}") from error
