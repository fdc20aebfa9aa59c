"""What the collector remembers: the newest events, and every event id for the honest count."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from logsource.web.collector.judge import Verdict
    from logsource.web.collector.request import RequestInfo

_OVERHEAD = 600
"""Bytes, about, that a kept event takes besides its texts."""


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """An event as it came, and its verdict. Everything else is worked out when somebody looks."""

    seq: int
    """Grows by one with each event, good or bad."""
    request: RequestInfo
    params: Mapping[str, str] | None
    """None when the request was lost before its events could be told apart."""
    verdict: Verdict
    event_id: str
    """`eid`, or the id the collector gave to an event without one; empty for a bad one."""
    body: str | None = None
    """Of the whole request, kept for bad events only."""
    kind: str = ""
    """Name of the bad row's schema; empty for a good event."""

    @property
    def good(self) -> bool:
        """Whether the pipeline would load it."""
        return not self.verdict.reasons


class Ring:
    """The newest events, within a number and about within a size in bytes."""

    def __init__(self, *, items: int, size: int) -> None:
        self._items = items
        self._size = size
        self._events: deque[tuple[Kept, int]] = deque()
        self._used = 0

    def add(self, event: Kept, size: int) -> None:
        """Keep an event of about `size` bytes; the oldest go when there is no more room."""
        if self._items == 0:
            return
        size += _OVERHEAD
        self._events.append((event, size))
        self._used += size
        while len(self._events) > self._items or (self._used > self._size and len(self._events) > 1):
            self._used -= self._events.popleft()[1]

    def newest_first(self) -> Iterator[Kept]:
        """The kept events, the newest first."""
        for event, _ in reversed(self._events):
            yield event

    def find(self, seq: int) -> Kept | None:
        """The event with this number, if it is still kept."""
        return next((event for event, _ in self._events if event.seq == seq), None)

    def clear(self) -> None:
        """Forget all."""
        self._events.clear()
        self._used = 0

    def __len__(self) -> int:
        return len(self._events)


class Identities:
    """Ids of good events with a fingerprint of their payload: what de-duplication downstream compares.

    Exact up to `limit` ids (about 170 bytes each); beyond it the oldest are forgotten and counted, so
    that a total can say whether it is exact.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: dict[bytes, int] = {}
        self.unique = 0
        """Distinct ids."""
        self.duplicates = 0
        """Events whose id was seen before."""
        self.conflicts = 0
        """Duplicates whose payload differs in more than the time of sending; always a bug of the sender."""
        self.forgotten = 0

    def add(self, event_id: str, params: Mapping[str, str]) -> None:
        """Count one good event."""
        key = bytes.fromhex(event_id.replace("-", ""))
        print_ = fingerprint(params)
        known = self._seen.setdefault(key, print_)
        if len(self._seen) > self.unique - self.forgotten:
            self.unique += 1
            if len(self._seen) > self._limit:
                del self._seen[next(iter(self._seen))]
                self.forgotten += 1
            return
        self.duplicates += 1
        if known != print_:
            self.conflicts += 1

    def clear(self) -> None:
        """Forget all."""
        self.__init__(self._limit)  # type: ignore[misc]


def fingerprint(params: Mapping[str, str]) -> int:
    """Hash over what de-duplication compares: everything but eid, nuid, stm and cv.

    Valid within one process only (Python salts the hash of texts).
    """
    return hash(frozenset(item for item in params.items() if item[0] not in {"stm", "eid", "nuid", "cv"}))
