"""Archives in the making whose original is gone: deleted after delivery, say, while gzip still read it.

As long as such an archive is not whole, nobody can tell that it holds what is known: it would be read again, under
other ids. So it is left alone until it is, or until nobody has it open for writing: then who packed was killed. Where the
kernel does not tell (see `logsource.tail.writers`), until nobody has written to it for a minute.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from logsource.tail.compressed import CompressedContent
from logsource.tail.magic import EXTENSIONS, MAGIC_LENGTH, begins_archive
from logsource.tail.open import open_listed

if TYPE_CHECKING:
    from logsource.tail.content import Content
    from logsource.tail.environment import Environment
    from logsource.tail.identity import Locator
    from logsource.tail.registry import Registry
    from logsource.tail.siblings import Sibling

MAKING_WAIT = 60.0
"""Seconds without growth after which it is read as it is."""
MOST_WHOLE = 20_000
"""Archives that are remembered: each would be unpacked once more at every look until it is followed."""


class Making:
    """Remembers the unfinished archives of one source."""

    def __init__(self, registry: Registry, environment: Environment) -> None:
        self._registry = registry
        self._environment = environment
        self._seen: dict[str, tuple[Sibling, float, bool]] = {}
        """By path: what it was, until when it is waited for, and whether it was looked into since it grew."""
        self._whole: dict[tuple[Locator, int, int], None] = {}
        """Inode, size and date of archives that will not get any more whole, whatever they are called by now."""

    def awaits(self, sibling: Sibling, family: str) -> bool:
        """Whether to leave this file alone for now, which nobody knows and which belongs to this log."""
        if sibling.path.rpartition(".")[2] not in EXTENSIONS:
            return False
        if all(one.located for one in self._registry.family(family)):
            return False  # nothing is gone that it could hold
        whole = (sibling.locator, sibling.size, sibling.mtime_ns)
        if whole in self._whole:
            return False
        now = self._environment.clock.monotonic()
        before, deadline, looked = self._seen.get(sibling.path, (None, 0.0, False))
        if before == sibling:
            if now >= deadline:
                return False
            if looked:
                return not self._is_given_up(sibling)
        # Unpacking is dear: at first, and when it has stopped to grow.
        looked = before is None or before == sibling
        if looked and not (broken := self._may_get_whole(sibling)):
            if broken is not None and sibling.locator.device >= 0:  # else size and date may be of the past
                self._whole[whole] = None
            if len(self._whole) > MOST_WHOLE:
                del self._whole[next(iter(self._whole))]
            return False
        self._seen[sibling.path] = (sibling, now + MAKING_WAIT if before != sibling else deadline, looked)
        return True

    def met(self, sibling: Sibling) -> None:
        """It is followed now."""
        self._seen.pop(sibling.path, None)

    def _may_get_whole(self, sibling: Sibling) -> bool | None:
        """Whether this is the beginning of an archive, or nothing yet; None when that cannot be seen now."""
        opened = _open(sibling)
        if opened is None:
            return None
        try:
            # Asked first: who is done with an archive has closed it, and it is whole.
            given_up = sibling.locator.device >= 0 and self._environment.has_writer(opened) is False
            return not given_up and _broken_off(sibling, opened)
        except OSError as error:  # damaged: it will not get whole any more
            return False if error.errno == errno.EBADMSG else None
        finally:
            opened.close()

    def _is_given_up(self, sibling: Sibling) -> bool:
        """Whether nobody has it open for writing any more."""
        if sibling.locator.device < 0 or (opened := _open(sibling)) is None:
            return False
        try:
            return self._environment.has_writer(opened) is False
        except OSError:
            return False
        finally:
            opened.close()


def _open(sibling: Sibling) -> Content | None:
    try:
        opened = open_listed(sibling.path, sibling.locator)
    except OSError:
        return None  # whoever reads it meets the same error and reports it
    return None if opened is None else opened[0]


def _broken_off(sibling: Sibling, content: Content) -> bool:
    if not isinstance(content, CompressedContent):
        first = content.read(0, MAGIC_LENGTH)
        return not first or begins_archive(sibling.path, first)
    at = 0
    while piece := content.read(at, 1 << 18):
        at += len(piece)
    return not content.complete
