"""Logs whose content was replaced since they were looked at: cut by copytruncate, mostly.

What they held stands in a copy, and the copy is elder than the cut: so it is in a listing that is made after the cut was
seen, and may be in none that was made before. There an earlier copy may stand, which logrotate left when it was killed and
which holds a beginning of the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.candidates import find_candidates
from logsource.tail.look import Look, look
from logsource.tail.siblings import family_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logsource.tail.follower import Follower
    from logsource.tail.generations import Generations
    from logsource.tail.siblings import Sibling


def after_cuts(
    generations: Generations, family: str, members: Sequence[Follower], ghosts: Iterable[Follower]
) -> tuple[list[Sibling], list[Follower]]:
    """List the generations of a log, oldest first, behind the last of its cuts that is known; and all ghosts of it.

    `ghosts` are those that were just seen, of whatever log. What we hold open is looked at, too: it is not to be taken for
    what a copy holds.
    """
    mine = [one for one in ghosts if family_of(one.state.path) == family]
    if mine:
        generations.directories.refresh()
    candidates = find_candidates(generations, family, members)
    mine = [*generations.ghosts.of(family), *mine]
    if cut := [ghost for one in list(members) if (ghost := _refresh(generations, one))]:
        generations.directories.refresh()
        candidates = find_candidates(generations, family, members)
    return candidates, [*mine, *cut]


def _refresh(generations: Generations, follower: Follower) -> Follower | None:
    watched = follower.content is not None or (follower.located and not follower.rotated)
    if follower.pending is not None or not watched:
        return None
    environment = generations.environment
    now, ghost = environment.clock.monotonic(), None
    try:
        environment.mounts.reach_volume(follower.state.locator.device)
        if follower.remote and follower.content is not None:
            follower.content.renew()
        seen = look(follower, now)
        # One that is closed still is one that nobody touched, or that is not there any more.
        if follower.content is None or (seen is not Look.CHANGED and follower.holds(follower.content)):
            return None
        ghost = generations.renew(follower)
        look(follower, now)
    except OSError:  # the next poll meets the same error and reports it
        generations.moving.note(family_of(follower.state.path))  # as long, nobody knows whether it is lost
    return ghost  # also when nothing is known of what replaced it
