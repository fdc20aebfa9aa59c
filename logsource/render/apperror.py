"""Snowplow's application_error out of a record with a stack trace (`event: application_error`).

Schema: iglu:com.snowplowanalytics.snowplow/application_error/jsonschema/1-0-2, published in Iglu Central. What it
cannot hold stays in the record, which travels as an entity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.render.filters.values import Path, look_up, path_of
from logsource.render.traces import Trace, count_frames, read_trace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logsource.config.events import ApplicationErrorConfig
    from logsource.model import JSONValue
    from logsource.parse.pattern import PatternSpec

APPLICATION_ERROR = "iglu:com.snowplowanalytics.snowplow/application_error/jsonschema/1-0-2"
MAX_MESSAGE = 2048
MAX_TRACE = 8192
MAX_NAME = 1024
MAX_INT = 2_147_483_647
_TRACES = ("stack_trace", "traceback", "backtrace", "stacktrace", "stack")
"""What packs and common JSON layouts call a trace."""
_MESSAGES = ("message", "msg", "short_message")
_THREADS = ("thread", "thread_name")
_LEVELS = ("level", "severity")
_FATAL = frozenset(
    {"fatal", "critical", "crit", "emerg", "emergency", "alert", "panic", "fatal error", "dpanic"}
)


@dataclass(frozen=True, slots=True)
class ErrorMaker:
    """Fields in which errors are looked for; of each kind the first that a record has."""

    traces: Sequence[Path]
    messages: Sequence[Path]
    threads: Sequence[Path]
    levels: Sequence[Path]
    language: str | None = None
    """Traces of other languages are none; None: any that is known."""

    @staticmethod
    def of(config: ApplicationErrorConfig) -> ErrorMaker:
        """Named fields take the place of the usual ones."""
        return ErrorMaker(
            _paths(config.trace_field, _TRACES),
            _paths(config.message_field, _MESSAGES),
            _paths(config.thread_field, _THREADS),
            _paths(config.level_field, _LEVELS),
            config.language,
        )

    @property
    def looked_at(self) -> tuple[str, ...]:
        """Fields in which a trace is looked for, the message last."""
        return tuple(".".join(path) for path in (*self.traces, *self.messages))

    def concerns(self, pattern: PatternSpec) -> bool:
        """Whether a line (without a newline in it) that a pattern takes could be an error."""
        return any(
            field.name in self.traces
            or (*pattern.under, *field.name) in self.traces
            or getattr(field, "decode", None) is not None  # a decoded message may hold newlines
            for field in pattern.fields
        )

    def data(self, record: Mapping[str, JSONValue]) -> dict[str, JSONValue] | None:
        """Data of the error in a record, None when it holds no trace.

        A record without a field for the trace may have it in its message, below the first line.
        """
        message = _text(record, self.messages) or ""
        stack = _text(record, self.traces)
        trace = None if stack is None else read_trace(stack, message, self.language)
        if stack is None and "\n" in message:
            message, stack = _parted(message)
            trace = read_trace(f"{message}\n{stack}", message, self.language)
        if trace is None or stack is None:
            return None
        return self._data(record, trace, message, stack)

    def _data(
        self, record: Mapping[str, JSONValue], trace: Trace, message: str, stack: str
    ) -> dict[str, JSONValue]:
        level = _text(record, self.levels)
        thread = _text(record, self.threads)
        line = trace.line if trace.line is not None else record.get("line")
        file = trace.file if trace.file is not None else record.get("file")
        found: dict[str, JSONValue] = {
            "programmingLanguage": trace.language,
            "message": (message or trace.message or trace.exception or "(none)")[:MAX_MESSAGE],
            "threadName": None if thread is None else thread[:MAX_NAME],
            "stackTrace": stack[:MAX_TRACE],
            "causeStackTrace": None if trace.cause is None else trace.cause[:MAX_TRACE],
            "lineNumber": _int(line),
            "className": None if trace.class_name is None else trace.class_name[:MAX_NAME],
            "exceptionName": None if trace.exception is None else trace.exception[:MAX_NAME],
            "isFatal": None if level is None else level.lower() in _FATAL,
            "lineColumn": _int(trace.column),
            "fileName": file[:MAX_NAME] if isinstance(file, str) else None,
        }
        return {name: value for name, value in found.items() if value is not None}


def told(data: Mapping[str, JSONValue]) -> str:
    """What the data of an error tell, in one line for people: language, frames, error, place, cause."""
    stack, cause = str(data.get("stackTrace", "")), data.get("causeStackTrace")
    language = data["programmingLanguage"]
    frames = count_frames(stack, language)
    parts = [f"{language}, {frames} frame{'' if frames == 1 else 's'}"]
    if "exceptionName" in data:
        parts.append(f"error {data['exceptionName']}")
    if "className" in data:
        parts.append(f"class {data['className']}")
    if "fileName" in data:
        line = f":{data['lineNumber']}" if "lineNumber" in data else ""
        parts.append(f"at {data['fileName']}{line}")
    parts.append(f"message {str(data['message'])!r}")
    if cause is not None:
        parts.append(f"cause {str(cause).splitlines()[0]!r}")
    return ", ".join(parts)


def _paths(named: str | None, usual: Sequence[str]) -> tuple[Path, ...]:
    return (path_of(named),) if named is not None else tuple((name,) for name in usual)


def _text(record: Mapping[str, JSONValue], paths: Sequence[Path]) -> str | None:
    """The first of the fields that holds text; those of a record without a schema stand under `fields`."""
    for path in paths:
        for place in (path, ("fields", *path)):
            value = look_up(record, place)
            if isinstance(value, str) and value:
                return value
    return None


def _parted(message: str) -> tuple[str, str]:
    head, _, rest = message.partition("\n")
    return head, rest


def _int(value: JSONValue) -> int | None:
    return value if type(value) is int and 0 <= value <= MAX_INT else None
