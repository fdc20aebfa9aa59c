"""How stack traces of each language go on over several lines, as data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEVER = re.compile(r"(?!)")


def _regex(pattern: str | None) -> re.Pattern[str]:
    return _NEVER if pattern is None else re.compile(pattern)


@dataclass(frozen=True, slots=True)
class Preset:
    """When a line belongs to the record before it. Patterns are matched at the start of the line."""

    always: re.Pattern[str]
    """It belongs to whatever is before it."""
    second: re.Pattern[str] = _NEVER
    """It belongs to a record of one line that does not look like this itself (the message above a trace)."""
    opens: re.Pattern[str] = _NEVER
    """A line that begins a trace; searched, not only matched at the start."""
    inside: re.Pattern[str] = _NEVER
    """It belongs to a record in which a trace was begun."""
    closing: re.Pattern[str] = _NEVER
    """As `inside`, but only after an indented line (the exception at the end of a Python traceback)."""
    headline: re.Pattern[str] = _NEVER
    """A first line after which the next one belongs to it, whatever it is."""

    def joins(self, record: Sequence[str], line: str) -> bool:
        """Whether `line` belongs to the record so far."""
        if self.always.match(line):
            return True
        if len(record) == 1:
            first = record[0]
            if self.headline.match(first) or (self.second.match(line) and not self.second.match(first)):
                return True
        if not any(self.opens.search(one) for one in record):
            return False
        if self.inside.match(line):
            return True
        return record[-1][:1].isspace() and self.closing.match(line) is not None


_JAVA_EXCEPTION = r"(?:[\w$]+\.)+[\w$]*(?:Exception|Error|Throwable)\b"
_DOTNET_EXCEPTION = r"(?:Unhandled exception|(?:[A-Z]\w*\.)+\w*Exception\b)"
_INDENTED = r"[ \t]+\S"

PRESETS: dict[str, Preset] = {
    "indent": Preset(always=_regex(_INDENTED)),
    "java": Preset(
        always=_regex(rf"{_INDENTED}|Caused by: |Suppressed: "),
        second=_regex(_JAVA_EXCEPTION),
    ),
    "python": Preset(
        always=_regex(
            rf"{_INDENTED}|During handling of the above exception, another exception occurred:"
            r"|The above exception was the direct cause of the following exception:"
        ),
        second=_regex(r"Traceback \(most recent call last\):"),
        opens=_regex(r"Traceback \(most recent call last\):"),
        inside=_regex(r"$|Traceback \(most recent call last\):"),
        closing=_regex(r"[A-Za-z_][\w.]*(?:: |:?$)"),
    ),
    "go": Preset(
        always=_regex(r"\t"),
        opens=_regex(r"\bpanic: |\bfatal error: |\bpanic serving "),
        inside=_regex(
            r"$|goroutine \d+ (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[|\[signal |created by |exit status \d|runtime\.|panic: "
            r"|[\w./*()·\[\]{}-]+\(.*\)$|[\w.-]+(?:/[\w.-]+)+"
        ),
    ),
    "ruby": Preset(always=_regex(rf"{_INDENTED}|\S+\.rb:\d+:in [`'][^']*'$")),
    "node": Preset(
        always=_regex(rf"{_INDENTED}|[}}\]]"),
        opens=_regex(r"^\S+\.[cm]?[jt]s:\d+(?::\d+)?$"),
        inside=_regex(r"$|(?:Uncaught )?[\w.]*Error\b|Node\.js v\d"),
    ),
    "dotnet": Preset(
        always=_regex(rf"{_INDENTED}|--- End of "),
        second=_regex(_DOTNET_EXCEPTION),
    ),
    "php": Preset(
        always=_regex(rf"{_INDENTED}|Stack trace:|#\d+ |Next |PHP Stack trace:|PHP +\d+\. "),
    ),
    "rust": Preset(
        always=_regex(rf"{_INDENTED}|note: |stack backtrace:"),
        headline=_regex(r"thread '.*'(?: \(\d+\))? panicked at .*:\d+:\d+:$"),
    ),
    "dart": Preset(
        always=_regex(rf"{_INDENTED}|#\d+ |<asynchronous suspension>"),
        headline=_regex(r"Unhandled exception:$"),
    ),
}
