"""A log that lost its end: what its writer wrote last was not on the disk yet when the power failed.

What an agent committed of it may be, because databases sync and logs do not. After the start the log is shorter than
what was read of it, or its last bytes are zeros, or others. Its beginning is still what it was; to read all of that again
would send each of its lines under a second id. So the next epoch goes on behind the last place that is proven.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from logsource.tail.identity import GUARD_MAX, HEAD_STEPS, Fingerprint
from logsource.tail.stamps import stamped

if TYPE_CHECKING:
    from logsource.tail.content import Content
    from logsource.tail.follower import Follower
    from logsource.tail.state import FileState

PROOF = HEAD_STEPS[0]
"""Bytes of the head that have to agree at least."""


def proven_until(one: Follower, content: Content) -> FileState | None:
    """The state in which this content is known, if it is the log that a follower knows, without its end; else None.

    The same inode, born when it was, that begins as it did and has what stood before an offset that was committed, in
    lines that say when they were written: a program that says the same again would say another time. Errors are OSError.
    """
    state = one.state
    if state.compression or state.head.length < PROOF or not (born := one.born(content)).created_ns:
        return None
    if born != state.birth or not state.head.fits(content.read(state.base, state.head.length)):
        return None
    for offset, digest in reversed(state.trail):
        length = min(GUARD_MAX, offset)
        guard = Fingerprint(length, digest)
        if offset >= state.base + state.head.length and guard.fits(content.read(offset - length, length)):
            if not stamped(state, content):
                return None
            trail = tuple(pair for pair in state.trail if pair[0] < offset)
            return replace(
                state,
                offset=offset,
                guard=guard,
                trail=trail,
                size=offset,
                skipping=False,
                continues={},
                finished=False,
                absent_ms=0,
            )
    return None
