"""Remembers times by their text: log lines of the same second share it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.parse.timestamps.civil import DAY_MS

if TYPE_CHECKING:
    from logsource.parse.timestamps.reader import TimestampReader

MAX_TEXTS = 65_536
"""Entries before the cache is emptied (about 8 MB); a file in order needs one for each distinct text."""


class CachedReader:
    """A reader for the hot path: the milliseconds as decimal text, looked up by the text of the time.

    The reference may decide the year, so the cache is emptied when the day of the reference changes; within
    a day the reference of the first use counts.
    """

    def __init__(self, reader: TimestampReader, *, limit: int = MAX_TEXTS) -> None:
        self._reader = reader
        self._limit = limit
        self._known: dict[str, str] = {}
        self._day = 0
        self._reference = 0

    def refer(self, reference_ms: int) -> None:
        """Set the reference for the texts that follow."""
        day = reference_ms // DAY_MS
        if day != self._day or not self._known:
            self._known.clear()
            self._day = day
            self._reference = reference_ms

    def ms_text(self, text: str) -> str:
        """Milliseconds since the epoch as text. Raises BadTimestampError (which is not remembered)."""
        known = self._known.get(text)
        if known is not None:
            return known
        if len(self._known) >= self._limit:
            self._known.clear()
        made = self._known[text] = str(self._reader.read(text, self._reference))
        return made

    def __len__(self) -> int:
        return len(self._known)
