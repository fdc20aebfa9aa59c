"""The time of a column of texts: which formats read it, and what is unsure about that."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from logsource.parse.learn.draft import DraftTime
from logsource.parse.learn.timeforms import epoch_format, form_of, likeliest, read_ms, reading_formats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DAY_MS = 86_400_000
_CHECKED = 400
_YEARLESS_REFERENCE_MS = 1_782_864_000_000
"""2026-07-01: what pack.yaml takes when it states none; only to see whether a time without a year can be read."""
_NAMES = ("time", "timestamp", "@timestamp", "ts", "datetime", "date_time", "date", "eventtime", "event_time", "logged_at", "created_at", "t", "asctime")  # fmt: skip


def draft_time(
    field: str, texts: Sequence[str], candidates: Sequence[str] | None = None
) -> tuple[DraftTime, list[str]] | None:
    """Time of a column, and what to look at; None when its texts are no times.

    `candidates` are formats that may read it, where somebody knows better than the forms that are usual in lines.
    """
    given = _evenly(texts)
    epoch = epoch_format(given) if candidates is None else None
    if candidates is None:
        candidates = (epoch,) if epoch is not None else form_of(given)
    if candidates is None:
        return None
    formats = reading_formats(candidates, given, _YEARLESS_REFERENCE_MS)
    if not formats:
        return None
    notes = []
    if epoch is None and len(formats) == 1:
        best, other = likeliest(formats, candidates, given, time.time_ns() // 1_000_000)
        formats = (best,)
        if other is not None:
            notes.append(f"{field}: {given[0]!r} may be {best} or {other}; read as the first")
    instants = [ms for text in texts if (ms := read_ms(formats, text, 0)) is not None]
    reference = (max(instants) // DAY_MS + 1) * DAY_MS if instants else None
    if reference is None:
        notes.append(f"{field}: states no year; it is taken from the age of the file")
    elif epoch is None and not _zoned(given):
        notes.append(f"{field}: states no time zone; read as UTC (timestamp.timezone in pack.yaml)")
    return DraftTime(field=field, formats=formats, reference_ms=reference), notes


def time_column(columns: Mapping[str, Sequence[str]], total: int) -> str | None:
    """Name of the column that states the time of the record: by its name first, then the first that can."""
    able = [
        name
        for name, texts in columns.items()
        if len(texts) > 0.9 * total and (form_of(_evenly(texts)) or epoch_format(_evenly(texts)))
    ]
    named = {name.rsplit(".", 1)[-1].lower(): name for name in reversed(able)}
    return next((named[name] for name in _NAMES if name in named), able[0] if able else None)


def _evenly(texts: Sequence[str]) -> Sequence[str]:
    return texts[:: len(texts) // _CHECKED + 1]


def _zoned(texts: Sequence[str]) -> bool:
    return all(text.endswith(("Z", "UTC", "GMT")) or "+" in text[-6:] or "-" in text[-6:] for text in texts)
