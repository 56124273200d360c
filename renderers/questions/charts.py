"""Questions about axes: what they show, where curves cross, how high they go, and what bars say."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice, pairwise
from typing import Final

from ...convert.errors import UnsupportedError
from ...convert.source import Source
from .. import description
from ..charted import Chart, Curve
from ..figure_words.cursor import NoMatch
from ..figure_words.lexicon import tokens
from ..scene import Point
from .table import Answer, color, is_most, say, table

_FINE: Final = 2000
"""Parts of an axis within which a value is rounded to what it was meant to be."""
_SAME: Final = 1e-9
MAX_CURVES: Final = 20
"""Curves of which it is asked where they meet."""
MAX_PAIRS: Final = 500_000
"""Pairs of their pieces that lie above each other."""
_TOUCH: Final = 1e-6
"""Parts of an axis that are between curves which lie on each other."""
_LONG: Final = 0.05
"""Along how much of an axis curves lie on each other that do not just touch."""

_Piece = tuple[Point, Point]


def answer(form: str, shown: Sequence[Chart], said: Mapping[str, str | None], russian: bool) -> Answer:
    """The answer to a question of a form, whose named parts are `said`. Raises NoMatch where it is none."""
    (chart, *others) = shown
    if others:
        raise UnsupportedError("the figure has several axes; which are meant cannot be told")
    match form:
        case "range" | "end" | "label":
            return _axis(form, chart, said, russian)
        case "title":
            return Answer(chart.title or say("nothing", russian))
        case "curves":
            found = [one for one in chart.curves if one.kind == "line"]
            return Answer(str(len(found)), tuple(_told(one, russian) for one in found))
        case "bars" | "bar" | "best":
            return _bars(form, chart, said, russian)
        case "meet":
            return _met(chart, russian)
    which = _meant(chart, said.get("which") or "")
    answers = {one: _of_curve(form, one, chart, said, russian) for one in which}
    told = tuple(_told(one, russian) for one in answers)
    if len(answers) == 1:
        return next(iter(answers.values()))._replace(shapes=told)
    return Answer("; ".join(f"{name}: {one.text}" for name, one in zip(told, answers.values(), strict=True)), told)


def _told(curve: Curve, russian: bool) -> str:
    """A curve by its colour and name."""
    word = say("bar" if curve.kind == "bars" else "curve", russian)
    name = f" ${curve.names[0]}$" if curve.names else ""
    return f"{color(curve.color, russian, 'm' if curve.kind == 'bars' else 'f')} {word}{name}".strip()


def _is_x(said: Mapping[str, str | None]) -> bool:
    axis = (said.get("axis") or ("x" if (said.get("lie") or "").lower() == "horizontal" else "y")).lower()
    return axis in ("x", "х", "ox", "икс", "абсцисс")


def _axis(form: str, chart: Chart, said: Mapping[str, str | None], russian: bool) -> Answer:
    limits, label = (chart.x, chart.x_label) if _is_x(said) else (chart.y, chart.y_label)
    if form == "label":
        return Answer(f"${label}$" if label else say("nothing", russian))
    low, high = (_number(value, limits) for value in limits)
    if form == "end":
        return Answer(high if is_most(said) else low)
    return Answer(f"{say('from', russian)} {low} {say('to', russian)} {high}")


def _meant(chart: Chart, words: str) -> list[Curve]:
    """The curves that words mean, by their colour or name; all where the words say neither."""
    curves = [one for one in chart.curves if one.kind in ("line", "points", "stems")]
    if any(one.kind == "line" for one in curves):
        curves = [one for one in curves if one.kind == "line"]
    known = set(table()["words"]["curves"])
    rest = [word for word in re.findall(r"[^\s,]+", words.lower()) if word not in known]
    colors = _colors(" ".join(rest))
    if colors:
        curves = [one for one in curves if one.color in colors]
    elif rest:
        wanted = re.sub(r"[\s$]", "", words.lower())
        named = [
            one for one in curves if any(wanted.endswith(re.sub(r"[\s$]", "", name.lower())) for name in one.names)
        ]
        if not named:
            raise NoMatch
        curves = named
    if not curves:
        raise UnsupportedError(f"the axes have no such curve: {words}" if words else "the axes have no curve")
    return curves


def _colors(words: str) -> set[str]:
    _, found = tokens(Source(words, "<question>"))
    return {description.color_name(one) for token in found if (one := token.means("color")) is not None}


def _of_curve(form: str, curve: Curve, chart: Chart, said: Mapping[str, str | None], russian: bool) -> Answer:
    match form:
        case "roots" | "cross" | "crosses" | "times":
            is_x = form in ("roots", "times") and not said.get("axis") or _is_x(said)
            found = _distinct(_crossings(curve, 0.0) if is_x else _values(curve, 0.0), chart.x if is_x else chart.y)
            if form == "crosses":
                return Answer(say("yes" if found else "no", russian))
            return Answer(str(len(found)) if form == "times" else _listed(found, russian))
        case "value":
            return Answer(_listed(_distinct(_values(curve, _told_number(said)), chart.y), russian))
        case "inverse":
            return Answer(_listed(_distinct(_crossings(curve, _told_number(said)), chart.x), russian))
        case "grows":
            return Answer(_growing(curve, chart, said, russian))
        case "color":
            return Answer(color(curve.color, russian))
        case "extreme" | "extreme_at":
            value, places = _extreme(curve, chart, said)
            where = _listed(_distinct(places, chart.x), russian)
            if form == "extreme_at":
                return Answer(f"x = {where}", value=where)
            return Answer(f"{_number(value, chart.y)} {say('at x =', russian)} {where}", value=_number(value, chart.y))
    raise NoMatch


def _told_number(said: Mapping[str, str | None]) -> float:
    return float((said.get("number") or "0").replace("−", "-").replace(" ", "").replace(",", "."))


def _pieces(curve: Curve) -> Iterator[_Piece]:
    for first, second in pairwise(curve.points):
        if all(math.isfinite(value) for value in (*first, *second)):
            yield first, second


def _crossings(curve: Curve, level: float) -> list[float]:
    """The x at which a curve has a value."""
    found: list[float] = []
    for (x0, y0), (x1, y1) in _pieces(curve):
        if (y0 - level) * (y1 - level) < 0:
            found.append(x0 + (level - y0) / (y1 - y0) * (x1 - x0))
        else:
            found += [x for x, y in ((x0, y0), (x1, y1)) if abs(y - level) < _SAME]
    touched = [x for x, y in _turns(curve) if abs(y - level) < 1e-3 * _height(curve)]
    return sorted(found + touched)


def _values(curve: Curve, at: float) -> list[float]:
    """The values that a curve has at an x."""
    found: list[float] = []
    for (x0, y0), (x1, y1) in _pieces(curve):
        if min(x0, x1) - _SAME <= at <= max(x0, x1) + _SAME and x0 != x1:
            found.append(y0 + (at - x0) / (x1 - x0) * (y1 - y0))
    found += [y for x, y in curve.points if curve.kind != "line" and abs(x - at) < _SAME]
    return sorted(found)


def _height(curve: Curve) -> float:
    ys = [y for _, y in curve.points if math.isfinite(y)]
    return max(ys) - min(ys) if ys else 0.0


def _turns(curve: Curve) -> list[Point]:
    """Where a curve turns up or down: the tops of parabolas through three points."""
    found: list[Point] = []
    for (x0, y0), (x1, y1), (x2, y2) in zip(curve.points, curve.points[1:], curve.points[2:], strict=False):
        if (y1 - y0) * (y2 - y1) <= 0 and (y0, y1) != (y1, y2) and y1 not in (y0,):
            a, b = x1 - x0, x2 - x1
            bend = ((y2 - y1) / b - (y1 - y0) / a) / (a + b) if a * b > 0 else 0.0
            slope = (y1 - y0) / a + bend * a if a else 0.0
            step = -slope / (2 * bend) if bend else 0.0
            inside = abs(step) <= max(abs(a), abs(b))
            found.append((x1 + step, y1 + slope * step + bend * step * step) if bend and inside else (x1, y1))
    return found


def _extreme(curve: Curve, chart: Chart, said: Mapping[str, str | None]) -> tuple[float, list[float]]:
    """The largest or smallest value of a curve, and where it has it: where it turns, or at an end."""
    most = is_most(said)
    ends = [point for piece in _pieces(curve) for point in piece] if curve.kind == "line" else list(curve.points)
    points = [point for point in (*ends, *_turns(curve)) if all(map(math.isfinite, point))]
    if not points:
        raise UnsupportedError("the curve has no points")
    best = (max if most else min)(y for _, y in points)
    edge = chart.y[1] if most else chart.y[0]
    if (best >= edge) if most else (best <= edge):
        raise UnsupportedError(
            f"the curve goes out of the figure at the {'top' if most else 'bottom'}: it has no "
            f"{'largest' if most else 'smallest'} value there"
        )
    turns = [x for x, y in _turns(curve) if abs(y - best) < 1e-4 * max(_height(curve), _SAME)]
    reach = 5 * (chart.x[1] - chart.x[0]) / max(len(curve.points), 1)
    near = [x for x, y in points if abs(y - best) < 1e-4 * max(_height(curve), _SAME)]
    return best, turns + [x for x in near if all(abs(x - turn) > reach for turn in turns)]


def _growing(curve: Curve, chart: Chart, said: Mapping[str, str | None], russian: bool) -> str:
    way = (said.get("way") or "").lower()
    up = way.startswith(("incr", "ris", "grow", "возр", "раст"))
    runs: list[list[float]] = []
    for (x0, y0), (x1, y1) in _pieces(curve):
        if x1 > x0 and (y1 > y0 if up else y1 < y0):
            if runs and abs(runs[-1][1] - x0) < _SAME:
                runs[-1][1] = x1
            else:
                runs.append([x0, x1])
    turns = [x for x, _ in _turns(curve)]
    step = (chart.x[1] - chart.x[0]) / 50
    told = [
        f"{say('from', russian)} {_number(_nearest(low, turns, step), chart.x)} "
        f"{say('to', russian)} {_number(_nearest(high, turns, step), chart.x)}"
        for low, high in runs
        if high - low > step
    ]
    return f" {say('and', russian)} ".join(told) or say("nowhere", russian)


def _nearest(value: float, others: Sequence[float], reach: float) -> float:
    return min((other for other in others if abs(other - value) <= reach), key=lambda x: abs(x - value), default=value)


def _met(chart: Chart, russian: bool) -> Answer:
    """Where curves meet. Raises UnsupportedError where they lie on each other, and where there are too many."""
    curves = [one for one in chart.curves if one.kind == "line"]
    if len(curves) < 2:
        raise UnsupportedError("the axes have fewer than two curves")
    if len(curves) > MAX_CURVES:
        raise UnsupportedError(f"the axes have {len(curves)} curves; where at most {MAX_CURVES} meet can be told")
    sizes = (abs(chart.x[1] - chart.x[0]) or 1.0, abs(chart.y[1] - chart.y[0]) or 1.0)
    found: list[Point] = []
    left = MAX_PAIRS
    for first, second in combinations(curves, 2):
        pairs = list(islice(_above(first, second), left + 1))
        left -= len(pairs)
        if left < 0:
            raise UnsupportedError("the curves have too many pieces to tell where they meet")
        if sum(_shared(one, other, sizes) for one, other in pairs) > _LONG:
            raise UnsupportedError(f"{_told(first, False)} and {_told(second, False)} lie on each other")
        found += [point for one, other in pairs if (point := _meeting(one, other)) is not None]
    told = list(dict.fromkeys(f"({_number(x, chart.x)}, {_number(y, chart.y)})" for x, y in sorted(found)))
    return Answer(_listed(told, russian), tuple(_told(one, russian) for one in curves))


def _above(first: Curve, second: Curve) -> Iterator[tuple[_Piece, _Piece]]:
    """The pieces of two curves that have an x in common; some more where pieces are of different widths."""
    others = sorted(_pieces(second), key=_left)
    starts = list(map(_left, others))
    widest = max((abs(end[0] - start[0]) for start, end in others), default=0.0)
    for one in _pieces(first):
        low, high = sorted((one[0][0], one[1][0]))
        for other in others[bisect_left(starts, low - widest - _SAME) : bisect_right(starts, high)]:
            yield one, other


def _left(piece: _Piece) -> float:
    return min(piece[0][0], piece[1][0])


def _shared(first: _Piece, second: _Piece, sizes: Point) -> float:
    """The part of an axis along which two pieces lie on each other."""
    along = max((0, 1), key=lambda axis: abs(first[1][axis] - first[0][axis]) / sizes[axis])
    spans = [sorted((piece[0][along], piece[1][along])) for piece in (first, second)]
    low, high = max(span[0] for span in spans), min(span[1] for span in spans)
    if low >= high:
        return 0.0
    gaps = (abs(_across(first, along, at) - _across(second, along, at)) for at in (low, high))
    return (high - low) / sizes[along] if max(gaps) <= _TOUCH * sizes[1 - along] else 0.0


def _across(piece: _Piece, along: int, at: float) -> float:
    """The other coordinate of a piece where one of them has a value."""
    start, end = piece
    share = (at - start[along]) / (end[along] - start[along])
    return start[1 - along] + share * (end[1 - along] - start[1 - along])


def _meeting(first: _Piece, second: _Piece) -> Point | None:
    (x0, y0), (x1, y1) = first
    (u0, v0), (u1, v1) = second
    area = (x1 - x0) * (v1 - v0) - (y1 - y0) * (u1 - u0)
    if not area:
        return None
    s = ((u0 - x0) * (v1 - v0) - (v0 - y0) * (u1 - u0)) / area
    t = ((u0 - x0) * (y1 - y0) - (v0 - y0) * (x1 - x0)) / area
    inside = -_SAME <= s <= 1 + _SAME and -_SAME <= t <= 1 + _SAME
    return (x0 + s * (x1 - x0), y0 + s * (y1 - y0)) if inside else None


def _bars(form: str, chart: Chart, said: Mapping[str, str | None], russian: bool) -> Answer:
    bars = [(x, y, curve) for curve in chart.curves if curve.kind == "bars" for x, y in curve.points]
    if not bars:
        raise NoMatch
    reach = 0.5 * (chart.x[1] - chart.x[0]) / max(len(bars), 1)

    def name(x: float) -> str:
        return min(((abs(at - x), label) for at, label in chart.x_names if abs(at - x) < reach), default=(0, f"{x:g}"))[
            1
        ]

    told = tuple(f"{name(x)}: {_number(y, chart.y)}" for x, y, _ in bars)
    if form == "bars":
        return Answer(str(len(bars)), told)
    if form == "best":
        x, y, _ = (max if is_most(said) else min)(bars, key=lambda bar: bar[1])
        return Answer(name(x), (f"{name(x)}: {_number(y, chart.y)}",))
    wanted = (said.get("bar") or "").strip(" \"'«»").lower()
    for x, y, _ in bars:
        if name(x).lower() == wanted:
            return Answer(_number(y, chart.y), (f"{name(x)}: {_number(y, chart.y)}",))
    raise NoMatch


def _distinct(values: Sequence[float], limits: Point) -> list[str]:
    """The values as they are told, each once."""
    return list(dict.fromkeys(_number(value, limits) for value in values))


def _listed(words: Sequence[str], russian: bool) -> str:
    if not words:
        return say("nowhere", russian)
    return f" {say('and', russian)} ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _number(value: float, limits: Point) -> str:
    """A value as the shortest decimal within what can be seen on its axis."""
    fine = (limits[1] - limits[0]) / _FINE
    for digits in range(12):
        if abs(round(value, digits) - value) <= fine:
            return f"{round(value, digits) + 0.0:g}"
    return f"{value:g}"
