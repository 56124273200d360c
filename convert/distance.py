"""How far apart two texts and two trees are: the edit distances that scores are made of.

Texts: Levenshtein, by Myers' bit vectors (J. ACM 46:3, 1999) in the form of Hyyrö (2003), with Python's integers as
vectors of any length. Trees: ordered, by Zhang and Shasha (SIAM J. Comput. 18:6, 1989).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


def levenshtein(first: str, second: str) -> int:
    """The least number of insertions, deletions and substitutions of a character that make one text the other."""
    first, second = _without_common_ends(first, second)
    if len(first) < len(second):
        first, second = second, first
    if not second:
        return len(first)
    places: dict[str, int] = {}
    for index, char in enumerate(second):
        places[char] = places.get(char, 0) | 1 << index
    # Bit i of `plus` (`minus`) says that row i + 1 of the column is one more (less) than row i.
    mask, last = (1 << len(second)) - 1, 1 << len(second) - 1
    plus, minus = mask, 0
    distance = len(second)
    for char in first:
        equal = places.get(char, 0)
        diagonal = (((equal & plus) + plus) ^ plus) | equal | minus
        right_plus = minus | ~(diagonal | plus)
        right_minus = plus & diagonal
        distance += bool(right_plus & last) - bool(right_minus & last)
        right_plus = right_plus << 1 | 1
        plus = (right_minus << 1 | ~(diagonal | right_plus)) & mask
        minus = right_plus & diagonal & mask
    return distance


def _without_common_ends(first: str, second: str) -> tuple[str, str]:
    shorter = min(len(first), len(second))
    start = next((at for at in range(shorter) if first[at] != second[at]), shorter)
    first, second, shorter = first[start:], second[start:], shorter - start
    end = next((at for at in range(shorter) if first[-1 - at] != second[-1 - at]), shorter)
    return first[: len(first) - end], second[: len(second) - end]


@dataclass(frozen=True, slots=True)
class LabelledTree:
    """An ordered tree in post-order: `labels[i]` is the i-th node's, `leftmost[i]` the index of its leftmost leaf."""

    labels: Sequence[object]
    leftmost: Sequence[int]

    def __len__(self) -> int:
        return len(self.labels)

    def keyroots(self) -> list[int]:
        """Of the nodes that share a leftmost leaf, the highest: the roots of the subproblems."""
        return sorted({leaf: index for index, leaf in enumerate(self.leftmost)}.values())


def tree_distance(first: LabelledTree, second: LabelledTree) -> int:
    """The least number of insertions, deletions and renamings of a node that make one tree the other.

    Takes time of the order of (nodes × nodes × depth × depth) for trees that are not flat.
    """
    if (first.labels, first.leftmost) == (second.labels, second.leftmost):
        return 0
    subtrees = [[0] * len(second) for _ in range(len(first))]
    for i in first.keyroots():
        for j in second.keyroots():
            _forest_distances(first, second, i, j, subtrees)
    return subtrees[-1][-1]


def _forest_distances(first: LabelledTree, second: LabelledTree, i: int, j: int, subtrees: list[list[int]]) -> None:
    """Fill in the distance of each pair of subtrees that end the forests below the key roots `i` and `j`."""
    i0, j0 = first.leftmost[i], second.leftmost[j]
    above = list(range(j - j0 + 2))
    rows = [above]
    for x in range(i0, i + 1):
        row = [above[0] + 1]
        x_leftmost, x_label = first.leftmost[x], first.labels[x]
        done, before = subtrees[x], rows[x_leftmost - i0]
        for y in range(j0, j + 1):
            least = min(above[y - j0 + 1], row[-1]) + 1
            y_leftmost = second.leftmost[y]
            if x_leftmost == i0 and y_leftmost == j0:
                least = min(least, above[y - j0] + (x_label != second.labels[y]))
                done[y] = least
            else:
                least = min(least, before[y_leftmost - j0] + done[y])
            row.append(least)
        rows.append(row)
        above = row
