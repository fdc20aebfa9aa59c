"""Dead letters back into batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.model import BODY_OVERHEAD, BODY_PREFIX, BODY_SUFFIX, EVENT_START, MAX_EVENT, Batch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logsource.model import DeadLetter

DAMAGED_ROW = "damaged_row"
"""Reason of a dead letter that holds a whole stored row that could not be decoded."""

REPLAY_EVENTS = 50
REPLAY_BYTES = 32768
"""Replayed events travel in modest bodies: the limits of the sender are not known here, and one event
that is still bad makes its whole body be cut again."""


def replayable(letter: DeadLetter) -> bool:
    """Whether the letter holds an event that can be sent.

    Not the bytes of a damaged row, nor an event over MAX_EVENT: a collector may say 200 to it and lose it.
    """
    return (
        letter.reason != DAMAGED_ROW
        and letter.event.startswith(EVENT_START)
        and len(letter.event) <= MAX_EVENT
    )


def replay_batches(letters: Iterable[DeadLetter]) -> list[Batch]:
    """Bodies of at most REPLAY_EVENTS events and REPLAY_BYTES bytes (or one event), in the order given."""
    batches: list[Batch] = []
    events: list[bytes] = []
    size = BODY_OVERHEAD
    for letter in letters:
        if events and (len(events) >= REPLAY_EVENTS or size + len(letter.event) + 1 > REPLAY_BYTES):
            batches.append(_batch(events))
            events, size = [], BODY_OVERHEAD
        events.append(letter.event)
        size += len(letter.event) + 1
    if events:
        batches.append(_batch(events))
    return batches


def _batch(events: list[bytes]) -> Batch:
    return Batch(body=BODY_PREFIX + b",".join(events) + BODY_SUFFIX, events=len(events))
