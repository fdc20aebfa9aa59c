"""Something that happens in the middle of a look: before one of the questions that it asks the system."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

QUESTIONS = {os.stat, os.lstat, os.fstat, os.open, os.scandir}


class Before:
    """Calls `happens` before the question of this number (from 0) that is asked within the block."""

    def __init__(self, number: int, happens: Callable[[], object]) -> None:
        self._left, self._happens = number, happens

    def __enter__(self) -> Self:
        sys.setprofile(self._notice)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    @property
    def happened(self) -> bool:
        """Whether so many questions were asked."""
        return self._left < 0

    def _notice(self, _frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and called in QUESTIONS:
            self._left -= 1
            if self.happened:
                sys.setprofile(None)
                self._happens()
