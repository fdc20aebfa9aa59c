"""Syslog over UDP, TCP and unix sockets.

No syslog transport acknowledges anything, so a sender never learns what became of a message: what was received
and not committed is lost in a crash. TCP and unix senders wait while the inbox is full; of UDP the kernel drops
what it has no room for, and its count becomes `dropped` with the reason `kernel_buffer`.
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import ssl
import time
from functools import partial
from typing import TYPE_CHECKING

from logsource.tail.inputs.receiver import RETRY_FIRST, RETRY_MAX, ReceiveError, Receiver
from logsource.tail.inputs.sockets import identity_of, kernel_drops, open_socket, remove_path
from logsource.tail.inputs.syslogframing import Connection, datagram
from logsource.tail.inputs.tls import why_refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logsource.config.addresses import Address
    from logsource.tail.inputs.inbox import Inbox, Message
    from logsource.tail.inputs.records import MessageRecords
    from logsource.tail.inputs.tls import Certificates

RECEIVE = 65_536
MANY = 64
"""Datagrams taken in one go before others have their turn."""
COUNT_EVERY = 1.0
"""Seconds between looks at what the kernel dropped, and whether there are descriptors again for connections."""
_SCARCE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""A connection that cannot be taken for now; it stays in the backlog."""


class Listener:
    """One address that is listened on."""

    def __init__(
        self,
        address: Address,
        text: str,
        inbox: Inbox,
        records: MessageRecords,
        certificates: Certificates | None = None,
    ) -> None:
        """`certificates`: for an address with TLS."""
        self.address = address
        self.certificates = certificates if address.scheme == "tls" else None
        self.text = text
        self.inbox = inbox
        self.records = records
        self.socket: socket.socket | None = None
        self.trouble = ""
        self.bound = ""
        """Where it really listens, when the port was left to the kernel."""
        self.retry_at = 0.0
        self.wait = RETRY_FIRST
        self._identity = (0, 0)
        self._drops = 0

    def open(self) -> socket.socket:
        """Listen. Raises ReceiveError."""
        if self.certificates is not None:
            self.certificates.load()
        self.socket = open_socket(self.address)
        self._drops = 0
        if self.address.path:
            self._identity = identity_of(self.address.path)
        elif self.address.port == 0:
            self.bound = "listening on port {1}".format(*self.socket.getsockname()[:2])
        return self.socket

    def close(self) -> None:
        """Listen no more; idempotent."""
        if self.socket is None:
            return
        if self.address.scheme == "udp":
            self.count_drops()
        if self.address.path:
            remove_path(self.address.path, self._identity)
        self.socket.close()
        self.socket = None

    def count_drops(self) -> None:
        """Take over what the kernel dropped since the last look."""
        if self.socket is None:
            return
        drops = kernel_drops(self.socket)
        if drops is not None and drops > self._drops:
            self.records.lost_messages += drops - self._drops
            self._drops = drops


class SyslogReceiver(Receiver):
    """Serves the listeners of one source."""

    def __init__(self, *, max_message: int, max_connections: int) -> None:
        """`max_message` is bytes."""
        super().__init__("syslog")
        self.listeners: Sequence[Listener] = ()
        self.on_listener: Callable[[Listener], None] = lambda _: None
        """Told when a listener got into trouble or out of it."""
        self.on_many: Callable[[Listener, str], None] = lambda *_: None
        """Told when there are as many connections as may be, or as there are descriptors for; and which of them."""
        self.on_refused: Callable[[Listener, str], None] = lambda *_: None
        """Told of a sender with which TLS could not be agreed on, and why."""
        self._limit = max_message
        self._max_connections = max_connections
        self._connections: dict[socket.socket, tuple[Connection, Listener]] = {}
        self._accepting = True
        self._scarce = False
        # A datagram of a unix socket may be longer than one of UDP; one byte more than the limit is enough.
        self._space = memoryview(bytearray(max(RECEIVE, max_message)))
        self._count_at = 0.0

    def _open(self) -> None:
        self._open_listeners()

    def _open_listeners(self) -> None:
        now = time.monotonic()
        for one in self.listeners:
            if one.socket is not None or now < one.retry_at:
                continue
            try:
                made = one.open()
            except ReceiveError as error:
                one.retry_at, one.wait = now + one.wait, min(one.wait * 2, RETRY_MAX)
                self._tell(one, str(error))
                continue
            one.wait = RETRY_FIRST
            if made.type == socket.SOCK_DGRAM:
                self._register(made, partial(self._datagrams, one))
            elif self._accepting:
                self._register(made, partial(self._accept, one))
            self._tell(one, "")

    def _tell(self, one: Listener, trouble: str) -> None:
        if trouble != one.trouble:
            one.trouble = trouble
            self.on_listener(one)

    def _look(self) -> None:
        now = time.monotonic()
        if now < self._count_at:
            return
        self._count_at = now + COUNT_EVERY
        if self._opened:
            self._open_listeners()
            if self._scarce and len(self._connections) < self._max_connections:
                self._accept_again(again=True)
        for one in self.listeners:
            if one.address.scheme == "udp":
                one.count_drops()

    def _shut(self) -> None:
        for connection in list(self._connections):
            self._hang_up(connection)
        for one in self.listeners:
            if one.socket is not None:
                with contextlib.suppress(KeyError):  # a stream socket while there are too many connections
                    self._unregister(one.socket)
                one.close()
        self._accepting = True

    def _datagrams(self, one: Listener) -> None:
        assert one.socket is not None
        messages: list[Message] = []
        try:
            while len(messages) < MANY:
                # With MSG_TRUNC, Linux gives the datagram's own length, however much of it there was room for.
                size = one.socket.recv_into(self._space, 0, socket.MSG_TRUNC)
                received = bytes(self._space[: min(size, self._limit)])
                messages.append(datagram(received, size, self._limit))
        except BlockingIOError:
            pass
        finally:  # also when the socket fails: those were taken from the kernel
            one.inbox.put(messages)

    def _accept(self, one: Listener) -> None:
        assert one.socket is not None
        try:
            connection, _ = one.socket.accept()
            connection.setblocking(False)
            if one.certificates is not None:
                connection = one.certificates.wrap(connection)
        except OSError as error:
            # Others are served meanwhile, and must not be cut off for one that could not be taken. accept(2) also
            # gives errors of the connection's own; such a one is gone from the backlog.
            if error.errno in _SCARCE:
                if not self._scarce:
                    self.on_many(one, f"{len(self._connections)} connections ({error.strerror})")
                self._scarce = True
                self._accept_again(again=False)
            return
        self._scarce = False
        connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1
        )  # of peers that vanished without a word
        self._connections[connection] = (Connection(self._limit), one)
        self._register(connection, partial(self._receive, connection))
        if len(self._connections) >= self._max_connections:
            self._accept_again(again=False)
            self.on_many(one, f"{self._max_connections} connections")

    def _accept_again(self, *, again: bool) -> None:
        """Leave further connections to the kernel's backlog, where their senders wait; or take them again."""
        if again == self._accepting:
            return
        self._accepting = again
        for one in self.listeners:
            if one.socket is not None and one.socket.type == socket.SOCK_STREAM:
                if again:
                    self._register(one.socket, partial(self._accept, one))
                else:
                    self._unregister(one.socket)

    def _receive(self, connection: socket.socket) -> None:
        framing, one = self._connections[connection]
        try:
            data = connection.recv(RECEIVE)
        except BlockingIOError:
            return
        except ssl.SSLWantReadError:
            self._wait_for(connection, selectors.EVENT_READ)
            return
        except ssl.SSLWantWriteError:  # in a handshake; what we say is short, so this is rare
            self._wait_for(connection, selectors.EVENT_READ | selectors.EVENT_WRITE)
            return
        except OSError as error:
            data = b""  # reset: what came before it counts
            if isinstance(error, ssl.SSLError):
                self.on_refused(one, f"{_peer(connection)}: {why_refused(error)}")
        if data:
            one.inbox.put(framing.feed(data))
        else:
            self._hang_up(connection)
            self._accept_again(again=True)

    def _hang_up(self, connection: socket.socket) -> None:
        framing, one = self._connections.pop(connection)
        self._unregister(connection)
        connection.close()
        one.inbox.put(framing.end())


def _peer(connection: socket.socket) -> str:
    """Who it is."""
    try:
        return str(connection.getpeername()[0])
    except OSError:
        return "somebody who is gone"
