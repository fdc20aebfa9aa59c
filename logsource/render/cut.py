"""Cut a stream of events into complete POST bodies, by byte and event limits, with exact sizes."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from logsource.model import BODY_OVERHEAD, BODY_PREFIX, BODY_SUFFIX, EVENT_START, STM_PLACEHOLDER, Batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BOUNDARY = b"," + EVENT_START
_END = STM_PLACEHOLDER + b"}"
"""Counted instead of _BOUNDARY: once an event as well, and several times faster to search for."""
_ID = b'"eid":"'
_OFFSET_AT = len(_ID) + 24
"""Where the offset stands in an event id: its last twelve hex digits (`event/ids.py`)."""
_ID_WITHIN = 2000
"""Bytes from the start of an event in which its id must stand."""


def cut(events: bytes, *, byte_limit: int, send_limit: int, offsets: Sequence[int] = ()) -> Iterator[Batch]:
    """Batches of at most `byte_limit` bytes and `send_limit` events, in order.

    `events` are joined by commas. A single event over the limit gets a body of its own: whether it is too
    large is the collector's word. `,{"e":"` cannot occur inside an event, because quotes inside JSON strings
    are escaped, so the cut needs no parsing. `offsets`, in rising order, are those of all events if they are known:
    the id at a boundary then tells how many events stand before it, and none need be counted.
    """
    room = byte_limit - BODY_OVERHEAD
    end = len(events)
    view = memoryview(events)
    start = done = 0
    while start < end:
        stop = end
        if end - start > room:
            stop = events.rfind(_BOUNDARY, start, start + room + len(_BOUNDARY))
            if stop <= start:
                stop = events.find(_BOUNDARY, start)
                stop = end if stop < 0 else stop
        number = _known(events, stop, offsets) - done
        if number <= 0:
            number = events.count(_END, start, stop)
        if number > send_limit:
            stop = start
            for _ in range(send_limit):
                stop = events.find(_BOUNDARY, stop + 1)
            number = send_limit
        yield Batch(body=b"".join((BODY_PREFIX, view[start:stop], BODY_SUFFIX)), events=number)
        start = stop + 1
        done += number


def _known(events: bytes, stop: int, offsets: Sequence[int]) -> int:
    """How many events end before `stop`; 0 if that is not known."""
    if not offsets or stop == len(events):
        return len(offsets)
    at = events.find(_ID, stop, stop + _ID_WITHIN)
    if at < 0:
        return 0
    offset = int(events[at + _OFFSET_AT : at + _OFFSET_AT + 12], 16)
    row = bisect_left(offsets, offset)
    return row if row < len(offsets) and offsets[row] == offset else 0
