"""One turn of one file: a stretch of it becomes a chunk."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from logsource.model import Chunk
from logsource.tail import nuls
from logsource.tail.compressed import CompressedContent
from logsource.tail.containers import PIECE_WAIT
from logsource.tail.encoding import MARK, undecided
from logsource.tail.follower import Follower, Pending
from logsource.tail.framing import Framed, Framer, Window, skip
from logsource.tail.identity import GUARD_MAX, NO_FINGERPRINT, Fingerprint
from logsource.tail.learned import taught_before
from logsource.tail.look import Look, begin_at, rewritten, vouch
from logsource.tail.magic import FORM_LENGTH, begins_archive, compression_of
from logsource.tail.open import require_text
from logsource.tail.replaced import in_block, in_lines
from logsource.tail.trail import longer

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.model import Line
    from logsource.tail.content import Content
    from logsource.tail.crossing import Beyond

SKIP_TURN = 1 << 20
"""Bytes of a cut record left out in one turn: bounded memory, and other files get their turn."""


def read(
    one: Follower,
    framer_of: Callable[[bytes], tuple[Framer, int]],
    *,
    block_size: int,
    final: bool,
    now: float,
    now_ms: int,
    idle_after: float,
    beyond: Beyond | None = None,
) -> Look:
    """Read one turn into `pending`; CHANGED when the guard shows that the content was replaced."""
    content, state = one.content, one.state
    if content is None:
        return Look.GONE
    early = state.compression and state.offset < state.head.length
    if one.replaced or (early and rewritten(one, content, one.size)):
        return Look.CHANGED  # it may have been opened since it was looked at
    if one.hole >= 0:
        one.stuck = one.size
        return Look.SAME
    if state.offset == 0 and _is_too_early(one, content, final=final):
        return Look.SAME
    framer = _framer(one, content, framer_of)
    glen = len(one.guard)
    want = SKIP_TURN if state.skipping else block_size
    while True:
        data = content.read(one.state.offset - glen, want + glen)
        if data[:glen] != one.guard:
            return Look.CHANGED
        if not state.compression and _rewritten_meanwhile(one, content):
            return Look.CHANGED
        vouch(one, one.size)
        at_end = len(data) < want + glen
        short = at_end and len(data) - glen < one.unread and not state.compression
        one.short_since = (one.short_since or now) if short else 0.0
        # The last line of an archive that breaks off is no line: its rest may come, or is lost.
        one.broken_off = at_end and isinstance(content, CompressedContent) and content.broken_off
        window = Window(
            data=data,
            start=glen,
            offset=one.state.offset,
            reference_ms=one.mtime_ns // 1_000_000,
            final=final and at_end and not one.broken_off,
            idle=at_end and (final or now - one.grown_at >= idle_after),
            pieces_wait=not final and now - one.grown_at < PIECE_WAIT,
            # A writer that left a hole does not know that its file was truncated: it wrote no header again.
            line=sys.maxsize if one.state.base else one.state.line,
            continues=one.state.continues,
        )
        framed = _frame(window, framer, skipping=state.skipping, beyond=beyond if at_end else None)
        if framed.used or at_end or want >= framer.limit:
            break
        want = min(want * 2, framer.limit)
    if not framed.used:
        content.check()
        wait = _wait(window, idle_after) if framed.waiting else math.inf
        _stop(one, wait, known=state.offset + len(data) - glen if at_end else one.size)
        return Look.SAME
    block = data[glen : glen + framed.used] if framed.lines is None else b""
    # Everything that may fail comes first: a chunk that is pending is going to be committed or rolled back.
    written_ms = _written_ms(one, content, one.state.offset + framed.used)
    head = taught_before(one, content, framer_of)
    _advance(one, window, framed, block, head=head, now_ms=now_ms, written_ms=written_ms)
    one.begun = True
    return Look.GREW


def _wait(window: Window, idle_after: float) -> float:
    """Seconds since the last growth after which what is there counts as complete."""
    return PIECE_WAIT if window.idle and window.pieces_wait else idle_after


def _stop(one: Follower, wait: float, *, known: int) -> None:
    """Read again when it grew beyond what is known of it, or has been still for `wait` seconds."""
    if one.state.compression:
        one.size = known  # no guess any more: whatever is added makes it larger
    one.stuck = one.size
    one.again_at = one.grown_at + wait


def _is_too_early(one: Follower, content: Content, *, final: bool) -> bool:
    """Whether reading cannot begin yet. OSError if it is packed in a way that nobody here unpacks."""
    first = content.read(0, FORM_LENGTH)
    require_text(first, one.state.name)
    if not one.state.compression and compression_of(first):
        # An archive is empty first wherever it is copied or made. It is opened as what it is at its next look.
        one.release()
        one.restart(replace(one.state, head=NO_FINGERPRINT, heads=(), size=0, base=0))
        return True
    one.broken_off = begins_archive(one.state.name, first)
    if one.broken_off or (not final and undecided(first[:MARK])):
        one.stuck, one.again_at = one.size, math.inf
        return True
    return False


def _rewritten_meanwhile(one: Follower, content: Content) -> bool:
    """Near its beginning a file's guard proves little, so its head has to.

    Asked after the data were read: what is as it was now, was so when they were read.
    """
    near = one.state.offset < one.state.base + one.state.head.length
    return near and rewritten(one, content, one.size)


def _framer(one: Follower, content: Content, framer_of: Callable[[bytes], tuple[Framer, int]]) -> Framer:
    if one.framer is None or one.state.offset == 0:
        framer, mark = framer_of(first := content.read(0, MARK))
        if mark and one.state.offset == 0:
            begin_at(one, mark, first[:mark])
        if one.state.base and one.state.offset == one.state.base and framer.rule.unit == 1:
            # The hole was left at a multiple of the widest code unit; here the rest of it is no text.
            few = content.read(one.state.offset, 4)
            if few.strip(b"\0"):  # else it was truncated a moment ago, and there is another hole now
                begin_at(one, one.state.offset + len(few) - len(few.lstrip(b"\0")))
        one.framer = framer  # now that no question can fail any more: the next turn would not ask again
    return one.framer


def _frame(window: Window, framer: Framer, *, skipping: bool, beyond: Beyond | None) -> Framed:
    interrupted = nuls.frame(window, framer, skipping=skipping)
    if interrupted is not None:
        return interrupted
    if skipping:
        return skip(window, framer.rule)
    framed = framer.frame(window)
    return framed if beyond is None else beyond.complete(framer, window, framed)


def _written_ms(one: Follower, content: Content, end: int) -> int:
    """When what was read up to here was written: the file may have grown since it was looked at.

    Too early a time would make a copy that was made before that look like one that was made after it. If the file was
    truncated a moment ago, that is the time: copies of what was read are older, and other content is younger.
    """
    if end <= one.size or one.state.compression:
        return one.mtime_ns // 1_000_000
    return content.stat().st_mtime_ns // 1_000_000


def _advance(
    one: Follower,
    window: Window,
    framed: Framed,
    block: bytes,
    *,
    head: tuple[Line, ...],
    now_ms: int,
    written_ms: int,
) -> None:
    state = one.state
    stop = window.start + framed.used
    end = state.offset + framed.used
    guard = window.data[max(0, stop - GUARD_MAX) : stop]
    after = replace(
        state,
        offset=end,
        line=state.line + framed.records,
        guard=Fingerprint.of(guard),
        trail=longer(state.trail, state.offset, state.guard, end),
        skipping=framed.cut,
        continues=framed.continues or {},
        learned=tuple(at for at in state.learned if at < state.offset) if state.learned else (),
        size=max(state.size if state.compression else one.size, end),
        written_ms=written_ms,
        absent_ms=0,
        finished=False,
    )
    chunk = Chunk(
        source=one.source,
        path=state.path,
        file_id=state.file_id,
        epoch=state.epoch,
        start=state.offset,
        end=end,
        data=block,
        read_ms=now_ms,
        mtime_ms=one.mtime_ns // 1_000_000,
        checkpoint=after.checkpoint(one.source, new_ids=one.known_as != state.identity),
        lines=framed.lines,
        skipped=framed.skipped or {},
        head=head,
    )
    one.pending = Pending(
        chunk,
        after,
        guard,
        _left_out(one, window, framed),
        _replaced(one, window, framed, block),
        framed.nuls,
        framed.cuts,
    )


def _left_out(one: Follower, window: Window, framed: Framed) -> int:
    """Bytes of the rest of a record that was cut, without the delimiter behind it."""
    if not one.state.skipping or framed.nuls or one.framer is None:
        return 0
    delimiter, stop = one.framer.rule.delimiter, window.start + framed.used
    return framed.used - (len(delimiter) if window.data.endswith(delimiter, window.start, stop) else 0)


def _replaced(one: Follower, window: Window, framed: Framed, block: bytes) -> int:
    if framed.lines is None:
        return in_block(block)
    codec = one.framer.rule.codec if one.framer is not None else "utf-8"
    return in_lines(framed.lines, window.data[window.start : window.start + framed.used], codec)
