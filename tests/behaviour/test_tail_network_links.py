"""Links on a file server that has no answer to one question: where they lead cannot be told then, and nothing follows from it."""

from __future__ import annotations

import contextlib
import errno

import pytest

from tests.support.mounting import RemoteTailing
from tests.support.nfsclient import NfsClient
from tests.support.rotating import compress
from tests.support.tailing import next_tick, numbered, source, write


class Fails:
    """The question of a number, of those of a kind, has no answer."""

    def __init__(self, kind, number):
        self._kind, self._number = kind, number
        self.asked = 0

    def __call__(self, kind):
        self.asked += kind == self._kind
        return errno.EHOSTDOWN if kind == self._kind and self.asked == self._number else 0


class Server:
    """A folder on it, and the client that sees it."""

    def __init__(self, folder, stack):
        folder.mkdir()
        self.folder = folder
        self.client = NfsClient(folder, lambda: 0.0, files=0.0, directories=0.0)
        stack.callback(self.client.forget)
        self.server = self.client.server

    def has(self, name, lines):
        write(self.folder / name, lines)
        next_tick(self.folder / name)

    def links(self, name, target):
        fresh = self.folder / "fresh"
        fresh.symlink_to(target)
        fresh.rename(self.folder / name)


class TurnedAgain:
    """What `rotatelogs -L` does: two files came, and the link leads to the last of them."""

    pattern = "current"

    def before(self, server):
        server.has("access.1795300000", numbered(0, 10))
        server.links("current", "access.1795300000")

    def after(self, server):
        server.has("access.1795300000", numbered(10, 5))
        server.has("access.1795300300", numbered(15, 10))
        server.has("access.1795300600", numbered(25, 10))
        server.links("current", "access.1795300600")


class Rotated:
    """What the kubelet does: the link's target has another name, and the next one is there."""

    pattern = "current"

    def before(self, server):
        server.has("0.log", numbered(0, 10))
        server.links("current", "0.log")

    def after(self, server):
        server.has("0.log", numbered(10, 5))
        (server.folder / "0.log").rename(server.folder / "0.log.20260102-150405")
        server.has("0.log", numbered(15, 20))


class TurnedAndPacked(TurnedAgain):
    """And what it left is packed."""

    def after(self, server):
        super().after(server)
        compress(server.folder / "access.1795300000")
        compress(server.folder / "access.1795300300")


class Renamed:
    """The link itself has another name, which `paths` have, too."""

    pattern = "current*"

    def before(self, server):
        server.has("access", numbered(0, 10))
        server.links("current", "access")

    def after(self, server):
        server.has("access", numbered(10, 25))
        (server.folder / "current").rename(server.folder / "current_one")


def run(folder, scene, kind, number, *, restarted):
    """How many questions of a kind a look asks of which one has no answer."""
    with contextlib.ExitStack() as stack:
        server = Server(folder, stack)
        scene.before(server)
        tailing = RemoteTailing(folder, source(folder / scene.pattern))
        stack.callback(tailing.stop)
        with server.client:
            tailing.step()
            if restarted:
                tailing.stop()
            with server.server():
                scene.after(server)
            server.client.fails = fails = Fails(kind, number)
            if restarted:
                tailing.start()
            tailing.step()
            asked = fails.asked
            server.client.fails = lambda _: 0
            tailing.step(15)
            assert sorted(tailing.texts()) == numbered(0, 35), (kind, number)
            assert not tailing.abandoned()
            assert tailing.crash().step(3).texts() == tailing.texts(), (kind, number)
    return asked


@pytest.mark.parametrize("restarted", [False, True], ids=["running", "restarted"])
@pytest.mark.parametrize("scene", [TurnedAgain(), TurnedAndPacked(), Rotated(), Renamed()])
def test_where_a_link_leads_cannot_be_read(tmp_path, scene, restarted):
    asked = run(tmp_path / "none", scene, "readlink", 0, restarted=restarted)
    assert asked
    for number in range(1, asked + 1):
        run(tmp_path / str(number), scene, "readlink", number, restarted=restarted)


def test_when_a_file_was_made_cannot_be_asked(tmp_path):
    asked = run(tmp_path / "none", TurnedAgain(), "fstat", 0, restarted=True)
    assert asked
    for number in range(1, asked + 1):
        run(tmp_path / str(number), TurnedAgain(), "fstat", number, restarted=True)
