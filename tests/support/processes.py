"""Starts tests.support.program and speaks with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

from tests.support.program import RELAX, RESUME

ROOT = Path(__file__).parents[2]


class Program:
    """A process that logs until `finish`; its pid is in `FOLDER/pid`, its FIFO is `FOLDER/done`."""

    def __init__(self, folder: Path, specs: list[dict]) -> None:
        os.mkfifo(folder / "done")
        words = [sys.executable, "-m", "tests.support.program", str(folder), json.dumps(specs)]
        self._process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"  # from now on signals do not end it
        (folder / "pid").write_text(str(self._process.pid))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(60)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def relax(self) -> None:
        """Write a tenth from now on."""
        self._process.send_signal(RELAX)

    def resume(self) -> None:
        """Write as much as at first."""
        self._process.send_signal(RESUME)

    def revive(self) -> None:
        """Go on where the death of a logrotate left it: open the log that is there, and stand still no longer."""
        self._process.send_signal(signal.SIGUSR2)
        self._process.send_signal(signal.SIGHUP)

    def finish(self) -> dict[str, int]:
        """End it in order; how many lines it wrote to each log."""
        self._process.send_signal(signal.SIGTERM)
        said, _ = self._process.communicate(timeout=60)
        assert self._process.returncode == 0
        return json.loads(said)
