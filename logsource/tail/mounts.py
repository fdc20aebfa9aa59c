"""Which files are on other machines, as far as the mount table tells: there the rules are others.

- The kernel does not hear what other machines write: no watches, only polling.
- The number of the device is drawn at each mount, so the locator has the number of a volume instead, made of what was
  mounted where.
- What is held open may go on showing what was there when it was opened, so it is opened anew now and then.
- A server that is gone makes every call wait, for ever if need be; see `logsource.tail.pulse`.
"""

from __future__ import annotations

import os
import re
import select
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple, Protocol

from logsource.tail.identity import Locator
from logsource.tail.resolved import resolved

if TYPE_CHECKING:
    from pathlib import Path

    from logsource.tail.pulse import Pulse

MOUNTINFO = "/proc/self/mountinfo"
NETWORK = (
    frozenset(
        (
            "nfs",
            "nfs3",
            "nfs4",
            "cifs",
            "smb2",
            "smb3",
            "smbfs",
            "ncpfs",
            "9p",
            "virtiofs",
            "ceph",
            "lustre",
            "glusterfs",
        )
    )
    | frozenset(
        (
            "afs",
            "coda",
            "gpfs",
            "mmfs",
            "beegfs",
            "fhgfs",
            "orangefs",
            "pvfs2",
            "panfs",
            "wekafs",
            "ocfs2",
            "gfs2",
            "gfs",
        )
    )
    | frozenset(("davfs", "vboxsf", "vmhgfs", "prl_fs", "drvfs"))
)
"""Types of file systems that others write to besides this kernel: servers, clusters, hosts of virtual machines."""
LOCAL_FUSE = frozenset(("fuseblk", "fuse.fuse-overlayfs", "fuse.lxcfs", "fuse.ntfs-3g", "fuse.mergerfs"))
"""FUSE file systems that lie on a disk of this machine. What any other one does, nobody knows: sshfs, s3fs, rclone …"""
NUMBERING_NAMES = frozenset(("fuse.sshfs", "fuse.curlftpfs", "fuse.rclone", "fuse.s3fs", "fuse.gvfsd-fuse"))
"""File systems whose inode numbers belong to names and not to files: whatever another machine puts in the place of a log
seems to be the same file, and what it renames seems to be new."""
_ESCAPE = re.compile(r"\\([0-7]{3})")


class Mount(NamedTuple):
    """A mounted file system."""

    point: str
    kind: str
    volume: int
    """Of other machines: a negative number that is the same whenever this is mounted here. Else 0."""


class Table(Protocol):
    """The mount table as text, and whether it may have changed since it was last read."""

    def changed(self) -> bool:
        """Cheap; True at first."""
        ...

    def read(self) -> str:
        """Lines of mountinfo, see proc_pid_mountinfo(5)."""
        ...

    def close(self) -> None:
        """Let go; idempotent."""
        ...


class KernelTable:
    """What this process sees as mounted. The kernel says when that changed; where it says nothing, nothing is mounted."""

    def __init__(self, path: str = MOUNTINFO) -> None:
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:  # no /proc, or not Linux: everything counts as local
            self._fd = -1
        self._fresh = self._fd >= 0
        self._poll = select.poll()
        if self._fd >= 0:
            self._poll.register(self._fd, select.POLLPRI)

    def changed(self) -> bool:
        """Ask the kernel."""
        fresh, self._fresh = self._fresh, False
        return fresh or (self._fd >= 0 and bool(self._poll.poll(0)))

    def read(self) -> str:
        """Read the whole table."""
        os.lseek(self._fd, 0, os.SEEK_SET)
        pieces = []
        while piece := os.read(self._fd, 65536):
            pieces.append(piece)
        return os.fsdecode(b"".join(pieces))

    def close(self) -> None:
        """Close the descriptor."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            self._poll.unregister(fd)
            os.close(fd)


class Mounts:
    """The mount table, asked by device, by volume and by path."""

    def __init__(self, table: Table | None = None, pulse: Pulse | None = None) -> None:
        """Without a table everything is on this machine; without a pulse every mount is believed to answer."""
        self._table = table
        self._pulse = pulse
        self._points: dict[str, Mount] = {}
        self._remote: dict[int, Mount] = {}
        self._volumes: dict[int, Mount] = {}
        self.refresh()

    def refresh(self) -> None:
        """Learn what was mounted and unmounted since the last call."""
        if self._table is None or not self._table.changed():
            return
        self._points, self._remote = parse(self._table.read())
        self._volumes = {mount.volume: mount for mount in self._remote.values()}

    def locator(self, status: os.stat_result) -> Locator:
        """Where the statted file is, in a way that outlives a remount."""
        if self._remote and (mount := self._remote.get(status.st_dev)) is not None:
            return Locator(mount.volume, status.st_ino)
        return Locator.of(status)

    def beneath(self, path: str) -> Mount | None:
        """The mount of other machines that a path leads to, if no link on the way leads elsewhere."""
        if not self._remote:
            return None
        while True:
            if (mount := self._points.get(path or "/")) is not None:
                return mount if mount.volume else None
            if not path:
                return None
            path = path.rpartition("/")[0]

    def reach(self, path: str) -> None:
        """Raise TimeoutError when this path is on a mount that does not answer."""
        if self._pulse is not None and (mount := self.beneath(path)) is not None:
            self._pulse.require(mount.point)

    def reach_volume(self, volume: int) -> None:
        """Raise TimeoutError when a locator's device is a volume that does not answer."""
        if volume < 0 and self._pulse is not None and (mount := self._volumes.get(volume)) is not None:
            self._pulse.require(mount.point)

    def renew(self, directory: str) -> None:
        """Have a server asked anew what a directory holds. Errors are left to whoever looks at it next.

        NFS believes the names that it knows for up to a minute (`acdirmax` in nfs(5)), and each of them apart: a renamed
        log may be there twice or not at all. Only who opens a directory makes it ask (close-to-open consistency).
        """
        if self.beneath(directory) is None:
            return
        try:
            os.close(os.open(directory or "/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        except OSError:
            return

    def close(self) -> None:
        """Let go of the table; idempotent."""
        if self._table is not None:
            self._table.close()


def is_remote(kind: str) -> bool:
    """Whether file systems of this type are written to by others than this kernel."""
    return kind in NETWORK or (kind.startswith("fuse") and kind not in LOCAL_FUSE)


def why_not_for_state(path: Path, mounts: Mounts | None = None) -> str:
    """Why a state directory should not be there; empty if it is on this machine. `mounts` instead of the kernel's table.

    SQLite on a network file system: see "Use SQLite over a network" in its documentation. A lock may hold on one machine
    only (`nolock`, `local_lock` in nfs(5)); then two agents write to one database.
    """
    table = Mounts(KernelTable()) if mounts is None else mounts
    try:
        mount = table.beneath(resolved(str(path)))
    finally:
        table.close()
    if mount is None:
        return ""
    where = f"agent.state_dir {path} is on {mount.point}, a mount of {mount.kind.removeprefix('fuse.')}"
    return f"{where}: its lock may not keep other machines out, and its database may be damaged there"


def parse(text: str) -> tuple[dict[str, Mount], dict[int, Mount]]:
    """Mounts by their point (of those on top of each other, the uppermost), and the remote ones by device number."""
    points: dict[str, Mount] = {}
    remote: dict[int, Mount] = {}
    for line in text.splitlines():
        left, _, right = line.partition(" - ")
        fields, (kind, _, rest) = left.split(" "), right.partition(" ")
        if len(fields) < 6 or not rest:
            continue
        point = _unescape(fields[4])
        if not is_remote(kind):
            points[point] = Mount(point, kind, 0)
            continue
        major, _, minor = fields[2].partition(":")
        device = os.makedev(int(major), int(minor))
        mount = Mount(point, kind, _volume(kind, rest.split(" ")[0], fields[3], point))
        # Mounted at several places it is one file system; the name it has under the shortest of them.
        known = remote.get(device)
        if known is None or (len(point), point) < (len(known.point), known.point):
            remote[device] = mount
        points[point] = mount
    return points, remote


def _volume(*parts: str) -> int:
    digest = blake2b("\0".join(parts).encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return -(int.from_bytes(digest, "big") >> 2) - 2


def _unescape(field: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)), field)
