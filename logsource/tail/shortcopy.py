"""The copy of a log that ends before what was read of the log.

copytruncate copies a log and cuts it off a moment later. A reader may be quicker than that moment; then the guard before
its offset stands nowhere any more, and without older guards (`logsource.tail.trail`) the copy would look like a
generation that nobody has seen: all of it would be read again under other ids.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from logsource.tail.birth import UNKNOWN
from logsource.tail.compressed import CompressedContent, hole_of
from logsource.tail.follower import Follower
from logsource.tail.identity import GUARD_MAX, HEAD_STEPS, NO_FINGERPRINT, Fingerprint, guard_of, head_of
from logsource.tail.originals import has_original
from logsource.tail.siblings import TEMPORARY
from logsource.tail.stamps import stamped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logsource.tail.content import Content
    from logsource.tail.generations import Generations
    from logsource.tail.siblings import Sibling
    from logsource.tail.state import FileState

PROOF = HEAD_STEPS[0]
"""Bytes that have to be compared at least. A log of a few lines is read again rather than taken for its own copy."""


def match_beginnings(
    generations: Generations, family: str, ghosts: Sequence[Follower], candidates: Sequence[Sibling]
) -> None:
    """Find copies that were made before the last of what is gone was read: nothing in them is new."""
    registry, environment, source = generations.registry, generations.environment, generations.config.name
    note = partial(generations.moving.note, family)
    gone = {one.state.key: one for one in registry.lost(family) if one.state.offset > one.state.base}
    candidates = generations.copies.leftovers.others(family, candidates)
    for sibling in candidates if gone and not generations.moving.noted(family) else ():
        if sibling.locator in registry.by_locator or has_original(sibling, note):
            continue
        unlike = generations.unlike.of(sibling, named=False)
        states = [one.state for one in gone.values() if _beginning_of(one.state) not in unlike]
        if not states or (opened := generations.open(sibling, family)) is None:
            continue
        state = short_copy(states, sibling, *opened, unlike)
        if state is None:
            continue
        one = gone.pop(state.key)
        if one in ghosts:  # of which a longer copy may be made right now
            generations.moving.compare(family, [(other.path, other.locator) for other in candidates])
            if generations.moving.noted(family):
                return
        elif generations.copies.grows(sibling):
            generations.copies.hold_back(sibling)
            generations.waiting.add(family)
            generations.moving.note(family)
            continue
        elif generations.copies.unfinished(sibling, family):
            generations.waiting.add(family)
            generations.unsure.add(family)
            continue
        generations.copies.met(sibling)
        if one in ghosts:
            unread = one.state.size - one.state.offset
            environment.abandon(source, state.path, unread, "truncated")
            registry.place(one, state)
        else:  # its file may come back and go on where it was read to; the copy gets a row of its own
            older = Follower(source, replace(state, key=environment.new_id()), environment.descriptors)
            registry.add(older, before=one)
            registry.dirty.add(older.state.key)
            one = older
        one.size, one.mtime_ns = state.size, sibling.mtime_ns
        one.broken_off = isinstance(opened[0], CompressedContent) and opened[0].broken_off
        one.place, one.located, one.rotated = sibling.path, True, True
        registry.found_again(one)


def _beginning_of(state: FileState) -> tuple[str, int]:
    """What a copy would begin with, by name. The row may still learn more of the head, and prove more by it."""
    return f"{state.key} {state.head.length}", state.offset


def short_copy(
    states: Iterable[FileState],
    sibling: Sibling,
    content: Content,
    compression: str,
    unlike: set[tuple[str, int]],
) -> FileState | None:
    """State of a file that holds a proper beginning of what one of these says was committed, read to its end.

    Takes the open content and closes it. Of what it is not, the names are added to `unlike`.
    """
    try:
        for state in states:
            if _begins_elsewhere(content, state):  # first of all: whatever else is asked unpacks the hole
                unlike.add(_beginning_of(state))
                continue
            # Such a copy was complete before the last of what was read was written; or what was copied is gone, because
            # logrotate was killed in the middle (`renamecopy`, compressing) and put the next generation in its place.
            late = sibling.mtime_ns // 1_000_000 > state.written_ms and not state.name.endswith(TEMPORARY)
            # Or the lines say when they were written: nobody writes them again.
            late = late and not stamped(state, content)
            if late and not compression:
                continue
            end = _end_of_beginning(content, state)
            if late and isinstance(content, CompressedContent) and content.complete:
                continue
            if end:
                return replace(
                    state,
                    locator=sibling.locator,
                    birth=UNKNOWN if sibling.locator.device < 0 else content.birth(),
                    name=os.path.realpath(sibling.path),
                    compression=compression,
                    offset=end,
                    reached=max(state.offset, state.reached),
                    size=end,
                    head=head_of(content, state.base, end),
                    heads=(),
                    guard=guard_of(content, end),
                    trail=(),
                    skipping=False,
                    continues={},
                    absent_ms=0,
                )
            unlike.add(_beginning_of(state))
    except OSError:  # a damaged archive, for one
        return None
    finally:
        content.close()
    return None


def holds_beginning(members: Iterable[Follower], content: Content) -> bool:
    """Whether content that is not known is a beginning of what was read of one of these, and may be all of it soon."""
    return any(one.state.offset > one.state.base and _end_of_beginning(content, one.state) for one in members)


def _begins_elsewhere(content: Content, state: FileState) -> bool:
    """Whether an archive begins with another hole than the log did; known without unpacking megabytes for each row."""
    return bool(state.base) and isinstance(content, CompressedContent) and hole_of(content) != state.base


def _end_of_beginning(content: Content, state: FileState) -> int:
    """Where this content ends, if it is a beginning of what was committed; else 0."""
    if _begins_elsewhere(content, state):
        return 0
    data = content.read(state.base, state.head.length)
    head = next(
        (one for one in (state.head, *reversed(state.heads)) if one.length <= len(data)), NO_FINGERPRINT
    )
    if not head.fits(data[: head.length]):
        return 0
    proven = head.length >= PROOF
    for offset, digest in state.trail:  # ascending, because compressed content is read forward
        length = min(GUARD_MAX, offset)
        data = content.read(offset - length, length)
        if len(data) < length:
            break
        if not Fingerprint(length, digest).fits(data):
            return 0
        proven = proven or length >= PROOF
    if not proven or content.read(state.offset - 1, 1):
        return 0
    return content.length(content.stat(), 0)
