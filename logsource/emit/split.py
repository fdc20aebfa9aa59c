"""Cutting a body into smaller bodies without decoding it.

Every event begins with `{"e":"` and bare quotes cannot occur inside a JSON string, so `,{"e":"` is a
boundary between two events and nothing else (see `model.EVENT_START`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.model import BODY_PREFIX, BODY_SUFFIX, EVENT_START, Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

_BOUNDARY = b"," + EVENT_START


def events_of(batch: Batch) -> list[bytes]:
    """The events' JSON objects, in order. Raises ValueError when the body is not one of ours."""
    body = batch.body
    if not (body.startswith(BODY_PREFIX + EVENT_START) and body.endswith(BODY_SUFFIX)):
        raise ValueError(f"batch {batch.key} is not a payload_data body of ours")
    inner = body[len(BODY_PREFIX) : -len(BODY_SUFFIX)]
    first, *others = inner.split(_BOUNDARY)
    return [first, *(EVENT_START + other for other in others)]


def join(events: Sequence[bytes]) -> Batch:
    """A batch of these events; its key is for the store to give."""
    return Batch(body=BODY_PREFIX + b",".join(events) + BODY_SUFFIX, events=len(events))


def parts(*groups: Sequence[bytes]) -> list[Batch]:
    """One batch for each group that is not empty."""
    return [join(group) for group in groups if group]


def halves(batch: Batch) -> list[Batch]:
    """Two batches with half of the events each; the first has the odd one less. One event stays one batch."""
    events = events_of(batch)
    middle = len(events) // 2
    return parts(events[:middle], events[middle:])
