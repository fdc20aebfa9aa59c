"""`paths` lead through a link that cannot be read for a moment: an I/O error, or its file server is gone."""

from __future__ import annotations

import errno
import gzip
import os

import pytest

from logsource.clock import EventWaker
from logsource.tail.mounts import Mounts, why_not_for_state
from logsource.tail.wake import Watches
from tests.support.mounting import MountTable, mounted
from tests.support.rotating import compress
from tests.support.tailing import Tailing, numbered, source, write

ENDED = 120
"""Steps of a second after which an archive counts as finished."""
PATIENCE = 60.0


class Link:
    """A directory, and the link to it, which can be read or not."""

    def __init__(self, folder):
        self.directory, self.path = folder / "disk", folder / "link"
        self.directory.mkdir()
        self.path.symlink_to(self.directory)
        self.readable = True
        self._readlink = os.readlink

    def readlink(self, path, **options):
        if not self.readable and os.fspath(path) == str(self.path):
            raise OSError(errno.EIO, os.strerror(errno.EIO), path)
        return self._readlink(path, **options)


@pytest.fixture
def link(tmp_path, monkeypatch):
    made = Link(tmp_path)
    monkeypatch.setattr(os, "readlink", made.readlink)
    return made


@pytest.mark.parametrize("restarted", [False, True], ids=["running", "restarted"])
@pytest.mark.parametrize("packs", [False, True], ids=["plain", "packed"])
def test_a_log_is_rotated_meanwhile(link, packs, restarted):
    log = link.directory / "app.log"
    write(log, numbered(0, 20))
    tailing = Tailing(source(link.path / "app.log*")).step()
    write(log, numbered(20, 20))
    if restarted:
        tailing.stop()
    link.readable = False
    log.rename(link.directory / "app.log.1")
    if not restarted:
        tailing.step()
    if packs:
        compress(link.directory / "app.log.1")
    write(log, numbered(40, 20))
    if restarted:
        tailing.start()
    tailing.step(3)
    if packs:
        (link.directory / "app.log.1.gz").rename(link.directory / "app.log.2.gz")
    tailing.step(3)
    assert tailing.texts() == numbered(0, 60)
    link.readable = True
    assert tailing.settle().crash().settle().texts() == numbered(0, 60)
    assert not tailing.abandoned()
    tailing.stop()


def test_nothing_is_deleted_as_long_as_nobody_knows_where_it_is(link):
    """`paths` name the directory as well; so what the link leads to is the source's own."""
    archive = link.path / "app.log-1.gz"
    archive.write_bytes(gzip.compress(b"one\n"))
    config = source(archive, f"{link.directory}/*.log-1.gz", after_delivery="delete")
    tailing = Tailing(config, undelivered=lambda: None).step()
    assert tailing.texts() == ["one"]
    link.readable = False
    tailing.step(ENDED)
    assert archive.exists()
    link.readable = True
    tailing.step(3)
    assert not archive.exists()
    tailing.stop()


def test_a_directory_is_watched_as_soon_as_its_link_can_be_read(link):
    waker = EventWaker()
    watches = Watches(waker)
    link.readable = False
    watches.watch({str(link.path)})
    (link.directory / "one.log").touch()
    link.readable = True
    watches.watch({str(link.path)})
    (link.directory / "two.log").touch()
    assert waker.wait(PATIENCE)
    watches.close()


def test_a_state_directory_is_judged_by_the_path_that_was_given(link):
    def judged(directory):
        return why_not_for_state(directory / "state", Mounts(MountTable(mounted(link.directory))))

    assert "is on" in judged(link.path)
    link.readable = False
    assert not judged(link.path)
    assert "is on" in judged(link.directory)
