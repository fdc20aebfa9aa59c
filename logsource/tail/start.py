"""Where to start in a file that was there before anybody asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.identity import guard_of, head_of

if TYPE_CHECKING:
    from logsource.tail.content import Content
    from logsource.tail.state import FileState

LOOK_BACK = 65536


def start_at_end(state: FileState, content: Content, size: int) -> None:
    """Start behind the last whole line. A line that is being written is read whole: never half an event."""
    back = min(size, LOOK_BACK)
    tail = content.read(size - back, back)
    newline = tail.rfind(b"\n")
    state.offset = size - back + newline + 1 if newline >= 0 else size
    state.size = size
    state.head = head_of(content, 0, size)
    state.guard = guard_of(content, state.offset)
