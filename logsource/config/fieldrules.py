"""Rules of single fields: addresses, globs, patterns, encodings, Iglu URIs. Each says what to do instead."""

from __future__ import annotations

import codecs
import difflib
import ipaddress
import re
import zoneinfo
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import regex
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from logsource.config.complaint import complaint
from logsource.config.regexsize import HINT, too_large

_IGLU = re.compile(
    r"iglu:[a-zA-Z0-9-_.]+/[a-zA-Z0-9-_]+/jsonschema/[1-9][0-9]*-(0|[1-9][0-9]*)-(0|[1-9][0-9]*)"
)
"""Iglu's own rule for keys, with the one format there is."""
_HOST = re.compile(r"[a-zA-Z0-9_]([a-zA-Z0-9_.-]*[a-zA-Z0-9_])?\.?")
_NAMESPACE = re.compile(r"\+?[a-zA-Z0-9_:][a-zA-Z0-9_.:-]{0,220}")
_POST_PATH = re.compile(r"/[A-Za-z0-9._~-]+/[A-Za-z0-9._~-]+")
_NOT_FOR_FILES = frozenset({"idna", "punycode", "undefined", "unicode_escape"})
"""Codecs for names and for source code: they raise whatever the error handler, or do not write LF as itself."""
_TRACKER_PATHS = ("/com.snowplowanalytics.snowplow/tp2", "/i")


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise complaint("is not a URL", "write https://HOST or https://HOST:PORT") from error
    if parts.scheme not in {"http", "https"} or "://" not in value:
        raise complaint("must begin with http:// or https://", "write https://HOST or https://HOST:PORT")
    if not host:
        raise complaint("has no host", "write https://HOST or https://HOST:PORT")
    if parts.query or parts.fragment or "?" in value:
        raise complaint("must not have a query or a fragment", "end the address before `?` or `#`")
    if any(char.isspace() or ord(char) < 32 for char in value):
        raise complaint("must not contain white space")
    _host(host)
    if not value.isascii():
        raise complaint("must be ASCII", "write other characters as %XX, such as %C3%A9 for é")
    if any(ord(char) > 255 for char in unquote(f"{parts.username or ''}{parts.password or ''}")):
        # RFC 7617 leaves the encoding open; requests takes Latin-1.
        raise complaint("has a user name or password beyond Latin-1", "choose another one, or use a header")
    for path in _TRACKER_PATHS:
        if parts.path.rstrip("/").endswith(path):
            raise complaint(
                "must be the collector's base address", f"leave out {path}; collector.path adds the path"
            )
    return value


def _host(host: str) -> None:
    if ":" not in host and not _HOST.fullmatch(host):
        raise complaint("has a host with characters that no host name has")
    if not all(0 < len(label) < 64 for label in host.removesuffix(".").split(".")):
        raise complaint("has a host with a part that is empty or longer than 63 characters")


def _post_path(value: str) -> str:
    if not _POST_PATH.fullmatch(value):
        raise complaint(
            "must be a path of two segments", "collectors accept /VENDOR/VERSION, such as /com.acme/track"
        )
    return value


def _journal_namespace(value: str) -> str:
    if value not in {"", "*"} and not _NAMESPACE.fullmatch(value):
        raise complaint(
            "must be the name of a journal's namespace", "write NAME, +NAME for it and the default one, or *"
        )
    return value


def _listen(value: str) -> str:
    if not value:
        return value
    host, colon, port = value.rpartition(":")
    if not colon or not port.isascii() or not port.isdecimal() or int(port) > 65535:
        raise complaint(
            "must be HOST:PORT with a port from 0 to 65535", 'write 127.0.0.1:9419, or "" to listen nowhere'
        )
    if host.startswith("[") and host.endswith("]"):
        try:
            ipaddress.IPv6Address(host[1:-1])
        except ValueError as error:
            raise complaint("has no valid IPv6 address between its brackets", "write [::1]:9419") from error
        return value
    if ":" in host:
        raise complaint("has an IPv6 address without brackets", "write [::1]:9419")
    if not _HOST.fullmatch(host) or _looks_like_bad_ipv4(host):
        raise complaint("has no valid host before the port", "write 127.0.0.1:9419 for this machine only")
    return value


def _looks_like_bad_ipv4(host: str) -> bool:
    if not re.fullmatch(r"[0-9.]+", host):
        return False
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return True
    return False


def _absolute(value: str) -> None:
    if not value:
        raise complaint("must not be empty")
    if value.startswith("~"):
        raise complaint("must be an absolute path", "`~` is not expanded; write the whole path from /")
    if not value.startswith("/"):
        raise complaint("must be an absolute path", "write the whole path from /")
    if "\0" in value:
        raise complaint("must not contain a NUL character")


def _absolute_path(value: Path) -> Path:
    _absolute(str(value))
    return value


def _glob(value: str) -> str:
    _absolute(value)
    for part in value.split("/"):
        if "**" in part and part != "**":
            raise complaint(
                "is not a valid glob",
                "`**` crosses directories and must stand alone between two `/`",
                detail="** stands beside other characters",
                offset=value.index("**"),
            )
        opened = _open_bracket(part)
        if opened >= 0:
            raise complaint(
                "is not a valid glob",
                "close it with `]`, or write `[[]` for a bracket in a file's name",
                detail="`[` is never closed",
                offset=value.index(part) + opened,
            )
    return value


def _open_bracket(part: str) -> int:
    """Index of a `[` without its `]` in one path component, or -1; a `]` right after `[` or `[!` is literal."""
    at = 0
    while (at := part.find("[", at)) >= 0:
        first = at + 1 + (part[at + 1 : at + 2] == "!")
        end = part.find("]", first + 1)
        if end < 0:
            return at
        at = end + 1
    return -1


def _exclude(value: str) -> str:
    if value.startswith("**/"):
        _glob("/" + value)
        return value
    if value and "/" not in value:  # it is compared with whole paths, so a bare name would never match
        raise complaint("must be a glob of whole paths", "write **/NAME for any directory")
    return _glob(value)


def _regex(value: str) -> str:
    large = too_large(value)
    if large:
        raise complaint(large, HINT)
    try:
        regex.compile(value)
    except regex.error as error:
        at = int(getattr(error, "pos", None) or 0)
        raise complaint(
            "is not a valid regular expression",
            detail=f"{getattr(error, 'msg', 'unusable')} at character {at + 1}",
            offset=at,
        ) from error
    return value


def _encoding(value: str) -> str:
    try:
        info = codecs.lookup(value)
    except (LookupError, ValueError):
        info = None
    unusable = info is not None and info.name.replace("-", "_") in _NOT_FOR_FILES
    if info is None or unusable or not getattr(info, "_is_text_encoding", True):
        raise complaint(
            "is not an encoding", suggest(value, _encodings()) or "write utf-8, latin-1, utf-16, cp1252, …"
        )
    return value


@cache
def _encodings() -> tuple[str, ...]:
    from encodings.aliases import aliases  # noqa: PLC0415  needed only to word an error

    names = {name.replace("_", "-") for name in aliases.values() if not name.endswith("_codec")}
    return ("latin-1", "utf-8", "utf-16", *sorted(names))


def _iglu(value: str) -> str:
    if not _IGLU.fullmatch(value):
        raise complaint(
            "is not an Iglu URI", "write iglu:VENDOR/NAME/jsonschema/1-0-0, such as iglu:com.acme/my_line/…"
        )
    return value


def _timezone(value: str) -> str:
    if value == "UTC":  # needs no time zone database, which small containers do not have
        return value
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        hint = suggest(value, zoneinfo.available_timezones()) or "write an IANA name such as Europe/Berlin"
        raise complaint("is not a time zone", hint) from error
    return value


def _one_or_many(value: object) -> object:
    texts = value if isinstance(value, list) else [value]
    if value is not None and (not texts or not all(isinstance(text, str) and text for text in texts)):
        raise complaint("must be text, or a list of texts")
    return value


def _options_or_flag(value: object) -> object:
    if value is not None and not isinstance(value, bool | dict):
        raise complaint("must be true, or a mapping of options")
    return value


def _columns(value: object) -> object:
    if value is not None and (not isinstance(value, dict | list) or not value):
        raise complaint(
            "must be a mapping or a list of columns", "write {date: 8, job: 16-23, message: rest}"
        )
    return value


def suggest(word: str, known: Any) -> str:
    """`did you mean X?` for the nearest known word, or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else ""


HttpUrl = Annotated[str, AfterValidator(_url)]
JournalNamespace = Annotated[str, AfterValidator(_journal_namespace)]
PostPath = Annotated[str, AfterValidator(_post_path)]
Listen = Annotated[str, AfterValidator(_listen)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute_path)]
Glob = Annotated[str, AfterValidator(_glob)]
ExcludeGlob = Annotated[str, AfterValidator(_exclude)]
Regex = Annotated[str, AfterValidator(_regex)]
Encoding = Annotated[str, AfterValidator(_encoding)]
IgluUri = Annotated[str, AfterValidator(_iglu)]
Timezone = Annotated[str, AfterValidator(_timezone)]
OneOrMany = Annotated[str | list[str], BeforeValidator(_one_or_many, json_schema_input_type=str | list[str])]
_WIDTH: dict[str, Any] = {
    "anyOf": [
        {"type": "integer", "minimum": 1},
        {"type": "string", "pattern": r"^\s*[0-9]{1,6}-([0-9]{1,6})?\s*$|^rest$|\$\{"},
    ]
}
_COLUMN: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "width": {"anyOf": [{"type": "integer", "minimum": 1}, {"const": "rest"}]},
        "from": {"type": "integer", "minimum": 1},
        "to": {"type": "integer", "minimum": 1},
        "filler": {"type": "string", "minLength": 1},
    },
    "required": ["name"],
    "additionalProperties": False,
}
_COLUMNS: list[dict[str, Any]] = [
    {"type": "object", "minProperties": 1, "additionalProperties": _WIDTH},
    {"type": "array", "minItems": 1, "items": _COLUMN},
]
_FIXED: dict[str, Any] = {
    "anyOf": [
        *_COLUMNS,
        {
            "type": "object",
            "properties": {"columns": {"anyOf": _COLUMNS}, "filler": {"type": "string", "minLength": 1}},
            "required": ["columns"],
            "additionalProperties": False,
        },
        {"type": "null"},
    ]
}
FixedWidth = Annotated[dict[str, Any] | list[Any], BeforeValidator(_columns), WithJsonSchema(_FIXED)]
"""What it holds is judged by `fixedwidth.read_columns`, which knows the places."""
OptionsOrFlag = Annotated[
    dict[str, Any] | bool,
    BeforeValidator(_options_or_flag, json_schema_input_type=dict[str, Any] | bool),
]
