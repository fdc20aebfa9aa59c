"""Where the text of an archive begins: a log that is cut under a writer that does not append begins with a hole.

Each generation of it begins with NULs, as many as were ever written, and megabytes have to be unpacked to tell one from
another. That is done once for each file, and not for each row it is compared with.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from logsource.tail.compressed import CompressedContent

if TYPE_CHECKING:
    from logsource.tail.content import Content
    from logsource.tail.identity import Locator
    from logsource.tail.siblings import Sibling

MOST_KNOWN = 20_000
"""Archives that are remembered."""


class Holes:
    """By inode, size and date, whatever the archive is called by now."""

    def __init__(self) -> None:
        self._known: dict[tuple[Locator, int, int], int] = {}

    def tell(self, sibling: Sibling, content: Content) -> None:
        """Tell a file that was just opened what is known of it, and have it tell what it finds out."""
        if sibling.locator.device < 0 or not isinstance(content, CompressedContent):
            return  # of another machine's file size and date may be of the past
        key = (sibling.locator, sibling.size, sibling.mtime_ns)
        content.remember_text_at(self._known.get(key, -1), partial(self._learn, key))

    def _learn(self, key: tuple[Locator, int, int], text_at: int) -> None:
        if len(self._known) >= MOST_KNOWN:
            del self._known[next(iter(self._known))]
        self._known[key] = text_at
