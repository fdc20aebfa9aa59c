"""What container runtimes wrap around a line: Docker's json-file and the CRI format of containerd and CRI-O.

Both split what a program writes at 16 KiB; the pieces are told by a missing newline (Docker) or by the tag `P`
(CRI). Both mix stdout and stderr in one file, so pieces and stack traces are joined for each stream apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Piece:
    """What one line of the runtime's log holds of one line of the program."""

    text: str
    stream: str = ""
    partial: bool = False
    """The next piece of the same stream belongs to it."""
    time_ms: int | None = None


def plain(text: str) -> Piece:
    """No wrapping."""
    return Piece(text)


def docker(text: str) -> Piece:
    r"""Unwrap `{"log":"…\n","stream":"stdout","time":"…"}`; a line that is none stands for itself."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return Piece(text)
    if not isinstance(value, dict) or not isinstance(log := value.get("log"), str):
        return Piece(text)
    whole = log.endswith("\n")
    return Piece(
        log[:-1].removesuffix("\r") if whole else log,
        str(value.get("stream", "")),
        partial=not whole,
        time_ms=_time_ms(value.get("time")),
    )


def cri(text: str) -> Piece:
    """Unwrap `TIME stdout P|F text`; a line that is none stands for itself."""
    parts = text.split(" ", 3)
    if len(parts) < 3 or parts[1] not in ("stdout", "stderr"):
        return Piece(text)
    tags = parts[2].split(":")
    if tags[0] not in ("P", "F"):
        return Piece(text)
    return Piece(
        parts[3] if len(parts) == 4 else "", parts[1], partial=tags[0] == "P", time_ms=_time_ms(parts[0])
    )


def auto(text: str) -> Piece:
    """Tell by the first character."""
    return docker(text) if text.startswith("{") else cri(text)


UNWRAP: dict[str, Callable[[str], Piece]] = {"none": plain, "docker": docker, "cri": cri, "auto": auto}


def _time_ms(value: object) -> int | None:
    if not isinstance(value, str):
        return None
    try:
        return int(datetime.fromisoformat(value).timestamp() * 1000)
    except ValueError:
        return None
