"""Parquet files: a record a row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...convert.errors import MissingExtraError
from .unit import Source, Unit

_AT_ONCE = 256


class Parquet(Source):
    """The rows of a Parquet file; those of whole row groups are passed over without being read."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        self._done, self._rows, self._skipped = 0, 0, 0

    def units(self) -> Iterator[Unit]:
        try:
            from pyarrow import ArrowException  # an extra
            from pyarrow.parquet import ParquetFile
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                'Parquet needs pyarrow, which is not installed: pip install "panmath[corpora]"'
            ) from error
        try:
            with ParquetFile(self.path) as file:
                self._rows = file.metadata.num_rows
                for group in range(file.num_row_groups):
                    length = file.metadata.row_group(group).num_rows
                    if self._skipped >= length:
                        self._skipped -= length
                        self._done += length
                        continue
                    for batch in file.iter_batches(_AT_ONCE, row_groups=[group]):
                        rows = batch.slice(self._skipped).to_pylist()
                        self._done += min(self._skipped, len(batch))
                        self._skipped = max(0, self._skipped - len(batch))
                        size = batch.nbytes // max(len(batch), 1)
                        for row in rows:
                            self._done += 1
                            yield Unit(f"{self.name}:{self._done}", "row", row, size)
        except (ArrowException, OSError) as error:
            yield Unit(f"{self.name}:{self._done + 1}", "broken", f"the file cannot be read on: {error}", 0)

    def skip(self, count: int) -> int:
        """Passes over rows. The reading begins behind them if it has not begun yet."""
        if self._rows:
            return super().skip(count)
        self._skipped = count
        first = next(self._units, None)
        passed = self._done - (first is not None and first.kind != "broken")
        if first is None:
            return passed
        rest = self._units

        def again() -> Iterator[Unit]:
            yield first
            yield from rest

        self._units = again()
        return passed

    @property
    def position(self) -> int:
        return self.size * self._done // self._rows if self._rows else 0
