"""logrotate's `create`, and programs that reopen: between two calls there is no log, and then a new one.

That is what a link is like that is taken away before the next one is made; but what logrotate gave a name to is no link's.
"""

from __future__ import annotations

import pytest

from tests.support.midlook import Before
from tests.support.tailing import Dated, next_tick, numbered, source, write

MOST = 60
"""More questions than the look asks."""


@pytest.mark.parametrize("number", range(MOST))
def test_it_is_made_while_a_starting_agent_looks(tmp_path, number):
    """Nobody saw what is `app.log.1` by now, and the end of `app.log.2` is unread."""
    log = tmp_path / "logs" / "app.log"
    log.parent.mkdir()
    write(log, numbered(0, 20))
    tailing = Dated(source(log)).step().stop()
    write(log, numbered(20, 5))
    log.rename(log.with_name("app.log.2"))
    next_tick(log.with_name("app.log.2"))
    write(log, numbered(25, 20))
    log.rename(log.with_name("app.log.1"))
    next_tick(log.with_name("app.log.1"))
    tailing.start()
    with Before(number, lambda: write(log, numbered(45, 20))) as moment:
        tailing.step(seconds=0)
    if not moment.happened:
        write(log, numbered(45, 20))
    tailing.settle().crash().settle()
    assert tailing.texts() == numbered(0, 65)
    assert not tailing.abandoned()
    tailing.stop()
