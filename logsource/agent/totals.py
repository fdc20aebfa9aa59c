"""What became of lines: by source since the outbox was made, and in this run."""

from __future__ import annotations

from logsource.model import Tally


class Totals:
    """Sums of tallies. One thread adds, any may read."""

    def __init__(self, by_source: dict[str, Tally]) -> None:
        """`by_source`: what the store says."""
        self.by_source = by_source
        self.run = Tally()

    def count(self, source: str, tally: Tally) -> None:
        """Add a committed tally. Scrapes read the totals in other threads, so a sum is put there whole."""
        total = Tally()
        total.add(self.by_source.get(source) or Tally())
        total.add(tally)
        self.by_source[source] = total
        self.run.add(tally)
