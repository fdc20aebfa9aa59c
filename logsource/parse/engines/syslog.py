"""Syslog messages: RFC 5424, RFC 3164, and what programs write of them into files (mostly without PRI)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logsource.errors import PackError
from logsource.model import Reject
from logsource.parse.engines.logfmt import add

if TYPE_CHECKING:
    from logsource.model import JSONValue

FACILITIES = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7",
)  # fmt: skip
SEVERITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
MEMBERS = frozenset(
    ["facility", "severity", "priority", "timestamp", "host", "program", "pid", "msgid", "structured_data", "version", "message"]
)  # fmt: skip
_BOM = "\ufeff"

_PRI = re.compile(r"<([0-9]{1,3})>")
_RFC5424 = re.compile(
    r"([1-9][0-9]{0,2}) (-|[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]{5,18}(?:[Zz]|[+-][0-9]{2}:[0-9]{2})) "
    r"(\S{1,255}) (\S{1,255}) (\S{1,128}) (\S{1,255}) (-|(?=\[))"
)
_ELEMENT = re.compile(r'\[([^\s=\]"]{1,255})')
_PARAMETER = re.compile(r' +([^\s=\]"]{1,255})="((?>(?:[^"\\]++|\\.)*))"', re.DOTALL)
_STAMP = (
    r"[A-Z][a-z]{2} [ 0-3]?[0-9](?: [0-9]{4})? [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?: [0-9]{4}(?= ))?"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]{5,8}(?:[.,][0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_RFC3164 = re.compile(rf"({_STAMP}) (?:(?![^ ]*:(?: |$))([^ ]+) )?")
# Without a process id a space must follow, or the `10:` of a clock would be a program.
_TAG = re.compile(r"([^\s:\[\]]{1,256})(?:\[([^\]\s]{1,128})\]: ?|:(?: |$))")


class SyslogEngine:
    """Takes a syslog message apart.

    Members: `facility`, `severity` (names), `priority` (0 to 191), `timestamp`, `host`, `program`, `pid`,
    `msgid`, `structured_data` ({id: {name: value}}), `version`, `message`. What a message does not have is
    left out; `-` of RFC 5424 counts as not there. `pid` is a number when it is one. `variant` may pin `rfc3164` or
    `rfc5424`; `auto` tells them apart by the version after the PRI.
    """

    members = MEMBERS
    """Names of all that a message may have."""

    def __init__(self, *, variant: str = "auto", require_pri: bool = False) -> None:
        if variant not in {"auto", "rfc3164", "rfc5424"}:
            raise PackError(f"syslog: variant is auto, rfc3164 or rfc5424, not {variant!r}")
        self._variant = variant
        self._require_pri = require_pri

    def reach(self, text: str) -> tuple[int, str, str]:
        """Characters of a text that is no syslog message up to where it could be one, what misses there, its member."""
        match = _PRI.match(text)
        if match is None and self._require_pri:
            return 0, "<PRIORITY>", "priority"
        if match is not None and int(match[1]) > 191:
            return 1, "a number up to 191", "priority"
        start = match.end() if match else 0
        numbered = re.compile(_PARTS5424[0][1]).match(text, start)
        if self._variant == "rfc3164" or (self._variant == "auto" and not numbered):
            return start, "Mmm dd HH:MM:SS, or an ISO 8601 time", "timestamp"
        for name, source in _PARTS5424:
            part = re.compile(source).match(text, start)
            if part is None:
                return start, source.strip(), name
            start = part.end()
        data, position = _structured(text, start - 1)
        return position, '[ID NAME="VALUE"]' if data is None else "a space", "structured_data"

    def fields(self, text: str) -> dict[str, JSONValue] | Reject:
        """Members of the message; Reject `no_match` when it is neither form."""
        found: dict[str, JSONValue] = {}
        start = 0
        match = _PRI.match(text)
        if match:
            priority = int(match[1])
            if priority > 191:
                return Reject("no_match", f"no such priority: <{priority}>")
            start = match.end()
            found |= {
                "priority": priority,
                "facility": FACILITIES[priority >> 3],
                "severity": SEVERITIES[priority & 7],
            }
        elif self._require_pri:
            return Reject("no_match", "no <priority> at the start")
        if self._variant != "rfc3164":
            match = _RFC5424.match(text, start)
            if match:
                return _rfc5424(text, match, found)
        if self._variant != "rfc5424":
            match = _RFC3164.match(text, start)
            if match:
                return _rfc3164(text, match, found)
        return Reject("no_match", "no syslog header")


_PARTS5424 = (
    ("version", r"[1-9][0-9]{0,2} "),
    ("timestamp", r"(?:-|[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]{5,18}(?:[Zz]|[+-][0-9]{2}:[0-9]{2})) "),
    ("host", r"\S{1,255} "),
    ("program", r"\S{1,255} "),
    ("pid", r"\S{1,128} "),
    ("msgid", r"\S{1,255} "),
    ("structured_data", r"(?:-|\[)"),
)
"""The parts of `_RFC5424` one by one, to tell which is missing."""


def _rfc5424(text: str, match: re.Match[str], found: dict[str, JSONValue]) -> dict[str, JSONValue] | Reject:
    version, stamp, host, program, pid, msgid, nothing = match.groups()
    found["version"] = int(version)
    for name, value in (
        ("timestamp", stamp),
        ("host", host),
        ("program", program),
        ("pid", pid),
        ("msgid", msgid),
    ):
        if value != "-":
            found[name] = _number(value) if name == "pid" else value
    position = match.end()
    if not nothing:
        data, position = _structured(text, position)
        if data is None:
            return Reject("no_match", f"broken structured data at character {position + 1}")
        found["structured_data"] = data
    rest = text[position:]
    if rest and not rest.startswith(" "):
        return Reject("no_match", f"text behind the structured data at character {position + 1}")
    message = rest[1:].removeprefix(_BOM)
    if message:
        found["message"] = message
    return found


def _structured(text: str, position: int) -> tuple[dict[str, JSONValue] | None, int]:
    """Structured data from a `[` on, and where it ends; None when it is broken."""
    data: dict[str, JSONValue] = {}
    while match := _ELEMENT.match(text, position):
        parameters = data.setdefault(match[1], {})
        position = match.end()
        while pair := _PARAMETER.match(text, position):
            # RFC 5424: only `"`, `\` and `]` are escaped; another backslash is itself.
            value = re.sub(r'\\(["\\\]])', r"\1", pair[2]) if "\\" in pair[2] else pair[2]
            add(parameters, pair[1], value)  # a name may stand there more than once (section 6.3.3)
            position = pair.end()
        if not text.startswith("]", position):
            return None, position
        position += 1
    return data, position


def _rfc3164(text: str, match: re.Match[str], found: dict[str, JSONValue]) -> dict[str, JSONValue]:
    found["timestamp"] = match[1]
    if match[2]:
        found["host"] = match[2]
    position = match.end()
    tag = _TAG.match(text, position)
    if tag:
        found["program"] = tag[1]
        if tag[2]:
            found["pid"] = _number(tag[2])
        position = tag.end()
    message = text[position:]
    if message:
        found["message"] = message
    return found


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else text
