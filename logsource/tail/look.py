"""Looking at a followed file: how it grew, and whether it still is what it was."""

from __future__ import annotations

import os
from enum import Enum
from typing import TYPE_CHECKING

from logsource.tail.adoption import links
from logsource.tail.identity import GUARD_MAX, HEAD_MAX, HEAD_STEPS, Fingerprint, head_length
from logsource.tail.stamps import stamped

if TYPE_CHECKING:
    from logsource.tail.content import Content
    from logsource.tail.follower import Follower
    from logsource.tail.mounts import Mounts
    from logsource.tail.state import FileState

HOLE_TURNS = 32
HOLE_TURN = 1 << 20
"""Bytes of a hole crossed in one step; so many steps in one look."""
HOLE_MIN = 16
"""NULs that make a hole; a file in UTF-16 or UTF-32 may begin with up to three."""


class Look(Enum):
    """What a look at a file came to."""

    SAME = "same"
    GREW = "grew"
    CHANGED = "changed"
    """Truncated or rewritten: the committed offset means nothing any more."""
    GONE = "gone"
    """No longer where it was; only a scan can tell."""
    ERROR = "error"


def look(one: Follower, now: float) -> Look:
    """Learn size and modification time; find out about truncation. After an OSError the next look begins anew."""
    rang = one.rang
    try:
        return _look(one, now)
    except OSError:
        one.unlearn()
        one.rang = rang
        raise


def _look(one: Follower, now: float) -> Look:
    if one.content is None:
        closed = _look_closed(one)
        if closed is not None:
            return closed
    content, state = one.content, one.state
    assert content is not None
    status = content.stat()
    size = content.length(status, state.offset)
    one.nlink = links(one, content, status)
    rang, one.rang = one.rang, False
    if size == one.size and status.st_mtime_ns == one.mtime_ns and not 0 < one.hole < size:
        return Look.SAME
    shrank, grew = size < one.size, size != one.size
    forgot = not one.mtime_ns and state.head.length > 0 and not state.compression
    _date(one, status.st_mtime_ns, now)
    if one.replaced or size < state.offset:
        return Look.CHANGED
    if shrank and not state.head.length and not state.compression:
        return Look.CHANGED  # cut off before anybody saw how it begins; a copy may hold it
    # Reading compares what stands before the offset. What was seen longer ago and is still unread (a log that
    # waits for its turn), or changed without growing, is compared here: it may be truncated and grow again.
    # So it is after an error: what was known then is forgotten.
    if shrank or not grew or state.offset < one.size or forgot or _head_grows(one, size):
        if rewritten(one, content, size):
            return Look.CHANGED
        vouch(one, size, shrank=shrank)
    if not grew:
        if rang and _said_again(one, content, size):
            return Look.CHANGED
        # The first look at a file whose row knows its size, but none of its lines yet?
        # Or one that is in the middle of a hole?
        done = one.hole < 0 or one.hole >= size > 0
        return Look.SAME if done or _learn_head(one, content, size) else Look.CHANGED
    one.shrunk = one.size - size if shrank and not state.compression else 0
    one.size = size
    _learn_birth(one, content)
    one.grown_at = now
    return Look.GREW if _learn_head(one, content, size) else Look.CHANGED


def untouched(one: Follower, mounts: Mounts) -> bool:
    """Whether a closed file stands at its place as it was when it was last looked at.

    Then nobody needs to open it to know what it holds. False is no proof of anything.
    """
    if one.content is not None or not one.mtime_ns or one.error:
        return False
    try:
        mounts.reach_volume(one.state.locator.device)
        status = os.stat(one.place)
    except OSError:
        return False
    if mounts.locator(status) != one.state.locator or status.st_mtime_ns != one.mtime_ns:
        return False
    return bool(one.state.compression) or status.st_size == one.size


def _learn_birth(one: Follower, content: Content) -> None:
    """Overlayfs makes the inode anew, under its number, when a file of a lower layer is first written to.

    What we hold open is the same file all the same. Where inodes have generations (ext4, xfs, btrfs) nothing changes.
    """
    birth = one.state.birth
    if birth.created_ns and not birth.generation:
        one.state.birth = one.born(content)


def _date(one: Follower, written: int, now: float) -> None:
    """Note when the file was written to."""
    state, then = one.state, one.mtime_ns
    if not then:
        one.grown_at = now  # nobody knows how long an open record has been waiting: its wait starts anew
    if not one.size and not state.head.length:
        # It was empty. Was it written to, and what was written copied away and truncated, since it was seen?
        # Time stamps are coarse: that it seems not to have been takes no doubt away.
        state.doubted |= written != then if then else written // 1_000_000 > state.written_ms
    one.mtime_ns = written


def vouch(one: Follower, size: int, *, shrank: bool = False) -> None:
    """The file has this size and still holds what it held: so much of it is lost if it vanishes now."""
    if not one.state.compression:  # of compressed content the size is a guess until it was read
        one.state.size = size if shrank else max(one.state.size, size)


def rewritten(one: Follower, content: Content, size: int) -> bool:
    """Whether the file no longer begins as it did, or no longer has what stood before the offset."""
    state = one.state
    length = len(one.guard)
    if content.read(state.offset - length, length) != one.guard:
        return True
    if size < state.base + state.head.length:
        return state.offset == state.base
    return not state.head.fits(content.read(state.base, state.head.length))


def _said_again(one: Follower, content: Content, size: int) -> bool:
    """Whether a file that was read and written to since, and holds what it held, was truncated and filled with the same.

    A bell does not ring for touch(1), which only dates a file. It does for `touch -m`; but a log of lines without times is
    rarely touched so, and often written anew by a job that says the same.
    """
    state = one.state
    at_end = state.base < state.offset == size and one.pending is None
    return at_end and not state.compression and not content.had_room() and not stamped(state, content)


def _look_closed(one: Follower) -> Look | None:
    """Stat by name; None when it has to be opened for more, and was."""
    status = os.stat(one.state.name)
    if not one.state.locator.is_of(status):
        return Look.GONE
    if status.st_mtime_ns == one.mtime_ns and (status.st_size == one.size or one.state.compression):
        return Look.SAME
    return None if one.open() else Look.GONE


def _head_grows(one: Follower, size: int) -> bool:
    known, available = one.state.head.length, size - one.state.base
    return known > available or (known < HEAD_MAX and head_length(available) > known)


def _learn_head(one: Follower, content: Content, size: int) -> bool:
    """Digest more of the head. False when what is known of it is not there any more: truncated a moment ago."""
    if one.state.offset == 0:
        if one.hole == 0 and not one.state.head.fits(content.read(0, one.state.head.length)):
            return False  # cut since an earlier agent saw it: a hole that is there now is of other content
        if not _cross_hole(one, content):
            return True
        if one.state.base and one.state.compression:  # of what is behind the hole nothing was known before
            one.size = size = content.length(content.stat(), one.state.offset)
    if _head_grows(one, size):
        state = one.state
        wanted = head_length(size - state.base)
        data = content.read(state.base, wanted)
        if len(data) < wanted and state.offset == state.base and not state.compression:
            return False  # what had this size is gone, and these are the first bytes of something else
        if _is_hole(state, data):
            return False  # behind the one that was crossed; or where there was none, or nothing, a moment ago
        if not state.head.fits(data[: state.head.length]):
            # It may be shorter than its head, too: whoever cut off its end left the beginning.
            return len(data) < state.head.length and state.offset > state.base
        if not state.head.length:
            state.dated_ms = one.mtime_ns // 1_000_000
        state.heads = tuple(Fingerprint.of(data[:step]) for step in HEAD_STEPS if step < len(data))
        state.head = Fingerprint.of(data)
    return True


def _is_hole(state: FileState, data: bytes) -> bool:
    """Whether what was just found to be content begins with NULs: cut meanwhile, and its writer does not append."""
    if state.base:
        return not data[:HOLE_MIN].strip(b"\0")
    return state.offset == 0 and not state.compression and data.startswith(bytes(HOLE_MIN))


def _cross_hole(one: Follower, content: Content) -> bool:
    """Step over NULs at the very start, some megabytes at a look. False while nothing is known behind them."""
    if one.hole < 0:
        return True
    if one.hole == 0:
        first = content.read(0, HOLE_MIN)
        if not first:
            return True  # truncated just now; its writer may still leave a hole
        if first != bytes(HOLE_MIN):
            one.hole = -1
            return True
    for _ in range(HOLE_TURNS):
        one.hole = content.data_from(one.hole)
        block = content.read(one.hole, HOLE_TURN)
        rest = len(block.lstrip(b"\0"))
        one.hole += len(block) - rest
        if rest:
            begin_at(one, one.hole - one.hole % 4)  # 4: the widest code unit
            one.state.base, one.hole, one.stuck = one.state.offset, -1, -1
            return True
        if not block:
            break
    if one.state.compression:
        # A better guess than before: there is more behind what was crossed.
        one.size = content.length(content.stat(), one.hole)
    return False


def begin_at(one: Follower, start: int, mark: bytes = b"") -> None:
    """Begin behind a byte order mark or a hole instead of at 0.

    What stands there is known and not read again: the file may be cut off between two readings.
    """
    one.state.offset = start
    one.guard = mark or bytes(min(GUARD_MAX, start))
    one.state.guard = Fingerprint.of(one.guard)
