"""A program that logs, as a process of its own: numbered lines to several logs at a steady rate.

`python program.py FOLDER SPEC`: SPEC is JSON, a list of {"log": NAME, "path": PATH, "manner": MANNER, "rate": LINES/S}.

    reopens     SIGHUP (logrotate's postrotate) makes it end its line and open a new log; REOPEN too, acknowledged
    keeps       appends to its descriptor for ever (copytruncate); stands still from SIGUSR1 to SIGUSR2
    no_append   the same, but goes on at its own offset: a truncation leaves a hole of NULs
    heedless    as `keeps`, but never stands still: what it writes between copy and truncation is lost to every reader

RELAX makes it write a tenth from then on, RESUME as much as before.

What is acknowledged is so by a line in the FIFO `FOLDER/done`. Ends in complete lines at SIGTERM and prints how many
it wrote to each log, as JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from tests.support.writer import nginx_line

REOPEN = signal.SIGRTMIN
RELAX, RESUME = REOPEN + 1, REOPEN + 2
SIGNALS = {signal.SIGHUP, REOPEN, RELAX, RESUME, signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM}
TICK = 0.05
"""Longest pause between two turns, in seconds."""


class Log:
    """One log; at most one line of it is unfinished at a time."""

    def __init__(self, spec: dict, seed: int) -> None:
        self.name: str = spec["log"]
        self.manner: str = spec["manner"]
        self.written = 0
        """Lines begun; complete but for `_rest`."""
        self.still = False
        self._path: str = spec["path"]
        self._rate: float = spec["rate"]
        self._rest = b""
        self._owed = 0.0
        self._random = random.Random(seed)
        self._fd = self._open()

    def _open(self) -> int:
        append = 0 if self.manner == "no_append" else os.O_APPEND
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | append, 0o644)

    def go_on(self, seconds: float) -> None:
        """Write what so many seconds bring; the last line not always in one piece."""
        if self.still:
            return
        self._owed += seconds * self._rate
        count = int(self._owed)
        if not count:
            return
        self._owed -= count
        block = b"".join(nginx_line(self.name, self.written + index) for index in range(count))
        self.written += count
        data = self._rest + block
        cut = len(data)
        if self.manner != "heedless" and self._random.random() < 0.3:
            cut -= self._random.randrange(len(nginx_line(self.name, self.written - 1)))
        self._rest = data[cut:]
        self._put(data[:cut])

    def end_line(self) -> None:
        rest, self._rest = self._rest, b""
        self._put(rest)

    def reopen(self) -> None:
        self.end_line()
        os.close(self._fd)
        self._fd = self._open()

    def _put(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._fd, data) :]


def obey(number: int, logs: list[Log], folder: Path) -> None:
    """Do what a signal says; the line that was begun is ended first."""
    if number in (signal.SIGHUP, REOPEN):
        for log in logs:
            if log.manner == "reopens":
                log.reopen()
    elif number in (signal.SIGUSR1, signal.SIGUSR2):
        for log in logs:
            if log.manner in ("keeps", "no_append"):
                log.end_line()
                log.still = number == signal.SIGUSR1
    if number in (REOPEN, signal.SIGUSR1):
        with contextlib.suppress(BrokenPipeError):  # whoever asked was killed meanwhile
            (folder / "done").write_text("done\n")


def main(folder: Path, specs: list[dict]) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    chance = random.Random(len(specs))
    logs = [Log(spec, seed) for seed, spec in enumerate(specs)]
    print("ready", flush=True)
    last = time.monotonic()
    share = 1.0
    while True:
        got = signal.sigtimedwait(SIGNALS, chance.random() * TICK)
        if got is not None and got.si_signo == signal.SIGTERM:
            break
        if got is not None and got.si_signo in (RELAX, RESUME):
            share = 0.1 if got.si_signo == RELAX else 1.0
        elif got is not None:
            obey(got.si_signo, logs, folder)
        now = time.monotonic()
        for log in logs:
            log.go_on((now - last) * share)
        last = now
    for log in logs:
        log.end_line()
    print(json.dumps({log.name: log.written for log in logs}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
