"""Long runs of NULs between the lines of a log: what a power loss leaves where the file system knew of no data yet.

Taken for text they would be the beginning of the next line, or the rest of the last one: a record that no pattern takes, or
that is too long to be sent, with a line lost in it. So a run ends a record, is no record itself, and is counted in bytes. (At
the start of a file and at its end NULs are something else: see `logsource.tail.look` and `logsource.tail.room`.)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from logsource.tail.framing import Framed, skip_to_delimiter

if TYPE_CHECKING:
    from logsource.tail.encoding import Delimiting
    from logsource.tail.framing import Framer, Window

RUN = 512
"""Bytes; disks and file systems lose sectors and pages. A program may fill a field of a line with fewer."""
_RUN = bytes(RUN)


def frame(window: Window, framer: Framer, *, skipping: bool) -> Framed | None:
    """What there is to do about the first run of NULs in a window; None if there is none.

    `skipping`: the window begins with the rest of a record that was cut.
    """
    at = _find(window, framer.rule)
    if at < 0:
        return None
    if at == window.start:
        rest = window.data[at:].lstrip(b"\0")
        size = len(window.data) - at - len(rest)
        # Where the run goes on behind the window, the rest of it has to be known for what it is.
        used = size if rest or window.final else size - RUN
        return Framed(used, 0, (), nuls=used) if used else Framed()
    before = replace(window, data=window.data[:at], final=True)
    if not skipping:
        return framer.frame(before)
    used, _ = skip_to_delimiter(before, framer.rule)
    return Framed(used, 0, ())


def _find(window: Window, rule: Delimiting) -> int:
    """Where the first run begins, or -1. In wide characters, and where NULs end records, they mean something else."""
    if rule.unit > 1 or b"\0" in rule.delimiter:
        return -1
    # To look for one byte costs next to nothing.
    at = window.data.find(b"\0", window.start)
    return at if at < 0 else window.data.find(_RUN, at)
