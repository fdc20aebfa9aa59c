"""Sockets to listen on, and what the kernel tells about them."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import socket
import stat
from typing import TYPE_CHECKING

from logsource.tail.inputs.receiver import ReceiveError

if TYPE_CHECKING:
    from logsource.config.addresses import Address

BACKLOG = 128
UDP_BUFFER = 4 * 1024 * 1024
"""Bytes asked of the kernel for datagrams; it grants at most net.core.rmem_max."""
SOCKET_MODE = 0o660
"""Whoever is in the agent's group may write to its unix sockets."""


def open_socket(address: Address) -> socket.socket:
    """A bound socket that does not block; listening if it is a stream. Raises ReceiveError for people."""
    if address.path:
        kind = socket.SOCK_DGRAM if address.scheme == "unix" else socket.SOCK_STREAM
        made = socket.socket(socket.AF_UNIX, kind)
    else:
        version = ipaddress.ip_address(address.host).version
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        made = socket.socket(family, socket.SOCK_DGRAM if address.scheme == "udp" else socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        if address.path:
            _bind_path(made, address.path)
        else:
            if address.scheme in {"tcp", "tls"}:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            else:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_BUFFER)
            made.bind((address.host, address.port))
        if made.type == socket.SOCK_STREAM:
            made.listen(BACKLOG)
    except OSError as error:
        made.close()
        raise ReceiveError(_explained(address, error)) from error
    return made


def _explained(address: Address, error: OSError) -> str:
    what = f"cannot listen: {error.strerror}"
    if error.errno in {errno.EACCES, errno.EPERM} and 0 < address.port < 1024:
        return what + " (ports below 1024 need CAP_NET_BIND_SERVICE)"
    if error.errno == errno.EADDRINUSE:
        return what + " (another program listens there)"
    return what


def _bind_path(made: socket.socket, path: str) -> None:
    """Bind to a path; the socket that a killed agent left behind is replaced, one that somebody serves is not."""
    try:
        made.bind(path)
    except OSError as error:
        if error.errno != errno.EADDRINUSE or not _is_orphan(path, made.type):
            raise
        os.unlink(path)
        made.bind(path)
    os.chmod(path, SOCKET_MODE)


def _is_orphan(path: str, kind: int) -> bool:
    if not stat.S_ISSOCK(os.stat(path).st_mode):
        return False
    with socket.socket(socket.AF_UNIX, kind) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return False


def identity_of(path: str) -> tuple[int, int]:
    """Device and inode of a socket's path."""
    status = os.stat(path)
    return status.st_dev, status.st_ino


def remove_path(path: str, identity: tuple[int, int]) -> None:
    """Remove our socket; one that took its place stays."""
    with contextlib.suppress(OSError):
        if identity_of(path) == identity:
            os.unlink(path)


def kernel_drops(made: socket.socket) -> int | None:
    """Datagrams of a UDP socket that the kernel had no room for, since it was opened; None if it does not tell.

    The last column of /proc/net/udp (proc(5)); the row is found by the socket's inode.
    """
    table = "/proc/net/udp6" if made.family == socket.AF_INET6 else "/proc/net/udp"
    inode = str(os.fstat(made.fileno()).st_ino).encode()
    try:
        with open(table, "rb") as rows:
            next(rows)
            for row in rows:
                columns = row.split()
                if columns[9] == inode:
                    return int(columns[12])
    except (OSError, StopIteration, IndexError, ValueError):
        return None
    return None
