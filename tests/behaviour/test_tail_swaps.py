"""Rotation by other means than rename and copy: a link is turned, a file is put in the place of another, names are linked."""

from __future__ import annotations

import os

import pytest

from tests.support.rotating import ends_whole
from tests.support.tailing import Tailing, numbered, source, write

STATES = ("running", "stopped", "paused")
MANNERS = ("reopens", "keeps")


class Program:
    """Writes numbered lines to whatever its log's name leads to; or goes on in what it had opened, for a while."""

    def __init__(self, log, manner):
        self.log, self.manner, self.number = log, manner, 0
        self._file = log.open("ab", buffering=0)

    def write(self, count):
        for line in numbered(self.number, count):
            self._file.write(line.encode() + b"\n")
        self.number += count

    def rotated(self):
        """It is told to reopen; one that keeps its descriptor says a last word in the old file first."""
        if self.manner == "keeps":
            self.write(2)
        self._file.close()
        self._file = self.log.open("ab", buffering=0)

    def close(self):
        self._file.close()

    def expected(self):
        return numbered(0, self.number)


def turn_link(log, generation):
    target = log.parent / f"app-202601{generation + 10:02d}.log"
    target.touch()
    (log.parent / "new").symlink_to(target.name)
    (log.parent / "new").rename(log)


def link_and_unlink(log, generation):
    """As scripts do that must not leave a moment without the old name."""
    for number in range(generation, 0, -1):
        log.with_name(f"app.log.{number}").rename(log.with_name(f"app.log.{number + 1}"))
    os.link(log, log.with_name("app.log.1"))
    log.unlink()
    log.touch()


def link_and_replace(log, generation):
    """The new file is put over the old name in one step; there is never a moment without a log."""
    for number in range(generation, 0, -1):
        log.with_name(f"app.log.{number}").rename(log.with_name(f"app.log.{number + 1}"))
    os.link(log, log.with_name("app.log.1"))
    fresh = log.with_name("fresh")
    fresh.touch()
    fresh.rename(log)


SWAPS = {"turn": turn_link, "unlink": link_and_unlink, "replace": link_and_replace}


@pytest.mark.parametrize("generations", [1, 2, 3])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("swap", SWAPS)
def test_every_line_once_in_order(tmp_path, swap, manner, state, generations):
    log = tmp_path / "app.log"
    if swap == "turn":
        turn_link(log, -1)
    tailing = Tailing(source(log))
    program = Program(log, manner)
    program.write(20)
    tailing.step()
    program.write(7)
    if state == "stopped":
        tailing.stop()
    tailing.paused = state == "paused"
    for generation in range(generations):
        program.write(5)
        if state == "running":
            tailing.step()
            program.write(3)
        SWAPS[swap](log, generation)
        program.rotated()
        program.write(5)
        if state == "paused":
            tailing.step()
    if state == "stopped":
        tailing.start()
    tailing.paused = False
    ends_whole(tailing, program)
    assert {one.path for one in tailing.got} == {str(log)}


@pytest.mark.parametrize("linked_for", [0, 1, 5])
def test_both_names_for_a_while(tmp_path, linked_for):
    """The agent sees one file under two names; then the first name is somebody else's."""
    log = tmp_path / "app.log"
    write(log, numbered(0, 5))
    tailing = Tailing(source(f"{log}*")).step()
    os.link(log, tmp_path / "app.log.1")
    write(log, numbered(5, 1))
    tailing.step(linked_for)
    log.unlink()
    tailing.step(linked_for)
    write(tmp_path / "app.log.1", numbered(6, 1))
    write(log, numbered(7, 1))
    tailing.settle()
    assert tailing.texts() == numbered(0, 8)
    tailing.stop()


@pytest.mark.parametrize("generations", [1, 2, 3])
@pytest.mark.parametrize("state", STATES)
def test_a_log_that_is_written_anew_each_time(tmp_path, state, generations):
    """Atomic replacement without another name: what was not read by then is held by our descriptor, or by nobody."""
    log = tmp_path / "report.log"
    write(log, numbered(0, 5, "a"))
    tailing = Tailing(source(log)).step()
    written = numbered(0, 5, "a")
    lost = []
    if state == "stopped":
        tailing.stop()
    tailing.paused = state == "paused"
    for generation in range(generations):
        fresh = numbered(0, 5 + generation, "bcd"[generation])
        write(tmp_path / "new", fresh)
        (tmp_path / "new").rename(log)
        if state != "stopped":
            tailing.step(2)
        elif generation < generations - 1:
            lost += fresh
        written += fresh
    if state == "stopped":
        tailing.start()
    tailing.paused = False
    tailing.settle()
    assert tailing.texts() == [line for line in written if line not in lost]
    assert not tailing.abandoned(), "what no agent ever saw cannot be counted"
    tailing.stop()
