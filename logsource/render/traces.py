"""Reads stack traces: which language wrote one, and what it says about the error.

Each language is a few regular expressions, anchored at lines so that they stay linear: what proves that a text is such a trace, the
frame in which it happened, and the name of the error. The forms are those that the runtimes print.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Language = Literal["JAVA", "PYTHON", "PHP", "JAVASCRIPT", "RUBY", "GOLANG", "CSHARP", "RUST"]

MAX_READ = 262_144
"""Characters of a trace that are looked at; a record is no longer by default."""
MAX_LINE = 4096
"""Characters in which an error that is not named on a line of its own is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What a stack trace tells."""

    language: Language
    exception: str | None = None
    message: str | None = None
    """What the runtime printed beside the name of the error."""
    class_name: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    cause: str | None = None
    """The trace of the error behind this one."""


@dataclass(frozen=True, slots=True)
class _Form:
    language: Language
    frame: re.Pattern[str]
    error: re.Pattern[str]
    """Groups `name` and `text`."""
    last: bool = False
    """The frame in which it happened is the last one, and the error stands behind it."""
    anywhere: bool = False
    """The error is named in the line of a frame, not above the first."""
    cause: re.Pattern[str] | None = None
    """Where the trace of the cause begins; or, with `last`, where it ends."""


_JAVA_FILE = r"[\w$-]+\.\w+|Native Method|Unknown Source|<generated>"
_FORMS = (
    _Form(
        "PYTHON",
        re.compile(r'(?m)^ *File "(?P<file>[^"\n]+)", line (?P<line>[0-9]{1,9})(?:, in [^\n]*)?$'),
        re.compile(r"(?m)^(?P<name>[A-Za-z_][\w.]*)(?:: (?P<text>[^\n]*))?$"),
        last=True,
        cause=re.compile(
            r"(?m)^(?:The above exception was the direct cause of the following exception"
            r"|During handling of the above exception, another exception occurred):$"
        ),
    ),
    _Form(
        "JAVA",
        re.compile(
            r"(?m)^[ \t]*at (?P<class>[\w$./@-]+)\.[\w$<>]+"
            rf"\((?P<file>{_JAVA_FILE})(?::(?P<line>[0-9]{{1,9}}))?\)"
        ),
        re.compile(
            r'(?m)^[ \t]*(?:Exception in thread "[^"\n]*" )?'
            r"(?P<name>(?:[A-Za-z_$][\w$]*\.)+[A-Za-z_$][\w$]*|[A-Z][\w$]*(?:Exception|Error))"
            r"(?:[:;] ?(?P<text>[^\n]*))?$"
        ),
        cause=re.compile(r"(?m)^[ \t]*Caused by: "),
    ),
    _Form(
        "JAVASCRIPT",
        re.compile(
            r"(?m)^ +at (?:[^(\n]*\()?(?P<file>[^()\n]*?):(?P<line>[0-9]{1,9}):(?P<column>[0-9]{1,9})\)?(?: \{)?$"
        ),
        re.compile(r"(?m)^(?:Uncaught )?(?P<name>[A-Z]\w*)(?: \[\w+\])?: (?P<text>[^\n]*)$"),
        cause=re.compile(r"(?m)^ +\[cause\]: "),
    ),
    _Form(
        "CSHARP",
        re.compile(
            r"(?m)^ +at (?P<class>[\w.`<>+]+)\.[^.\n(]+\([^)\n]*\)"
            r"(?: in (?P<file>[^\n]*):line (?P<line>[0-9]{1,9}))?$"
        ),
        re.compile(
            r"(?m)^(?:Unhandled exception\. )?(?P<name>(?:\w+\.)+\w*Exception)"
            r"(?: \([^)\n]*\))?(?:: (?P<text>[^\n]*))?$"
        ),
        cause=re.compile(r"(?m)^ ---> "),
    ),
    _Form(
        "PHP",
        re.compile(r"(?m)^#[0-9]+ (?:\{main\}|(?P<file>[^(\n]+)\((?P<line>[0-9]{1,9})\): )"),
        re.compile(r"(?m)(?:^|Uncaught )(?P<name>[A-Za-z_\\]*(?:Exception|Error)): (?P<text>[^\n]*)"),
    ),
    _Form(
        "RUBY",
        re.compile(r"(?m)^[ \t]*(?:from )?(?P<file>[^\s:][^:\n]*):(?P<line>[0-9]{1,9}):in [`'][^'\n]*'"),
        re.compile(r"(?:: (?P<text>[^\n(]*) )?\((?P<name>[A-Z]\w*(?:::[A-Z]\w*)*)\)"),
        anywhere=True,
    ),
    _Form(
        "GOLANG",
        re.compile(r"(?m)^\t(?P<file>[^\n]+\.go):(?P<line>[0-9]{1,9})(?: \+0x[0-9a-f]+)?$"),
        re.compile(r"(?m)^(?P<name>panic|fatal error): (?P<text>[^\n]*)$"),
    ),
    _Form(
        "RUST",
        re.compile(
            r"(?m)^thread '[^'\n]*' (?:\([0-9]+\) )?panicked at "
            r"(?P<file>[^\n:]+):(?P<line>[0-9]{1,9}):(?P<column>[0-9]{1,9}):?$"
        ),
        re.compile(r"(?m)^thread '[^'\n]*' [^\n]*(?P<name>)\n(?P<text>[^\n]*)$"),
        anywhere=True,
    ),
)


def read_trace(text: str, message: str = "", language: str | None = None) -> Trace | None:
    """What a trace says, or None when the text is none (of the language, if one is given).

    `message` is the line above the trace: some runtimes name the error there.
    """
    text = text[:MAX_READ]
    for form in _FORMS:
        if language in (None, form.language) and form.frame.search(text):
            return _read(form, text, message)
    return None


def count_frames(text: str, language: Language) -> int:
    """How many frames a trace of a language has, those of its causes too."""
    form = next(one for one in _FORMS if one.language == language)
    return sum(1 for _ in form.frame.finditer(text[:MAX_READ]))


def _read(form: _Form, text: str, message: str) -> Trace:
    own, behind = _without_cause(form, text)
    frames = list(form.frame.finditer(own)) or list(form.frame.finditer(text))
    frame = frames[-1 if form.last else 0]
    if form.last:
        error = form.error.search(own, min(frame.end(), len(own)))
    else:
        above = own[:MAX_LINE] if form.anywhere else own[: frame.start()]
        error = form.error.search(above) or form.error.search(message[:MAX_LINE])
    found = frame.groupdict()
    return Trace(
        language=form.language,
        exception=None if error is None else error["name"] or None,
        message=None if error is None else error["text"] or None,
        class_name=found.get("class"),
        file=found.get("file"),
        line=_number(found.get("line")),
        column=_number(found.get("column")),
        cause=behind,
    )


def _without_cause(form: _Form, text: str) -> tuple[str, str | None]:
    """A trace without that of its cause, and that one."""
    cuts = [] if form.cause is None else list(form.cause.finditer(text))
    if not cuts:
        return text, None
    if form.last:
        return text[cuts[-1].end() :], text[: cuts[-1].start()].rstrip()
    return text[: cuts[0].start()], text[cuts[0].start() :]


def _number(text: str | None) -> int | None:
    return int(text) if text else None
