"""Compressed files read by offset in their decompressed content: gz, zst, bz2, xz, lzma, lz4, recognised by magic.

Reading goes forward only; going back means decompressing again from the start, so what may be asked for again
(the first bytes, and what stands just before the last read) is kept.
"""

from __future__ import annotations

import bz2
import errno
import lzma
import os
import zlib
from typing import TYPE_CHECKING, Protocol

import zstandard

from logsource.tail.birth import birth_of
from logsource.tail.content import renew
from logsource.tail.identity import HEAD_MAX
from logsource.tail.magic import MAGIC_LENGTH, compression_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.tail.birth import Birth

INPUT = 65536
OUTPUT = 262144
"""Most bytes one step may give, whatever the ratio: a bomb must not fill the memory."""
TYPICAL = 10
"""Bytes of a log that one byte of its archive stands for, before anything is known about it."""


class _Stream(Protocol):
    """One compressed stream (gzip member, zstd frame …)."""

    def feed(self, data: bytes) -> bytes:
        """Decompress; empty input asks for what is left from before."""
        ...

    @property
    def hungry(self) -> bool:
        """Whether only more input can give more output."""
        ...

    @property
    def rest(self) -> bytes | None:
        """Input behind the end of the stream, or None while the stream goes on."""
        ...


class _Gzip:
    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    def feed(self, data: bytes) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, OUTPUT)

    @property
    def hungry(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def rest(self) -> bytes | None:
        return self._inner.unused_data if self._inner.eof else None


class _Standard:
    """bz2 and lzma have the same interface."""

    def __init__(self, inner: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._inner = inner

    def feed(self, data: bytes) -> bytes:
        return self._inner.decompress(data, OUTPUT)

    @property
    def hungry(self) -> bool:
        return self._inner.needs_input

    @property
    def rest(self) -> bytes | None:
        return self._inner.unused_data if self._inner.eof else None


class _Zstd:
    """The library has no bound on output here, so input is given in slices: a block of 128 KiB takes ≥ 3 bytes."""

    SLICE = 64

    def __init__(self) -> None:
        self._inner = zstandard.ZstdDecompressor().decompressobj()
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        held = self._held + data
        out: list[bytes] = []
        size = at = 0
        while at < len(held) and size < OUTPUT and not self._inner.eof:
            piece = self._inner.decompress(held[at : at + self.SLICE])
            at += self.SLICE
            size += len(piece)
            out.append(piece)
        self._held = held[at:]
        return b"".join(out)

    @property
    def hungry(self) -> bool:
        return not self._held

    @property
    def rest(self) -> bytes | None:
        return self._inner.unused_data + self._held if self._inner.eof else None


class _Lz4:
    """Frames of LZ4, if its library is there."""

    def __init__(self) -> None:
        import lz4.frame  # noqa: PLC0415 - an optional dependency

        self._inner = lz4.frame.LZ4FrameDecompressor()

    def feed(self, data: bytes) -> bytes:
        try:
            return bytes(self._inner.decompress(data, OUTPUT))
        except RuntimeError as error:
            raise ValueError(str(error)) from error

    @property
    def hungry(self) -> bool:
        return bool(self._inner.needs_input)

    @property
    def rest(self) -> bytes | None:
        return self._inner.unused_data or b"" if self._inner.eof else None


_STREAMS: dict[str, Callable[[], _Stream]] = {
    "gz": _Gzip,
    "zst": _Zstd,
    "bz2": lambda: _Standard(bz2.BZ2Decompressor()),
    "xz": lambda: _Standard(lzma.LZMADecompressor(format=lzma.FORMAT_XZ)),
    "lzma": lambda: _Standard(lzma.LZMADecompressor(format=lzma.FORMAT_ALONE)),
    "lz4": _Lz4,
}


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
        self._restart()

    def _restart(self) -> None:
        self._stream = _STREAMS[self._compression]()
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
                self._damage = error
                break
            if not piece:
                break
            if self._text_at < 0 and (text := piece.lstrip(b"\0")):
                self._text_at = self._end + len(piece) - len(text)
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

    def text_at(self) -> int:
        """First byte that is no NUL, or the end; unpacked only once, for a hole may be long."""
        while self._text_at < 0 and self.read(self._end, 1):
            pass
        return self._end if self._text_at < 0 else self._text_at

    def check(self) -> None:
        """Raise the damage that cut a read short, if there is any."""
        if self._damage is not None:
            raise self._damage

    def _more(self) -> bytes:
        """The next piece of content; empty when the input is used up."""
        try:
            while not isinstance(self._stream, _Ended) or self._begins_again():
                data = b""
                if self._stream.hungry:
                    data = os.pread(self._fd, INPUT, self._at)
                    self._at += len(data)
                    if not data:
                        self._drained, self._length = self._at, self._end
                        break
                piece = self._stream.feed(data)
                rest = self._stream.rest
                if rest is not None:
                    self._at -= len(rest)
                    self._stream = _Ended()
                if piece:
                    return piece
        except (zlib.error, lzma.LZMAError, zstandard.ZstdError, EOFError, ValueError) as error:
            raise OSError(errno.EBADMSG, f"damaged {self._compression} data: {error}") from error
        except OSError as error:
            if error.errno is None:  # bz2 says "Invalid data stream" so
                raise OSError(errno.EBADMSG, f"damaged {self._compression} data: {error}") from error
            raise
        return b""

    def _begins_again(self) -> bool:
        """Whether another member stands behind the last one; it may have been added since it was asked for.

        Anything else (zero padding) is not ours to read.
        """
        size = os.fstat(self._fd).st_size
        if compression_of(os.pread(self._fd, MAGIC_LENGTH, self._at)) != self._compression:
            self._drained, self._length = size, self._end
            return False
        self._stream = _STREAMS[self._compression]()
        return True

    @property
    def complete(self) -> bool:
        """Whether the end of the last stream was read; false before it, and in a stream that breaks off."""
        return isinstance(self._stream, _Ended)

    def stat(self) -> os.stat_result:
        """Stat of the compressed file."""
        return os.fstat(self._fd)

    def renew(self) -> None:
        """Open it once more, by its descriptor."""
        renew(self._fd)

    def birth(self) -> Birth:
        """Of the compressed file."""
        return birth_of(self._fd)

    def length(self, stat: os.stat_result, offset: int) -> int:
        """Size of the content once the input is used up; until then a guess that is more than was read.

        The rest of the input is believed to be worth as much as what was read of it, so that whoever waits for a
        gigabyte of archives is told how long.
        """
        if self._drained >= stat.st_size:
            return self._length
        ratio = self._end / self._at if self._at else TYPICAL
        return max(offset, self._end) + max(int((stat.st_size - self._at) * ratio), OUTPUT)

    def data_from(self, offset: int) -> int:
        """No holes here."""
        return offset

    def close(self) -> None:
        """Close the descriptor."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


class _Ended:
    """Behind the last stream."""

    hungry = True
    rest = None

    def feed(self, data: bytes) -> bytes:  # noqa: ARG002 - the protocol's shape
        return b""


def hole_of(content: CompressedContent) -> int:
    """Bytes of a hole at the start, in whole units of the widest code (see `logsource.tail.look`)."""
    at = content.text_at()
    return at - at % 4
