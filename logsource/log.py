"""The agent's own log: one `key=value` line per message on stderr, safe against what log lines contain.

    ts=2026-01-02T03:04:05.678Z level=warning logger=logsource.emit event=retry code=503 wait=1.5

Messages are written as `event=NAME key=%s …` with the standard library's logging and its lazy arguments, or
with `kv`. The formatter quotes every argument, so that a file name cannot forge a key, a line or a terminal
command.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from logsource.clock import Clock

_BARE = re.compile(r"[^\s\"=\\]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LEVELS = {"WARNING": "warning", "CRITICAL": "error"}
MAX_VALUE = 2000
"""Characters of a value that are written; hostile input must not fill the journal."""


def quote(value: object) -> str:
    """Value as it stands behind a `=`: bare if it is simple, else in double quotes with escapes."""
    text = str(value)
    if len(text) > MAX_VALUE:
        text = text[:MAX_VALUE] + "…"
    return text if _BARE.fullmatch(text) and text.isprintable() else f'"{_escape(text)}"'


class Fields(str):
    """Text that is `key=value` already and must not be quoted again."""

    __slots__ = ()


def kv(**fields: object) -> Fields:
    """`a=1 b="two words"` in the order given."""
    return Fields(" ".join(f"{name}={quote(value)}" for name, value in fields.items()))


class _Quoted:
    """An argument of a message, quoted whichever of `%s` and `%r` asks for it."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __str__(self) -> str:
        return quote(self._value)

    __repr__ = __str__


def _escape(text: str) -> str:
    return "".join(_ESCAPES.get(char) or (char if char.isprintable() else _coded(char)) for char in text)


def _coded(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class KeyValueFormatter(logging.Formatter):
    """One line per record, whatever the message holds."""

    def format(self, record: logging.LogRecord) -> str:
        """Render a record; a message that is not `key=value` becomes `msg="…"`."""
        at = datetime.fromtimestamp(record.created, UTC)
        head = kv(
            ts=f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
            level=_LEVELS.get(record.levelname, record.levelname.lower()),
            logger=record.name,
        )
        message = _message(record)
        # Our own messages are key=value already; only what could break the line is escaped in them.
        body = _one_line(message) if message.startswith("event=") else kv(msg=message)
        if record.exc_info and record.exc_info[0] is not None:
            error = record.exc_info[1]
            body += " " + kv(
                error=type(error).__name__, detail=error, trace=self.formatException(record.exc_info)
            )
        return f"{head} {body}"


def _message(record: logging.LogRecord) -> str:
    ours = isinstance(record.msg, str) and record.msg.startswith("event=")
    if not ours or not isinstance(record.args, tuple) or not record.args:
        return record.getMessage()
    # Numbers stay as they are for %d and %.1f. The record itself is not touched: other handlers read it too.
    bare = (int, float, Fields)
    return str(record.msg) % tuple(one if isinstance(one, bare) else _Quoted(one) for one in record.args)


def _one_line(message: str) -> str:
    if len(message) > MAX_VALUE * 4:
        message = message[: MAX_VALUE * 4] + "…"
    return "".join(char if char.isprintable() else _ESCAPES.get(char) or _coded(char) for char in message)


def setup(level: str = "info", stream: TextIO | None = None) -> None:
    """Send everything under `logsource` to stderr (or `stream`) at `level`: debug, info, warning or error.

    May be called again (a reload): the level changes, handlers do not pile up. The root logger is left
    alone, so that a program that uses logsource as a library keeps its own logging.
    """
    logger = logging.getLogger("logsource")
    for handler in [one for one in logger.handlers if isinstance(one.formatter, KeyValueFormatter)]:
        logger.removeHandler(handler)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(KeyValueFormatter())
    logger.addHandler(handler)
    logger.setLevel(level.upper())
    logger.propagate = False


@dataclass(slots=True)
class _Window:
    started: float
    suppressed: int = 0


class Limited:
    """Log messages that may repeat: the first at once, then one summary per window and key.

    The summary is the newest message with `suppressed=N`, the number of messages left out since the last
    one that was written. Thread-safe. `flush` writes what is still owed, e.g. at shutdown.
    """

    def __init__(
        self, log: logging.Logger, *, every: float = 30.0, clock: Clock, max_keys: int = 1000
    ) -> None:
        self._log = log
        self._every = every
        self._clock = clock
        self._max_keys = max_keys
        self._windows: dict[str, _Window] = {}
        self._last: dict[str, tuple[int, str]] = {}
        self._lock = threading.Lock()

    def log(self, level: int, key: str, message: str) -> bool:
        """Write `message` unless one with this key was written in the last `every` seconds; True if written."""
        now = self._clock.monotonic()
        with self._lock:
            window = self._windows.get(key)
            if window is not None and now - window.started < self._every:
                window.suppressed += 1
                self._last[key] = (level, message)
                return False
            suppressed = window.suppressed if window is not None else 0
            self._make_room(now)
            self._windows[key] = _Window(now)
            self._last.pop(key, None)
        self._write(level, message, suppressed)
        return True

    def warning(self, key: str, message: str) -> bool:
        """`log` at level warning."""
        return self.log(logging.WARNING, key, message)

    def error(self, key: str, message: str) -> bool:
        """`log` at level error."""
        return self.log(logging.ERROR, key, message)

    def tick(self) -> None:
        """Write the summaries whose window is over, so that the last messages of a burst are not lost."""
        self._write_owed(self._clock.monotonic() - self._every)

    def flush(self) -> None:
        """Write every summary that is owed, now."""
        self._write_owed(float("inf"))

    def _write_owed(self, before: float) -> None:
        with self._lock:
            owed = [
                (*self._last.pop(key), window.suppressed)
                for key, window in self._windows.items()
                if window.suppressed and window.started <= before
            ]
            now = self._clock.monotonic()
            for window in self._windows.values():
                if window.suppressed and window.started <= before:
                    window.started, window.suppressed = now, 0
        for level, message, suppressed in owed:
            self._write(level, message, suppressed)

    def _write(self, level: int, message: str, suppressed: int) -> None:
        self._log.log(level, "%s", f"{message} suppressed={suppressed}" if suppressed else message)

    def _make_room(self, now: float) -> None:
        """Keys may come from outside; forget windows that are over and owe nothing."""
        if len(self._windows) < self._max_keys:
            return
        for key in [
            k for k, w in self._windows.items() if not w.suppressed and now - w.started >= self._every
        ]:
            del self._windows[key]
        while len(self._windows) >= self._max_keys:
            oldest = next(iter(self._windows))
            del self._windows[oldest]
            self._last.pop(oldest, None)
