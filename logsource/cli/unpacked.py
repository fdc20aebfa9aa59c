"""Files as the agent reads them: archives are unpacked, and what nobody here can unpack is said to be that."""

from __future__ import annotations

import io
import os
import stat
from typing import TYPE_CHECKING, BinaryIO

import click

if TYPE_CHECKING:
    from pathlib import Path

    from logsource.tail.compressed import CompressedContent


def open_unpacked(path: Path) -> BinaryIO:
    """Open a file of log lines. OSError when it cannot be read, with the reason.

    Pipes (`<(ssh host cat app.log)`) are read as they are.
    """
    from logsource.tail.compressed import CompressedContent
    from logsource.tail.magic import FORM_LENGTH, compression_of
    from logsource.tail.open import require_text

    stream = path.open("rb")
    try:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            return stream
        first = os.pread(stream.fileno(), FORM_LENGTH, 0)
        require_text(first, str(path))
        compression = compression_of(first)
        if not compression:
            return stream
        content = CompressedContent(os.dup(stream.fileno()), compression)
    except BaseException:
        stream.close()
        raise
    stream.close()
    return io.BufferedReader(_Unpacked(content, str(path)))


class _Unpacked(io.RawIOBase):
    """What is in an archive, from its beginning to its end."""

    def __init__(self, content: CompressedContent, name: str) -> None:
        self._content = content
        self._name = name
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._content.read(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        if not data and self._content.broken_off:
            click.echo(
                f"{self._name}: the archive ends in its middle: it is still being made, or damaged", err=True
            )
        return len(data)

    def close(self) -> None:
        self._content.close()
        super().close()
