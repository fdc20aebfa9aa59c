"""Cut a stream of events into complete POST bodies, by byte and event limits, with exact sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.model import BODY_OVERHEAD, BODY_PREFIX, BODY_SUFFIX, EVENT_START, STM_PLACEHOLDER, Batch

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOUNDARY = b"," + EVENT_START
_END = STM_PLACEHOLDER + b"}"
"""Counted instead of _BOUNDARY: once an event as well, and several times faster to search for."""


def cut(events: bytes, *, byte_limit: int, send_limit: int) -> Iterator[Batch]:
    """Batches of at most `byte_limit` bytes and `send_limit` events, in order.

    `events` are joined by commas. A single event over the limit gets a body of its own: whether it is too
    large is the collector's word. `,{"e":"` cannot occur inside an event, because quotes inside JSON strings
    are escaped, so the cut needs no parsing.
    """
    room = byte_limit - BODY_OVERHEAD
    end = len(events)
    view = memoryview(events)
    start = 0
    while start < end:
        stop = end
        if end - start > room:
            stop = events.rfind(_BOUNDARY, start, start + room + len(_BOUNDARY))
            if stop <= start:
                stop = events.find(_BOUNDARY, start)
                stop = end if stop < 0 else stop
        number = events.count(_END, start, stop)
        if number > send_limit:
            stop = start
            for _ in range(send_limit):
                stop = events.find(_BOUNDARY, stop + 1)
            number = send_limit
        yield Batch(body=b"".join((BODY_PREFIX, view[start:stop], BODY_SUFFIX)), events=number)
        start = stop + 1
