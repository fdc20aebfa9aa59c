"""Addresses that an input listens on: `udp://127.0.0.1:5514`, `tcp://[::1]:601`, `unix:///run/logsource.sock`."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, BeforeValidator

from logsource.config.complaint import complaint

_WRITE = "write udp://127.0.0.1:5514, tcp://127.0.0.1:5514, tls://127.0.0.1:6514, unix:///run/logsource.sock or unix-stream:///…"
UNIX_PATH_MAX = 107
"""Bytes of a path that fit into sockaddr_un on Linux, without the NUL at its end."""

Scheme = Literal["udp", "tcp", "tls", "unix", "unix-stream"]


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    scheme: Scheme
    """`unix` is a datagram socket, `unix-stream` a stream socket."""
    host: str = ""
    """An IP address, for udp, tcp and tls."""
    port: int = 0
    path: str = ""
    """Absolute, for unix sockets."""

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return bool(self.path) or ipaddress.ip_address(self.host).is_loopback


def is_loopback(host: str) -> bool:
    """Whether a host's name or address means this machine, and cannot be reached from another (RFC 6761, 6.3)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_listen(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT` or `[V6]:PORT`. Raises ValueError with what is expected."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{text!r} is not HOST:PORT, such as 127.0.0.1:9090")
    return host, int(port)


def parse_address(text: str) -> Address:
    """Read an address. Raises a complaint (a ValueError) that says what to write instead."""
    scheme, found, rest = text.partition("://")
    if not found or scheme not in {"udp", "tcp", "tls", "unix", "unix-stream"}:
        raise complaint("must begin with udp://, tcp://, tls://, unix:// or unix-stream://", _WRITE)
    known = cast("Scheme", scheme)
    if known in {"unix", "unix-stream"}:
        if not rest.startswith("/") or "\0" in rest or rest.endswith("/"):
            raise complaint("must name an absolute path", f"write {scheme}:///run/logsource.sock")
        if len(rest.encode()) > UNIX_PATH_MAX:
            raise complaint(f"has a path of more than {UNIX_PATH_MAX} bytes, too long for a socket")
        return Address(known, path=rest)
    host, colon, port = rest.rpartition(":")
    if not colon or not port.isdecimal() or not port.isascii() or int(port) > 65535:
        raise complaint("must end with a port from 0 to 65535", f"write {scheme}://127.0.0.1:5514")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise complaint("has an IPv6 address without brackets", f"write {scheme}://[::1]:{port}")
    if host == "localhost":
        host = "127.0.0.1"
    try:
        ipaddress.ip_address(host)
    except ValueError as error:
        raise complaint(
            "has no IP address before the port",
            f"write {scheme}://127.0.0.1:{port} for this machine only, {scheme}://0.0.0.0:{port} for everybody",
        ) from error
    return Address(known, host=host, port=int(port))


def _address(value: str) -> str:
    parse_address(value)
    return value


def _list_of_one(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


ListenAddresses = Annotated[
    list[Annotated[str, AfterValidator(_address)]],
    BeforeValidator(_list_of_one, json_schema_input_type=str | list[str]),
]
"""One address or several."""
