"""Copies of a log that were made anew, because logrotate was killed between the copy and the cut of `copytruncate`.

Such a copy stays, and the next run makes another of the log, which went on: the younger holds all of the elder, and more.
Both have the time of the log, which was there then. Otherwise they may be generations of a program that says the same each
night, and each of them is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.open import open_listed
from logsource.tail.originals import has_original
from logsource.tail.snapshots import PIECE, begins_with

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logsource.tail.content import Content
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
        and (copy.path.endswith(LEFT_OVER) or _reaches_beyond(one, _end_of(content)))
        for one in younger
    )


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
