"""Whose a directory is: it may be made private for an outbox only if nobody else uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

OURS = frozenset({"lock", "outbox", "outbox.new"})
"""What an agent makes first; with one of them the directory is an agent's, whatever else is in it."""
NOBODYS = frozenset({"lost+found"})
"""What a fresh file system comes with."""


def used_by_others(directory: Path) -> list[str]:
    """Names in a directory that is no agent's, in order; none when it is empty or an agent's. Raises OSError."""
    names = {path.name for path in directory.iterdir()} - NOBODYS
    return [] if names & OURS else sorted(names)
