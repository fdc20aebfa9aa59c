"""Opening a file: regular files only, and what they are compressed with."""

from __future__ import annotations

import errno
import os
import stat

from logsource.tail.compressed import MAGIC_LENGTH, CompressedContent, compression_of
from logsource.tail.content import OPEN_FLAGS, Content, PlainContent


def open_content(path: str) -> tuple[Content, str]:
    """Open a file for reading; its content and its compression. OSError when that cannot be."""
    fd = os.open(path, OPEN_FLAGS)
    try:
        _require_regular(os.fstat(fd).st_mode, path)
        compression = compression_of(os.pread(fd, MAGIC_LENGTH, 0))
    except BaseException:
        os.close(fd)
        raise
    return (CompressedContent(fd, compression) if compression else PlainContent(fd)), compression


def _require_regular(mode: int, path: str) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", path)
