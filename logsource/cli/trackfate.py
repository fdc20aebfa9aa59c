"""What becomes of events that `logsource track` sends, and how it is told."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from logsource.cli.plain import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.tracker import Failure, Status

Result = Literal["delivered", "handed_over", "waiting", "kept", "not_delivered", "refused", "dead", "dry_run"]
GOOD = frozenset({"delivered", "handed_over", "dry_run"})
"""Results with the exit status 0."""


class Fates:
    """Which events are still on their way. Told by the threads that send, asked by the one that waits."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pending: set[str] = set()
        self._early: set[str] = set()
        self.done = 0
        """Events delivered, of those that were accepted here: an outbox may hold others."""
        self.failures: list[Failure] = []

    def accepted(self, ids: Sequence[str]) -> None:
        """These are on their way; some may have arrived already."""
        with self._changed:
            for one in ids:
                if one in self._early:
                    self._early.discard(one)
                    self.done += 1
                else:
                    self._pending.add(one)

    def delivered(self, ids: Sequence[str]) -> None:
        """The collector took these."""
        with self._changed:
            for one in ids:
                if one in self._pending:
                    self._pending.discard(one)
                    self.done += 1
                else:
                    self._early.add(one)
            self._changed.notify_all()

    def failed(self, failures: Sequence[Failure]) -> None:
        """The collector refused these."""
        with self._changed:
            self.failures += failures
            self._pending.difference_update(one.event_id for one in failures)
            self._changed.notify_all()

    @property
    def pending(self) -> int:
        """Events of which nothing is known yet."""
        with self._changed:
            return len(self._pending - {one.event_id for one in self.failures})

    @property
    def known(self) -> int:
        """Events of which it is known what became of them."""
        with self._changed:
            return self.done + len(self.failures)

    def wait(self, seconds: float) -> None:
        """Wait for news."""
        with self._changed:
            if self._pending:
                self._changed.wait(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of so many events, for people and for scripts."""

    result: Result
    events: int
    by: Status | None = None
    """Who accepted them; None for a dry run."""
    detail: str = ""

    @property
    def words(self) -> str:
        """`delivered to https://…`."""
        if self.by is None:
            return "valid"
        by, to = self.by, plain(self.by.sends_to)
        whom = f"the {by.sender} (pid {by.pid})"
        why = f": {plain(self.detail)}" if self.detail else ""
        if self.result == "delivered":
            return f"delivered to {to}" + ("" if by.sender == "self" else f" by {whom}")
        if self.result == "handed_over":
            return f"handed over to {whom}, which sends to {to}" + (
                f"; it has trouble: {plain(by.trouble)}" if by.trouble else ""
            )
        if self.result == "waiting":
            return f"handed over to {whom}, which keeps it, but has not delivered it to {to} in time{why}"
        if self.result == "kept":
            return f"kept in the outbox, not delivered to {to} in time{why}"
        if self.result == "refused":
            return f"refused by {to}{why}"
        if self.result == "dead":
            return f"handed over to {whom}{why}"
        return f"not delivered to {to}, and not kept{why}{_hint(self.detail)}"

    def json(self) -> dict[str, Any]:
        """The same as members of an object."""
        found: dict[str, Any] = {"result": self.result, "events": self.events}
        if self.by is not None:
            found |= {"sender": self.by.sender, "pid": self.by.pid, "collector": self.by.sends_to}
        return {**found, "detail": self.detail} if self.detail else found


def _hint(detail: str) -> str:
    if "refused" in detail.lower():
        return "\nIs a collector listening there? `logsource collector` starts one for development."
    if "check collector.url" in detail:
        return "\nThat is what --collector says, or `collector.url` of the configuration."
    return ""
