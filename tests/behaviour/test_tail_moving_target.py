"""A rotation goes on while the agent looks: what was listed has another name when it is opened."""

from __future__ import annotations

import pytest

from tests.support.rotating import Writer, compress, rotate
from tests.support.tailing import Tailing, source


class Interrupted(Tailing):
    """A tailer during whose look something happens: when it begins the next epoch, or tells of a rotation."""

    def __init__(self, *configs, at, **options):
        self.at, self.happens = at, None
        super().__init__(*configs, **options)

    def _new(self):
        self.events = Told(self)
        return super()._new()

    def _new_id(self):
        self.interrupt("epoch")
        return super()._new_id()

    def interrupt(self, at):
        if at == self.at and self.happens is not None:
            happens, self.happens = self.happens, None
            happens()


class Told(list):
    def __init__(self, tailing):
        super().__init__()
        self._tailing = tailing

    def append(self, event):
        super().append(event)
        if event.kind == "rotation":
            self._tailing.interrupt("rotation")


@pytest.mark.parametrize("at", ["epoch", "rotation"])
def test_a_copy_that_is_compressed_in_the_middle_of_a_look_is_still_the_copy(tmp_path, at):
    log = tmp_path / "app.log"
    writer = Writer(log, "keeps")
    writer.write(50)
    tailing = Interrupted(source(log), at=at).step()
    rotate(log, "copytruncate", writer, 1)
    writer.write(50)
    tailing.step(2)
    compress(tmp_path / "app.log.1")
    writer.write(10)  # nobody has read these when their log is truncated
    rotate(log, "copytruncate", writer, 2)
    tailing.happens = lambda: compress(tmp_path / "app.log.1")
    tailing.settle()
    assert tailing.happens is None, "the copy was compressed while the tailer looked"
    writer.write(5)
    assert tailing.settle().texts() == writer.expected()
    assert not tailing.abandoned()
    writer.close()
    tailing.stop()
