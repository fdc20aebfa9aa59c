"""What a parser learned of one file stays with that file, and is learned again after a restart.

A parser of CSV with a header line means by a line what an earlier line of the same file said. The lines of several files
come in turns, a chunk that the store refused comes again, and a restart begins in the middle of a file. So before each
chunk the parser is given what it knew at the chunk's first byte; where nobody knows that any more, it is shown the lines
from which it learned that, or the first ones of the file (`Chunk.head`). Which lines these are is said of each chunk in
which it learned (`Rendered.learned`), and committed with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from logsource.errors import PackError
from logsource.model import Line
from logsource.render.lines import BlockLines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from logsource.model import Checkpoint, Chunk, JSONValue, Parser, Rendered

FILES = 10_000
"""Files whose memory is kept; of the others the head is not read again, so they are far more than are read at once."""
KEPT = 4
"""Lines that are kept for a file, if so many say all. One would do, if files did not lose their ends when the power fails."""


@dataclass(frozen=True, slots=True)
class _Lesson:
    """A line that taught something, and what is known behind it."""

    line: Line
    memory: JSONValue


@dataclass(frozen=True, slots=True)
class _File:
    """What was learned of a file, in the order of its lines."""

    lessons: list[_Lesson]
    read: Checkpoint
    """Of the chunk that was read last. Parts of a chunk share it; what is refused by the store comes again as a whole."""


class Memories:
    """For the parser of one source, if it has a `memory`: any value, None when it knows nothing."""

    def __init__(self, parser: Parser, *, skip_empty: bool) -> None:
        self._parser: Any = parser
        self._skip_empty = skip_empty
        self._known: dict[tuple[str, int], _File] = {}

    def render(self, chunk: Chunk, make: Callable[[], Rendered]) -> Rendered:
        """Make a chunk's events with what the parser has to know; what it learns from it is kept, and said."""
        lessons = self._before(chunk)
        self._parser.memory = lessons[-1].memory if lessons else None
        before = self._parser.memory
        rendered = make()
        after = self._parser.memory
        if after != before:
            lessons += self._taught_by(_lines(chunk), before, after)
            learned = tuple(one.line.offset for one in self._fewest(lessons))
            rendered = replace(rendered, learned=learned)
        file = (chunk.file_id, chunk.epoch)
        self._known.pop(file, None)
        if len(self._known) >= FILES:
            del self._known[next(iter(self._known))]  # the one that was not read for the longest time
        self._known[file] = _File(lessons, chunk.checkpoint)
        return rendered

    def _before(self, chunk: Chunk) -> list[_Lesson]:
        """What was learned before a chunk, which may come again."""
        known = self._known.get((chunk.file_id, chunk.epoch))
        if known is None:
            self._parser.memory = None
            return self._taught_by(chunk.head, self._parser.memory) if chunk.start else []
        lessons = [one for one in known.lessons if one.line.offset < chunk.start]
        return lessons if known.read is chunk.checkpoint else self._fewest(lessons)

    def _taught_by(self, lines: Iterable[Line], before: JSONValue, after: JSONValue = None) -> list[_Lesson]:
        """Which of these lines teach something, up to the one behind which `after` is known."""
        parser, lessons = self._parser, []
        parser.memory = before
        for line in lines:
            if line.text or not self._skip_empty:
                self._show(line)
                if (memory := parser.memory) != before:
                    lessons.append(_Lesson(line, memory))
                    before = memory
                    if memory == after:
                        break
        return lessons

    def _fewest(self, lessons: list[_Lesson]) -> list[_Lesson]:
        """The latest lessons that teach all; more than `KEPT` only where a parser has more parts that learn."""
        if len(lessons) <= KEPT:
            return lessons
        if self._teach(lessons[-KEPT:], lessons[-1].memory):
            return lessons[-KEPT:]
        size = len(lessons) // 2
        while size and len(lessons) > KEPT:
            at = 0
            while at < len(lessons) - 1 and len(lessons) > KEPT:
                rest = lessons[:at] + lessons[at + size :]
                if rest and self._teach(rest, lessons[-1].memory):
                    lessons = rest
                else:
                    at += size
            size //= 2
        return lessons

    def _teach(self, lessons: list[_Lesson], memory: JSONValue) -> bool:
        """Whether these lines alone teach what is known."""
        self._parser.memory = None
        for one in lessons:
            self._show(one.line)
        return bool(self._parser.memory == memory)

    def _show(self, line: Line) -> None:
        try:
            self._parser.parse(line)
        except PackError:
            raise
        except Exception:  # noqa: BLE001, S110 # as when it is rendered: a plugin's mistake teaches nothing
            pass


def _lines(chunk: Chunk) -> Iterator[Line]:
    if chunk.lines is not None:
        yield from chunk.lines
    elif chunk.data:
        block = BlockLines.of(chunk.data, chunk.start)
        for row in block.rows:
            yield Line(text=block.line(row), offset=block.offsets[row], reference_ms=chunk.mtime_ms)


def memories(parser: Parser, *, skip_empty: bool) -> Memories | None:
    """None for a parser that needs no such help: nothing is remembered, or it remembers in a way of its own."""
    if not getattr(parser, "remembers", False) or not hasattr(parser, "memory"):
        return None
    return Memories(parser, skip_empty=skip_empty)
