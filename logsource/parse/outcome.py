"""What a parser made of a record, as the JSON that `try --json` prints and golden files hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from logsource.model import JSONValue, Record, Reject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from logsource.model import Line

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def outcome(result: Record | Reject | None) -> dict[str, JSONValue]:
    """`{"ok": true, "schema", "data", "timestamp"}` or `{"ok": false, "reason", "detail"}`.

    `entities` follow where the record has some.
    """
    if isinstance(result, Record):
        made: dict[str, JSONValue] = {
            "ok": True,
            "schema": result.schema,
            "data": dict(result.data),
            "timestamp": iso(result.timestamp_ms),
        }
        if result.entities:
            made["entities"] = list(result.entities)
        return made
    if result is None:
        return {"ok": False, "reason": "dropped", "detail": "the parser leaves this record out on purpose"}
    return {"ok": False, "reason": result.reason, "detail": result.detail}


def iso(instant_ms: int | None) -> str | None:
    """`2026-01-02T03:04:05.678Z`, always UTC, always milliseconds."""
    if instant_ms is None:
        return None
    text = (_EPOCH + timedelta(milliseconds=instant_ms)).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def parse_iso(text: str) -> int:
    """Milliseconds since the epoch of an ISO 8601 text. Raises ValueError."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no zone; write a Z at the end")
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def decoded(raw: Iterable[bytes]) -> Iterator[str]:
    """Texts of the lines of a binary file: LF or CRLF is no part of them, invalid bytes are U+FFFD."""
    for line in raw:
        yield line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "replace")


def shown(line: Line, length: int = 120) -> str:
    """Part of a record that is safe to print: control characters escaped, cut."""
    return printable(line.text[: length + 1], length)


def printable(text: str, length: int = 10_000) -> str:
    """Text without control characters, so that a log line cannot drive the terminal."""
    cut = text if len(text) <= length else text[: length - 1] + "…"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut)
