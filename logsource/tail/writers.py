"""Whether somebody has a file open for writing: the kernel knows, and tells whoever may ask.

A lease for reading (fcntl(2), F_SETLEASE) is granted only while nobody has the file open for writing, or mapped. It is
given back at once. The owner of the file may ask, and who has CAP_LEASE; anybody else has to wait and see.
"""

from __future__ import annotations

import errno
import fcntl
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logsource.tail.content import Content


def has_writer(fd: int) -> bool | None:
    """Ask about a file that is open for reading, on a file system of this machine; None where nobody can know.

    Whoever opens it for writing within the microsecond in which the lease is ours waits for it, or fails with EWOULDBLOCK
    if it will not wait (O_NONBLOCK). So ask about files that have no name any more, or are about to have none; or about
    archives, which are not opened for writing once they were begun.
    """
    try:
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)  # which is ignored, and not SIGIO, which kills
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        # EACCES: neither owner nor CAP_LEASE; EINVAL: a file system without leases.
        return True if error.errno == errno.EAGAIN else None
    try:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        if error.errno != errno.EAGAIN:  # it is gone already
            raise
    return False


def ask(content: Content) -> bool | None:
    """Ask about content that is held open."""
    return content.has_writer()
