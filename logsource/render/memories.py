"""What a parser learned of one file stays with that file, and is learned again after a restart.

A parser of CSV with a header line means by a line what an earlier line of the same file said. The lines of several files
come in turns, a chunk that the store refused comes again, and a restart begins in the middle of a file. So before each
chunk the parser is given what it knew at the chunk's first byte; where nobody knows that any more, it is shown the first
lines of the file (`Chunk.head`).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.model import Chunk, JSONValue, Parser

FILES = 10_000
"""Files whose memory is kept; of the others the head is not read again, so they are far more than are read at once."""


class Memories:
    """For the parser of one source, if it has a `memory`: any value, None when it knows nothing."""

    def __init__(self, parser: Parser, *, skip_empty: bool) -> None:
        self._parser = parser
        self._skip_empty = skip_empty
        self._known: dict[tuple[str, int], dict[int, JSONValue]] = {}

    @contextmanager
    def of(self, chunk: Chunk) -> Iterator[None]:
        """The parser knows what it has to know while the block runs."""
        parser: Any = self._parser
        file = (chunk.file_id, chunk.epoch)
        known = self._known.pop(file, {})
        if chunk.start in known:
            parser.memory = known[chunk.start]
        elif chunk.start and known and not chunk.head:  # something of the file was left out in between
            parser.memory = known[max(known)]
        else:
            parser.memory = None
            for line in chunk.head:
                if line.text or not self._skip_empty:
                    parser.parse(line)
        before = parser.memory
        yield
        if len(self._known) >= FILES:
            del self._known[next(iter(self._known))]  # the one that was not read for the longest time
        # The same chunk may come again, if it cannot be committed.
        self._known[file] = {chunk.start: before, chunk.end: parser.memory}


def memories(parser: Parser, *, skip_empty: bool) -> Memories | None:
    """None for a parser that needs no such help: nothing is remembered, or it remembers in a way of its own."""
    if not getattr(parser, "remembers", False) or not hasattr(parser, "memory"):
        return None
    return Memories(parser, skip_empty=skip_empty)
