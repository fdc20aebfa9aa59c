"""Files that come late, cannot be read, or are no files."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.support.tailing import numbered, write


@pytest.fixture
def as_nobody():
    """Permissions mean nothing to root, so these tests are somebody else."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    was = os.geteuid()
    if was == 0:
        os.chown(folder, 65534, -1)
        os.seteuid(65534)
    yield folder
    os.seteuid(was)
    for path in folder.rglob("*"):
        path.chmod(0o755)
    shutil.rmtree(folder)


def test_a_file_and_its_directories_appear_later(tmp_path, follow):
    tailing = follow(tmp_path / "a" / "*" / "app.log", tmp_path / "b" / "**" / "*.log").step()
    (tmp_path / "a" / "x").mkdir(parents=True)
    (tmp_path / "b" / "y" / "z").mkdir(parents=True)
    tailing.step()
    write(tmp_path / "a" / "x" / "app.log", ["one"])
    write(tmp_path / "b" / "y" / "z" / "deep.log", ["two"])
    write(tmp_path / "b" / "top.log", ["three"])
    assert sorted(tailing.step(2).texts()) == ["one", "three", "two"]


def test_braces_and_excludes(tmp_path, follow):
    for name in ("a.log", "b.log", "c.log", "a.txt", "debug-a.log"):
        write(tmp_path / name, [name])
    tailing = follow(tmp_path / "{a,b,debug-*}.{log,txt}", source={"exclude": ["**/debug-*"]}).step()
    assert sorted(tailing.texts()) == ["a.log", "a.txt", "b.log"]


def test_a_file_later_than_the_start_is_read_from_its_beginning(tmp_path, follow):
    write(tmp_path / "a.log", ["old"])
    tailing = follow(tmp_path / "*.log", source={"start_at": "end"}).step()
    write(tmp_path / "b.log", ["new"])
    tailing.step()
    tailing.stop()
    write(tmp_path / "c.log", ["newer"])
    tailing.start().step()
    assert tailing.texts() == ["new", "newer"]


def test_files_nobody_wrote_to_for_long_are_left_out_until_somebody_does(tmp_path, follow):
    old = tmp_path / "old.log"
    write(old, numbered(0, 3))
    os.utime(old, (1_000_000_000, 1_000_000_000))
    tailing = follow(old, source={"ignore_older": 3600.0}).step(30)
    assert tailing.texts() == []
    write(old, numbered(3, 1))
    assert tailing.step(30).texts() == numbered(0, 4)


def test_permission_denied_is_named_and_granted_later(as_nobody, follow):
    log = as_nobody / "app.log"
    write(log, numbered(0, 3))
    log.chmod(0)
    tailing = follow(log).step(3)
    assert tailing.texts() == []
    (status,) = tailing.tail.status()
    assert (status.state, status.path) == ("unreadable", str(log))
    assert [(one.kind, one.label) for one in tailing.events] == [("unreadable", "EACCES")], "said once"
    log.chmod(0o644)
    tailing.step(60)
    assert tailing.texts() == numbered(0, 3)
    assert [one.kind for one in tailing.events] == ["unreadable", "readable", "found"]


def test_an_unreadable_directory_proves_nothing_about_its_files(as_nobody, follow):
    folder = as_nobody / "logs"
    folder.mkdir()
    write(folder / "app.log", numbered(0, 3))
    tailing = follow(folder / "*.log").step()
    folder.chmod(0)
    tailing.step(10)
    assert tailing.rotations() == []
    folder.chmod(0o755)
    write(folder / "app.log", numbered(3, 3))
    assert tailing.step(60).texts() == numbered(0, 6)


def test_a_directory_where_a_log_should_be(tmp_path, follow):
    log = tmp_path / "app.log"
    log.mkdir()
    tailing = follow(log).step(3)
    assert [one.state for one in tailing.tail.status()] == ["unreadable"]
    log.rmdir()
    write(log, ["now"])
    assert tailing.step(60).texts() == ["now"]
    assert [one.state for one in tailing.tail.status()] == ["idle"]


def test_things_that_are_no_files_are_left_alone_by_a_glob(tmp_path, follow):
    (tmp_path / "dir.log").mkdir()
    os.mkfifo(tmp_path / "fifo.log")
    (tmp_path / "loop.log").symlink_to(tmp_path / "loop.log")
    (tmp_path / "dangling.log").symlink_to(tmp_path / "nowhere")
    write(tmp_path / "app.log", ["one"])
    tailing = follow(tmp_path / "*.log").step(3)
    assert tailing.texts() == ["one"]
    assert {one.label for one in tailing.events if one.kind == "unreadable"} == {"ELOOP"}


def test_too_many_open_files_is_survived(tmp_path, follow):
    for number in range(30):
        write(tmp_path / f"{number:02d}.log", [f"file {number:02d}"])
    tailing = follow(tmp_path / "*.log")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = max(int(fd.name) for fd in Path("/proc/self/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 10, hard))
    try:
        tailing.step(3)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert {one.label for one in tailing.events if one.kind == "unreadable"} <= {
        errno.errorcode[errno.EMFILE]
    }
    assert sorted(tailing.step(120).texts()) == [f"file {number:02d}" for number in range(30)]


def test_one_hot_file_does_not_starve_the_cold_ones(tmp_path, follow):
    hot = tmp_path / "hot.log"
    write(hot, numbered(0, 100_000))
    for number in range(99):
        write(tmp_path / f"cold{number:02d}.log", [f"cold {number}"])
    tailing = follow(tmp_path / "*.log")
    tailing.clock.advance(1)
    tailing.tail.scan()
    for _ in range(12):
        tailing.commit(tailing.tail.read(10 * 4096))
    cold = [text for text in tailing.texts() if text.startswith("cold")]
    assert len(cold) == 99
    assert len(tailing.texts(str(hot))) > 10 * 300
    assert tailing.step().texts(str(hot)) == numbered(0, 100_000)


def test_lines_linger_so_that_few_are_read_together(tmp_path, follow):
    log = tmp_path / "app.log"
    log.touch()
    tailing = follow(log, linger=0.5)
    tailing.step()
    write(log, ["a"])
    tailing.step(seconds=0.1)
    write(log, ["b"])
    tailing.step(seconds=0.3)
    assert tailing.texts() == []
    assert 0 < tailing.tail.wait_hint() <= 0.1
    tailing.step(seconds=0.3)
    assert tailing.texts() == ["a", "b"]
    assert len(tailing.chunks) == 1
    write(log, numbered(0, 400))
    tailing.step(seconds=0.1)
    assert len(tailing.chunks) == 2, "a full block does not wait"
    tailing.tail.drain()
    tailing.step(seconds=0.1)
    assert tailing.texts() == ["a", "b", *numbered(0, 400)]


def test_with_a_short_linger_a_line_is_out_at_once(tmp_path, follow):
    log = tmp_path / "app.log"
    log.touch()
    tailing = follow(log, linger=0.02, poll_interval=0.02).step()
    for number in range(20):
        write(log, [f"line {number}"])
        waited = 0.0
        while len(tailing.got) <= number:
            wait = max(tailing.tail.wait_hint(), 0.001)
            tailing.step(seconds=wait)
            waited += wait
        assert waited <= 0.05
    assert tailing.texts() == [f"line {number}" for number in range(20)]


def test_a_path_that_is_gone_is_no_trouble_any_more(as_nobody, follow):
    log = as_nobody / "app.log"
    write(log, ["secret"])
    log.chmod(0)
    tailing = follow(as_nobody / "*.log").step(2)
    assert [one.state for one in tailing.tail.status()] == ["unreadable"]
    log.unlink()
    assert tailing.step(60).tail.status() == []
