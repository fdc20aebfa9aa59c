"""Archives that a killed logrotate left, and what they were packed from, under other names.

`app.log.1.gz` was being packed from `app.log.1`, which is still there. The next run makes `app.log.2.gz` of the one, and
leaves the other where it is or calls it `app.log.1-….backup`. Whatever the archive holds is read from what it was packed
from, whether anything is known of that or not: the archive may break off, and is the older generation by its name.

They are told from generations that say the same by their times: what is packed was complete before that began, and the
archive is dated like it in the end, or never was dated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.identity import stands_at
from logsource.tail.magic import named_as_archive
from logsource.tail.snapshots import begins_with, born_ns_of

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from logsource.tail.holes import Holes
    from logsource.tail.identity import Locator
    from logsource.tail.siblings import Sibling

MOST_KNOWN = 1000
"""Comparisons that are remembered at most."""


class Leftovers:
    """The archives of one source that were left beside what they were packed from."""

    def __init__(self, holes: Holes) -> None:
        self._holes = holes
        self._left: dict[str, frozenset[Sibling]] = {}
        """By log."""
        self._compared: dict[tuple[Sibling, Sibling], bool] = {}
        """Whatever the files are called by now: unpacking is dear."""

    def find(self, family: str, candidates: Sequence[Sibling], known: Container[Locator]) -> None:
        """Look for them among the generations of a log. What is followed already is none."""
        plain = [one for one in candidates if not named_as_archive(one.path)]
        left = {
            one
            for one in candidates
            if plain
            and named_as_archive(one.path)
            and one.locator.device >= 0
            and one.locator not in known
            and any(self._is_left_of(one, other) for other in plain)
        }
        if left:
            self._left[family] = frozenset(left)
        else:
            self._left.pop(family, None)

    def hold(self, sibling: Sibling, family: str) -> bool:
        """Whether this file of a log is one of them."""
        return sibling in self._left.get(family, ())

    def others(self, family: str, candidates: Sequence[Sibling]) -> list[Sibling]:
        """The generations of a log that are none of them."""
        return [one for one in candidates if not self.hold(one, family)]

    def _is_left_of(self, archive: Sibling, plain: Sibling) -> bool:
        if plain.mtime_ns > archive.mtime_ns:
            return False
        pair = archive._replace(path=""), plain._replace(path="")
        known = self._compared.get(pair)
        if known is None:
            known = _was_packed_from(archive, plain, self._holes)
            if not all(stands_at(one.locator, one.path) for one in (archive, plain)):
                return False  # what was compared may be something else, or nothing
            if len(self._compared) >= MOST_KNOWN:
                self._compared.clear()
            self._compared[pair] = known
        return known


def _was_packed_from(archive: Sibling, plain: Sibling, holes: Holes) -> bool:
    born_ns = born_ns_of(archive)
    if born_ns is None:
        return False
    dated = archive.mtime_ns // 1_000_000 == plain.mtime_ns // 1_000_000 or born_ns <= archive.mtime_ns
    return dated and plain.mtime_ns <= born_ns and begins_with(plain.path, archive, holes)
