"""More new files than a look has time for, as after a stall of the machine or of the agent: they are met a part at a time.

Meanwhile what was followed before goes on being read, and nothing is forgotten, taken for something else, or out of order.
"""

from __future__ import annotations

import os

import pytest

from tests.support.clocks import ManualClock
from tests.support.tailing import numbered, write

CROWD = 200
TICK = 0.01
"""Seconds that pass whenever somebody looks at the clock: a look meets a few dozen files."""


class SlowMachine(ManualClock):
    """Time passes while things are done."""

    tick = 0.0

    def monotonic(self) -> float:
        self.advance(self.tick)
        return super().monotonic()


@pytest.fixture
def crowd(tmp_path):
    folder = tmp_path / "jobs"
    folder.mkdir()
    return folder


@pytest.fixture
def slow(follow):
    """Follow on a machine that gets slow when its `tick` is set."""

    def _slow(*paths, **options):
        tailing = follow(*paths, **options)
        tailing.clock = SlowMachine(tailing.clock.now_ms())
        return tailing.stop().start()

    return _slow


def come(folder, count=CROWD):
    names = [folder / f"job-{number:04d}x.log" for number in range(count)]
    for name in names:
        write(name, [name.name])
    return names


def settle(tailing, most=200):
    """Step until all are met; how many steps it took."""
    for steps in range(most):
        tailing.step(seconds=0.1)
        if tailing.tail.at_end():
            return steps
    raise AssertionError(f"after {most} steps there is still something to read")


def test_a_log_that_is_followed_is_read_between_them(crowd, slow):
    live = crowd / "live.log"
    write(live, numbered(0, 1))
    tailing = slow(crowd / "*.log").step(2)
    come(crowd)
    tailing.clock.tick = TICK
    for number in range(1, 5):
        write(live, numbered(number, 1))
        tailing.step()
        assert tailing.texts(str(live)) == numbered(0, number + 1)
    assert 5 < len(tailing.texts()) < CROWD, "they are met a part at a time"
    assert not tailing.tail.at_end()
    assert settle(tailing) > 2
    assert len(tailing.texts()) == len(set(tailing.texts())) == CROWD + 5


def test_a_log_that_is_rotated_meanwhile_does_not_wait_behind_them(crowd, slow):
    live = crowd / "live.log"
    write(live, numbered(0, 1))
    tailing = slow(crowd / "*.log").step(2)
    come(crowd)
    tailing.clock.tick = TICK
    tailing.step()
    write(live, numbered(1, 1))
    live.rename(crowd / "live.log.1")
    write(live, numbered(2, 1))
    tailing.step(5)
    assert tailing.texts(str(live)) == numbered(0, 3)
    assert len(tailing.texts()) < CROWD
    settle(tailing)
    assert len(tailing.texts()) == CROWD + 3
    assert not tailing.abandoned()


def test_who_comes_later_is_met_first(crowd, slow):
    tailing = slow(crowd / "*.log").step()
    come(crowd)
    tailing.clock.tick = TICK
    tailing.step()
    assert len(tailing.texts()) < CROWD / 4
    write(crowd / "new.log", ["a log of today"])
    tailing.step(2)
    assert "a log of today" in tailing.texts()
    assert len(tailing.texts()) < CROWD / 2


def test_what_becomes_of_them_while_they_wait(crowd, slow):
    tailing = slow(crowd / "*.log").step()
    names = come(crowd)
    tailing.clock.tick = TICK
    tailing.step()
    read = {name.name for name in names} & set(tailing.texts())
    waiting = [name for name in names if name.name not in read]
    deleted, replaced, grown, moved = waiting[-4:]
    deleted.unlink()
    (crowd / "new").write_text("another file\n")
    (crowd / "new").replace(replaced)
    write(grown, ["and another line"])
    moved.rename(crowd / "moved.log")
    settle(tailing)
    expected = {name.name for name in names} - {deleted.name, replaced.name}
    assert set(tailing.texts()) == expected | {"another file", "and another line"}
    assert len(tailing.texts()) == CROWD
    assert tailing.texts(str(crowd / "moved.log")) == [moved.name]


def test_generations_that_wait_come_oldest_first(crowd, slow):
    tailing = slow(crowd / "*.log*").step()
    come(crowd)
    for number, name in enumerate(("app.log.3", "app.log.2", "app.log.1", "app.log")):
        write(crowd / name, numbered(number, 1))
    tailing.clock.tick = TICK
    tailing.step()
    tailing.clock.tick = 100 * TICK  # one at a time
    (crowd / "app.log").rename(crowd / "app.log.0")
    (crowd / "app.log.0").rename(crowd / "app.log")
    tailing.step(3)
    tailing.clock.tick = TICK
    settle(tailing)
    assert [text for text in tailing.texts() if text.startswith("line")] == numbered(0, 4)
    assert len(tailing.texts()) == CROWD + 4


def test_a_generation_of_a_log_that_waits(crowd, slow):
    """`paths` do not name it; its log was never seen."""
    tailing = slow(crowd / "*.log").step()
    names = come(crowd)
    for name in names:  # written now, by the clock of the test
        os.utime(name, ns=(tailing.clock.now_ms() * 10**6,) * 2)
    tailing.clock.tick = TICK
    tailing.step(3)
    log = next(name for name in reversed(names) if name.name not in tailing.texts())
    log.rename(f"{log}.1")
    write(log, ["the next generation"])
    settle(tailing)
    tailing.step(30)
    texts = tailing.texts(str(log))
    assert texts == [log.name, "the next generation"]


def test_an_agent_that_is_killed_meanwhile_goes_on_with_the_others(crowd, slow):
    tailing = slow(crowd / "*.log").step()
    come(crowd)
    tailing.clock.tick = TICK
    for _ in range(5):
        tailing.step()
        tailing.crash()
    settle(tailing)
    assert len(tailing.texts()) == len(set(tailing.texts())) == CROWD


def test_start_at_end_means_all_that_is_there_at_the_start(crowd, slow):
    names = come(crowd)
    tailing = slow(crowd / "*.log", source={"start_at": "end"})
    tailing.clock.tick = TICK
    tailing.step()
    tailing.crash()
    for name in names[::50]:
        write(name, ["new"])
    settle(tailing)
    tailing.step(3)
    assert tailing.texts() == ["new"] * len(names[::50])


def test_run_once_ends_when_all_of_them_were_read(crowd, slow):
    come(crowd)
    tailing = slow(crowd / "*.log", once=True)
    tailing.clock.tick = TICK
    tailing.step()
    assert 0 < len(tailing.texts()) < CROWD
    assert not tailing.tail.at_end()
    settle(tailing)
    assert len(tailing.texts()) == CROWD


def test_nobody_sleeps_while_somebody_waits(crowd, slow):
    tailing = slow(crowd / "*.log").step()
    come(crowd)
    tailing.clock.tick = TICK
    tailing.step()
    assert tailing.tail.wait_hint() == 0.0
    settle(tailing)
    tailing.clock.tick = 0.0
    tailing.step()
    assert tailing.tail.wait_hint() > 0.0
