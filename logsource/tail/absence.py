"""Files that are nowhere: what is lost of them, and when they are forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from logsource.model import Checkpoint
from logsource.tail.elsewhere import elsewhere
from logsource.tail.siblings import family_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.tail.elsewhere import Elsewhere
    from logsource.tail.environment import Environment
    from logsource.tail.follower import Follower
    from logsource.tail.moving import Moving
    from logsource.tail.registry import Registry
    from logsource.tail.state import FileState
    from logsource.tail.troubles import Troubles

RETENTION_MS = 7 * 24 * 3600 * 1000
"""How long a row is kept after its file vanished: a compressed or restored copy may still turn up, and must not
be taken for something new."""
ASKED_FOR = 60.0
MOST_ASKED = 100
MOST_SPENT = 1.0
"""So many vanished logs are looked for in places that no path names, in so many seconds behind the start; in all that takes
so many seconds."""
MOST_ABSENT = 20_000
"""Rows of vanished files kept at most for one source; beyond it, those that vanished first are forgotten."""


class Absence:
    """Keeps account of a source's vanished files. Ask it only after a scan that could see everything."""

    def __init__(
        self, source: str, registry: Registry, troubles: Troubles, moving: Moving, environment: Environment
    ) -> None:
        self._source = source
        self._registry = registry
        self._troubles = troubles
        self._moving = moving
        self._environment = environment
        self._forgotten: dict[str, Checkpoint] = {}
        self._began, self._asked, self._spent = environment.clock.monotonic(), 0, 0.0

    def account(self) -> None:
        """Note who is absent since when, count what was lost with them, forget the long absent."""
        now_ms = self._environment.clock.now_ms()
        absent: list[Follower] = []
        # What cannot be opened may be any generation of its log.
        troubled = self._troubles.families()
        for follower in list(self._registry.by_key.values()):
            if follower.located or follower.pending is not None:
                continue
            family = family_of(follower.state.path)
            if family in troubled or self._moving.holds(family):
                continue
            if not follower.state.absent_ms:
                self._vanished(follower, now_ms)
            absent.append(follower)
        absent.sort(key=lambda one: one.state.absent_ms)
        surplus = len(absent) - MOST_ABSENT
        for index, follower in enumerate(absent):
            if index < surplus or now_ms - follower.state.absent_ms > RETENTION_MS:
                self._forget(follower)

    def forgotten(self) -> list[Checkpoint]:
        """Rows to delete: checkpoints with an empty state."""
        return list(self._forgotten.values())

    def recorded(self, rows: Sequence[Checkpoint]) -> None:
        """These deletions were committed."""
        for row in rows:
            self._forgotten.pop(row.file_id, None)

    def _vanished(self, follower: Follower, now_ms: int) -> None:
        state = follower.state
        follower.state = replace(state, absent_ms=now_ms)
        self._registry.dirty.add(state.key)
        found = self._elsewhere(state)
        size = max(state.size, 0 if found is None else found.size)
        detail = state.name if found is None else f"{state.name} is now {found.place}, where no path leads"
        self._environment.abandon(self._source, state.path, size - state.offset, "vanished", detail)

    def _elsewhere(self, state: FileState) -> Elsewhere | None:
        """Where a log is that vanished while the agent was down, when nobody saw how long it became."""
        clock, mounts = self._environment.clock, self._environment.mounts
        now = clock.monotonic()
        if self._asked >= MOST_ASKED or now - self._began > ASKED_FOR or self._spent > MOST_SPENT:
            return None
        self._asked += 1
        found = elsewhere(state, mounts.reach)
        self._spent += clock.monotonic() - now
        return found

    def _forget(self, follower: Follower) -> None:
        state = follower.state
        self._registry.remove(follower)
        self._forgotten[state.key] = Checkpoint(
            file_id=state.key, source=self._source, offset=state.offset, state={}
        )
        self._environment.event("forgotten", self._source, path=state.path, detail=state.name)
