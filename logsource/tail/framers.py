"""Which framer a file gets: decided by its source's configuration and its first bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.containers import PIECE_WAIT, UNWRAP
from logsource.tail.encoding import codec_of, delimiting
from logsource.tail.framing import BlockFramer, Framer, LineFramer
from logsource.tail.header import HeaderFramer
from logsource.tail.multiline import RecordFramer, joiner_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.config.model import SourceConfig
    from logsource.tail.joining import Joiner


def framers_of(config: SourceConfig) -> Callable[[bytes], tuple[Framer, int]]:
    """Return a function of a file's first bytes: its framer, and the length of its byte order mark."""
    known: dict[str, Framer] = {}
    joiner = joiner_of(config.multiline)

    def framer_of(first: bytes) -> tuple[Framer, int]:
        codec, mark = codec_of(config.encoding, first)
        if codec not in known:
            known[codec] = _framer(config, codec, joiner)
        return known[codec], mark

    return framer_of


def idle_after(config: SourceConfig) -> float:
    """Seconds without growth after which an open record is complete."""
    return config.multiline.flush_after if config.multiline else PIECE_WAIT


def _framer(config: SourceConfig, codec: str, joiner: Joiner) -> Framer:
    framer = _record_framer(config, codec, joiner)
    if config.skip_lines:
        return HeaderFramer(framer, lines=config.skip_lines, max_line=config.max_line)
    return framer


def _record_framer(config: SourceConfig, codec: str, joiner: Joiner) -> Framer:
    rule = delimiting(codec, config.delimiter or "\n")
    comment = config.comment.encode(codec)
    multiline = config.multiline
    if multiline is None and config.container == "none":
        if codec == "utf-8" and config.delimiter in ("", "\n"):
            return BlockFramer(rule, config.max_line, comment)
        return LineFramer(rule, config.max_line, comment)
    return RecordFramer(
        rule,
        max_line=config.max_line,
        max_lines=multiline.max_lines if multiline else 1,
        max_size=multiline.max_size if multiline else config.max_line,
        size_name="max_size" if multiline else "max_line",
        joiner=joiner,
        unwrap=UNWRAP.get(config.container),
        comment=comment,
    )
