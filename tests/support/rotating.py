"""Writers and the ways their logs are rotated."""

from __future__ import annotations

import gzip
import os
import shutil
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.tailing import Tailing


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
    if log.exists():
        _ROTATE[kind](log, writer, generation)
        writer.rotated()


def _rename(log: Path, _writer: Writer, _generation: int) -> None:
    _shift(log)
    log.rename(log.with_name(f"{log.name}.1"))


def _create(log: Path, writer: Writer, generation: int) -> None:
    _rename(log, writer, generation)
    log.touch()


def _copytruncate(log: Path, _writer: Writer, _generation: int) -> None:
    _shift(log)
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    with log.open("r+b") as file:
        file.truncate(0)


def _rename_compress(log: Path, writer: Writer, generation: int) -> None:
    _rename(log, writer, generation)
    writer.rotated()
    compress(log.with_name(f"{log.name}.1"))


def _copytruncate_compress(log: Path, writer: Writer, generation: int) -> None:
    _copytruncate(log, writer, generation)
    compress(log.with_name(f"{log.name}.1"))


def _delaycompress(log: Path, writer: Writer, generation: int) -> None:
    if (older := log.with_name(f"{log.name}.1")).exists():
        compress(older)
    _rename(log, writer, generation)


def _dateext(log: Path, _writer: Writer, generation: int) -> None:
    log.rename(log.with_name(f"{log.name}-202601{generation + 10:02d}"))


def _olddir(log: Path, _writer: Writer, _generation: int) -> None:
    folder = log.parent / "old"
    folder.mkdir(exist_ok=True)
    _shift(folder / log.name)
    log.rename(folder / f"{log.name}.1")


_ROTATE = {
    "rename": _rename,
    "create": _create,
    "copytruncate": _copytruncate,
    "compress": _rename_compress,
    "copytruncate_compress": _copytruncate_compress,
    "delaycompress": _delaycompress,
    "dateext": _dateext,
    "olddir": _olddir,
}
KINDS = tuple(_ROTATE)


def _shift(log: Path) -> None:
    for number in range(20, 0, -1):
        for extension in ("", ".gz"):
            old = log.with_name(f"{log.name}.{number}{extension}")
            if old.exists():
                old.rename(log.with_name(f"{log.name}.{number + 1}{extension}"))


def compress(path: Path) -> None:
    status = path.stat()
    with path.open("rb") as plain, gzip.open(f"{path}.gz", "wb") as packed:
        shutil.copyfileobj(plain, packed)
    os.utime(f"{path}.gz", ns=(status.st_atime_ns, status.st_mtime_ns))
    path.unlink()


class Logs(Protocol):
    """Whoever writes numbered lines."""

    number: int
    """How many were written."""

    def write(self, count: int) -> None: ...

    def close(self) -> None: ...

    def expected(self) -> list[str]: ...


def ends_whole(tailing: Tailing, writer: Logs) -> None:
    """All that was written came out once and in order, nothing was given up, and a restart changes nothing."""
    tailing.settle()
    writer.write(2)
    tailing.settle()
    writer.close()
    assert tailing.texts() == writer.expected()
    assert len({one.id for one in tailing.got}) == writer.number
    assert not tailing.abandoned()
    assert tailing.crash().settle().texts() == writer.expected()
    tailing.stop()
