"""What one scan saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logsource.tail.identity import Locator
    from logsource.tail.siblings import Sibling


@dataclass(slots=True)
class View:
    """The files that were found by one scan."""

    here: dict[Locator, str] = field(default_factory=dict)
    fresh: dict[str, Sibling] = field(default_factory=dict)
    """By path: what nobody knows, or has to be opened to be known."""
    seen: dict[str, tuple[int, Locator]] = field(default_factory=dict)
    """By path: the inode number its directory names, and where the file is."""

    def keep(self, path: str, known: tuple[int, Locator] | None) -> None:
        """Believe what was seen before: that a name cannot be looked at does not prove that it is gone."""
        if known is not None:
            self.seen[path] = known
            self.here.setdefault(known[1], path)
