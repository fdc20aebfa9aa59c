"""A pack as it was learnt, before its schema is made and its files are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logsource.model import JSONValue


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPattern:
    """One grok pattern."""

    name: str
    grok: str
    constants: Mapping[str, JSONValue]
    lines: int
    """Lines of the sample it matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTime:
    """Which capture or member states the time, and how."""

    field: str
    formats: tuple[str, ...]
    reference_ms: int | None
    """An instant soon after the latest time of the sample; None when the times state no year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Everything that was found out about a log."""

    notation: str
    """`patterns`, or the engine that takes the records apart: `json`, `logfmt`, `csv`."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Of the engine."""
    patterns: tuple[DraftPattern, ...] = ()
    records: tuple[Mapping[str, JSONValue], ...] = ()
    """Data of the sample's records with the types that the schema shall give them, without the time."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Dotted name of a field → capture or member it is taken from, where that is another name."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Field → unit that stood behind it."""
    time: DraftTime | None = None
    nulls: tuple[str, ...] = ()
    rest: str | None = None
    multiline: str | None = None
    """Regular expression of the line that begins a record; None for a record on each line."""
    notes: tuple[str, ...] = ()
    """What a person should look at."""
    odd: tuple[str, ...] = ()
    """Lines that have no form in common with others."""
