"""What one scan saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from logsource.tail.identity import Locator
    from logsource.tail.siblings import Sibling


@dataclass(slots=True)
class View:
    """The files that were found by one scan."""

    here: dict[Locator, str] = field(default_factory=dict)
    fresh: dict[str, Sibling] = field(default_factory=dict)
    """By path: what nobody knows, or has to be opened to be known."""
    links: set[str] = field(default_factory=set)
    """Paths that are links, symbolic ones or one name of several, or may be."""
    seen: dict[str, tuple[int, Locator]] = field(default_factory=dict)
    """By path: the inode number its directory names, and where the file is."""

    def note(self, path: str, hint: int, locator: Locator, status: os.stat_result) -> None:
        """It is there."""
        self.seen[path] = (hint, locator)
        if not hint or status.st_nlink > 1:
            self.links.add(path)

    def keep(self, path: str, known: tuple[int, Locator] | None) -> None:
        """Believe what was seen before: that a name cannot be looked at does not prove that it is gone."""
        if known is not None:
            self.seen[path] = known
            self.here.setdefault(known[1], path)
