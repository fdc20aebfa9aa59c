"""A log is rotated at the very moment a starting agent looks at it: before any of the questions it asks the system.

Every such moment is tried. Whatever was listed then has another name, or none, when it is opened; still the older
generation is read to its end before the younger one, and nothing is read twice or left out.
"""

from __future__ import annotations

import gzip
import os
import sys

import pytest

from tests.support.rotating import Writer, rotate
from tests.support.tailing import Tailing, source

QUESTIONS = {os.stat, os.lstat, os.open, os.scandir}
BEHIND = 3
"""Generations that came while nobody looked."""


class Moment:
    """Lets something happen right before the question of a number; what has several strokes goes on every few questions."""

    def __init__(self, number, strokes, *, every=1):
        self.left = number
        self.strokes = strokes
        self.every = every
        self.came = False

    def __enter__(self):
        sys.setprofile(self._notice)
        return self

    def __exit__(self, *_):
        sys.setprofile(None)

    def _notice(self, _frame, event, called):
        if event == "c_call" and called in QUESTIONS:
            if self.left <= 0:
                sys.setprofile(None)
                self.came = True
                self.left = self.every
                if next(self.strokes, self) is self:
                    return
                sys.setprofile(self._notice)
            self.left -= 1


def unseen(tailing, writer, turn):
    """The agent is down while some generations come; it knows none of them but the oldest."""
    tailing.step()
    tailing.stop()
    for _ in range(BEHIND):
        writer.write(20)
        turn()


def begun(tailing, writer, turn):
    """It is down again after it has read a little of what it was behind."""
    unseen(tailing, writer, turn)
    tailing.start()
    tailing.clock.advance(1)
    tailing.tail.scan()
    tailing.commit(tailing.tail.read(1))
    tailing.stop()
    writer.write(20)
    turn()


STORIES = [unseen, begun]
KINDS = [
    "rename",
    "create",
    "compress",
    "delaycompress",
    "dateext",
    "olddir",
    "copytruncate",
    "copytruncate_compress",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("story", STORIES)
def test_older_generations_first_whenever_a_log_is_rotated_while_an_agent_starts(tmp_path, story, kind):
    number, tried = 0, True
    while tried:
        tried = rotated_at(number, tmp_path / str(number), story, kind)
        number += 1
    assert number > 20, "as many moments were tried"


@pytest.mark.parametrize("every", [2, 7])
@pytest.mark.parametrize("story", STORIES)
def test_the_same_while_the_rotation_takes_its_time(tmp_path, story, every):
    for number in range(0, 40, 3):
        assert rotated_at(number, tmp_path / str(number), story, "delaycompress", every=every)


def slowly(log, writer):
    """What logrotate does with delaycompress, system call by system call."""
    newest = log.with_name("app.log.1")
    whole = gzip.compress(newest.read_bytes())
    with log.with_name("app.log.1.gz").open("wb", buffering=0) as packed:
        yield
        packed.write(whole[:50])
        yield
        packed.write(whole[50:])
    yield
    newest.unlink()
    yield
    for number in range(9, 0, -1):
        old = log.with_name(f"app.log.{number}.gz")
        if old.exists():
            old.rename(log.with_name(f"app.log.{number + 1}.gz"))
            yield
    log.rename(newest)
    yield
    writer.rotated()
    writer.write(20)


def rotated_at(number, folder, story, kind, *, every=0):
    """Whether there was a question of this number. With `every`, so many questions are between the strokes."""
    folder.mkdir()
    log = folder / "app.log"
    writer = Writer(log, "keeps" if kind.startswith("copytruncate") else "reopens")
    generation = 0

    def turn():
        nonlocal generation
        generation += 1
        rotate(log, kind, writer, generation)

    def at_once():
        writer.write(20)
        turn()
        writer.write(20)
        yield

    writer.write(20)
    tailing = Tailing(source(log), block_size=64)
    story(tailing, writer, turn)
    writer.write(20)
    tailing.start()
    strokes = slowly(log, writer) if every else at_once()
    with Moment(number, strokes, every=every) as moment:
        tailing.step()
    if moment.came:
        with Moment(0, strokes, every=every):
            tailing.step(seconds=0.15)
    for _ in strokes if moment.came else ():
        pass
    tailing.settle()
    writer.write(3)
    tailing.step(3)
    assert tailing.texts() == writer.expected(), f"rotated before question {number}"
    assert not tailing.abandoned()
    writer.close()
    tailing.stop()
    return moment.came
