"""Generations of a log that came and went unseen: younger than the youngest that is known, and read by nobody yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.siblings import has_original

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from logsource.tail.follower import Follower
    from logsource.tail.generations import Generations
    from logsource.tail.siblings import Sibling


def follow_missed(generations: Generations, family: str, candidates: Sequence[Sibling]) -> None:
    """Follow what was missed, oldest first."""
    registry, copies, troubles = generations.registry, generations.copies, generations.troubles
    members = list(registry.family(family))
    path = family if generations.finder.matches(family) else ""
    for sibling in list(_younger(generations, family, candidates)):
        if copies.awaits(sibling):
            generations.waiting.add(family)
            continue
        opened = generations.open(sibling)
        if opened is None:
            generations.moving.compare(family, [(sibling.path, sibling.locator)])
            if generations.moving.noted(family):
                return  # a younger one that is known would hide that this one is not
            continue
        content, compression = opened
        known = True  # or so it seems, if it cannot be read now
        with troubles.noting(sibling.path):
            known = any(one.state.head.length and one.holds(content) for one in members)
        if known:
            content.close()
            continue
        copies.met(sibling)
        follower = generations.follow(sibling, path or sibling.path, rotated=True)
        follower.state.compression = compression
        with troubles.noting(sibling.path):
            follower.take(content)


def settle_doubts(members: Iterable[Follower]) -> None:
    """What was missed is followed now. Not so while a log moves: then the next look has to have the same doubts."""
    for one in members:
        if one.doubted:
            one.doubted = False
            one.state.written_ms = max(one.state.written_ms, one.mtime_ns // 1_000_000)


def _younger(generations: Generations, family: str, candidates: Sequence[Sibling]) -> Iterator[Sibling]:
    by_locator = generations.registry.by_locator
    known = [index for index, one in enumerate(candidates) if one.locator in by_locator]
    since_ms = max(one.state.written_ms for one in generations.registry.family(family))
    for index, sibling in enumerate(candidates):
        if sibling.locator in by_locator or has_original(sibling):
            continue
        # Younger than the youngest known generation, or written after what was last read of any.
        if (known and index > known[-1]) or sibling.mtime_ns // 1_000_000 >= since_ms:
            yield sibling
