"""A log that was empty when it was found, and an agent that is killed before it has read anything of it."""

from __future__ import annotations

import shutil

import pytest

from tests.support.rotating import compress
from tests.support.tailing import Tailing, next_tick, numbered, source, write


@pytest.mark.parametrize("packed_before_the_kill", [False, True])
@pytest.mark.parametrize("looks", [1, 2])
def test_what_was_seen_of_it_is_enough_to_know_its_archive(tmp_path, looks, packed_before_the_kill):
    log, old = tmp_path / "app.log", tmp_path / "app.log-20260102"
    tailing = Tailing(source(log))
    write(log, numbered(0, 3))
    tailing.step()
    log.rename(tmp_path / "app.log-20260101")
    log.touch()
    tailing.step(2)
    write(log, numbered(3, 30))
    next_tick(log)  # what was made in the millisecond in which it was written may be an original
    shutil.copy2(log, old)  # `renamecopy`
    log.unlink()
    next_tick(old)
    write(log, numbered(33, 3))
    if packed_before_the_kill:
        compress(old)
    for _ in range(looks):
        tailing.clock.advance(1)
        tailing.tail.scan()
        tailing.commit([])
    tailing.stop()
    if not packed_before_the_kill:
        compress(old)
    log.rename(tmp_path / "app.log-20260103")  # which is known, so that nothing older is looked for
    write(log, numbered(36, 3))
    tailing.start().settle()
    assert tailing.texts() == numbered(0, 39)
    assert not tailing.abandoned()
    tailing.stop()
