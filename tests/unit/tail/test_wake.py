"""A bell rings when a directory changes, and never when a file only grows."""

from __future__ import annotations

from logsource.clock import EventWaker
from logsource.tail.wake import Watches

PATIENCE = 10.0
QUIET = 0.3


def test_creation_rings_and_growth_does_not(tmp_path):
    waker = EventWaker()
    watches = Watches(waker)
    log = tmp_path / "app.log"
    log.touch()
    watches.watch({str(tmp_path)})
    try:
        (tmp_path / "new.log").touch()
        assert waker.wait(PATIENCE)
        assert watches.rang()
        log.rename(tmp_path / "app.log.1")
        assert waker.wait(PATIENCE)
        while waker.wait(QUIET):
            pass
        watches.rang()
        with (tmp_path / "new.log").open("a") as file:
            file.write("more\n")
        assert not waker.wait(QUIET)
        assert not watches.rang()
    finally:
        watches.close()
        watches.close()


def test_directories_that_are_not_there_are_asked_for_again(tmp_path):
    waker = EventWaker()
    watches = Watches(waker)
    folder = tmp_path / "later"
    try:
        watches.watch({str(folder)})
        folder.mkdir()
        watches.watch({str(folder)})
        (folder / "new.log").touch()
        assert waker.wait(PATIENCE)
        watches.watch(set())
    finally:
        watches.close()
