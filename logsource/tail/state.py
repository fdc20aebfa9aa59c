"""What survives a restart about one file: a plain versioned row, apart from any open handle."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logsource.model import Checkpoint
from logsource.tail.birth import UNKNOWN, Birth
from logsource.tail.identity import NO_FINGERPRINT, Fingerprint, Locator

if TYPE_CHECKING:
    from logsource.model import JSONValue
    from logsource.tail.framing import Continues
    from logsource.tail.trail import Trail

VERSION = 1


@dataclass(slots=True, kw_only=True)
class FileState:
    """One incarnation of one file: what was committed of it, and how to recognise it.

    `key` names the row, (`file_id`, `epoch`) names the content in event ids. They differ in one case only: the
    copy that copytruncate leaves behind keeps the identity of the content it holds, under a row of its own,
    while the truncated file goes on under the old row with the next epoch.
    """

    key: str
    file_id: str
    epoch: int = 0
    locator: Locator
    birth: Birth = UNKNOWN
    """Of the inode that was read, where the file system knows it; rows of earlier versions do not."""
    base: int = 0
    """Where the content begins; what stands before is a hole (a writer without O_APPEND goes on at its old offset
    after a truncation, and the file system fills the gap with NULs)."""
    head: Fingerprint = NO_FINGERPRINT
    """Of the bytes from `base`."""
    heads: tuple[Fingerprint, ...] = ()
    """What the head was while the file was shorter: a copy may end before the head of the log does. Ascending."""
    guard: Fingerprint = NO_FINGERPRINT
    trail: Trail = ()
    """Guards before earlier offsets; rows of earlier versions have none."""
    offset: int = 0
    """First byte not committed, in the decompressed content."""
    line: int = 0
    """Records before `offset`."""
    size: int = 0
    """Largest size seen; what lies between it and `offset` is lost if the file is gone."""
    path: str
    """The family's path, as it stands in events: the name under which the content was first found."""
    name: str
    """Where the file was last seen, links resolved."""
    compression: str = ""
    """`gz`, `zst`, `bz2`, `xz`, or nothing."""
    skipping: bool = False
    """The offset is inside a record that was cut; everything up to the next delimiter is left out."""
    continues: Continues = field(default_factory=dict)
    """Of which records and lines that were cut the rest stands behind the offset; rows of earlier versions have none."""
    learned: tuple[int, ...] = ()
    """Offsets of the records before `offset` from which a parser learned what it knows (names of columns), ascending;
    rows of earlier versions have none."""
    reached: int = 0
    """How far the content was committed, if this is a copy of it that ends before; else 0."""
    finished: bool = False
    """It was rotated and read to its end, its unterminated last line included."""
    found_ms: int = 0
    """When it was found; rows of earlier versions do not know."""
    began_ms: int = 0
    """When the content of this epoch was found in it; 0 when that was found with the file."""
    written_ms: int = 0
    """Modification time of the file when it was last read."""
    dated_ms: int = 0
    """Modification time of the file when its head was seen first; rows of earlier versions do not know."""
    absent_ms: int = 0
    """Since when the file is known to be nowhere; 0 while it is there."""
    doubted: bool = False
    """It was empty and was written to: other content may have come and gone unseen. So the row of it does not prove that
    nothing did, to an agent that is started again."""

    def checkpoint(self, source: str, *, new_ids: bool = False) -> Checkpoint:
        """Return the row as it goes to the store."""
        return Checkpoint(
            file_id=self.key,
            source=source,
            offset=self.offset,
            new_ids=new_ids,
            state={
                "v": VERSION,
                "file_id": self.file_id,
                "epoch": self.epoch,
                "dev": self.locator.device,
                "ino": self.locator.inode,
                "born": list(self.birth),
                "base": self.base,
                "head": [self.head.length, self.head.digest],
                "heads": [[one.length, one.digest] for one in self.heads],
                "guard": [self.guard.length, self.guard.digest],
                "trail": [[offset, digest] for offset, digest in self.trail],
                "line": self.line,
                "size": self.size,
                "path": self.path,
                "name": self.name,
                "compression": self.compression,
                "skipping": self.skipping,
                "continues": {**self.continues},
                "learned": [*self.learned],
                "reached": self.reached,
                "finished": self.finished,
                "found_ms": self.found_ms,
                "began_ms": self.began_ms,
                "written_ms": self.written_ms,
                "dated_ms": self.dated_ms,
                "absent_ms": self.absent_ms,
                "doubted": self.doubted,
            },
        )

    @property
    def identity(self) -> tuple[str, int]:
        """What the ids of its events are made of, beside the offset."""
        return self.file_id, self.epoch

    @classmethod
    def restore(cls, checkpoint: Checkpoint) -> FileState | None:
        """Read a row; None when it is from a version that this one does not know.

        Such a row is left alone: the file is then read again under a new id, which is wasteful and safe.
        """
        row = checkpoint.state
        if row.get("v") != VERSION or "ino" not in row:
            return None
        return cls(
            key=checkpoint.file_id,
            file_id=row["file_id"],
            epoch=row["epoch"],
            locator=Locator(row["dev"], row["ino"]),
            birth=Birth(*row.get("born", ())),
            base=row["base"],
            head=_fingerprint(row["head"]),
            heads=tuple(_fingerprint(pair) for pair in row.get("heads", ())),
            guard=_fingerprint(row["guard"]),
            trail=tuple((offset, digest) for offset, digest in row.get("trail", ())),
            offset=checkpoint.offset,
            line=row["line"],
            size=row["size"],
            path=row["path"],
            name=row["name"],
            compression=row["compression"],
            skipping=row["skipping"],
            continues=row.get("continues", {}),
            learned=tuple(row.get("learned", ())),
            reached=row.get("reached", 0),
            finished=row["finished"],
            found_ms=row.get("found_ms", 0),
            began_ms=row.get("began_ms", 0),
            written_ms=row["written_ms"],
            dated_ms=row.get("dated_ms", 0),
            absent_ms=row["absent_ms"],
            doubted=row.get("doubted", False),
        )


def _fingerprint(pair: JSONValue) -> Fingerprint:
    return Fingerprint(pair[0], pair[1])
