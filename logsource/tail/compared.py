"""What was compared with what, so that it is not unpacked again at the next look: unpacking is dear.

A file that stays as it is holds at the next look what it holds now. Numbered generations get another name at each
rotation, so the name is no part of what they are: a hundred of them would be unpacked again at each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logsource.tail.siblings import Sibling

MOST_COMPARED = 20_000
"""Files whose comparisons are remembered at most; those that were asked for longest ago are forgotten first."""


class Compared:
    """By file: rows and offsets of what it does not hold, or does not begin with."""

    def __init__(self, most: int = MOST_COMPARED) -> None:
        self._most = most
        self._known: dict[Sibling, set[tuple[str, int]]] = {}

    def of(self, sibling: Sibling, *, named: bool) -> set[tuple[str, int]]:
        """To look into and to add to. `named`: what the file is called matters to the comparison."""
        if sibling.locator.device < 0:
            return set()  # of another machine's file size and time may be old, and the file have changed
        key = sibling if named else sibling._replace(path="")
        known = self._known.pop(key, None)
        known = self._known[key] = set() if known is None else known
        while len(self._known) > self._most:
            del self._known[next(iter(self._known))]
        return known
