"""Quiet files cost next to nothing, and their next line is heard; whatever becomes of the bells, it is found."""

from __future__ import annotations

import os

import pytest

from logsource.clock import EventWaker
from logsource.tail.growth import Growth, most_watches
from logsource.tail.inotify import Inotify
from logsource.tail.poller import QUIET_POLL
from tests.support.tailing import Tailing, dated, next_tick, numbered, source, write

PATIENCE = 60.0
QUIET = 15.0


class RingingTailing(Tailing):
    """A tailer with bells: the kernel's events are real, its clock is not."""

    def __init__(self, *configs, growth=None, **options):
        self.waker = EventWaker()
        self._growth = growth
        super().__init__(*configs, **options)

    def _new(self):
        tail = super()._new()
        tail._growth = self._growth or Growth(self.waker)
        tail._poller._growth = tail._growth
        return tail

    def rest(self):
        """Let all files become quiet."""
        self.step(int(QUIET))
        while self.waker.wait(0.05):
            pass
        return self

    def hear(self):
        """Wait for a bell, in real time; then step without letting time pass."""
        assert self.waker.wait(PATIENCE), "no bell rang"
        return self.step(seconds=0.0)


@pytest.fixture
def follow(opened):
    def _follow(*paths, **options):
        opened.append(RingingTailing(source(*paths, **options.pop("source", {})), **options))
        return opened[-1]

    return _follow


def test_a_line_in_a_quiet_file_is_heard_at_once(follow, log):
    write(log, numbered(0, 1))
    tailing = follow(log).step()
    assert tailing.tail.wait_hint() <= 0.1, "a busy file is looked at in every poll"
    tailing.rest()
    assert tailing.tail.wait_hint() > 0.5, "a quiet one is not"
    for number in range(1, 4):
        write(log, numbered(number, 1))
        assert tailing.hear().texts() == numbered(0, number + 1)
        tailing.rest()


def test_short_polls_do_not_go_on_when_nothing_happens(follow, log):
    write(log, ["one"])
    tailing = follow(log, linger=0.02, poll_interval=0.02).step()
    tailing.step(30, seconds=0.1).step()
    assert tailing.tail.wait_hint() > 0.5
    write(log, ["two"])
    tailing.waker.wait(PATIENCE)
    tailing.step(seconds=0.0)
    assert tailing.tail.wait_hint() <= 0.02
    tailing.step(seconds=0.03)
    assert tailing.texts() == ["one", "two"]


def test_a_truncation_is_heard(follow, log):
    write(log, numbered(0, 5))
    tailing = follow(log).step().rest()
    os.truncate(log, 0)
    tailing.hear()
    assert tailing.rotations() == ["truncate"]
    write(log, ["anew"])
    assert tailing.step().texts() == [*numbered(0, 5), "anew"]


def in_place(log, lines):
    """As `job > job.log` does."""
    with log.open("w") as file:
        file.write("".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize("count", [1, 400], ids=["short", "long"])
def test_a_job_that_says_the_same_in_place_is_heard(follow, log, count):
    said = [f"copied {number} files" for number in range(count)]
    write(log, said)
    tailing = follow(log).step().rest()
    for night in range(2, 5):
        next_tick(log)
        in_place(log, said)
        assert tailing.hear().step().texts() == said * night
        tailing.rest()
    assert len({one.id for one in tailing.got}) == count * 4
    assert not tailing.abandoned()


def test_a_short_file_has_its_bell_at_once(follow, log):
    write(log, ["backup ok"])
    tailing = follow(log).step().step()
    for minute in range(2, 5):
        next_tick(log)
        in_place(log, ["backup ok"])
        assert tailing.hear().step(3).texts() == ["backup ok"] * minute


def test_touching_is_not_writing(follow, log):
    write(log, ["backup ok"])
    tailing = follow(log).step().rest()
    for hours in range(1, 4):
        os.utime(log, ns=(log.stat().st_atime_ns, log.stat().st_mtime_ns + hours * 3600 * 10**9))
        log.chmod(0o600 + hours)
        tailing.rest()
    write(log, ["backup ok"])
    assert tailing.hear().texts() == ["backup ok"] * 2


def test_a_line_that_is_said_again_after_a_touch_is_one_line(follow, log):
    """The bell rings for the line, and the file has grown."""
    write(log, ["backup ok"])
    tailing = follow(log).step().rest()
    for count in range(2, 6):
        os.utime(log)
        write(log, ["backup ok"])
        assert tailing.hear().step(2).texts() == ["backup ok"] * count
        tailing.rest()


def test_times_that_are_written_again_were_copied(follow, log):
    """A restored log, or one that is fetched from elsewhere every night."""
    write(log, dated(0, 20))
    tailing = follow(log).step().rest()
    next_tick(log)
    in_place(log, dated(0, 20))
    tailing.hear().rest()
    in_place(log, dated(0, 21))
    assert tailing.hear().step().texts() == dated(0, 21)


def test_busy_files_cost_no_events(follow, log):
    write(log, ["one"])
    tailing = follow(log).step()
    for number in range(50):
        write(log, [f"line {number}"])
        tailing.step(seconds=0.2)
    assert not tailing.waker.wait(0.2)
    assert len(tailing.texts()) == 51


@pytest.mark.parametrize("limit", [0, 2])
def test_without_bells_for_all_the_others_are_polled(tmp_path, follow, limit):
    waker = EventWaker()
    tailing = follow(tmp_path / "*.log", growth=Growth(waker, limit=limit))
    names = [f"{number}.log" for number in range(6)]
    for name in names:
        write(tmp_path / name, ["one"])
    tailing.step().rest()
    assert tailing.tail.wait_hint() <= 0.1
    for name in names:
        write(tmp_path / name, ["two"])
    tailing.step(seconds=QUIET_POLL)
    assert sorted(tailing.texts()) == ["one"] * 6 + ["two"] * 6


class NoInotify:
    """A kernel without inotify, or with all instances in use."""

    def __init__(self):
        raise OSError("no inotify here")


class NoThreads:
    """A container that may have no more threads."""

    def __init__(self):
        raise RuntimeError("can't start new thread")


class Overflowing(Inotify):
    """A queue of events that overflows: watches ring, and nobody learns which."""

    def rung(self):
        list(super().rung())
        return iter([-1])


class Deaf(Inotify):
    """Watches that never ring: the file is written through another mount, or another machine."""

    def rung(self):
        list(super().rung())
        return iter(())


@pytest.mark.parametrize("missing", [NoInotify, NoThreads])
def test_a_system_without_inotify(follow, log, missing):
    waker = EventWaker()
    write(log, ["one"])
    tailing = follow(log, growth=Growth(waker, open_inotify=missing)).step().rest()
    assert tailing.tail.wait_hint() <= 0.1
    write(log, ["two"])
    assert tailing.step().texts() == ["one", "two"]


def test_an_overflow_loses_nothing(tmp_path, follow):
    names = [f"{number}.log" for number in range(20)]
    for name in names:
        write(tmp_path / name, ["one"])
    waker = EventWaker()
    tailing = follow(tmp_path / "*.log", growth=Growth(waker, open_inotify=Overflowing))
    tailing.step().rest()
    for name in names[:5]:
        write(tmp_path / name, ["two"])
    assert waker.wait(PATIENCE)
    tailing.step(seconds=0.0)
    assert sorted(tailing.texts()) == ["one"] * 20 + ["two"] * 5
    tailing.rest()
    assert tailing.tail.wait_hint() > 0.5, "all have new bells"
    write(tmp_path / names[7], ["three"])
    assert waker.wait(PATIENCE)
    assert tailing.step(seconds=0.0).texts()[-1] == "three"


def test_a_bell_that_does_not_ring_is_replaced_by_polling(follow, log):
    waker = EventWaker()
    write(log, ["one"])
    tailing = follow(log, growth=Growth(waker, open_inotify=Deaf)).step().rest()
    write(log, ["two"])
    assert tailing.step(2, seconds=QUIET_POLL).texts() == ["one", "two"], (
        "a file with a bell is looked at, too"
    )
    tailing.rest()
    assert tailing.tail.wait_hint() <= 0.1
    write(log, ["three"])
    assert tailing.step(seconds=0.2).texts() == ["one", "two", "three"]


def test_rotation_of_quiet_files(tmp_path, follow, log):
    write(log, numbered(0, 5))
    tailing = follow(log).step().rest()
    log.rename(tmp_path / "app.log.1")
    write(tmp_path / "app.log.1", numbered(5, 1))
    write(log, numbered(6, 1))
    assert tailing.settle().texts() == numbered(0, 7)
    tailing.rest()
    write(log, numbered(7, 1))
    assert tailing.hear().texts() == numbered(0, 8)


def test_a_file_that_is_not_followed_any_more_rings_no_more(tmp_path, follow, log):
    write(log, ["one"])
    write(tmp_path / "other.log", ["other"])
    tailing = follow(tmp_path / "*.log").step().rest()
    tailing.reconfigure(source(tmp_path / "other.log"))
    tailing.step(3).rest()
    write(log, ["two"])
    assert not tailing.waker.wait(0.2)
    write(tmp_path / "other.log", ["again"])
    assert tailing.hear().texts()[-1] == "again"


def test_two_sources_hear_the_same_file(log):
    write(log, ["one"])
    tailing = RingingTailing(source(log, name="a"), source(log, name="b")).step().rest()
    write(log, ["two"])
    assert [(one.source, one.text) for one in tailing.hear().got[2:]] == [("a", "two"), ("b", "two")]
    tailing.stop()


def test_our_share_of_the_watches_is_bounded():
    assert 0 <= most_watches() <= 65536
