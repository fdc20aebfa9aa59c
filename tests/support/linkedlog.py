"""A log whose files have names of their own, as rotatelogs and cronolog give them, and the link to the latest."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.support.strokes import LoggedTo
from tests.support.tailing import next_tick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from random import Random

    from tests.support.rotationmodes import Mode

NAMES: dict[str, Callable[[int], str]] = {
    "seconds": lambda at: f"access.{1795300000 + 300 * at}",
    "days": lambda at: f"access-2026{at // 28 + 1:02d}{at % 28 + 1:02d}.log",
    "folders": lambda at: f"2026/{at // 28 + 1:02d}/{at % 28 + 1:02d}/access.log",
    "ring": lambda at: f"access.{at}" if at else "access",
}


class LinkedLog(LoggedTo):
    """`log` is the link. A rotation makes the next file, turns the link, and may pack the last file."""

    def __init__(self, log: Path, mode: Mode, choose: Random, names: str, turn: str) -> None:
        """`names`: one of `NAMES`. `turn`: replaced (a symbolic link, in one step), soft, or hard (there is a moment without)."""
        self._name, self._turn = NAMES[names], turn
        self._at = 0
        super().__init__(log, mode, choose)
        self._link(self._target)

    def _open(self) -> int:
        self._target = self.log.parent / self._name(self._at)
        self._target.parent.mkdir(parents=True, exist_ok=True)
        return os.open(self._target, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    @property
    def stranded(self) -> bool:
        """The program itself rotates its log."""
        return False

    def _rotate(self) -> Iterator[str]:
        last = self._target
        next_tick(last)
        self._at += 1
        self._end_line()
        os.close(self._file)
        self._file = self._open()
        yield f"makes {self._name(self._at)}"
        if self._turn == "replaced":
            fresh = self.log.with_name("fresh")
            fresh.symlink_to(self._target)
            yield "makes the next link"
            fresh.rename(self.log)
        else:
            self.log.unlink()
            yield "takes the link away"
            self._link(self._target)
        yield "turns the link"
        if self.mode.compress == "now":
            yield from self._compress(last)

    def _link(self, target: Path) -> None:
        if self._turn == "hard":
            os.link(target, self.log)
        else:
            self.log.symlink_to(target)
