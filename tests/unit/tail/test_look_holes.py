"""The first look at an archive that begins with a long hole."""

from __future__ import annotations

import gzip

from logsource.tail.descriptors import Descriptors
from logsource.tail.follower import Follower
from logsource.tail.identity import Locator
from logsource.tail.look import Look, look
from logsource.tail.open import open_content
from logsource.tail.state import FileState

HOLE = 1 << 21


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
