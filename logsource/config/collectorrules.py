"""Rules between the fields of `collector:`, on raw values like those of `logsource.config.rules`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from logsource.config.explain import shown
from logsource.config.model import CollectorConfig, RetryConfig
from logsource.config.problem import Problem
from logsource.config.types import parse_duration, parse_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.config.yaml import Document, Path

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""RFC 9110 `token`."""
_OWN_HEADERS = {
    "content-type",
    "content-length",
    "content-encoding",
    "host",
    "transfer-encoding",
    "sp-anonymous",
}
_IDLE = {"get": ("byte_limit_post", "send_limit", "path"), "post": ("byte_limit_get",)}
"""Keys that can have no effect with a method; a key that is silently ignored is a mistake waiting."""


def check_collector(document: Document, collector: Any) -> Iterator[Problem]:
    """Contradictions inside `collector:`."""
    if not isinstance(collector, dict):
        return
    yield from _retry(document, collector.get("retry"))
    yield from _tls(document, collector.get("tls"), collector.get("url"))
    yield from _headers(document, collector.get("headers"))
    fields = CollectorConfig.model_fields
    method = collector.get("method", fields["method"].default)
    for key in _IDLE.get(str(method), ()):
        if key in collector and _bytes(collector[key]) != fields[key].default:
            what = f"collector.{key} has no effect with method: {method}"
            yield Problem(document.at_key(("collector", key)), what, "remove it, or change the method")


def _retry(document: Document, retry: Any) -> Iterator[Problem]:
    if not isinstance(retry, dict):
        return
    defaults = RetryConfig()
    initial = _seconds(retry.get("initial", defaults.initial))
    longest = _seconds(retry.get("max", defaults.max))
    if initial is not None and longest is not None and initial > longest:
        path: Path = ("collector", "retry", "initial" if "initial" in retry else "max")
        what = "collector.retry.initial is longer than collector.retry.max"
        yield Problem(document.at(path), what, "the first wait cannot exceed the longest")


def _tls(document: Document, tls: Any, url: Any) -> Iterator[Problem]:
    if not isinstance(tls, dict):
        return
    for have, lack in (("cert", "key"), ("key", "cert")):
        if tls.get(have) and not tls.get(lack):
            what = f"collector.tls.{have} without collector.tls.{lack}"
            hint = "a client certificate needs both its certificate and its key"
            yield Problem(document.at_key(("collector", "tls", have)), what, hint)
    if isinstance(url, str) and url.startswith("http://") and _tls_is_used(tls):
        what = "collector.tls is set, but collector.url is not https"
        yield Problem(document.at_key(("collector", "tls")), what, "write https:// in the url, or remove tls")


def _tls_is_used(tls: dict[str, Any]) -> bool:
    return any(tls.get(key) for key in ("ca", "cert", "key")) or tls.get("verify") is False


def _headers(document: Document, headers: Any) -> Iterator[Problem]:
    for name, text in headers.items() if isinstance(headers, dict) else ():
        path: Path = ("collector", "headers", name)
        where = f"collector.headers: {shown(name)}"
        if not _HEADER.fullmatch(name):
            yield Problem(document.at_key(path), f"{where} is no name of an HTTP header")
        elif name.lower() in _OWN_HEADERS:
            yield Problem(document.at_key(path), f"{where} is set by logsource itself", "remove it")
        if isinstance(text, str) and not text.isprintable():
            what = f"{where} has a value with a line break or another control character"
            yield Problem(document.at(path), what, "a header is one line")
        elif isinstance(text, str) and text != text.strip() and path not in document.broken:
            what = f"{where} has a value that begins or ends with a space"
            yield Problem(document.at(path), what, "remove it")
        elif isinstance(text, str) and any(ord(char) > 255 for char in text):
            what = f"{where} has a value with characters that no header can hold"
            yield Problem(document.at(path), what, "encode it, for example as %XX or base64")


def _seconds(value: object) -> float | None:
    try:
        return parse_duration(value)
    except ValueError:
        return None


def _bytes(value: object) -> object:
    try:
        return parse_size(value)
    except ValueError:
        return value
