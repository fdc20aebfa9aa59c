"""The progress bar of `logsource run --once` on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from logsource.agent.result import Progressed


class ProgressBar:
    """Bytes read of bytes there are, lines, speed, and how long it will take; on stderr."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def show(self, progress: Progressed) -> None:
        """Draw the newest state."""
        if self._bar is None or self._task is None:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                DownloadColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
                TransferSpeedColumn,
            )

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                DownloadColumn(),
                TransferSpeedColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[detail]}", markup=False),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task("reading", detail="")
            self._bar.start()
        detail = f"{progress.lines:,} lines, {progress.sent:,} delivered"
        if progress.ending is not None:
            self._bar.update(self._task, description="ending")
            detail += f", {progress.ending:,} events wait to be sent (again: end at once)"
        elif progress.paused is not None:
            detail += ", waiting for room in the outbox"
        # Not by `update`, which forgets the speed with each new total; of archives it is known at their end only.
        self._bar.tasks[0].total = progress.size
        self._bar.update(self._task, completed=progress.read, detail=detail)

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
