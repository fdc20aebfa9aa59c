"""A disk that fails now and then: any call on an open file may give an error, and nothing is lost that is still there."""

from __future__ import annotations

import errno
import os
import random
from itertools import product

import pytest

from logsource.tail.learned import HEAD_BYTES
from tests.support.rotating import Writer, rotate
from tests.support.tailing import Tailing, numbered, source, write

ERRORS = (errno.EIO, errno.ESTALE, errno.EAGAIN, errno.ENOMEM, errno.ETIMEDOUT)


class Fails:
    """An open file on a failing disk."""

    def __init__(self, inner, choose, share):
        self._inner, self._choose, self._share = inner, choose, share

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def _maybe(self):
        if self._choose.random() < self._share:
            number = self._choose.choice(ERRORS)
            raise OSError(number, os.strerror(number))

    def read(self, offset, size):
        self._maybe()
        return self._inner.read(offset, size)

    def stat(self):
        self._maybe()
        return self._inner.stat()


def spoil(tailing, choose, share):
    """Whatever is open now fails with this share of calls."""
    for follower in tailing.tail._sources["app"].registry.by_key.values():
        if follower.content is not None and not isinstance(follower.content, Fails):
            follower.content = Fails(follower.content, choose, share)


RENAMED = ["rename", "create", "dateext", "olddir", "compress", "delaycompress"]
CUT = ["copytruncate", "copytruncate_compress"]


@pytest.mark.parametrize(
    ("kind", "seed"),
    [
        *product(RENAMED, [*range(16), 56, 104, 137, 183, 185, 270, 422, 638, 645]),
        *product(CUT, [*range(8), 44, 50, 70, 146, 156, 168, 180, 190, 218, 262]),
    ],
)
def test_every_line_once_in_order(tmp_path, kind, seed):
    choose = random.Random(seed)
    log = tmp_path / "app.log"
    pattern = log if seed % 2 else f"{log}*"
    tailing = Tailing(source(pattern))
    writer = Writer(log, "keeps" if kind in CUT else "reopens")
    writer.write(5)
    tailing.step()
    for generation in range(2):
        for _ in range(choose.randrange(1, 5)):
            writer.write(choose.randrange(1, 9))
            spoil(tailing, choose, 0.3)
            tailing.step(choose.randrange(1, 4), seconds=choose.choice([0.1, 1.0, 7.0]))
        rotate(log, kind, writer, generation)
        writer.write(choose.randrange(0, 9))
        spoil(tailing, choose, 0.3)
        tailing.step(choose.randrange(0, 3))
    for follower in tailing.tail._sources["app"].registry.by_key.values():
        follower.release()  # the disk is well again
    tailing.step(300)
    writer.close()
    assert sorted(tailing.texts()) == writer.expected()
    assert len({one.id for one in tailing.got}) == writer.number
    assert not tailing.abandoned()
    for path in {one.path for one in tailing.got}:
        ids = [one.id for one in tailing.got if one.path == path]
        assert len(set(ids)) == len(ids)
    tailing.stop()


@pytest.mark.parametrize("seed", range(20))
def test_the_others_do_not_notice(tmp_path, seed):
    choose = random.Random(seed)
    bad, good = tmp_path / "bad.log", tmp_path / "good.log"
    tailing = Tailing(source(bad), source(good, name="good"))
    for number in range(0, 100, 5):
        write(bad, numbered(number, 5, "bad"))
        write(good, numbered(number, 5, "good"))
        spoil(tailing, choose, 0.9)
        tailing.step()
        assert tailing.texts(str(good)) == numbered(0, number + 5, "good")
    for follower in tailing.tail._sources["app"].registry.by_key.values():
        follower.release()
    tailing.step(90)
    assert tailing.texts(str(bad)) == numbered(0, 100, "bad")
    tailing.stop()


class FailsOnce(Fails):
    """Gives an error for the first question after a block was read: the file's first records, for the parser."""

    def __init__(self, inner):
        super().__init__(inner, random.Random(0), 0)
        self.failed = False

    def read(self, offset, size):
        if (offset, size) == (0, HEAD_BYTES) and not self.failed:
            self.failed = True
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().read(offset, size)


def test_an_error_after_the_block_was_read_holds_nothing_up_for_ever(tmp_path):
    log = tmp_path / "app.log"
    write(log, numbered(0, 5))
    tailing = Tailing(source(log)).step().crash()
    write(log, numbered(5, 5))
    tailing.tail.scan()
    (follower,) = tailing.tail._sources["app"].registry.by_key.values()
    assert follower.open()
    follower.content = failing = FailsOnce(follower.content)
    tailing.step(30)
    assert failing.failed
    assert tailing.texts() == numbered(0, 10)
    tailing.stop()
