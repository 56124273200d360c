"""The step that reads web pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import ClassVar

from ...convert.errors import InputError, MissingExtraError
from ..sample import Sample
from ..step import PerSample


@dataclass(frozen=True)
class Extract(PerSample):
    """Makes of a page its title, language, text as Markdown, and the lists of its formulas and pictures.

    The page is in the column `content`, and its encoding perhaps in `charset`; both go. A record that has `formulas`
    already, because `panmath extract html` wrote it, stays as it is. `whole` takes what is around the content, too,
    `links` keeps addresses, and `seconds` is for one page.
    """

    name: ClassVar[str] = "extract"
    whole: bool = False
    links: bool = False
    seconds: float = 30.0

    def one(self, sample: Sample) -> Iterable[Sample]:
        if "content" not in sample.fields and "formulas" in sample.fields:
            return (sample,)
        try:
            from .. import html  # with packages of an extra
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                f'web pages need {error.name}, which is not installed: pip install "panmath[corpora]"'
            ) from error
        content = sample.fields.pop("content", None)
        if not isinstance(content, bytes | str):
            raise InputError(f"{sample.id}: no page in a column 'content'; the columns are {', '.join(sample.fields)}")
        page = html.extract(
            content,
            name=sample.id,
            charset=sample.fields.pop("charset", None) or "",
            whole=self.whole,
            links=self.links,
            seconds=self.seconds,
        )
        sample.fields |= {
            "title": page.title,
            "language": page.language or None,
            "text": page.text,
            "formulas": [asdict(formula) for formula in page.formulas],
            "images": [asdict(image) for image in page.images],
        }
        return (sample,)
