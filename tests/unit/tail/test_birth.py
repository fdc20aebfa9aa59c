"""What the kernel knows of an inode, and what it proves."""

from __future__ import annotations

import os
import time

from logsource.tail.birth import UNKNOWN, Birth, birth_of


def test_the_kernel_knows_when_a_file_was_made(tmp_path):
    before = time.time_ns()
    log = tmp_path / "app.log"
    log.write_text("one\n")
    with log.open("rb") as file:
        born = birth_of(file.fileno())
        status = os.fstat(file.fileno())
    assert born.inode == status.st_ino
    # Time stamps are as coarse as a tick of the kernel; a file system that keeps none says 0.
    assert born.created_ns == 0 or abs(born.created_ns - before) < 10_000_000_000
    log.write_text("more than that\n")
    os.utime(log, ns=(1, 1))
    log.rename(tmp_path / "other.log")
    with (tmp_path / "other.log").open("rb") as file:
        assert birth_of(file.fileno()) == born, "writing, dating and renaming make no new file"


def test_only_what_both_know_can_differ():
    one = Birth(7, 100, 5)
    assert not one.differs(one)
    assert one.differs(Birth(7, 101, 5))
    assert one.differs(Birth(7, 100, 6))
    assert one.differs(Birth(7, 0, 6))
    assert not one.differs(Birth(7, 100, 0))
    assert not one.differs(Birth(7, 0, 5))
    assert not one.differs(UNKNOWN)
    assert not UNKNOWN.differs(one)
    assert not one.differs(Birth(8, 101, 6)), (
        "two inode numbers: nothing is known about when one became the other"
    )


def test_what_is_no_file_has_no_generation():
    reading, writing = os.pipe()
    try:
        assert birth_of(reading).generation == 0
    finally:
        os.close(reading)
        os.close(writing)
