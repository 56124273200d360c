"""Routes through the graph: the most reliable first, then the one with the fewest edges.

A route is a tuple of edges. Its reliability is the product of theirs, so that the best route is a shortest path with
the negative logarithms as lengths (Dijkstra, 1959).
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

from .edges import EDGES, Edge
from .errors import NoRouteError
from .formats import lookup

Route: TypeAlias = tuple[Edge, ...]

_HUBS = frozenset({"ast", "document"})
"""A route passes one of them at most: a document is no formula, though both can be spoken."""

MAX_HOPS = 5
"""The longest route that `routes` lists."""


def reliability(route: Sequence[Edge]) -> float:
    """The share of inputs that come out right at the end of the route: the product over its edges."""
    return math.prod(edge.reliability for edge in route)


def show(route: Sequence[Edge]) -> str:
    """A route as one writes it down: ``tex → ast → svg``."""
    return " → ".join([route[0].source, *(edge.target for edge in route)]) if route else ""


@lru_cache(maxsize=256)
def route(source: str, target: str, edges: Route = EDGES) -> Route:
    """The best route between two formats, named by name or alias.

    From a format to itself the route goes around through others, which brings the input into panmath's own form;
    only from `ast` to `ast` it is empty. NoRouteError says what can be reached instead.
    """
    start, goal = lookup(source).name, lookup(target).name
    if start == goal == "ast":
        return ()
    order = itertools.count()  # Of two equal routes the one whose edges stand first in the list.
    queue: list[tuple[float, int, int, Route]] = [(0.0, 0, next(order), ())]
    settled: set[str] = set()
    while queue:
        length, hops, _, taken = heapq.heappop(queue)
        here = taken[-1].target if taken else start
        if taken and here == goal:
            return taken
        if here in settled:
            continue
        if taken:  # The start is not settled by starting there, so that a way around can come back to it.
            settled.add(here)
        for edge in edges:
            if edge.source == here and edge.target not in settled and _leads_on(taken, start, edge):
                further = length - math.log(edge.reliability)
                heapq.heappush(queue, (further, hops + 1, next(order), (*taken, edge)))
    raise NoRouteError(_no_route(start, goal, edges))


def routes(source: str, target: str, edges: Route = EDGES, max_hops: int = MAX_HOPS) -> tuple[Route, ...]:
    """All routes that pass no format twice, the best first; empty where there is none."""
    found = _simple_routes(lookup(source).name, lookup(target).name, edges, max_hops)
    return tuple(sorted(found, key=lambda route: (-reliability(route), len(route), show(route))))


def _simple_routes(start: str, goal: str, edges: Route, max_hops: int) -> Iterator[Route]:
    unfinished: deque[Route] = deque([()])
    while unfinished:
        taken = unfinished.popleft()
        here = taken[-1].target if taken else start
        if taken and here == goal:
            yield taken
        elif len(taken) < max_hops:
            passed = {edge.target for edge in taken} | ({start} - {goal})
            unfinished.extend(
                (*taken, edge)
                for edge in edges
                if edge.source == here and edge.target not in passed and _leads_on(taken, start, edge)
            )


def _leads_on(taken: Route, start: str, edge: Edge) -> bool:
    """Whether the edge may follow: not into the other hub, what was said is heard in the same language, and no figure
    is read from a picture drawn on the way.
    """
    if edge.source == "image" and edge.target == "scene" and taken:
        return False
    if edge.source == "speech" and taken and taken[-1].fixed != edge.fixed:
        return False
    passed = {start, *(_hub(earlier) for earlier in taken)}
    return _hub(edge) not in _HUBS or _HUBS.isdisjoint(passed - {_hub(edge)})


def _hub(edge: Edge) -> str:
    """The hub that an edge leads to, or its target. Words that are read as TeX are read as a formula."""
    return "ast" if edge.reads_words and edge.target == "tex" else edge.target


def reachable(source: str, edges: Route = EDGES) -> frozenset[str]:
    """The formats to which some route leads."""
    start = lookup(source).name
    found: set[tuple[str, frozenset[str]]] = set()
    waiting: list[tuple[str, frozenset[str]]] = [(start, _HUBS & {start})]
    while waiting:
        here, hubs = waiting.pop()
        for edge in edges:
            ahead = (edge.target, hubs | (_HUBS & {_hub(edge)}))
            if edge.source == here and len(ahead[1]) < 2 and ahead not in found:
                found.add(ahead)
                waiting.append(ahead)
    return frozenset(name for name, _ in found)


def _no_route(start: str, goal: str, edges: Route) -> str:
    onward = ", ".join(sorted(reachable(start, edges)))
    if not onward:
        readable = ", ".join(sorted({edge.source for edge in edges}))
        return f"nothing reads {start} in this version; what is read is {readable}"
    return f"no route leads from {start} to {goal}; from {start} one reaches {onward}"
