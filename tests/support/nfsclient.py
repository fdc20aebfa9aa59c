"""What an NFS client believes of a folder on a server where others work: names for half a minute, attributes for seconds.

As Linux does it (nfs(5): acregmin 3 s, acdirmin 30 s): a name that was looked up leads where it led until the directory is
asked again, and a directory is asked again when its attributes are too old, or at once by whoever opens it
(close-to-open). What is deleted on the server is a stale handle here, though it is held open; a name that leads to one is
looked up once more.

A directory is believed to be what it was while its server says that it did not change. An NFS 4 server counts changes; of
an NFS 3 server there is only the time, and what changes twice within a tick of its clock seems not to have changed again.

A server may be troubled, too: rebooted, taken out of the export, beyond what a soft mount waits for. Then some or all of its
answers are errors, and afterwards everything is as it was.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FILES = 3.0
DIRECTORIES = 30.0
"""Seconds for which attributes are believed, unless the options of the mount say otherwise (`noac`, `actimeo`)."""


@dataclass(frozen=True)
class Entry:
    """What scandir gives."""

    name: str
    number: int
    folder: bool
    link: bool

    @classmethod
    def of(cls, entry: os.DirEntry[str]) -> Entry:
        return cls(entry.name, entry.inode(), entry.is_dir(), entry.is_symlink())

    def inode(self) -> int:
        return self.number

    def is_dir(self) -> bool:
        return self.folder

    def is_symlink(self) -> bool:
        return self.link


@dataclass
class Directory:
    """A directory as it is believed to be."""

    status: os.stat_result
    stamp: object
    asked: float
    entries: list[Entry] | None = None
    """As they were listed; None since the directory changed."""
    names: dict[str, int] = field(default_factory=dict)
    """Descriptors of what names led to when they were looked up; -1 where there was nothing."""

    def forget(self) -> None:
        self.entries = None
        for fd in self.names.values():
            if fd >= 0:
                os.close(fd)
        self.names.clear()


class NfsClient:
    """Within `with client:` the calls of `os` see the folder as a client does, except within `with client.server():`."""

    PATCHED = ("stat", "lstat", "readlink", "open", "fstat", "pread", "scandir", "posix_fadvise")

    def __init__(
        self,
        folder: Path,
        now: Callable[[], float],
        *,
        files: float = FILES,
        directories: float = DIRECTORIES,
        coarse: bool = False,
    ) -> None:
        """`files`, `directories`: seconds for which attributes are believed. `coarse`: the server's clock stands still
        between two readings of ours, and directories are known by their time.
        """
        self._folder, self._now = str(folder), now
        self._believed = (files, directories)
        self.fails: Callable[[str], int] = lambda _: 0
        """Asked before each call, by its name: the errno of the answer, or 0."""
        self._device = folder.stat().st_dev
        self._real: dict[str, Any] = {name: getattr(os, name) for name in self.PATCHED}
        self._coarse = coarse
        self._changed: dict[str, tuple[object, float]] = {}
        """What is in a directory, and when that was changed, by its path; on the server."""
        self._directories: dict[str, Directory] = {}
        self._attributes: dict[int, tuple[os.stat_result, float]] = {}
        """By inode."""
        self._handles: dict[int, int] = {}
        """By inode, a descriptor: the number is not given away as long as a client remembers it."""
        self._pages: dict[int, tuple[int, int]] = {}
        """By inode: from where to where a page shows the NULs of the time when the file ended before it."""
        self._here = False

    def __enter__(self) -> Self:
        self._believe(True)
        return self

    def __exit__(self, *_: object) -> None:
        self._believe(False)

    @contextlib.contextmanager
    def server(self) -> Iterator[None]:
        """Work on the server, or on what is no business of a client."""
        was = self._here
        self._believe(False)
        try:
            yield
        finally:
            for path in [one for one in self._changed if self._real_is_directory(one)]:
                self._stamp(path)
            self._believe(was)

    def forget(self) -> None:
        """Unmount."""
        for one in self._directories.values():
            one.forget()
        self._directories.clear()
        self._attributes.clear()
        for fd in self._handles.values():
            os.close(fd)
        self._handles.clear()

    def stale_page(self, path: str, start: int, stop: int) -> None:
        """A page of this file was remembered when the file ended at `start`; the file has grown since."""
        self._pages[self._real["stat"](path).st_ino] = (start, stop)

    def _believe(self, here: bool) -> None:
        self._here = here
        for name in self.PATCHED:
            setattr(os, name, getattr(self, name) if here else self._real[name])

    # The calls

    def stat(self, path: Any, **options: Any) -> os.stat_result:
        if not self._ours(path):
            return self._real["stat"](path, **options)
        self._trouble("stat", path)
        if self._is_directory(path):
            return self._directory(path).status
        try:
            return self._status_of(self._look_up(path, opens=False))
        except OSError as error:
            if error.errno != errno.ESTALE:
                raise
        return self._status_of(self._look_up(path, opens=True))

    def lstat(self, path: Any, **options: Any) -> os.stat_result:
        if not self._ours(path):
            return self._real["lstat"](path, **options)
        with contextlib.suppress(FileNotFoundError):
            status: os.stat_result = self._real["lstat"](path)
            if stat.S_ISLNK(status.st_mode):
                self._trouble("lstat", path)
                return status
        return self.stat(path)

    def readlink(self, path: Any, **options: Any) -> str:
        if self._ours(path):
            self._trouble("readlink", path)
        target: str = self._real["readlink"](path, **options)
        return target

    def open(self, path: Any, flags: int, *rest: Any, **options: Any) -> int:
        if isinstance(path, str) and path.startswith("/proc/self/fd/"):
            status = self._real["fstat"](int(path.rpartition("/")[2]))
            if status.st_ino in self._attributes:
                self._trouble("open", path)
                self._ask(status)
        if not self._ours(path):
            return self._real["open"](path, flags, *rest, **options)
        self._trouble("open", path)
        if self._is_directory(path):
            self._directory(path, opens=True)
            return self._real["open"](path, flags, *rest, **options)
        fd = self._look_up(path, opens=True)
        return self._real["open"](f"/proc/self/fd/{fd}", flags)

    def fstat(self, fd: int) -> os.stat_result:
        status = self._real["fstat"](fd)
        if status.st_ino not in self._attributes:
            return status
        self._trouble("fstat")
        return self._status_of(fd)

    def pread(self, fd: int, size: int, offset: int) -> bytes:
        data: bytes = self._real["pread"](fd, size, offset)
        status = self._real["fstat"](fd)  # the server tells with the answer
        if status.st_ino in self._attributes:
            self._trouble("pread")
            self._ask(status)
        first, end = (min(max(at - offset, 0), len(data)) for at in self._pages.get(status.st_ino, (0, 0)))
        return data[:first] + bytes(end - first) + data[end:]

    def posix_fadvise(self, fd: int, offset: int, length: int, advice: int) -> None:
        self._real["posix_fadvise"](fd, offset, length, advice)
        if (offset, length, advice) == (0, 0, os.POSIX_FADV_DONTNEED):
            self._pages.pop(self._real["fstat"](fd).st_ino, None)

    def scandir(self, path: Any = ".") -> Any:
        if self._ours(path):
            self._trouble("scandir", path)
            directory = self._directory(path, opens=True)
            if directory.entries is None:
                directory.entries = self._entries(path)
            return contextlib.nullcontext(directory.entries)
        return self._real["scandir"](path)

    def _entries(self, path: str) -> list[Entry]:
        with self._real["scandir"](path) as entries:
            return [Entry.of(one) for one in entries]

    def _stamp(self, path: str) -> object:
        """What the server says by which its clients know whether a directory changed."""
        there = frozenset(self._entries(path))
        if path not in self._changed or self._changed[path][0] != there:
            self._changed[path] = (there, self._now())
        return self._changed[path][self._coarse]

    def _real_is_directory(self, path: str) -> bool:
        try:
            return stat.S_ISDIR(self._real["stat"](path).st_mode)
        except FileNotFoundError:
            return False

    def _trouble(self, call: str, path: Any = None) -> None:
        if number := self.fails(call):
            raise OSError(number, os.strerror(number), path)

    # What is believed

    def _ours(self, path: Any) -> bool:
        return isinstance(path, str) and (path == self._folder or path.startswith(self._folder + "/"))

    def _is_directory(self, path: str) -> bool:
        return path == self._folder or os.path.basename(path) == "old"  # noqa: PTH119 - Path would ask the system

    def _directory(self, path: str, *, opens: bool = False) -> Directory:
        status = self._real["stat"](path)
        known = self._directories.get(path)
        if known is not None and not opens and self._now() - known.asked < self._believed[1]:
            return known
        stamp = self._stamp(path)
        if known is None:
            known = self._directories[path] = Directory(status, stamp, self._now())
        elif known.stamp != stamp:
            known.forget()
        known.status, known.stamp, known.asked = status, stamp, self._now()
        return known

    def _look_up(self, path: str, *, opens: bool) -> int:
        parent, _, name = path.rpartition("/")
        directory = self._directory(parent)
        fd = directory.names.get(name)
        if fd is not None and fd >= 0 and opens and not self._real["fstat"](fd).st_nlink:
            os.close(fd)  # the server knows no such file any more: the name is looked up once more
            fd = None
        if fd is None:
            try:
                fd = self._real["open"](path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                fd = -1
            directory.names[name] = fd
            opens = True
        if fd < 0:
            raise FileNotFoundError(errno.ENOENT, "no such file", path)
        if opens:
            status = self._real["fstat"](fd)
            self._attributes[status.st_ino] = (status, self._now())
            if status.st_ino not in self._handles:
                self._handles[status.st_ino] = os.dup(fd)
        return fd

    def _status_of(self, fd: int) -> os.stat_result:
        status = self._real["fstat"](fd)
        known = self._attributes.get(status.st_ino)
        if known is not None and self._now() - known[1] < self._believed[0]:
            return known[0]
        return self._ask(status)

    def _ask(self, status: os.stat_result) -> os.stat_result:
        if not status.st_nlink:
            raise OSError(errno.ESTALE, "stale")
        self._attributes[status.st_ino] = (status, self._now())
        return status
