"""Whether a file that holds what is known of another one was moved or copied, or whether somebody wrote the same again.

A job that says the same every night writes a file that looks like the one of the night before; a log that was moved to
another disk, restored from a backup or saved by an editor looks like that, too. The first has to be read, the second
must not be read again. Content alone cannot tell; these can, asked in this order:

    the inode has the same birth              the same file, on a device that got another number
    it is dated before its inode was made     a copy that kept its times (cp -a, rsync -a, tar, mv to another disk);
                                              or the same text, written on another disk and moved here tonight: then it is
                                              dated after what is known, and not a byte longer
    it is much, and on another device         a log directory that was moved to another disk and is written to again
    its lines say when they were written      a copy: the same times do not come again
    nothing of all that                       nobody can know: in doubt it is read again

A file system that does not say when it made an inode leaves the time of writing: a copy that kept it is not dated after
what is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.birth import UNKNOWN
from logsource.tail.compressed import CompressedContent
from logsource.tail.identity import NOWHERE, Locator
from logsource.tail.stamps import stamped

if TYPE_CHECKING:
    from logsource.tail.birth import Birth
    from logsource.tail.content import Content
    from logsource.tail.follower import Follower
    from logsource.tail.siblings import Sibling
    from logsource.tail.state import FileState

MUCH = 1 << 16
"""Bytes that nobody says twice to the letter on two disks."""


def is_new(
    one: Follower, sibling: Sibling, content: Content, *, live: bool, log_born_ns: int, now_ms: int
) -> bool:
    """Whether a file is new, though it holds what is known of a follower whose own file is gone.

    Rotation puts copies under names of its own when the original is gone, or about to go. The name under which the file
    was found first may have been written to again.
    """
    if was_complete_before(one, sibling, content, log_born_ns=log_born_ns, now_ms=now_ms):
        return True
    alike = isinstance(content, CompressedContent) == bool(one.state.compression)
    named = live or (sibling.path == one.state.path and alike)
    return named and written_anew(one.state, one.written_ms, content, sibling.locator)


def written_anew(
    known: FileState, seen_ms: int, content: Content, place: Locator, *, gone: bool = True
) -> bool:
    """Whether content that has the head and the guard of what is known was written again. Errors are OSError.

    `seen_ms` is when the known file was written to, as far as anybody saw; `place` is where this content is. Unless the
    known file is `gone`, only what is dated like it is a copy of it.
    """
    status = content.stat()
    birth = UNKNOWN if place.device < 0 else content.birth()
    if _is_same_inode(known, place, birth):
        return False
    written_ms = status.st_mtime_ns // 1_000_000
    if not gone:
        kept = written_ms == (seen_ms if written_ms % 1000 else seen_ms - seen_ms % 1000)
    elif birth.created_ns:
        kept = status.st_mtime_ns < birth.created_ns
        kept = kept and (written_ms <= seen_ms or bool(content.read(known.offset, 1)))
    else:
        kept = known.dated_ms <= written_ms <= seen_ms
    if kept:
        return False
    moved = known.locator not in (NOWHERE, place) and known.locator.device != place.device
    return not (moved and known.offset >= MUCH) and not stamped(known, content)


def was_complete_before(
    one: Follower, sibling: Sibling, content: Content, *, log_born_ns: int, now_ms: int
) -> bool:
    """Whether a file was written to for the last time before the inode of the known one was made.

    Not if the known one was only copied to where it was: then it is younger than what it holds. Nor if it was known before
    that (`renamecopy` copies, and what is packed of the copy has the time of the log). So it may be whenever the
    log itself (made at `log_born_ns`; 0 if there is none) was there already: `copytruncate` leaves archives with the time
    of the log. Nor if the clock was set back since: then now is before that time, or its lines have times that do not come
    again.
    """
    known = one.state
    born = known.birth.created_ns
    if not born:
        return was_written_before(one, sibling, now_ms) and not stamped(known, content)
    if known.compression or now_ms < born // 1_000_000:
        return False
    if 0 < log_born_ns <= sibling.mtime_ns:
        return False
    if 0 < (known.began_ms or known.found_ms) < born // 1_000_000:
        return False
    written_there = not known.written_ms or known.written_ms >= born // 1_000_000
    if not written_there or sibling.mtime_ns + _precision_ns(sibling.mtime_ns) > born:
        return False
    return not stamped(known, content)


def was_written_before(one: Follower, sibling: Sibling, now_ms: int) -> bool:
    """Whether a file was written to for the last time before any of what is known was seen, where inodes have no birth.

    A copy of what is known is not dated before it was seen first. But content that was cut off may have been copied a moment
    before that. And the clock may have been set back since then.
    """
    known = one.state
    if known.birth.created_ns or known.locator.device < 0 or known.locator == NOWHERE or known.compression:
        return False
    seen_ms = known.dated_ms
    if now_ms < seen_ms or 0 < one.mtime_ns // 1_000_000 < seen_ms:
        return False
    return sibling.mtime_ns + _precision_ns(sibling.mtime_ns) <= seen_ms * 1_000_000


def _precision_ns(time_ns: int) -> int:
    """How exact a time is that was kept when a file was packed: bzip2 keeps whole seconds."""
    return next(step for step in (1_000_000_000, 1_000_000, 1000, 1) if time_ns % step == 0)


def older(content: Content, sibling: Sibling, log: Birth) -> bool:
    """Whether a file was made, or written to for the last time, before a log was made: then it is no copy of the log."""
    if sibling.locator.device < 0:
        return False  # other machines may make up what we ask for
    born = content.birth().created_ns
    packed_before = sibling.mtime_ns + _precision_ns(sibling.mtime_ns) <= log.created_ns
    return packed_before or 0 < born < log.created_ns


def _is_same_inode(known: FileState, place: Locator, birth: Birth) -> bool:
    """Whether this is the very inode; the number of its device may have changed at boot."""
    if place.inode != (known.birth.inode or known.locator.inode) or birth.differs(known.birth):
        return False
    dated = any(one and one == two for one, two in zip(birth[1:], known.birth[1:], strict=True))
    return dated or not known.absent_ms
