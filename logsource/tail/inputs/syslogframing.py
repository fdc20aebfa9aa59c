"""Messages of one syslog connection (RFC 6587): octet counting, or LF or NUL at the end, found out from the first bytes."""

from __future__ import annotations

import re

from logsource.tail.framing import TRUNCATED, UNTERMINATED
from logsource.tail.inputs.inbox import Message

_HEADER = re.compile(rb"([1-9][0-9]{0,8}) ")
_MAYBE_HEADER = re.compile(rb"[1-9][0-9]{0,8}")
_COUNTED = re.compile(rb"[1-9][0-9]{0,8} <")
"""Every syslog message begins with its priority, so that a line that begins with a number is told from a count."""
_MAYBE_COUNTED = re.compile(rb"[1-9][0-9]{0,8} ?")
_END = b"\r\0"
"""What some senders put before the LF."""
_COUNTED_END = b"\r\n\0"
"""What senders put behind a message whose length is told otherwise, and count with it: rsyslog's templates end with an LF."""
_LINE_END = b"\r\n"
"""What some senders put before or behind a NUL."""


def datagram(data: bytes, size: int, limit: int) -> Message:
    """The message of a datagram of `size` bytes, of which `data` was received."""
    if size > limit:
        return Message(data[:limit], TRUNCATED, size - limit)
    return Message(data.rstrip(_COUNTED_END))


class Connection:
    """Bytes of one connection → messages; keeps at most one message and what one read gives."""

    def __init__(self, limit: int) -> None:
        """`limit`: longest message in bytes; what is beyond is left out and counted."""
        self._limit = limit
        self._buffer = b""
        self._counted: bool | None = None
        self._trailer = b""
        """What ends a message; empty while nobody knows."""
        self._cut: bytes | None = None
        """The beginning of a message that is too long, whose rest is being passed over."""
        self._left_out = 0
        self._to_skip = 0

    def feed(self, data: bytes) -> list[Message]:
        """Take what was received; give the messages that are complete with it."""
        self._buffer += data
        if self._counted is None and not self._decide():
            return []
        messages: list[Message] = []
        if self._counted:
            self._count(messages)
        if not self._counted:  # also after a frame that is none
            self._split(messages)
        return messages

    def end(self) -> list[Message]:
        """The connection is over: what is left of it, flagged."""
        if self._cut is not None:
            rest = [self._release(len(self._buffer))]
        else:
            header = _HEADER.match(self._buffer) if self._counted else None
            text = self._buffer[header.end() if header else 0 :].rstrip(_END + _LINE_END)
            rest = [Message(text, UNTERMINATED)] if text else []
        self._buffer = b""
        return rest

    def _decide(self) -> bool:
        if _COUNTED.match(self._buffer):
            self._counted = True
        elif self._buffer and not _MAYBE_COUNTED.fullmatch(self._buffer):
            self._counted = False
        return self._counted is not None

    def _count(self, messages: list[Message]) -> None:
        """Octet counting: `LENGTH SP MESSAGE`."""
        data, at = self._buffer, 0
        while True:
            if self._cut is not None:
                passed = min(self._to_skip, len(data) - at)
                at += passed
                self._to_skip -= passed
                self._left_out += passed
                if self._to_skip:
                    break
                messages.append(self._release(0))
            while (
                data[at : at + 1] == b"\n"
            ):  # some senders end their frames with an LF that they do not count
                at += 1
            header = _HEADER.match(data, at)
            if header is None:
                if at < len(data) and not _MAYBE_HEADER.fullmatch(data, at):
                    self._counted = False  # out of step: lines are the best that can be made of the rest
                break
            size, begin = int(header[1]), header.end()
            if len(data) - begin < min(size, self._limit):
                break
            at = begin + min(size, self._limit)
            if size > self._limit:
                self._cut, self._to_skip = data[begin:at], size - self._limit
            else:
                messages.append(Message(data[begin:at].rstrip(_COUNTED_END)))
        self._buffer = data[at:]

    def _split(self, messages: list[Message]) -> None:
        """Non-transparent framing: an LF ends a message, or whatever the sender has for it (RFC 6587, 3.4.2)."""
        self._trailer = self._trailer or self._find_trailer()
        *lines, rest = self._buffer.split(self._trailer) if self._trailer else [self._buffer]
        for number, line in enumerate(lines):
            if number == 0 and self._cut is not None:
                messages.append(self._release(len(line)))
                continue
            text = line.rstrip(_END) if self._trailer == b"\n" else line.strip(_LINE_END)
            if len(text) > self._limit:
                messages.append(Message(text[: self._limit], TRUNCATED, len(text) - self._limit))
            else:
                messages.append(Message(text))
        if self._cut is not None:
            self._left_out += len(rest)
            rest = b""
        elif len(rest) > self._limit + len(_END):  # else it may be what stands before the end
            self._cut, self._left_out, rest = rest[: self._limit], len(rest) - self._limit, b""
        self._buffer = rest

    def _find_trailer(self) -> bytes:
        """What ends the first message: a NUL, if nothing or another message follows it; one within a message is text."""
        nul, end = self._buffer.find(b"\0"), self._buffer.find(b"\n")
        if nul >= 0 and (end < 0 or nul < end) and self._buffer[nul + 1 : nul + 2] in (b"", b"<"):
            return b"\0"
        return b"\n" if end >= 0 else b""

    def _release(self, more: int) -> Message:
        """The message that was cut, now that all of it was seen; `more` bytes of it were just passed over."""
        assert self._cut is not None
        message = Message(self._cut, TRUNCATED, self._left_out + more)
        self._cut, self._left_out = None, 0
        return message
