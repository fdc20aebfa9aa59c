"""What `logsource check` says of where the state directory lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logsource.config.load import Loaded
    from logsource.tail.mounts import Mounts


def state_warnings(loaded: Loaded, mounts: Mounts | None = None) -> list[str]:
    """Warnings, each as `file:line:col: what (hint)`. `mounts` instead of the mount table of this process."""
    from logsource.tail.mounts import why_not_for_state

    if loaded.config.outbox.storage == "memory":
        return []
    why = why_not_for_state(loaded.config.agent.state_dir, mounts)
    hint = "choose a directory on a disk of this machine, such as /var/lib/logsource"
    return [loaded.say(("agent", "state_dir"), why, hint)] if why else []
