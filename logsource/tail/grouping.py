"""Lines → records, for one stream of a file; see `Verdict` for what may become of a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.tail.joining import Verdict

if TYPE_CHECKING:
    from logsource.tail.joining import Group, Joiner
    from logsource.tail.pieces import Whole


@dataclass(slots=True)
class Grouped:
    """A record that is being put together; indexes are into the window."""

    lines: list[str]
    begin: int
    end: int
    size: int
    time_ms: int | None
    flags: frozenset[str]
    group: Group

    def take(self, line: Whole) -> None:
        """Have one more line."""
        _, self.end, size, text, _, flags = line
        self.lines.append(text)
        self.size += size
        if flags:
            self.flags |= flags
        self.group.add(text)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a record may have at most."""

    lines: int
    size: int
    """Bytes of its own lines."""
    reach: int
    """Bytes from its begin to its end, with what other streams have between."""


class Stream:
    """The records of one stream; the last one may be open, with lines behind it of which nobody knows yet."""

    __slots__ = ("_held", "_held_size", "_joiner", "_limits", "open", "records")

    def __init__(self, joiner: Joiner, limits: Limits, records: list[Grouped]) -> None:
        """`records`: where to put them; streams may share it."""
        self.records = records
        self._joiner = joiner
        self._limits = limits
        self.open: Grouped | None = None
        """The record that is not complete."""
        self._held: list[Whole] = []
        self._held_size = 0

    def put(self, line: Whole) -> None:
        """Take the next line."""
        record = self.open
        if record is None:
            self._begin(line)
            return
        limits, held = self._limits, self._held
        if (
            record.size + self._held_size + line.size > limits.size
            or len(record.lines) + len(held) >= limits.lines
            or line.end - record.begin > limits.reach
        ):
            verdict = Verdict.NEXT
        else:
            verdict = record.group.judge(line.text, len(held))
        if held or verdict is Verdict.HOLD:
            self._put_behind_held(record, line, verdict)
        elif verdict is Verdict.JOIN:
            self._take(record, line)
        else:
            self._begin(line)

    def _put_behind_held(self, record: Grouped, line: Whole, verdict: Verdict) -> None:
        if verdict is Verdict.HOLD:
            self._held.append(line)
            self._held_size += line.size
        elif verdict is Verdict.JOIN:
            for held in self._held:
                record.take(held)
            self._forget_held()
            self._take(record, line)
        else:
            for again in (*self._close(record, keep=verdict is Verdict.LAST), line):
                self.put(again)

    def settle(self) -> None:
        """Nothing follows: close what is open."""
        while (record := self.open) is not None:
            for line in self._close(record, keep=record.group.keeps_held):
                self.put(line)

    def _begin(self, line: Whole) -> None:
        begin, end, size, text, time_ms, flags = line
        group = self._joiner.begin(text)
        record = Grouped([text], begin, end, size, time_ms, flags, group)
        self.records.append(record)
        self.open = None if group.complete else record

    def _take(self, record: Grouped, line: Whole) -> None:
        record.take(line)
        if record.group.complete:
            self.open = None

    def _close(self, record: Grouped, *, keep: bool) -> list[Whole]:
        """End a record; what is left of the held lines: all, or only the empty ones at the end of those it keeps."""
        held = self._held
        kept = 0
        if keep:
            kept = len(held)
            while kept and not held[kept - 1].text.strip():
                kept -= 1
            for line in held[:kept]:
                record.take(line)
        self.open = None
        self._forget_held()
        return held[kept:]

    def _forget_held(self) -> None:
        if self._held:
            self._held = []
            self._held_size = 0
