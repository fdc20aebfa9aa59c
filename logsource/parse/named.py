"""A user's regular expressions with named groups, one record at a time, with a time limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.errors import PackError
from logsource.model import JSONValue, Reject
from logsource.parse.pattern import compile_pattern, put

if TYPE_CHECKING:
    from collections.abc import Sequence

NESTING = "__"
"""Stands for the dot in the name of a group: `(?P<http__status>…)` is the field `http.status`."""


class NamedRegexEngine:
    """Tries patterns in order; each must match the whole record."""

    def __init__(self, patterns: Sequence[str], *, timeout: float = 0.25) -> None:
        self._timeout = timeout
        self._compiled = [
            compile_pattern(source, vetted=False, where=f"pattern {number}")
            for number, source in enumerate(patterns, 1)
        ]
        for number, compiled in enumerate(self._compiled, 1):
            if not compiled.groupindex:
                raise PackError(f"pattern {number} has no named groups; write (?P<name>…) for each field")

    @property
    def groups(self) -> list[dict[str, int]]:
        """Number of each named group, pattern by pattern."""
        return [dict(compiled.groupindex) for compiled in self._compiled]

    def fields(self, text: str) -> dict[str, JSONValue] | Reject:
        """Texts of the groups that took part; Reject `no_match` or `timeout`."""
        for compiled in self._compiled:
            try:
                match = compiled.fullmatch(text, timeout=self._timeout)
            except TimeoutError:
                return Reject("timeout", f"the pattern took more than {self._timeout:g} s")
            if match is not None:
                found: dict[str, JSONValue] = {}
                for name, value in match.groupdict().items():
                    if value is not None:
                        put(found, tuple(name.split(NESTING)), value)
                return found
        return Reject("no_match", f"none of {len(self._compiled)} pattern(s) matched")
