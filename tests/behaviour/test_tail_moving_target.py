"""A rotation goes on while the agent looks: what was listed has another name when it is opened."""

from __future__ import annotations

from dataclasses import replace

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


@pytest.mark.parametrize("doubted", [True, False])
def test_a_generation_is_hidden_from_the_next_agent_only_by_a_log_that_was_looked_at_at_rest(
    tmp_path, doubted
):
    log, hidden = tmp_path / "app.log", tmp_path / "hidden"
    writer = Writer(log, "keeps")
    writer.write(50)
    tailing = Tailing(source(log)).step().stop()
    for generation in range(2):
        writer.write(20)
        rotate(log, "copytruncate_compress", writer, generation)
    writer.write(30)
    missed = (tmp_path / "app.log.1.gz").rename(hidden)  # as if it were being renamed
    tailing.start().tail.scan()
    tailing.commit([])
    (row,) = [one for one in tailing.rows.values() if one.state["name"] == str(log)]
    assert row.state["head"][0], "the log is known by its head"
    assert row.offset == 0, "and nothing was read of it"
    tailing.rows[row.file_id] = replace(row, state={**row.state, "doubted": doubted})
    tailing.crash()
    missed.rename(tmp_path / "app.log.1.gz")
    tailing.settle()
    lines = writer.expected()
    assert tailing.texts() == (lines if doubted else lines[:70] + lines[90:])
    writer.close()
    tailing.stop()
