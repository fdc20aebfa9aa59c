"""The streams of one file (a container's log has two), as far as a window of it shows them."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING

from logsource.tail.grouping import Carried, Stream
from logsource.tail.pieces import Pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.tail.containers import Piece
    from logsource.tail.encoding import Delimiting
    from logsource.tail.framing import Continues, Cuts
    from logsource.tail.grouping import Grouped, Limits
    from logsource.tail.joining import Joiner
    from logsource.tail.pieces import Whole


class Streams:
    """Lines of a file in, records out, for each stream apart."""

    def __init__(
        self, joiner: Joiner, limits: Limits, rule: Delimiting, continues: Continues | None = None
    ) -> None:
        """`continues`: of what the rest comes first; see there."""
        self._joiner = joiner
        self._limits = limits
        carried = {name: one for name, row in (continues or {}).items() if (one := _restored(row))}
        self._pieces = Pieces(rule, limits, (name for name, one in carried.items() if one.line))
        self._streams: dict[str, Stream] = {}
        self.records: list[Grouped] = []
        for name, one in carried.items():
            self._streams[name] = Stream(joiner, limits, self.records, one)

    def stream(self, name: str) -> Stream:
        """The stream of this name."""
        stream = self._streams.get(name)
        if stream is None:
            stream = self._streams[name] = Stream(self._joiner, self._limits, self.records)
        return stream

    def put(self, piece: Piece, begin: int, end: int, flags: frozenset[str]) -> None:
        """Take a line of the file."""
        name = piece.stream
        if (whole := self._pieces.whole(piece, begin, end, flags)) is not None:
            (self._streams.get(name) or self.stream(name)).put(whole)
            return
        for line in self._pieces.put(piece, begin, end, flags):
            self._put(name, line)

    def _put(self, name: str, line: Whole) -> None:
        stream = self.stream(name)
        if line.continues:
            stream.go_on(line)
        else:
            stream.put(line)

    def records_before(self, stop: int) -> Sequence[Grouped]:
        """Records in the order of their beginnings: a line of pieces is known at its end only."""
        records = sorted(self.records, key=attrgetter("begin"))
        while records and records[-1].begin >= stop:
            records.pop()
        return records

    def continues_at(self, seam: int) -> Continues | None:
        """Of what the rest stands behind a place up to which all is given out."""
        found = {}
        for name, stream in self._streams.items():
            carried = stream.carried(seam, line=self._pieces.continues(name))
            if carried.line or carried.group is not None:
                found[name] = [*carried]
        return found or None

    def cuts_before(self, stop: int) -> Cuts | None:
        """How often something was cut there, by the limit."""
        cuts = Counter(limit for begin, limit in self._pieces.cuts if begin < stop)
        for stream in self._streams.values():
            cuts.update(part.limit for part in stream.parts if part.limit and part.before < stop)
        return cuts or None

    def settle(self) -> None:
        """Nothing follows."""
        self._settle()

    def settle_cut(self, stop: int) -> None:
        """The last line was cut where it ends, and its rest is left out: nothing that is open can wait for more."""
        if not self._settle("max_line", stop):
            self._pieces.cuts.append((stop - 1, "max_line"))

    def settle_forced(self) -> None:
        """What is open is not waited for any longer."""
        self._settle(self._limits.size_name)

    def _settle(self, limit: str = "", cut: int = -1) -> bool:
        """Whether a line of pieces ends at `cut`."""
        counted = False
        for _, name in self._pieces.open:
            line = self._pieces.end(name, limit)
            counted = counted or line.end == cut
            self._put(name, line)
        for stream in self._streams.values():
            stream.settle(cut)
        return counted

    def settle_whole(self) -> None:
        """Nothing follows, but that a line may have more pieces."""
        unfinished = {name for _, name in self._pieces.open}
        for name, stream in self._streams.items():
            if name not in unfinished:
                stream.settle()

    def settle_oldest(self) -> None:
        """Give up waiting for what has waited longest: it holds up everything behind it."""
        begin, name = min(self.open)
        if (begin, name) in self._pieces.open:
            self._put(name, self._pieces.end(name, self._limits.size_name))
        else:
            self._streams[name].settle()

    @property
    def open(self) -> list[tuple[int, str]]:
        """Where lines and records begin that are not complete, and their streams."""
        records = [(stream.open.begin, name) for name, stream in self._streams.items() if stream.open]
        return self._pieces.open + records

    def seam(self, end: int) -> int:
        """The last place up to which all records are complete and over which none reaches (streams interleave)."""
        seam = min((begin for begin, _ in self.open), default=end)
        while over := [one.begin for one in self.records if one.begin < seam < one.end]:
            seam = min(over)
        return seam


def _restored(row: Sequence[object]) -> Carried | None:
    """What a row says; None if it says nothing that is known here."""
    match row:
        case [bool(line), list() | None as group, int(surely)] if line or group:
            return Carried(line, group, surely)
    return None
