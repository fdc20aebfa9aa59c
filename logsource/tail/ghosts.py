"""Contents that were replaced in their file: copied away and truncated, or destroyed.

One that is found nowhere while its log is being rotated, or while a file of the log cannot be read, may still turn up: its
row is kept, and what is unread of it is not given up, until a look finds the log at rest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from logsource.tail.identity import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logsource.tail.environment import Environment
    from logsource.tail.follower import Follower
    from logsource.tail.moving import Moving
    from logsource.tail.registry import Registry
    from logsource.tail.state import FileState
    from logsource.tail.troubles import Troubles


class Ghosts:
    """The replaced contents of one source whose whereabouts are open."""

    def __init__(
        self, source: str, registry: Registry, troubles: Troubles, moving: Moving, environment: Environment
    ) -> None:
        self._source = source
        self._registry = registry
        self._troubles = troubles
        self._moving = moving
        self._environment = environment
        self._open: dict[str, list[Follower]] = {}
        self._missed: dict[str, list[Follower]] = {}
        """Generations that were found since."""
        self._kept: set[str] = set()
        """Keys of those whose rows are committed."""

    def of(self, family: str) -> list[Follower]:
        """Those of a log that an earlier look did not settle; whoever asks settles them."""
        return [one for one in self._open.pop(family, ()) if not one.removed]

    def settle(self, family: str, ghosts: Iterable[Follower], missed: Iterable[Follower]) -> None:
        """Keep the row of replaced content if the content was found again; count what is lost if not.

        `missed` are generations that were just found and that nobody had seen: content of which only the size was seen
        before it was replaced is one of them.
        """
        unclaimed = [*self._missed.pop(family, ()), *missed]
        open_still = self._moving.holds(family) or self._troubles.of(family)
        now_ms = self._environment.clock.now_ms()
        for ghost in ghosts:
            state = ghost.state
            if not ghost.located and open_still:
                if state.head.length:  # else nothing could ever be recognised by the row
                    self._registry.dirty.add(state.key)
                    self._kept.add(state.key)
                self._open.setdefault(family, []).append(ghost)
                self._missed[family] = unclaimed
                continue
            deleted = self._inode_was_given_away(family, state)
            kind = "copytruncate" if ghost.located else "delete" if deleted else "truncate"
            self._environment.event("rotation", self._source, label=kind, path=state.path)
            if ghost.located:
                self._registry.dirty.add(state.key)
                self._kept.discard(state.key)
                continue
            if state.key in self._kept:  # the store knows it; forgotten like every file that is nowhere
                ghost.state = replace(state, absent_ms=state.absent_ms or now_ms)
                self._registry.dirty.add(state.key)
            else:
                self._registry.remove(ghost)
            self._kept.discard(state.key)
            if not state.absent_ms:  # else it was counted when it vanished
                lost = state.size - state.offset - _found(state, unclaimed)
                reason = "vanished" if deleted else "truncated"
                self._environment.abandon(self._source, state.path, lost, reason)

    def _inode_was_given_away(self, family: str, state: FileState) -> bool:
        """Whether the file itself is gone, and another one of the log has its inode number: ext4 does so at once."""
        return any(one.state.birth.differs(state.birth) for one in self._registry.family(family))


def _found(state: FileState, unclaimed: list[Follower]) -> int:
    """How many bytes of content of which nothing is known but its size are in the youngest of these files."""
    if state.head.length or not unclaimed:
        return 0
    one = unclaimed.pop()
    if not one.state.compression:
        return one.size
    one.state.size = max(one.state.size, state.size)  # what an archive lacks is counted when it was read
    return state.size


def is_open(one: Follower) -> bool:
    """Whether it is content that was replaced in its file, and of which nobody knows yet where it is."""
    return one.state.locator == NOWHERE and not one.located and not one.state.absent_ms
