"""What was just moved from one outbox into another, known on the other side of a crash.

Two databases have no common transaction: whoever is killed behind the commit into the one and before the deletion from the
other would find the same events in both, send them twice, and bury them twice if the collector refuses them. So each
commit brings a row along that says what is in it, and replaces the one of the commit before. What it names is deleted, and
not moved again.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from logsource.model import Batch, Checkpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.model import DeadLetter
    from logsource.store.api import Storage

ROW = "adopted"
"""Where it is kept. Ids of files have 32 digits, and no source is without a name: tail passes it over."""
VERSION = "adopted-1"
DIGITS = 32
"""Hexadecimal ones, of a digest: enough to tell rows apart that nobody makes similar on purpose."""


class Adopted:
    """The row about what was moved last. One thread."""

    def __init__(self, into: Storage) -> None:
        self._into = into
        self._names: frozenset[str] | None = None

    def knows(self, one: Batch | DeadLetter) -> bool:
        """Whether this row, or dead letter, of the other outbox is here already."""
        if self._names is None:
            self._names = _read(self._into)
        return name_of(one) in self._names

    def commit(self, rows: Sequence[Batch], batches: Sequence[Batch], dead: Sequence[DeadLetter]) -> None:
        """Commit what becomes of rows and dead letters of the other outbox, together with their names.

        Raises StoreFull and StoreUnavailable. All that `knows` had said to be here must be gone from the other one.
        """
        names = [*map(name_of, rows), *map(name_of, dead)]
        self._into.commit(batches=batches, dead=dead, checkpoints=[_row({"v": VERSION, "names": names})])
        self._names = frozenset(names)

    def settle(self) -> None:
        """Put on the disk what is here: a power loss that undid it would find the other outbox empty already.

        Raises StoreUnavailable. To be called before anything is deleted there.
        """
        self._into.flush()

    def forget(self) -> None:
        """The other outbox is empty, on its disk."""
        if self._names is None:
            self._names = _read(self._into)
        if self._names:
            self._into.commit(batches=[], checkpoints=[_row({})])
            self._names = frozenset()


def name_of(one: Batch | DeadLetter) -> str:
    """What tells a row from all others of its outbox, now and later: its number, which never comes again, and its content."""
    content = one.body if isinstance(one, Batch) else one.event + one.reason.encode()
    return sha256(b"%b %d %b" % (type(one).__name__.encode(), one.key, content)).hexdigest()[:DIGITS]


def _read(store: Storage) -> frozenset[str]:
    found = [one.state for one in store.checkpoints() if one.file_id == ROW]
    return frozenset(found[0]["names"]) if found and found[0].get("v") == VERSION else frozenset()


def _row(state: dict[str, object]) -> Checkpoint:
    return Checkpoint(file_id=ROW, source="", offset=0, state=state, new_ids=bool(state))
