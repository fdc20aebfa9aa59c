"""Which framer a file gets: decided by its source's configuration and its first bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.encoding import codec_of, delimiting
from logsource.tail.framing import BlockFramer, Framer, LineFramer

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.config.model import SourceConfig


def framers_of(config: SourceConfig) -> Callable[[bytes], tuple[Framer, int]]:
    """Return a function of a file's first bytes: its framer, and the length of its byte order mark."""
    known: dict[str, Framer] = {}

    def framer_of(first: bytes) -> tuple[Framer, int]:
        codec, mark = codec_of(config.encoding, first)
        if codec not in known:
            known[codec] = _framer(config, codec)
        return known[codec], mark

    return framer_of


def _framer(config: SourceConfig, codec: str) -> Framer:
    rule = delimiting(codec, "\n")
    if codec == "utf-8":
        return BlockFramer(rule, config.max_line)
    return LineFramer(rule, config.max_line)
