"""What a parser learned from earlier lines, as a value that can be taken out and put back."""

from __future__ import annotations

from itertools import repeat
from typing import Any


class Memory:
    """For parsers that are made of parts: what the parts learned."""

    _learners: tuple[Any, ...] = ()
    """Engines and parsers; those without a `memory` learn nothing."""

    @property
    def memory(self) -> tuple[Any, ...]:
        """Memory of each part."""
        return tuple(getattr(one, "memory", None) for one in self._learners)

    @memory.setter
    def memory(self, known: tuple[Any, ...] | None) -> None:
        """Put back what was taken out; None: nothing was learned yet."""
        for one, memory in zip(self._learners, repeat(None) if known is None else known, strict=False):
            if hasattr(one, "memory"):
                one.memory = memory
