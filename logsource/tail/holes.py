"""Where the text of an archive begins, and how: a log that is cut under a writer that does not append begins with a hole.

Each generation of it begins with NULs, as many as were ever written, and megabytes have to be unpacked to tell one from
another. That is done once for each file, and not for each row, nor for each other generation, it is compared with.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from logsource.tail.compressed import CompressedContent
from logsource.tail.identity import Locator

if TYPE_CHECKING:
    from logsource.tail.content import Content
    from logsource.tail.siblings import Sibling

MOST_KNOWN = 20_000
"""Archives that are remembered."""


_Key = tuple[Locator, int, int]


class Holes:
    """By inode, size and date, whatever the archive is called by now."""

    def __init__(self) -> None:
        self._known: dict[_Key, tuple[int, bytes]] = {}

    def tell(self, sibling: Sibling, content: Content) -> None:
        """Tell a file that was just opened what is known of it, and have it tell what it finds out."""
        if sibling.locator.device < 0 or not isinstance(content, CompressedContent):
            return  # of another machine's file size and date may be of the past
        self._tell(_key(sibling), content)

    def differ(self, one: Sibling, other: Sibling) -> bool:
        """Whether it is known, without asking the disk, that neither of two archives begins as the other one does."""
        first, second = self._known.get(_key(one)), self._known.get(_key(other))
        if first is None or second is None:
            return False
        length = min(len(first[1]), len(second[1]))
        return first[0] != second[0] or first[1][:length] != second[1][:length]

    def parted(self, one: Content, other: Content, sibling: Sibling) -> bool:
        """Whether the texts of two open archives begin at different places; the second is this file. Errors are OSError."""
        if sibling.locator.device < 0:
            return False
        if not isinstance(one, CompressedContent) or not isinstance(other, CompressedContent):
            return False
        status = one.stat()
        self._tell((Locator.of(status), status.st_size, status.st_mtime_ns), one)
        self._tell(_key(sibling), other)
        return one.text_at() != other.text_at() and one.has_text and other.has_text

    def _tell(self, key: _Key, content: CompressedContent) -> None:
        known, _ = self._known.get(key, (-1, b""))
        content.remember_text_at(known, partial(self._learn, key))

    def _learn(self, key: _Key, text_at: int, text: bytes) -> None:
        if len(self._known) >= MOST_KNOWN:
            del self._known[next(iter(self._known))]
        self._known[key] = text_at, text


def _key(sibling: Sibling) -> _Key:
    return sibling.locator, sibling.size, sibling.mtime_ns
