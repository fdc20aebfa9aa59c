"""Pieces of lines → lines: what a container's runtime cut apart is put together, for each of its streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from logsource.tail.framing import decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.tail.containers import Piece
    from logsource.tail.encoding import Delimiting


class Whole(NamedTuple):
    """A line of the program, and where the pieces of it are; indexes are into the window."""

    begin: int
    end: int
    """Behind the delimiter of its last piece."""
    size: int
    """Bytes of its pieces: those of other streams may stand between them."""
    text: str
    time_ms: int | None
    flags: frozenset[str]


class _Partial:
    """A line of which the end is not known yet."""

    __slots__ = ("begin", "end", "flags", "last_ms", "pieces", "size", "time_ms")

    def __init__(self, piece: Piece, begin: int, end: int, flags: frozenset[str]) -> None:
        self.begin = begin
        self.end = end
        self.size = end - begin
        self.flags = flags
        self.time_ms = self.last_ms = piece.time_ms
        self.pieces = [piece.data]

    def goes_on(self, piece: Piece) -> bool:
        """Whether a piece may be the next of this line."""
        if self.last_ms is None or piece.time_ms is None:
            return True
        return piece.time_ms - self.last_ms <= piece.gap_ms


class Pieces:
    """The pieces of one file, as far as a window shows them."""

    def __init__(self, rule: Delimiting, *, size: int, reach: int) -> None:
        """`size`: most bytes of one line; `reach`: most bytes from its begin to its end. Then it is given out as it is."""
        self._rule = rule
        self._size = size
        self._reach = reach
        self._open: dict[str, _Partial] = {}

    def whole(self, piece: Piece, begin: int, end: int, flags: frozenset[str]) -> Whole | None:
        """The line that a piece alone is; None if it is a part of one, which `put` will take."""
        if piece.partial or piece.stream in self._open:
            return None
        data = piece.data
        text = data.removesuffix("\r") if isinstance(data, str) else decode(data, self._rule)
        return Whole(begin, end, end - begin, text, piece.time_ms, flags)

    def put(self, piece: Piece, begin: int, end: int, flags: frozenset[str]) -> list[Whole]:
        """Take a line of the file; what is complete with it."""
        partial = self._open.get(piece.stream)
        done = []
        if partial is not None and not self._belongs(partial, piece, begin, end):
            done.append(self.end(piece.stream))
            partial = None
        if partial is None:
            line = self.whole(piece, begin, end, flags)
            if line is None:
                self._open[piece.stream] = _Partial(piece, begin, end, flags)
            else:
                done.append(line)
            return done
        partial.end = end
        partial.size += end - begin
        partial.flags |= flags
        partial.last_ms = piece.time_ms
        partial.pieces.append(piece.data)
        if not piece.partial:
            done.append(self.end(piece.stream))
        return done

    def _belongs(self, partial: _Partial, piece: Piece, begin: int, end: int) -> bool:
        small = partial.size + end - begin <= self._size and end - partial.begin <= self._reach
        return small and partial.goes_on(piece)

    @property
    def open(self) -> list[tuple[int, str]]:
        """Where lines begin of which the end is not known, and their streams."""
        return [(partial.begin, name) for name, partial in self._open.items()]

    def end(self, stream: str) -> Whole:
        """Take the open line of a stream as it is."""
        partial = self._open.pop(stream)
        text = text_of(partial.pieces, self._rule)
        return Whole(partial.begin, partial.end, partial.size, text, partial.time_ms, partial.flags)


def text_of(pieces: Sequence[str | bytes], rule: Delimiting) -> str:
    """Text of a line. A character or a CR LF may be cut apart, so bytes are decoded when all of them are there."""
    if all(isinstance(piece, bytes) for piece in pieces):
        return decode(b"".join([piece for piece in pieces if isinstance(piece, bytes)]), rule)
    texts = [piece if isinstance(piece, str) else piece.decode(rule.codec, "replace") for piece in pieces]
    return "".join(texts).removesuffix("\r")
