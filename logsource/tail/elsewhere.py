"""What became of a log that is nowhere where its source looks: its directory has another name, or it was put into a .zip.

It is not read there, because `paths` do not name it. But how much of it was not read can be told, and where it is.
"""

from __future__ import annotations

import lzma
import os
import struct
import zipfile
import zlib
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from logsource.tail.identity import HEAD_STEPS
from logsource.tail.open import open_content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from logsource.tail.state import FileState

MOST = 100
"""Directories, and members of an archive, that are looked at."""
MOST_ZIPS = 20
PROOF = HEAD_STEPS[0]
"""Bytes that a member of an archive has to begin with; a headline alone proves nothing."""
ODD_ZIP = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    ValueError,
    RuntimeError,
)
"""Damaged, encrypted, or packed in a way that nobody here unpacks."""


class Elsewhere(NamedTuple):
    """A file that holds the log, or a member of an archive."""

    size: int
    """Bytes of the log."""
    place: str


def elsewhere(state: FileState, reach: Callable[[str], None]) -> Elsewhere | None:
    """Where the content of a vanished log is by now, as far as its inode or its first bytes tell.

    `reach` raises OSError for what is on a machine that does not answer.
    """
    if state.compression or not state.head.length or state.locator.device < 0:
        return None
    directory, _, name = state.name.rpartition("/")
    return next(_moved(state, directory, name, reach), None) or next(_zipped(state, directory, name), None)


def _moved(state: FileState, directory: str, name: str, reach: Callable[[str], None]) -> Iterator[Elsewhere]:
    """With its directory: below another name beside it."""
    for folder in _entries(directory.rpartition("/")[0] or "/", folders=True)[:MOST]:
        path = f"{folder}/{name}"
        try:
            reach(path)
            if folder == directory or not state.locator.is_of(os.stat(path)):
                continue
            content, compression = open_content(path)
        except OSError:
            continue
        try:
            alike = not compression and state.head.fits(content.read(state.base, state.head.length))
            if alike and not state.birth.differs(content.birth()):
                yield Elsewhere(content.length(content.stat(), state.offset), path)
        except OSError:
            continue
        finally:
            content.close()


def _zipped(state: FileState, directory: str, name: str) -> Iterator[Elsewhere]:
    """Into an archive beside it."""
    if state.base or state.head.length < PROOF:
        return
    for path in _entries(directory, folders=False)[:MOST_ZIPS]:
        try:
            with zipfile.ZipFile(path) as archive:
                for member in islice(archive.infolist(), MOST):
                    if member.filename.rpartition("/")[2] != name or member.file_size < state.offset:
                        continue
                    with archive.open(member) as content:
                        first = content.read(state.head.length)
                    if state.head.fits(first):
                        yield Elsewhere(member.file_size, f"{path} ({member.filename})")
        except ODD_ZIP:
            continue


def _entries(directory: str, *, folders: bool) -> list[str]:
    """Paths of directories in a directory, or of zip archives."""
    try:
        with os.scandir(directory) as entries:
            wanted = (
                one.path
                for one in entries
                if (one.is_dir(follow_symlinks=False) if folders else one.name.endswith(".zip"))
            )
            return sorted(islice(wanted, MOST))
    except OSError:
        return []
