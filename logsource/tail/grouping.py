"""Lines → records, for one stream of a file; see `Verdict` for what may become of a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from logsource.tail.framing import TRUNCATED
from logsource.tail.joining import Single, Verdict

if TYPE_CHECKING:
    from logsource.model import JSONValue
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
        _, self.end, size, text, _, flags, _ = line
        self.lines.append(text)
        self.size += size
        if flags:
            self.flags |= flags
        self.group.add(text)

    def extend(self, line: Whole) -> None:
        """Have the rest of the line that stood before it, in the record before it."""
        self.lines.append(line.text)
        self.end, self.size = line.end, self.size + line.size
        self.flags |= line.flags
        self.group.extend(line.text)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a record may have at most."""

    lines: int
    size: int
    """Bytes of its own lines."""
    reach: int
    """Bytes from its begin to its end, with what other streams have between."""
    size_name: str = "max_size"
    """Which key of the configuration `size` is."""


class Carried(NamedTuple):
    """How a stream goes on behind a place at which something of it was cut."""

    line: bool = False
    """With the rest of a line."""
    group: list[JSONValue] | None = None
    """With the rest of a record, of whose group this is the state; unless the next line says that it is none of it."""
    surely: int = 0
    """How many of the next lines were seen to belong to the record: some are told by what stands behind them."""


NOTHING = Carried()


class Part(NamedTuple):
    """A record that goes on with one that was cut."""

    before: int
    """Where the record before it begins, -1 if that was given out with an earlier window."""
    begin: int
    carried: Carried
    limit: str
    """At which limit it was cut off from the record before it; empty if that is counted elsewhere."""


class Stream:
    """The records of one stream; the last one may be open, with lines behind it of which nobody knows yet.

    A record that is longer than it may be comes in several, which are all flagged. What belongs to it is asked of its group
    as if nothing had been cut; and as if nothing but the group's state were known, as it is after a restart.
    """

    __slots__ = (
        "_held",
        "_held_size",
        "_joiner",
        "_last",
        "_limit",
        "_limits",
        "_rest",
        "_sure",
        "_surely",
        "open",
        "parts",
        "records",
    )

    def __init__(
        self, joiner: Joiner, limits: Limits, records: list[Grouped], carried: Carried = NOTHING
    ) -> None:
        """`records`: where to put them; streams may share it. `carried`: the rest of what comes first."""
        self.records = records
        self.parts: list[Part] = []
        self._joiner = joiner
        self._limits = limits
        self.open: Grouped | None = None
        """The record that is not complete. It has no lines yet if it may be the rest of one."""
        self._held: list[Whole] = []
        self._held_size = 0
        self._last = -1
        """Where the last record begins."""
        self._sure = 0
        """How many of the next lines belong to the open record."""
        _, self._rest, self._surely = carried
        self._limit = ""

    def put(self, line: Whole) -> None:
        """Take the next line."""
        record = self.open
        if record is None:
            record = self._rest_of(line) if self._rest is not None else None
            if record is None:
                self._begin(line)
                return
            self._sure = self._surely
        if self._sure:
            self._sure -= 1
            self._take(record, line, more=self._sure)
            return
        held = self._held
        # What other streams wrote between them may be so much that the record was given out meanwhile.
        far = line.end - record.begin > self._limits.reach
        verdict = Verdict.NEXT if far else record.group.judge(line.text, len(held))
        if verdict is Verdict.HOLD and self._held_size + line.size > self._limits.size:
            verdict = Verdict.NEXT
        if held or verdict is Verdict.HOLD:
            self._put_behind_held(record, line, verdict)
        elif verdict is Verdict.JOIN:
            self._take(record, line)
        else:
            self._begin(line)

    def go_on(self, line: Whole) -> None:
        """Take the rest of a line that was cut: it is a record of its own, with what its record still has to come."""
        if self._held:
            self.settle()
        record = self.open
        if record is None and self._rest is not None:
            record = self._rest_of(line)
        if record is None or line.end - record.begin > self._limits.reach:
            record = self._empty(line, Single())
            self._rest = None
        elif record.lines:
            record = self._cut(record, line, "")
        self._place(record, line)
        record.extend(line)
        self.open = None if record.group.complete else record

    def _put_behind_held(self, record: Grouped, line: Whole, verdict: Verdict) -> None:
        if verdict is Verdict.HOLD:
            self._held.append(line)
            self._held_size += line.size
        elif verdict is Verdict.JOIN:
            lines = [*self._held, line]
            self._forget_held()
            self._take_all(record, lines)
        else:
            for again in (*self._close(record, keep=verdict is Verdict.LAST), line):
                self.put(again)

    def settle(self, cut: int = -1) -> None:
        """Nothing follows: close what is open. `cut`: end of a line whose rest is left out; its record may go on."""
        while (record := self.open) is not None:
            for line in self._close(record, keep=record.group.keeps_held):
                self.put(line)
        last = next((one for one in reversed(self.records) if one.end == cut), None) if cut >= 0 else None
        if last is not None and last.begin == self._last and not last.group.complete:
            self._rest, self._surely = last.group.state(cut=True), 0

    def carried(self, seam: int, *, line: bool) -> Carried:
        """How it goes on at a place up to which all is given out. `line`: if nothing begins there, by a rest of a line."""
        for part in self.parts:
            if part.before < seam <= part.begin:
                return part.carried
        return Carried(line, self._rest, self._surely) if self._last < seam else NOTHING

    def _begin(self, line: Whole) -> None:
        begin, end, size, text, time_ms, flags, _ = line
        group = self._joiner.begin(text)
        record = Grouped([text], begin, end, size, time_ms, flags, group)
        self.records.append(record)
        self._last, self._rest = begin, None
        self.open = None if group.complete else record

    def _rest_of(self, line: Whole) -> Grouped | None:
        """What may be the rest of a record, without a line yet; None if the rule has changed."""
        assert self._rest is not None
        group = self._joiner.resume(self._rest)
        if group is None:
            self._rest = None
            return None
        self.open = self._empty(line, group)
        return self.open

    @staticmethod
    def _empty(line: Whole, group: Group) -> Grouped:
        return Grouped([], line.begin, line.begin, 0, None, TRUNCATED, group)

    def _take(self, record: Grouped, line: Whole, more: int = 0) -> Grouped:
        """Have one more line in a record; in which, if it was cut before that. `more`: so many more belong to it."""
        limits = self._limits
        if not record.lines:
            self._place(record, line)
        elif record.size + line.size > limits.size:
            record = self._cut(record, line, limits.size_name, more)
            self._place(record, line)
        elif len(record.lines) >= limits.lines:
            record = self._cut(record, line, "max_lines", more)
            self._place(record, line)
        record.take(line)
        if record.group.complete:
            self.open, self._sure = None, 0
        return record

    def _take_all(self, record: Grouped, lines: list[Whole]) -> None:
        for number, line in enumerate(lines, 1):
            record = self._take(record, line, len(lines) - number)

    def _cut(self, record: Grouped, line: Whole, limit: str, more: int = 0) -> Grouped:
        record.flags |= TRUNCATED
        self._rest, self._surely, self._limit = record.group.state(cut=False), 1 + more, limit
        rest = self._rest_of(line)
        assert rest is not None, "a rule knows what it said"
        return rest

    def _place(self, record: Grouped, line: Whole) -> None:
        """Give the rest of a record its first line."""
        record.begin, record.time_ms = line.begin, line.time_ms
        self.records.append(record)
        carried = Carried(line.continues, self._rest, self._surely)
        self.parts.append(Part(self._last, line.begin, carried, self._limit))
        self._last, self._rest, self._surely, self._limit = line.begin, None, 0, ""

    def _close(self, record: Grouped, *, keep: bool) -> list[Whole]:
        """End a record; what is left of the held lines: all, or only the empty ones at the end of those it keeps."""
        held = self._held
        kept = 0
        self._forget_held()
        if keep:
            kept = len(held)
            while kept and not held[kept - 1].text.strip():
                kept -= 1
            self._take_all(record, held[:kept])
        self.open = self._rest = None
        self._sure = 0
        return held[kept:]

    def _forget_held(self) -> None:
        if self._held:
            self._held = []
            self._held_size = 0
