"""One thing that is wrong with a configuration, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Position(NamedTuple):
    """Line and column, both counted from 1; the column counts characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Sorted by position, printed as `file:line:col: what (hint)`."""

    at: Position
    what: str
    hint: str = ""

    def render(self, file: str) -> str:
        """One line for a person and for an editor that jumps to `file:line:col`."""
        return f"{file}:{self.at.line}:{self.at.column}: {self.what}" + (
            f" ({self.hint})" if self.hint else ""
        )
