"""One stream of records: to an input what a file is to the tailer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from logsource.model import Checkpoint, Chunk
from logsource.tail.api import FileStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from logsource.model import JSONValue
    from logsource.tail.inputs.inbox import Inbox
    from logsource.tail.inputs.records import Cut, Records

VERSION = 1


class Stream:
    """Position in a stream, and the chunk of it that is under way."""

    def __init__(
        self,
        *,
        source: str,
        kind: str,
        path: str,
        file_id: str,
        offset: int = 0,
        inbox: Inbox,
        records: Records,
        trouble: Callable[[], str],
        detail: Callable[[], str] = lambda: "",
        idle_after: float = math.inf,
        state: Mapping[str, JSONValue] | None = None,
        repeats: bool = False,
    ) -> None:
        """`idle_after`: seconds after which an open multiline record is complete.

        `repeats`: what was received and not committed will be received again after a restart.
        `trouble` says why nothing is received, `detail` what else there is to know; both may be empty.
        """
        self.source = source
        self.path = path
        self.file_id = file_id
        self.offset = offset
        self._trouble = trouble
        self._detail = detail
        self._kind = kind
        self._inbox = inbox
        self._records = records
        self._idle_after = idle_after
        self._state = dict(state or {})
        self._repeats = repeats
        self._abandoned = False
        self.dirty = False
        """The row changed without a chunk."""
        self.pending: Chunk | None = None
        self.cut: Cut | None = None
        """Taken from the inbox and not committed; offered again after a rollback."""
        self._stuck = -1
        self._again_at = 0.0
        self._behind_since: float | None = None

    @property
    def waiting(self) -> int:
        """Bytes received and not committed."""
        return self._records.waiting + (self.cut.length if self.cut is not None else 0)

    @property
    def ended(self) -> bool:
        """Whether everything that will ever come is committed."""
        return self._inbox.closed and self.cut is None and not self.waiting and not self._records.lost

    def due_in(self, now: float, *, block_size: int, linger: float, eager: bool) -> float:
        """Seconds until a chunk may be read; infinity if that depends on what comes."""
        if self.pending is not None:
            return math.inf
        if self.cut is not None:
            return 0.0
        closed = self._inbox.closed
        waiting = self._records.waiting
        if not waiting:
            return 0.0 if self._records.lost else math.inf
        if self._inbox.arrivals == self._stuck and not closed:
            return max(self._again_at - now, 0.0)
        if eager or closed or waiting >= block_size:
            return 0.0
        return max(self._inbox.since + linger - now, 0.0)

    def read(self, limit: int, *, now: float, now_ms: int) -> Chunk | None:
        """Make a chunk of about `limit` bytes; None if no record is complete."""
        if self.cut is None:
            arrivals, last = self._inbox.arrivals, self._inbox.last
            idle = now - last >= self._idle_after
            self.cut = self._records.cut(self.offset, limit, now_ms=now_ms, idle=idle)
            if self.cut is None:
                self._stuck = arrivals
                self._again_at = math.inf if idle else last + self._idle_after
                return None
            self._stuck = -1
        if self._behind_since is None:
            self._behind_since = now
        cut = self.cut
        end = self.offset + cut.length
        self.pending = Chunk(
            source=self.source,
            path=self.path,
            file_id=self.file_id,
            epoch=0,
            start=self.offset,
            end=end,
            data=cut.data,
            read_ms=now_ms,
            mtime_ms=now_ms,
            checkpoint=self._row(end, cut.state),
            lines=cut.lines,
            skipped=cut.skipped,
        )
        return self.pending

    def committed(self) -> int:
        """Go on behind the pending chunk; bytes of records that were cut."""
        cut = self.cut
        assert cut is not None
        self.offset += cut.length
        self._state.update(cut.state)
        self.cut = self.pending = None
        self._behind_since = None
        return cut.left_out

    def rolled_back(self) -> None:
        """Offer the same records again."""
        self.pending = None

    def begin(self, state: Mapping[str, JSONValue]) -> None:
        """Note where to begin, before anything was read."""
        self._state.update(state)
        self.dirty = True

    def abandon(self) -> int:
        """Bytes that are given up because the agent ends; 0 when asked again."""
        lost = 0 if self._repeats or self._abandoned else self.waiting
        self._abandoned = True
        return lost

    def checkpoint(self) -> Checkpoint:
        """The row as it is now."""
        return self._row(self.offset, {})

    def _row(self, offset: int, state: Mapping[str, JSONValue]) -> Checkpoint:
        row = {"v": VERSION, "input": self._kind, "path": self.path, **self._state, **state}
        # What repeats itself after a restart has to come under the same ids then.
        new_ids = self._repeats and self.offset == 0
        return Checkpoint(file_id=self.file_id, source=self.source, offset=offset, state=row, new_ids=new_ids)

    def status(self) -> FileStatus:
        """What people and metrics are told."""
        trouble = self._trouble()
        waiting = self.waiting
        full = self._inbox.full
        state = "unreadable" if trouble else "waiting" if full else "active" if waiting else "idle"
        detail = trouble or ("not received while reading is held back" if full else self._detail())
        if not detail and self._inbox.closed and not waiting:
            detail = "ended"
        return FileStatus(
            source=self.source,
            path=self.path,
            file_id=self.file_id,
            epoch=0,
            offset=self.offset,
            size=self.offset + waiting,
            state=state,
            behind_since=self._inbox.since if waiting else None,
            detail=detail,
        )
