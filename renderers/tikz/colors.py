"""Colours as xcolor names and mixes them: ``red!30``, ``blue!50!black``, ``-red``, and colours that users define."""

from __future__ import annotations

from collections.abc import Mapping

from ...convert.writers.typst import rgb

XCOLOR: Mapping[str, str] = {
    "red": "#ff0000", "green": "#00ff00", "blue": "#0000ff", "cyan": "#00ffff", "magenta": "#ff00ff",
    "yellow": "#ffff00", "black": "#000000", "white": "#ffffff", "gray": "#808080", "grey": "#808080",
    "darkgray": "#404040", "lightgray": "#bfbfbf", "brown": "#bf8040", "lime": "#bfff00", "olive": "#808000",
    "orange": "#ff8000", "pink": "#ffbfbf", "purple": "#bf0040", "teal": "#008080", "violet": "#800080",
}  # fmt: skip
"""The names that xcolor always knows; those of SVG and X11 come from the table that formulas use."""


class ColorError(ValueError):
    """The text names no colour."""


def mixed(text: str, defined: Mapping[str, str]) -> str:
    """The colour as ``#rrggbb``. Raises ColorError."""
    text = text.strip()
    negative = text.startswith("-")
    first, *rest = text.removeprefix("-").split("!")
    color = _channels(_named(first, defined))
    while rest:
        share = _share(rest.pop(0))
        other = _channels(_named(rest.pop(0), defined)) if rest and rest[0].strip() else (255.0, 255.0, 255.0)
        color = tuple(share * a + (1 - share) * b for a, b in zip(color, other, strict=True))
    if negative:
        color = tuple(255 - value for value in color)
    return "#" + "".join(f"{min(255, max(0, round(value))):02x}" for value in color)


def from_model(model: str, value: str) -> str:
    r"""A colour of ``\definecolor``: HTML, rgb, RGB, gray or cmyk."""
    try:
        match model.strip():
            case "HTML":
                return f"#{int(value.strip(), 16):06x}"
            case "rgb":
                numbers = [float(part) * 255 for part in value.split(",")]
            case "RGB":
                numbers = [float(part) for part in value.split(",")]
            case "gray":
                numbers = [float(value) * 255] * 3
            case "cmyk":
                c, m, y, k = (float(part) for part in value.split(","))
                numbers = [255 * (1 - min(1, part + k)) for part in (c, m, y)]
            case "named":
                return mixed(value, {})
            case _:
                raise ColorError(f"the colour model {model} is not known")
    except ValueError as error:
        raise ColorError(f"{value!r} is no colour of the model {model}") from error
    if len(numbers) != 3:
        raise ColorError(f"{value!r} is no colour of the model {model}")
    return "#" + "".join(f"{min(255, max(0, round(number))):02x}" for number in numbers)


def _share(text: str) -> float:
    try:
        return float(text) / 100
    except ValueError:
        raise ColorError(f"{text!r} is no share of a colour") from None


def _named(name: str, defined: Mapping[str, str]) -> str:
    name = name.strip()
    found = defined.get(name) or XCOLOR.get(name) or rgb(name)
    if found is None:
        raise ColorError(f"the colour {name!r} is not known")
    return found


def _channels(color: str) -> tuple[float, ...]:
    return tuple(float(int(color[place : place + 2], 16)) for place in (1, 3, 5))
