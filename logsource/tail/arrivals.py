"""Which logs a new name in a directory may concern, found without asking about each of thousands of logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.siblings import stem_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logsource.tail.find import Entry, Listing


class Arrivals:
    """The logs of one directory that are waited for, and the names that came since somebody asked."""

    def __init__(self) -> None:
        self._logs: dict[str, set[str]] = {}
        """By stem."""
        self._entries: list[Entry] | None = None
        self._names: set[Entry] = set()
        self._new: set[str] = set()

    def add(self, log: str) -> None:
        """Wait for generations of this log from now on. What is in the directory now has to be noted first."""
        self._logs.setdefault(stem_of(log), set()).add(log)

    def discard(self, log: str) -> bool:
        """Wait no longer; whether no log is left."""
        stem = stem_of(log)
        logs = self._logs.get(stem, set())
        logs.discard(log)
        if not logs:
            self._logs.pop(stem, None)
        return not self._logs

    def note(self, listing: Listing | None) -> None:
        """Remember what is new in the directory: a name that went and came again is, and all that could not be listed."""
        if listing is None:
            self._entries, self._names = None, set()
        elif listing.entries is not self._entries:
            self._entries, before, self._names = listing.entries, self._names, set(listing.entries)
            self._new.update(entry.name for entry in self._names - before)

    def concerned(self) -> set[str]:
        """Logs of which something that came since the last call may be a generation."""
        new, self._new = self._new, set()
        return set(self._of(new))

    def _of(self, names: set[str]) -> Iterable[str]:
        for name in names:
            for length in range(len(name) + 1):
                yield from self._logs.get(name[:length], ())
