"""Several lines, one record.

The framer keeps nothing between windows: an open record stays unread in its file and is looked at again with
more behind it. So the committed offset is always the start of a record, and a restart never splits one. A record that is
longer than it may be comes in parts, each of them flagged; whose rest stands behind the offset is in the file's row, too.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from logsource.errors import ConfigError
from logsource.model import Line
from logsource.tail.balance import JsonBalance
from logsource.tail.framing import NOTHING, TRUNCATED, Framed, comments, decode, split, without_comments
from logsource.tail.grouping import Limits
from logsource.tail.joining import Counted, Joiner, Patterns, Single
from logsource.tail.pieces import Whole
from logsource.tail.presets import PRESETS
from logsource.tail.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logsource.config.model import MultilineConfig
    from logsource.tail.containers import Piece
    from logsource.tail.encoding import Delimiting
    from logsource.tail.framing import Span, Window
    from logsource.tail.grouping import Grouped


def joiner_of(config: MultilineConfig | None) -> Joiner:
    """Make the joiner a source asks for. ConfigError when a pattern or a preset is wrong."""
    if config is None:
        return Single()
    if config.preset is not None:
        if config.preset not in PRESETS:
            known = ", ".join(PRESETS)
            raise ConfigError([f"multiline.preset: unknown preset {config.preset!r} (there are: {known})"])
        return PRESETS[config.preset]
    if config.count is not None:
        return Counted(config.count)
    if config.json_:
        return JsonBalance()
    return Patterns(config)


class Open(Enum):
    """Not known yet."""

    OPEN = auto()


class RecordFramer:
    """Lines unwrapped, pieces joined, lines joined: records of a file with one or several streams."""

    def __init__(
        self,
        rule: Delimiting,
        *,
        max_line: int,
        max_lines: int,
        max_size: int,
        size_name: str = "max_size",
        joiner: Joiner,
        unwrap: Callable[[bytes], Piece] | None,
        comment: bytes = b"",
    ) -> None:
        """`unwrap`: how to take off what a container's runtime has put around a line. `size_name`: see `Limits`."""
        self.rule = rule
        self.limit = max_line + 2 * max_size + 64
        self._max_line = max_line
        self._limits = Limits(max_lines, max_size, self.limit, size_name)
        self._joiner = joiner
        self._unwrap = unwrap
        self._comment = comment

    def frame(self, window: Window) -> Framed:
        """Every record of the window that is complete, up to the first that is not."""
        spans, used, cut = split(window, self.rule, self._max_line)
        if not spans:
            return NOTHING
        kept = without_comments(window, spans, self._comment)
        streams = self._streams(window, kept, window.start + used)
        if cut and kept[-1:] == spans[-1:]:
            stop = window.start + used
            streams.settle_cut(stop)
        elif window.final or cut or (window.idle and not window.pieces_wait):
            streams.settle()
            stop = window.start + used
        else:
            if window.idle:
                streams.settle_whole()
            stop = streams.seam(window.start + used)
            while stop == window.start and len(window.data) - window.start >= self.limit:
                streams.settle_oldest()
                stop = streams.seam(window.start + used)
            used = stop - window.start
        skipped = (
            None if kept is spans else comments(_passed(spans, window, used) - _passed(kept, window, used))
        )
        lines = tuple(_lines(streams.records_before(stop), window))
        if not lines and not skipped:
            return Framed(waiting=True)
        continues, cuts = streams.continues_at(stop), streams.cuts_before(stop)
        return Framed(used, len(lines), lines, cut, skipped=skipped, continues=continues, cuts=cuts)

    def over(self, window: Window, more: bytes, *, settled: bool) -> tuple[Framed, int] | Open | None:
        """The rest of a window that ends with a line, if `more` follows it in another file.

        How many bytes of `more` belong to its last record comes with it; whose rest stands behind those, too. OPEN: nobody knows before there is more.
        None: they cannot be had apart from records of their own. `settled`: nothing comes behind `more`.
        """
        edge = len(window.data)
        joined = replace(window, data=window.data + more, idle=False, final=False)
        spans, used, cut = split(joined, self.rule, self._max_line)
        if without_comments(joined, spans, self._comment) is not spans:
            return None
        last = window.start + used
        streams = self._streams(joined, spans, last)
        if cut:
            streams.settle_cut(last)
        elif settled:
            streams.settle()
        elif used >= self.limit:
            streams.settle_forced()
        begins = [begin for begin, _ in streams.open]
        if any(begin < edge for begin in begins):
            return Open.OPEN
        records = streams.records_before(edge)
        stop = max([edge, *(one.end for one in records)])
        if any(edge <= begin < stop for begin in (*begins, *(one.begin for one in streams.records))):
            return None
        lines = tuple(_lines(records, window))
        continues, cuts = streams.continues_at(stop), streams.cuts_before(stop)
        ends_cut = cut and stop == last
        framed = Framed(edge - window.start, len(lines), lines, ends_cut, continues=continues, cuts=cuts)
        return framed, stop - edge

    def _streams(self, window: Window, spans: Sequence[Span], stop: int) -> Streams:
        streams = Streams(self._joiner, self._limits, self.rule, window.continues)
        data, rule, unwrap = window.data, self.rule, self._unwrap
        nexts = [*[span[0] for span in spans[1:]], stop] if spans else []
        if unwrap is None:
            stream = streams.stream("")
            for (begin, end, flags), after in zip(spans, nexts, strict=True):
                text = decode(data[begin:end], rule, cut=flags is TRUNCATED)
                stream.put(Whole(begin, after, after - begin, text, None, flags))
        else:
            for (begin, end, flags), after in zip(spans, nexts, strict=True):
                streams.put(unwrap(data[begin:end]), begin, after, flags)
        return streams


def _lines(records: Sequence[Grouped], window: Window) -> list[Line]:
    base, read_ms = window.offset - window.start, window.reference_ms
    return [
        Line(
            text=one.lines[0] if len(one.lines) == 1 else "\n".join(one.lines),
            offset=base + one.begin,
            reference_ms=read_ms if one.time_ms is None else one.time_ms,
            flags=one.flags,
        )
        for one in records
    ]


def _passed(spans: Sequence[Span], window: Window, used: int) -> int:
    return sum(begin < window.start + used for begin, _, _ in spans)
