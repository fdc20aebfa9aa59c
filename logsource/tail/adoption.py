"""Known content that is found in a second file: moved, copied or compressed.

While our descriptor holds the original, the other file is only where the content will be once the original was read to its
end. It may be renamed, compressed or deleted before that, and its inode given away.
"""

from __future__ import annotations

import errno
from dataclasses import replace
from typing import TYPE_CHECKING

from logsource.tail.birth import UNKNOWN
from logsource.tail.identity import stands_at
from logsource.tail.resolved import resolved
from logsource.tail.siblings import family_of

if TYPE_CHECKING:
    import os

    from logsource.tail.content import Content
    from logsource.tail.follower import Follower
    from logsource.tail.generations import Generations
    from logsource.tail.registry import Registry
    from logsource.tail.siblings import Sibling
    from logsource.tail.state import FileState


def held_by(follower: Follower) -> tuple[int, int] | None:
    """Bytes and names of what our descriptor holds now, if we have one; of a stale handle there are no bytes.

    When it cannot be asked, it is as large as it was, and has a name if its own still leads to it.
    """
    if follower.content is None:
        return None
    try:
        if follower.remote:
            follower.content.renew()
        status = follower.content.stat()
    except OSError as error:
        if stands_at(follower.state.locator, follower.state.name):
            return max(follower.size, follower.state.size), 1
        return (0 if error.errno == errno.ESTALE else max(follower.size, follower.state.size)), 0
    return status.st_size, links(follower, follower.content, status)


def links(follower: Follower, content: Content, status: os.stat_result) -> int:
    """How many names an open file has; the one that an NFS client gives to what it was asked to delete is none."""
    return 0 if follower.remote and content.silly_renamed() else status.st_nlink


def adopt(
    generations: Generations, follower: Follower, sibling: Sibling, content: Content, compression: str
) -> None:
    """This file has the content of a follower whose own file is gone: moved, copied or compressed."""
    registry, environment = generations.registry, generations.environment
    state = replace(
        follower.state,
        locator=sibling.locator,
        name=resolved(sibling.path),
        compression=compression,
        birth=UNKNOWN if sibling.locator.device < 0 else content.birth(),
        absent_ms=0,
    )
    with generations.troubles.noting(sibling.path):
        _shorten_head(state, content)
    if compression != follower.state.compression:
        environment.event("rotation", follower.source, label="compress", path=state.path)
    there, held = True, held_by(follower)
    if held is not None and held[0] and (compression or sibling.size < held[0]):
        # Our descriptor still holds the original, which may even grow; read that to its end first.
        if follower.adopted is not None:
            registry.drop_alias(follower, follower.adopted.locator)
        follower.adopted, follower.adopted_seen = state, sibling
        registry.alias(follower, sibling.locator)
        # Of a log that was empty when it was found the row may not say yet how it begins; without that, the other file is
        # known by nothing after a crash.
        registry.dirty.add(follower.state.key)
        content.close()
    else:
        registry.place(follower, state)
        follower.release()
        try:
            follower.take(content)
        except OSError as error:
            generations.troubles.note(sibling.path, error)
            there = error.errno != errno.ESTALE  # it was deleted on its server since it was compared
    follower.place, follower.located, follower.quiet_seen = sibling.path, there, (-1, 0)
    registry.found_again(follower)


def _shorten_head(state: FileState, content: Content) -> None:
    """A copy that was made before the log grew may end within the head of the log."""
    if state.offset >= state.base + state.head.length:
        return
    length = len(content.read(state.base, state.head.length))
    if length < state.head.length:
        *shorter, state.head = [one for one in state.heads if one.length <= length]
        state.heads = tuple(shorter)


def settle(follower: Follower, registry: Registry) -> None:
    """The original is closed: the other file is what is followed now, if there is one."""
    adopted, follower.adopted, follower.adopted_seen = follower.adopted, None, None
    if adopted is not None:
        state = replace(
            follower.state,
            locator=adopted.locator,
            name=adopted.name,
            compression=adopted.compression,
            birth=adopted.birth,
        )
        registry.place(follower, state)


def still_adopted(generations: Generations, sibling: Sibling) -> None:
    """See whether a file that was to take the place of an original is the one that it was; if not, nobody knows it."""
    follower = generations.registry.by_locator.get(sibling.locator)
    if follower is None or follower.state.locator == sibling.locator:
        return
    seen, adopted = follower.adopted_seen, follower.adopted
    if seen is not None and adopted is not None and seen._replace(path=sibling.path) == sibling:
        # The same file, of the same size and date: each rotation renames all archives, and unpacking is dear.
        if seen != sibling and sibling.locator.device >= 0:
            follower.adopted = replace(adopted, name=resolved(sibling.path))
            follower.adopted_seen = seen = sibling
        if seen == sibling:
            return
    opened = generations.open(sibling, family_of(follower.state.path))
    if opened is None:
        return  # nothing is known of it now
    content, compression = opened
    try:
        with generations.troubles.noting(sibling.path):
            adopted = follower.adopted
            if adopted is not None and compression == adopted.compression and follower.holds(content):
                follower.adopted_seen = sibling
                follower.adopted = replace(adopted, name=resolved(sibling.path))
            else:
                generations.registry.drop_alias(follower, sibling.locator)
                if adopted is not None and adopted.locator == sibling.locator:
                    follower.adopted = follower.adopted_seen = None
    finally:
        content.close()


def stands_elsewhere(follower: Follower) -> bool:
    """Whether what we hold open stands in another file, too; in one that was compressed since it does not any more."""
    adopted = follower.adopted
    return adopted is not None and stands_at(adopted.locator, adopted.name)
