"""From configurations and committed rows to sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.source import Source
from logsource.tail.state import FileState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.config.model import SourceConfig
    from logsource.model import Checkpoint
    from logsource.tail.environment import Environment


def sources_of(
    configs: Sequence[SourceConfig], checkpoints: Sequence[Checkpoint], environment: Environment
) -> dict[str, Source]:
    """By name. Nothing is opened or looked at; `checkpoints` may be of other sources, too."""
    rows: dict[str, list[FileState]] = {}
    known = set()
    for checkpoint in checkpoints:
        known.add(checkpoint.source)
        state = FileState.restore(checkpoint)
        if state is not None:
            rows.setdefault(checkpoint.source, []).append(state)
    sources = {
        one.name: Source(one, rows.get(one.name, []), known=one.name in known, environment=environment)
        for one in configs
    }
    for checkpoint in checkpoints:
        if checkpoint.source in sources:
            sources[checkpoint.source].generations.denied.restore(checkpoint)
    return sources
