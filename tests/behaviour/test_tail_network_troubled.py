"""A file server that fails in the middle of a look: errors of any call are heard, and nothing is concluded from them."""

from __future__ import annotations

import contextlib
import errno

import pytest

from tests.support.mounting import RemoteTailing
from tests.support.nfsclient import NfsClient
from tests.support.rotating import Writer, rotate
from tests.support.tailing import source


class Nth:
    """One question fails, and no other; how many were asked."""

    def __init__(self, number, failing):
        self._number, self._failing, self.asked = number, failing, 0

    def __call__(self, _call):
        self.asked += 1
        return self._number if self.asked == self._failing else 0


MANNERS = {"copytruncate": "keeps", "copytruncate and a hole": "no_append"}


def rotated_on_the_server(folder, kind, failing, *, restarted, then_down=False):
    """A log is rotated; of the first look at what came of it, one question fails. How many were asked.

    `then_down`: the second look is given no answer at all.
    """
    folder.mkdir()
    with contextlib.ExitStack() as stack:
        writer = Writer(folder / "app.log", MANNERS.get(kind, "reopens"))
        stack.callback(writer.close)
        writer.write(30)
        writer.write_raw(b"odd\r\n")  # the hole that is left ends at no multiple of four
        # Options `noac`: everything is asked of the server.
        client = NfsClient(folder, lambda: 0.0, files=0.0, directories=0.0)
        stack.callback(client.forget)
        tailing = RemoteTailing(folder, source(folder / "app.log*"))
        stack.callback(tailing.stop)
        with client:
            tailing.step()
            if restarted:
                tailing.stop()
            with client.server():
                writer.write(5)
                rotate(folder / "app.log", kind.removesuffix(" and a hole"), writer, 0)
                writer.write(20)
            client.fails = trouble = Nth(errno.ESTALE, failing)
            if restarted:
                tailing.start()
            tailing.step()
            asked = trouble.asked
            if then_down:
                client.fails = lambda _: errno.EIO
                tailing.step()
            client.fails = lambda _: 0
            tailing.settle()
            said = (failing, tailing.abandoned(), tailing.events)
            assert sorted(tailing.texts()) == [*writer.expected(), "odd"], said
            assert not tailing.abandoned(), said
            assert tailing.crash().settle().texts() == tailing.texts(), said
    return asked


def each_question_fails(folder, kind, **options):
    asked = rotated_on_the_server(folder / "none", kind, 0, **options)
    assert asked > 20
    for failing in range(1, asked + 1):
        rotated_on_the_server(folder / str(failing), kind, failing, **options)


@pytest.mark.parametrize("kind", ["rename", "copytruncate", "compress"])
@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("then_down", [False, True])
def test_each_single_question_fails_while_a_log_is_rotated(tmp_path, kind, restarted, then_down):
    each_question_fails(tmp_path, kind, restarted=restarted, then_down=then_down)


def test_each_single_question_fails_while_a_log_with_a_hole_is_read(tmp_path):
    each_question_fails(tmp_path, "copytruncate and a hole", restarted=False)


@pytest.mark.parametrize("gap", [0, 4096], ids=["in the middle of a line", "behind the guard"])
def test_nuls_that_only_a_remembered_page_shows_are_no_lines(tmp_path, gap):
    folder = tmp_path / "share"
    folder.mkdir()
    client = NfsClient(folder, lambda: 0.0, files=0.0, directories=0.0)
    tailing = RemoteTailing(folder, source(folder / "app.log"))
    with contextlib.closing(Writer(folder / "app.log", "keeps")) as writer, client:
        writer.write(30)
        tailing.step()
        with client.server():
            before = (folder / "app.log").stat().st_size
            writer.write(300)
            client.stale_page(str(folder / "app.log"), before + gap + 5, before + gap + 500)
        tailing.step(3)
        assert tailing.texts() == [f"line {number:06d}" for number in range(330)]
        assert not tailing.abandoned()
        tailing.stop()
    client.forget()
