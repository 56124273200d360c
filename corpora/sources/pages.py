"""Web pages: files, and the pages of WARC archives. They are read as `panmath extract html` reads them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from ...convert.errors import PanmathError
from ..html_sources import documents
from .unit import Source, Unit


class Pages(Source):
    """The page in a file, or those of an archive, with where they were on the web."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        self._done = False

    def units(self) -> Iterator[Unit]:
        for number, found in enumerate(documents([str(self.path)], sys.stdin.buffer), 1):
            if isinstance(found, PanmathError):
                yield Unit(f"{self.name}:{number}", "broken", str(found).partition("\n")[0], 0)
                continue
            content = {"content": found.content, "url": found.url or None, "charset": found.charset}
            yield Unit(self.name if found.name == str(self.path) else found.name, "row", content, len(found.content))
        self._done = True

    @property
    def position(self) -> int:
        return self.size if self._done else 0
