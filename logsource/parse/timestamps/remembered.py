"""Times without a fraction come many times over: lines of one second state the same text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TEXTS = 1024
"""Entries before the cache is emptied."""


class TextCache:
    """A reader that knows what it has read, for one reference at a time: another one may mean another year."""

    def __init__(self, read: Callable[[str, int], int]) -> None:
        self._read = read
        self._known: tuple[int, dict[str, int]] = (0, {})

    def read(self, text: str, reference_ms: int) -> int:
        """As the reader underneath."""
        reference, known = self._known  # one step, so that no other thread can part the two
        if reference != reference_ms or len(known) >= MAX_TEXTS:
            known = {}
            self._known = reference_ms, known
        instant = known.get(text)
        if instant is None:
            instant = known[text] = self._read(text, reference_ms)
        return instant
