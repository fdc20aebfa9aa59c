"""Where to start in a file that was there before anybody asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.identity import guard_of, head_of

if TYPE_CHECKING:
    from logsource.tail.content import Content
    from logsource.tail.state import FileState

LOOK_BACK = 65536
STEP = 1 << 20


def start_at_end(state: FileState, content: Content) -> None:
    """Start behind the last whole line. A line that is being written is read whole: never half an event."""
    size = _size(state, content)
    back = min(size, LOOK_BACK)
    tail = content.read(size - back, back)
    newline = tail.rfind(b"\n")
    state.head = head_of(content, 0, size)
    state.offset = size - back + newline + 1 if newline >= 0 else size
    state.size = size
    state.line = content.read(0, min(state.offset, LOOK_BACK)).count(b"\n")  # the lines a header may have
    state.guard = guard_of(content, state.offset)


def _size(state: FileState, content: Content) -> int:
    if not state.compression:
        return content.length(content.stat(), 0)
    size = 0
    while block := content.read(size, STEP):  # only its end tells how long a compressed file is
        size += len(block)
    return size
