"""A file or folder that may not be read, as its row remembers it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.model import Checkpoint
from logsource.tail.birth import UNKNOWN, Birth, birth_of
from logsource.tail.identity import NOWHERE, Locator

if TYPE_CHECKING:
    from logsource.tail.siblings import Sibling

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedFile:
    """What is known of a file that cannot be opened, or of a folder that cannot be listed."""

    family: str
    path: str
    locator: Locator
    birth: Birth
    size: int
    mtime_ns: int
    """Of a folder: what is older in it is history."""
    folder: bool = False

    def row(self, key: str, source: str) -> Checkpoint:
        """As it goes to the store. It is no row of a followed file: those have an `ino`."""
        state = {
            "family": self.family,
            "path": self.path,
            "locator": list(self.locator),
            "born": list(self.birth),
            "size": self.size,
            "mtime_ns": self.mtime_ns,
            "folder": self.folder,
        }
        return Checkpoint(file_id=key, source=source, offset=0, state={"v": VERSION, "denied": state})

    @classmethod
    def restore(cls, row: Checkpoint) -> DeniedFile | None:
        """Read a row; None when it is something else, or of a version that this one does not know."""
        state = row.state.get("denied")
        if state is None or row.state["v"] != VERSION:
            return None
        return cls(
            family=state["family"],
            path=state["path"],
            locator=Locator(*state["locator"]),
            birth=Birth(*state["born"]),
            size=state["size"],
            mtime_ns=state["mtime_ns"],
            folder=state.get("folder", False),
        )

    @classmethod
    def of(cls, family: str, sibling: Sibling) -> DeniedFile:
        """As a listing has it."""
        return cls(
            family=family,
            path=sibling.path,
            locator=sibling.locator,
            birth=_birth(sibling),
            size=sibling.size,
            mtime_ns=sibling.mtime_ns,
        )

    @classmethod
    def of_folder(cls, family: str, path: str, since_ms: int) -> DeniedFile:
        """A folder; what is older than `since_ms` in it is history."""
        since_ns = since_ms * 1_000_000
        return cls(
            family=family, path=path, locator=NOWHERE, birth=UNKNOWN, size=0, mtime_ns=since_ns, folder=True
        )

    def is_at(self, sibling: Sibling) -> bool:
        """Whether this is the same inode."""
        return self.locator == sibling.locator and not self.birth.differs(_birth(sibling))

    def stands(self) -> bool:
        """Whether it is where it was, as far as anybody can tell."""
        try:
            return self.locator.is_of(os.stat(self.path))
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True


def _birth(sibling: Sibling) -> Birth:
    """When its inode was made, which may be asked without permission to read it."""
    if sibling.locator.device < 0:
        return UNKNOWN
    try:
        fd = os.open(sibling.path, getattr(os, "O_PATH", os.O_RDONLY) | os.O_CLOEXEC)
    except OSError:
        return UNKNOWN
    try:
        born = birth_of(fd)
    finally:
        os.close(fd)
    return born if born.inode == sibling.locator.inode else UNKNOWN
