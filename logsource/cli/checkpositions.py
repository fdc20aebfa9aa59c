"""What `logsource check` finds in the state directory: positions that the sources do not use any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logsource.config.load import Loaded


def position_warnings(loaded: Loaded) -> list[str]:
    """Warnings, each as `file:line:col: what (hint)`. None if no agent has run yet, or its state cannot be read."""
    from logsource.clock import SystemClock
    from logsource.errors import StoreError
    from logsource.store.disk import DiskStore
    from logsource.tail.renamed import renamed_sources

    if loaded.config.outbox.storage == "memory":
        return []
    try:
        store = DiskStore.attach(loaded.config.agent.state_dir, clock=SystemClock())
        try:
            rows = store.checkpoints()
        finally:
            store.close()
    except (StoreError, OSError):  # `run` says what is wrong with it
        return []
    places = {source.name: index for index, source in enumerate(loaded.config.sources)}
    return [
        loaded.say(("sources", places[one.source], "name"), one.what, one.hint)
        for one in renamed_sources(loaded.config.sources, rows)
    ]
