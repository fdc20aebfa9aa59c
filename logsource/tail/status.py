"""What people and metrics are told about the files of a source."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from logsource.tail.api import FileStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.tail.follower import Follower
    from logsource.tail.source import Source


def statuses(source: Source) -> Iterator[FileStatus]:
    """Every followed file, and every path that cannot be read."""
    name = source.config.name
    failing = set()
    for one in source.registry.by_key.values():
        if one.located:
            yield _status(name, one)
            if one.error:
                failing.add(one.place)
    for path, error in source.troubles:
        if path not in failing:
            yield FileStatus(
                source=name,
                path=path,
                file_id="",
                epoch=0,
                offset=0,
                size=0,
                state="unreadable",
                behind_since=None,
                detail=error,
            )


def _status(source: str, one: Follower) -> FileStatus:
    state = one.state
    return FileStatus(
        source=source,
        path=state.path,
        file_id=state.file_id,
        epoch=state.epoch,
        offset=state.offset,
        size=max(one.size, state.offset),
        state=_word(one),
        behind_since=None if (caught_up := _caught_up(one)) else one.behind_since,
        detail=one.error or (one.place if one.place != state.path else ""),
        device=max(state.locator.device, 0),
        inode=state.locator.inode,
        caught_up=caught_up,
    )


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
    if one.unread <= 0:
        return "idle"
    return "waiting" if one.stuck == one.size else "active"
