"""Compressed streams, one at a time: gzip members, frames of zstd and LZ4, streams of bzip2 and xz.

Each is fed and gives what it can, never more than `OUTPUT` in one go, whatever the ratio: a bomb must not fill the memory.
"""

from __future__ import annotations

import bz2
import errno
import lzma
import zlib
from typing import TYPE_CHECKING, Protocol

import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable

OUTPUT = 262144
"""Bytes."""
DAMAGE = (zlib.error, lzma.LZMAError, zstandard.ZstdError, EOFError, ValueError)
"""What the libraries raise; bz2 an OSError without a number."""


class Stream(Protocol):
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


STREAMS: dict[str, Callable[[], Stream]] = {
    "gz": _Gzip,
    "zst": _Zstd,
    "bz2": lambda: _Standard(bz2.BZ2Decompressor()),
    "xz": lambda: _Standard(lzma.LZMADecompressor(format=lzma.FORMAT_XZ)),
    "lzma": lambda: _Standard(lzma.LZMADecompressor(format=lzma.FORMAT_ALONE)),
    "lz4": _Lz4,
}


class Ended:
    """Behind the last stream."""

    hungry = True
    rest = None

    def feed(self, data: bytes) -> bytes:  # noqa: ARG002 - the protocol's shape
        """Nothing."""
        return b""


def damage_of(compression: str, error: Exception) -> OSError:
    """What is wrong with the data, for people; whatever the library of their kind calls it."""
    said = str(error)
    if "ictionary" in said:
        said = "they were packed with a dictionary (zstd -D): unpack them, or leave them out with exclude"
    elif "too much memory" in said:
        said = "they were packed with a window of more than 128 MiB (zstd --long): unpack them, or leave them out with exclude"
    else:
        return OSError(errno.EBADMSG, f"damaged {compression} data: {said}")
    return OSError(errno.EBADMSG, f"{compression} data that cannot be read here: {said}")
