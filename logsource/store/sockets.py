"""Unix sockets in a state directory: whoever may enter it may connect, and nobody else (its mode is 0700).

One of them can be opened to a group (`share_with`). The directory can then be entered by it and not listed; everything
else in it stays the owner's.
"""

from __future__ import annotations

import contextlib
import grp
import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_ADDRESS = 100
"""Bytes; macOS holds 104, Linux 108."""


def listen_in(state_dir: Path, name: str, *, backlog: int) -> socket.socket:
    """Listen under a name in a state directory that this process has locked. Raises OSError."""
    path = state_dir / name
    path.unlink(missing_ok=True)  # of a process that was killed
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with reachable(state_dir, name) as address:
            listener.bind(address)
        path.chmod(0o600)
        listener.listen(backlog)
    except OSError:
        listener.close()
        raise
    return listener


def share_with(group: str, state_dir: Path, name: str) -> None:
    """Let the members of a group connect to a name in a state directory. Raises OSError, and KeyError without such a group.

    Only the owner of a file may give it to a group, and only to one of which he is a member. The directory gets mode 0700
    again at the next start of its owner, until this is called.
    """
    gid = grp.getgrnam(group).gr_gid
    for path, mode in ((state_dir / name, 0o660), (state_dir, 0o710)):
        if path.stat().st_gid != gid:  # a sandbox may forbid chown(2), and needs it for no group of its own
            os.chown(path, -1, gid)
        path.chmod(mode)


def connect_in(state_dir: Path, name: str, *, seconds: float | None = None) -> socket.socket | None:
    """Connect to a name in a state directory; None when nobody listens there.

    `seconds`: longest wait of each operation on it. Raises PermissionError when the directory is another user's.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        with reachable(state_dir, name) as address:
            connection.connect(address)
    except PermissionError:
        connection.close()
        raise
    except OSError:
        connection.close()
        return None
    return connection


@contextlib.contextmanager
def reachable(state_dir: Path, name: str) -> Iterator[str]:
    """Address of a socket for bind and connect. A path may be longer than what fits into sun_path (unix(7))."""
    path = str(state_dir / name)
    if len(os.fsencode(path)) < LONGEST_ADDRESS:
        yield path
        return
    directory = os.open(state_dir, os.O_PATH | os.O_DIRECTORY)  # who may not list it may know its names
    try:
        yield f"/proc/self/fd/{directory}/{name}"
    finally:
        os.close(directory)
