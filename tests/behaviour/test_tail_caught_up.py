"""What `logsource drain` goes by: whether every complete record that was seen is committed."""

from __future__ import annotations

import gzip

from tests.support.tailing import Tailing, numbered, source, write


def only(tailing):
    (status,) = tailing.tail.status()
    return status


def test_it_is_the_inode_that_tells_generations_apart(log):
    write(log, numbered(0, 3))
    tailing = Tailing(source(f"{log}*")).step()
    log.rename(f"{log}.1")
    write(log, numbered(3, 3))
    tailing.step(2)
    found = {one.inode: (one.path, one.size) for one in tailing.tail.status()}
    assert found == {path.stat().st_ino: (str(log), 36) for path in (log, log.with_name("app.log.1"))}
    tailing.stop()


def test_unread_lines_are_waited_for_and_an_unfinished_one_is_not(log):
    write(log, numbered(0, 3))
    tailing = Tailing(source(log)).step()
    assert only(tailing).caught_up
    tailing.paused = True
    write(log, numbered(3, 3))
    write(log, ["half"], end="")
    tailing.step()
    assert not only(tailing).caught_up
    tailing.paused = False
    tailing.step(2)
    assert only(tailing).caught_up
    assert only(tailing).size == log.stat().st_size > only(tailing).offset
    tailing.stop()


def test_an_open_record_of_several_lines_is_waited_for(log):
    multiline = {"start": "^line", "flush_after": "5s"}
    tailing = Tailing(source(log, multiline=multiline))
    write(log, ["line one", "  more"])
    tailing.step()
    assert not only(tailing).caught_up
    tailing.step(7)
    assert tailing.texts() == ["line one\n  more"]
    assert only(tailing).caught_up
    tailing.stop()


def test_an_archive_is_read_when_its_end_was_seen(tmp_path):
    archive = tmp_path / "app.log.1.gz"
    archive.write_bytes(gzip.compress("".join(f"{line}\n" for line in numbered(0, 50_000)).encode()))
    tailing = Tailing(source(archive))
    tailing.tail.scan()
    tailing.commit(tailing.tail.read(1))
    assert not only(tailing).caught_up
    tailing.step(3)
    assert only(tailing).caught_up
    assert len(tailing.texts()) == 50_000
    tailing.stop()
