"""An outbox that forgets everything at exit: the same rules, rows in a dictionary."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from logsource.store.outbox import Outbox
from logsource.store.rows import Put, RowInfo, Totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from logsource.clock import Clock
    from logsource.store.rows import Key


class _MemoryTransaction:
    foreign = False

    def __init__(self) -> None:
        self.changes: list[Put | Key] = []

    def delete(self, keys: Iterable[Key]) -> None:
        self.changes.extend(keys)

    def put(self, rows: Iterable[Put]) -> None:
        self.changes.extend(rows)


class MemoryRows:
    """Rows in a dictionary. Nobody else can write them."""

    def __init__(self) -> None:
        self._rows: dict[Key, Put] = {}

    @contextmanager
    def transaction(self) -> Iterator[_MemoryTransaction]:
        """Collect the changes and make them at the end, if there is no exception."""
        transaction = _MemoryTransaction()
        yield transaction
        for change in transaction.changes:
            if isinstance(change, Put):
                self._rows[change.key] = change
            else:
                self._rows.pop(change, None)

    def foreign(self) -> bool:
        """Never."""
        return False

    def noticed(self) -> None:
        """There was nothing to notice."""

    def get(self, key: Key) -> bytes | None:
        """A row's value."""
        row = self._rows.get(key)
        return None if row is None else row.value

    def infos(self, first: int, last: int) -> Iterator[RowInfo]:
        """Integer rows with first <= key <= last, in order."""
        for key in self._keys(first, last):
            row = self._rows[key]
            yield RowInfo(key, row.events, len(row.value), row.committed_ms)

    def totals(self, first: int, last: int) -> Totals:
        """Number and size of integer rows with first <= key <= last."""
        keys = self._keys(first, last)
        stored = sum(len(self._rows[key].value) for key in keys)
        return Totals(len(keys), stored, keys[0] if keys else 0, keys[-1] if keys else 0)

    def texts(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Rows with text keys that begin with `prefix`."""
        for key, row in list(self._rows.items()):
            if isinstance(key, str) and key.startswith(prefix):
                yield key.removeprefix(prefix), row.value

    def check_space(self, size: int) -> None:
        """Memory is bounded by the outbox's capacity."""

    def sync(self) -> None:
        """There is no disk."""

    def tidy(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""

    def _keys(self, first: int, last: int) -> list[int]:
        """Integer keys of a range, in order; a range smaller than the store is tried key by key."""
        if last - first < len(self._rows):
            return [key for key in range(first, last + 1) if key in self._rows]
        return sorted(key for key in self._rows if isinstance(key, int) and first <= key <= last)


class MemoryStore(Outbox):
    """`Storage` without a disk, for `outbox.storage: memory`, `--once` trials and tests."""

    def __init__(self, *, capacity: int, clock: Clock) -> None:
        super().__init__(MemoryRows(), capacity=capacity, clock=clock)
