"""The parser of lines that must not be parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logsource.model import Line, Reject


class Refusing:
    """A parser that takes no line."""

    def __init__(self, name: str, reject: Reject) -> None:
        self.name = name
        self._reject = reject

    def parse(self, line: Line) -> Reject:  # noqa: ARG002 - the protocol's shape
        """Refuse it."""
        return self._reject
