"""Every series once: name, kind, labels and meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PREFIX = "logsource_"


@dataclass(frozen=True, slots=True)
class Series:
    """One series: its name without the prefix."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    meaning: str


SERIES = (
    Series(
        "lines_read_total", "counter", ("source",), "Records read and accounted for, including empty ones."
    ),
    Series("bytes_read_total", "counter", ("source",), "Bytes of files that were read and committed."),
    Series("events_total", "counter", ("source", "schema"), "Records that became events in the outbox."),
    Series(
        "rejected_total", "counter", ("source", "reason"), "Records that became dead letters, not events."
    ),
    Series("dropped_total", "counter", ("source", "reason"), "Records left out on purpose or given up."),
    Series(
        "unparsed_total",
        "counter",
        ("source", "reason"),
        "Records that the parser did not take, whatever became of them (`unmatched` of the source).",
    ),
    Series("rotations_total", "counter", ("source", "kind"), "Rotations and truncations that were noticed."),
    Series(
        "unread_bytes_abandoned_total",
        "counter",
        ("source", "reason"),
        "Bytes that will never be read, such as those cut off by a truncation.",
    ),
    Series(
        "cuts_total",
        "counter",
        ("source", "limit"),
        "Places at which records were cut, by the limit that they were longer than: max_line (the rest is left out, but of a "
        "container's line), max_lines, max_size (the rest follows in other events).",
    ),
    Series(
        "replaced_characters_total",
        "counter",
        ("source",),
        "Characters U+FFFD in records, in place of bytes that are invalid in the encoding of the source.",
    ),
    Series(
        "delivered_files_total",
        "counter",
        ("source", "action"),
        "Files that were read to their end and delivered, by what was done with them: delete, move, failed.",
    ),
    Series(
        "reopened_files_total",
        "counter",
        ("source", "reason"),
        "Files opened anew because nothing more could be read through their descriptor: no_progress, stale_handle.",
    ),
    Series("events_sent_total", "counter", ("output",), "Events that the output confirmed."),
    Series(
        "requests_total",
        "counter",
        ("output", "code"),
        "Requests by HTTP status, or error, timeout, reset when there was no answer.",
    ),
    Series("request_seconds", "histogram", ("output",), "Time from sending a request to its answer."),
    Series("retries_total", "counter", ("output",), "Requests that will be repeated later."),
    Series(
        "dead_letters_total", "counter", ("output", "reason"), "Events that were set aside as dead letters."
    ),
    Series(
        "regex_timeouts_total", "counter", ("parser",), "Records given up because matching took too long."
    ),
    Series(
        "worker_restarts_total",
        "counter",
        ("reason",),
        "Parsing processes that had to be replaced: crash, hang, start, or memory (it held too much).",
    ),
    Series(
        "lag_bytes", "gauge", ("source",), "Bytes of complete records in files that are not yet committed."
    ),
    Series("lag_seconds", "gauge", ("source",), "Time since the source was last caught up; 0 when it is."),
    Series(
        "unfinished_bytes",
        "gauge",
        ("source",),
        "Bytes of last lines that have no end yet; they are read when it comes, and are no lag.",
    ),
    Series(
        "files",
        "gauge",
        ("source", "state"),
        "Files by state: active, idle, rotated, unreadable, waiting; found: new, and not yet opened.",
    ),
    Series("outbox_events", "gauge", (), "Events committed and not yet confirmed."),
    Series("outbox_bytes", "gauge", (), "Stored size of the outbox."),
    Series("outbox_capacity_bytes", "gauge", (), "Limit of the outbox; reading pauses when it is reached."),
    Series(
        "outbox_oldest_age_seconds", "gauge", ("output",), "Age of the oldest unconfirmed batch; 0 if none."
    ),
    Series(
        "output_blocked",
        "gauge",
        ("output",),
        "1 while nothing is delivered although there is something; /readyz says why.",
    ),
    Series("dead_letters", "gauge", (), "Dead letters kept in the store."),
    Series(
        "accounting_imbalance",
        "gauge",
        (),
        "Records read minus events, rejected and dropped; anything but 0 is a bug.",
    ),
    Series("read_paused", "gauge", (), "1 while reading waits for room in the outbox, else 0."),
    Series(
        "config_reload_success", "gauge", (), "1 if the configuration was usable when last loaded, else 0."
    ),
    Series("build_info", "gauge", ("version", "python"), "Always 1; the labels say what is running."),
)
