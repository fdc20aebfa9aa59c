"""A record that begins in one generation of a log and ends in the next: Docker and kubelet rotate between any two lines.

The elder generation is read to its end before the younger one is begun. When its last record may go on, the first lines
of the younger one are looked at: if they belong to that record, it is given out whole, under the offset at which it
begins in the elder one, and the younger one is begun behind them. Both positions are written in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from logsource.tail.containers import PIECE_WAIT
from logsource.tail.framers import idle_after
from logsource.tail.identity import GUARD_MAX, Fingerprint
from logsource.tail.multiline import Open, RecordFramer
from logsource.tail.siblings import family_of
from logsource.tail.trail import longer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logsource.model import Chunk
    from logsource.tail.environment import Environment
    from logsource.tail.follower import Follower
    from logsource.tail.framing import Continues, Framed, Framer, Window
    from logsource.tail.source import Source
    from logsource.tail.state import FileState

FEW = 1 << 16
"""Bytes of the younger generation that are looked at first; most records end sooner."""
MOST_WAIT = PIECE_WAIT + 1.0
"""Seconds for which the younger generation waits until what is behind an open record tells whose it is."""
AGAIN = 0.1
"""Seconds until it makes sense to look again at what the younger generation has."""


@dataclass(slots=True)
class Beyond:
    """The generation behind one that is read to its end, of which nothing was read yet."""

    younger: Follower
    settled: bool
    """Nothing was added to it for so long that an open record counts as complete."""
    taken: int = 0
    """Bytes of it that belong to the elder's last record."""
    guard: bytes = b""
    continues: Continues | None = None
    """Of what was cut it has the rest, behind what is taken of it."""
    skipping: bool = False
    """What is taken of it ends within a line that was cut."""
    waits: bool = False
    """Its first record is not complete, and may belong to the elder's last one."""

    def complete(self, framer: Framer, window: Window, framed: Framed) -> Framed:
        """What a window, at the end of the elder one, gives if this follows it. `framed` is what it gives alone."""
        if not isinstance(framer, RecordFramer) or not window.data.endswith(framer.rule.delimiter):
            return framed
        if framed.used and not (window.idle or window.final):
            return framed  # the last record has its turn when it is all that is left
        content = self.younger.content
        assert content is not None
        for size in (FEW, framer.limit):
            more = content.read(0, size)
            over = framer.over(window, more, settled=len(more) < size and self.settled)
            if over is not Open.OPEN or len(more) < size:
                break
        if over is Open.OPEN:
            self.waits = True
            return framer.frame(replace(window, idle=False, final=False))
        if over is None:
            return framed
        whole, self.taken = over
        self.guard = more[max(0, self.taken - GUARD_MAX) : self.taken]
        self.continues, self.skipping = whole.continues, whole.cut
        return replace(whole, continues=None, cut=False)

    def after(self) -> FileState:
        """The younger one's state behind what was taken of it."""
        state = self.younger.state
        return replace(
            state,
            offset=self.taken,
            guard=Fingerprint.of(self.guard),
            trail=longer(state.trail, state.offset, state.guard, self.taken),
            continues=self.continues or {},
            skipping=self.skipping,
            size=self.taken if state.compression else max(self.younger.size, self.taken),
            written_ms=self.younger.mtime_ns // 1_000_000,
            absent_ms=0,
            finished=False,
        )

    def committed(self) -> None:
        """Both positions are safe."""
        one = self.younger
        one.state, one.guard = self.after(), self.guard
        one.hole = one.stuck = -1


@dataclass(slots=True)
class _Wait:
    """An elder generation whose last record may go on in the younger one, which has not all of it yet."""

    elder: Follower
    since: float
    again_at: float


class Crossings:
    """Records that end in another generation than they begin in, from the time they are read until they are safe."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._pending: dict[str, Beyond] = {}
        self._waits: dict[str, _Wait] = {}
        """By the younger one's row."""

    def due(self, elder: Follower, younger: Follower, now: float) -> bool:
        """Whether a generation that waits for the rest of a record may find it at the head of the next one."""
        if younger.state.offset or elder.unread <= 0 or elder.stuck != elder.size:
            return False
        wait = self._waits.get(younger.state.key)
        return wait is None or wait.elder is not elder or now >= wait.again_at

    def elder_of(self, younger: Follower, now: float) -> Follower | None:
        """The generation whose last record may go on in this one, so that this one has to wait; but not for long."""
        wait = self._waits.get(younger.state.key)
        if wait is None:
            return None
        over = wait.elder.removed or not wait.elder.located or wait.elder.unread <= 0
        if over or younger.state.offset or now - wait.since > MOST_WAIT:
            del self._waits[younger.state.key]
            return None
        return wait.elder

    def beyond(self, follower: Follower, source: Source, now: float) -> Beyond | None:
        """What stands behind a rotated generation, opened; None if nothing does. OSError if it cannot be read."""
        config = source.config
        if config.multiline is None and config.container == "none":
            return None
        if follower.state.offset and not follower.rotated:
            return None
        family = source.registry.family(family_of(follower.state.path))
        _inherit(follower, family)
        if not follower.rotated:
            return None
        younger = _younger_of(follower, family)
        if younger is None:
            return None
        self._environment.descriptors.make_room(younger)
        if not younger.open() or younger.replaced:
            return None
        return Beyond(younger, self._environment.once or now - younger.grown_at >= idle_after(config))

    def read(self, follower: Follower, beyond: Beyond, now: float) -> None:
        """A generation was read with what is behind it."""
        key = beyond.younger.state.key
        if follower.pending is None:
            if beyond.waits:
                wait = self._waits.setdefault(key, _Wait(follower, now, now))
                wait.again_at = follower.again_at = now + AGAIN
            return
        self._waits.pop(key, None)
        if beyond.taken or beyond.continues:
            chunk = follower.pending.chunk
            follower.pending.chunk = replace(chunk, also=beyond.after().checkpoint(chunk.source))
            self._pending[chunk.checkpoint.file_id] = beyond

    def committed(self, chunk: Chunk) -> Follower | None:
        """The chunk is safe; who goes on behind what it took of him, too."""
        beyond = self._pending.pop(chunk.checkpoint.file_id, None)
        if beyond is None:
            return None
        beyond.committed()
        return beyond.younger

    def rolled_back(self, chunk: Chunk) -> None:
        """The commit did not happen."""
        self._pending.pop(chunk.checkpoint.file_id, None)


def _younger_of(follower: Follower, family: Iterable[Follower]) -> Follower | None:
    """The next generation, if it holds something, and nothing of it was read."""
    members = iter(family)
    one = next((next(members, None) for other in members if other is follower), None)
    if one is None or not one.located or one.error or one.replaced or one.pending is not None:
        return None
    state = one.state
    untouched = not state.offset and not state.base and not state.skipping and bool(state.head.length)
    return one if untouched and one.size > 0 else None


def _inherit(follower: Follower, family: Iterable[Follower]) -> None:
    """What is read first of a generation may be the rest of what was cut where the elder one ends."""
    state, elder = follower.state, None
    if state.offset or state.base or state.continues:
        return
    for one in family:
        if one is follower:
            break
        elder = one
    if elder is None or not elder.rotated or elder.pending is not None or elder.unread > 0:
        return
    if not elder.state.skipping:
        state.continues = elder.state.continues
