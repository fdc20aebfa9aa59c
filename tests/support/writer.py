"""A web server's log, line by numbered line: written in pieces, rotated by renaming, as nginx and logrotate do."""

from __future__ import annotations

import os
import random
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "curl/8.11.0",
    "odd \\x22quoted\\x22 agent",
    "-",
)


def nginx_line(log: str, number: int) -> bytes:
    """The same number always gives the same line; every fiftieth is one that the pattern does not take."""
    if number % 50 == 49:
        return b'%d not an access log: \xff\x00 "/n/%s/%08d\n' % (number, log.encode(), number)
    at = START + timedelta(milliseconds=137 * number)
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return (
        f'{address} - - [{at:%d/%b/%Y:%H:%M:%S +0000}] "GET /n/{log}/{number:08d}?q={number % 7} HTTP/1.1" '
        f'{200 if number % 11 else 404} {number * 31 % 50000} "-" "{AGENTS[number % len(AGENTS)]}"\n'
    ).encode()


class Writer:
    """Appends numbered lines to one log; `start` does so in a thread until `finish`."""

    def __init__(self, path: Path, log: str, *, seed: int, dated: bool = False, keep: int = 10**9) -> None:
        """`dated`: rotate to `PATH-20260102-0001`, … instead of `PATH.1`, `PATH.2`, …; `keep` so many of them."""
        self.path = path
        self.log = log
        self.lines = 0
        """Written in full."""
        self.rotations = 0
        self._random = random.Random(seed)
        self._dated = dated
        self._keep = keep
        self._file = path.open("ab", buffering=0)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(60)
        self._file.close()

    def write(self, count: int) -> None:
        """Append lines; sometimes the last one in two pieces."""
        block = b"".join(nginx_line(self.log, self.lines + index) for index in range(count))
        cut = self._random.randrange(len(block)) if self._random.random() < 0.3 else len(block)
        self._put(block[:cut])
        if cut < len(block):
            self._ending.wait(self._random.random() * 0.03)
            self._put(block[cut:])
        self.lines += count

    def write_one(self) -> None:
        """Append one line, whole and at once."""
        self._put(nginx_line(self.log, self.lines))
        self.lines += 1

    def rotate(self) -> None:
        """Rename the log as logrotate does; write a little more to the renamed one before opening a new one."""
        if self._dated:
            self.path.rename(self.path.with_name(f"{self.path.name}-20260102-{self.rotations:04d}"))
        else:
            for age in range(min(self.rotations, self._keep), -1, -1):
                name = f"{self.path.name}.{age}" if age else self.path.name
                self.path.with_name(name).rename(self.path.with_name(f"{self.path.name}.{age + 1}"))
        self.rotations += 1
        self._delete_old()
        if self._random.random() < 0.5:
            self.write(self._random.randint(1, 20))
        self.reopen()

    def reopen(self) -> None:
        """Go on in the file that has the log's name now; somebody else rotated it."""
        self._file.close()
        self._file = self.path.open("ab", buffering=0)

    def _delete_old(self) -> None:
        if self.rotations > self._keep:
            oldest = (
                f"-20260102-{self.rotations - self._keep - 1:04d}" if self._dated else f".{self._keep + 1}"
            )
            self.path.with_name(self.path.name + oldest).unlink()

    def start(self, *, pause: float, burst: int, rotate: float) -> None:
        """Write bursts of 1 to `burst` lines with pauses of up to `pause` s; rotate with chance `rotate` each."""
        self._pace = (pause, burst, rotate)
        self._thread.start()

    def finish(self) -> None:
        """End in a complete line."""
        self._ending.set()
        self._thread.join(60)
        assert not self._thread.is_alive()

    def _work(self) -> None:
        pause, burst, rotate = self._pace
        while not self._ending.wait(self._random.random() * pause):
            self.write(self._random.randint(1, burst))
            if self._random.random() < rotate:
                self.rotate()

    def _put(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._file.fileno(), data) :]

    def expected(self) -> set[tuple[str, int]]:
        return {(self.log, number) for number in range(self.lines)}
