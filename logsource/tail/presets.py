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
    after_blank: re.Pattern[str] = _NEVER
    """As `inside`, but only after an empty line (the error below the line of code, as Node.js prints it)."""
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
        if self.inside.match(line) or (not record[-1] and self.after_blank.match(line)):
            return True
        return record[-1][:1].isspace() and self.closing.match(line) is not None


_JAVA_EXCEPTION = r"(?:[\w$]+\.)+[\w$]*(?:Exception|Error|Throwable)\b"
_DOTNET_EXCEPTION = r"(?:Unhandled exception|(?:[A-Z]\w*\.)+\w*Exception\b)"
_RUBY_PLACE = r"\S+\.rb:\d+:in "
_RUBY_RAISED = rf"{_RUBY_PLACE}[`'].*(?:\([A-Z]\w*(?:::\w+)*\)|Error)$"
_NODE_PLACE = r"(?:\S+\.[cm]?[jt]s|node:\S+):\d+(?::\d+)?$"
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
        # Behind a message of several lines only what follows it tells that this is a trace.
        opens=_regex(r"\bpanic: |\bfatal error: |\bpanic serving |^\[signal |^goroutine \d+ .*\[.*\]:$"),
        inside=_regex(
            r"$|goroutine \d+ (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[|\[signal |created by |exit status \d|runtime\.|panic: "
            r"|[\w./*()·\[\]{}-]+\(.*\)$|[\w.-]+(?:/[\w.-]+)+"
        ),
    ),
    "ruby": Preset(
        always=_regex(rf"{_INDENTED}|{_RUBY_PLACE}[`'][^']*'$"),
        headline=_regex(r"#<Thread:.* terminated with exception"),
        opens=_regex(rf"^{_RUBY_RAISED}|: {_RUBY_RAISED}"),
        inside=_regex("$"),  # before the line of code with a mark below the mistake
        closing=_regex(_RUBY_RAISED),  # the cause
    ),
    "node": Preset(
        always=_regex(rf"{_INDENTED}|[}}\]]"),
        headline=_regex(_NODE_PLACE),
        opens=_regex(rf"^{_NODE_PLACE}"),
        inside=_regex(r"$|(?:Uncaught )?[\w.]*Error\b|Node\.js v\d"),
        after_blank=_regex(r"\[?(?:Uncaught )?[A-Za-z_$][\w.$]*(?: \[\w+\])?(?:[:\]]|$)"),
    ),
    "dotnet": Preset(
        always=_regex(rf"{_INDENTED}|--- End of "),
        second=_regex(_DOTNET_EXCEPTION),
    ),
    "php": Preset(
        always=_regex(rf"{_INDENTED}|Stack trace:|#\d+ |Next |PHP Stack trace:|PHP +\d+\. "),
        opens=_regex(r"^Stack trace:$"),
        inside=_regex("$"),  # before `Next`, the exception that was thrown while the first was handled
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
