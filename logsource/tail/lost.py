"""Known content whose file is gone, looked for in files that nobody knows: moved, copied or compressed.

Several generations may hold what is known of one, if a program says the same each night. Then the oldest of them is the
one, and that is known only when each of those that are older was asked. So nothing is concluded while a log moves: a file
that was listed and is not there when it is opened is found where it is now by the next look.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from logsource.tail.adoption import adopt
from logsource.tail.copied import is_new
from logsource.tail.originals import has_original
from logsource.tail.recopied import copied_anew

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.tail.generations import Generations
    from logsource.tail.siblings import Sibling


def match_lost(
    generations: Generations, family: str, candidates: Sequence[Sibling], live: Sequence[Sibling]
) -> None:
    """Find the files that hold what was lost. `candidates` are oldest first; `live` have names that writers use."""
    registry, moving = generations.registry, generations.moving
    # What was just lost rather turns up than what was seen to be gone before; both may say the same.
    lost = sorted(registry.lost(family), key=lambda one: bool(one.state.absent_ms))
    now_ms, born_ns = generations.environment.clock.now_ms(), registry.log_born_ns(family)
    names = {one.state.path for one in lost}
    generations.copies.leftovers.find(family, candidates, registry.by_locator)
    candidates = generations.copies.leftovers.others(family, candidates)
    for sibling in (*candidates, *live):
        if registry.is_settled(sibling.locator) and (known := registry.by_locator[sibling.locator]) in lost:
            # It was there when this was listed, and could not be judged: nothing else is what it was.
            lost.remove(known)
            moving.compare(family, [(sibling.path, sibling.locator)])
    for sibling in (*candidates, *live):
        if not lost or moving.noted(family):
            return
        if registry.is_settled(sibling.locator) or has_original(sibling, partial(moving.note, family)):
            continue
        compared = generations.compared.of(sibling, named=sibling in live or sibling.path in names)
        fresh = [one for one in lost if (one.state.key, one.state.offset) not in compared]
        if not fresh or (opened := generations.open(sibling, family)) is None:
            continue
        content, compression = opened
        follower = None
        with generations.troubles.noting(sibling.path):
            known_at = partial(is_new, log_born_ns=born_ns, now_ms=now_ms)
            new = partial(known_at, sibling=sibling, content=content, live=sibling in live)
            follower = next((one for one in fresh if one.holds(content) and not new(one)), None)
            compared.update((one.state.key, one.state.offset) for one in fresh if one is not follower)
            behind = _behind(sibling, candidates)
            if follower is not None and copied_anew(sibling, content, behind, born_ns, generations.holes):
                follower = None
            elif follower is not None and 0 < born_ns <= sibling.mtime_ns:
                # One of them may hold more, and could not be asked because it was renamed a moment ago.
                moving.compare(family, [(one.path, one.locator) for one in behind])
                follower = None if moving.noted(family) else follower
        if follower is None:
            content.close()
        else:
            lost.remove(follower)
            adopt(generations, follower, sibling, content, compression)
            follower.rotated = sibling not in live


def _behind(sibling: Sibling, candidates: Sequence[Sibling]) -> Sequence[Sibling]:
    return candidates[candidates.index(sibling) + 1 :] if sibling in candidates else ()
