"""Two hosts and the cable between them: network namespaces that nobody else sees, and that go when the test ends.

Made of system calls, because `ip` is not installed everywhere. A namespace belongs to a thread; sockets and processes that
the thread makes are in it for ever.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_libc = ctypes.CDLL(None, use_errno=True)
_NEWNET = 0x40000000
_SIOCSIFFLAGS, _SIOCSIFADDR, _SIOCSIFNETMASK, _SIOCSIFMTU = 0x8914, 0x8916, 0x891C, 0x8922
_SIOCETHTOOL, _ETHTOOL_STSO, _ETHTOOL_SGSO = 0x8946, 0x1F, 0x24
_UP = 1
_REQUEST, _ACK, _CREATE, _EXCLUSIVE = 1, 4, 0x400, 0x200
_RTM_NEWLINK = 16
_IFNAME, _LINKINFO, _NET_NS_FD = 3, 18, 28
_INFO_KIND, _INFO_DATA, _VETH_PEER = 1, 2, 1


class Host:
    """A network namespace with one interface, `cable`."""

    def __init__(self, address: str) -> None:
        """Raises PermissionError where namespaces are not permitted."""
        self.address = address
        self._fd = -1
        maker = threading.Thread(target=self._make)
        maker.start()
        maker.join()
        if self._fd < 0:
            raise PermissionError("network namespaces are not permitted")

    def _make(self) -> None:
        if _libc.unshare(_NEWNET) == 0:
            self._fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

    @property
    def fd(self) -> int:
        return self._fd

    def run(self, function: Callable[[], T]) -> T:
        """Call a function on this host."""
        with ThreadPoolExecutor(1, initializer=self._enter) as pool:
            return pool.submit(function).result()

    def up(self, name: str = "cable") -> None:
        """Give the interface its address and switch it on."""

        def switch() -> None:
            if name != "lo":
                _ioctl(_SIOCSIFADDR, name, _address(self.address))
                _ioctl(_SIOCSIFNETMASK, name, _address("255.255.255.0"))
            _ioctl(_SIOCSIFFLAGS, name, struct.pack("H", _UP))

        self.run(switch)

    def down(self) -> None:
        """Pull the plug: nothing arrives any more, and nobody is told."""
        self.run(lambda: _ioctl(_SIOCSIFFLAGS, "cable", struct.pack("H", 0)))

    def largest_packet(self, size: int) -> None:
        """Drop what is longer, without a word to the sender: a black hole for full packets."""
        self.run(lambda: _ioctl(_SIOCSIFMTU, "cable", struct.pack("i", size)))

    def single_packets(self) -> None:
        """Send each packet as it would be on a real cable; bundles of them (TSO, GSO) pass any limit here."""

        def switch_off() -> None:
            for command in (_ETHTOOL_STSO, _ETHTOOL_SGSO):
                value = ctypes.create_string_buffer(struct.pack("II", command, 0))
                _ioctl(_SIOCETHTOOL, "cable", struct.pack("P", ctypes.addressof(value)))

        self.run(switch_off)

    def close(self) -> None:
        os.close(self._fd)

    def _enter(self) -> None:
        if _libc.setns(self._fd, _NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


class Cable:
    """Two hosts that reach each other."""

    def __init__(self) -> None:
        self.near = Host("192.0.2.1")
        self.far = Host("192.0.2.2")
        self.near.run(self._lay)
        for host in (self.near, self.far):
            host.up("lo")
            host.up()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.near.close()
        self.far.close()

    def _lay(self) -> None:
        """Make a pair of interfaces: one here, the other in the namespace of the far host (rtnetlink(7))."""
        info = struct.pack("BxHiII", socket.AF_UNSPEC, 0, 0, 0, 0)
        peer = info + _attribute(_IFNAME, b"cable\0") + _attribute(_NET_NS_FD, struct.pack("I", self.far.fd))
        kind = _attribute(_INFO_KIND, b"veth\0") + _attribute(_INFO_DATA, _attribute(_VETH_PEER, peer))
        body = info + _attribute(_IFNAME, b"cable\0") + _attribute(_LINKINFO, kind)
        flags = _REQUEST | _ACK | _CREATE | _EXCLUSIVE
        head = struct.pack("IHHII", 16 + len(body), _RTM_NEWLINK, flags, 1, 0)
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as netlink:
            netlink.sendall(head + body)
            (error,) = struct.unpack_from("i", netlink.recv(4096), 16)
        if error:
            raise OSError(-error, os.strerror(-error))


def permitted() -> bool:
    """Whether this user may make hosts and cables."""
    if not Path("/proc/thread-self/ns/net").exists():
        return False
    try:
        with Cable():
            return True
    except OSError:
        return False


def _attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def _address(text: str) -> bytes:
    return struct.pack("HH4s", socket.AF_INET, 0, socket.inet_aton(text))


def _ioctl(request: int, name: str, data: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, request, struct.pack("16s24s", name.encode(), data))
