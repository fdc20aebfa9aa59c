"""What was received → records with offsets: the part of an input that the pipeline's thread does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from logsource.model import Line
from logsource.tail.encoding import MARK, undecided
from logsource.tail.framers import framers_of
from logsource.tail.framing import TRUNCATED, Window, skip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logsource.config.model import SourceConfig
    from logsource.model import JSONValue
    from logsource.tail.framing import Continues, Cuts, Framed, Framer
    from logsource.tail.inputs.inbox import Inbox, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Complete records from the front of what waits."""

    length: int
    """By how many bytes the stream's offset moves."""
    data: bytes = b""
    """See `Chunk`: whole lines of exactly `length` bytes, if `lines` is None."""
    lines: tuple[Line, ...] | None = None
    state: Mapping[str, JSONValue] = field(default_factory=dict)
    """What the checkpoint has to hold besides the offset."""
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Records that were given up, by reason."""
    left_out: int = 0
    """Bytes of records that were cut."""
    cuts: Cuts | None = None


class Records(Protocol):
    """How the records of one stream are told apart. Called by one thread only."""

    @property
    def waiting(self) -> int:
        """Bytes received and not cut."""
        ...

    @property
    def lost(self) -> bool:
        """Whether there is a loss to account for, though nothing may wait."""
        ...

    def cut(self, offset: int, limit: int, *, now_ms: int, idle: bool) -> Cut | None:
        """Take complete records of about `limit` bytes; None if there is none yet.

        `idle`: nothing came for so long that an open multiline record counts as complete.
        """
        ...


class RawRecords:
    """A stream of bytes, framed as a file is: encoding, delimiter, multiline, max_line."""

    lost = False

    def __init__(self, inbox: Inbox, config: SourceConfig) -> None:
        self._inbox = inbox
        self._framer_of = framers_of(config)
        self._framer: Framer | None = None
        self._rest = b""
        self._skipping = False
        self._continues: Continues | None = None
        self._lines = 0

    @property
    def waiting(self) -> int:
        """Bytes received and not cut."""
        return len(self._rest) + self._inbox.bytes

    def cut(self, offset: int, limit: int, *, now_ms: int, idle: bool) -> Cut | None:
        """Take the complete records at the front."""
        closed = self._inbox.closed
        mark = 0
        while True:
            if len(self._rest) < limit:
                more = self._inbox.take(limit - len(self._rest))
                self._rest += b"".join([one.data for one in more])
            exhausted = len(self._rest) < limit
            final = closed and exhausted
            if not self._rest or (self._framer is None and not final and undecided(self._rest)):
                return None
            if self._framer is None:
                self._framer, mark = self._framer_of(self._rest[:MARK])
            window = Window(
                data=self._rest if len(self._rest) <= limit else self._rest[:limit],
                start=mark,
                offset=offset + mark,
                reference_ms=now_ms,
                final=final,
                idle=idle and exhausted,
                line=self._lines,
                continues=self._continues,
            )
            framed = skip(window, self._framer.rule) if self._skipping else self._framer.frame(window)
            if framed.used or exhausted or limit >= self._framer.limit:
                break
            limit = min(limit * 2, self._framer.limit)
        if not framed.used:
            self._framer = None if mark else self._framer
            return None
        return self._advance(window, framed, self._framer)

    def _advance(self, window: Window, framed: Framed, framer: Framer) -> Cut:
        stop = window.start + framed.used
        delimiter = 0 if framed.cut else len(framer.rule.delimiter)
        left_out = max(framed.used - delimiter, 0) if self._skipping else 0
        self._rest = self._rest[stop:]
        self._skipping = framed.cut
        self._continues = framed.continues
        self._lines += framed.records
        if framed.lines is None and not window.start:
            return Cut(length=stop, data=window.data[:stop])
        lines = framed.lines
        if lines is None:  # the first block behind a byte order mark: its bytes are not those of the stretch
            lines = _lines(window.data[window.start : stop], window.offset, window.reference_ms)
        skipped = framed.skipped or {}
        return Cut(length=stop, lines=lines, skipped=skipped, left_out=left_out, cuts=framed.cuts)


class MessageRecords:
    """Messages that are records already; each counts one byte more than it has, as if an LF ended it."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.lost_messages = 0
        """Messages that the kernel dropped, as far as it tells, and that are not accounted for yet; counted by the
        receiving thread, which alone adds to it."""
        self._accounted = 0

    @property
    def waiting(self) -> int:
        """Bytes received and not cut."""
        return self._inbox.bytes

    @property
    def lost(self) -> bool:
        """Whether the kernel dropped more messages."""
        return self.lost_messages > self._accounted

    def cut(self, offset: int, limit: int, *, now_ms: int, idle: bool) -> Cut | None:  # noqa: ARG002 - never open
        """Take the messages at the front."""
        lost = self.lost_messages - self._accounted
        messages = self._inbox.take(limit)
        if not messages and not lost:
            return None
        self._accounted += lost
        skipped = {"kernel_buffer": lost} if lost else {}
        data = b"".join([one.data + b"\n" for one in messages])
        plain = data.count(b"\n") == len(messages) and not any(one.flags for one in messages)
        if messages and plain:
            return Cut(length=len(data), data=data, skipped=skipped)
        lines = tuple(_message_lines(messages, offset, now_ms))
        left_out = sum(one.left_out for one in messages)
        return Cut(length=len(data), lines=lines, skipped=skipped, left_out=left_out, cuts=cuts_of(messages))


def cuts_of(messages: Sequence[Message]) -> Cuts | None:
    """How many messages were too long."""
    number = sum(one.flags >= TRUNCATED for one in messages)
    return {"max_line": number} if number else None


def _message_lines(messages: list[Message], offset: int, now_ms: int) -> list[Line]:
    lines = []
    for one in messages:
        text = one.data.decode("utf-8", "replace")
        lines.append(Line(text=text, offset=offset, reference_ms=now_ms, flags=one.flags))
        offset += len(one.data) + 1
    return lines


def _lines(data: bytes, offset: int, reference_ms: int) -> tuple[Line, ...]:
    lines = []
    for raw in data.split(b"\n")[:-1]:
        text = raw.removesuffix(b"\r").decode("utf-8", "replace")
        lines.append(Line(text=text, offset=offset, reference_ms=reference_ms))
        offset += len(raw) + 1
    return tuple(lines)
