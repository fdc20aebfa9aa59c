"""Guards before earlier offsets, few and far between: they say how the content of a file went, not only how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logsource.tail.identity import Fingerprint

Trail = tuple[tuple[int, str], ...]
"""Offsets that were committed once, with the digest of the bytes before each; ascending."""

RATIO = 64
"""How much further from the end the next guard may lie at most: a copy that ends so many bytes early is recognised by
a guard no more than so many times earlier. A gigabyte of small reads needs about eight of them."""


def longer(trail: Trail, offset: int, guard: Fingerprint, end: int) -> Trail:
    """Return the trail once reading goes on from `offset`, whose guard this is, to `end`; thinner towards the start."""
    if not guard.length:
        return trail
    kept = [*trail, (offset, guard.digest)]
    for index in range(len(kept) - 2, 0, -1):
        if end - kept[index - 1][0] <= RATIO * (end - kept[index + 1][0]):
            del kept[index]
    return tuple(kept)
