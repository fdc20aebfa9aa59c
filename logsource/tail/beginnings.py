"""What the first line of an ordinary log record looks like, in any language: a time, a level, an address, an object.

No pattern here matches an indented line. What looks like none of them may still be a record; it is only not known.
"""

from __future__ import annotations

import re

_COLOUR = r"(?:\x1b\[[\d;]*m)*"
_PRIORITY = r"(?:<\d{1,3}>(?:1 )?)?"
_BRACKET = r"[\[(\"']{0,2}"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_DAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?"
LEVEL = (
    r"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|FATAL|CRIT|CRITICAL|ALERT|EMERG|EMERGENCY|SEVERE|CONFIG"
    r"|FINE|FINER|FINEST|VERBOSE|PANIC|VRB|DBG|INF|WRN|FTL)"
)
"""Levels as loggers write them; `Error: ` and `Warning: ` begin messages of errors just as well."""

_TIME = "|".join(
    (
        r"\d{4}[-/.]\d\d[-/.]\d\d(?:[T ,_]|\b)",
        r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}[ ,:T]",
        rf"\d{{1,2}}[-/ ]{_MONTH}[-/ ]\d{{2,4}}[ ,:T]",
        rf"{_DAY}{_MONTH} +\d{{1,2}},? +(?:\d{{4}},? +)?\d{{1,2}}:\d\d",
        r"\d\d:\d\d:\d\d\b",
        r"\d{10}(?:\.\d{1,9}|\d{3})?[\s\],:]",
        r"\d{8}[T ]\d{6}",
    )
)
_OTHER = "|".join(
    (
        rf"{LEVEL}\b[\]:|,\s>]",
        rf"[^\[\]\n]{{1,80}}\][ :]*{_BRACKET}(?:{LEVEL}\b|{_TIME})",  # [main] INFO, behind its bracket
    )
)
BEGINNING = (
    rf"{_COLOUR}{_PRIORITY}{_COLOUR}(?:{_BRACKET}(?:{_TIME}|{_OTHER})"
    r"|\{\"|[IWEF]\d{4} \d\d:\d\d:\d\d|[DIWEFA], \["  # JSON, glog, Ruby's Logger
    r"|(?:time|ts|timestamp|level|lvl|severity)="
    r"|(?:trce|dbug|info|warn|fail|crit): "  # .NET's console
    r"|\[Nest\] \d+ +- "
    r"|\d{1,3}(?:\.\d{1,3}){3}[ :,-])"
)
CALM = rf"{_COLOUR}(?:[DI], \[|I\d{{4}} |(?:trce|dbug|info): |.{{0,100}}?\b(?:TRACE|DEBUG|INFO|NOTICE|DBG|INF|debug|info)\b)"
"""A line on whose level nobody expects a trace of what went wrong."""

_CALM = re.compile(CALM, re.ASCII)


def is_calm(line: str) -> bool:
    """Whether the level of this first line is one of those below a warning."""
    return _CALM.match(line) is not None
