"""A place among the tokens of a sentence, and what can be taken from there."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, NoReturn, TypeVar

from ...convert.errors import Losses, PanmathError, ParseError
from ...convert.meaning import NoMeaningError, understand
from ...convert.nodes import Node
from ...convert.readers import spoken as spoken_reader
from ...convert.readers import tex as tex_reader
from ...convert.readers.spoken.lexicon import lexicon
from ...convert.readers.spoken.numbers import NumberReader
from ...convert.readers.spoken.words import Word
from ...convert.source import Source
from ..numeric import evaluate
from .lexicon import Token

_CYRILLIC: Final = re.compile(r"[а-яё]", re.IGNORECASE)
_POINT: Final = re.compile(r"[A-Z](?:\d+|['′]+)?")
Item = TypeVar("Item")

_OPEN: Final = ("(", "[")


class NoMatch(Exception):
    """The sentence is not of the form that was tried. Never leaves the package."""


class Amount(NamedTuple):
    """A number, and how it was written, with its unit."""

    value: float
    text: str


class Cursor:
    """Reads one sentence. `reached` is the farthest token at which something was expected in vain."""

    def __init__(self, source: Source, words: Sequence[Word], tokens: Sequence[Token], losses: Losses) -> None:
        self.source, self.words, self.tokens, self.losses = source, words, tokens, losses
        self.language = "ru" if _CYRILLIC.search(source.text) else "en"
        self._numbers = NumberReader(words, lexicon(self.language).numbers)
        self.at = 0
        self.reached = 0

    # Looking

    def skip(self) -> None:
        """Past words that say nothing."""
        while self.at < len(self.tokens) and "filler" in self.tokens[self.at].senses:
            self.at += 1

    @property
    def token(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    @property
    def done(self) -> bool:
        self.skip()
        return self.at >= len(self.tokens)

    def sees(self, kind: str, *values: str) -> bool:
        """Whether a token of this kind comes next, past fillers."""
        before = self.at
        found = self.take(kind, *values)
        self.at = before
        return found is not None

    def anywhere(self, kind: str, *values: str) -> bool:
        """Whether a token of this kind is still to come."""
        return any(token.means(kind, *values) is not None for token in self.rest)

    @property
    def rest(self) -> Sequence[Token]:
        return self.tokens[self.at :]

    # Taking

    def take(self, kind: str, *values: str) -> str | None:
        """The value of the next token in this kind, one of `values` if there are any; None where it is another."""
        before = self.at
        while True:
            token = self.token
            if token is not None and (found := token.means(kind, *values)) is not None:
                self.at += 1
                return found
            if token is None or "filler" not in token.senses:
                break
            self.at += 1
        self.reached = max(self.reached, self.at)
        self.at = before
        return None

    def expect(self, kind: str, *values: str) -> str:
        """As `take`, but NoMatch where it is another."""
        found = self.take(kind, *values)
        if found is None:
            raise NoMatch
        return found

    def sign(self, *signs: str) -> str | None:
        """A sign such as a comma or bracket."""
        token = self.token
        if token is not None and token.text in signs:
            self.at += 1
            return token.text
        self.reached = max(self.reached, self.at)
        return None

    def sees_sign(self, *signs: str) -> bool:
        return self.token is not None and self.token.text in signs

    def letter(self) -> str | None:
        """A small letter alone, as the name of a line; "a" is an article before a word and a name elsewhere."""
        token = self.token
        if token is not None and len(token.text) == 1 and token.text.isascii() and token.text.islower():
            self.at += 1
            return token.text
        return None

    def comma(self) -> bool:
        """A comma, an "and", or both."""
        found = self.sign(",") is not None
        return self.take("word", "and") is not None or found

    def listed(self, item: Callable[[], Item | None]) -> list[Item]:
        """Items with commas between them; a comma that no item follows is left."""
        found: list[Item] = []
        while True:
            before = self.at
            if found and not self.comma():
                return found
            one = item()
            if one is None:
                self.at = before
                return found
            found.append(one)

    def finish(self) -> None:
        """NoMatch unless everything was read."""
        self.sign(",")
        if not self.done:
            self.reached = max(self.reached, self.at)
            raise NoMatch

    # Names

    def name(self) -> str | None:
        """The name of one point."""
        before = self.at
        found = self.names()
        if found is not None and len(found) == 1:
            return found[0]
        self.at = before
        return None

    def names(self, count: int = 0) -> tuple[str, ...] | None:
        """The names of points written together, as ABC, or apart, as A B C where `count` are wanted."""
        before = self.at
        self.skip_articles()
        text = ""
        while (token := self.token) is not None and "name" in token.senses:
            text += token.senses["name"][0]
            self.at += 1
            if not count or len(_POINT.findall(text)) >= count:
                break
        found = tuple(_POINT.findall(text))
        if not found or "".join(found) != text or (count and len(found) != count):
            self.reached = max(self.reached, self.at)
            self.at = before
            return None
        return found

    def two(self) -> tuple[str, str] | None:
        """The names of two points, as AB."""
        found = self.names(2)
        return None if found is None else (found[0], found[1])

    def three(self) -> tuple[str, str, str] | None:
        """The names of three points, as ABC."""
        found = self.names(3)
        return None if found is None else (found[0], found[1], found[2])

    def skip_articles(self) -> None:
        while (token := self.token) is not None and "filler" in token.senses and "name" not in token.senses:
            self.at += 1

    # Numbers

    def count(self) -> int | None:
        """A whole number in words or digits, as a count."""
        before = self.at
        amount = self._plain_number()
        if amount is None or amount.value != int(amount.value) or not 0 <= amount.value <= 100_000:
            self.at = before
            return None
        return int(amount.value)

    def value(self) -> Amount | None:
        """A number with its sign, as "minus two", "3.5 cm", "60 degrees", "two pi", "the root of two"."""
        self.skip_articles()
        before = self.at
        negative = self.take("word", "minus") is not None
        found = self._unsigned()
        if found is None:
            self.reached = max(self.reached, self.at)
            self.at = before
            return None
        text = f"-{found.text}" if negative else found.text
        unit = self.take("word", "unit")
        if unit is not None and not self.tokens[self.at - 1].text.lower().startswith(("unit", "единиц")):
            text += rf"\,\text{{{self.tokens[self.at - 1].text}}}"
        if self.take("word", "degree"):
            text += r"^\circ"
        return Amount(-found.value if negative else found.value, text)

    def value_follows(self) -> bool:
        """Whether a number comes next."""
        before = self.at
        found = self.value() is not None
        self.at = before
        return found

    def _unsigned(self) -> Amount | None:
        token = self.token
        if token is not None and "formula" in token.senses:
            self.at += 1
            node = tex_reader.read(Source(token.senses["formula"][0], self.source.name), losses=self.losses)
            try:
                value = float(evaluate(understand(node), {}))
            except (NoMeaningError, TypeError):
                self.at -= 1
                return None
            return Amount(value, token.senses["formula"][0])
        number = self._plain_number()
        if number is not None and self.token is not None and self.token.text == "/":
            self.at += 1
            below = self._plain_number()
            if below is None or not below.value:
                return None
            number = Amount(number.value / below.value, rf"\frac{{{number.text}}}{{{below.text}}}")
        if self.sees("word", "pi"):
            self.expect("word", "pi")
            factor = number or Amount(1.0, "")
            found = Amount(factor.value * math.pi, rf"{factor.text}\pi")
            if self.token is not None and self.token.text == "/":
                self.at += 1
                below = self._plain_number()
                if below is None or not below.value:
                    return None
                return Amount(found.value / below.value, rf"\frac{{{found.text}}}{{{below.text}}}")
            return found
        if self.take("word", "root"):
            under = self._plain_number() if self.sign("(") is None else self._bracketed()
            if under is None:
                return None
            factor = number or Amount(1.0, "")
            return Amount(factor.value * math.sqrt(under.value), rf"{factor.text}\sqrt{{{under.text}}}")
        return number

    def _bracketed(self) -> Amount | None:
        found = self._plain_number()
        return found if self.sign(")") else None

    def begins_number(self, token: Token) -> bool:
        """Whether a number begins with the token, in words or digits."""
        return bool(self._numbers.read(token.first))

    def _plain_number(self) -> Amount | None:
        token = self.token
        if token is None:
            return None
        parts = self._numbers.read(token.first)
        if not parts or parts[0].kind == "ordinal":
            return None
        end = parts[-1].end
        following = self.at
        while following < len(self.tokens) and self.tokens[following].first < end:
            following += 1
        if following < len(self.tokens) and self.tokens[following].first != end:
            return None
        if following == len(self.tokens) and self.tokens[-1].end > end:
            return None
        self.at = following
        total, text = 0.0, ""
        for part in parts:
            if part.kind == "frac":
                above, _, below = part.text.partition("/")
                total += float(above) / float(below)
                text += rf"\frac{{{above}}}{{{below}}}"
            else:
                total += float(part.text)
                text += part.text
        if not math.isfinite(total) or abs(total) > 1e9:
            return None
        comma = self._decimal_comma(text)
        return comma if comma is not None else Amount(total, text)

    def _decimal_comma(self, whole: str) -> Amount | None:
        """The rest of a number such as 3,5 in Russian."""
        if self.language != "ru" or not whole.isdigit() or self.at + 1 >= len(self.tokens):
            return None
        comma, part = self.words[self.tokens[self.at].first], self.words[self.tokens[self.at + 1].first]
        before = self.words[self.tokens[self.at].first - 1]
        if not (comma.text == "," and comma.glued and part.glued and part.text.isdigit() and before.text == whole):
            return None
        self.at += 2
        return Amount(float(f"{whole}.{part.text}"), f"{whole}{{,}}{part.text}")

    def pair(self) -> tuple[Amount, Amount] | None:
        """Coordinates in brackets: (1, 2), (1; 2)."""
        before = self.at
        if self.sign("(") is not None and (x := self.value()) is not None and self.sign(",", ";") is not None:
            y = self.value()
            if y is not None and self.sign(")") is not None:
                return x, y
        self.at = before
        return None

    # Formulas

    def formula(self, stop: int) -> Node:
        """The formula in the tokens up to `stop`, spoken or written. Raises NoMatch where they are none."""
        while self.at < stop and "filler" in self.tokens[self.at].senses:
            self.at += 1
        if self.at >= stop:
            raise NoMatch
        start, end = self.tokens[self.at].span[0], self.tokens[stop - 1].span[1]
        first = self.tokens[self.at]
        # Spaces keep the offsets, so that an error points at the place in the whole text.
        text = " " * start + self.source.text[start:end]
        try:
            if "formula" in first.senses and stop == self.at + 1:
                node = tex_reader.read(Source(first.senses["formula"][0], self.source.name), losses=self.losses)
            else:
                node = self._spoken(text)
        except PanmathError as error:
            self.reached = max(self.reached, self.at)
            raise NoMatch from error
        self.at = stop
        return node

    def _spoken(self, text: str) -> Node:
        language = "ru" if _CYRILLIC.search(text) else "en"
        found: Losses = []
        node = spoken_reader.read(Source(text, self.source.name), losses=found, language=language)
        if found:
            raise ParseError(
                "a part of the formula is not understood", Source(text, self.source.name), found[0].span or (0, 1)
            )
        return node

    def refuse(self, message: str) -> NoReturn:
        """A ParseError at the place that was reached."""
        token = self.token or self.tokens[-1]
        raise ParseError(message, self.source, token.span)
