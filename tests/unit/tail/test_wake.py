"""A bell rings when a directory changes, and never when a file only grows."""

from __future__ import annotations

import errno

import pytest

from logsource.clock import EventWaker
from logsource.tail.wake import MAX_WATCHES, Watches

PATIENCE = 60.0
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


def _moved(folder):
    folder.rename(folder.with_name("elsewhere"))
    folder.mkdir()


def _deleted(folder):
    folder.rmdir()
    folder.mkdir()


def _linked(folder):
    folder.rename(folder.with_name("elsewhere"))
    folder.with_name("target").mkdir()
    folder.symlink_to(folder.with_name("target"))


@pytest.mark.parametrize("replace", [_moved, _deleted, _linked])
def test_a_directory_that_took_the_place_of_another_is_watched(tmp_path, replace):
    waker = EventWaker()
    watches = Watches(waker)
    folder = tmp_path / "logs"
    folder.mkdir()
    try:
        watches.watch({str(folder)})
        replace(folder)
        while waker.wait(QUIET):  # of a deletion it hears, of a move it does not
            pass
        watches.watch({str(folder)})
        watches.rang()
        (folder / "new.log").touch()
        assert waker.wait(PATIENCE)
        assert watches.rang()
    finally:
        watches.close()


class Exhausted:
    """An observer on a system that has no more of something."""

    def __init__(self, error):
        self._error = error
        self.asked = []

    def start(self):
        """There is always one thread, at first."""

    def schedule(self, handler, path, **options):
        self.asked.append(path)
        raise self._error

    def stop(self):
        """Nothing runs."""

    join = stop


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "inotify watch limit reached"),
        OSError(errno.EMFILE, "inotify instance limit reached"),
        OSError(errno.EACCES, "permission denied"),
        RuntimeError("can't start new thread"),
    ],
    ids=["watches", "instances", "permission", "threads"],
)
def test_what_the_system_cannot_give_is_done_without(tmp_path, error):
    observer = Exhausted(error)
    watches = Watches(EventWaker(), make_observer=lambda: observer)
    for _ in range(3):
        watches.watch({str(tmp_path)})
    assert observer.asked == [str(tmp_path)], "asked once, not at every scan"
    assert not watches.rang()
    watches.close()


class Counting(Exhausted):
    """An observer that has all, and counts what is asked of it."""

    def __init__(self):
        super().__init__(None)
        self.given_back = []

    def schedule(self, handler, path, **options):
        self.asked.append(path)
        return path

    def unschedule(self, watch):
        self.given_back.append(watch)


def test_watches_are_few_and_those_given_back_are_used_for_others(tmp_path):
    observer = Counting()
    watches = Watches(EventWaker(), make_observer=lambda: observer)
    folders = [str(tmp_path / f"{number:03d}") for number in range(MAX_WATCHES + 10)]
    watches.watch(set(folders))
    assert observer.asked == folders[:MAX_WATCHES]
    watches.watch(set(folders[5:]))
    assert sorted(observer.given_back) == folders[:5]
    assert observer.asked[MAX_WATCHES:] == folders[MAX_WATCHES : MAX_WATCHES + 5]
    watches.close()


def test_without_an_inotify_instance_there_are_no_bells_and_no_error(tmp_path):
    """A user has 128 of them on many systems, for all containers that run under the same number."""
    asked = []

    def refuse():
        asked.append(1)
        raise OSError(errno.EMFILE, "inotify instance limit reached")

    watches = Watches(EventWaker(), make_observer=refuse)
    for _ in range(3):  # each scan
        watches.watch({str(tmp_path), str(tmp_path.parent)})
    assert not watches.rang()
    assert len(asked) == 2  # for each directory once
    watches.watch(set())
    watches.close()
