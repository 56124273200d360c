"""How far a run has come: a line on standard error that is written over, and only on terminals."""

from __future__ import annotations

from time import monotonic
from typing import Final

from ..convert.console import StatusLine, bar

_PAUSE: Final = 0.2
"""Seconds between two looks."""


class Progress(StatusLine):
    """Share of the input, records, rate, time that is left, and failures."""

    def __init__(self, quiet: bool = False) -> None:
        super().__init__(not quiet)
        self._started = self._last = monotonic()
        self._from: float | None = None

    def show(self, share: float, records: int, failures: int) -> None:
        """Where the run is. `records` are those of this process, without shards that were done before."""
        now = monotonic()
        if self._from is None:
            self._from = share
        if not self.shown or now - self._last < _PAUSE:
            return
        self._last = now
        taken = now - self._started
        line = f"{bar(int(20 * share))} {share:4.0%}  {records:,} records  {records / taken:,.0f}/s"
        if share > self._from:
            line += f"  {duration(taken * (1 - share) / (share - self._from))} left"
        line += f"  {failures:,} failed" if failures else ""
        self.write(line)


def duration(seconds: float) -> str:
    """A time as people say it: ``45 s``, ``12 min``, ``3 h 20 min``."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
