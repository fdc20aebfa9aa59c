"""Opening a file: regular files only, and what they are compressed with."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from logsource.tail.compressed import CompressedContent
from logsource.tail.content import OPEN_FLAGS, Content, PlainContent
from logsource.tail.magic import FORM_LENGTH, compression_of, why_unreadable

if TYPE_CHECKING:
    from logsource.tail.identity import Locator


def open_content(path: str) -> tuple[Content, str]:
    """Open a file for reading; its content and its compression. OSError when that cannot be."""
    fd = os.open(path, OPEN_FLAGS)
    try:
        _require_regular(os.fstat(fd).st_mode, path)
        first = os.pread(fd, FORM_LENGTH, 0)
        require_text(first, path)
        compression = compression_of(first)
    except BaseException:
        os.close(fd)
        raise
    return (CompressedContent(fd, compression) if compression else PlainContent(fd)), compression


def open_listed(path: str, locator: Locator) -> tuple[Content, str] | None:
    """Open a file that a listing named; None when another one is there by now. OSError when that cannot be.

    A server may fail between two questions: that a file was opened does not mean that it can be asked what it is.
    """
    content, compression = open_content(path)
    listed = False
    if locator.device < 0:
        content.distrust()
    try:
        listed = locator.is_of(content.stat())
    finally:
        if not listed:
            content.close()
    return (content, compression) if listed else None


def require_text(first: bytes, path: str) -> None:
    """Raise OSError when a file that begins so is packed in a way that nobody here unpacks."""
    if reason := why_unreadable(first):
        raise OSError(errno.ENOTSUP, reason, path)


def _require_regular(mode: int, path: str) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", path)
