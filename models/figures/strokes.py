"""The ink of lines → strokes: lists of points along the middle of each, through the crossings that it passes."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.morphology import skeletonize

from .ink import Colors, Mask

Points = npt.NDArray[np.float64]
"""Count × (x, y)."""

_STRAIGHT_ON: Final = math.radians(42)
"""How far a stroke may turn at a crossing."""
_SHARP: Final = math.radians(85)
_SAME_TINT: Final = 0.94
"""The cosine of the angle between colours of one stroke."""
_AROUND: Final = ((-1, 0), (0, -1), (0, 1), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1))


class Stroke(NamedTuple):
    """Points along a stroke; `closed` where it comes back to its beginning, `free` whether each end touches nothing."""

    points: Points
    closed: bool
    free: tuple[bool, bool]


class _Edge(NamedTuple):
    start: int
    end: int
    points: Points


def strokes(lines: Mask, half: float, tint: Colors | None = None) -> list[Stroke]:
    """The strokes of a map of ink; spurs that are no longer than strokes are wide are left out. Where `tint` tells how
    far the colour of each pixel is from the paper's, a stroke keeps its colour at crossings.
    """
    skeleton = skeletonize(np.pad(lines, 1))[1:-1, 1:-1]
    nodes, edges = _graph(skeleton)
    edges = _unmitred(_pruned(edges, 1.1 * half + 1.2), half)
    nodes, edges = _merged(nodes, edges, 2.0 * half + 1.5)
    return _chained(edges, half, [_tint(edge.points, tint) for edge in edges])


def _graph(skeleton: Mask) -> tuple[list[tuple[float, float]], list[_Edge]]:
    """Ends and crossings of a skeleton, and the ways between them."""
    neighbours = ndimage.convolve(skeleton.astype(np.uint8), np.ones((3, 3), np.uint8), mode="constant") - 1
    special = skeleton & (neighbours != 2)
    numbers, count = ndimage.label(special, np.ones((3, 3), bool))
    centers = ndimage.center_of_mass(special, numbers, np.arange(1, count + 1)) if count else []
    nodes = [(float(x), float(y)) for y, x in centers]
    pixels = {(int(y), int(x)) for y, x in zip(*np.nonzero(skeleton), strict=True)}
    node_of = {(int(y), int(x)): int(numbers[y, x]) - 1 for y, x in zip(*np.nonzero(special), strict=True)}
    edges: list[_Edge] = []
    seen: set[tuple[int, int]] = set()
    for start in node_of:
        for step in _next(start, pixels):
            if step in node_of or step in seen:
                continue
            way, end = _walk(start, step, pixels, node_of, seen)
            edges.append(_edge(nodes, node_of[start], end, way))
    for pixel in sorted(pixels):  # rings without a crossing
        if pixel not in node_of and pixel not in seen:
            seen.add(pixel)
            way = [pixel]
            while True:
                onward = [step for step in _next(way[-1], pixels) if step not in seen]
                if not onward:
                    break
                seen.add(onward[0])
                way.append(onward[0])
            nodes.append((float(pixel[1]), float(pixel[0])))
            edges.append(_edge(nodes, len(nodes) - 1, len(nodes) - 1, way[1:]))
    lone = set(range(count)) - {node for edge in edges for node in (edge.start, edge.end)}
    del lone  # specks of a pixel or two are no strokes
    return nodes, edges


def _next(pixel: tuple[int, int], pixels: set[tuple[int, int]]) -> list[tuple[int, int]]:
    y, x = pixel
    return [(y + dy, x + dx) for dy, dx in _AROUND if (y + dy, x + dx) in pixels]


def _walk(
    start: tuple[int, int], step: tuple[int, int], pixels: set[tuple[int, int]], node_of: dict[tuple[int, int], int],
    seen: set[tuple[int, int]],
) -> tuple[list[tuple[int, int]], int]:  # fmt: skip
    way, before = [step], start
    seen.add(step)
    while True:
        here = way[-1]
        ahead = [other for other in _next(here, pixels) if other not in seen]
        ends = [other for other in ahead if other in node_of and (len(way) > 1 or node_of[other] != node_of[start])]
        if ends:
            return way, node_of[ends[0]]
        onward = [other for other in ahead if other not in node_of]
        if not onward:
            back = [other for other in _next(here, pixels) if other in node_of and other != before]
            return way, node_of[back[0]] if back else node_of[start]
        before = here
        seen.add(onward[0])
        way.append(onward[0])


def _edge(nodes: list[tuple[float, float]], start: int, end: int, way: list[tuple[int, int]]) -> _Edge:
    points = [nodes[start], *((float(x), float(y)) for y, x in way), nodes[end]]
    return _Edge(start, end, np.asarray(points))


def length(points: Points) -> float:
    """The length of the way through the points."""
    return float(np.hypot(*np.diff(points, axis=0).T).sum())


def _degrees(edges: list[_Edge]) -> defaultdict[int, int]:
    found: defaultdict[int, int] = defaultdict(int)
    for edge in edges:
        found[edge.start] += 1
        found[edge.end] += 1
    return found


def _pruned(edges: list[_Edge], least: float) -> list[_Edge]:
    """Without short edges that end in nothing at one side and in a crossing at the other."""
    degrees = _degrees(edges)
    return [
        edge
        for edge in edges
        if length(edge.points) >= least
        or (degrees[edge.start] > 1) == (degrees[edge.end] > 1)
        or max(degrees[edge.start], degrees[edge.end]) < 3
    ]


def _unmitred(edges: list[_Edge], half: float) -> list[_Edge]:
    """Without the short edges that a skeleton has in the mitre of a sharp corner."""
    at_node: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, edge in enumerate(edges):
        at_node[edge.start].append((number, 0))
        at_node[edge.end].append((number, 1))
    gone: set[int] = set()
    for ends in at_node.values():
        if len(ends) != 3:
            continue
        spurs = [
            end for end in ends
            if length(edges[end[0]].points) < 6 * half + 2.5
            and len(at_node[edges[end[0]].end if end[1] == 0 else edges[end[0]].start]) == 1
        ]  # fmt: skip
        if len(spurs) != 1:
            continue
        ways = [_heading(edges[number].points, side, half) for number, side in ends if (number, side) != spurs[0]]
        between = abs((ways[0] - ways[1] + math.pi) % (2 * math.pi) - math.pi)
        back = math.atan2(sum(map(math.sin, ways)), sum(map(math.cos, ways))) + math.pi
        spur = edges[spurs[0][0]].points if spurs[0][1] == 0 else edges[spurs[0][0]].points[::-1]
        out = math.atan2(spur[-1][1] - spur[0][1], spur[-1][0] - spur[0][0])
        if between < _SHARP and math.cos(out - back) > 0.75:
            gone.add(spurs[0][0])
    return [edge for number, edge in enumerate(edges) if number not in gone]


def _merged(
    nodes: list[tuple[float, float]], edges: list[_Edge], near: float
) -> tuple[list[tuple[float, float]], list[_Edge]]:
    """Crossings that a stroke's width makes two are one."""
    degrees = _degrees(edges)
    group = list(range(len(nodes)))

    def root(at: int) -> int:
        while group[at] != at:
            at = group[at]
        return at

    kept: list[_Edge] = []
    for edge in edges:
        if edge.start != edge.end and length(edge.points) < near and degrees[edge.start] > 2 and degrees[edge.end] > 2:
            group[root(edge.start)] = root(edge.end)
        else:
            kept.append(edge)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for at in range(len(nodes)):
        members[root(at)].append(at)
    places = {one: tuple(np.mean([nodes[at] for at in all_of], axis=0).tolist()) for one, all_of in members.items()}
    found = []
    for edge in kept:
        start, end = root(edge.start), root(edge.end)
        points = edge.points.copy()
        points[0], points[-1] = places[start], places[end]
        found.append(_Edge(start, end, points))
    return [places.get(at, nodes[at]) for at in range(len(nodes))], found


def _tint(points: Points, tint: Colors | None) -> npt.NDArray[np.float64] | None:
    """The direction in which the colour of an edge lies from the paper; None where it is too short to tell."""
    if tint is None or len(points) < 8:
        return None
    x, y = np.rint(points[3:-3]).astype(int).T
    mean = tint[y, x].mean(axis=0).astype(np.float64)
    size = float(np.linalg.norm(mean))
    return mean / size if size > 12 else None


def _differ(one: npt.NDArray[np.float64] | None, other: npt.NDArray[np.float64] | None) -> bool:
    return one is not None and other is not None and float(one @ other) < _SAME_TINT


def _chained(edges: list[_Edge], half: float, tints: list[npt.NDArray[np.float64] | None]) -> list[Stroke]:
    """Edges that go straight on at a crossing are one stroke."""
    at_node: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, edge in enumerate(edges):
        at_node[edge.start].append((number, 0))
        at_node[edge.end].append((number, 1))
    partner: dict[tuple[int, int], tuple[int, int]] = {}
    for ends in at_node.values():
        ways = {end: _heading(edges[end[0]].points, end[1], half) for end in ends}
        turns = sorted(
            (abs(_bend(ways[one], ways[other])), one, other)
            for at, one in enumerate(ends)
            for other in ends[at + 1 :]
            if not _differ(tints[one[0]], tints[other[0]])
        )
        limit = math.pi if len(ends) == 2 else _STRAIGHT_ON
        for turn, one, other in turns:
            if turn < limit and one not in partner and other not in partner and one[0] != other[0]:
                partner[one], partner[other] = other, one
        if len(ends) == 2 and ends[0][0] == ends[1][0]:  # a ring
            partner[ends[0]], partner[ends[1]] = ends[1], ends[0]
    touching = {end for ends in at_node.values() if len(ends) > 1 for end in ends}
    used: set[int] = set()
    loose = [(number, side) for number in range(len(edges)) for side in (0, 1) if (number, side) not in partner]
    found = [_stroke(at, side, edges, partner, used, touching) for at, side in loose if at not in used]
    rings = [_stroke(at, 0, edges, partner, used, touching) for at in range(len(edges)) if at not in used]
    return [*found, *(ring._replace(closed=True) for ring in rings)]


def _stroke(
    number: int, side: int, edges: list[_Edge], partner: dict[tuple[int, int], tuple[int, int]], used: set[int],
    touching: set[tuple[int, int]],
) -> Stroke:  # fmt: skip
    parts: list[Points] = []
    first = last = (number, side)
    while True:
        used.add(number)
        points = edges[number].points if side == 0 else edges[number].points[::-1]
        parts.append(points if not parts else points[1:])
        last = (number, 1 - side)
        if last not in partner or partner[last][0] in used:
            break
        number, side = partner[last]
    return Stroke(np.concatenate(parts), False, (first not in touching, last not in touching))


def _heading(points: Points, side: int, half: float) -> float:
    """The direction in which an edge leaves its node, in radians."""
    way = points if side == 0 else points[::-1]
    steps = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(way, axis=0).T))))
    start = np.searchsorted(steps, min(half + 1.0, steps[-1] / 3))
    end = np.searchsorted(steps, min(half + 8.0, steps[-1]))
    a, b = way[min(start, len(way) - 2)], way[min(max(end, start + 1), len(way) - 1)]
    return math.atan2(b[1] - a[1], b[0] - a[0])


def _bend(one: float, other: float) -> float:
    """The turn of a stroke that comes in along one heading and leaves along the other."""
    return (one + math.pi - other + math.pi) % (2 * math.pi) - math.pi
