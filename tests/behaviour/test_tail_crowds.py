"""Many files at once: a thousand new ones a second, a hot one among a thousand, and none of them forgotten."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from tests.support.tailing import numbered, write

A_SECOND = 1000
SECONDS = 5
BUDGET = 1.0
"""Seconds of CPU in which a thousand new files have to be found, read and given up again, or it would fall behind."""


def descriptors_held():
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("most", [64, 8000], ids=["few descriptors", "many descriptors"])
def test_a_thousand_new_files_a_second_second_after_second(tmp_path, follow, most):
    tailing = follow(tmp_path / "*.log", max_open=most).step()
    before, used = descriptors_held(), 0.0
    for second in range(SECONDS):
        for number in range(second * A_SECOND, (second + 1) * A_SECOND):
            write(tmp_path / f"{number:06d}.log", [f"{number} one", f"{number} two"])
        started = time.process_time()
        tailing.step()
        used += time.process_time() - started
        assert descriptors_held() - before <= most + 1
    tailing.step(3)
    assert Counter(tailing.texts()) == Counter(
        f"{number} {word}" for number in range(SECONDS * A_SECOND) for word in ("one", "two")
    )
    for path in ("000007.log", "004999.log"):
        assert [text.split()[1] for text in tailing.texts(str(tmp_path / path))] == ["one", "two"]
    print(f"\na thousand new files: {used / SECONDS:.2f} s of CPU")
    assert used / SECONDS < BUDGET


def test_files_that_live_for_a_second(tmp_path, follow):
    """Each is written, seen, and deleted; rows and descriptors do not pile up for what is gone."""
    tailing = follow(tmp_path / "*.log").step()
    before = descriptors_held()
    for second in range(10):
        names = [tmp_path / f"{second}-{number}.log" for number in range(200)]
        for name in names:
            write(name, [f"{name.name} one"])
        tailing.step()
        for name in names:
            name.unlink()
        tailing.step()
    assert len(tailing.texts()) == 2000
    assert not tailing.abandoned()
    tailing.step(120)
    assert descriptors_held() - before <= 2
    assert all(row.state["finished"] for row in tailing.rows.values())


def test_one_hot_file_does_not_starve_999_cold_ones(tmp_path, follow):
    hot = tmp_path / "aaa-hot.log"
    write(hot, ["begin"])
    cold = [tmp_path / f"cold{number:03d}.log" for number in range(999)]
    for path in cold:
        write(path, ["begin"])
    tailing = follow(tmp_path / "*.log", poll_interval=0.001)
    tailing.step()
    assert len(tailing.texts()) == 1000
    number = 0
    for turn in range(30):
        write(hot, numbered(number, 2000))  # more than a step can read
        number += 2000
        write(cold[turn * 33], [f"cold {turn}"])
        tailing.clock.advance(0.01)
        tailing.tail.scan()
        for _ in range(2):
            tailing.commit(tailing.tail.read(4096))
        tailing.clock.advance(1.0)
        tailing.tail.scan()
        for _ in range(2):
            tailing.commit(tailing.tail.read(4096))
        assert f"cold {turn}" in tailing.texts(), "within a second of looking and two steps of reading"
    tailing.step()
    assert tailing.texts(str(hot)) == ["begin", *numbered(0, number)]


def test_empty_files_are_followed_and_cost_no_lines(tmp_path, follow):
    for number in range(500):
        (tmp_path / f"{number}.log").touch()
    tailing = follow(tmp_path / "*.log").step(3)
    assert tailing.texts() == []
    assert {one.state for one in tailing.tail.status()} == {"idle"}
    (tmp_path / "7.log").rename(tmp_path / "7.log.1")
    (tmp_path / "7.log").touch()
    write(tmp_path / "7.log.1", ["late"])
    write(tmp_path / "8.log", ["first"])
    tailing.crash().settle()
    assert sorted(tailing.texts()) == ["first", "late"]
