"""Lines to learn from: as many as are telling, from all over, in bounded memory, the same for the same input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.errors import PackError

if TYPE_CHECKING:
    from typing import BinaryIO

KEPT = 4000
"""Between this many lines and twice as many are kept of a long input."""
LONGEST = 16_384
"""Bytes; a longer line is left out: it says little about the form and costs much time."""
_LEAST_TEXT = 0.7


@dataclass(frozen=True, slots=True)
class Sample:
    """Lines of an input, decoded, without their ends; empty ones are left out."""

    lines: tuple[str, ...]
    seen: int
    """Lines of the input, empty ones too."""
    empty: int
    too_long: int


def read_sample(stream: BinaryIO, *, name: str = "standard input") -> Sample:
    """Read the whole stream. Raises PackError when it holds no text to learn from."""
    kept: list[tuple[int, bytes]] = []
    seen = empty = too_long = useful = 0
    stride = 1
    while raw := stream.readline(LONGEST + 2):
        seen += 1
        if len(raw) > LONGEST and not raw.endswith(b"\n"):
            too_long += 1
            while (more := stream.readline(LONGEST)) and not more.endswith(b"\n"):
                pass
            continue
        line = raw.removesuffix(b"\n").removesuffix(b"\r")
        if not line.strip():
            empty += 1
            continue
        if _drawn(useful, stride):
            kept.append((useful, line))
            if len(kept) >= 2 * KEPT:
                stride *= 2
                kept = [one for one in kept if _drawn(one[0], stride)]
        useful += 1
    lines = tuple(line.decode("utf-8", "replace") for _, line in kept)
    _judge(lines, seen=seen, too_long=too_long, name=name)
    return Sample(lines, seen, empty, too_long)


def _drawn(index: int, stride: int) -> bool:
    """Whether a line is one of about every `stride` lines.

    Scattered, not each n-th line: logs have a rhythm. What is drawn of twice the stride is drawn of the stride.
    """
    scattered = (index * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF) >> 32
    return scattered % stride == 0


def _judge(lines: tuple[str, ...], *, seen: int, too_long: int, name: str) -> None:
    if not seen:
        raise PackError(f"{name} is empty (pipe lines of the log into it: `packs new NAME < sample.log`)")
    if not lines and too_long:
        raise PackError(
            f"{name}: every line is longer than {LONGEST} bytes (is it a text log, with a newline after each record?)"
        )
    if not lines:
        raise PackError(f"{name}: all {seen} lines are empty (is it the right file?)")
    text = "".join(line[:400] for line in lines[:400])
    readable = sum(char.isprintable() or char == "\t" for char in text) - text.count("�")
    if "\0" in text or readable < _LEAST_TEXT * len(text):
        raise PackError(f"{name} is not text (a compressed or binary file? a log in UTF-16?)")
