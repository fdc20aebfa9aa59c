"""How each language writes its errors, as data; see `Preset` for what the patterns mean.

Tried on what crashing programs write: `tests/behaviour/traces` has the traces and says how they were made.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logsource.tail.joining import Indented
from logsource.tail.traces import Preset, Traces, preset_starts

if TYPE_CHECKING:
    from logsource.tail.joining import Joiner

_INDENTED = r"[ \t]+\S"


def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


_JAVA_CLASS = r"(?:\w+[.$])+\w*(?:Exception|Error|Throwable)\b"
_JAVA_CAUSE = r"\s*(?:Caused by|Suppressed|Wrapped by): "
_JAVA_LOGGER = r"[A-Z][a-z]{2} \d{1,2}, \d{4},? \d{1,2}:\d\d:\d\d\W[AP]M \S"
"""java.util.logging writes a line with the time and the place, and the level and the message below it."""
_JAVA = Preset(
    always=_regex(rf"{_INDENTED}|{_JAVA_CAUSE}"),
    proof=_regex(rf"\s+at \S.*\(.*\)|\s+\.\.\. \d+ (?:more|common)|{_JAVA_CAUSE}"),
    errs=_regex(rf"{_JAVA_CAUSE}|{_JAVA_CLASS}"),
    mentions=_regex(r"\b\w+[.$]\w*(?:Exception|Error|Throwable)\b"),
    names=_regex(r"(?:[A-Za-z_]\w*[.$])+[A-Za-z_]\w*: "),
    below=_regex(_JAVA_CLASS),
    headline=_regex(_JAVA_LOGGER),
    starts=preset_starts('Exception in thread "'),
)

_TRACEBACK = r"Traceback \(most recent call last\):"
_PYTHON_LINK = (
    r"During handling of the above exception, another exception occurred:"
    r"|The above exception was the direct cause of the following exception:"
)
_PYTHON = Preset(
    always=_regex(rf"{_INDENTED}|{_PYTHON_LINK}"),
    proof=_regex(
        rf'\s+File "|\s+[|+](?: |-|$)|{_PYTHON_LINK}'
        r"|(?:Current thread|Thread) 0x[0-9a-f]+ .*\(most recent call first\):"
    ),
    errs=_regex(rf"{_TRACEBACK}|\s+\+ Exception Group {_TRACEBACK}|Fatal Python error: "),
    mentions=_regex(rf"{_TRACEBACK}$"),
    below=_regex(rf"{_TRACEBACK}|\s+\+ Exception Group {_TRACEBACK}"),
    below_calm=False,
    closing=_regex(r"(?:\s+\| )?[A-Za-z_][\w.<>]*(?:: |:?$)"),
    link=_regex(_PYTHON_LINK),
    inside=_regex(r"Extension modules: "),
    starts=preset_starts(),
    frames_first=True,
    ends_with_message=True,
)

_GOROUTINE = r"goroutine \d+ .*\[.*\]:$"
_GO = Preset(
    always=_regex(r"\t"),
    proof=_regex(rf"{_GOROUTINE}|\[signal |\t(?:panic: |\S.*:\d+)|created by |exit status \d"),
    # Behind a message of several lines only what follows it tells that this is a trace.
    errs=_regex(r"(?:panic|fatal error): |\[signal |SIG[A-Z]+: |\tpanic: |runtime: "),
    mentions=_regex(r"\b(?:panic|fatal error): |\bpanic serving "),
    below=_regex(_GOROUTINE),
    inside=_regex(
        r"goroutine \d+ |\[signal |created by |exit status \d|runtime\."
        r"|[\w./*()·\[\]{}-]+\(.*\)$|[\w.-]+(?:/[\w.-]+)+"
    ),
    starts=preset_starts(),
)

_RUBY_PLACE = r"\S+\.rb:\d+:in "
_RUBY_RAISED = rf"{_RUBY_PLACE}[`'][^']*': "
_RUBY_THREAD = r"#<Thread:.* terminated with exception"
_RUBY = Preset(
    always=_regex(rf"{_INDENTED}|{_RUBY_PLACE}[`'][^']*'$"),
    proof=_regex(rf"\s+(?:from |\d+: from )|{_RUBY_PLACE}[`'][^']*'$"),
    errs=_regex(rf"{_RUBY_RAISED}|{_RUBY_THREAD}"),
    below=_regex(_RUBY_RAISED),
    below_any=False,
    below_calm=False,
    closing=_regex(_RUBY_RAISED),  # the cause
    headline=_regex(_RUBY_THREAD),
    starts=preset_starts(_RUBY_THREAD),
    ends_with_message=True,
)

_NODE_PLACE = r"(?:\S+\.[cm]?[jt]sx?|node:\S+):\d+(?::\d+)?$"
_NODE_ERROR = r"(?:Uncaught )?\[?(?:[\w$]+\.)*[\w$]*Error\b(?: \[\w+\])?(?::|$|\])"
_NODE = Preset(
    always=_regex(r"[ \t]|[}\]]"),  # empty lines of an inner message are indented, too
    proof=_regex(r"\s+at \S|Node\.js v\d|\(Use `node "),
    errs=_regex(rf"{_NODE_PLACE}|{_NODE_ERROR}"),
    mentions=_regex(r"Error\b(?: \[\w+\])?(?::|$|\])"),
    names=_regex(r"(?:Uncaught )?[A-Z][\w$]*(?: \[\w+\])?: "),
    below=_regex(_NODE_ERROR),
    below_any=False,
    below_calm=False,
    inside=_regex(r"Node\.js v\d"),
    headline=_regex(_NODE_PLACE),
    starts=preset_starts(_NODE_PLACE),
)

_DOTNET_CLASS = r"(?:[A-Z]\w*\.)+\w*Exception\b"
_DOTNET_CRASH = r"Unhandled [Ee]xception[.:]"
_DOTNET = Preset(
    always=_regex(rf"{_INDENTED}|--- End of "),
    proof=_regex(r"\s+at \S.*\(.*\)|\s*---> |\s*--- End of "),
    errs=_regex(rf"{_DOTNET_CRASH}|\s*---> |{_DOTNET_CLASS}"),
    mentions=_regex(r"\.\w*Exception\b"),
    below=_regex(_DOTNET_CLASS),
    starts=preset_starts(_DOTNET_CRASH),
)

_PHP_LEVEL = r"(?:(?:Fatal|Parse|Recoverable fatal) error|Warning|Notice|Deprecated): +"
_PHP_DIAGNOSTIC = rf"(?:PHP )?{_PHP_LEVEL}"
_MONOLOG = r"\[stacktrace\]\s*$|\[previous exception\] "
"""Monolog (Laravel, Symfony) writes a trace into a string of the record's context, which ends behind it."""
_MONOLOG_END = r'"\} ?(?:\[\]|\{.*\})?\s*$'
_PHP = Preset(
    always=_regex(
        rf"{_INDENTED}|Stack trace:|#\d+ |Next |PHP Stack trace:|PHP +\d+\. |{_MONOLOG}|{_MONOLOG_END}"
    ),
    proof=_regex(rf"Stack trace:$|#\d+ |PHP Stack trace:|.* in \S+(?: on line |:)\d+$|{_MONOLOG}"),
    errs=_regex(rf"{_PHP_DIAGNOSTIC}|Next |\[previous exception\] "),
    mentions=_regex(rf"\bPHP {_PHP_LEVEL}|\bUncaught |\w(?:Exception|Error)\b: "),
    names=_regex(r"(?:[^:]{0,80}: )?[A-Z]\w*(?:\\\w+)*: "),
    inside=_regex(r"Next "),
    starts=preset_starts(_PHP_DIAGNOSTIC),
)

_RUST_PANIC = r"thread '.*'(?: \(\d+\))? panicked at "
_RUST = Preset(
    always=_regex(rf"{_INDENTED}|note: |stack backtrace:"),
    proof=_regex(r"note: |stack backtrace:|(?:Caused by|Stack backtrace|Location|Backtrace):$"),
    errs=_regex(rf"{_RUST_PANIC}|Error: "),
    inside=_regex(r"(?:Caused by|Stack backtrace|Location|Backtrace):$"),
    headline=_regex(rf"{_RUST_PANIC}.*:\d+:\d+:$"),
    starts=preset_starts(rf"{_RUST_PANIC}|Error: "),
    ends_with_message=True,
)

_DART_CRASH = r"Unhandled exception:$"
_DART = Preset(
    always=_regex(rf"{_INDENTED}|#\d+ |<asynchronous suspension>"),
    proof=_regex(r"#\d+ |<asynchronous suspension>"),
    errs=_regex(_DART_CRASH),
    mentions=_regex(r"\bUnhandled Exception: "),
    names=_regex(r"[A-Z]\w*(?:Exception|Error)?: |Bad state: |Invalid argument|type '"),
    headline=_regex(_DART_CRASH),
    starts=preset_starts(_DART_CRASH),
)

PRESETS: dict[str, Joiner] = {
    "indent": Indented(),
    "java": Traces(_JAVA),
    "python": Traces(_PYTHON),
    "go": Traces(_GO),
    "ruby": Traces(_RUBY),
    "node": Traces(_NODE),
    "dotnet": Traces(_DOTNET),
    "php": Traces(_PHP),
    "rust": Traces(_RUST),
    "dart": Traces(_DART),
}
