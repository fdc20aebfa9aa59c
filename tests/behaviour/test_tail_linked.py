"""`rotatelogs -L` and cronolog: each log has a name of its own, `paths` name only a link that leads to the latest.

What the link led to and left again while the agent was down, or fell behind, has names that no rotation gives: it is found
between the last one that is known and the present one.
"""

from __future__ import annotations

import gzip
import os
import time

import pytest

from tests.support.tailing import Tailing, next_tick, numbered, source, write

SCHEMES = {
    "seconds": [f"access.{1795300000 + 100 * at}" for at in range(5)],
    "log_seconds": [f"access.log.{1795300000 + 100 * at}" for at in range(5)],
    "days": [f"access-202611{28 + at}" for at in range(3)] + ["access-20261201", "access-20261202"],
    "dashed_days": [f"access.log-2026-11-{day}" for day in range(26, 31)],
    "before_extension": [f"web1-access-{day}.11.2026.log" for day in (8, 9, 10, 11, 12)],
    "hours": [f"web1.2026-11-22T{hour:02d}" for hour in range(7, 12)],
    "months": [f"access-{month}-2026" for month in ("Jun", "Jul", "Aug", "Sep", "Oct")],
    "folders": [f"2026/11/{day}/access.log" for day in (8, 9, 10, 11, 12)],
    "folders_of_years": [
        f"{day}/error_log" for day in ("2026/12/30", "2026/12/31", "2027/01/01", "2027/01/02", "2027/01/03")
    ],
    "ring": ["access", "access.1", "access.2", "access.3", "access.4"],
    "ring_of_three": ["access", "access.1", "access.2", "access", "access.1"],
}


def soft(link, target):
    fresh = link.with_name("fresh")
    fresh.symlink_to(os.path.relpath(target, link.parent))
    fresh.rename(link)


def hard(link, target):
    """As rotatelogs does: there is a moment without a link."""
    link.unlink(missing_ok=True)
    os.link(target, link)


class Rotator:
    """Writes numbered lines to a file whose name comes next, and keeps a link to it."""

    def __init__(self, folder, names, turn):
        self.folder, self.turn = folder, turn
        self.link = folder / "current"
        self.made = []
        self.number = 0
        self._names = iter(names)

    def next(self, count):
        file = self.folder / next(self._names)
        file.parent.mkdir(parents=True, exist_ok=True)
        if self.made:
            next_tick(self.made[-1])
        file.write_bytes(b"")
        self.made.append(file)
        self.turn(self.link, file)
        self.write(count)
        return file

    def write(self, count):
        write(self.made[-1], numbered(self.number, count))
        self.number += count

    def expected(self):
        return numbered(0, self.number)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "logs"
    made.mkdir()
    return made


@pytest.mark.parametrize("missed", [1, 3])
@pytest.mark.parametrize("state", ["stopped", "crashed", "paused", "running"])
@pytest.mark.parametrize("turn", [soft, hard])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_the_link_led_to_comes_once_and_in_order(folder, scheme, turn, state, missed):
    if scheme == "ring_of_three" and missed == 3:
        missed = 1  # in a ring of three the third one overwrites what nobody has read
    rotator = Rotator(folder, SCHEMES[scheme], turn)
    rotator.next(10)
    tailing = Tailing(source(rotator.link)).step(3)
    rotator.write(3)
    if state == "stopped":
        tailing.stop()
    tailing.paused = state == "paused"
    for at in range(missed + 1):
        rotator.next(4 + at)
        if state == "running":
            tailing.step()
            rotator.write(2)
    if state == "stopped":
        tailing.start()
    elif state == "crashed":
        tailing.crash()
    tailing.paused = False
    tailing.step(3)
    rotator.write(2)
    tailing.settle()
    assert tailing.texts() == rotator.expected()
    assert {one.path for one in tailing.got} == {str(rotator.link)}
    assert not tailing.abandoned()
    tailing.stop()


@pytest.mark.parametrize("turn", [soft, hard])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_nothing_of_it_is_read_again(folder, scheme, turn):
    rotator = Rotator(folder, SCHEMES[scheme], turn)
    rotator.next(5)
    tailing = Tailing(source(rotator.link)).step()
    for _ in range(2):
        tailing.stop()
        rotator.next(5)
        if not scheme.startswith("ring_"):
            rotator.next(5)
        tailing.start().settle().crash().settle()
    assert tailing.texts() == rotator.expected()
    tailing.stop()


@pytest.mark.parametrize("turn", [soft, hard])
@pytest.mark.parametrize("scheme", ["seconds", "days", "before_extension", "folders", "ring"])
def test_the_last_known_one_is_deleted_meanwhile(folder, scheme, turn):
    rotator = Rotator(folder, SCHEMES[scheme], turn)
    known = rotator.next(5)
    tailing = Tailing(source(rotator.link)).step()
    tailing.stop()
    for count in (6, 7, 8):
        rotator.next(count)
    known.unlink()
    tailing.start().settle()
    assert tailing.texts() == rotator.expected()
    tailing.stop()


@pytest.mark.parametrize("turn", [soft, hard])
@pytest.mark.parametrize("scheme", ["seconds", "days", "dashed_days", "before_extension", "hours", "folders"])
def test_all_but_the_present_one_are_packed_meanwhile(folder, scheme, turn):
    """The end of the last known one, too, is in an archive by now."""
    rotator = Rotator(folder, SCHEMES[scheme], turn)
    rotator.next(5)
    tailing = Tailing(source(rotator.link)).step()
    tailing.stop()
    rotator.write(3)
    for count in (6, 7, 8):
        rotator.next(count)
    for file in rotator.made[:-1]:
        pack(file)
    tailing.start().settle()
    assert tailing.texts() == rotator.expected()
    assert not tailing.abandoned()
    tailing.stop()


def pack(file):
    """As gzip does: the archive has the time of what it holds."""
    status = file.stat()
    packed = file.with_name(f"{file.name}.gz")
    packed.write_bytes(gzip.compress(file.read_bytes()))
    os.utime(packed, ns=(status.st_atime_ns, status.st_mtime_ns))
    file.unlink()


@pytest.mark.parametrize("turn", [soft, hard])
@pytest.mark.parametrize("scheme", ["seconds", "days", "before_extension", "folders"])
def test_what_was_there_before_is_history(folder, scheme, turn):
    rotator = Rotator(folder, SCHEMES[scheme], turn)
    rotator.next(5)
    rotator.next(5)
    tailing = Tailing(source(rotator.link)).step()
    tailing.stop()
    rotator.next(5)
    rotator.next(5)
    tailing.start().settle()
    assert tailing.texts() == rotator.expected()[5:]
    tailing.stop()


@pytest.mark.parametrize("turn", [soft, hard])
def test_logs_of_others_that_look_alike_are_nobody_s_business(folder, turn):
    """Eight workers, of which two had the link; what they log beside is in no `paths`, and was there all the time."""
    workers = [folder / f"worker-{at}.log" for at in range(8)]
    for worker in workers:
        write(worker, numbered(0, 3, worker.stem))
    turn(folder / "current", workers[2])
    later(workers[2], 10)
    tailing = Tailing(source(folder / "current")).step()
    tailing.stop()
    turn(folder / "current", workers[6])
    for worker in workers:
        write(worker, numbered(3, 3, worker.stem))
        later(worker, 20)
    tailing.start().settle()
    assert tailing.texts() == numbered(0, 6, "worker-2") + numbered(0, 6, "worker-6")
    tailing.stop()


def later(file, seconds):
    """It looks written so many seconds from now."""
    at = time.time_ns() + seconds * 1_000_000_000
    os.utime(file, ns=(at, at))


@pytest.mark.parametrize("turn", [soft, hard])
def test_what_other_links_and_paths_name_is_theirs(folder, turn):
    """Two programs keep a link each to files with names of one kind, and some of these are in `paths` themselves."""
    tailing = Tailing(source(folder / "*.link", folder / "day-*5"))
    expected = []

    def day(number, program, text):
        file = folder / f"day-{number}"
        write(file, lines := numbered(number, 2, text))
        turn(folder / f"{program}.link", file)
        next_tick(file)
        expected.extend(lines)

    day(11, "a", "first")
    day(12, "b", "second")
    tailing.step().stop()
    day(13, "a", "of either")
    day(14, "b", "of either")
    day(15, "a", "in paths")
    day(16, "b", "second")
    day(17, "a", "first")
    tailing.start().settle()
    assert sorted(tailing.texts()) == sorted(expected)
    paths = {one.text.rpartition(" ")[0]: one.path for one in tailing.got}
    assert paths["first"] == str(folder / "a.link")
    assert paths["second"] == str(folder / "b.link")
    assert paths["in paths"] == str(folder / "day-15")
    tailing.stop()


def test_names_that_are_excluded_stay_out(folder):
    rotator = Rotator(folder, SCHEMES["days"], soft)
    rotator.next(5)
    tailing = Tailing(source(rotator.link, exclude=[str(folder / "*29")])).step()
    tailing.stop()
    for _ in range(3):
        rotator.next(5)
    tailing.start().settle()
    lines = rotator.expected()
    assert tailing.texts() == lines[:5] + lines[10:]
    tailing.stop()


def test_a_hard_link_does_not_lead_into_other_directories(tmp_path):
    """Two deployments side by side, each with a link in its own directory; only one of them is asked for."""
    rotators = []
    for name in ("web-1", "web-2"):
        (tmp_path / name).mkdir()
        rotators.append(Rotator(tmp_path / name, SCHEMES["seconds"], hard))
    mine, other = rotators
    known = mine.next(3)
    other.next(4)
    tailing = Tailing(source(mine.link)).step()
    tailing.stop()
    for _ in range(3):
        mine.next(3)
        other.next(4)
    known.unlink()
    tailing.start().settle()
    assert tailing.texts() == mine.expected()
    tailing.stop()


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("turn", [soft, hard])
@pytest.mark.parametrize("scheme", ["days", "folders"])
def test_the_end_of_a_file_that_is_much_older_than_what_was_last_read_of_it(folder, scheme, turn, missing):
    """Also when it is looked for in the moment in which there is no link."""
    rotator = Rotator(folder, SCHEMES[scheme], turn)
    known = rotator.next(5)
    later(known, 10)
    tailing = Tailing(source(rotator.link)).step(3)
    tailing.stop()
    rotator.write(3)
    later(known, 20)
    if missing:
        rotator.link.unlink()
        tailing.start().step(3)
        assert not tailing.abandoned()
    rotator.made.clear()  # nobody waits until it is so late
    rotator.next(5)
    if not missing:
        tailing.start()
    tailing.settle()
    assert tailing.texts() == rotator.expected()
    assert not tailing.abandoned()
    tailing.stop()
