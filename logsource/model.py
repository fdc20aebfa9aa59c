"""The values that flow through the agent. They are frozen, carry their position, and import nothing of ours.

    Chunk ──parse + render──▶ Rendered(batches, tally) ──one transaction──▶ Batch ──post──▶ Outcome

Units are in the names or in the docstrings: sizes and offsets are bytes, instants are integer
milliseconds since the Unix epoch, durations are seconds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

JSONValue = Any
"""A value that JSON can carry: None, bool, int, float, str, list or dict of the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What survives a restart about one file: the row that the store writes with the file's events.

    The row belongs to `tail`, which alone reads `state`; the store keeps it under `file_id` and gives
    it back unread. `offset` is repeated outside so that other rooms can speak of progress.
    """

    file_id: str
    """32 lower-case hex digits, made when the file is first seen; half of every event id."""
    source: str
    """Name of the source of the configuration that the file belongs to."""
    offset: int
    """First byte that is not yet committed."""
    state: Mapping[str, JSONValue]
    """Versioned JSON object, meaning known to `tail.identity` only. Empty means: forget the file."""
    new_ids: bool = field(default=False, compare=False)
    """The events beside it are the first under their file id and epoch. Nothing of them is sent before this row is on the
    disk: a power loss that undid it would have the same lines come again under other ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One record of a file, decoded: the unit a parser (and a parser plugin) sees."""

    text: str
    """Without its delimiter. May hold newlines when it is a multiline record. Invalid bytes are U+FFFD."""
    offset: int
    """Byte at which the record starts in its (decompressed) file."""
    reference_ms: int = 0
    """An instant soon after the line was written (its file's mtime); decides the year of times without one."""
    flags: frozenset[str] = frozenset()
    """Any of `truncated` (a part of something that was cut: at max_line, max_lines or max_size) and `unterminated` (the file ended without a delimiter)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Complete records of one file, as read in one turn.

    The usual form is a block: `data` holds whole lines, each ended by one LF, exactly the bytes
    [start, end) of the file, so that the offset of each line can be computed from the bytes alone.
    (A CR before the LF belongs to the delimiter and is not part of the line.)
    When that does not describe the records (multiline, other encodings or delimiters, a cut or an
    unterminated line), `lines` holds them one by one and `data` is empty.
    """

    source: str
    path: str
    """The family's path (the name under which the file was first found); stays the same over rotation,
    because it is part of the payload and a line's payload must not change."""
    file_id: str
    epoch: int
    """How often the file's content was replaced under the same identity (truncation, inode reuse)."""
    start: int
    end: int
    data: bytes
    read_ms: int
    """Wall clock at reading; becomes `dtm` of lines that state no time themselves."""
    mtime_ms: int
    """Modification time of the file at reading; decides the year of times that state none."""
    checkpoint: Checkpoint
    """What becomes safe once this chunk is committed."""
    also: Checkpoint | None = None
    """And of another file: its first lines belong to the last record of this one, and are in this chunk."""
    lines: tuple[Line, ...] | None = None
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Records tail itself had to give up or left out on purpose, by reason; they are counted as read and
    dropped (the discard goes through the tally of this chunk's transaction)."""
    head: tuple[Line, ...] = ()
    """Where what stands before `start` was not read since the agent was started, or its configuration was read again: the
    records that a parser learned from, or the first ones of the file if nobody knows of any."""

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """All that becomes safe with it."""
        return (self.checkpoint,) if self.also is None else (self.checkpoint, self.also)


@dataclass(frozen=True, slots=True)
class Record:
    """What a parser makes of a line: the data of a self-describing event, and the time the line states."""

    schema: str
    """Iglu URI of `data`."""
    data: Mapping[str, JSONValue]
    timestamp_ms: int | None = None
    entities: tuple[JSONValue, ...] = ()
    """Self-describing JSONs that the line tells beside its event, such as the fields of an envelope; they are
    sent after log_source."""
    refused: str = ""
    """Reason why a parser that knows a part of the line could not make a record of it, which stays a text here;
    counted with the lines that were not parsed."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Why a line is not a record. A value, not an exception: odd lines are everyday business."""

    reason: str
    """Short snake_case word, fit for a metric label: no_match, bad_timestamp, bad_value, timeout …

    `header` says that the line is no record (names of columns, a comment): a counted drop, whatever `unmatched` asks."""
    detail: str = ""


class Parser(Protocol):
    """One record in, one record out; the whole contract of a parser and of a parser plugin.

    `parse` must be a pure function of the line. It returns a `Record`, a `Reject` with the reason, or
    None to drop the line on purpose (counted as dropped, reason `parser`).
    """

    @property
    def name(self) -> str:
        """Name in the configuration and in metrics."""
        ...

    def parse(self, line: Line) -> Record | Reject | None:
        """Turn one record into a value."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One row of the outbox: a complete POST body but for the time of sending.

    `body` is the whole payload_data JSON in which every event ends with the placeholder
    `STM_PLACEHOLDER`; at send the emitter replaces it (same length, so `len(body)` is exact).
    `key` is 0 until the store assigns one; keys grow in the order of commits (FIFO).
    """

    body: bytes
    events: int
    key: int = 0
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedBatch:
    """A batch on its way into the store that was compressed where there was time for it."""

    packed: bytes
    """What `store.format.compress_body` made of the body."""
    length: int
    """Bytes of the body."""
    events: int


PAYLOAD_DATA = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
BODY_PREFIX = b'{"schema":"' + PAYLOAD_DATA.encode() + b'","data":['
BODY_SUFFIX = b"]}"
BODY_OVERHEAD = len(BODY_PREFIX) + len(BODY_SUFFIX)
"""88 bytes; n events add their own lengths and n-1 commas."""
MAX_EVENT = 1_000_000 - BODY_OVERHEAD
"""Bytes. Over 1 MB the pipeline loses a request without a word (size violation behind a 200)."""
STM_PLACEHOLDER = b'"stm":"0000000000000"'
"""Unescaped quotes cannot occur inside a JSON string, so this text is never part of a log line's data."""
EVENT_START = b'{"e":"'
"""Every event we render begins with this; `,` + this is therefore an event boundary and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One event that cannot be delivered, kept with everything needed to understand and replay it."""

    event: bytes
    """The event's JSON object as it stood in the body (with the stm placeholder)."""
    reason: str
    """Short snake_case word, fit for a metric label: too_large, rejected_400, unparsed, invalid_value …"""
    detail: str
    """What the collector answered, or what the check found; for people."""
    at_ms: int
    output: str = "collector"
    key: int = 0


class Action(Enum):
    """What an answer asks the emitter to do with a batch (the table of wire rules, as data)."""

    DELIVERED = "delivered"
    RETRY = "retry"
    RETRY_SLOWLY = "retry_slowly"
    SPLIT = "split"
    BISECT = "bisect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one request came to."""

    action: Action
    code: str
    """HTTP status as text, or `error` / `timeout` / `reset` when there was no answer; a metric label."""
    detail: str = ""
    retry_after: float | None = None
    """Seconds the collector asked us to wait, if it did."""


@dataclass(slots=True)
class Tally:
    """What became of the lines of a chunk; the other half of the accounting identity.

    read = sum(events) + sum(rejected) + sum(dropped), always; see `imbalance`.
    """

    read: int = 0
    bytes: int = 0
    events: Counter[str] = field(default_factory=Counter)
    """By Iglu URI. Unparsed-line events count here, under their schema."""
    rejected: Counter[str] = field(default_factory=Counter)
    """By reason: lines that became dead letters instead of events."""
    dropped: Counter[str] = field(default_factory=Counter)
    """By reason: lines left out on purpose (empty, filter, unmatched: drop) or given up by tail."""
    unparsed: Counter[str] = field(default_factory=Counter)
    """By reason: lines no pattern took, whatever became of them; stands beside the identity, not in it."""

    def add(self, other: Tally) -> None:
        """Add another tally into this one."""
        self.read += other.read
        self.bytes += other.bytes
        _add(self.events, other.events)
        _add(self.rejected, other.rejected)
        _add(self.dropped, other.dropped)
        _add(self.unparsed, other.unparsed)

    @property
    def imbalance(self) -> int:
        """Lines read and not accounted for; anything but 0 is a bug."""
        return self.read - self.events.total() - self.rejected.total() - self.dropped.total()


def _add(numbers: Counter[str], more: Counter[str]) -> None:
    """As `Counter.update`, for few keys: a fifth of the time, and there are forty of these in a step."""
    for key, number in more.items():
        numbers[key] += number


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What parse + render make of one chunk; bodies are cut over the chunks of a whole step."""

    events: bytes
    """The events in the order of their lines, joined by commas; each begins with EVENT_START."""
    tally: Tally
    dead: Sequence[DeadLetter] = ()
    offsets: Sequence[int] = ()
    """Byte offset of the record of each event, as far as known: events can then be counted by their ids."""
    learned: tuple[int, ...] = ()
    """If the parser learned from records of the chunk (names of columns): byte offsets of those records of the file that
    say all that it knows now, ascending; some may stand before the chunk."""
