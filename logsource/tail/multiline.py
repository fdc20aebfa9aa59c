"""Several lines, one record.

The framer keeps nothing between windows: an open record stays unread in its file and is looked at again with
more behind it. So the committed offset is always the start of a record, and a restart never splits one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import regex

from logsource.config.regexcompile import compile_regex
from logsource.errors import ConfigError
from logsource.model import Line
from logsource.tail.balance import JsonJoin
from logsource.tail.framing import NOTHING, Framed, comments, decode, split, without_comments
from logsource.tail.presets import PRESETS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logsource.config.model import MultilineConfig
    from logsource.tail.containers import Piece
    from logsource.tail.encoding import Delimiting
    from logsource.tail.framing import Span, Window

MATCH_TIMEOUT = 0.25
"""Seconds one pattern may take on one line; then it does not match. Users' patterns are not vetted."""


class Joiner(Protocol):
    """Whether lines belong together."""

    def joins(self, record: Sequence[str], line: str) -> bool:
        """Whether `line` belongs to the record so far."""
        ...

    def complete(self, record: Sequence[str]) -> bool:
        """Whether nothing can be added to the record any more, so that there is no need to wait."""
        ...


class NoJoin:
    """Every line is a record."""

    def joins(self, record: Sequence[str], line: str) -> bool:  # noqa: ARG002 - the protocol's shape
        """Never."""
        return False

    def complete(self, record: Sequence[str]) -> bool:  # noqa: ARG002 - the protocol's shape
        """Always."""
        return True


class PresetJoin:
    """By the habits of a language."""

    def __init__(self, name: str) -> None:
        if name not in PRESETS:
            raise ConfigError(
                [f"multiline.preset: unknown preset {name!r} (there are: {', '.join(PRESETS)})"]
            )
        self._preset = PRESETS[name]

    def joins(self, record: Sequence[str], line: str) -> bool:
        """As the preset says."""
        return self._preset.joins(record, line)

    def complete(self, record: Sequence[str]) -> bool:  # noqa: ARG002 - the protocol's shape
        """A trace may always go on."""
        return False


class CountJoin:
    """By number. Where a record was given out early (see the limits), counting begins anew behind it."""

    def __init__(self, lines: int) -> None:
        self._lines = lines

    def joins(self, record: Sequence[str], line: str) -> bool:  # noqa: ARG002 - the protocol's shape
        """While there are too few."""
        return len(record) < self._lines

    def complete(self, record: Sequence[str]) -> bool:
        """Once there are enough."""
        return len(record) >= self._lines


class PatternJoin:
    """By the patterns of the configuration; see `MultilineConfig`."""

    def __init__(self, config: MultilineConfig) -> None:
        self._start = _matcher("start", config.start)
        self._continue = _matcher("continue", config.continue_)
        self._end = _matcher("end", config.end)
        self._join_next = _matcher("join_next", config.join_next)

    def joins(self, record: Sequence[str], line: str) -> bool:
        """`join_next` and `continue` add to a record; otherwise `end` closes it and `start` begins another."""
        if self._join_next and self._join_next(record[-1]):
            return True
        if self._continue and self._continue(line):
            return True
        if self._start and self._start(line):
            return False
        if self._end:
            return not self._end(record[-1])
        return self._start is not None

    def complete(self, record: Sequence[str]) -> bool:
        """With `end` or `join_next` the last line says so itself; the others need to see the next line."""
        if self._continue or (self._join_next and self._join_next(record[-1])):
            return False
        if self._end:
            return self._end(record[-1])
        return self._start is None


def joiner_of(config: MultilineConfig | None) -> Joiner:
    """Make the joiner a source asks for. ConfigError when a pattern or a preset is wrong."""
    if config is None:
        return NoJoin()
    if config.preset is not None:
        return PresetJoin(config.preset)
    if config.count is not None:
        return CountJoin(config.count)
    if config.json_:
        return JsonJoin()
    return PatternJoin(config)


def _matcher(key: str, pattern: str | None) -> Callable[[str], bool] | None:
    if pattern is None:
        return None
    try:
        compiled = compile_regex(pattern)
    except regex.error as error:
        raise ConfigError([f"multiline.{key}: {error} in {pattern!r}"]) from error

    def matches(line: str) -> bool:
        try:
            return compiled.search(line, timeout=MATCH_TIMEOUT) is not None
        except TimeoutError:
            return False

    return matches


@dataclass(slots=True)
class _Open:
    """A record that is being put together; indexes are into the window."""

    begin: int
    end: int
    lines: list[str]
    time_ms: int
    size: int
    flags: frozenset[str]
    pieces: list[str] = field(default_factory=list)
    """Text of the last line so far, while the runtime's pieces of it are incomplete."""
    closed: bool = False


class RecordFramer:
    """Lines unwrapped, pieces joined, lines joined: records of a file with one or several streams."""

    def __init__(
        self,
        rule: Delimiting,
        *,
        max_line: int,
        max_lines: int,
        max_size: int,
        joiner: Joiner,
        unwrap: Callable[[str], Piece],
        comment: bytes = b"",
    ) -> None:
        self.rule = rule
        self.limit = max_line + 2 * max_size + 64
        self._max_line = max_line
        self._max_lines = max_lines
        self._max_size = max_size
        self._joiner = joiner
        self._unwrap = unwrap
        self._comment = comment

    def frame(self, window: Window) -> Framed:
        """Every record of the window that is complete, up to the first that is not."""
        spans, used, cut = split(window, self.rule, self._max_line)
        if not spans:
            return NOTHING
        kept = without_comments(window, spans, self._comment)
        records = self._group(window, kept, window.start + used) if kept else []
        # A record that was cut is at its end, and what cannot grow any more has to go out.
        everything = window.idle or window.final or cut or len(window.data) - window.start >= self.limit
        if records and not everything:
            stop = _seam(records)
            records = [one for one in records if one.begin < stop]
            used = stop - window.start
        skipped = (
            None if kept is spans else comments(_passed(spans, window, used) - _passed(kept, window, used))
        )
        if not records and not skipped:
            return Framed(waiting=True)
        lines = tuple(
            Line(
                text="\n".join([*one.lines, *(["".join(one.pieces)] if one.pieces else [])]),
                offset=window.offset + one.begin - window.start,
                reference_ms=one.time_ms,
                flags=one.flags,
            )
            for one in records
        )
        return Framed(used, len(lines), lines, cut, skipped=skipped)

    def _group(self, window: Window, spans: Sequence[Span], stop: int) -> list[_Open]:
        records: list[_Open] = []
        streams: dict[str, _Open] = {}
        nexts = [span[0] for span in spans[1:]] + [stop]
        for (begin, end, flags), after in zip(spans, nexts, strict=True):
            piece = self._unwrap(decode(window.data[begin:end], self.rule))
            size = after - begin
            record = streams.get(piece.stream)
            if record is None or not self._belongs(record, piece, size):
                if record is not None:
                    _close(record)
                time_ms = window.reference_ms if piece.time_ms is None else piece.time_ms
                record = streams[piece.stream] = _Open(begin, after, [], time_ms, 0, flags)
                records.append(record)
            record.end = after
            record.size += size
            record.flags |= flags
            record.pieces.append(piece.text)
            if not piece.partial:
                record.lines.append("".join(record.pieces))
                record.pieces.clear()
        for record in streams.values():
            record.closed = not record.pieces and self._joiner.complete(record.lines)
        return records

    def _belongs(self, record: _Open, piece: Piece, size: int) -> bool:
        if record.size + size > self._max_size:
            return False
        if record.pieces:
            return True
        return len(record.lines) < self._max_lines and self._joiner.joins(record.lines, piece.text)


def _passed(spans: Sequence[Span], window: Window, used: int) -> int:
    return sum(begin < window.start + used for begin, _, _ in spans)


def _close(record: _Open) -> None:
    record.closed = True


def _seam(records: Sequence[_Open]) -> int:
    """The last place up to which all records are complete and over which none reaches (streams interleave)."""
    end = max(one.end for one in records)
    seam = min((one.begin for one in records if not one.closed), default=end)
    while True:
        over = [one.begin for one in records if one.begin < seam < one.end]
        if not over:
            return seam
        seam = min(over)
