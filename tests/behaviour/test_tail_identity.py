"""Which file is which: equal content, links, reused inodes, truncation in disguise."""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path

import pytest

from tests.support.tailing import dated, numbered, source, write


def test_two_files_with_equal_content_are_two_files(tmp_path, follow):
    for name in ("a.log", "b.log"):
        write(tmp_path / name, numbered(0, 5))
    tailing = follow(tmp_path / "*.log").step()
    assert sorted(tailing.texts()) == sorted(numbered(0, 5) * 2)
    assert len({one.id[0] for one in tailing.got}) == 2
    assert tailing.crash().settle().texts() == tailing.texts()


def test_one_file_under_two_names_is_read_once(tmp_path, follow):
    write(tmp_path / "a.log", numbered(0, 5))
    os.link(tmp_path / "a.log", tmp_path / "b.log")
    (tmp_path / "c.log").symlink_to(tmp_path / "a.log")
    tailing = follow(tmp_path / "*.log").step()
    write(tmp_path / "b.log", numbered(5, 5))
    assert tailing.step().texts() == numbered(0, 10)
    (tmp_path / "a.log").unlink()
    (tmp_path / "c.log").unlink()
    write(tmp_path / "b.log", numbered(10, 5))
    assert tailing.step().texts() == numbered(0, 15)
    assert tailing.crash().settle().texts() == numbered(0, 15)


def test_two_sources_follow_the_same_file_each_for_itself(follow, log):
    write(log, numbered(0, 5))
    tailing = follow(sources=[source(log, name="one"), source(log, name="two")]).step()
    for name in ("one", "two"):
        assert [got.text for got in tailing.got if got.source == name] == numbered(0, 5)
    assert len({one.id[0] for one in tailing.got}) == 2


def test_a_symbolic_link_that_is_swapped_is_a_rotation(tmp_path, follow):
    link = tmp_path / "current"
    for day, running in ((1, True), (2, True), (3, False)):
        target = tmp_path / f"app-{day}.txt"
        write(target, numbered(day * 10, 5))
        if day == 1:
            link.symlink_to(target)
            tailing = follow(link).step()
            continue
        write(tmp_path / f"app-{day - 1}.txt", numbered(day * 10 - 5, 5))
        if not running:
            tailing.stop()
        (tmp_path / "new").symlink_to(target)
        (tmp_path / "new").rename(link)
        if not running:
            tailing.start()
        tailing.settle()
    assert tailing.texts() == [
        *numbered(10, 5),
        *numbered(15, 5),
        *numbered(20, 5),
        *numbered(25, 5),
        *numbered(30, 5),
    ]


def test_atomic_replace_is_a_new_file_and_the_old_one_is_read_to_its_end(tmp_path, follow, log):
    write(log, numbered(0, 5))
    tailing = follow(log).step()
    write(log, numbered(5, 5))
    write(tmp_path / "new", numbered(10, 5))
    (tmp_path / "new").rename(log)
    assert tailing.settle().texts() == numbered(0, 15)
    assert tailing.rotations() == ["replace"]
    assert len({one.id[0] for one in tailing.got}) == 2


def test_a_deleted_file_is_read_to_its_end(follow, log):
    write(log, numbered(0, 5))
    tailing = follow(log).step()
    write(log, numbered(5, 5))
    with log.open("a") as writer:
        log.unlink()
        tailing.step(3)
        writer.write("still here\n")
        writer.flush()
        tailing.step(3)
    assert tailing.texts() == [*numbered(0, 10), "still here"]
    assert tailing.rotations() == ["delete"]
    write(log, numbered(10, 5))
    assert tailing.settle().texts() == [*numbered(0, 10), "still here", *numbered(10, 5)]


def test_the_descriptor_of_a_deleted_file_is_released(follow, log):
    write(log, numbered(0, 5))
    tailing = follow(log).step()
    log.unlink()
    tailing.step(100)
    assert _descriptors(log) == 0


def test_an_inode_given_to_a_new_file_does_not_inherit_the_offset(follow, log):
    write(log, numbered(0, 50))
    tailing = follow(log).step()
    inode = log.stat().st_ino
    tailing.stop()
    # Whether the file system gives the number away again is its own affair; writing in place does it for sure.
    with log.open("r+") as file:
        file.truncate(0)
        file.write("".join(line + "\n" for line in numbered(1000, 60)))
    assert log.stat().st_ino == inode
    tailing.start().settle()
    assert tailing.texts() == [*numbered(0, 50), *numbered(1000, 60)]
    assert {one.id[1] for one in tailing.got} == {0, 1}


def test_an_inode_given_to_another_log_is_another_file(tmp_path, follow):
    one, two = tmp_path / "one.log", tmp_path / "two.log"
    write(one, numbered(0, 50))
    tailing = follow(tmp_path / "*.log").step().stop()
    with one.open("r+") as file:
        file.truncate(0)
        file.write("".join(line + "\n" for line in numbered(1000, 60)))
    one.rename(two)
    tailing.start().settle()
    assert tailing.texts(str(two)) == numbered(1000, 60)
    assert len({got.id[0] for got in tailing.got}) == 2


@pytest.mark.parametrize("pattern", ["app.log", "app*"])
@pytest.mark.parametrize("names", [("app.log.1", "app.log.2.gz"), ("app.1.log", "app.2.log.gz")])
def test_an_inode_that_goes_from_the_oldest_generation_to_the_log_does_not_make_it_the_oldest(
    tmp_path, follow, pattern, names
):
    log, one, two = (tmp_path / name for name in ("app.log", *names))
    write(log, numbered(0, 10))
    tailing = follow(tmp_path / pattern).step().stop()
    log.rename(one)
    write(log, numbered(10, 10))
    tailing.start().step().stop()
    write(log, numbered(20, 10))
    # While nobody looks: the oldest is packed, and what begins the log anew has the inode that it had.
    status = one.stat()
    two.write_bytes(gzip.compress(one.read_bytes()))
    os.utime(two, ns=(status.st_atime_ns, status.st_mtime_ns))
    oldest = one.rename(tmp_path / "oldest")
    log.rename(one)
    os.truncate(oldest, 0)
    oldest.rename(log)
    write(log, numbered(30, 7))
    tailing.start().settle()
    assert log.stat().st_ino == status.st_ino
    assert tailing.texts() == numbered(0, 37)
    assert not tailing.abandoned()


@pytest.mark.parametrize("running", [True, False], ids=["running", "stopped"])
@pytest.mark.parametrize("count", [3, 10, 11, 500])
def test_truncated_and_grown_again_between_two_looks(follow, log, running, count):
    write(log, numbered(0, 10))
    tailing = follow(log).step()
    if not running:
        tailing.stop()
    with log.open("r+") as file:
        file.truncate(0)
        file.write("".join(line + "\n" for line in numbered(100, count)))
    if not running:
        tailing.start()
    assert tailing.settle().texts() == [*numbered(0, 10), *numbered(100, count)]


def test_truncated_to_the_same_header(follow, log):
    header = ["# header " + "x" * 300]
    write(log, header + numbered(0, 10))
    tailing = follow(log).step()
    with log.open("r+") as file:
        file.truncate(0)
        file.write("".join(line + "\n" for line in header + numbered(50, 30)))
    assert tailing.settle().texts() == header + numbered(0, 10) + header + numbered(50, 30)


def test_what_a_truncation_took_is_counted(follow, log):
    write(log, numbered(0, 10))
    tailing = follow(log).step()
    tailing.paused = True
    write(log, numbered(10, 10))
    tailing.step()
    os.truncate(log, 0)
    tailing.step()
    tailing.paused = False
    write(log, numbered(20, 1))
    assert tailing.step().texts() == [*numbered(0, 10), *numbered(20, 1)]
    assert tailing.abandoned() == {"truncated": 120}


def test_what_was_deleted_is_not_called_truncated_when_the_next_log_has_its_inode(follow, log):
    write(log, numbered(0, 400))
    tailing = follow(log)
    tailing.tail.scan()
    tailing.commit(tailing.tail.read(1))
    read = tailing.chunks[0].end
    tailing.stop()
    log.unlink()
    write(log, numbered(1000, 1))  # ext4 gives it the same number, tmpfs does not: what is told is the same
    tailing.start().settle()
    assert tailing.texts()[-1:] == numbered(1000, 1)
    assert tailing.abandoned() == {"vanished": 4800 - read}
    assert "truncate" not in tailing.rotations()


def test_moved_to_another_name_it_is_the_same_file(tmp_path, follow):
    one, two = tmp_path / "one.log", tmp_path / "two.log"
    write(one, numbered(0, 5))
    tailing = follow(tmp_path / "*.log").step()
    one.rename(two)
    write(two, numbered(5, 5))
    tailing.step().stop()
    two.rename(tmp_path / "three.log")
    write(tmp_path / "three.log", numbered(10, 5))
    tailing.start().settle()
    assert tailing.texts(str(one)) == numbered(0, 15)
    assert len({got.id[0] for got in tailing.got}) == 1


def test_copied_over_itself_under_a_new_inode_it_goes_on(tmp_path, follow, log):
    write(log, dated(0, 50))
    tailing = follow(log).step()
    shutil.copy(log, tmp_path / "x")
    (tmp_path / "x").rename(log)
    write(log, dated(50, 5))
    assert tailing.settle().texts() == dated(0, 55)
    assert len({got.id[0] for got in tailing.got}) == 1


def _descriptors(path):
    """How many of our descriptors are of this file, deleted or not."""
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return sum(str(link.readlink()).startswith(str(path)) for link in links)
