r"""Signs and alphabets that formulas seldom have, put in the place of usual ones, so that a network sees each often."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

_TOKEN: Final = re.compile(
    r"\\(?:text\w*|operatorname\*?|begin|end|math\w+|boldsymbol)\{[^{}]*\}|\\[a-zA-Z]+|\\.|.", re.DOTALL
)
_LETTER: Final = re.compile(r"[a-zA-Z]|\\(?:math\w+|boldsymbol)\{[a-zA-Z]\}|\\(?:alpha|beta|gamma|phi|lambda|omega|mu)")


@dataclass(frozen=True, slots=True)
class Rare:
    """`formulas` and `places` are chances from 0 to 1: of a formula, and of a sign in it. `signs` are groups of which
    each member may stand for every other; `alphabets` are commands by the letters that they are used with.
    """

    formulas: float
    places: float
    signs: Sequence[Sequence[str]]
    letters: Sequence[str]
    alphabets: dict[str, str]

    def put(self, tex: str, random: Random) -> str:
        """A formula with some of its signs exchanged, if it is its turn."""
        if random.random() >= self.formulas:
            return tex
        return "".join(
            self._other(token, random) if random.random() < self.places else token for token in _TOKEN.findall(tex)
        )

    def _other(self, token: str, random: Random) -> str:
        group = next((signs for signs in self.signs if token in signs), None)
        if group:
            return random.choice(group) + " "
        return self._letter(random) + " " if _LETTER.fullmatch(token) else token

    def _letter(self, random: Random) -> str:
        if random.random() < 0.5:
            return random.choice(self.letters)
        alphabet = random.choice(list(self.alphabets))
        return rf"\{alphabet}{{{random.choice(self.alphabets[alphabet])}}}"
