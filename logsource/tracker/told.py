"""Telling a program what became of its events, by their ids."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from logsource.emit.split import events_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logsource.emit.api import Delivery, Output
    from logsource.model import Batch, DeadLetter

log = logging.getLogger("logsource.tracker")

_ID = b'"eid":"'
_LENGTH = 36
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An event that will not be delivered; it is kept in the dead letters of the outbox."""

    event_id: str
    reason: str
    """Short word: too_large, rejected_400 …"""
    detail: str
    """What the collector said."""


OnDelivered = Callable[[Sequence[str]], None]
"""Takes the ids of events that the collector took."""
OnFailed = Callable[[Sequence[Failure]], None]


class TellingOutput:
    """An output that tells which events were delivered."""

    def __init__(self, inner: Output, on_delivered: OnDelivered) -> None:
        self._inner = inner
        self._on_delivered = on_delivered

    def send(self, batch: Batch) -> Delivery:
        """Send, then tell."""
        delivery = self._inner.send(batch)
        if delivery.delivered:
            call(self._on_delivered, ids_of(events_of(batch)[: delivery.delivered]))
        return delivery

    def close(self) -> None:
        """Let go of connections."""
        self._inner.close()


def tell_dead(on_failed: OnFailed) -> Callable[[Sequence[DeadLetter]], None]:
    """What `Merging.on_dead` calls."""

    def dead(letters: Sequence[DeadLetter]) -> None:
        ids = ids_of(letter.event for letter in letters)
        failures = [
            Failure(event_id=one, reason=letter.reason, detail=letter.detail)
            for one, letter in zip(ids, letters, strict=True)
        ]
        call(on_failed, failures)

    return dead


def ids_of(events: Iterable[bytes]) -> list[str]:
    """Ids of events as they stand in a body; empty for what is no event of ours (a damaged row)."""
    found = []
    for event in events:
        # Quotes inside of texts have a backslash before them, so the first of these is the member's name.
        at = event.find(_ID)
        found.append("" if at < 0 else event[at + len(_ID) :][:_LENGTH].decode("ascii", "replace"))
    return found


def call(callback: Callable[[T], None], what: T) -> None:
    """Call what a program gave us; its mistakes must not end the thread that sends."""
    try:
        callback(what)
    except Exception:
        log.exception("event=callback_failed callback=%s", getattr(callback, "__qualname__", callback))
