"""Between the look that says that a log has something to read and its turn, it may be rotated."""

from __future__ import annotations

import os
import shutil

from tests.support.tailing import numbered, write


def test_what_a_look_at_an_elder_generation_brings_to_light_is_read_before_the_log(tmp_path, log, follow):
    """Somebody empties an old generation; so it is seen that the log was copied and cut, too."""
    one, two = (tmp_path / f"app.log.{number}" for number in (1, 2))
    tailing = follow()
    write(log, numbered(0, 20))
    tailing.step()
    log.rename(one)
    write(log, numbered(20, 20))
    tailing.step()
    write(log, numbered(40, 20))
    tailing.clock.advance(1)
    tailing.tail.scan()
    one.rename(two)
    shutil.copyfile(log, one)
    os.truncate(log, 0)
    write(log, numbered(60, 50))
    os.truncate(two, 0)
    while chunks := tailing.tail.read(1 << 20):
        tailing.commit(chunks)
    tailing.settle()
    assert tailing.texts() == numbered(0, 110)
