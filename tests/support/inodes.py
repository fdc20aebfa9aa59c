"""Inode numbers that are given away at once: what ext4 does now and then, done again and again.

A number is free when no name leads to its file and nobody has it open; the next new file gets one of those that are free,
by chance, or one that nobody had before. That is decided before any other file goes, as if when the file is made.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import sys
from typing import TYPE_CHECKING, Any, Self

from logsource.tail import birth
from logsource.tail.identity import Locator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from random import Random

FIRST = 1 << 40
"""Numbers above those of any file system that is tested on."""


class Entry:
    """An os.DirEntry with another inode number."""

    def __init__(self, entry: os.DirEntry[str], number: int) -> None:
        self._entry, self._number = entry, number

    def __getattr__(self, name: str) -> Any:
        return getattr(self._entry, name)

    def __fspath__(self) -> str:
        return self._entry.path

    def inode(self) -> int:
        return self._number


class Listing:
    """What os.scandir returns, with other inode numbers."""

    def __init__(self, entries: Any, numbers: dict[int, int]) -> None:
        self._entries, self._numbers = entries, numbers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._entries.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Entry:
        entry = next(self._entries)
        return Entry(entry, self._numbers.get(entry.inode(), entry.inode()))

    def close(self) -> None:
        self._entries.close()


class Inodes:
    """Within `with inodes:` the calls of `os` see the files of a folder under numbers that were others' before."""

    PATCHED = ("stat", "lstat", "fstat", "scandir", "unlink", "remove", "rename", "replace")

    def __init__(
        self, folder: Path, choose: Random, *, reuse: float, generations: bool = True, births: bool = True
    ) -> None:
        """`reuse`: share of new files that get a number that is free. `generations` and `births`: what the file system
        knows of an inode besides.
        """
        self._folder, self._choose, self._reuse = str(folder), choose, reuse
        self._generations, self._births = generations, births
        self._real: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in self.PATCHED}
        self._ioctl, self._statx = fcntl.ioctl, birth._statx
        self._pins: dict[Locator, int] = {}
        """By true place: a descriptor that keeps its inode from being given away in truth, and counts as nobody's."""
        self._numbers: dict[Locator, int] = {}
        self._listed: dict[int, int] = {}
        """Numbers by true inode alone, as listings have it: with overlayfs, files may be on another device than folders."""
        self._owners: dict[int, Locator] = {}
        """By number: the true place of the last file that had it."""
        self._next = FIRST
        self.reused = 0

    def __enter__(self) -> Self:
        for name in self.PATCHED:
            setattr(os, name, getattr(self, f"_{name}"))
        fcntl.ioctl = self._told
        if not self._births:
            birth._statx = lambda *_: -1
        self.settle()
        return self

    def __exit__(self, *_: object) -> None:
        for name in self.PATCHED:
            setattr(os, name, self._real[name])
        fcntl.ioctl, birth._statx = self._ioctl, self._statx
        for fd in self._pins.values():
            os.close(fd)
        self._pins.clear()

    def settle(self) -> None:
        """Give numbers to files that are new."""
        profile = sys.getprofile()
        sys.setprofile(None)  # whoever counts the questions of others is not to count ours
        try:
            with contextlib.suppress(FileNotFoundError):  # the folder was removed
                for path in sorted(self._unknown(self._folder)):
                    self._number(path)
        finally:
            sys.setprofile(profile)

    def _number(self, path: str) -> None:
        pin = os.open(path, os.O_PATH | os.O_CLOEXEC)
        true = Locator.of(self._real["fstat"](pin))
        if true in self._numbers:  # a second name
            os.close(pin)
            return
        free = self._free(pin) if self._choose.random() < self._reuse else []
        if free:
            self.reused += 1
            number = self._choose.choice(free)
        else:
            number, self._next = self._next, self._next + 1
        self._pins[true] = pin
        self._numbers[true] = self._listed[true.inode] = number
        self._owners[number] = true

    def _unknown(self, directory: str) -> Iterator[str]:
        with self._real["scandir"](directory) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from self._unknown(entry.path)
                elif entry.is_file(follow_symlinks=False) and entry.inode() not in self._listed:
                    yield entry.path

    def _free(self, pin: int) -> list[int]:
        ours, held = set(self._pins.values()), set()
        with self._real["scandir"]("/proc/self/fd") as entries:
            for fd in (int(entry.name) for entry in entries):
                with contextlib.suppress(OSError):
                    held |= set() if fd in ours else {Locator.of(self._real["fstat"](fd))}
        born = birth._created_ns(pin)
        return [
            number
            for number, true in self._owners.items()
            if true not in held
            and not self._real["fstat"](self._pins[true]).st_nlink
            # Of two files made within one tick of the kernel's clock only the generation tells which is which.
            and (self._generations or not born or birth._created_ns(self._pins[true]) != born)
        ]

    # The calls

    def _seen(self, status: os.stat_result) -> os.stat_result:
        if not stat.S_ISREG(status.st_mode):
            return status
        if Locator.of(status) not in self._numbers:
            self.settle()
        number = self._numbers.get(Locator.of(status), status.st_ino)
        values, named = status.__reduce__()[1]
        return os.stat_result((values[0], number, *values[2:]), named)

    def _stat(self, path: Any, **options: Any) -> os.stat_result:
        return self._seen(self._real["stat"](path, **options))

    def _lstat(self, path: Any, **options: Any) -> os.stat_result:
        return self._seen(self._real["lstat"](path, **options))

    def _fstat(self, fd: int) -> os.stat_result:
        return self._seen(self._real["fstat"](fd))

    def _unlink(self, path: Any, **options: Any) -> None:
        self.settle()
        self._real["unlink"](path, **options)

    _remove = _unlink

    def _rename(self, one: Any, other: Any, **options: Any) -> None:
        self.settle()
        self._real["rename"](one, other, **options)

    _replace = _rename

    def _scandir(self, path: Any = ".") -> Listing:
        self.settle()
        return Listing(self._real["scandir"](path), self._listed)

    def _told(self, fd: Any, request: int, *rest: Any) -> Any:
        if request != birth._GETVERSION:
            return self._ioctl(fd, request, *rest)
        if not self._generations:
            raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))
        true = self._real["fstat"](fd).st_ino
        return birth._GENERATION.pack(true % (1 << 32))
