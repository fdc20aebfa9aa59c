"""Files that may be generations of a log: by their names, by where one was last seen, and by what a link led to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from logsource.tail.adoption import still_adopted
from logsource.tail.linked import leads, led_to
from logsource.tail.packedaside import put_aside
from logsource.tail.siblings import siblings, target_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.tail.follower import Follower
    from logsource.tail.generations import Generations
    from logsource.tail.siblings import Sibling


def find_candidates(generations: Generations, family: str, members: Sequence[Follower]) -> list[Sibling]:
    """Return them, oldest first; those at known locators are settled."""
    directories, moving = generations.directories, generations.moving
    moved = partial(moving.note, family)
    named = siblings(family, generations.config.olddir, directories, moved)
    candidates = [*put_aside(members, named, directories), *named]
    _settle(generations, candidates)
    # Only now it is known under which name the last one stands that the link led to.
    there = leads(generations, family)
    linked = led_to(generations, family, members, there=there)
    _settle(generations, linked)
    if not linked or not there:  # then it is where the last one went that it led to
        known = {one.locator for one in candidates}
        return [*(one for one in linked if one.locator not in known), *candidates]
    again, target = {one.locator for one in linked}, target_of(family, directories, moved)
    others = [one for one in candidates if one.locator not in again]
    # What it leads to now may be named like a generation, too.
    return [
        *(one for one in others if one.path != target),
        *linked,
        *(one for one in others if one.path == target),
    ]


def _settle(generations: Generations, candidates: Sequence[Sibling]) -> None:
    for sibling in candidates:
        still_adopted(generations, sibling)
        generations.recognise(sibling, live=False)
