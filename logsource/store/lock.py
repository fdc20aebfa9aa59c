"""One agent per state directory."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

from logsource.errors import StoreLocked, StoreUnavailable

if TYPE_CHECKING:
    from pathlib import Path


class StateLock:
    """An exclusive flock on `state_dir/lock`. The kernel lets go of it when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        """Take the lock. Raises StoreLocked (with the holder's pid) or StoreUnavailable."""
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnavailable(
                f"{path}: cannot be opened ({error.strerror}); fix its owner or mode"
            ) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            pid = os.pread(self._fd, 32, 0).decode(errors="replace").strip() or "unknown"
            self.release()
            raise StoreLocked(
                f"{path.parent}: another agent (pid {pid}) uses this state directory; "
                "stop it, or give this one its own agent.state_dir"
            ) from error
        # The pid is for people; on a full disk it may be missing, and what is in the outbox is delivered all the same.
        with contextlib.suppress(OSError):
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let go; idempotent. The file stays: deleting it would let two agents lock two files of one name."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
