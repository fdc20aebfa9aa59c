"""Logs on the file systems of other machines: polled, found again after a remount, reopened, and never waited for.

The mount table is the test's own: it says that the memory file system of this machine is mounted from a server.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import threading
from pathlib import Path

import pytest

from logsource.clock import EventWaker
from logsource.tail.growth import Growth
from logsource.tail.mounts import Mounts
from logsource.tail.poller import REOPEN
from logsource.tail.pulse import TRUSTED_FOR, Pulse
from logsource.tail.wake import Watches
from tests.support.mounting import MountTable, mounted
from tests.support.rotating import KINDS, Writer, rotate
from tests.support.tailing import Tailing, numbered, source, write

PATIENCE = 60.0


@pytest.fixture
def share(tmp_path):
    """A folder on another device than everything else."""
    here = tmp_path.stat().st_dev
    there = next(one for one in ("/dev/shm", "/var/tmp") if Path(one).stat().st_dev != here)
    folder = Path(tempfile.mkdtemp(dir=there))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def log(share):
    return share / "app.log"


class Server:
    """Answers; or keeps whoever asks waiting, until it is up again."""

    def __init__(self):
        self.up = threading.Event()
        self.up.set()

    def __call__(self, point):
        self.up.wait(60)

    def back(self):
        """Up again, and everybody who waited has an answer."""
        self.up.set()
        for thread in threading.enumerate():
            if thread.name == "logsource-pulse":
                thread.join(PATIENCE)


@pytest.fixture
def server():
    one = Server()
    yield one
    one.back()


class NetworkTailing(Tailing):
    """A tailer that believes the folder to be on a server."""

    def __init__(self, share, server, *configs, **options):
        self._share, self._server = share, server
        super().__init__(*configs, **options)

    def _new(self):
        pulse = Pulse(self.clock, ask=self._server, patience=0.01)
        self.options["mounts"] = Mounts(MountTable(mounted(self._share)), pulse)
        return super()._new()

    def labels(self, kind):
        return [event.label for event in self.events if event.kind == kind]

    def descriptor_of(self):
        (follower,) = self.tail._sources["app"].registry.by_key.values()
        return follower


@pytest.fixture
def follow(opened, share, server):
    def _follow(*paths, sources=None, **options):
        opened.append(NetworkTailing(share, server, *(sources or [source(*paths)]), **options))
        return opened[-1]

    return _follow


def test_the_row_names_a_volume_and_no_birth(follow, log):
    write(log, numbered(0, 3))
    tailing = follow(log).step()
    (row,) = tailing.rows.values()
    assert row.state["dev"] < 0
    assert row.state["born"] == [0, 0, 0], "what a server says of births is its own affair"
    write(log, numbered(3, 3))
    assert tailing.crash().settle().texts() == numbered(0, 6)


def test_a_row_from_before_the_mount_was_known_goes_on(follow, share, log):
    """The locator is another one now; the content is the same."""
    write(log, numbered(0, 50))
    local = Tailing(source(log)).step()
    local.stop()
    tailing = follow(log)
    tailing.stop()
    tailing.rows = dict(local.rows)
    write(log, numbered(50, 5))
    assert tailing.start().settle().texts() == numbered(50, 5)


@pytest.mark.parametrize("kind", KINDS)
def test_rotation(follow, log, kind):
    writer = Writer(log, "keeps" if "copytruncate" in kind else "reopens")
    writer.write(20)
    tailing = follow(log).step()
    for generation in range(3):
        writer.write(5)
        tailing.step()
        rotate(log, kind, writer, generation)
        writer.write(5)
    tailing.settle()
    writer.close()
    assert tailing.texts() == writer.expected()
    assert tailing.crash().settle().texts() == writer.expected()
    assert not tailing.abandoned()


def test_only_local_directories_are_watched(tmp_path, share):
    waker = EventWaker()
    watches = Watches(waker, Mounts(MountTable(mounted(share))))
    link = tmp_path / "link"
    link.symlink_to(share)
    try:
        watches.watch({str(tmp_path), str(share), str(link)})
        (share / "new.log").touch()
        assert not waker.wait(0.2)
        (tmp_path / "new.log").touch()
        assert waker.wait(PATIENCE)
    finally:
        watches.close()


def test_only_local_files_have_bells(tmp_path, follow, share):
    write(share / "app.log", ["far"])
    write(tmp_path / "app.log", ["near"])
    tailing = follow(share / "app.log", tmp_path / "app.log")
    waker = EventWaker()
    tailing.tail._growth = tailing.tail._poller._growth = Growth(waker)
    tailing.step(15)
    assert tailing.tail.wait_hint() <= 0.1, "what others write is seen by looking"
    write(share / "app.log", ["far again"])
    assert not waker.wait(0.2)
    write(tmp_path / "app.log", ["near again"])
    assert waker.wait(PATIENCE)
    tailing.step()
    assert sorted(tailing.texts()) == ["far", "far again", "near", "near again"]


class Stale:
    """A descriptor of a file that the server does not know any more."""

    def __init__(self, inner):
        self._inner = inner

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def stat(self):
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    read = stat


def test_a_stale_handle_is_opened_anew_and_counted(follow, log):
    write(log, numbered(0, 3))
    tailing = follow(log).step()
    follower = tailing.descriptor_of()
    follower.content = Stale(follower.content)
    write(log, numbered(3, 3))
    tailing.step(3)
    assert tailing.texts() == numbered(0, 6)
    assert tailing.labels("stalled") == ["stale_handle"]
    assert tailing.labels("unreadable") == []


def test_what_another_machine_deletes_is_counted(follow, log):
    """Here a deleted file lives on in its descriptor; over there it does not."""
    write(log, numbered(0, 3))
    tailing = follow(log, linger=60.0)
    tailing.tail.drain()
    tailing.step()
    tailing.tail._schedule.eager = False
    write(log, numbered(3, 3))
    tailing.step()
    follower = tailing.descriptor_of()
    follower.content = Stale(follower.content)
    log.unlink()
    tailing.step(5)
    assert tailing.texts() == numbered(0, 3)
    assert tailing.labels("stalled") == ["stale_handle"]
    assert tailing.abandoned() == {"vanished": 36}
    assert tailing.labels("unreadable") == []


def test_a_handle_that_is_stale_while_it_is_read(follow, log):
    write(log, numbered(0, 3))
    tailing = follow(log, linger=1.5).step(3)
    write(log, numbered(3, 3))
    tailing.step(seconds=0.2)
    follower = tailing.descriptor_of()
    follower.content = Stale(follower.content)
    follower.opened_at = tailing.clock.monotonic()
    tailing.step(5)
    assert tailing.texts() == numbered(0, 6)
    assert tailing.labels("stalled") == ["stale_handle"]


class Remembering:
    """A descriptor with cached attributes: the file is as it was when it was opened."""

    def __init__(self, inner):
        self._inner = inner
        self._stat = inner.stat()

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def stat(self):
        return self._stat


def test_a_descriptor_that_shows_the_past_is_replaced(follow, log):
    write(log, numbered(0, 3))
    tailing = follow(log).step()
    follower = tailing.descriptor_of()
    tailing.step(seconds=REOPEN)
    follower.content = Remembering(follower.content)
    write(log, numbered(3, 3))
    tailing.step()
    assert tailing.texts() == numbered(0, 3)
    tailing.step(seconds=REOPEN)
    assert tailing.texts() == numbered(0, 6)
    assert not tailing.labels("stalled"), "that is how such file systems are"


def test_a_server_that_is_gone_does_not_keep_local_logs_waiting(tmp_path, follow, share, server):
    far, near = share / "far.log", tmp_path / "near.log"
    write(far, numbered(0, 3, "far"))
    write(near, numbered(0, 3, "near"))
    tailing = follow(sources=[source(share / "*.log", name="far"), source(near, name="near")]).step()
    server.up.clear()
    tailing.clock.advance(TRUSTED_FOR)
    for number in range(3, 30):
        write(near, numbered(number, 1, "near"))
        tailing.step()
    assert tailing.texts(str(near)) == numbered(0, 30, "near")
    assert tailing.texts(str(far)) == numbered(0, 3, "far")
    assert {one.state for one in tailing.tail.status() if one.source == "far"} == {"unreadable"}
    assert set(tailing.labels("unreadable")) == {"ETIMEDOUT"}
    assert not tailing.abandoned(), "nothing is known to be lost"
    assert "delete" not in tailing.rotations()
    write(far, numbered(3, 3, "far"))
    server.back()
    tailing.step(90)
    assert tailing.texts(str(far)) == numbered(0, 6, "far")
    assert {one.state for one in tailing.tail.status()} == {"idle"}


def test_a_server_that_is_gone_when_the_agent_starts(tmp_path, follow, share, server):
    server.up.clear()
    far, near = share / "far.log", tmp_path / "near.log"
    write(far, numbered(0, 3, "far"))
    write(near, numbered(0, 3, "near"))
    (tmp_path / "link").symlink_to(share)
    tailing = follow(share / "*.log", far, near).step(5)
    assert tailing.texts() == numbered(0, 3, "near")
    server.back()
    tailing.step(90)
    assert sorted(tailing.texts()) == numbered(0, 3, "far") + numbered(0, 3, "near")


def test_a_link_to_a_server_is_known_once_it_was_followed(tmp_path, follow, share, server):
    write(share / "far.log", ["one"])
    (tmp_path / "link").symlink_to(share)
    tailing = follow(tmp_path / "link" / "*.log").step()
    server.up.clear()
    tailing.clock.advance(TRUSTED_FOR)
    write(share / "far.log", ["two"])
    tailing.step(3)
    assert tailing.texts() == ["one"]
    server.back()
    assert tailing.step(90).texts() == ["one", "two"]


def test_what_vanishes_while_a_server_is_gone_is_accounted_for_afterwards(follow, share, log, server):
    write(log, numbered(0, 400))
    tailing = follow(log)
    tailing.clock.advance(1)
    tailing.tail.scan()
    tailing.commit(tailing.tail.read(1))
    read = tailing.chunks[0].end
    tailing.stop()
    server.up.clear()
    log.unlink()
    tailing.start().step(3)
    assert not tailing.abandoned()
    server.back()
    tailing.step(90)
    assert tailing.abandoned() == {"vanished": 4800 - read}
