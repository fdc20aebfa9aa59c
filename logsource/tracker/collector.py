"""Where a tracker sends, and how: what `collector:` of the agent's configuration says, for Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    AnyPath = str | os.PathLike[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """A collector and the way to it. Sizes are bytes, times are seconds; the defaults are those of the agent."""

    url: str
    """Base address, such as https://collector.example.com"""
    method: Literal["post", "get"] = "post"
    """POST many events a request, or GET one each."""
    path: str = "/com.snowplowanalytics.snowplow/tp2"
    """Path for POST, two segments."""
    base64: bool = False
    """Send JSON in base64; a third larger."""
    byte_limit_post: int = 131072
    byte_limit_get: int = 16384
    send_limit: int = 500
    """Most events in one POST."""
    concurrency: int = 2
    """Requests under way at once."""
    timeout: float = 10.0
    """Longest wait for connect and for an answer."""
    drain_timeout: float = 10.0
    """How long `close` goes on sending."""
    retry_initial: float = 0.5
    """Upper bound of the first wait after a failure; it doubles."""
    retry_max: float = 60.0
    anonymous: bool = True
    """Send `SP-Anonymous: *`, so that the collector makes no network_userid up."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Extra request headers; their values are secrets."""
    tls_ca: AnyPath | None = None
    """File with the CA certificates to trust; None: the system's."""
    tls_cert: AnyPath | None = None
    """Client certificate (PEM)."""
    tls_key: AnyPath | None = None
    tls_verify: bool = True

    def values(self) -> dict[str, Any]:
        """As the configuration has it."""
        return {
            "url": self.url,
            "method": self.method,
            "path": self.path,
            "base64": self.base64,
            "byte_limit_post": self.byte_limit_post,
            "byte_limit_get": self.byte_limit_get,
            "send_limit": self.send_limit,
            "concurrency": self.concurrency,
            "timeout": _seconds(self.timeout),
            "drain_timeout": _seconds(self.drain_timeout),
            "retry": {"initial": _seconds(self.retry_initial), "max": _seconds(self.retry_max)},
            "anonymous": self.anonymous,
            "headers": dict(self.headers),
            "tls": {
                "ca": self.tls_ca,
                "cert": self.tls_cert,
                "key": self.tls_key,
                "verify": self.tls_verify,
            },
        }


def _seconds(value: float) -> float:
    """In a configuration a whole number would need a unit; here the unit is said."""
    return float(value) if type(value) is int else value
