"""A mount table that a test writes, and the line that makes a folder a network file system."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from logsource.tail.mounts import Mounts
from tests.support.tailing import Tailing

if TYPE_CHECKING:
    from pathlib import Path

    from logsource.config.model import SourceConfig
    from logsource.tail.tailer import Tailer


class MountTable:
    """The text of mountinfo, and a kernel that says when it changed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._changed = True

    def set(self, text: str) -> None:
        self._text = text
        self._changed = True

    def changed(self) -> bool:
        changed, self._changed = self._changed, False
        return changed

    def read(self) -> str:
        return self._text

    def close(self) -> None:
        """Nothing is held."""


def mounted(folder: Path, kind: str = "nfs4", server: str = "filer:/export") -> str:
    """A line of mountinfo: this folder, as the device it is on, is mounted from a server."""
    device = folder.stat().st_dev
    return f"40 27 {os.major(device)}:{os.minor(device)} / {folder} rw,relatime - {kind} {server} rw\n"


class RemoteTailing(Tailing):
    """Believes a folder to be on a server."""

    def __init__(self, folder: Path, *configs: SourceConfig, **options: Any) -> None:
        self._folder = folder
        super().__init__(*configs, **options)

    def _new(self) -> Tailer:
        self.options["mounts"] = Mounts(MountTable(mounted(self._folder)))
        return super()._new()
