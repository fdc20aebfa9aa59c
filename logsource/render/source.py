"""Rendering for one source: `Chunk -> Rendered`, a pure function.

Blocks go through the column engine when the parser has one; everything else, and every odd line, goes
through `_row`, which is the definition. Every discard is counted in the tally here, by reason.
"""

from __future__ import annotations

import logging
from copy import copy
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Literal

from logsource.errors import PackError
from logsource.event.ids import event_id
from logsource.event.payload import PLAIN, UNPARSED_LINE, Envelope, EventFrame, FileFrame
from logsource.model import (
    MAX_EVENT,
    Chunk,
    DeadLetter,
    Line,
    Parser,
    Record,
    Reject,
    Rendered,
    Tally,
)
from logsource.parse.pattern import PatternParser
from logsource.render.block import BlockEngine, BlockJob
from logsource.render.filters.chain import Dropped, FilterChain
from logsource.render.lines import BlockLines
from logsource.render.memories import memories
from logsource.render.records import RecordEngine
from logsource.render.refusing import Refusing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logsource.render.kinds import EventKind

log = logging.getLogger("logsource.render")

FILES_REMEMBERED = 64
LEFT_OUT = "(left out: the filters of this source could not be applied)"


class SourceRenderer:
    """Renders the chunks of one source."""

    def __init__(
        self,
        *,
        frame: EventFrame,
        parser: Parser,
        unmatched: Literal["event", "dead_letter", "drop"] = "event",
        skip_empty: bool = True,
        columns: bool = True,
        clip: Callable[[str], str] = lambda text: text,
        filters: FilterChain | None = None,
        kind: EventKind | None = None,
    ) -> None:
        self._frame = frame
        self._parser = parser
        self._unmatched = unmatched
        self._skip_empty = skip_empty
        self._clip = clip
        self.filters = filters
        self.kind = kind
        plain = columns and not frame.base64 and kind is None
        self._records = RecordEngine() if plain else None
        self.fell_back = 0
        """Blocks that the row path had to render because the column engine failed; anything but 0 is a bug."""
        self._memories = memories(parser, skip_empty=skip_empty)
        self._files: dict[tuple[str, int, str], FileFrame] = {}
        self._engine = (
            BlockEngine.of(parser, filters, kind)
            if columns and isinstance(parser, PatternParser) and not frame.base64
            else None
        )

    @property
    def remembers(self) -> bool:
        """Whether lines have to be rendered in one process, in their order: a parser that learns from lines."""
        return bool(getattr(self._parser, "remembers", False))

    def without_parser(self, reject: Reject) -> SourceRenderer:
        """A renderer that parses nothing: every line is one that no pattern matched, for the reason of `reject`.

        No expression of the user runs. So the text cannot be redacted either, and is left out where it should be.
        """
        twin = copy(self)
        twin._parser = Refusing(self._parser.name, reject)  # noqa: SLF001 - our own copy
        twin._engine = None  # noqa: SLF001 - see above
        if twin.filters is not None:
            twin.filters = None
            twin._clip = lambda _text: LEFT_OUT  # noqa: SLF001 - see above
        return twin

    @property
    def has_columns(self) -> bool:
        """Whether blocks take the fast path."""
        return self._engine is not None

    def render(self, chunk: Chunk) -> Rendered:
        """Make events of all lines of a chunk."""
        if self._engine is not None or self._records is not None:
            try:
                return self._rendered(chunk, fast=True)
            except Exception:  # a bug of ours must not stop the agent
                self.fell_back += 1
                log.exception("event=column_engine_failed source=%s", self._frame.source)
        return self._rendered(chunk, fast=False)

    def _rendered(self, chunk: Chunk, *, fast: bool) -> Rendered:
        if self._memories is None:
            return self._made(chunk, fast=fast)
        return self._memories.render(chunk, lambda: self._made(chunk, fast=fast))

    def _made(self, chunk: Chunk, *, fast: bool) -> Rendered:
        tally = Tally(bytes=chunk.end - chunk.start)
        for reason, number in chunk.skipped.items():
            tally.read += number
            tally.dropped[reason] += number
        rows = _Rows(self, chunk, tally)
        events = b""
        if chunk.lines is not None:
            tally.read += len(chunk.lines)
            events = "".join(map(rows.render, chunk.lines))[1:].encode()
        elif chunk.data:
            lines = BlockLines.of(chunk.data, chunk.start)
            tally.read += len(lines.rows)
            rows.block = lines
            if fast and self._engine is not None:
                job = BlockJob(
                    file=rows.file,
                    reference_ms=chunk.mtime_ms,
                    read_ms=chunk.read_ms,
                    skip_empty=self._skip_empty,
                    row=rows.numbered,
                    count=rows.count,
                    drop=rows.drop,
                )
                events = self._engine.render(lines, job)
            elif fast and self._records is not None:
                events = self._records.render(
                    lines,
                    rows.file,
                    read_ms=chunk.read_ms,
                    record=rows.record,
                    event=rows.event,
                    count=rows.count,
                )
            else:
                events = "".join(map(rows.numbered, lines.rows))[1:].encode()
        offsets: Sequence[int] = ()
        if rows.block is not None and len(rows.block.rows) == tally.events.total():
            offsets = rows.block.offsets  # every line has an event
        return Rendered(events=events, tally=tally, dead=rows.dead_in_order(), offsets=offsets)

    def file_frame(self, chunk: Chunk) -> FileFrame:
        """Constants of the chunk's file, remembered for a while."""
        key = (chunk.file_id, chunk.epoch, chunk.path)
        found = self._files.get(key)
        if found is None:
            if len(self._files) >= FILES_REMEMBERED:
                self._files.clear()
            found = self._files[key] = self._frame.for_file(
                file_id=chunk.file_id, epoch=chunk.epoch, path=chunk.path
            )
        return found

    def parse(self, line: Line) -> Record | Reject | None:
        """Parse one line; what a plugin raises is its reject, not our end."""
        try:
            return self._parser.parse(line)
        except PackError:
            raise
        except Exception as error:  # noqa: BLE001  # a plugin's mistake must not stop the agent
            return Reject("parser_error", f"{type(error).__name__}: {error}")

    def unparsed(self, line: Line, reject: Reject) -> Record:
        """The event that stands for a line no pattern took."""
        data = {
            "message": self._clip(self.hide(line.text)),
            "parser": self._parser.name,
            "reason": reject.reason,
        }
        return Record(UNPARSED_LINE, data)

    def hide(self, text: str) -> str:
        """Apply what the filters redact to a text that is no field."""
        return text if self.filters is None else self.filters.hide(text)

    @property
    def unmatched(self) -> Literal["event", "dead_letter", "drop"]:
        """What becomes of a line no pattern takes."""
        return self._unmatched

    @property
    def skip_empty(self) -> bool:
        """Whether empty lines are dropped."""
        return self._skip_empty


class _Rows:
    """The row path over one chunk."""

    def __init__(self, source: SourceRenderer, chunk: Chunk, tally: Tally) -> None:
        self._source = source
        self._chunk = chunk
        self._tally = tally
        self._dead: list[tuple[int, DeadLetter]] = []
        self.file = source.file_frame(chunk)
        self.block: BlockLines | None = None

    def dead_in_order(self) -> list[DeadLetter]:
        """Dead letters in the order of their lines; the columns render odd lines in an order of their own."""
        return [letter for _, letter in sorted(self._dead, key=itemgetter(0))]

    def count(self, schema: str, number: int) -> None:
        """Count events rendered by the columns."""
        if number:
            self._tally.events[schema] += number

    def drop(self, reason: str, number: int) -> None:
        """Count lines that filters dropped as columns: one or more."""
        self._tally.dropped[reason] += number

    def numbered(self, row: int) -> str:
        """Render line number `row` of the block."""
        return self.render(self._line(row))

    def record(self, row: int) -> Record | str:
        """Parse and filter line number `row` of the block: its record, or what becomes of it without one."""
        line = self._line(row)
        found = self._parsed(line)
        if self._source.filters is None or isinstance(found, str):
            return found
        try:
            filtered = self._filtered(found, line)
        except (TypeError, ValueError) as error:
            filtered = Reject("not_json", str(error))
        return self._rejected(filtered, line) if isinstance(filtered, Reject) else filtered

    def event(self, record: Record, row: int) -> str:
        """The event of a record of line number `row` of the block, filtered already."""
        line = self._line(row)
        try:
            return self._event(record, line)
        except (TypeError, ValueError) as error:
            return self._rejected(Reject("not_json", str(error)), line)

    def _line(self, row: int) -> Line:
        assert self.block is not None
        return Line(
            text=self.block.line(row),
            offset=self.block.offsets[row],
            reference_ms=self._chunk.mtime_ms,
        )

    def render(self, line: Line) -> str:
        """One line: its event with a leading comma, or nothing when it is dropped or buried."""
        found = self._parsed(line)
        return found if isinstance(found, str) else self._of_record(found, line)

    def _parsed(self, line: Line) -> Record | str:
        source = self._source
        if source.skip_empty and not line.text:
            return self._drop("empty")
        result = source.parse(line)
        if result is None:
            return self._drop("parser")
        if not isinstance(result, Record):
            return self._rejected(result, line)
        if result.refused:
            self._tally.unparsed[result.refused] += 1
        return result

    def _of_record(self, record: Record, line: Line) -> str:
        try:
            made = self._made(record, line)
        except (TypeError, ValueError) as error:  # not JSON: lone surrogates, huge integers
            made = Reject("not_json", str(error))
        return self._rejected(made, line) if isinstance(made, Reject) else made

    def _rejected(self, result: Reject, line: Line) -> str:
        source = self._source
        if result.reason == "header":  # names of columns, a comment: nothing that could have matched
            return self._drop("header")
        self._tally.unparsed[result.reason] += 1
        if source.unmatched == "drop":
            return self._drop("unmatched")
        record = source.unparsed(line, result)
        if source.unmatched == "dead_letter":
            event = self.file.render(record, line, self._chunk.read_ms)
            return self._bury(event, line, "unparsed", result)
        return self._event(record, line)

    def _made(self, record: Record, line: Line) -> str | Reject:
        """Filter a record and make its event; a Reject when it is no longer one of its schema."""
        kind = self._source.kind
        filtered = self._filtered(record, line)
        if not isinstance(filtered, Record):
            return filtered
        if kind is None:
            return self._event(filtered, line)
        own = len(record.entities)
        envelope = kind.envelope(filtered.data, filtered.entities[own:])
        if isinstance(envelope, Dropped):
            return self._drop(envelope.reason)
        return self._event(replace(filtered, entities=filtered.entities[:own]), line, envelope)

    def _filtered(self, record: Record, line: Line) -> Record | Reject | str:
        """What filters make of a record, with the entities they add behind its own; a text when they drop it."""
        filters = self._source.filters
        if filters is None:
            return record
        found = filters.apply(record, event_id(self.file.prefix, line.offset))
        if isinstance(found, Dropped):
            return self._drop(found.reason)
        if isinstance(found, Reject):
            return found
        if not found.entities:
            return found.record
        return replace(found.record, entities=(*found.record.entities, *found.entities))

    def _event(self, record: Record, line: Line, envelope: Envelope = PLAIN) -> str:
        event = self.file.render(record, line, self._chunk.read_ms, envelope)
        if len(event) > MAX_EVENT // 4 and len(event.encode()) > MAX_EVENT:
            return self._bury(event, line, "too_large", Reject("too_large", f"over {MAX_EVENT} bytes"))
        self._tally.events[record.schema] += 1
        return "," + event

    def _drop(self, reason: str) -> str:
        self._tally.dropped[reason] += 1
        return ""

    def _bury(self, event: str, line: Line, reason: str, reject: Reject) -> str:
        self._tally.rejected[reason] += 1
        letter = DeadLetter(
            event=event.encode(),
            reason=reason,
            detail=self._source.hide(f"{reject.reason}: {reject.detail}"),
            at_ms=self._chunk.read_ms,
        )
        self._dead.append((line.offset, letter))
        return ""
