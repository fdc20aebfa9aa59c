"""A file whose inode number was given to another one, which begins alike: only the inode's birth tells.

File systems give numbers away as they like. So the other file is not made here: the row is made to say that the inode
it knew was born at another time.
"""

from __future__ import annotations

import os
from dataclasses import replace

from logsource.tail.birth import birth_of
from tests.support.rotating import compress
from tests.support.tailing import descriptors, numbered, write

BANNER = ["=" * 200, "service is starting", "listening on port 80"]


def born(row, seconds, generation):
    inode, created_ns, _ = row.state["born"]
    state = {**row.state, "born": [inode, created_ns + seconds * 1_000_000_000, generation]}
    return replace(row, state=state)


def of_another_inode(tailing, *, seconds=-100, generation=0):
    """The rows are of files that are gone, whose numbers others have now."""
    tailing.rows = {key: born(row, seconds, generation) for key, row in tailing.rows.items()}


def test_the_row_knows_the_birth_of_its_inode(follow, log):
    write(log, BANNER)
    tailing = follow(log).step()
    (row,) = tailing.rows.values()
    with log.open("rb") as file:
        assert tuple(row.state["born"]) == birth_of(file.fileno())
    assert row.state["born"][1] > 0


def test_equal_content_under_a_reused_inode_is_read(follow, log):
    write(log, BANNER)
    tailing = follow(log).step().stop()
    of_another_inode(tailing)
    tailing.start().settle()
    assert tailing.texts() == BANNER * 2
    assert [one.id[1] for one in tailing.got] == [0] * 3 + [1] * 3
    write(log, ["request"])
    assert tailing.crash().settle().texts() == [*BANNER * 2, "request"]


def test_the_generation_tells_alone(follow, log):
    """Two files may be born within one tick of the kernel's clock."""
    write(log, BANNER)
    with log.open("rb") as file:
        known = birth_of(file.fileno()).generation
    tailing = follow(log).step().stop()
    of_another_inode(tailing, seconds=0, generation=known + 1)
    tailing.start().settle()
    assert tailing.texts() == BANNER * (2 if known else 1)


def test_a_row_without_a_birth_still_matches_and_learns_it(follow, log):
    write(log, BANNER)
    tailing = follow(log).step().stop()
    for key, row in tailing.rows.items():
        tailing.rows[key] = replace(row, state={k: v for k, v in row.state.items() if k != "born"})
    write(log, ["request"])
    assert tailing.start().settle().texts() == [*BANNER, "request"]
    (row,) = tailing.rows.values()
    assert row.state["born"][0] == log.stat().st_ino


def test_what_is_restored_with_its_time_stamps_goes_on(follow, log):
    """A file that was written to before its inode was born has been copied."""
    write(log, BANNER)
    tailing = follow(log).step().stop()
    of_another_inode(tailing)
    os.utime(log, ns=(1, log.stat().st_mtime_ns - 3600 * 10**9))
    assert tailing.start().settle().texts() == BANNER


def test_a_truncated_file_keeps_its_birth(follow, log):
    write(log, numbered(0, 5))
    tailing = follow(log).step()
    os.truncate(log, 0)
    write(log, BANNER)
    tailing.step().stop()
    of_another_inode(tailing)
    tailing.start().settle()
    assert tailing.texts() == [*numbered(0, 5), *BANNER * 2]


def test_renamed_and_compressed_files_are_never_taken_for_others(follow, tmp_path, log):
    write(log, numbered(0, 5))
    tailing = follow(log).step().stop()
    log.rename(tmp_path / "app.log.1")
    write(log, numbered(5, 5))
    tailing.start().settle().stop()
    compress(tmp_path / "app.log.1")
    log.rename(tmp_path / "app.log.1")
    write(log, numbered(10, 5))
    tailing.start().settle()
    assert tailing.crash().settle().texts() == numbered(0, 15)


def test_a_closed_file_that_was_replaced_is_noticed(tmp_path, follow):
    """It was closed for want of descriptors; then it is opened by its name, and that is no proof."""
    names = [f"{number}.log" for number in range(6)]
    for name in names:
        write(tmp_path / name, BANNER)
    tailing = follow(tmp_path / "*.log", max_open=1).step(3)
    for follower in tailing.tail._sources["app"].registry.by_key.values():
        follower.state.birth = follower.state.birth._replace(created_ns=1)
    closed = [name for name in names if not descriptors(tmp_path / name)]
    assert len(closed) == 5
    for name in closed:
        write(tmp_path / name, ["request"])
    tailing.settle()
    for name in closed:
        assert tailing.texts(str(tmp_path / name)) == [*BANNER * 2, "request"]


class OfALowerLayer:
    """A file that overlayfs shows of a lower layer; when it is first written to, it has another inode of the same number."""

    def __init__(self, inner):
        self._inner = inner
        self._status = inner.stat()

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def birth(self):
        known = self._inner.birth()
        if self._inner.stat().st_size > self._status.st_size:
            return known
        return known._replace(created_ns=known.created_ns - 10**12, generation=0)


def test_a_file_that_an_overlay_copies_up_while_it_is_followed_is_the_same(follow, log):
    write(log, BANNER)
    tailing = follow(log)
    tailing.tail.scan()
    (one,) = tailing.tail._sources["app"].registry.by_key.values()
    one.content = OfALowerLayer(one.content)
    one.state.birth = one.content.birth()
    tailing.step()
    assert {row.state["born"][2] for row in tailing.rows.values()} == {0}
    write(log, numbered(0, 5))
    assert tailing.step().crash().settle().texts() == BANNER + numbered(0, 5)
