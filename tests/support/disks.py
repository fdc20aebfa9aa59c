"""Disks that run full. Only root may mount one of its own; everybody may forbid a process to make its files grow."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import tempfile
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@cache
def can_mount() -> bool:
    """Whether this process may mount a file system (root outside of a locked-down container)."""
    if os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as directory:
        tried = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", directory], capture_output=True, check=False)
        if tried.returncode == 0:
            subprocess.run(["umount", directory], check=True)
        return tried.returncode == 0


@contextlib.contextmanager
def small_disk(directory: Path, size: int) -> Iterator[Path]:
    """A file system of `size` bytes in `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    options = f"size={size},mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)], check=True)
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


def fill(directory: Path) -> Path:
    """Take all the room that is left; the file that has it."""
    filler = directory / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(65536))
    with filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(512))
    return filler


def forbid_growth(pid: int, size: int) -> None:
    """From now on no file of this process grows beyond `size` bytes (EFBIG, which SQLite calls an I/O error)."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


def allow_growth(pid: int) -> None:
    """Undo `forbid_growth`."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
