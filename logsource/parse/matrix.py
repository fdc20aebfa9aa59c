"""Which packs claim whose samples: every sample file of every pack, shown to every parser there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.model import Record
from logsource.parse.detect import candidates, rank
from logsource.parse.samples import sample_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from logsource.parse.detect import Match
    from logsource.parse.packs import Pack


@dataclass(frozen=True, slots=True)
class Claims:
    """One sample file and the parsers that match its records, best first."""

    pack: str
    file: Path
    records: int
    """Lines of the file that its own pack takes; its odd lines are not asked about."""
    ranking: tuple[Match, ...]

    @property
    def own_first(self) -> bool:
        """Whether `logsource detect` would name the pack itself."""
        return bool(self.ranking) and self.ranking[0].name == self.pack


def claims(packs: Sequence[Pack], others: Sequence[Pack]) -> Iterator[Claims]:
    """One row for each sample file of `packs` with records in it. A pack hides one of `others` with its name.

    Raises PackError for a pack that cannot be built.
    """
    names = {pack.name for pack in packs}
    among = candidates([*packs, *(one for one in others if one.name not in names)])
    for pack in packs:
        for sample in sample_files(pack):
            own = [line for line in sample.lines if isinstance(pack.parser.parse(line), Record)]
            if own:
                yield Claims(pack.name, sample.file, len(own), tuple(rank(own, among)))
