"""One agent per state directory."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
from typing import TYPE_CHECKING

from logsource.errors import StoreLocked, StoreUnavailable

if TYPE_CHECKING:
    from pathlib import Path


LEFTOVER_TRIES, LEFTOVER_WAIT_MS = 40, 50
"""How often to ask for a lock whose holder is dead. An agent that was killed while it started a process (a worker, a
journalctl) leaves a child that has its descriptors, this one too, until it runs its own program: not long."""


class StateLock:
    """An exclusive flock on `state_dir/lock`. The kernel lets go of it when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        """Take the lock. Raises StoreLocked (with the holder's pid) or StoreUnavailable."""
        try:
            # Not through a link: whoever may write here could have root empty any file.
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            what = (
                "is a symbolic link" if error.errno == errno.ELOOP else f"cannot be opened ({error.strerror})"
            )
            hint = "remove it" if error.errno == errno.ELOOP else "fix its owner or mode"
            raise StoreUnavailable(f"{path}: {what}; {hint}") from error
        tries = LEFTOVER_TRIES
        while not self._taken():
            pid = os.pread(self._fd, 32, 0).decode(errors="replace").strip() or "unknown"
            tries -= 1
            if not tries or _runs(pid):
                self.release()
                raise StoreLocked(
                    f"{path.parent}: another agent (pid {pid}) uses this state directory; "
                    "stop it, or give this one its own agent.state_dir"
                )
            select.poll().poll(LEFTOVER_WAIT_MS)
        self._path = path
        # The pid is for people; on a full disk it may be missing, and what is in the outbox is delivered all the same.
        with contextlib.suppress(OSError):
            os.ftruncate(self._fd, 0)
            self._sign()

    def _sign(self) -> None:
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def lost(self) -> str | None:
        """Why nobody who has files open beside it will write them again, for people; None if there is hope."""
        try:
            here, held = self._path.stat(), os.fstat(self._fd)
            if (here.st_dev, here.st_ino) != (held.st_dev, held.st_ino):
                return f"{self._path.parent} is another directory now"
            self._sign()  # where it stands already: a full disk has room for it
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                return None
            return f"{self._path.parent} cannot be written ({error.strerror})"
        return None

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def release(self) -> None:
        """Let go; idempotent. The file stays: deleting it would let two agents lock two files of one name."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _runs(pid: str) -> bool:
    """Whether the holder is there; in doubt it is."""
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (ValueError, OSError):
        return True
    return True
