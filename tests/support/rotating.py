"""Writers and the ways their logs are rotated."""

from __future__ import annotations

import gzip
import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Writer:
    """A program that logs numbered lines: it reopens its log, keeps its descriptor, or does not append."""

    def __init__(self, path: Path, manner: str = "reopens") -> None:
        self.path = path
        self.manner = manner
        self.number = 0
        self._file = self._open()

    def _open(self):
        if self.manner == "no_append":
            self.path.touch()
            return self.path.open("r+b", buffering=0)
        return self.path.open("ab", buffering=0)

    def write(self, count: int) -> None:
        for _ in range(count):
            self._file.write(f"line {self.number:06d}\n".encode())
            self.number += 1

    def write_raw(self, data: bytes) -> None:
        self._file.write(data)

    def rotated(self) -> None:
        """The signal that logrotate's postrotate sends."""
        if self.manner == "reopens":
            self.close()
            self._file = self._open()

    def close(self) -> None:
        self._file.close()

    def expected(self) -> list[str]:
        return [f"line {number:06d}" for number in range(self.number)]


def rotate(log: Path, kind: str, writer: Writer, generation: int) -> None:
    """Rotate once, as the usual tools do; a log that is not there is left alone."""
    if not log.exists():
        return
    if kind == "rename":
        _shift(log)
        log.rename(log.with_name("app.log.1"))
    elif kind == "create":
        _shift(log)
        log.rename(log.with_name("app.log.1"))
        log.touch()
    elif kind == "copytruncate":
        _shift(log)
        shutil.copyfile(log, log.with_name("app.log.1"))
        with log.open("r+b") as file:
            file.truncate(0)
    elif kind == "compress":
        _shift(log)
        log.rename(log.with_name("app.log.1"))
        writer.rotated()
        _compress(log.with_name("app.log.1"))
        return
    elif kind == "copytruncate_compress":
        _shift(log)
        shutil.copyfile(log, log.with_name("app.log.1"))
        with log.open("r+b") as file:
            file.truncate(0)
        _compress(log.with_name("app.log.1"))
    elif kind == "delaycompress":
        if (older := log.with_name("app.log.1")).exists():
            _compress(older)
        _shift(log)
        log.rename(log.with_name("app.log.1"))
    elif kind == "dateext":
        log.rename(log.with_name(f"app.log-202601{generation + 10:02d}"))
    elif kind == "olddir":
        (log.parent / "old").mkdir(exist_ok=True)
        _shift(log.parent / "old" / "app.log")
        log.rename(log.parent / "old" / "app.log.1")
    else:
        raise ValueError(kind)
    writer.rotated()


KINDS = (
    "rename",
    "create",
    "copytruncate",
    "compress",
    "copytruncate_compress",
    "delaycompress",
    "dateext",
    "olddir",
)


def _shift(log: Path) -> None:
    for number in range(20, 0, -1):
        for extension in ("", ".gz"):
            old = log.with_name(f"{log.name}.{number}{extension}")
            if old.exists():
                old.rename(log.with_name(f"{log.name}.{number + 1}{extension}"))


def _compress(path: Path) -> None:
    status = path.stat()
    with path.open("rb") as plain, gzip.open(f"{path}.gz", "wb") as packed:
        shutil.copyfileobj(plain, packed)
    os.utime(f"{path}.gz", ns=(status.st_atime_ns, status.st_mtime_ns))
    path.unlink()
