"""A file server that has no answer to one question, in the middle of what logrotate does there; then the agent goes on, or not.

Each question of a look fails once, in a run of its own; whichever it was, afterwards every line is there once.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import threading
from pathlib import Path

import pytest

from logsource.tail.find import Directories
from logsource.tail.mounts import Mounts
from logsource.tail.siblings import siblings
from tests.support.mounting import MountTable, RemoteTailing, mounted
from tests.support.nfsclient import NfsClient
from tests.support.rotating import Writer, compress, rotate
from tests.support.tailing import source


class Failing:
    """One question fails, or the server is down from then on; how many were asked."""

    def __init__(self, first, *, down):
        self._first, self._down, self.asked = first, down, 0

    def __call__(self, _call):
        self.asked += 1
        failed = self.asked >= self._first > 0 if self._down else self.asked == self._first
        return errno.ESTALE if failed else 0


class Cut:
    """copytruncate, whole."""

    def before(self, log, writer):
        writer.write(5)
        rotate(log, "copytruncate", writer, 0)
        writer.write(20)

    def after(self, log, writer):
        pass


class CutLater:
    """copytruncate: the copy is there, and the log is cut when the look is over."""

    def before(self, log, writer):
        writer.write(5)
        shutil.copyfile(log, f"{log}.1")

    def after(self, log, writer):
        os.truncate(log, 0)
        writer.write(20)


class Packed:
    """What was rotated and seen is compressed."""

    def before(self, log, writer):
        compress(log.with_name("app.log.1"))
        writer.write(20)

    def after(self, log, writer):
        pass


def run(folder, scene, failing, *, manner="keeps", first="", restarted=False, killed=False, down=False):
    """How many questions were asked in the look in which one fails.

    `first`: so the log was rotated before, and nothing read of it since. `killed`: the agent, behind the look.
    """
    folder.mkdir()
    log = folder / "app.log"
    with contextlib.ExitStack() as stack:
        writer = Writer(log, manner)
        stack.callback(writer.close)
        writer.write(30)
        # Options `noac`: everything is asked of the server.
        client = NfsClient(folder, lambda: 0.0, files=0.0, directories=0.0)
        stack.callback(client.forget)
        tailing = RemoteTailing(folder, source(folder / "app.log*"))
        stack.callback(tailing.stop)
        with client:
            tailing.step()
            if first:
                with client.server():
                    writer.write(5)
                    rotate(log, first, writer, 0)
                    writer.write(5)
                tailing.paused = True
                tailing.step()
                tailing.paused = False
            if restarted:
                tailing.stop()
            with client.server():
                scene.before(log, writer)
            client.fails = trouble = Failing(failing, down=down)
            if restarted:
                tailing.start()
            tailing.step()
            asked = trouble.asked
            client.fails = lambda _: 0
            if killed:
                tailing.crash()
            with client.server():
                scene.after(log, writer)
            tailing.settle()
            said = (failing, tailing.abandoned(), tailing.events)
            assert sorted(tailing.texts()) == writer.expected(), said
            assert not tailing.abandoned(), said
            assert tailing.crash().step(15).texts() == tailing.texts(), said
    return asked


@pytest.mark.parametrize(
    ("scene", "options"),
    [
        (Cut(), {"killed": True, "down": True}),
        (CutLater(), {"restarted": True}),
        (Packed(), {"first": "rename", "manner": "reopens", "down": True}),
    ],
)
def test_each_single_question_fails(tmp_path, scene, options):
    asked = run(tmp_path / "none", scene, 0, **options)
    assert asked > 15
    for failing in range(1, asked + 1):
        run(tmp_path / str(failing), scene, failing, **options)


def test_what_could_not_be_listed_is_never_said_to_be_all(tmp_path):
    log = tmp_path / "app.log"
    (tmp_path / "old").mkdir()
    everything = [tmp_path / "app.log.2", tmp_path / "old" / "app.log.1"]
    for path in (log, *everything):
        path.touch()
    mounts = Mounts(MountTable(mounted(tmp_path)))
    client = NfsClient(tmp_path, lambda: 0.0, files=0.0, directories=0.0)

    def list_them(failing):
        moved = threading.Event()
        client.fails = trouble = Failing(failing, down=False)
        found = {Path(one.path) for one in siblings(str(log), [], Directories(mounts), moved.set)}
        assert moved.is_set() or found == set(everything), failing
        return trouble.asked

    with contextlib.ExitStack() as stack, client:
        stack.callback(client.forget)
        asked = list_them(0)
        assert asked > 5
        for failing in range(1, asked + 1):
            list_them(failing)
