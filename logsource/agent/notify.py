"""Telling the service manager how the agent is: the datagrams of sd_notify(3).

Without NOTIFY_SOCKET (started by hand, by --once, in a container) nothing is sent and nothing is said.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from logsource.clock import Clock

log = logging.getLogger("logsource.agent")

STATUS_EVERY = 5.0
"""Seconds between two status texts, at least: every datagram wakes the service manager."""
PATIENCE = 0.1
"""Seconds that one datagram may wait for room in a full queue; logs matter more than being seen to work."""


class Notifier:
    """One end of the service manager's socket. The main loop's thread alone uses it.

    The watchdog is fed by the loop that reads and commits, not by a thread of its own: a loop that hangs
    must not look alive.
    """

    def __init__(self, address: str, *, clock: Clock, watchdog: float | None = None) -> None:
        """`address`: NOTIFY_SOCKET; empty: stay silent. `watchdog`: seconds after which silence means death."""
        self._clock = clock
        self._every = (
            None if watchdog is None else watchdog / 2
        )  # half of it, as sd_watchdog_enabled(3) advises
        self._fed = clock.monotonic()
        self._told = self._fed - STATUS_EVERY
        self._status = ""
        self._socket = _connect(address) if address else None

    @classmethod
    def from_environment(cls, clock: Clock, environment: Mapping[str, str] = os.environ) -> Self:
        """As the service manager says: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID."""
        return cls(environment.get("NOTIFY_SOCKET", ""), clock=clock, watchdog=_watchdog(environment))

    @property
    def active(self) -> bool:
        """Whether somebody listens."""
        return self._socket is not None

    def ready(self) -> None:
        """Start-up is done: units ordered after this one may start."""
        self._send("READY=1")

    def reloading(self) -> None:
        """The configuration is read again; `ready` follows. The time stamp is what systemd asks for with it."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The end has begun; from here on the stop timeout counts and the watchdog does not."""
        self._send("STOPPING=1")

    def alive(self, status: Callable[[], str]) -> None:
        """One turn of the loop was finished; cheap enough to be said each time.

        `status` gives one line for `systemctl status`. It is asked every `STATUS_EVERY` seconds, and what it
        says is sent when it differs from what was said before.
        """
        if self._socket is None:
            return
        now = self._clock.monotonic()
        if self._every is not None and now - self._fed >= self._every and self._send("WATCHDOG=1"):
            self._fed = now
        if now - self._told >= STATUS_EVERY:
            self._told = now
            text = " ".join(status().split())  # a line break would begin another assignment
            if text != self._status and self._send(f"STATUS={text}"):
                self._status = text

    def close(self) -> None:
        """Let go of the socket; idempotent. Whatever is said afterwards is not sent."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, message: str) -> bool:
        """Whether it was sent; a service manager that does not listen is no reason to stop reading."""
        if self._socket is None:
            return False
        try:
            self._socket.send(message.encode())
        except OSError as error:
            log.debug("event=notify_failed message=%s detail=%s", message, error)
            return False
        return True


def _connect(address: str) -> socket.socket | None:
    """The socket; None, with a warning, when there is none to be had."""
    if address[0] not in "/@":  # vsock: and other kinds are for virtual machines as a whole
        log.warning("event=notify_unavailable address=%s detail=%s", address, "not a unix socket")
        return None
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    try:
        sock.settimeout(PATIENCE)
        sock.connect("\0" + address[1:] if address[0] == "@" else address)  # @: the abstract namespace
    except OSError as error:
        sock.close()
        log.warning("event=notify_unavailable address=%s detail=%s", address, error)
        return None
    return sock


def _watchdog(environment: Mapping[str, str]) -> float | None:
    """Seconds of WATCHDOG_USEC; None when there is none, or when it is meant for another process."""
    text = environment.get("WATCHDOG_USEC", "")
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        return None
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(text) / 1_000_000
