"""The few exceptions, and what the caller does about each.

    LogsourceError               a message a person can act on; the CLI prints it and exits
    ├── ConfigError              every problem of the configuration at once; exit 1, or keep the old config
    ├── PackError                a parser or pack cannot be built; exit 1
    ├── EventInvalid             a tracked event would be lost behind a 200: mend it; nothing was stored
    └── StoreError               the outbox cannot be used
        ├── StoreFull            the limit is reached: stop reading, try the same commit again later
        ├── StoreUnavailable     disk full or I/O error: as StoreFull, but say so loudly
        ├── StoreLost            its disk is read-only or gone: close everything, open it anew when it can be
        ├── StoreLocked          another agent has it: exit 1
        └── StoreUnreadable      newer, damaged or foreign: exit 1, touch nothing

Odd lines, HTTP answers and vanished files are values, not exceptions.
"""

from __future__ import annotations

_MOST_TOLD = 50
"""Problems in the text of an error; all of them are in its `problems`."""


class LogsourceError(Exception):
    """Base of all; its text is complete and meant for a person."""


class ConfigError(LogsourceError):
    """The configuration has problems; `problems` lists all of them, one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class PackError(LogsourceError):
    """A parser pack or a parser definition is not usable."""


class EventInvalid(LogsourceError):
    """An event given to the tracker has problems; `problems` lists all of them, one line each. Nothing was stored."""

    def __init__(self, problems: list[str]) -> None:
        more = len(problems) - _MOST_TOLD
        super().__init__("\n".join([*problems[:_MOST_TOLD], *([f"… and {more:,} more"] if more > 0 else [])]))
        self.problems = problems


class StoreError(LogsourceError):
    """The outbox cannot be used."""


class StoreFull(StoreError):
    """The outbox is at its limit. Nothing was written; the same commit may succeed later."""


class StoreUnavailable(StoreError):
    """The disk refused (full, read-only, I/O error). Nothing was written; the same commit may succeed later."""


class StoreLost(StoreError):
    """What is open of the state directory will not be writable again; it has to be opened anew."""


class StoreLocked(StoreError):
    """Another process holds the state directory."""


class StoreUnreadable(StoreError):
    """The store is from a newer version, damaged, or not ours. It is left as it is."""


def root_of(error: BaseException) -> BaseException:
    """The first cause: requests and urllib3 wrap the operating system's error several times."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        inner = error.__cause__ or error.__context__ or getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((argument for argument in error.args if isinstance(argument, BaseException)), None)
        if inner is None:
            break
        error = inner
    return error
