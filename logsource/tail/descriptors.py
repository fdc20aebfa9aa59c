"""How many files may be open at once."""

from __future__ import annotations

import resource
from dataclasses import dataclass

RESERVE = 256
"""Descriptors for everything else: the store, sockets, directories, compressed copies under examination."""
MOST = 8192


@dataclass(slots=True)
class Descriptors:
    """Counts the followed files that are held open."""

    limit: int
    open: int = 0

    @property
    def full(self) -> bool:
        """Whether a file has to be closed before another one is held open."""
        return self.open >= self.limit


def default_limit() -> int:
    """What the process may open, less a reserve."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    return max(min(soft - RESERVE, MOST), soft // 2)
