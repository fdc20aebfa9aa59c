"""More logs than descriptors, and an agent that is started again: it has to open every one of them to know it."""

from __future__ import annotations

import resource
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest

from tests.support.tailing import descriptors, numbered, write

MOST = 10
OTHERS = 5
"""The mount table; a directory that is listed; a file that is looked at while all others are open."""
LOGS = 60


@pytest.fixture
def logs(tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    return [folder / f"{number:02d}.log" for number in range(LOGS)]


@contextmanager
def no_more_than(number):
    """The kernel gives so many descriptors more, and then none."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = {int(one.name) for one in Path("/proc/self/fd").iterdir()}
    free = (fd for fd in range(soft) if fd not in used)
    resource.setrlimit(resource.RLIMIT_NOFILE, (next(islice(free, number, None)), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def held(logs):
    return sum(bool(descriptors(log)) for log in logs if log.exists())


@pytest.mark.parametrize("generations", [0, 2])
def test_started_again_it_holds_no_more_than_it_may(tmp_path, logs, follow, generations):
    for number in range(generations + 1):
        for log in logs:
            for older in range(number - 1, 0, -1):
                Path(f"{log}.{older}").rename(f"{log}.{older + 1}")
            if number:
                log.rename(f"{log}.1")
            write(log, numbered(number * 10, 10, log.name))
    tailing = follow(tmp_path / "logs" / "*.log", max_open=MOST).step(5)
    tailing.stop()
    for log in logs:
        write(log, ["while it was down"])
    with no_more_than(MOST + OTHERS):
        tailing.start().step(10)
    for log in logs:
        assert tailing.texts(str(log))[-11:] == [
            *numbered(generations * 10, 10, log.name),
            "while it was down",
        ]
    assert "unreadable" not in {event.kind for event in tailing.events}
    assert not tailing.abandoned()


def test_started_again_it_opens_what_has_something_to_say(tmp_path, logs, follow):
    """The first ones were opened to know them and are read; the last one is deleted before anybody could read it."""
    for log in logs:
        write(log, [log.name])
    tailing = follow(tmp_path / "logs" / "*.log", max_open=MOST).step(5)
    tailing.stop()
    tailing.paused = True
    tailing.start().step(3)
    write(logs[-1], ["the last words"])
    tailing.step(3)
    assert descriptors(logs[-1])
    logs[-1].unlink()
    tailing.step(3)
    tailing.paused = False
    tailing.step(3)
    assert tailing.texts()[-1] == "the last words"
    assert not tailing.abandoned()


def test_unread_bytes_of_a_deleted_file_outlive_a_crowd_and_a_full_outbox(tmp_path, logs, follow):
    """The outbox is full, a log is deleted with unread bytes, and everybody else wants its descriptor."""
    write(logs[0], numbered(0, 10))
    tailing = follow(tmp_path / "logs" / "*.log", max_open=MOST).step()
    tailing.paused = True
    write(logs[0], numbered(10, 10))
    tailing.step()
    logs[0].unlink()
    for turn in range(20):
        for log in logs[1:]:
            write(log, numbered(turn * 10, 10, log.name))
        tailing.step()
        assert held(logs) <= MOST
    tailing.paused = False
    tailing.step(20)
    assert tailing.texts(str(logs[0])) == numbered(0, 20)
    for log in logs[1:]:
        assert tailing.texts(str(log)) == numbered(0, 200, log.name)
    assert not tailing.abandoned()
