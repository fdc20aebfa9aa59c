"""A reload in the middle of a rotation: between any two of its steps, with the source changed, kept, or away for a while."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.support.rotating import compress
from tests.support.tailing import Tailing, numbered, source, write

CHANGES = ("kept", "changed", "away", "wider")


class Rotation:
    """One rotation as a list of steps, each of which leaves the file system as a crash would."""

    def __init__(self, log):
        self.log, self.old = log, log.with_name("app.log.1")
        self.number = 0

    def say(self, path, count):
        write(path, numbered(self.number, count))
        self.number += count

    def rename(self):
        yield lambda: self.log.rename(self.old)
        yield lambda: self.say(self.old, 2)
        yield lambda: self.say(self.log, 3)
        yield lambda: compress(self.old)
        yield lambda: self.say(self.log, 2)

    def copytruncate(self):
        yield lambda: shutil.copyfile(self.log, self.old)
        yield lambda: os.truncate(self.log, 0)
        yield lambda: self.say(self.log, 3)
        yield lambda: compress(self.old)
        yield lambda: self.say(self.log, 2)


def reconfigured(tailing, log, change):
    if change == "kept":
        tailing.reconfigure(source(log))
    elif change == "changed":
        tailing.reconfigure(source(log, max_line=2048))
    elif change == "wider":
        tailing.reconfigure(source(f"{log}*"))
    else:
        tailing.reconfigure(source(log.with_name("other.log"), name="other"))


@pytest.mark.parametrize("moment", range(6))
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("looked", [False, True], ids=["between looks", "after a look"])
@pytest.mark.parametrize("kind", ["rename", "copytruncate"])
def test_every_line_once_in_order(tmp_path, kind, looked, change, moment):
    rotation = Rotation(tmp_path / "app.log")
    log = rotation.log
    rotation.say(log, 20)
    tailing = Tailing(source(log)).step()
    rotation.say(log, 5)
    for number, step in enumerate(getattr(rotation, kind)()):
        if number == moment:
            reconfigured(tailing, log, change)
        step()
        if looked:
            tailing.step()
    if moment == 5:
        reconfigured(tailing, log, change)
    tailing.step(3)
    reconfigured(tailing, log, "changed")
    tailing.settle()
    rotation.say(log, 1)
    tailing.settle()
    assert tailing.texts() == numbered(0, rotation.number)
    assert len({one.id for one in tailing.got}) == rotation.number
    assert not tailing.abandoned()
    tailing.stop()
