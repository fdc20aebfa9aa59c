"""The real logrotate on a schedule, with a configuration and a state file of its own."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
from typing import TYPE_CHECKING, Self

from tests.deploy.tools import environment_for, run, tool

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEADLY = 0.35
"""Share of the runs of a `DeadlyCron` that are to be killed, and within how many seconds."""
LIFETIME = 0.06


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


class DeadlyCron(Cron):
    """A Cron of a machine that loses its power: every third logrotate is killed, with all that it has started."""

    def __init__(
        self, folder: Path, config: str, *, every: float, seed: int, revive: Callable[[], None]
    ) -> None:
        """`revive` is called after each death: the program is to write to the log that is there then."""
        super().__init__(folder, config, every=every)
        self.kills = 0
        self._chance = random.Random(seed)
        self._revive = revive

    def _work(self) -> None:
        path = tool("logrotate")
        while not self._ending.wait(self._every * (0.5 + self._chance.random())):
            running = subprocess.Popen(
                [path, "--state", self._state, self._config],
                env=environment_for(path),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
                start_new_session=True,
            )
            self.runs += 1
            if self._chance.random() < DEADLY and self._strike(running):
                continue
            said, _ = running.communicate()
            if running.returncode:
                self.faults.append(said)

    def _strike(self, running: subprocess.Popen[str]) -> bool:
        """Whether it was killed, and not over before."""
        try:
            running.wait(self._chance.random() * LIFETIME)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.communicate()
            self.kills += 1
            self._ending.wait(self._chance.random())
            self._revive()
            return True
        return False
