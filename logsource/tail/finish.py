"""When a rotated file is read to its end for good, and what happens then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from logsource.tail.adoption import settle
from logsource.tail.compressed import CompressedContent

if TYPE_CHECKING:
    from logsource.tail.environment import Environment
    from logsource.tail.follower import Follower
    from logsource.tail.registry import Registry

AT_REST_MS = 60_000
"""How long nobody may have written to a rotated file that was read, so that nobody is expected to."""
DELETED_FACTOR = 12
"""A file without a name cannot be opened again, so its writer is given more time to say something, where nobody knows
whether there is one."""


class Finish:
    """Proves ends: twice over a quiet period the file is as it was. Writers keep a renamed log open for a while."""

    def __init__(self, quiet: float, environment: Environment) -> None:
        self._quiet = quiet
        self._environment = environment

    def proven(self, follower: Follower, now: float) -> bool:
        """Whether nothing was added for two quiet periods in a row, or nothing can be: an archive tells its end."""
        content = follower.content
        if isinstance(content, CompressedContent) and content.complete and follower.unread <= 0:
            return True
        seen = (follower.size, follower.mtime_ns)
        written = self.has_writer(follower) if follower.nlink == 0 else None
        if written:
            follower.quiet_seen = (-1, 0)
            return False
        if written is False and follower.proofs < 2 and content is not None:
            # Nobody can open it any more, so what it has now is all it will ever have.
            status = content.stat()
            if (status.st_size, status.st_mtime_ns) == seen:
                follower.quiet_seen, follower.proofs = seen, 2
        if follower.quiet_seen != seen:
            follower.quiet_seen, follower.quiet_at, follower.proofs = seen, now, 0
            return False
        if follower.proofs < 2 and follower.unread > 0 and self._was_left(follower):
            follower.proofs = 2
        quiet = self._quiet * (DELETED_FACTOR if follower.nlink == 0 else 1)
        if follower.proofs < 2 and now - follower.quiet_at >= quiet / 2:
            follower.proofs += 1
            follower.quiet_at = now
        at_end = follower.unread > 0 and follower.stuck == follower.size
        if follower.proofs >= 2 and at_end and not follower.broken_off:
            # An unterminated last line can be read now; that of an archive that breaks off is none.
            follower.stuck = -1
        return follower.proofs >= 2

    def _was_left(self, follower: Follower) -> bool:
        """Whether nobody has written to it or renamed it for two quiet periods, so that an unfinished line stays one.

        They are not waited for anew after each start: those behind it would never have their turn in an agent that crashes
        every few seconds.
        """
        if follower.content is None or follower.remote or follower.nlink == 0:
            return False
        status = follower.content.stat()
        changed_ms = max(status.st_mtime_ns, status.st_ctime_ns) // 1_000_000
        return self._environment.clock.now_ms() - changed_ms > 2000 * self._quiet

    def holds_up(self, follower: Follower, now: float) -> bool:
        """Whether younger generations have to wait for what is unread here: for an unfinished line, not for long."""
        waits = follower.unread > 0 and now - follower.grown_at <= self._quiet
        return follower.to_read or waits

    @staticmethod
    def may_give_up(follower: Follower) -> bool:
        """Whether a file without a name can be closed before its end is proven: nothing known of it is unread."""
        return (
            follower.nlink == 0
            and follower.rotated
            and follower.unread <= 0
            and follower.pending is None
            and follower.adopted is None
            and not follower.error
        )

    def has_writer(self, follower: Follower) -> bool | None:
        """Whether somebody has the file that we hold open for writing; None if that is not known."""
        if follower.content is None or follower.remote:  # a server may not know, either, and says EAGAIN
            return None
        return self._environment.has_writer(follower.content)

    @staticmethod
    def at_rest(follower: Follower, now_ms: int) -> bool:
        """Whether nothing more is expected here: not worth a look before each turn of each younger generation."""
        if follower.unread > 0 or follower.pending is not None:
            return False
        if follower.state.finished and follower.content is None:
            return True
        looked_at = follower.quiet_seen == (follower.size, follower.mtime_ns)
        return looked_at and now_ms - follower.mtime_ns // 1_000_000 > AT_REST_MS

    @staticmethod
    def finish(follower: Follower, registry: Registry, environment: Environment) -> None:
        """Let go of the descriptor and remember that nothing is left to read."""
        if follower.content is None and follower.state.finished:
            return
        if isinstance(follower.content, CompressedContent) and follower.content.complete:
            _count_gap(follower, registry, environment)
        follower.release()
        adopted = follower.adopted
        if adopted is not None:
            settle(follower, registry)
        elif follower.nlink == 0:
            registry.unplace(follower)
            follower.located = False
        if follower.state.compression and adopted is None and follower.mtime_ns:
            # Nothing may have been read of an archive that was recognised by what it holds. With its time in the row it
            # need not be unpacked each time somebody asks whether it still is what it was.
            written_ms = follower.mtime_ns // 1_000_000
            if written_ms != follower.state.written_ms:
                follower.state = replace(follower.state, written_ms=written_ms)
                registry.dirty.add(follower.state.key)
        if not follower.state.finished:
            follower.state = replace(follower.state, finished=True)
            registry.dirty.add(follower.state.key)
            environment.event("finished", follower.source, path=follower.state.path)


def _count_gap(follower: Follower, registry: Registry, environment: Environment) -> None:
    """A log was longer when it was last seen than the copy that was made of it: the rest was cut off with the log."""
    state = follower.state
    if state.size > state.offset:
        environment.abandon(follower.source, state.path, state.size - state.offset, "truncated")
        follower.state = replace(state, size=state.offset)
        registry.dirty.add(state.key)
