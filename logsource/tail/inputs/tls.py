"""TLS for syslog (RFC 5425): the certificates of a listener, and connections that shake hands when they are first read."""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING

from logsource.tail.inputs.receiver import ReceiveError

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from logsource.config.tls import ListenTlsConfig


class Certificates:
    """What a listener shows to its senders, and asks of them; read anew when a file of it changes."""

    def __init__(self, config: ListenTlsConfig) -> None:
        self._config = config
        self._context: ssl.SSLContext | None = None
        self._seen: tuple[object, ...] = ()

    def wrap(self, connection: socket.socket) -> ssl.SSLSocket:
        """TLS over a connection that does not block; what is shaken out of it is known when it is read.

        A certificate that was renewed is taken, one that is being renewed (a half of it is there) is not.
        """
        seen = self._look()
        if seen != self._seen or self._context is None:
            try:
                self.load()
            except ReceiveError:
                if self._context is None:
                    raise
        assert self._context is not None
        return self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)

    def load(self) -> None:
        """Read the files. Raises ReceiveError for people."""
        config, seen = self._config, self._look()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        # Senders of syslog never read. What we said and they did not read when they close turns their farewell into a
        # reset, which takes along what we did not read yet.
        context.num_tickets = 0
        with _named(config.cert, config.key):
            # Without a function for it, OpenSSL would ask the terminal for the passphrase of a key that has one.
            context.load_cert_chain(config.cert, config.key, password=lambda: "")
        if config.ca is not None:
            with _named(config.ca):
                context.load_verify_locations(config.ca)
            context.verify_mode = ssl.CERT_REQUIRED
        self._context, self._seen = context, seen

    def _look(self) -> tuple[object, ...]:
        """What tells that a file is another one; None for one that cannot be looked at."""
        found: list[object] = []
        for path in (self._config.cert, self._config.key, self._config.ca):
            try:
                status = os.stat(path) if path is not None else None
            except OSError:
                status = None
            found.append(status and (status.st_ino, status.st_size, status.st_mtime_ns))
        return tuple(found)


class _named:  # noqa: N801 - reads as a statement
    """Errors within name the files."""

    def __init__(self, *paths: Path) -> None:
        self._paths = " and ".join(str(path) for path in paths)

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):  # SSLError is one
            why = getattr(error, "reason", None) or error.strerror or str(error)
            raise ReceiveError(
                f"cannot listen: {self._paths}: {str(why).lower().replace('_', ' ')}"
            ) from error


def why_refused(error: ssl.SSLError) -> str:
    """Why a sender and we did not come together, for people."""
    reason = (error.reason or str(error)).lower().replace("_", " ")
    if "wrong version number" in reason or "http request" in reason or "unsupported protocol" in reason:
        return f"it does not speak TLS, or an old one ({reason})"
    if "did not return a certificate" in reason:
        return "it has no certificate, and tls.ca asks for one"
    return reason
