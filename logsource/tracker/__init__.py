"""Track events from Python code, through the same outbox and to the same collector as log lines."""

from logsource.errors import (
    ConfigError,
    EventInvalid,
    LogsourceError,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreUnavailable,
    StoreUnreadable,
)
from logsource.tracker.collector import Collector
from logsource.tracker.told import Failure
from logsource.tracker.tracker import Status, Tracker
from logsource.tracker.values import (
    Event,
    PagePing,
    PageView,
    ScreenView,
    SelfDescribing,
    Structured,
    Subject,
)

__all__ = [
    "Collector",
    "ConfigError",
    "Event",
    "EventInvalid",
    "Failure",
    "LogsourceError",
    "PagePing",
    "PageView",
    "ScreenView",
    "SelfDescribing",
    "Status",
    "StoreError",
    "StoreFull",
    "StoreLocked",
    "StoreUnavailable",
    "StoreUnreadable",
    "Structured",
    "Subject",
    "Tracker",
]
