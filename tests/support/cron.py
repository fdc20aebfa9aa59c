"""The real logrotate on a schedule, with a configuration and a state file of its own."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Self

from tests.deploy.tools import run

if TYPE_CHECKING:
    from pathlib import Path


def rotate(folder: Path, config: str) -> None:
    """Run logrotate once; every log is due."""
    path = write_logrotate(folder, config)
    status, said = run("logrotate", "--force", "--state", folder / "logrotate.state", path)
    assert status == 0, said


def write_logrotate(folder: Path, config: str) -> Path:
    """Write a configuration that logrotate accepts from whoever runs the tests."""
    path = folder / "logrotate.conf"
    # It refuses directories that others may write to, unless it is told as whom to work.
    path.write_text(("su root root\n" if os.geteuid() == 0 else "") + config)
    path.chmod(0o644)
    return path


class Cron:
    """Runs `logrotate CONFIG` again and again until it is left; what it said against it is in `faults`."""

    def __init__(self, folder: Path, config: str, *, every: float) -> None:
        """`every`: seconds from the end of one run to the beginning of the next."""
        self.runs = 0
        self.faults: list[str] = []
        self._state = folder / "logrotate.state"
        self._config = write_logrotate(folder, config)
        self._every = every
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()

    def finish(self) -> None:
        """End after the run that goes on."""
        self._ending.set()
        self._thread.join(60)
        assert not self._thread.is_alive()

    def _work(self) -> None:
        while not self._ending.wait(self._every):
            status, said = run("logrotate", "--state", self._state, self._config)
            self.runs += 1
            if status:
                self.faults.append(said)
