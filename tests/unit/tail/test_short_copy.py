"""Copies that end before what was read: what an archive is compared with costs no unpacking of its hole."""

from __future__ import annotations

import gzip
import os

from logsource.tail.compressed import CompressedContent
from logsource.tail.identity import GUARD_MAX, Fingerprint, Locator
from logsource.tail.shortcopy import short_copy
from logsource.tail.siblings import Sibling
from logsource.tail.state import FileState

HOLE = 1 << 20
LINES = b"".join(b"2026-01-02T03:04:05Z line %04d\n" % number for number in range(40))
WRITTEN_MS = 1_767_323_045_000


class Unpacked(CompressedContent):
    """Notes what it was asked to read."""

    def __init__(self, fd):
        super().__init__(fd, "gz")
        self.read_at = []

    def read(self, offset, size):
        self.read_at.append(offset)
        return super().read(offset, size)


def state_of(number, base, text):
    """What was committed of a generation that begins with a hole; all of `text`, and a line that the copy has not."""
    end = base + len(text)
    return FileState(
        key=f"k{number}",
        file_id=f"k{number}",
        locator=Locator(1, 100 + number),
        base=base,
        head=Fingerprint.of(text[:256]),
        trail=((end, Fingerprint.of(text[-GUARD_MAX:]).digest),),
        offset=end + 10,
        size=end + 10,
        path="/l/raw.log",
        name="/l/raw.log",
        written_ms=WRITTEN_MS,
    )


def archive(tmp_path, *, dated_ms):
    path = tmp_path / "raw.log.7.gz"
    path.write_bytes(gzip.compress(bytes(HOLE) + LINES))
    os.utime(path, ns=(0, dated_ms * 1_000_000))
    status = path.stat()
    sibling = Sibling(str(path), Locator.of(status), status.st_size, status.st_mtime_ns)
    content = Unpacked(os.open(path, os.O_RDONLY))
    content.remember_text_at(HOLE, lambda _at, _text: None)
    return sibling, content


def test_a_hole_of_another_length_is_told_without_unpacking_it(tmp_path):
    """A hundred generations of a log, each with a hole of megabytes, are compared with each other's rows."""
    sibling, content = archive(tmp_path, dated_ms=WRITTEN_MS + 1_000)
    states = [state_of(number, HOLE - 4096 * number, LINES) for number in range(1, 30)]
    unlike = set()
    assert short_copy(states, sibling, content, "gz", unlike) is None
    assert content.read_at == []
    assert len(unlike) == len(states), "they are not asked about again"


def test_the_row_with_the_same_hole_is_found_among_the_others(tmp_path):
    sibling, content = archive(tmp_path, dated_ms=WRITTEN_MS - 1_000)
    states = [state_of(number, HOLE - 4096 * number, LINES) for number in range(6)]
    found = short_copy(reversed(states), sibling, content, "gz", set())
    assert found is not None
    assert (found.key, found.offset) == ("k0", HOLE + len(LINES))
