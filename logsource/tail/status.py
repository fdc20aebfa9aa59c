"""What people and metrics are told about the files of a source."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from logsource.tail.api import FileStatus
from logsource.tail.compressed import CompressedContent
from logsource.tail.magic import named_as_archive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.tail.follower import Follower
    from logsource.tail.source import Source


BROKEN_OFF = "the archive ends in its middle: it is still being made, or damaged"


def statuses(source: Source) -> Iterator[FileStatus]:
    """Every followed file, and every path that cannot be read."""
    name = source.config.name
    failing = set()
    for one in source.registry.by_key.values():
        if one.located:
            yield _status(name, one)
            if one.error:
                failing.add(one.place)
    sizes = source.generations.denied.sizes()
    for path, error in source.troubles:
        if path not in failing:
            yield _unfollowed(name, path, "unreadable", error, sizes.get(path, 0))
    for path in source.generations.copies.empty_archives():
        yield _unfollowed(name, path, "waiting", BROKEN_OFF)


def _unfollowed(source: str, path: str, state: str, detail: str, size: int = 0) -> FileStatus:
    return FileStatus(
        source=source,
        path=path,
        file_id="",
        epoch=0,
        offset=0,
        size=size,
        state=state,
        behind_since=None,
        detail=detail,
        broken_off=detail == BROKEN_OFF,
    )


def _status(source: str, one: Follower) -> FileStatus:
    state, breaks_off = one.state, _breaks_off(one)
    elsewhere = one.place if one.place != state.path else ""
    return FileStatus(
        source=source,
        path=state.path,
        file_id=state.file_id,
        epoch=state.epoch,
        offset=state.offset,
        size=max(one.size, state.offset),
        state=_word(one),
        behind_since=None if (caught_up := _caught_up(one)) else one.behind_since,
        detail=one.error or ": ".join(filter(None, (elsewhere, BROKEN_OFF if breaks_off else ""))),
        device=max(state.locator.device, 0),
        inode=state.locator.inode,
        caught_up=caught_up,
        broken_off=breaks_off,
    )


def _breaks_off(one: Follower) -> bool:
    """Also of an archive that gives nothing at all before its end is there, or of which not even the beginning is there."""
    content = one.content
    if isinstance(content, CompressedContent):
        return content.broken_off
    return one.broken_off or (not one.size and not one.state.compression and named_as_archive(one.state.name))


def _caught_up(one: Follower) -> bool:
    if one.error or one.pending is not None or one.replaced:
        return False
    # An open record of several lines is waited for as well: it is going to be committed when it has been idle.
    return one.unread <= 0 or (one.stuck == one.size and one.again_at == math.inf)


def _word(one: Follower) -> str:
    if one.error:
        return "unreadable"
    if one.rotated:
        return "rotated"
    if one.unread <= 0 and _breaks_off(one):
        return "waiting"
    if one.unread <= 0:
        return "idle"
    return "waiting" if one.stuck == one.size else "active"
