"""Files whose positions are of no use any more: the source that read them has another name now, or other paths.

Positions belong to a source and its name. A source that finds files which another one has read reads them again from
`start_at`, under new file ids, so nothing downstream could tell that they are the same.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from logsource.tail.find import Directories, Finder
from logsource.tail.state import FileState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logsource.config.model import SourceConfig
    from logsource.model import Checkpoint


class Renamed(NamedTuple):
    """A source that is about to read files which another one has read."""

    source: str
    was: str
    """Name of the source that read them."""
    files: int
    gone: bool
    """There is no source of that name in the configuration any more."""

    @property
    def what(self) -> str:
        """One sentence for people."""
        logs = "a log" if self.files == 1 else f"{self.files} logs"
        return (
            f"source {self.source} reads {logs} anew, under new ids, that source {self.was} has read: "
            "positions belong to the name of a source"
        )

    @property
    def hint(self) -> str:
        """What to do about it."""
        return f"name it {self.was} again" if self.gone else f"leave the paths with source {self.was}"


def renamed_sources(sources: Sequence[SourceConfig], checkpoints: Iterable[Checkpoint]) -> list[Renamed]:
    """Compare the sources with what is committed; in the order of the sources. Nothing is opened."""
    finders = {
        one.name: Finder(one.paths, one.exclude, Directories()) for one in sources if one.type == "file"
    }
    names = {one.name for one in sources}
    known: set[tuple[str, str]] = set()
    left: set[tuple[str, str]] = set()
    for row in checkpoints:
        state = FileState.restore(row)
        if state is None or state.absent_ms:
            continue
        known.add((row.source, state.path))
        reader = finders.get(row.source)
        if reader is None or not reader.matches(state.path):
            left.add((row.source, state.path))
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for was, path in left:
        for name, finder in finders.items():
            if (name, path) not in known and finder.matches(path):
                counts[name, was] += 1
    order = {one.name: index for index, one in enumerate(sources)}
    found = [Renamed(name, was, files, was not in names) for (name, was), files in counts.items()]
    return sorted(found, key=lambda one: (order[one.source], one.was))
