"""Running totals of an outbox: what became of the lines of each source, since the store was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.model import Tally
from logsource.store import format as fmt
from logsource.store.rows import TALLY, Put

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class RunningTotals:
    """Tallies by source, as committed. Not thread-safe: its owner locks."""

    def __init__(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """`rows`: names of sources, and rows. Raises StoreUnreadable."""
        self._tallies = {name: fmt.undamaged(fmt.decode_tally, row, name) for name, row in rows}

    def with_more(self, more: Mapping[str, Tally] | None) -> dict[str, Tally]:
        """The totals of these sources, when this is committed."""
        return {name: _sum(self._tallies.get(name), one) for name, one in (more or {}).items()}

    @staticmethod
    def rows(totals: Mapping[str, Tally]) -> list[Put]:
        """How they are kept."""
        return [Put(TALLY + name, fmt.encode_tally(name, total)) for name, total in totals.items()]

    def committed(self, totals: Mapping[str, Tally]) -> None:
        """These are the totals now."""
        self._tallies.update(totals)

    def copy(self) -> dict[str, Tally]:
        """All of them, for whoever may change them."""
        return {name: _sum(None, tally) for name, tally in self._tallies.items()}


def _sum(total: Tally | None, more: Tally) -> Tally:
    result = Tally()
    for one in (more,) if total is None else (total, more):
        result.add(one)
    return result
