"""A log that is rotated whenever the agent looks: it is left alone for five seconds and ten looks, and then read all the same.

What that costs is order at most, and only if a generation is missing from every one of those looks.
"""

from __future__ import annotations

import os
import sys

import pytest

from tests.support.tailing import Tailing, numbered, source, write


class Restless:
    """Once in each look, behind the listing of a directory, a generation of the log gets another name."""

    def __init__(self, tailing, log, other=None):
        """`other`: its second name; without one, that of a generation too."""
        self._tailing = tailing
        self._names = [log.with_name(f"{log.name}.1"), other or log.with_name(f"{log.name}.2")]
        self._listed = False
        self.times = 0

    def step(self, times):
        for _ in range(times):
            self._listed = False
            sys.setprofile(self._notice)
            try:
                self._tailing.step(seconds=0.15)
            finally:
                sys.setprofile(None)

    def _notice(self, _frame, event, called):
        if event == "c_call" and called is os.scandir:
            self._listed = True
        elif event == "c_call" and called is os.stat and self._listed:
            sys.setprofile(None)  # not again in this step
            one, other = self._names if self._names[0].exists() else reversed(self._names)
            one.rename(other)
            self.times += 1


@pytest.fixture
def behind(tmp_path):
    """An agent that was down for a rotation: half of app.log.1 is read, app.log is new."""
    log = tmp_path / "app.log"
    write(log, numbered(0, 50))
    tailing = Tailing(source(log)).step().stop()
    write(log, numbered(50, 50))
    log.rename(tmp_path / "app.log.1")
    write(log, numbered(100, 50))
    return tailing.start()


def test_it_is_left_alone_for_five_seconds(tmp_path, behind):
    restless = Restless(behind, tmp_path / "app.log")
    restless.step(30)
    assert restless.times == 30
    assert behind.texts() == numbered(0, 50), "nothing of it is read"
    assert not behind.abandoned(), "and nothing given up"
    behind.step(10, seconds=0.15)
    assert behind.texts() == numbered(0, 150), "once it is at rest: all of it, in order"
    behind.stop()


@pytest.fixture
def elsewhere(tmp_path):
    """A name where nobody looks for generations of the log."""
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "elsewhere" / "app.log.2"


def test_then_it_is_read_as_it_is_seen_and_nothing_is_lost_or_doubled(tmp_path, behind, elsewhere):
    Restless(behind, tmp_path / "app.log", elsewhere).step(60)
    assert behind.texts()[50:100] == numbered(100, 50), "what can be seen"
    behind.settle()
    if elsewhere.exists():
        elsewhere.rename(tmp_path / "app.log.1")
    behind.settle()
    assert behind.texts()[100:] == numbered(50, 50), "what could not be, late"
    assert len({one.id for one in behind.got}) == 150
    assert behind.crash().settle().texts() == [*numbered(0, 50), *numbered(100, 50), *numbered(50, 50)]
    behind.stop()


def test_nor_is_a_generation_that_nobody_has_seen_yet(tmp_path, behind):
    """It came while the agent was down, too; the log that is begun without it hides nothing."""
    (tmp_path / "app.log.1").rename(tmp_path / "app.log.3")
    (tmp_path / "app.log").rename(tmp_path / "app.log.1")
    write(tmp_path / "app.log", numbered(150, 50))
    Restless(behind, tmp_path / "app.log").step(60)
    behind.settle()
    assert sorted(behind.texts()) == numbered(0, 200)
    assert sorted(behind.crash().settle().texts()) == numbered(0, 200)
    behind.stop()


def test_what_is_known_by_its_inode_is_seen_under_any_name_beside_the_log(tmp_path, behind):
    Restless(behind, tmp_path / "app.log").step(60)
    behind.settle()
    assert behind.texts() == numbered(0, 150), "in order"
    assert not behind.abandoned()
    assert behind.crash().settle().texts() == numbered(0, 150)
    behind.stop()


def test_what_was_given_up_meanwhile_is_told_as_found_again(tmp_path, behind, elsewhere):
    """The bytes of the generation that is in no look are counted as vanished after the limit; then they come."""
    Restless(behind, tmp_path / "app.log", elsewhere).step(60)
    seen = behind.abandoned()["vanished"]
    if elsewhere.exists():
        elsewhere.rename(tmp_path / "app.log.1")
    behind.settle()
    assert seen <= 50 * len("line 000000\n")
    assert sorted(behind.texts()) == numbered(0, 150)
    behind.stop()


def test_an_agent_that_was_stopped_for_a_minute_has_not_looked_yet(tmp_path, behind):
    """SIGSTOP, a laptop's lid, a commit that hangs: the limit is not over by itself."""
    restless = Restless(behind, tmp_path / "app.log")
    restless.step(2)
    behind.clock.advance(60)
    restless.step(1)
    assert behind.texts() == numbered(0, 50)
    behind.step(10, seconds=0.15)
    assert behind.texts() == numbered(0, 150)
    behind.stop()


def test_a_generation_that_is_elsewhere_for_a_while_is_read_when_it_comes_back(tmp_path, behind, elsewhere):
    """Moved over another file system, say, or packed under a name of its own first; only its log is in `paths`."""
    (tmp_path / "app.log.1").rename(elsewhere)
    behind.step(20)
    assert behind.texts() == [*numbered(0, 50), *numbered(100, 50)]
    elsewhere.rename(tmp_path / "app.log-20260102")
    behind.settle()
    assert behind.texts()[100:] == numbered(50, 50)
    behind.stop()
