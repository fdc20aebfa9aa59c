"""Files whose content is read from another file, and only there.

A copy of a log that is not cut: logrotate's `copy`, a snapshot somebody took, or a copytruncate before its truncation. The
log goes on. Such a copy is told from an older generation that says the same by its birth: a copy is made after the log.
When the log is cut after all, and the next copy of it is what is read, this one stays what it was: logrotate was killed
before the cut. To an agent that did not see it before, both are younger than the log, and the other one is the younger.

An archive whose original is still there under a name that is not its own: logrotate was killed before it deleted that,
or before it was through with it. It is told from another generation by its times: it was begun when the other one was
complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.compressed import CompressedContent
from logsource.tail.identity import Locator
from logsource.tail.magic import named_as_archive
from logsource.tail.open import open_content

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logsource.tail.content import Content
    from logsource.tail.follower import Follower
    from logsource.tail.holes import Holes
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

    def __init__(self, registry: Registry, holes: Holes) -> None:
        self._registry = registry
        self._holes = holes
        self._same: dict[Sibling, tuple[str, int]] = {}
        """Copies, whatever they are called by now, and of what: comparing all of a file is dear."""
        self.empty: dict[str, Sibling] = {}
        """By path: archives that hold nothing and have no end. They are copies of anything, as long as they stay so."""

    def hold(self, sibling: Sibling, logs: Iterable[str], family: str) -> bool:
        """Whether this file is a copy of one of these logs, or of what a generation of the family still holds."""
        if sibling.locator.device < 0:
            return False  # other machines may make up what we ask for
        copy = sibling._replace(path="")
        known = self._same.pop(copy, None)
        here = [
            one
            for one in self._registry.family(family)
            if one.located and one.state.locator != sibling.locator
        ]
        if known is not None and any(_content_of(one) == known for one in here):
            self._same[copy] = known
            return True
        self.empty.pop(sibling.path, None)
        for path in logs:
            of = _copied_from(path, sibling, self._holes)
            if of is not None:
                self._note(copy, self._registry.by_locator.get(of))
                if _is_empty_archive(sibling):
                    self.empty[sibling.path] = sibling
                return True
        log_born_ns = self._registry.log_born_ns(family)
        whole = next((one for one in here if _made_of(one, sibling, log_born_ns, self._holes)), None)
        self._note(copy, whole)
        return whole is not None

    def _note(self, copy: Sibling, of: Follower | None) -> None:
        if of is not None:
            if len(self._same) >= MOST_KNOWN:
                self._same.clear()
            self._same[copy] = _content_of(of)


def _content_of(one: Follower) -> tuple[str, int]:
    return one.state.file_id, one.state.epoch


def _made_of(one: Follower, sibling: Sibling, log_born_ns: int, holes: Holes) -> bool:
    """Whether this file was left by who was killed while it was made, and holds a beginning of a rotated one."""
    if not one.rotated:
        return False
    written_ns, copied_ns = one.written_ms * 1_000_000, one.state.birth.created_ns
    archive = not one.state.compression and named_as_archive(sibling.path)
    packed = archive and 0 < written_ns <= sibling.mtime_ns
    copied = 0 < log_born_ns < copied_ns and log_born_ns <= sibling.mtime_ns
    if not packed and not copied:
        return False
    born_ns = born_ns_of(sibling)
    if born_ns is None:
        return False
    # The archive was begun when the other one was complete; it is dated like that, or never was.
    dated_alike = sibling.mtime_ns // 1_000_000 == one.written_ms
    packed = packed and written_ns <= born_ns and (dated_alike or born_ns <= sibling.mtime_ns)
    copied = copied and log_born_ns < born_ns < copied_ns
    return (packed or copied) and begins_with(one.place, sibling, holes)


def born_ns_of(sibling: Sibling) -> int | None:
    """When the file at this path was made; 0 if its file system does not say, None if it cannot be asked now."""
    try:
        content, _ = open_content(sibling.path)
    except OSError:
        return None
    try:
        return content.birth().created_ns
    finally:
        content.close()


def begins_with(path: str, sibling: Sibling, holes: Holes) -> bool:
    """Whether a file begins with everything that another one holds, unpacked if need be."""
    try:
        whole, _ = open_content(path)
    except OSError:
        return False
    try:
        return not sibling.locator.is_of(whole.stat()) and _holds(whole, sibling, holes)
    except OSError:
        return False
    finally:
        whole.close()


def _copied_from(path: str, sibling: Sibling, holes: Holes) -> Locator | None:
    """Where the log at this path is, if the file is a younger copy of it."""
    try:
        log, packed = open_content(path)
    except OSError:
        return None
    try:
        of, made = Locator.of(log.stat()), log.birth().created_ns
        if packed or of == sibling.locator or not made or sibling.mtime_ns < made:
            return None
        return of if _holds(log, sibling, holes, made) else None
    except OSError:
        return None
    finally:
        log.close()


def _is_empty_archive(sibling: Sibling) -> bool:
    """Whether this has the name of an archive, and breaks off before any content."""
    if not named_as_archive(sibling.path):
        return False
    try:
        part, _ = open_content(sibling.path)
    except OSError:
        return False
    try:
        return not part.read(0, 1) and (not isinstance(part, CompressedContent) or part.broken_off)
    except OSError:
        return False
    finally:
        part.close()


def _holds(whole: Content, sibling: Sibling, holes: Holes, made: int = 0) -> bool:
    """Whether a content begins with all that a file holds which was made later than that (nanoseconds)."""
    part, packed = open_content(sibling.path)
    try:
        if not sibling.locator.is_of(part.stat()) or (made and part.birth().created_ns <= made):
            return False
        if holes.parted(whole, part, sibling):
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
