"""Chunks cut into blocks, and blocks put together to jobs, so that several processes can share a step.

Cut between records only, with the offsets that the records have in their file: rendering the parts one
after the other gives what rendering the whole gives.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from logsource.model import Chunk, Line


def blocks(chunk: Chunk, size: int) -> list[Chunk]:
    """Cut a chunk into parts of at most `size` bytes, or of one record where a record is longer.

    What tail skipped counts with the first part.
    """
    if chunk.lines is not None:
        return _of_lines(chunk, chunk.lines, size)
    if len(chunk.data) <= size:
        return [chunk]
    return list(_of_bytes(chunk, size))


def _of_bytes(chunk: Chunk, size: int) -> Iterator[Chunk]:
    data = chunk.data
    begin = 0
    while begin < len(data):
        end = len(data)
        if end - begin > size:
            end = data.rfind(b"\n", begin, begin + size) + 1 or data.find(b"\n", begin) + 1
        yield replace(
            chunk,
            start=chunk.start + begin,
            end=chunk.start + end,
            data=data[begin:end],
            skipped=chunk.skipped if begin == 0 else {},
        )
        begin = end


def _of_lines(chunk: Chunk, lines: Sequence[Line], size: int) -> list[Chunk]:
    """Records may lie apart (delimiters, cut lines), so the first part stands for all the bytes of the chunk."""
    groups: list[list[Line]] = [[]]
    room = size
    for line in lines:
        length = len(line.text)
        if groups[-1] and length > room:
            groups.append([])
            room = size
        groups[-1].append(line)
        room -= length
    if len(groups) == 1:
        return [chunk]
    rest = replace(chunk, start=chunk.end, skipped={})
    return [replace(rest if at else chunk, lines=tuple(group)) for at, group in enumerate(groups)]


def jobs(chunks: Iterable[Chunk], size: int) -> Iterator[list[Chunk]]:
    """Neighbouring blocks put together up to `size` bytes, as one step of a single process would read them."""
    job: list[Chunk] = []
    room = size
    for chunk in chunks:
        for block in blocks(chunk, size):
            length = block.end - block.start
            if job and length > room:
                yield job
                job, room = [], size
            job.append(block)
            room -= length
    if job:
        yield job


def pieces(job: Sequence[Chunk], number: int) -> list[list[Chunk]]:
    """Take a job apart into about `number` smaller ones, each with fewer records; one record cannot be divided."""
    records = sum(map(_records, job))
    share = max(-(-records // number), 1)
    found: list[list[Chunk]] = []
    for chunk in job:
        found += [[part] for part in _shares(chunk, share)]
    return found


def _shares(chunk: Chunk, share: int) -> Iterator[Chunk]:
    """Parts of `share` records each."""
    if chunk.lines is not None:
        lines = chunk.lines
        rest = replace(chunk, start=chunk.end, skipped={})
        for at in range(0, max(len(lines), 1), share):
            yield replace(rest if at else chunk, lines=lines[at : at + share])
        return
    begin, data = 0, chunk.data
    while True:
        end = begin
        for _ in range(share):
            end = data.find(b"\n", end) + 1 or len(data)
        yield replace(
            chunk,
            start=chunk.start + begin,
            end=chunk.start + end if end < len(data) else chunk.end,
            data=data[begin:end],
            skipped=chunk.skipped if begin == 0 else {},
        )
        begin = end
        if begin >= len(data):
            return


def _records(chunk: Chunk) -> int:
    return chunk.data.count(b"\n") if chunk.lines is None else len(chunk.lines)


def records(job: Sequence[Chunk]) -> int:
    """How many records a job has."""
    return sum(map(_records, job))
