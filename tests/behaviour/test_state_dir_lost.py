"""The file system of the state directory breaks, is unmounted, checked and mounted again: the agent goes on by itself."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from logsource.agent.lasting import LastingAgent
from logsource.agent.patience import ASK_EVERY, LOST_AFTER, Patience
from logsource.clock import SystemClock
from logsource.config.model import Config
from logsource.errors import StoreError
from logsource.store.lock import StateLock
from logsource.store.memory import MemoryStore
from tests.support.clocks import ManualClock
from tests.support.sink import Sink


class Hasty(SystemClock):
    """Ten seconds of patience pass in a moment."""

    def monotonic(self) -> float:
        return super().monotonic() * 200


class House:
    """An agent in a thread, a log, a collector, and a state directory that can be taken away."""

    def __init__(self, tmp_path: Path, sink: Sink) -> None:
        self.state, self.away, self.log = tmp_path / "state", tmp_path / "away", tmp_path / "app.log"
        self.sink = sink
        self.write("one")
        self.agent = LastingAgent(self.config(sink.url), clock=Hasty(), retry=0.02)
        self.errors: list[BaseException] = []
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def config(self, url: str) -> Config:
        return Config.model_validate(
            {
                "agent": {"state_dir": self.state},
                "collector": {"url": url, "linger": "20ms", "drain_timeout": "1s"},
                "sources": [{"name": "web", "paths": [str(self.log)], "parser": "plain"}],
                "web": {"listen": ""},
            }
        )

    def _run(self) -> None:
        try:
            self.agent.run()
        except StoreError as error:
            self.errors.append(error)

    def write(self, line: str) -> None:
        with self.log.open("a", encoding="ascii") as file:
            file.write(f"{line}\n")

    def lose(self) -> None:
        """It is unmounted by force; what is read now cannot be committed."""
        before = self.agent.agent
        self.state.rename(self.away)
        self.write("two")
        self.sink.wait_for(lambda: before.lost is not None)
        self.sink.wait_for(lambda: not open_in(self.away))

    def stop(self) -> None:
        self.agent.stop()
        self.thread.join(60)
        assert not self.thread.is_alive()


def open_in(directory: Path) -> list[str]:
    found = []
    for one in Path("/proc/self/fd").iterdir():
        try:
            target = str(one.readlink())
        except FileNotFoundError:
            continue
        if target.startswith(str(directory)):
            found.append(target)
    return found


@pytest.fixture
def sink():
    with Sink() as one:
        yield one


@pytest.fixture
def house(tmp_path, sink):
    made = House(tmp_path, sink)
    sink.wait_for(lambda: len(sink.events()) == 1)
    yield made
    made.stop()


def test_it_goes_on_when_the_directory_is_back(house, sink):
    house.lose()
    house.state.mkdir()  # the mount point
    house.write("three")
    assert list(house.state.iterdir()) == [], "no place to begin a new outbox in"
    house.state.rmdir()
    house.away.rename(house.state)
    sink.wait_for(lambda: len({event["eid"] for event in sink.events()}) == 3)
    house.write("four")
    sink.wait_for(lambda: len({event["eid"] for event in sink.events()}) == 4)
    house.stop()
    assert house.errors == []


def test_a_reload_that_comes_meanwhile_is_done_then(house, sink):
    house.lose()
    with Sink() as other:
        house.agent.reload(lambda: house.config(other.url))
        house.away.rename(house.state)
        other.wait_for(lambda: not house.agent.agent.pictures.config_problem)
        house.write("three")
        other.wait_for(lambda: any("three" in event["ue_pr"] for event in other.events()))
        house.stop()


def test_it_can_be_stopped_meanwhile_and_says_what_it_waited_for(house):
    house.lose()
    house.stop()
    assert [str(error) for error in house.errors] != []
    assert str(house.state) in str(house.errors[0])


def test_a_full_disk_is_waited_for_as_it_is(tmp_path):
    lock = StateLock(tmp_path / "lock")
    assert lock.lost() is None
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    lock.release()


def test_another_directory_in_its_place_is_no_place_to_go_on_in(tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    lock = StateLock(state / "lock")
    state.rename(tmp_path / "old")
    assert os.strerror(errno.ENOENT) in str(lock.lost())
    state.mkdir()
    (state / "lock").touch()
    assert lock.lost() == f"{state} is another directory now"
    lock.release()


def test_what_has_no_disk_is_never_lost():
    assert MemoryStore(capacity=1, clock=ManualClock()).lost() is None


def test_patience_ends_after_a_while_of_nothing_but_refusals():
    clock = ManualClock()
    patience = Patience(clock)
    asked = []

    def lost() -> str:
        asked.append(clock.monotonic())
        return "read-only"

    patience.note(unavailable=True)
    clock.advance(LOST_AFTER - 1)
    patience.note(unavailable=True)
    assert patience.ended(lost) is None
    patience.note(unavailable=False)
    patience.note(unavailable=True)
    clock.advance(LOST_AFTER - 1)
    assert patience.ended(lost) is None
    assert asked == []
    clock.advance(1)
    assert patience.ended(lost) == "read-only"
    assert patience.ended(lost) is None, "it writes; not at every step"
    clock.advance(ASK_EVERY)
    assert patience.ended(lost) == "read-only"
