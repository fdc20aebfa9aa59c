"""Records that a parser learned from: a header says what the columns are called, in all lines up to the next one.

A file may have several (IIS writes `#Fields:` again when it is started, or its fields are changed). So the row of a file
says where the records stand that told what was known at its offset. After a restart they are read again and shown to the
parser before the first chunk. What they say is not kept itself: it would be larger, and mean something to one parser only.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from logsource.model import Chunk, Line
from logsource.tail.encoding import MARK
from logsource.tail.framing import Framer, Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.tail.content import Content
    from logsource.tail.follower import Follower

HEAD_BYTES = 1 << 14
HEAD_RECORDS = 32
"""Enough for a header; asked for once a file, after a restart."""


def taught(one: Follower, chunk: Chunk, learned: tuple[int, ...]) -> Chunk:
    """Have the pending chunk's row say from which records the parser learned."""
    pending = one.pending
    assert pending is not None
    pending.after.learned = learned
    row = pending.after.checkpoint(one.source, new_ids=chunk.checkpoint.new_ids)
    pending.chunk = replace(chunk, checkpoint=row)
    return pending.chunk


def taught_before(
    one: Follower, content: Content, framer_of: Callable[[bytes], tuple[Framer, int]]
) -> tuple[Line, ...]:
    """What a parser has to be shown before the first chunk since the agent was started, if that begins in the middle.

    Errors of reading are OSError.
    """
    state = one.state
    if one.begun or state.offset <= state.base:
        return ()
    framer, mark = framer_of(content.read(0, MARK))
    found: list[Line] = []
    for at in state.learned:
        if at < state.offset:  # else the file lost its end, and the record with it
            found += [line for line in _first(content, framer, at, sys.maxsize) if line.offset == at]
    if found:
        return tuple(found)
    head = _first(content, framer, state.base or mark, sys.maxsize if state.base else 0)
    return tuple(line for line in head if line.offset < state.offset)


def _first(content: Content, framer: Framer, begin: int, line: int) -> tuple[Line, ...]:
    """First records from here."""
    found: tuple[Line, ...] = ()
    for size in (HEAD_BYTES, framer.limit):
        found = _records(framer, content.read(begin, size), begin, line)
        if found:
            break
    return found


def _records(framer: Framer, data: bytes, offset: int, line: int) -> tuple[Line, ...]:
    """The first records of a stretch of a file."""
    at = 0
    found: list[Line] = []
    while len(found) < HEAD_RECORDS:
        framed = framer.frame(Window(data=data, start=at, offset=offset + at, line=line))
        if not framed.used:
            break
        if framed.lines is not None:
            found += framed.lines
        else:
            begin = offset + at
            for text in data[at : at + framed.used].split(b"\n", HEAD_RECORDS)[:-1]:
                found.append(Line(text=text.removesuffix(b"\r").decode(errors="replace"), offset=begin))
                begin += len(text) + 1
        at, line = at + framed.used, line + framed.records
        if framed.cut:  # what follows is the rest of a record
            break
    return tuple(found[:HEAD_RECORDS])
