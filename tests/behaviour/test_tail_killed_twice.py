"""Agent and logrotate are both killed, and logrotate runs again before anybody looks at what it left."""

from __future__ import annotations

import gzip
import os
import shutil

import pytest

from logsource.tail.making import MAKING_WAIT
from tests.support.midlook import Before
from tests.support.rotating import compress
from tests.support.tailing import Tailing, dated, next_tick, numbered, source, write

BACKUP = "app.log.1-2026112213.backup"
KINDS = {"times in the lines": dated, "no times": numbered}


@pytest.fixture
def log(tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder / "app.log"


def say(log, lines):
    write(log, lines)
    next_tick(log)


def copy(log, name="app.log.1"):
    next_tick(log)
    target = log.with_name(name)
    shutil.copyfile(log, target)
    return target


def cut(log):
    os.truncate(log, 0)
    next_tick(log)


@pytest.fixture
def left(log):
    """A generation that came while nobody looked and breaks off, packed; the next run has overwritten its original.

    The generation before it is gone, so the archive may hold what is known.
    """
    tailing = Tailing(source(log))
    say(log, numbered(0, 20))
    tailing.step(3).stop()
    with log.open("rb"):  # or another file has its inode number
        log.unlink()
        say(log, numbered(20, 500))
        generation = log.rename(log.with_name("app.log.1"))
        say(log, numbered(520, 20))
        data = gzip.compress(generation.read_bytes())
        archive = log.with_name("app.log.2.gz")
        archive.write_bytes(data[: len(data) * 2 // 3])
        log.rename(generation)
        say(log, numbered(540, 20))
        yield tailing, archive
    tailing.stop()


YOUNGER = numbered(0, 20) + numbered(520, 40)


def late(got):
    """What came behind what is younger: what of the archive can be unpacked."""
    assert got[: len(YOUNGER)] == YOUNGER
    lines = got[len(YOUNGER) :]
    assert lines == numbered(20, len(lines))
    return len(lines)


# -- an archive that breaks off, of a generation that nobody saw --------------------------------------


def test_an_archive_that_nobody_writes_to_any_more_is_read_at_once_and_in_its_place(left):
    tailing, _ = left
    tailing.start().step()
    packed = tailing.texts()[20:]
    assert packed == numbered(20, len(packed))
    assert len(packed) > 100, "as much of it as can be unpacked"
    got = tailing.step(20).texts()
    assert got == numbered(0, 20) + packed + numbered(520, 40)
    assert tailing.crash().step(80).texts() == got


def test_an_archive_that_is_being_written_is_waited_for_and_what_is_younger_does_not_hide_it(left):
    tailing, archive = left
    with archive.open("ab"):
        assert tailing.start().step(20).texts() == YOUNGER, "it may become whole"
        assert tailing.crash().step(20).texts() == YOUNGER
    assert late(tailing.step(3).texts()) > 100, "who packed was killed"


@pytest.mark.parametrize("crashes", [0, 1, 2])
def test_where_nobody_can_know_who_writes_it_is_read_after_a_minute(left, crashes):
    tailing, _ = left
    tailing.options["has_writer"] = lambda _content: None
    tailing.start().step(20)
    for _ in range(crashes):
        tailing.crash().step(20)
    assert tailing.texts() == YOUNGER
    assert late(tailing.step(int(MAKING_WAIT) + 5).texts()) > 100
    got = tailing.texts()
    assert tailing.crash().step(80).texts() == got


# -- copies of a log that was not cut ------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("kind", KINDS)
def test_copies_that_are_alike_are_one_if_their_lines_say_so(log, kind, pattern):
    """Nothing was written between two runs, of which the first one was killed before the cut."""
    lines = KINDS[kind]
    tailing = Tailing(source(log.with_name(pattern)))
    say(log, lines(0, 20))
    tailing.step(3).stop()
    copy(log, "app.log.3")
    cut(log)
    say(log, lines(20, 20))
    copy(log, "app.log.2")
    copy(log)
    cut(log)
    say(log, lines(40, 5))
    got = tailing.start().settle().texts()
    twice = [] if kind == "times in the lines" else lines(20, 20)
    assert sorted(got) == sorted(lines(0, 45) + twice), "a program may say the same each night"
    assert tailing.crash().settle().texts() == got
    tailing.stop()


@pytest.mark.parametrize("empty", [1, 3])
def test_a_copy_that_was_created_only_stands_between_two_copies(log, empty):
    tailing = Tailing(source(log))
    say(log, numbered(0, 20))
    tailing.step(3).stop()
    copy(log, "app.log.9")
    cut(log)
    say(log, numbered(20, 20))
    copy(log, "app.log.8")  # killed
    for number in range(empty):
        log.with_name(f"app.log.{number + 2}").touch()  # killed
    say(log, numbered(40, 5))
    copy(log)
    cut(log)
    say(log, numbered(45, 5))
    assert tailing.start().settle().texts() == numbered(0, 50)
    assert tailing.crash().settle().texts() == numbered(0, 50)
    tailing.stop()


@pytest.mark.parametrize("question", range(12, 27))
@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_that_is_followed_goes_on_in_the_longer_one_that_is_made_anew(log, kind, question):
    """When the agent is started, the shorter one is all there is; the log is copied once more, and cut, while it looks."""
    lines = KINDS[kind]
    tailing = Tailing(source(log))
    say(log, lines(0, 20))
    tailing.step(3).stop()
    copy(log, "app.log.9")
    cut(log)
    say(log, lines(20, 10))
    copy(log, "app.log.2")  # killed
    say(log, lines(30, 10))

    def again():
        copy(log)
        os.truncate(log, 0)

    tailing.start()
    with Before(question, again) as look:
        tailing.step()
    if not look.happened:
        again()
    say(log, lines(40, 5))
    got = tailing.settle().texts()
    twice = [] if kind == "times in the lines" or len(got) == 45 else lines(20, 10)
    assert sorted(got) == sorted(lines(0, 45) + twice), "a program may say the same each night"
    assert tailing.crash().settle().texts() == got
    assert not tailing.abandoned()
    tailing.stop()


@pytest.mark.parametrize("question", range(10, 30))
def test_the_log_is_copied_once_more_and_cut_in_the_middle_of_a_look(log, question):
    """A listing from before the cut has the copy that was left, and not the one that holds more."""
    tailing = Tailing(source(log))
    say(log, numbered(0, 10))
    tailing.step()
    copy(log, "app.log.9")
    cut(log)
    say(log, numbered(10, 10))
    tailing.step(20)
    left = copy(log)  # killed
    tailing.step(3)
    tailing.stop()
    say(log, numbered(20, 20))
    left.rename(log.with_name("app.log.2"))

    def again():
        copy(log)
        os.truncate(log, 0)

    tailing.start()
    with Before(question, again) as look:
        tailing.tail.scan()
    if not look.happened:
        again()
    say(log, numbered(40, 5))
    assert tailing.settle().texts() == numbered(0, 45)
    assert tailing.crash().settle().texts() == numbered(0, 45)
    assert not tailing.abandoned()
    tailing.stop()


# -- what was packed or copied, and is there twice -----------------------------------------------------


@pytest.mark.parametrize("question", range(4, 44, 4))
def test_an_archive_is_renamed_while_it_is_compared_with_what_it_was_packed_from(log, question):
    tailing = Tailing(source(log))
    say(log, numbered(0, 20))
    tailing.step(3).stop()
    log.rename(log.with_name("app.log.9"))
    say(log, numbered(20, 500))
    generation = log.rename(log.with_name(BACKUP))
    next_tick(generation)
    archive = log.with_name("app.log.1.gz")
    archive.write_bytes(gzip.compress(generation.read_bytes()))  # killed before it was dated
    say(log, numbered(520, 5))
    tailing.start()
    with Before(question, lambda: archive.rename(log.with_name("app.log.2.gz"))):
        tailing.step()
    assert tailing.settle().texts() == numbered(0, 525)
    assert tailing.crash().settle().texts() == numbered(0, 525)
    assert not tailing.abandoned()
    tailing.stop()


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_beginning_of_a_renamed_log_was_copied_and_the_rest_is_gone(log, kind, packed, pattern):
    """renamecopy: the next run put another generation in the place of what the killed one was copying."""
    lines = KINDS[kind]
    tailing = Tailing(source(log.with_name(pattern)))
    say(log, lines(0, 40))
    tailing.step(3).stop()
    half = log.with_name("app.log.2")
    half.write_bytes("".join(line + "\n" for line in lines(0, 20)).encode())  # killed
    if packed:
        compress(half)
    log.unlink()
    say(log, lines(40, 20))
    log.rename(log.with_name("app.log.1"))
    say(log, lines(60, 5))
    got = tailing.start().settle().texts()
    again = [] if kind == "times in the lines" else lines(0, 20)
    assert sorted(got) == sorted(lines(0, 65) + again)
    assert tailing.crash().settle().texts() == got
    tailing.stop()


# -- doubts come to an end -----------------------------------------------------------------------------


def test_a_copy_that_stays_one_leaves_no_doubt(log):
    """Of a log that came while the agent was down, a killed logrotate left a copy: as long as the log is there, that is one."""
    tailing = Tailing(source(log))
    say(log, numbered(0, 20))
    tailing.step(3).stop()
    log.rename(log.with_name("app.log.2"))
    say(log, numbered(20, 20))
    copy(log)
    say(log, numbered(40, 5))
    tailing.start().step(2)
    assert tailing.texts() == numbered(0, 45)
    tailing.settle()
    say(log, numbered(45, 5))
    assert tailing.step(2).texts() == numbered(0, 50)
    assert not [row for row in tailing.rows.values() if row.state["doubted"]], "or each look would begin anew"
    tailing.stop()
