"""Compressed files read by offset in their decompressed content: gz, zst, bz2, xz, lzma, lz4, recognised by magic.

Reading goes forward only; going back means decompressing again from the start, so what may be asked for again
(the first bytes, and what stands just before the last read) is kept.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from logsource.tail.birth import birth_of
from logsource.tail.content import renew, silly_renamed
from logsource.tail.identity import HEAD_MAX
from logsource.tail.magic import MAGIC_LENGTH, compression_of, may_become
from logsource.tail.unpack import DAMAGE, OUTPUT, STREAMS, Ended, damage_of
from logsource.tail.writers import has_writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.tail.birth import Birth

INPUT = 65536
TEXT_BEGINNING = 64
"""Bytes of text that tell two archives apart, if they are told of its beginning."""
TYPICAL = 10
"""Bytes of a log that one byte of its archive stands for, before anything is known about it."""


class CompressedContent:
    """The decompressed content of an open file. A stream that breaks off is waited for, a damaged one is an error."""

    def __init__(self, fd: int, compression: str) -> None:
        self._fd = fd
        self._compression = compression
        self._head = b""
        # Known from the first reading to the end on, also while it is read again from the start.
        self._drained = -1
        self._length = 0
        self._text_at = -1
        self._learn: Callable[[int, bytes], None] = _tell_nobody
        self._fed = 0
        """Where what the stream was given last begins."""
        self._damaged_from = -1
        """The data are damaged somewhere behind this place, and are given to the stream byte by byte from it on: what it
        would have said of the bytes before the damage is lost otherwise."""
        self._restart()

    def _restart(self) -> None:
        self._stream = STREAMS[self._compression]()
        self._at = 0
        self._window = b""
        self._start = 0
        self._damage: OSError | None = None

    @property
    def _end(self) -> int:
        return self._start + len(self._window)

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes of content from `offset`."""
        if offset + size <= len(self._head):
            return self._head[offset : offset + size]
        if offset < self._start:
            self._restart()
        while self._end < offset + size:
            try:
                piece = self._more() if self._damage is None else b""
            except OSError as error:  # what stands before the damage is as good as ever
                if error.errno != errno.EBADMSG or self.complete or self._damaged_from >= 0:
                    self._damage = error
                    break
                self._damaged_from = self._fed
                self._restart()
                continue
            if not piece:
                break
            if self._text_at < 0 and (text := piece.lstrip(b"\0")):
                self._text_at = self._end + len(piece) - len(text)
                self._learn(self._text_at, text[:TEXT_BEGINNING])
            if len(self._head) < HEAD_MAX and self._end == len(self._head):
                self._head = (self._head + piece)[:HEAD_MAX]
            done = max(min(offset - self._start, len(self._window)), 0)
            self._start += done
            self._window = self._window[done:] + piece
        at = offset - self._start
        data = self._window[at : at + size] if at >= 0 else b""
        if not data:
            self.check()
        return data

    def remember_text_at(self, known: int, learn: Callable[[int, bytes], None]) -> None:
        """Somebody knows where the text begins (-1: nobody does), or wants to learn it."""
        self._text_at, self._learn = known, learn

    def text_at(self) -> int:
        """First byte that is no NUL, or the end; unpacked only once, for a hole may be long."""
        while self._text_at < 0 and self.read(self._end, 1):
            pass
        return self._end if self._text_at < 0 else self._text_at

    @property
    def has_text(self) -> bool:
        """Whether a byte that is no NUL was found so far."""
        return self._text_at >= 0

    def check(self) -> None:
        """Raise the damage that cut a read short, if there is any."""
        if self._damage is not None:
            raise self._damage

    def _more(self) -> bytes:
        """The next piece of content; empty when the input is used up."""
        try:
            while not isinstance(self._stream, Ended) or self._begins_again():
                data = b""
                if self._stream.hungry:
                    data = os.pread(self._fd, self._portion(), self._at)
                    self._fed = self._at
                    self._at += len(data)
                    if not data:
                        self._drained, self._length = self._at, self._end
                        break
                piece = self._stream.feed(data)
                rest = self._stream.rest
                if rest is not None:
                    self._at -= len(rest)
                    self._stream = Ended()
                if piece:
                    return piece
        except DAMAGE as error:
            raise damage_of(self._compression, error) from error
        except OSError as error:
            if error.errno is None:  # bz2 says "Invalid data stream" so
                raise damage_of(self._compression, error) from error
            raise
        return b""

    def _portion(self) -> int:
        """Bytes to give to the stream next."""
        if self._damaged_from < 0:
            return INPUT
        return min(self._damaged_from - self._at, INPUT) if self._at < self._damaged_from else 1

    def _begins_again(self) -> bool:
        """Whether another member stands behind the last one; it may have been added since it was asked for.

        NULs before it are padding (of xz, of tapes). OSError if something else stands there: what somebody has written
        behind an archive is not ours to read, nor to leave out without a word.
        """
        size = os.fstat(self._fd).st_size
        at, first = self._behind_padding()
        if compression_of(first) == self._compression:
            self._at = at
            self._stream = STREAMS[self._compression]()
            return True
        if not may_become(first, self._compression):
            raise OSError(
                errno.EBADMSG,
                f"what stands behind the end of the {self._compression} data, at byte {at:,} of the file, is none",
            )
        self._drained, self._length = size, self._end
        return False

    def _behind_padding(self) -> tuple[int, bytes]:
        """Where something stands behind the last member, and its first bytes; nothing if only NULs do."""
        at = self._at
        while not (block := os.pread(self._fd, INPUT, at)).strip(b"\0"):
            if not block:
                return at, b""
            at += len(block)
        at += len(block) - len(block.lstrip(b"\0"))
        return at, os.pread(self._fd, MAGIC_LENGTH, at)

    @property
    def complete(self) -> bool:
        """Whether the end of the last stream was read; false before it, and in a stream that breaks off."""
        return isinstance(self._stream, Ended)

    @property
    def broken_off(self) -> bool:
        """Whether all there is was unpacked, and the last stream has no end."""
        return self._drained >= 0 and not self.complete

    def stat(self) -> os.stat_result:
        """Stat of the compressed file."""
        return os.fstat(self._fd)

    def renew(self) -> None:
        """Open it once more, by its descriptor."""
        renew(self._fd)

    def distrust(self) -> None:
        """An archive does not grow, but by whole members."""

    def birth(self) -> Birth:
        """Of the compressed file."""
        return birth_of(self._fd)

    def has_writer(self) -> bool | None:
        """Of the compressed file."""
        return has_writer(self._fd)

    def silly_renamed(self) -> bool:
        """Of the compressed file."""
        return silly_renamed(self._fd)

    def length(self, stat: os.stat_result, offset: int) -> int:
        """Size of the content once the input is used up; until then a guess that is more than was read.

        The rest of the input is believed to be worth as much as what was read of it, so that whoever waits for a
        gigabyte of archives is told how long.
        """
        if self._drained >= stat.st_size:
            return self._length
        ratio = self._end / self._at if self._at else TYPICAL
        return max(offset, self._end) + max(int((stat.st_size - self._at) * ratio), OUTPUT)

    def had_room(self) -> bool:
        """What follows an archive is padding, and none of its content."""
        return False

    def data_from(self, offset: int) -> int:
        """No holes here."""
        return offset

    def close(self) -> None:
        """Close the descriptor."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def _tell_nobody(_text_at: int, _text: bytes) -> None:
    """Tell nobody."""


def hole_of(content: CompressedContent) -> int:
    """Bytes of a hole at the start, in whole units of the widest code (see `logsource.tail.look`)."""
    at = content.text_at()
    return at - at % 4
