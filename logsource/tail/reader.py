"""One file from an offset: look how it grew, read one turn, go on once that is committed."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from logsource.model import Chunk
from logsource.tail.framing import Framed, Framer, Window, skip_to_delimiter
from logsource.tail.identity import (
    GUARD_MAX,
    HEAD_MAX,
    Fingerprint,
    Locator,
    fits,
    guard_of,
    head_length,
    head_of,
)
from logsource.tail.open import open_content

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.tail.content import Content
    from logsource.tail.descriptors import Descriptors
    from logsource.tail.siblings import Sibling
    from logsource.tail.state import FileState

SKIP_TURN = 1 << 20
"""Bytes of a cut record, or of a hole, left out in one turn: bounded memory, and other files get theirs."""

HOLE_TURNS = 32
HOLE_MIN = 16
"""NULs that make a hole; a file in UTF-16 or UTF-32 may begin with up to three."""


class Look(Enum):
    """What a look at a file came to."""

    SAME = "same"
    GREW = "grew"
    CHANGED = "changed"
    """Truncated or rewritten: the committed offset means nothing any more."""
    GONE = "gone"
    """No longer where it was; only a scan can tell."""
    ERROR = "error"


@dataclass(slots=True)
class Pending:
    """A chunk that was read, and what becomes of the file once it is committed."""

    chunk: Chunk
    after: FileState
    guard: bytes
    left_out: int = 0
    """Bytes of a cut record that this chunk passes over."""


class Follower:
    """A file that is followed, open or not."""

    __slots__ = (
        "_descriptors",
        "adopted",
        "again_at",
        "behind_since",
        "content",
        "doubted",
        "error",
        "framer",
        "grown_at",
        "guard",
        "hole",
        "located",
        "mtime_ns",
        "nlink",
        "pending",
        "place",
        "proofs",
        "quiet_at",
        "quiet_seen",
        "removed",
        "replaced",
        "retry_at",
        "retry_wait",
        "rotated",
        "short_since",
        "shrunk",
        "size",
        "source",
        "state",
        "stuck",
        "unread_since",
    )

    def __init__(self, source: str, state: FileState, descriptors: Descriptors) -> None:
        self.source = source
        self.state = state
        self.content: Content | None = None
        self._descriptors = descriptors
        self.removed = False
        """Forgotten; whoever still has it in a list lets it go."""
        self.short_since = 0.0
        """Since when it gives fewer bytes than it has; 0 when it does not."""
        self.framer: Framer | None = None
        self.guard = b""
        self.replaced = False
        """Opened, and it is not what was committed."""
        self.shrunk = 0
        """Bytes that were seen, not read, and cut off since."""
        self.size = state.size
        self.mtime_ns = 0
        self.nlink = 1
        self.place = state.name
        """The path under which it was last found; `state.name` is the same with links resolved."""
        self.located = False
        """Seen somewhere (or held open) at the last complete scan."""
        self.doubted = False
        """It was empty and was written to: other content may have come and gone unseen."""
        self.rotated = False
        """No longer under a name a writer would open."""
        self.adopted: FileState | None = None
        """Where the content is found once our descriptor of the original is closed (it was compressed)."""
        self.pending: Pending | None = None
        self.unread_since: float | None = None
        self.behind_since: float | None = None
        self.grown_at = 0.0
        self.stuck = -1
        """Size at which no complete record was found; reading again makes sense when it has changed."""
        self.again_at = math.inf
        """When it makes sense to read again although nothing was added (an open multiline record)."""
        self.hole = -1 if state.offset else 0
        """How many NULs were found at the very start so far; -1 once it is known where the content begins."""
        self.proofs = 0
        self.quiet_at = 0.0
        self.quiet_seen = (-1, 0)
        self.error = ""
        self.retry_at = 0.0
        self.retry_wait = 0.0

    @property
    def unread(self) -> int:
        """Bytes seen and not committed."""
        return self.size - self.state.offset

    def surely_is(self, sibling: Sibling) -> bool:
        """Whether a file with our inode is ours; when we do not hold it open, the inode may be given away."""
        if self.located and self.content is None:
            self.located = self.place == sibling.path and self.mtime_ns in (0, sibling.mtime_ns)
        return self.located

    @property
    def exhausted(self) -> bool:
        """Whether everything was looked at, although not all of it is a record (a file of NULs)."""
        return self.stuck == self.size and (self.hole < 0 or self.hole >= self.size)

    def open(self) -> bool:
        """Open the file at its name. False when another file is there now; other errors are OSError."""
        if self.content is not None:
            return True
        state = self.state
        try:
            content, compression = open_content(state.name)
        except FileNotFoundError:
            return False
        if Locator.of(content.stat()) != state.locator or compression != state.compression:
            content.close()
            return False
        self.take(content)
        return True

    def holds(self, content: Content) -> bool:
        """Whether this is the content that was committed so far."""
        state = self.state
        return fits(content, state.base, state.head, state.guard, state.offset)

    def attach(self, content: Content) -> bool:
        """Follow this open file if it holds what was committed; otherwise leave it to the caller."""
        if not self.holds(content):
            return False
        self.take(content)
        return True

    def take(self, content: Content) -> None:
        """Read from this open file from now on."""
        if self.content is None:
            self._descriptors.open += 1
        self.content = content
        length = min(GUARD_MAX, self.state.offset)
        self.guard = b"" if not length else content.read(self.state.offset - length, length)
        self.replaced = not self.state.guard.fits(self.guard)
        self.stuck = -1

    def restart(self, state: FileState) -> None:
        """Begin again with another content of the same open file."""
        self.state = state
        self.guard = b""
        self.size = self.mtime_ns = 0
        self.hole = -1 if state.offset else 0
        self.framer = None
        self.replaced = False
        self.pending = self.unread_since = self.behind_since = None
        self.stuck = -1
        self.proofs = 0

    def release(self) -> None:
        """Close the descriptor."""
        if self.content is not None:
            self.content.close()
            self.content = None
            self._descriptors.open -= 1

    def look(self, now: float) -> Look:
        """Learn size and modification time; find out about truncation."""
        if self.content is None:
            closed = self._look_closed()
            if closed is not None:
                return closed
        content, state = self.content, self.state
        assert content is not None
        status = content.stat()
        size = content.length(status, state.offset)
        self.nlink = status.st_nlink
        if size == self.size and status.st_mtime_ns == self.mtime_ns:
            return Look.SAME
        shrank, grew = size < self.size, size != self.size
        if not self.size and not state.head.length and status.st_mtime_ns // 1_000_000 > state.written_ms:
            self.doubted = (
                True  # it was empty: what was written may have been copied away and truncated since
            )
        self.mtime_ns = status.st_mtime_ns
        if self.replaced or size < state.offset:
            return Look.CHANGED
        # Reading compares what stands before the offset. What was seen longer ago and is still unread (a log that
        # waits for its turn), or changed without growing, is compared here: it may be truncated and grow again.
        if shrank or not grew or state.offset < self.size or self._head_grows(size):
            if self._rewritten(content, size):
                return Look.CHANGED
            self._vouch(size, shrank=shrank)
        if not grew:
            if self.hole == 0:  # the first look at a file whose row knows its size, but none of its lines yet
                self._learn_head(content, size)
            return Look.SAME
        self.shrunk = self.size - size if shrank and not state.compression else 0
        self.size = size
        self.grown_at = now
        self._learn_head(content, size)
        return Look.GREW

    def _vouch(self, size: int, *, shrank: bool = False) -> None:
        """The file has this size and still holds what it held: so much of it is lost if it vanishes now."""
        if not self.state.compression:  # of compressed content the size is a guess until it was read
            self.state.size = size if shrank else max(self.state.size, size)

    def _rewritten(self, content: Content, size: int) -> bool:
        state = self.state
        length = len(self.guard)
        if content.read(state.offset - length, length) != self.guard:
            return True
        if size < state.base + state.head.length:
            return state.offset == state.base
        return not state.head.fits(content.read(state.base, state.head.length))

    def _look_closed(self) -> Look | None:
        """Stat by name; None when it has to be opened for more, and was."""
        status = os.stat(self.state.name)
        if Locator.of(status) != self.state.locator:
            return Look.GONE
        if status.st_mtime_ns == self.mtime_ns and (status.st_size == self.size or self.state.compression):
            return Look.SAME
        return None if self.open() else Look.GONE

    def _head_grows(self, size: int) -> bool:
        known, available = self.state.head.length, size - self.state.base
        return known > available or (known < HEAD_MAX and head_length(available) > known)

    def _learn_head(self, content: Content, size: int) -> None:
        if self.state.offset == 0 and not self._cross_hole(content):
            return
        if self._head_grows(size):
            self.state.head = head_of(content, self.state.base, size)

    def _cross_hole(self, content: Content) -> bool:
        """Step over NULs at the very start, some megabytes at a look. False while nothing is known behind them."""
        if self.hole < 0:
            return True
        if self.hole == 0 and content.read(0, HOLE_MIN) != bytes(HOLE_MIN):
            self.hole = -1
            return True
        for _ in range(HOLE_TURNS):
            self.hole = content.data_from(self.hole)
            block = content.read(self.hole, SKIP_TURN)
            rest = len(block.lstrip(b"\0"))
            self.hole += len(block) - rest
            if rest:
                self._begin_at(content, self.hole - self.hole % 4)  # 4: the widest code unit
                self.state.base, self.hole = self.state.offset, -1
                return True
            if not block:
                break
        return False

    def _begin_at(self, content: Content, start: int) -> None:
        self.state.offset = start
        self.state.guard = guard_of(content, start)
        length = min(GUARD_MAX, start)
        self.guard = content.read(start - length, length)

    def read(
        self,
        framer_of: Callable[[bytes], tuple[Framer, int]],
        *,
        block_size: int,
        final: bool,
        now: float,
        now_ms: int,
        idle_after: float,
    ) -> Look:
        """Read one turn into `pending`; CHANGED when the guard shows that the content was replaced."""
        content, state = self.content, self.state
        if content is None:
            return Look.GONE
        if state.offset < state.head.length and self._rewritten(content, self.size):
            return Look.CHANGED
        if self.hole >= 0:
            self.stuck = self.size
            return Look.SAME
        framer = self._framer(content, framer_of)
        glen = len(self.guard)
        want = SKIP_TURN if state.skipping else block_size
        while True:
            data = content.read(self.state.offset - glen, want + glen)
            if data[:glen] != self.guard:
                return Look.CHANGED
            self._vouch(self.size)
            at_end = len(data) < want + glen
            short = at_end and len(data) - glen < self.unread and not state.compression
            self.short_since = (self.short_since or now) if short else 0.0
            window = Window(
                data=data,
                start=glen,
                offset=self.state.offset,
                reference_ms=self.mtime_ns // 1_000_000,
                final=final and at_end,
                idle=at_end and (final or now - self.grown_at >= idle_after),
            )
            framed = self._skip(window, framer) if state.skipping else framer.frame(window)
            if framed.used or at_end or want >= framer.limit:
                break
            want = min(want * 2, framer.limit)
        if not framed.used:
            self.stuck = self.size
            self.again_at = self.grown_at + idle_after if framed.waiting else math.inf
            return Look.SAME
        block = data[glen : glen + framed.used] if framed.lines is None else b""
        self._advance(window, framed, block, now_ms)
        return Look.GREW

    def _framer(self, content: Content, framer_of: Callable[[bytes], tuple[Framer, int]]) -> Framer:
        if self.framer is None or self.state.offset == 0:
            self.framer, mark = framer_of(content.read(0, 4))
            if mark and self.state.offset == 0:
                self._begin_at(content, mark)
        return self.framer

    @staticmethod
    def _skip(window: Window, framer: Framer) -> Framed:
        """Leave out the rest of a record that was cut."""
        used, ended = skip_to_delimiter(window, framer.rule)
        return Framed(used, 0, (), cut=not ended)

    def _advance(self, window: Window, framed: Framed, block: bytes, now_ms: int) -> None:
        state = self.state
        stop = window.start + framed.used
        end = state.offset + framed.used
        guard = window.data[max(0, stop - GUARD_MAX) : stop]
        after = replace(
            state,
            offset=end,
            line=state.line + framed.records,
            guard=Fingerprint.of(guard),
            skipping=framed.cut,
            size=end if state.compression else max(self.size, end),
            written_ms=self.mtime_ns // 1_000_000,
            absent_ms=0,
            finished=False,
        )
        chunk = Chunk(
            source=self.source,
            path=state.path,
            file_id=state.file_id,
            epoch=state.epoch,
            start=state.offset,
            end=end,
            data=block,
            read_ms=now_ms,
            mtime_ms=self.mtime_ns // 1_000_000,
            checkpoint=after.checkpoint(self.source),
            lines=framed.lines,
        )
        delimiter = 0 if framed.cut or self.framer is None else len(self.framer.rule.delimiter)
        left_out = max(framed.used - delimiter, 0) if state.skipping else 0
        self.pending = Pending(chunk, after, guard, left_out)

    def committed(self, now: float) -> None:
        """Go on behind the pending chunk."""
        pending = self.pending
        assert pending is not None
        was, self.state = self.state, pending.after
        # Meanwhile a look may have learned more of the head, and a scan may have found the file elsewhere.
        if was.head.length > self.state.head.length:
            self.state.head = was.head
        self.state.locator, self.state.name = was.locator, was.name
        self.guard = pending.guard
        self.pending = None
        self.stuck = -1
        self.proofs = 0
        self.unread_since = now if self.unread > 0 else None
        if self.unread <= 0:
            self.behind_since = None

    def rolled_back(self) -> None:
        """Forget the pending chunk; its bytes are still in the file."""
        self.pending = None
        self.stuck = -1
