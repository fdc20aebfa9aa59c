"""Folders in which rotation puts old logs, beside the log: `archive`, `old` … or one for each month or day.

Log4j 2 has `app.log` and `2026-01/app-01-02-2026-1.log.gz` in its manual, and many have it from there. Nobody asked for
such folders by name, and there may be one for each day, so only the latest are looked into; and since people put copies of
all sorts into folders with a date, only what has a date in its own name is taken for a generation there.
"""

from __future__ import annotations

import re
from functools import lru_cache

OLD_DIRECTORIES = ("old", "olddir", "archive", "archives", "archived", "rotated", "backup", "old_logs")
LATEST = 31
"""Folders with a date that are looked into; those that sort last."""
_DATED = re.compile(r"(?:19|20)[0-9]{2}[-_.]?[01][0-9](?:[-_.]?[0-3][0-9])?")
_DATE_DIGITS = 6


@lru_cache(maxsize=256)
def old_among(folders: frozenset[str]) -> tuple[str, ...]:
    """Those that hold old logs, of the folders beside a log."""
    dated = sorted(filter(_DATED.fullmatch, folders))
    return (*(name for name in OLD_DIRECTORIES if name in folders), *dated[-LATEST:])


def is_for_old(folder: str) -> bool:
    """Whether a folder of this name holds old logs of the directory above it."""
    return folder in OLD_DIRECTORIES or _DATED.fullmatch(folder) is not None


def may_hold(directory: str, suffix: str) -> bool:
    """Whether a file in this directory may be a generation, by what rotation has added to the name of the log."""
    dated = _DATED.fullmatch(directory.rpartition("/")[2])
    return not dated or sum(map(str.isdigit, suffix)) >= _DATE_DIGITS
