"""A compressed generation that was read to its end is not unpacked at every start to see that it is the same."""

import os
from dataclasses import replace

import pytest

from logsource.tail.birth import UNKNOWN, Birth
from logsource.tail.descriptors import Descriptors
from logsource.tail.follower import Follower
from logsource.tail.identity import Fingerprint, Locator
from logsource.tail.state import FileState

LINE = b"one\n"
HERE = Birth(inode=7, created_ns=1_000, generation=3)
WRITTEN_MS = 5_000


class Archive:
    """Content that notes whether it was read."""

    def __init__(self, path, birth=HERE):
        path.write_bytes(b"packed")
        os.utime(path, ns=(0, WRITTEN_MS * 1_000_000))
        self._path, self._birth = path, birth
        self.read_at = []
        self.closed = False

    def read(self, offset, size):
        self.read_at.append(offset)
        return LINE[offset : offset + size]

    def stat(self):
        return self._path.stat()

    def length(self, stat, offset):
        return offset + 1000

    def birth(self):
        return self._birth

    def close(self):
        self.closed = True


STATE = FileState(
    key="k",
    file_id="k",
    locator=Locator(1, 7),
    birth=HERE,
    head=Fingerprint.of(LINE),
    guard=Fingerprint.of(LINE),
    offset=len(LINE),
    size=len(LINE),
    path="/l/a.log",
    name="/l/a.log.1.gz",
    compression="gz",
    finished=True,
    written_ms=WRITTEN_MS,
)


def followed(content, **changes):
    follower = Follower("web", replace(STATE, **changes), Descriptors(10))
    assert follower.attach(content)
    return follower


def test_it_is_left_closed_and_known_to_be_read(tmp_path):
    content = Archive(tmp_path / "a")
    follower = followed(content)
    assert content.read_at == []
    assert content.closed
    assert follower.content is None
    assert follower.unread == 0
    assert follower.mtime_ns == WRITTEN_MS * 1_000_000


def test_one_that_was_not_read_to_its_end_has_its_turn(tmp_path):
    content = Archive(tmp_path / "a")
    follower = followed(content, finished=False)
    assert content.read_at == []
    assert follower.content is None
    assert follower.unread > 0


@pytest.mark.parametrize(
    "changes",
    [
        {"written_ms": WRITTEN_MS - 1},
        {"compression": ""},
        {"birth": UNKNOWN},
        {"birth": HERE._replace(inode=8)},
    ],
    ids=str,
)
def test_in_doubt_its_content_is_compared(tmp_path, changes):
    content = Archive(tmp_path / "a")
    follower = followed(content, **changes)
    assert content.read_at != []
    assert follower.content is content


def test_where_the_kernel_knows_nothing_of_inodes_its_content_is_compared(tmp_path):
    content = Archive(tmp_path / "a", Birth(inode=7))
    assert followed(content, birth=Birth(inode=7)).content is content
