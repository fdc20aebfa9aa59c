"""Writes an access log as a web server does, and rotates it as logrotate does."""

from __future__ import annotations

import os
import random
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_PATHS = (
    "/",
    "/cart",
    "/search?q=shoes",
    "/product/{n}",
    "/product/{n}/reviews",
    "/api/v1/stock/{n}",
    "/img/{n}.webp",
)
_STATUS = (200, 200, 200, 200, 200, 301, 304, 404, 500)
_REFERRERS = ("-", "-", "https://www.example.com/", "https://search.example.org/?q=boots+%231")
_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1",
    "curl/8.5.0",
    "GPTBot/1.2 (+https://openai.com/gptbot)",
)
_ODD = (
    '203.0.113.{n} - - [{time}] "\\x16\\x03\\x01\\x00" 400 157 "-" "-"',
    '203.0.113.{n} - - [{time}] "" 400 0 "-" "-"',
    "worker process {n} exited on signal 9",
)
ODD_SHARE = 0.01
TICK = 0.05
KEEP = 5
"""Rotated files that stay; as many as `rotate 5` keeps."""


class DemoWriter:
    """Appends about `rate` lines a second from a thread of its own; renames the file every `rotate` lines."""

    def __init__(self, path: Path, *, rate: int, rotate: int, seed: int = 7) -> None:
        self._path = path
        self._rate = rate
        self._rotate = rotate
        self._random = random.Random(seed)  # noqa: S311 - made-up traffic
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="demo-writer", daemon=True)
        self.lines = 0
        self.rotations = 0

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write the last line and end."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        since = 0
        owed = 0.0
        file = self._path.open("a", encoding="ascii")
        try:
            while not self._stop.wait(TICK):
                owed += self._rate * TICK
                number = int(owed)
                owed -= number
                file.write("".join(self._line() for _ in range(number)))
                file.flush()
                self.lines += number
                since += number
                if since >= self._rotate:
                    since = 0
                    file.close()
                    rotate(self._path, KEEP)
                    self.rotations += 1
                    file = self._path.open("a", encoding="ascii")
        finally:
            file.close()

    def _line(self) -> str:
        choose = self._random.choice
        number = self._random.randrange(1, 255)
        time = datetime.now(UTC).strftime("%d/%b/%Y:%H:%M:%S %z")
        if self._random.random() < ODD_SHARE:
            return choose(_ODD).format(n=number, time=time) + "\n"
        target = choose(_PATHS).format(n=self._random.randrange(10_000))
        return (
            f"198.51.100.{number} - - [{time}] "
            f'"GET {target} HTTP/1.1" {choose(_STATUS)} {self._random.randrange(80_000)} '
            f'"{choose(_REFERRERS)}" "{choose(_AGENTS)}"\n'
        )


def rotate(path: Path, keep: int) -> None:
    """Rename path → path.1 → path.2 …; the oldest of `keep` is lost, as with logrotate."""
    for number in range(keep - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            os.replace(older, path.with_name(f"{path.name}.{number + 1}"))  # noqa: PTH105 - one rename(2)
    os.replace(path, path.with_name(f"{path.name}.1"))  # noqa: PTH105 - one rename(2)
