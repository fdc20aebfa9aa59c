"""What `logsource check` says of the files of a source besides whether they may be read."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from logsource.tail.magic import FORM_LENGTH, why_unreadable
from logsource.tail.mounts import NUMBERING_NAMES, KernelTable, Mounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_NAMED = 3
"""Files that are named one by one; the rest is counted."""


def _is_device(mode: int) -> bool:
    return stat.S_ISCHR(mode) or stat.S_ISBLK(mode)


_KINDS = {
    "a named pipe": stat.S_ISFIFO,
    "a socket": stat.S_ISSOCK,
    "a device": _is_device,
}
_INSTEAD = {
    "a named pipe": "give it to the agent as its standard input, with a source of type: stdin",
    "a socket": "a source of type: syslog listens on a socket of its own",
    "a device": "leave it out with exclude",
}


def remarks(
    files: Sequence[str], directories: Iterable[str], mounts: Mounts | None = None
) -> Iterator[tuple[str, str]]:
    """What is wrong with these files and the directories they were looked for in, and what to do."""
    yield from _no_files(files)
    yield from _packed(files)
    table = mounts or Mounts(KernelTable())
    try:
        yield from _numbered_by_name(directories, table)
    finally:
        table.close()


def _no_files(files: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What has the name of a log and cannot be tailed, so that the agent never opens it. Directories are told elsewhere."""
    found = [(path, kind) for path in files if (kind := _kind(path)) in _INSTEAD]
    for path, kind in found[:_NAMED]:
        yield f"{path} is {kind}, which is not read", _INSTEAD[kind]
    if len(found) > _NAMED:
        yield f"{len(found) - _NAMED} more are no files either and not read", ""


def _kind(path: str) -> str:
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return ""
    return next((name for name, test in _KINDS.items() if test(mode)), "")


def _packed(files: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Files that the agent will name as unreadable because of what is in them."""
    packed = [(path, reason) for path in files if (reason := why_unreadable(_first_bytes(path)))]
    for path, reason in packed[:_NAMED]:
        what, _, hint = reason.partition(": ")
        yield f"{path} cannot be read, it is {what}", hint
    if len(packed) > _NAMED:
        yield f"{len(packed) - _NAMED} more files are packed in ways that cannot be read", ""


def _first_bytes(path: str) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return b""  # whether it may be read is asked elsewhere
    try:
        return os.read(fd, FORM_LENGTH) if stat.S_ISREG(os.fstat(fd).st_mode) else b""
    except OSError:
        return b""
    finally:
        os.close(fd)


def _numbered_by_name(directories: Iterable[str], mounts: Mounts) -> Iterator[tuple[str, str]]:
    places = {mount.point: mount for one in directories if (mount := mounts.beneath(os.path.realpath(one)))}
    for point, mount in sorted(places.items()):
        if mount.kind in NUMBERING_NAMES:
            kind = mount.kind.removeprefix("fuse.")
            what = (
                f"{point} is a mount of {kind}, where a log that is rotated on the server is not recognised"
            )
            yield f"{what}: lines are lost or sent twice", "run the agent on the server, or mount it by NFS"
