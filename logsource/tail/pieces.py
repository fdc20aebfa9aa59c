"""Pieces of lines → lines: what a container's runtime cut apart is put together, for each of its streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from logsource.tail.framing import TRUNCATED, decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logsource.tail.containers import Piece
    from logsource.tail.encoding import Delimiting
    from logsource.tail.grouping import Limits


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
    continues: bool = False
    """It is the rest of a line that was too long, and whose beginning is a line of its own."""


class _Partial:
    """A line of which the end is not known yet."""

    __slots__ = ("begin", "continues", "end", "flags", "last_ms", "pieces", "size", "time_ms")

    def __init__(self, piece: Piece, begin: int, end: int, flags: frozenset[str], *, continues: bool) -> None:
        self.continues = continues
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

    def __init__(self, rule: Delimiting, limits: Limits, cut: Iterable[str]) -> None:
        """`cut`: streams whose next piece is the rest of a line that was cut.

        A line has at most `limits.size` bytes, and `limits.reach` from its begin to its end. Then it is given out as it is.
        """
        self._rule = rule
        self._limits = limits
        self._open: dict[str, _Partial] = {}
        self._cut = set(cut)
        self.cuts: list[tuple[int, str]] = []
        """Where lines begin that were cut here, and at which limit."""

    def whole(self, piece: Piece, begin: int, end: int, flags: frozenset[str]) -> Whole | None:
        """The line that a piece alone is; None if it is a part of one, which `put` will take."""
        if piece.partial or piece.stream in self._open or piece.stream in self._cut:
            return None
        return self._line(piece, begin, end, flags)

    def _line(self, piece: Piece, begin: int, end: int, flags: frozenset[str]) -> Whole:
        data = piece.data
        text = data.removesuffix("\r") if isinstance(data, str) else decode(data, self._rule)
        return Whole(begin, end, end - begin, text, piece.time_ms, flags)

    def put(self, piece: Piece, begin: int, end: int, flags: frozenset[str]) -> list[Whole]:
        """Take a line of the file; what is complete with it."""
        partial = self._open.get(piece.stream)
        done = []
        if partial is not None and not self._fits(partial, begin, end):
            # What reaches too far is given out also when its next piece is nowhere in sight: that must not matter.
            cut = end - partial.begin > self._limits.reach or partial.goes_on(piece)
            done.append(self.end(piece.stream, self._limits.size_name if cut else ""))
            partial = None
        elif partial is not None and not partial.goes_on(piece):
            done.append(self.end(piece.stream))
            partial = None
        if partial is None:
            done += self._begin(piece, begin, end, flags)
            return done
        partial.end = end
        partial.size += end - begin
        partial.flags |= flags
        partial.last_ms = piece.time_ms
        partial.pieces.append(piece.data)
        if not piece.partial:
            done.append(self.end(piece.stream))
        return done

    def _begin(self, piece: Piece, begin: int, end: int, flags: frozenset[str]) -> list[Whole]:
        continues = piece.stream in self._cut
        self._cut.discard(piece.stream)
        if piece.partial:
            self._open[piece.stream] = _Partial(piece, begin, end, flags, continues=continues)
            return []
        return [self._line(piece, begin, end, flags)._replace(continues=continues)]

    def _fits(self, partial: _Partial, begin: int, end: int) -> bool:
        limits = self._limits
        return partial.size + end - begin <= limits.size and end - partial.begin <= limits.reach

    def continues(self, stream: str) -> bool:
        """Whether what is not given out of this stream begins with the rest of a line that was cut."""
        partial = self._open.get(stream)
        return stream in self._cut if partial is None else partial.continues

    @property
    def open(self) -> list[tuple[int, str]]:
        """Where lines begin of which the end is not known, and their streams."""
        return [(partial.begin, name) for name, partial in self._open.items()]

    def end(self, stream: str, limit: str = "") -> Whole:
        """Take the open line of a stream as it is. `limit`: by which it is cut, so that the next piece is its rest."""
        partial = self._open.pop(stream)
        if limit:
            self._cut.add(stream)
            self.cuts.append((partial.begin, limit))
            partial.flags |= TRUNCATED
        text = text_of(partial.pieces, self._rule)
        return Whole(
            partial.begin, partial.end, partial.size, text, partial.time_ms, partial.flags, partial.continues
        )


def text_of(pieces: Sequence[str | bytes], rule: Delimiting) -> str:
    """Text of a line. A character or a CR LF may be cut apart, so bytes are decoded when all of them are there."""
    if all(isinstance(piece, bytes) for piece in pieces):
        return decode(b"".join([piece for piece in pieces if isinstance(piece, bytes)]), rule)
    texts = [piece if isinstance(piece, str) else piece.decode(rule.codec, "replace") for piece in pieces]
    return "".join(texts).removesuffix("\r")
