"""`X.tmp`: what logrotate's `renamecopy` makes of the log X, until it is copied.

An interrupted run leaves it beside the copy, which is whole or not; the next run puts the next generation in its place. So
as long as it is there, what a file holds that holds a beginning of it is read from it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from logsource.tail.identity import Locator
from logsource.tail.siblings import NO_ANSWER, TEMPORARY
from logsource.tail.snapshots import begins_with

if TYPE_CHECKING:
    from logsource.tail.holes import Holes
    from logsource.tail.siblings import Sibling

MOST_KNOWN = 1000
"""Comparisons that are remembered at most."""


class Temporaries:
    """Compares files with the temporary file of their log."""

    def __init__(self, holes: Holes) -> None:
        self._holes = holes
        self._same: dict[Sibling, tuple[Locator, int]] = {}
        """Files that hold a beginning, and of what: comparing all of an archive is dear."""

    def hold(self, sibling: Sibling, family: str) -> bool:
        """Whether the temporary file of this log begins with everything that this file holds."""
        path = family + TEMPORARY
        if sibling.path == path:
            return False
        try:
            status = os.stat(path)
        except OSError as error:
            return error.errno in NO_ANSWER  # it may be there
        mark = (Locator.of(status), status.st_size)
        if self._same.get(sibling) != mark:
            if not begins_with(path, sibling, self._holes):
                return False
            if len(self._same) >= MOST_KNOWN:
                self._same.clear()
            self._same[sibling] = mark
        return True
