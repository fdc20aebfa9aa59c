"""Notations of a time that logs use: how to find one in a line, how to write it as grok, how to read it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from logsource.parse.timestamps import compile_timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.parse.pattern import TimestampReader

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK = r"[0-2][0-9]:[0-5][0-9]:[0-6][0-9]"
_FRACTION = r"(?:[.,][0-9]{1,9})"
_OFFSET = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_DAY_MS = 86_400_000
_CENTURY_MS = 36_525 * _DAY_MS
_ZONE = "(?:UTC|GMT|CES?T|[ECMP][SD]T)"


_DAY_FIRST = tuple(
    f"%d{between}%b{between}%Y{comma} %H:%M:%S{fraction}"
    for between in (" ", "-", "/", ".")
    for comma in ("", ",")
    for fraction in ("", ",%f", ".%f")
)
"""Formats of a day, a month's name and a year."""


@dataclass(frozen=True, slots=True)
class TimeForm:
    """One notation."""

    name: str
    regex: str
    """Without groups that capture; linear on any text."""
    formats: tuple[str, ...]
    """What may read it, likeliest first."""
    grok: str = ""
    """What a person reads in the pattern: a name of the library, or names joined; empty: the regex is written out."""

    def named(self, name: str) -> str:
        """Grok that captures such a time."""
        if self.grok and "%" not in self.grok:
            return f"%{{{self.grok}:{name}}}"
        return f"(?<{name}>{self.body})"

    @property
    def body(self) -> str:
        """Grok without a name."""
        if not self.grok:
            return self.regex
        return self.grok if "%" in self.grok else f"%{{{self.grok}}}"


FORMS: tuple[TimeForm, ...] = (
    TimeForm(
        "iso_zone_apart",
        rf"[0-9]{{4}}-[01][0-9]-[0-3][0-9][T ]{_CLOCK}{_FRACTION}? (?:{_OFFSET}|{_ZONE})(?![A-Za-z0-9])",
        ("iso8601",),
        rf"%{{TIMESTAMP_ISO8601}} (?:%{{ISO8601_TIMEZONE}}|{_ZONE})",
    ),
    TimeForm(
        "iso",
        rf"[0-9]{{4}}-[01][0-9]-[0-3][0-9][T ]{_CLOCK}{_FRACTION}?{_OFFSET}?(?![0-9])",
        ("iso8601",),
        "TIMESTAMP_ISO8601",
    ),
    TimeForm(
        "day_of_year",
        rf"[0-9]{{4}}[-/.:]?[0-3][0-9]{{2}}[T :_-]{_CLOCK}{_FRACTION}?{_OFFSET}?(?![0-9])",
        tuple(
            f"%Y{first}%j{second}%H:%M:%S{fraction}{zone}"
            for first in ("-", "/", ":", ".", "")
            for second in ("T", " ", ":", "-", "_")
            for fraction in ("", ".%f", ",%f")
            for zone in ("", "%z")
        ),
        "%{YEAR}[-/.:]?[0-3][0-9]{2}[T :_-]%{TIME}%{ISO8601_TIMEZONE}?",
    ),
    TimeForm(
        "iso_minutes",
        rf"[0-9]{{4}}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-5][0-9]{_OFFSET}?(?![0-9:])",
        tuple(f"%Y-%m-%d{between}%H:%M{zone}" for between in (" ", "T") for zone in ("", "%z")),
        "%{YEAR}-%{MONTHNUM2}-%{MONTHDAY}[T ]%{HOUR}:%{MINUTE}%{ISO8601_TIMEZONE}?",
    ),
    TimeForm(
        "slashes",
        rf"[0-9]{{4}}/[01][0-9]/[0-3][0-9] {_CLOCK}{_FRACTION}?{_OFFSET}?(?![0-9])",
        ("iso8601",),
        "%{YEAR}/%{MONTHNUM2}/%{MONTHDAY} %{TIME}%{ISO8601_TIMEZONE}?",
    ),
    TimeForm(
        "short_year",
        rf"[0-9]{{2}}/[01][0-9]/[0-3][0-9] {_CLOCK}{_FRACTION}?(?![0-9])",
        tuple(
            f"{day} %H:%M:%S{fraction}"
            for day in ("%y/%m/%d", "%d/%m/%y", "%m/%d/%y")
            for fraction in ("", ".%f", ",%f")
        ),
        "[0-9]{2}/[0-9]{2}/[0-9]{2} %{TIME}",
    ),
    TimeForm(
        "compact",
        rf"(?:19|20)[0-9]{{2}}[01][0-9][0-3][0-9][ _-]?[0-2][0-9]:?[0-5][0-9]:?[0-6][0-9]{_FRACTION}?(?![0-9])",
        tuple(
            f"%Y%m%d{between}{clock}{fraction}"
            for between in ("", "-", "_", " ")
            for clock in ("%H%M%S", "%H:%M:%S")
            for fraction in ("", ".%f", ",%f")
        ),
        "%{YEAR}%{MONTHNUM2}[0-3][0-9][ _-]?%{HOUR}:?%{MINUTE}:?%{SECOND}(?![0-9])",
    ),
    TimeForm("basic", rf"[12][0-9]{{3}}[01][0-9][0-3][0-9]T[0-2][0-9][0-5][0-9][0-6][0-9]{_FRACTION}?{_OFFSET}?(?![0-9])", ("iso8601",)),
    TimeForm(
        "http", rf"[0-3][0-9]/{_MONTH}/[0-9]{{4}}:{_CLOCK} [+-][0-9]{{4}}", ("%d/%b/%Y:%H:%M:%S %z",), "HTTPDATE"
    ),
    TimeForm(
        "ctime",
        rf"{_DAY} {_MONTH} [ 0-3][0-9] {_CLOCK}{_FRACTION}?(?: {_ZONE})? [0-9]{{4}}(?![0-9])",
        (
            "%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S.%f %Y", "%a %b %d %H:%M:%S %Z %Y",
        ),
        rf"%{{DAY}} %{{MONTH}} +%{{MONTHDAY}} %{{TIME}}(?: {_ZONE})? %{{YEAR}}",
    ),
    TimeForm(
        "mail",
        rf"{_DAY}, [0-3]?[0-9] {_MONTH} [0-9]{{4}} {_CLOCK} (?:{_OFFSET}|{_ZONE})(?![A-Za-z0-9])",
        ("%a, %d %b %Y %H:%M:%S %z",),
        rf"%{{DAY}}, %{{MONTHDAY}} %{{MONTH}} %{{YEAR}} %{{TIME}} (?:%{{ISO8601_TIMEZONE}}|{_ZONE})",
    ),
    TimeForm(
        "named_month",
        rf"[0-3]?[0-9][ ./-]{_MONTH}[ ./-][0-9]{{4}},? {_CLOCK}{_FRACTION}?(?![0-9])",
        _DAY_FIRST,
        "%{MONTHDAY}[ ./-]%{MONTH}[ ./-]%{YEAR},? %{TIME}",
    ),
    TimeForm(
        "capital_month",
        rf"[0-3][0-9][ ./-](?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[ ./-][0-9]{{4}},? {_CLOCK}{_FRACTION}?(?![0-9])",
        _DAY_FIRST,
        "%{MONTHDAY}[ ./-][A-Z]{3}[ ./-]%{YEAR},? %{TIME}",
    ),
    TimeForm(
        "month_first",
        rf"{_MONTH} [0-3]?[0-9], [0-9]{{4}},? [0-2]?[0-9]:[0-5][0-9]:[0-6][0-9]{_FRACTION}?(?: [AP]M)?(?![A-Za-z0-9])",
        tuple(
            f"%b %d, %Y{comma} {clock}"
            for comma in ("", ",")
            for clock in ("%I:%M:%S %p", "%I:%M:%S.%f %p", "%H:%M:%S", "%H:%M:%S.%f", "%H:%M:%S,%f")
        ),
        "%{MONTH} %{MONTHDAY}, %{YEAR},? %{TIME}(?: [AP]M)?",
    ),
    TimeForm(
        "dotted_date",
        rf"[0-9]{{4}}\.[01][0-9]\.[0-3][0-9][ T_-]{_CLOCK}{_FRACTION}?{_OFFSET}?(?![0-9])",
        tuple(
            f"%Y.%m.%d{between}%H:%M:%S{fraction}{zone}"
            for between in (" ", "T", "_", "-")
            for fraction in ("", ".%f", ",%f")
            for zone in ("", "%z")
        ),
        r"%{YEAR}\.%{MONTHNUM2}\.%{MONTHDAY}[ T_-]%{TIME}%{ISO8601_TIMEZONE}?",
    ),
    TimeForm(
        "dotted_clock",
        rf"[0-9]{{4}}-[01][0-9]-[0-3][0-9][- T][0-2][0-9]\.[0-5][0-9]\.[0-6][0-9]{_FRACTION}?{_OFFSET}?(?![0-9])",
        tuple(
            f"%Y-%m-%d{between}%H.%M.%S{fraction}{zone}"
            for between in ("-", " ", "T")
            for fraction in ("", ".%f", ",%f")
            for zone in ("", "%z")
        ),
        r"%{YEAR}-%{MONTHNUM2}-%{MONTHDAY}[- T]%{HOUR}\.%{MINUTE}\.%{SECOND}%{ISO8601_TIMEZONE}?",
    ),
    TimeForm(
        "syslog", rf"{_MONTH} [ 0-3]?[0-9] {_CLOCK}(?![.,]?[0-9])", ("syslog",), "SYSLOGTIMESTAMP"
    ),
    TimeForm("syslog_fraction", rf"{_MONTH} [ 0-3]?[0-9] {_CLOCK}{_FRACTION}", ("%b %d %H:%M:%S.%f", "%b %d %H:%M:%S,%f"), "SYSLOGTIMESTAMP"),
    TimeForm(
        "half_day",
        r"[0-3]?[0-9][./-][0-3]?[0-9][./-][0-9]{4},? [01]?[0-9]:[0-5][0-9]:[0-6][0-9]" rf"{_FRACTION}? [AaPp][Mm](?![A-Za-z0-9])",
        tuple(
            f"{day}{comma} %I:%M:%S{fraction} %p"
            for day in ("%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y", "%d.%m.%Y")
            for comma in ("", ",")
            for fraction in ("", ".%f", ",%f")
        ),
        "%{DATE},? %{TIME} [AaPp][Mm]",
    ),
    TimeForm(
        "numeric",
        rf"[0-3][0-9][./-][0-3][0-9][./-][0-9]{{4}},? {_CLOCK}{_FRACTION}?(?![0-9])",
        tuple(
            f"{day}{comma} %H:%M:%S{fraction}"
            for day in ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%m/%d/%Y", "%m-%d-%Y")
            for comma in ("", ",")
            for fraction in ("", ".%f", ",%f")
        ),
        "%{DATE},? %{TIME}",
    ),
)  # fmt: skip
BY_NAME = {form.name: form for form in FORMS}

_EPOCHS = (
    ("epoch_s", re.compile(r"1[0-9]{9}(?:\.[0-9]+)?")),
    ("epoch_ms", re.compile(r"1[0-9]{12}(?:\.[0-9]+)?")),
    ("epoch_us", re.compile(r"1[0-9]{15}")),
    ("epoch_ns", re.compile(r"1[0-9]{18}")),
)
_WHOLE = re.compile("|".join(f"(?:{form.regex})" for form in FORMS))


def epoch_format(values: Sequence[str]) -> str | None:
    """Name of the epoch format that all values have; None when they have none."""
    return next((name for name, form in _EPOCHS if values and all(map(form.fullmatch, values))), None)


def form_of(values: Sequence[str]) -> tuple[str, ...] | None:
    """Formats for a column of texts when each is a time by itself; None when not."""
    if not values:
        return None
    found: dict[str, None] = {}
    for value in values:
        form = next((one for one in FORMS if re.fullmatch(one.regex, value)), None)
        if form is None:
            return None
        found.update(dict.fromkeys(form.formats))
    return tuple(found)


def reading_formats(candidates: Sequence[str], values: Sequence[str], reference_ms: int) -> tuple[str, ...]:
    """The fewest of the candidates, in their order, that read all the values they can read between them."""
    left = list(dict.fromkeys(values))
    chosen = []
    while left:
        best: tuple[int, str] | None = None
        for one in candidates:
            count = sum(_reads(one, value, reference_ms) for value in left)
            if count and (best is None or count > best[0]):
                best = (count, one)
        if best is None:
            break
        chosen.append(best[1])
        left = [value for value in left if not _reads(best[1], value, reference_ms)]
    return tuple(sorted(chosen, key=list(candidates).index))


def likeliest(
    formats: Sequence[str], candidates: Sequence[str], values: Sequence[str], now_ms: int
) -> tuple[str, str | None]:
    """Of one format and those that read every value as well: the one to take, and another that is as likely.

    A log is written in order, so its times lie close together: day and month the wrong way round tear them apart.
    And whoever asks about a log has written it not long ago, and not in the future.
    """
    chosen = formats[0]
    spans = {chosen: _span(chosen, values)}
    for one in candidates:
        if one != chosen and all(_reads(one, value, 0) for value in values):
            spans[one] = _span(one, values)
    shortest = min(last - first for first, last in spans.values())
    near = [one for one, (first, last) in spans.items() if last - first <= max(2 * shortest, _DAY_MS)]
    chosen = min(
        near,
        key=lambda one: (
            abs(now_ms - spans[one][1]) + (_CENTURY_MS if spans[one][1] > now_ms + _DAY_MS else 0)
        ),
    )
    others = [one for one in near if spans[one] != spans[chosen]]
    return chosen, others[0] if others else None


def _span(name: str, values: Sequence[str]) -> tuple[int, int]:
    """The first and the last instant in milliseconds."""
    instants = [ms for value in values if (ms := read_ms([name], value, 0)) is not None]
    return (min(instants), max(instants)) if instants else (0, 0)


def read_ms(formats: Sequence[str], text: str, reference_ms: int) -> int | None:
    """Instant of a text in milliseconds; None when no format reads it."""
    try:
        return _reader(tuple(formats)).read(text, reference_ms)
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _reader(formats: tuple[str, ...]) -> TimestampReader:
    return compile_timestamp(formats)


def _reads(name: str, value: str, reference_ms: int) -> bool:
    return read_ms([name], value, reference_ms) is not None
