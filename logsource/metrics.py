"""The numbers of the agent, as Prometheus scrapes them; which there are says `series`.

Counters count since the start of the process, as Prometheus expects of counters (a restart is a reset that
`rate()` understands); running totals since the store was made are in `/status`. They are moved once per
chunk and once per request, never per line. Gauges are asked for when somebody scrapes. Labels never carry paths
or raw values: what does not look like a short name is counted under `other`.
"""

from __future__ import annotations

import logging
import platform
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from logsource import __version__
from logsource.series import PREFIX, SERIES, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from prometheus_client.metrics_core import Metric

    from logsource.model import Tally

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds; around the answers of a collector nearby, and up to a generous timeout."""
MAX_CHILDREN = 2000
"""Label combinations of one series; further ones are counted under `other`."""
_LABEL = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SCHEMA = re.compile(r"(?:iglu:)?([A-Za-z0-9_.-]{1,128}/[A-Za-z0-9_-]{1,128})(?:/jsonschema)?(/[0-9-]{1,32})")
"""An Iglu URI, or its short form `vendor/name/1-0-0`, which is what the label shows."""

_log = logging.getLogger("logsource.metrics")


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """The gauges' values at the moment of a scrape."""

    outbox_events: int = 0
    outbox_bytes: int = 0
    outbox_capacity_bytes: int = 0
    dead_letters: int = 0
    accounting_imbalance: int = 0
    read_paused: bool = False
    outbox_oldest_age_seconds: Mapping[str, float] = field(default_factory=dict)
    """By output."""
    output_blocked: Mapping[str, bool] = field(default_factory=dict)
    """By output."""
    lag_bytes: Mapping[str, int] = field(default_factory=dict)
    """By source."""
    lag_seconds: Mapping[str, float] = field(default_factory=dict)
    """By source."""
    unfinished_bytes: Mapping[str, int] = field(default_factory=dict)
    """By source."""
    files: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """By (source, state)."""


class Metrics:
    """The agent's series in a registry of their own. Thread-safe."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.levels: Callable[[], Levels] | None = None
        """Asked at each scrape, in the thread that serves it. Must not block."""
        self._counters: dict[str, Counter] = {}
        self._children: dict[tuple[str, ...], Counter] = {}
        self._sizes: dict[str, int] = {}
        for series in SERIES:
            if series.kind == "counter":
                self._counters[series.name] = Counter(
                    PREFIX + series.name, series.meaning, series.labels, registry=self.registry
                )
        self._seconds = Histogram(
            PREFIX + "request_seconds",
            _meaning("request_seconds"),
            ["output"],
            buckets=REQUEST_BUCKETS,
            registry=self.registry,
        )
        build = Gauge(
            PREFIX + "build_info", _meaning("build_info"), ["version", "python"], registry=self.registry
        )
        build.labels(__version__, platform.python_version()).set(1)
        self._reload = Gauge(
            PREFIX + "config_reload_success", _meaning("config_reload_success"), registry=self.registry
        )
        self._reload.set(1)  # an agent that runs has loaded its configuration once
        self.registry.register(_LevelsCollector(self))
        ProcessCollector(registry=self.registry)

    def declare_source(self, source: str) -> None:
        """Show the source's plain counters as 0 from the start, so that `rate()` sees the first line."""
        for name in ("lines_read_total", "bytes_read_total"):
            self._child(name, source)

    def declare_output(self, output: str) -> None:
        """Show the output's plain counters as 0 from the start."""
        for name in ("events_sent_total", "retries_total"):
            self._child(name, output)
        self._seconds.labels(_label(output))

    def record_tally(self, source: str, tally: Tally) -> None:
        """Count a committed chunk."""
        self._child("lines_read_total", source).inc(tally.read)
        self._child("bytes_read_total", source).inc(tally.bytes)
        for name, counts in (
            ("events_total", tally.events),
            ("rejected_total", tally.rejected),
            ("dropped_total", tally.dropped),
            ("unparsed_total", tally.unparsed),
        ):
            for label, count in counts.items():
                self._child(name, source, label).inc(count)

    def record_request(self, output: str, code: str, seconds: float, events_sent: int) -> None:
        """Count one request; `events_sent` is 0 unless the answer confirmed them."""
        self._child("requests_total", output, code).inc()
        self._seconds.labels(_label(output)).observe(seconds)
        if events_sent:
            self._child("events_sent_total", output).inc(events_sent)

    def record_sent(self, output: str, events: int) -> None:
        """Count events that the output confirmed, when that is known apart from the request."""
        self._child("events_sent_total", output).inc(events)

    def record_retry(self, output: str) -> None:
        """Count a request that will be repeated."""
        self._child("retries_total", output).inc()

    def record_dead(self, output: str, reason: str, count: int = 1) -> None:
        """Count events that were set aside."""
        self._child("dead_letters_total", output, reason).inc(count)

    def record_rotation(self, source: str, kind: str) -> None:
        """Count a rotation: rename, copytruncate, truncate, replace, delete, compress; or late, see `TailEvent`."""
        self._child("rotations_total", source, kind).inc()

    def record_abandoned(self, source: str, reason: str, size: int) -> None:
        """Count bytes that will never be read."""
        self._child("unread_bytes_abandoned_total", source, reason).inc(size)

    def record_cut(self, source: str, limit: str, count: int) -> None:
        """Count places at which a record was cut: max_line, max_lines, max_size."""
        self._child("cuts_total", source, limit).inc(count)

    def record_delivered_file(self, source: str, action: str) -> None:
        """Count a finished file that was deleted or moved, or could not be: delete, move, failed."""
        self._child("delivered_files_total", source, action).inc()

    def record_reopened(self, source: str, reason: str) -> None:
        """Count a file that was opened anew: no_progress, stale_handle."""
        self._child("reopened_files_total", source, reason).inc()

    def record_replaced(self, source: str, count: int) -> None:
        """Count characters that stand for invalid bytes."""
        self._child("replaced_characters_total", source).inc(count)

    def record_regex_timeout(self, parser: str, count: int = 1) -> None:
        """Count records whose matching took too long."""
        self._child("regex_timeouts_total", parser).inc(count)

    def record_worker_restart(self, reason: str) -> None:
        """Count a process that parses and had to be replaced: crash, hang, start, memory."""
        self._child("worker_restarts_total", reason).inc()

    def record_reload(self, *, success: bool) -> None:
        """Say whether the configuration was usable when it was last loaded."""
        self._reload.set(1 if success else 0)

    def render(self) -> bytes:
        """Text format of Prometheus, version 0.0.4."""
        return generate_latest(_WithoutCreated(self.registry))

    def _child(self, name: str, *labels: str) -> Counter:
        """Counter of these labels; looked up in a dict, because `labels()` locks and builds a tuple each time."""
        key = (name, *labels)
        child = self._children.get(key)
        if child is None:
            safe = [
                _schema(label) if name == "events_total" and at else _label(label)
                for at, label in enumerate(labels)
            ]
            size = self._sizes[name] = self._sizes.get(name, 0) + 1
            if size > MAX_CHILDREN:
                safe = ["other"] * len(safe)
            child = self._counters[name].labels(*safe)
            if size <= MAX_CHILDREN:  # keys that only lead to `other` would fill the memory one day
                self._children[key] = child
        return child


class _LevelsCollector(Collector):
    """Turns `Levels` into gauges at each scrape."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def describe(self) -> Iterable[Metric]:
        return []  # asked at registration, when there are no levels yet

    def collect(self) -> Iterator[Metric]:
        ask = self._metrics.levels
        if ask is None:
            return
        try:
            levels = ask()
        except Exception:  # noqa: BLE001  a scrape must show the counters even if the store is gone; /readyz says why
            _log.exception("event=levels_unavailable")
            return
        for series in SERIES:
            if series.kind == "gauge" and hasattr(levels, series.name):
                yield _gauge(series, getattr(levels, series.name))


def _gauge(series: Series, value: float | Mapping[str | tuple[str, ...], float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(PREFIX + series.name, series.meaning, labels=series.labels)
    if isinstance(value, int | float):
        family.add_metric((), float(value))
        return family
    for key, number in value.items():
        family.add_metric(
            [_label(label) for label in ((key,) if isinstance(key, str) else key)], float(number)
        )
    return family


class _WithoutCreated(CollectorRegistry):
    """A view of a registry without `_created` samples: they double the series and nobody asked for them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__()
        self._inner = registry

    def collect(self) -> Iterator[Metric]:
        for family in self._inner.collect():
            family.samples = [sample for sample in family.samples if not sample.name.endswith("_created")]
            yield family


def _meaning(name: str) -> str:
    return next(series.meaning for series in SERIES if series.name == name)


def _label(text: str) -> str:
    return text if _LABEL.fullmatch(text) else "other"


def _schema(text: str) -> str:
    match = _SCHEMA.fullmatch(text)
    return match[1] + match[2] if match else "other"
