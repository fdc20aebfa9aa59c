"""Entries of the journal → records. The cursor of the last entry stands in the checkpoint, so nothing is lost.

An entry has no byte offset. The offset here counts the bytes of JSON that were read since the source was first
seen, and is committed together with the cursor: both go on where they were, and no event id is given twice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from logsource.model import Line
from logsource.tail.inputs.journalctl import cursor_of
from logsource.tail.inputs.records import Cut, cuts_of

if TYPE_CHECKING:
    from logsource.tail.inputs.inbox import Inbox, Message


_BYTES = re.compile(rb'"MESSAGE"\s*:\s*\[')
"""A message that is no UTF-8, or one of several; parsers want one text. (In a JSON string the quotes are escaped.)"""


class JournalRecords:
    """Entries as they came, or the message of each."""

    lost = False

    def __init__(self, inbox: Inbox, *, entries: bool) -> None:
        """`entries`: a record is the whole entry as JSON."""
        self._inbox = inbox
        self._entries = entries

    @property
    def waiting(self) -> int:
        """Bytes received and not cut."""
        return self._inbox.bytes

    def cut(self, offset: int, limit: int, *, now_ms: int, idle: bool) -> Cut | None:  # noqa: ARG002 - never open
        """Take the entries at the front."""
        messages = self._inbox.take(limit)
        if not messages:
            return None
        cursor = next((found for one in reversed(messages) if (found := cursor_of(one.data))), None)
        state = {} if cursor is None else {"cursor": cursor}
        length = sum(len(one.data) + 1 for one in messages)
        left_out = sum(one.left_out for one in messages)
        if self._entries and not any(one.flags or _BYTES.search(one.data) for one in messages):
            return Cut(length=length, data=b"".join([one.data + b"\n" for one in messages]), state=state)
        lines = []
        for one in messages:
            lines.append(self._line(one, offset, now_ms))
            offset += len(one.data) + 1
        return Cut(length=length, lines=tuple(lines), state=state, left_out=left_out, cuts=cuts_of(messages))

    def _line(self, one: Message, offset: int, now_ms: int) -> Line:
        entry = _entry(one.data) if not self._entries or _BYTES.search(one.data) else None
        if entry is not None and self._entries:
            text = orjson.dumps({**entry, "MESSAGE": message_of(entry)}).decode()
            return Line(text=text, offset=offset, reference_ms=now_ms, flags=one.flags)
        if entry is None:
            text, written_ms = one.data.decode("utf-8", "replace"), now_ms
        else:
            text, written_ms = message_of(entry), _written_ms(entry, now_ms)
        return Line(text=text, offset=offset, reference_ms=written_ms, flags=one.flags)


def _entry(data: bytes) -> dict[str, Any] | None:
    """The entry; None for what is no JSON object, such as one that was cut."""
    try:
        value = orjson.loads(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def message_of(entry: dict[str, Any]) -> str:
    """MESSAGE of an entry: text, or bytes as numbers where it is no UTF-8, or a list of both; empty if absent."""
    return _text(entry.get("MESSAGE"))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        if value and all(isinstance(one, int) and 0 <= one <= 255 for one in value):
            return bytes(value).decode("utf-8", "replace")
        return "\n".join(map(_text, value))
    return ""


def _written_ms(entry: dict[str, Any], now_ms: int) -> int:
    """__REALTIME_TIMESTAMP is microseconds since the epoch, as text."""
    try:
        return int(entry["__REALTIME_TIMESTAMP"]) // 1000
    except (KeyError, TypeError, ValueError):
        return now_ms
