"""A log is rotated at the very moment a starting agent looks at it: before any of the questions it asks the system.

Every such moment is tried. Whatever was listed then has another name, or none, when it is opened; still the older
generation is read to its end before the younger one, and nothing is read twice or left out.
"""

from __future__ import annotations

import os
import sys

import pytest

from tests.support.rotating import Writer, rotate
from tests.support.tailing import Tailing, source

QUESTIONS = {os.stat, os.lstat, os.open, os.scandir}
BEHIND = 3
"""Generations that came while nobody looked."""


class Moment:
    """Lets something happen right before the question of a number."""

    def __init__(self, number, happens):
        self.left = number
        self.happens = happens
        self.came = False

    def __enter__(self):
        sys.setprofile(self._notice)
        return self

    def __exit__(self, *_):
        sys.setprofile(None)

    def _notice(self, _frame, event, called):
        if event == "c_call" and called in QUESTIONS:
            if self.left == 0:
                sys.setprofile(None)
                self.came = True
                self.happens()
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
KINDS = ["rename", "create", "compress", "delaycompress", "dateext", "olddir"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("story", STORIES)
def test_older_generations_first_whenever_a_log_is_rotated_while_an_agent_starts(tmp_path, story, kind):
    number, tried = 0, True
    while tried:
        tried = rotated_at(number, tmp_path / str(number), story, kind)
        number += 1
    assert number > 20, "as many moments were tried"


def rotated_at(number, folder, story, kind):
    folder.mkdir()
    log = folder / "app.log"
    writer = Writer(log)
    generation = 0

    def turn():
        nonlocal generation
        generation += 1
        rotate(log, kind, writer, generation)

    def another():
        writer.write(20)
        turn()
        writer.write(20)

    writer.write(20)
    tailing = Tailing(source(log), block_size=64)
    story(tailing, writer, turn)
    writer.write(20)
    tailing.start()
    with Moment(number, another) as moment:
        tailing.step()
    tailing.settle()
    writer.write(3)
    tailing.settle()
    assert tailing.texts() == writer.expected(), f"rotated before question {number}"
    assert not tailing.abandoned()
    writer.close()
    tailing.stop()
    return moment.came
