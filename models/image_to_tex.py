r"""The learned edge image → tex: symbols are found on the picture, and their layout is read.

A picture that carries its source gives it unchanged. What a checkpoint of the symbol detector (`models.detector`) finds
is read by `models.layout`; any other checkpoint is an encoder–decoder that writes TeX itself (`models.vision`).
Confidence is a logistic regression over what is known of an answer (`Evidence`), with its weights beside the checkpoint
in confidence.json.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from panmath.convert.edges import Answer
from panmath.convert.errors import Loss, PanmathError, UnsupportedError
from panmath.convert.logistic import Logistic, beside
from panmath.convert.readers import tex as tex_reader
from panmath.convert.source import Source
from panmath.convert.writers import tex as tex_writer
from panmath.renderers.metadata import embedded_tex

from . import layout, store
from .symbols import Page, Symbol

if TYPE_CHECKING:
    from .seeing import Detector, Seen

EDGE: Final = "image → tex"
_SYMBOLS: Final = 600
"""The most symbols of a formula."""
_SWAPPED: Final = 6
"""Of how many uncertain symbols other names are tried."""
_SURE: Final = 0.2
"""The mean weight of symbols below which there is no formula at all."""
_NO_FORMULA: Final = 1e-3
_DOUBTFUL: Final = 0.05
"""Answers less likely than the first are none; less likely than the second, they come with a warning."""
_LOWEST: Final = 1e-4


class Evidence(NamedTuple):
    """What is known of an answer, in the order of the weights.

    `total` is the logarithm of the product of the weights of all symbols, `worst` that of the least, `symbols` the
    logarithm of their number, `spare` the share of ink that belongs to none of them.
    """

    total: float
    worst: float
    symbols: float
    spare: float


_UNFITTED: Final = Logistic(1.0, (1.0, 0.5, 0.0, -5.0))


def confidence(folder: Path) -> Logistic:
    """How sure the answers of a checkpoint are."""
    return beside(folder / "confidence.json", Evidence._fields, _UNFITTED)


def read_many(
    pictures: Sequence[bytes],
    *,
    limit: int,
    model: str = "",
    device: str = "auto",
    precision: str = "auto",
    beams: int = 4,
) -> list[list[Answer] | PanmathError]:
    """At most `limit` formulas in TeX for each picture (PNG, JPEG, WebP …), the likeliest first; the weight is the
    probability that it is right.

    UnsupportedError for what is no picture, and where no formula is seen on it.
    """
    found: list[list[Answer] | PanmathError | None] = [_embedded(picture) for picture in pictures]
    if all(answer is not None for answer in found):
        return [answer for answer in found if answer is not None]
    folder = store.find(model, EDGE)
    unread = [picture for picture, answer in zip(pictures, found, strict=True) if answer is None]
    if is_detector(folder):
        read = iter(_seen(unread, limit, folder, device, precision))
    else:
        from .vision import read_all

        read = iter(read_all(unread, limit, folder, device, precision, beams))
    return [answer if answer is not None else next(read) for answer in found]


def _embedded(picture: bytes) -> list[Answer] | None:
    """The source that a picture carries; a damaged picture is told of by the reader of pictures."""
    try:
        tex = embedded_tex(picture)
    except PanmathError:
        return None
    return None if tex is None else [Answer(Source(tex, "<image> (embedded tex)"), 1.0)]


def is_detector(folder: Path) -> bool:
    """Whether a checkpoint finds symbols, and does not write TeX itself."""
    return store.model_type(folder) == "panmath-symbol-detector"


def _seen(
    pictures: Sequence[bytes], limit: int, folder: Path, device: str, precision: str
) -> list[list[Answer] | PanmathError]:
    from .device import chosen  # here, because torch takes seconds to load
    from .seeing import loaded

    detector, judge = loaded(folder, chosen(device), precision), confidence(folder)
    found: list[list[Answer] | PanmathError] = []
    for picture in pictures:
        try:
            found.append(answers(look(picture, detector), judge, limit))
        except PanmathError as error:
            found.append(error)
    return found


def look(picture: bytes, detector: Detector) -> Seen:
    """What the detector sees on a picture."""
    from . import pictures

    return detector.look(pictures.ink(pictures.opened(picture)))


def answers(seen: Seen, judge: Logistic, limit: int) -> list[Answer]:
    """The formulas that a picture may show. UnsupportedError where it shows none."""
    symbols = seen.page.symbols
    if not symbols or sum(symbol.weight for symbol in symbols) / len(symbols) < _SURE:
        raise UnsupportedError("the picture holds no formula")
    if len(symbols) > _SYMBOLS:
        raise UnsupportedError(f"the picture shows more than {_SYMBOLS} symbols, which is no single formula")
    spare = spare_ink(seen)
    found: dict[str, float] = {}
    for page in _variants(seen.page, limit):
        tex = _formula(page)
        if tex and tex not in found:
            found[tex] = judge.probability(evidence(page.symbols, spare))
        if len(found) == limit:
            break
    if not found:
        raise UnsupportedError("what stands on the picture cannot be read as a formula")
    best = max(found.values())
    if best < _NO_FORMULA:
        raise UnsupportedError("the picture holds no formula")
    doubt = (Loss("the picture", "hardly readable: perhaps it shows no formula"),) if best < _DOUBTFUL else ()
    return [
        Answer(Source(tex, "<image> (as TeX)"), weight, doubt)
        for tex, weight in sorted(found.items(), key=lambda one: -one[1])
    ]


def _formula(page: Page) -> str:
    """The formula of a page in our own spelling; empty where the layout makes no formula."""
    try:
        return tex_writer.write(tex_reader.read(Source(layout.read(page)), losses=[], strict=True), losses=[])
    except (PanmathError, RecursionError):
        return ""


def evidence(symbols: Sequence[Symbol], spare: float) -> Evidence:
    """What is known of an answer made from these symbols."""
    logs = [math.log(max(symbol.weight, _LOWEST)) for symbol in symbols]
    return Evidence(sum(logs), min(logs), math.log(len(logs)), spare)


def _variants(page: Page, limit: int) -> list[Page]:
    """The page, and then with other names for symbols that are not certain, the likeliest first."""
    swaps = [(other[1] / symbol.weight, at, other) for at, symbol in enumerate(page.symbols) for other in symbol.others]
    swaps = heapq.nlargest(_SWAPPED, swaps) if limit > 1 else []
    sets: list[tuple[tuple[tuple[float, int, tuple[str, float]], ...], float]] = [((swap,), swap[0]) for swap in swaps]
    sets += [
        ((one, other), one[0] * other[0])
        for at, one in enumerate(swaps)
        for other in swaps[at + 1 :]
        if one[1] != other[1]
    ]
    ordered = sorted(sets, key=lambda one: -one[1])[: 3 * limit]
    return [page, *(_renamed(page, [(at, other) for _, at, other in swapped]) for swapped, _ in ordered)]


def _renamed(page: Page, names: Sequence[tuple[int, tuple[str, float]]]) -> Page:
    symbols = list(page.symbols)
    for at, (name, weight) in names:
        symbols[at] = symbols[at]._replace(name=name, weight=weight)
    return Page(tuple(symbols), page.bars)


def spare_ink(seen: Seen) -> float:
    """The share of the ink that lies in no symbol's box and on no bar."""
    left = seen.ink.copy()
    total = float(left.sum())
    reach = 2.0
    boxes = [(one.left, one.top, one.right, one.bottom) for one in seen.page.symbols]
    boxes += [(bar.left, bar.y - 1, bar.right, bar.y + 1) for bar in seen.page.bars]
    for x, y, right, bottom in boxes:
        left[
            max(int(y - reach), 0) : max(int(bottom + reach + 1), 0),
            max(int(x - reach), 0) : max(int(right + reach + 1), 0),
        ] = 0
    return float(left[left > 0.3].sum()) / total if total else 0.0
