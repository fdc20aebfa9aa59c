"""Tracker protocol fields made of a record's values: cut to the limits, or left out when they would lose the event.

A value that breaks a rule of the protocol loses its event behind a 200, so each maker gives a text that is
good, or None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from logsource.event.url import absolute_url, clean_host, clean_referrer
from logsource.render.filters.values import Path, look_up, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from logsource.model import JSONValue

LIMITS = {
    "uid": 255,
    "duid": 128,
    "tnuid": 128,
    "ua": 1000,
    "lang": 255,
    "page": 2000,
    "se_ca": 1000,
    "se_ac": 1000,
    "se_la": 4096,
    "se_pr": 1000,
}
"""Longest text of a field in UTF-16 code units, as enrichment counts; a tab counts four times there."""
MAX_IP = 128
_IP_END = re.compile(r"[,| ]")
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_DERIVED = UUID("6f2e9a0e-52d1-5b0c-9a63-0a9e0f4a7c11")
"""Namespace of derived UUIDs; to change it would give every session another id."""
_INTEGER = re.compile(r"[0-9]{1,10}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Member:
    """One protocol field: the record's fields it is made of, and how."""

    key: str
    paths: tuple[Path, ...]
    make: Callable[..., str | None]
    """Takes the values of `paths` (None: not there); None: leave the member out."""

    def of(self, data: Mapping[str, JSONValue]) -> str | None:
        """Value for a record."""
        return self.make(*[look_up(data, path) for path in self.paths])


def constant(key: str, value: JSONValue, *, derive: bool = False) -> Member:
    """Member with the same value in every event."""
    text = maker_of(key)(derived(value) if derive else value)
    return Member(key, (), lambda: text)


def taken(key: str, path: Path, *, derive: bool = False) -> Member:
    """Member that is the value of one field; with `derive` a UUID, whatever the value is."""
    make = maker_of(key)
    return Member(key, (path,), (lambda value: make(derived(value))) if derive else make)


def derived(value: JSONValue) -> str | None:
    """A UUID in lower case: the value itself, or version 5 of its text. None where there is no text."""
    text = "" if value is None else text_of(value)
    if not text:
        return None
    return text.lower() if _UUID.fullmatch(text) else str(uuid5(_DERIVED, text))


def maker_of(key: str) -> Callable[[Any], str | None]:
    """Maker of a member by the rule of its key."""
    if key in LIMITS:
        limit = LIMITS[key]
        return lambda value: None if value is None else fit(text_of(value), limit)
    return {"ip": ip, "sid": session_id, "vid": whole, "se_va": decimal, "url": url, "refr": url}[key]


def fit(text: str, limit: int) -> str | None:
    """Longest beginning of a text within a limit; None when nothing is left."""
    if len(text) * 4 > limit:
        room = limit
        for index, char in enumerate(text):
            room -= 4 if char == "\t" else 2 if char > "\uffff" else 1
            if room < 0:
                text = text[:index]
                break
    return text or None


def ip(value: JSONValue) -> str | None:
    """First address of a list of proxies."""
    return None if value is None else fit(_IP_END.split(text_of(value), maxsplit=1)[0], MAX_IP)


def session_id(value: JSONValue) -> str | None:
    """A UUID in lower case."""
    return value.lower() if isinstance(value, str) and _UUID.fullmatch(value) else None


def whole(value: JSONValue) -> str | None:
    """A 32-bit count."""
    text = "" if value is None else text_of(value)
    return str(int(text)) if _INTEGER.fullmatch(text) and int(text) < 2**31 else None


def decimal(value: JSONValue) -> str | None:
    """A number."""
    text = "" if value is None else text_of(value)
    return text if _DECIMAL.fullmatch(text) else None


def url(value: JSONValue) -> str | None:
    """An absolute URL."""
    return clean_referrer(value) if isinstance(value, str) else None


def page_url(paths: tuple[Path, Path | None, Path | None, Path | None], *, host: str, scheme: str) -> Member:
    """`url` of a page view: host and scheme from the record where it has them, else the given ones.

    `paths`: of the target, of the query (where the target is without it), of the host, of the scheme.
    """
    given = clean_host(host) or ""

    def make(*values: JSONValue) -> str | None:
        rest = iter(values)
        target, query, own_host, own_scheme = (None if path is None else next(rest) for path in paths)
        if not isinstance(target, str):
            return None
        if isinstance(query, str) and query and "?" not in target:
            target = f"{target}?{query.removeprefix('?')}"
        return absolute_url(
            target,
            host=(clean_host(own_host) if isinstance(own_host, str) else None) or given,
            scheme=own_scheme if own_scheme in {"http", "https"} else scheme,
        )

    return Member("url", tuple(path for path in paths if path is not None), make)
