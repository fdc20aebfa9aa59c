"""The progress bar of `logsource run --once` on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, RenderableType
    from rich.progress import Progress, Task, TaskID

    from logsource.agent.result import Progressed

BAR = 10
"""Fewest columns of the bar itself."""


class ProgressBar:
    """How much of what is there was read and delivered, how fast, and how long it will take; on stderr."""

    def __init__(self, console: Console | None = None) -> None:
        """`console`: none for that of stderr."""
        self._console = console
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._done = 0

    def show(self, progress: Progressed) -> None:
        """Draw the newest state."""
        if self._bar is None or self._task is None:
            self._start()
        assert self._bar is not None
        assert self._task is not None
        # Not by `update`, which forgets the speed with each new total; of archives it is known at their end only.
        task = self._bar.tasks[0]
        task.total = progress.size
        self._done = max(self._done, min(progress.delivered, progress.size))
        self._bar.update(self._task, completed=self._done)
        self._bar.update(self._task, detail=_fitting(progress, task, self._bar.console.width))

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn
        from rich.table import Column

        self._bar = Progress(
            BarColumn(bar_width=None, table_column=Column(ratio=1, min_width=BAR)),
            TextColumn("{task.fields[detail]}", markup=False, table_column=Column(no_wrap=True)),
            console=self._console or Console(stderr=True),
            transient=True,
            expand=True,
        )
        self._task = self._bar.add_task("", detail="")
        self._bar.start()

    def picture(self) -> RenderableType:
        """What stands on the terminal."""
        assert self._bar is not None
        return self._bar.get_renderable()

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _fitting(progress: Progressed, task: Task, width: int) -> str:
    """What there is to say beside a bar; as much as there is room for, and never less than what matters most."""
    from rich.filesize import decimal

    state = ""
    if progress.ending:
        state = f"ending, {progress.waiting:,} events wait to be sent (again: end at once)"
    elif progress.paused is not None:
        state = "waiting for room in the outbox"
    said = [
        # (rank: the highest goes first where there is no room, text)
        (0, f"{task.percentage:.0f}%" if progress.size else ""),
        # Nobody knows how long it takes before all is opened.
        (1, f"{progress.found:,} more files to open" if progress.found else _left(task.time_remaining)),
        (5, f"{decimal(progress.read)} of {decimal(progress.size)} read"),
        (6, f"{decimal(int(task.speed))}/s" if task.speed else ""),
        (4, f"{progress.lines:,} lines"),
        (2, f"{progress.sent:,} delivered"),
        (3, state),
    ]
    for most in range(len(said), -1, -1):
        text = _joined(said, most)
        if len(text) <= width - BAR - 1:
            break
    return text


def _joined(said: Sequence[tuple[int, str]], most: int) -> str:
    return ", ".join(text for rank, text in said if text and rank < max(most, 1))


def _left(seconds: float | None) -> str:
    """Hours, minutes and seconds, as far as anybody knows."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} left"
