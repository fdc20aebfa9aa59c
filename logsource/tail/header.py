"""Lines at the start of a file that are no records: column names, banners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.framing import NOTHING, Framed, split

if TYPE_CHECKING:
    from logsource.tail.framing import Framer, Window


class HeaderFramer:
    """Leaves out the first lines of a file, and hands the rest to another framer.

    How many are left out already is told by the window, so a restart in the middle of a header makes no difference.
    """

    def __init__(self, inner: Framer, *, lines: int, max_line: int) -> None:
        self.rule = inner.rule
        self.limit = inner.limit
        self._inner = inner
        self._lines = lines
        self._max_line = max_line

    def frame(self, window: Window) -> Framed:
        """Find the complete lines of the header, or the records behind it."""
        missing = self._lines - window.line
        if missing <= 0:
            return self._inner.frame(window)
        spans, used, cut = split(window, self.rule, self._max_line)
        if not spans:
            return NOTHING
        if len(spans) > missing:
            used, cut = spans[missing][0] - window.start, False
            spans = spans[:missing]
        return Framed(used, len(spans), (), cut, skipped={"header": len(spans)})
