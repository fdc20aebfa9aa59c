"""Copies of a log that is not cut: logrotate's `copy`, a snapshot somebody took, or a copytruncate before its truncation.

The log goes on, so what such a copy holds is read from the log and only there. It is told from an older generation that
says the same by its birth: a copy is made after the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.identity import Locator
from logsource.tail.open import open_content

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logsource.tail.content import Content
    from logsource.tail.registry import Registry
    from logsource.tail.siblings import Sibling

PIECE = 1 << 18
"""Bytes compared at once."""
SAMPLES = 64
"""Pieces of a large file that stand for all of it."""
MOST_KNOWN = 1000
"""Comparisons that are remembered at most."""


class Snapshots:
    """The copies of the logs of one source."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._same: dict[Sibling, tuple[Locator, str, int]] = {}
        """Copies, and of what: comparing all of a file is dear."""

    def hold(self, sibling: Sibling, logs: Iterable[str]) -> bool:
        """Whether this file is a copy of one of these logs, or was one of the content that it still has."""
        if sibling.locator.device < 0:
            return False  # other machines may make up what we ask for
        known = self._same.get(sibling)
        if known is not None and self._still_there(known):
            return True
        for path in logs:
            of = _copied_from(path, sibling)
            if of is not None:
                follower = self._registry.by_locator.get(of)
                if follower is not None:
                    if len(self._same) >= MOST_KNOWN:
                        self._same.clear()
                    self._same[sibling] = (of, follower.state.file_id, follower.state.epoch)
                return True
        self._same.pop(sibling, None)
        return False

    def _still_there(self, known: tuple[Locator, str, int]) -> bool:
        follower = self._registry.by_locator.get(known[0])
        if follower is None or not follower.located or follower.rotated:
            return False
        return (follower.state.file_id, follower.state.epoch) == known[1:]


def begins_with(path: str, sibling: Sibling) -> bool:
    """Whether a file begins with everything that another one holds, unpacked if need be."""
    try:
        whole, _ = open_content(path)
    except OSError:
        return False
    try:
        return not sibling.locator.is_of(whole.stat()) and _holds(whole, sibling)
    except OSError:
        return False
    finally:
        whole.close()


def _copied_from(path: str, sibling: Sibling) -> Locator | None:
    """Where the log at this path is, if the file is a younger copy of it."""
    try:
        log, packed = open_content(path)
    except OSError:
        return None
    try:
        of, made = Locator.of(log.stat()), log.birth().created_ns
        if packed or of == sibling.locator or not made or sibling.mtime_ns < made:
            return None
        return of if _holds(log, sibling, made) else None
    except OSError:
        return None
    finally:
        log.close()


def _holds(whole: Content, sibling: Sibling, made: int = 0) -> bool:
    """Whether a content begins with all that a file holds which was made later than that (nanoseconds)."""
    part, packed = open_content(sibling.path)
    try:
        if not sibling.locator.is_of(part.stat()) or (made and part.birth().created_ns <= made):
            return False
        step = PIECE if packed else max(PIECE, sibling.size // SAMPLES)
        at = 0
        while piece := part.read(at, PIECE):
            if whole.read(at, len(piece)) != piece:
                return False
            at += max(len(piece), step if len(piece) == PIECE else 0)
        last = 0 if packed else max(sibling.size - PIECE, 0)
        return whole.read(last, sibling.size - last) == part.read(last, sibling.size - last) if last else True
    finally:
        part.close()
