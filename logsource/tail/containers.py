"""What container runtimes wrap around a line: Docker's json-file and the CRI format of containerd, CRI-O and Podman.

All cut what a program writes: Docker and containerd at 16 KiB, conmon (CRI-O, Podman) at whatever one read gave it, 8 KiB
at most. The pieces are told by a missing newline (Docker) or by the tag `P` (CRI). All mix stdout and stderr in one
file, so pieces and stack traces are joined for each stream apart.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable

DOCKER_PIECE = 16 * 1024
"""Bytes of each piece of a long line but the last. A shorter text without a newline is the end of what a program wrote:
it crashed, or left out the last newline, and what follows is of the container's next start."""
_BYTES_A_CHARACTER = 4
PIECE_WAIT = 5.0
"""Seconds after which a line of which the last piece is missing is given out as it is."""
PIECE_GAP_MS = int(PIECE_WAIT * 1000)
"""A container that was started again goes on in the same file (Podman), and nothing but the time tells that its
predecessor ended within a line. Docker gives all pieces of a line the time of the first (since 18.06)."""
_CRI_STREAMS = {b"stdout": "stdout", b"stderr": "stderr"}
_SECOND, _ZONE = len("2026-01-02T03:04:05"), len("2026-01-02T03:04:05.678901234")
"""Where the fraction of a time begins and ends, if none of its zeros were left out."""


class Piece(NamedTuple):
    """What one line of the runtime's log holds of one line of the program."""

    data: str | bytes
    """Bytes where the runtime may have cut within a character."""
    stream: str = ""
    partial: bool = False
    """The next piece of the same stream belongs to it."""
    time_ms: int | None = None
    gap_ms: int = PIECE_GAP_MS
    """How much later the next piece of the line may have been written."""


def docker(raw: bytes) -> Piece:
    r"""Unwrap `{"log":"…\n","stream":"stdout","time":"…"}`; a line that is none stands for itself."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return Piece(raw)
    if not isinstance(value, dict) or not isinstance(log := value.get("log"), str):
        return Piece(raw)
    whole = log.endswith("\n")
    stream = value.get("stream", "")
    time_ms = _time_ms(value.get("time"))
    if whole:
        return Piece(log[:-1], str(stream), False, time_ms, 0)
    return Piece(log, str(stream), _is_full(log), time_ms, 0)


def _is_full(log: str) -> bool:
    """Whether a piece is as long as Docker's buffer; bytes that were invalid have become three."""
    size = len(log)
    if size >= DOCKER_PIECE or size * _BYTES_A_CHARACTER < DOCKER_PIECE:
        return size >= DOCKER_PIECE
    return len(log.encode()) >= DOCKER_PIECE


def cri(raw: bytes) -> Piece:
    """Unwrap `TIME stdout P|F text`; a line that is none stands for itself."""
    parts = raw.split(b" ", 3)
    if len(parts) < 3 or (stream := _CRI_STREAMS.get(parts[1])) is None:
        return Piece(raw)
    tag = parts[2] if len(parts[2]) == 1 else parts[2].partition(b":")[0]
    if tag not in (b"F", b"P"):
        return Piece(raw)
    time_ms = _time_ms(parts[0].decode("ascii", "replace"))
    return Piece(parts[3] if len(parts) == 4 else b"", stream, tag == b"P", time_ms)


def auto(raw: bytes) -> Piece:
    """Tell by the first character."""
    return docker(raw) if raw.startswith(b"{") else cri(raw)


UNWRAP: dict[str, Callable[[bytes], Piece]] = {"docker": docker, "cri": cri, "auto": auto}


def _time_ms(value: object) -> int | None:
    if not isinstance(value, str):
        return None
    if len(value) > _ZONE and value[_SECOND] == "." and value[_SECOND + 1 : _ZONE].isdecimal():
        whole = _whole_time_ms(value[:_SECOND] + value[_ZONE:])
        return None if whole is None else whole + int(value[_SECOND + 1 : _SECOND + 4])
    return _whole_time_ms(value)


@lru_cache(maxsize=64)
def _whole_time_ms(value: str) -> int | None:
    """A busy program writes many lines in a second."""
    try:
        return int(datetime.fromisoformat(value).timestamp() * 1000)
    except ValueError:
        return None
