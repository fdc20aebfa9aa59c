"""Copies of a log that were made anew, because logrotate was killed between the copy and the cut of `copytruncate`.

Such a copy stays, and the next run makes another of the log, which went on: the younger holds all of the elder, and more.
Both have the time of the log, which was there then. Otherwise they may be generations of a program that says the same each
night, and each of them is one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from logsource.tail.adoption import adopt
from logsource.tail.identity import HEAD_MAX, guard_of
from logsource.tail.open import open_listed
from logsource.tail.originals import has_original
from logsource.tail.siblings import family_of
from logsource.tail.snapshots import PIECE, begins_with
from logsource.tail.stamps import stamped, stamped_within

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logsource.tail.content import Content
    from logsource.tail.follower import Follower
    from logsource.tail.generations import Generations
    from logsource.tail.holes import Holes
    from logsource.tail.siblings import Sibling


LEFT_OVER = ".backup"
"""What logrotate renames that is in its way: only a run that was killed leaves such a thing."""


def copied_anew(
    copy: Sibling, content: Content, younger: Iterable[Sibling], log_born_ns: int, holes: Holes
) -> bool:
    """Whether one of these younger generations holds all of this copy, and more. Errors of reading it are OSError.

    Of what a logrotate that was killed while it packed has left, the archive may be whole, and hold no more.
    """
    if not 0 < log_born_ns <= copy.mtime_ns:
        return False
    return any(
        one.mtime_ns >= copy.mtime_ns
        and not holes.differ(one, copy)
        and not has_original(one)
        and begins_with(one.path, copy, holes)
        and (
            copy.path.endswith(LEFT_OVER)
            or stamped_within(content.read(0, HEAD_MAX), log_born_ns // 1_000_000, copy.mtime_ns // 1_000_000)
            or _reaches_beyond(one, _end_of(content))
        )
        for one in younger
    )


def goes_on(one: Follower, sibling: Sibling, content: Content, log_born_ns: int) -> bool:
    """Whether content that holds what is known of a generation, which is in its place, was copied later and holds more.

    Errors of reading it are OSError. Of an archive that was not read to its end nobody knows how much it holds.
    """
    made, born_ns = one.state.birth.created_ns, content.birth().created_ns
    if not (one.located and one.rotated and 0 < log_born_ns <= sibling.mtime_ns and 0 < made < born_ns):
        return False
    return bool(content.read(max(one.size, one.state.offset), 1))


def is_shorter(one: Follower, sibling: Sibling, content: Content, log_born_ns: int) -> bool:
    """Whether what is read as a generation is a copy that was made anew, and this content the copy that is longer.

    If its lines do not say when they were written, it may be what a program says each night: then it is read from its
    beginning. Errors of reading it are OSError.
    """
    return goes_on(one, sibling, content, log_born_ns) and stamped(one.state, content)


def move_on(
    generations: Generations, one: Follower, sibling: Sibling, content: Content, compression: str
) -> bool:
    """Read on in the longer copy; False when that cannot be now. Takes the open content."""
    if one.pending is not None:
        content.close()
        generations.moving.note(family_of(one.state.path))
        return False
    state, end = one.state, _end_of(content)
    if state.reached > state.offset:  # it was read in the log
        at = min(state.reached, end)
        guard, size = guard_of(content, at), max(state.size, at)
        state = replace(state, offset=at, guard=guard, trail=(), size=size, continues={})
    one.state = replace(state, finished=False, reached=state.reached if state.reached > end else 0)
    one.release()
    adopt(generations, one, sibling, content, compression)
    return True


def _end_of(content: Content) -> int:
    end = 0
    while piece := content.read(end, PIECE):
        end += len(piece)
    return end


def _reaches_beyond(sibling: Sibling, end: int) -> bool:
    try:
        opened = open_listed(sibling.path, sibling.locator)
    except OSError:
        return False
    if opened is None:
        return False
    content, _ = opened
    try:
        return bool(content.read(end, 1))
    except OSError:
        return False
    finally:
        content.close()
