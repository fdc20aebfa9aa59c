"""The first look at what begins with a hole: an archive, and a log that was cut since an earlier agent saw it, or this very moment."""

from __future__ import annotations

import gzip
import os

from logsource.tail.descriptors import Descriptors
from logsource.tail.follower import Follower
from logsource.tail.identity import Fingerprint, Locator
from logsource.tail.look import Look, look
from logsource.tail.open import open_content
from logsource.tail.state import FileState

HOLE = 1 << 21
LINE = b"a line that is long enough to tell one log from another, which takes sixty-four bytes\n"


def log_of(path, **known):
    """A follower of an open file, of which nothing is committed but what is given."""
    content, compression = open_content(str(path))
    state = FileState(
        key="k",
        file_id="k",
        locator=Locator.of(content.stat()),
        path=str(path),
        name=str(path),
        compression=compression,
        **known,
    )
    follower = Follower("app", state, Descriptors(10))
    follower.take(content)
    return follower


def nothing():
    """Happen."""


class Disturbed:
    """An open file to which something happens before each reading of anything."""

    def __init__(self, content, *happens):
        self._content, self._happens = content, iter(happens)

    def __getattr__(self, name):
        return getattr(self._content, name)

    def read(self, offset, size):
        if size:
            next(self._happens, nothing)()
        return self._content.read(offset, size)


def test_what_an_earlier_agent_saw_of_a_log_that_is_cut_while_it_is_looked_at_stays_known(tmp_path):
    """It is looked for in the copy, from its beginning: how far the hole of the new content reaches is none of its business."""
    path, head = tmp_path / "app.log", Fingerprint.of(LINE[:64])
    path.write_bytes(2 * LINE)
    follower = log_of(path, head=head, size=2 * len(LINE))
    follower.content = Disturbed(
        follower.content, nothing, lambda: path.write_bytes(bytes(2 * len(LINE)) + LINE)
    )
    assert look(follower, 1.0) is Look.CHANGED
    assert (follower.state.offset, follower.state.base, follower.state.head) == (0, 0, head)
    follower.release()


def test_a_log_that_is_cut_while_it_is_looked_at_does_not_begin_with_nuls(tmp_path):
    path = tmp_path / "app.log"
    path.write_bytes(2 * LINE)
    follower = log_of(path)
    follower.content = Disturbed(
        follower.content,
        lambda: os.truncate(path, 0),
        lambda: path.write_bytes(bytes(2 * len(LINE)) + LINE),
    )
    assert look(follower, 1.0) is Look.CHANGED
    assert not follower.state.head.length
    follower.release()


def test_what_stands_behind_a_long_hole_is_known_at_once(tmp_path):
    """By it the archive is recognised, should the agent be killed and the archive be called otherwise then."""
    path = tmp_path / "app.log.1.gz"
    path.write_bytes(gzip.compress(bytes(HOLE) + b"a line of which nothing is read yet\n"))
    content, compression = open_content(str(path))
    state = FileState(
        key="k",
        file_id="k",
        locator=Locator.of(content.stat()),
        path=str(tmp_path / "app.log"),
        name=str(path),
        compression=compression,
    )
    follower = Follower("app", state, Descriptors(10))
    follower.take(content)
    assert look(follower, 1.0) is Look.GREW
    assert follower.state.base == HOLE
    assert follower.state.head.length > 0
    assert follower.unread > 0
    follower.release()
