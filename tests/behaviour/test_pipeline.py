"""Read, render, commit: what one step does, and what it does when the store refuses."""

import json
import logging

import pytest

from logsource.config.model import SourceConfig
from logsource.errors import StoreUnavailable
from logsource.event.payload import EventFrame
from logsource.log import KeyValueFormatter
from logsource.model import STM_PLACEHOLDER, Tally
from logsource.parse.resolve import resolve_parser
from logsource.pipeline import LONG_SCAN, Pipeline, Progress
from logsource.render.source import SourceRenderer
from logsource.render.stage import InProcess
from logsource.store.memory import MemoryStore
from logsource.tail.tailer import Tailer
from tests.support.clocks import ManualClock


class Watching:
    """What the pipeline said."""

    def __init__(self):
        self.tallies = {}
        self.letters = []

    def tally(self, source, tally):
        self.tallies.setdefault(source, Tally()).add(tally)

    def buried(self, letters):
        self.letters += letters


class FullDisk:
    """A store whose disk is full as long as somebody says so."""

    def __init__(self, inner):
        self.inner = inner
        self.full = False

    def commit(self, **rows):
        if self.full:
            raise StoreUnavailable("no space left on device")
        self.inner.commit(**rows)

    def __getattr__(self, name):
        return getattr(self.inner, name)


class House:
    def __init__(self, tmp_path, *, capacity=10**9, parser="nginx_access", files=("a.log",), **options):
        self.clock = ManualClock(1_790_000_000_000)
        self.paths = [tmp_path / name for name in files]
        for path in self.paths:
            path.touch()
        self.source = SourceConfig(name="web", paths=[str(tmp_path / "*.log")], parser=parser, **options)
        self.store = FullDisk(MemoryStore(capacity=capacity, clock=self.clock))
        self.watching = Watching()
        self.tail = Tailer(
            [self.source], self.store.checkpoints(), clock=self.clock, linger=0.0, poll_interval=0.1
        )
        renderer = SourceRenderer(
            frame=EventFrame(source="web", host="h"),
            parser=resolve_parser(parser),
            unmatched=self.source.unmatched,
        )
        self.pipeline = Pipeline(
            tail=self.tail,
            stage=InProcess({"web": renderer}, byte_limit=8192, send_limit=500),
            store=self.store,
            clock=self.clock,
            observer=self.watching,
        )

    def step(self):
        self.clock.advance(2.0)
        return self.pipeline.step()

    def settle(self):
        for _ in range(50):
            if self.step() is not Progress.COMMITTED:
                return
        raise AssertionError("the pipeline never settled")

    def delivered(self):
        """Take everything out of the outbox, as the emitter does."""
        events = []
        while (batch := self.store.take()) is not None:
            assert batch.body.count(STM_PLACEHOLDER) == batch.events
            events += json.loads(batch.body)["data"]
            self.store.acknowledge(batch)
        self.store.flush()
        return events


def line(number):
    return f'10.0.0.1 - - [22/Sep/2026:01:02:03 +0000] "GET /{number} HTTP/1.1" 200 5 "-" "x"\n'


def targets(events):
    return [json.loads(event["ue_pr"])["data"]["data"]["target"] for event in events]


def test_lines_of_many_files_share_bodies_and_one_commit(tmp_path):
    house = House(tmp_path, files=[f"{n}.log" for n in range(20)])
    house.settle()
    for number, path in enumerate(house.paths):
        path.write_text(line(number), encoding="ascii")
    assert house.step() is Progress.COMMITTED
    assert house.store.stats().batches < 20
    house.settle()
    assert sorted(targets(house.delivered())) == sorted(f"/{n}" for n in range(20))
    assert house.watching.tallies["web"].imbalance == 0


def test_a_full_outbox_stops_reading_and_goes_on_by_itself(tmp_path):
    house = House(tmp_path, capacity=1)
    with house.paths[0].open("a", encoding="ascii") as log:
        for part in range(4):
            log.write("".join(line(part * 5000 + n) for n in range(5000)))
            log.flush()
    progress = [house.step() for _ in range(30)]
    assert Progress.FULL in progress
    assert house.pipeline.paused is not None
    assert house.step() is Progress.FULL
    got = []
    for _ in range(200):
        got += house.delivered()
        house.step()
        if len(got) >= 20_000:
            break
    assert targets(got) == [f"/{n}" for n in range(20_000)]
    assert house.pipeline.paused is None
    assert house.watching.tallies["web"].read == 20_000


def test_of_many_short_pauses_one_is_told_and_so_is_each_that_lasts(tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="logsource.pipeline")
    house = House(tmp_path)
    for number in range(5):
        with house.paths[0].open("a", encoding="ascii") as log:
            log.write(line(number))
        house.store.full = True
        assert house.step() is Progress.UNAVAILABLE
        house.store.full = False
        assert house.step() is Progress.COMMITTED
    assert [said.split()[0] for said in caplog.messages] == ["event=read_paused", "event=read_resumed"]

    house.store.full = True
    with house.paths[0].open("a", encoding="ascii") as log:
        log.write(line(5))
    for _ in range(10):
        assert house.step() is Progress.UNAVAILABLE
    assert len(caplog.messages) == 3, "a pause that lasts is told, once"
    (told,) = (record for record in caplog.records if "suppressed" in record.getMessage())
    said = KeyValueFormatter().format(told)
    assert said.endswith('event=read_paused reason=unavailable detail="no space left on device" suppressed=4')
    house.store.full = False
    house.step()
    assert caplog.messages[3:] == ["event=read_resumed"]


def test_logs_that_are_rotated_away_while_the_outbox_is_full_are_missed_after_a_crash(tmp_path):
    house = House(tmp_path, capacity=1)
    log = house.paths[0]
    log.write_text("".join(map(line, range(5000))), encoding="ascii")
    while house.step() is not Progress.FULL:
        pass
    events = []
    for number in range(2):
        log.rename(tmp_path / f"a.log.{2 - number}")
        log.write_text("".join(map(line, range(100))), encoding="ascii")
        assert house.step() is Progress.FULL
    assert house.pipeline.paused is not None
    read = next(row.offset for row in house.store.checkpoints() if row.offset)
    house.tail.close()
    lost = log.with_name("a.log.2").stat().st_size - read + log.with_name("a.log.1").stat().st_size
    for number in (1, 2):
        log.with_name(f"a.log.{number}").unlink()
    again = Tailer(
        [house.source], house.store.checkpoints(), clock=house.clock, linger=0.0, on_event=events.append
    )
    again.scan()
    assert sum(event.bytes for event in events if event.kind == "abandoned") == lost
    again.close()


def test_a_full_disk_loses_nothing(tmp_path):
    house = House(tmp_path)
    house.settle()
    house.store.full = True
    house.paths[0].write_text(line(1) + line(2), encoding="ascii")
    assert house.step() is Progress.UNAVAILABLE
    assert "no space" in str(house.pipeline.paused)
    assert house.step() is Progress.UNAVAILABLE
    house.store.full = False
    house.settle()
    assert targets(house.delivered()) == ["/1", "/2"]
    assert house.pipeline.paused is None


def test_unmatched_lines_become_dead_letters_in_the_same_commit(tmp_path):
    house = House(tmp_path, unmatched="dead_letter")
    house.paths[0].write_text(line(1) + "what is this\n" + line(2), encoding="ascii")
    house.settle()
    assert targets(house.delivered()) == ["/1", "/2"]
    (letter,) = house.store.dead_letters()
    assert letter.reason == "unparsed"
    assert json.loads(json.loads(letter.event)["ue_pr"])["data"]["data"]["message"] == "what is this"
    tally = house.watching.tallies["web"]
    assert (tally.read, tally.events.total(), tally.rejected.total(), tally.imbalance) == (3, 2, 1, 0)
    assert house.store.tallies()["web"] == tally


def test_an_event_over_a_megabyte_is_buried_not_lost_behind_a_200(tmp_path):
    house = House(tmp_path, parser="plain", max_line=4_000_000)
    house.paths[0].write_text("x" * 1_100_000 + "\nshort\n", encoding="ascii")
    house.settle()
    assert len(house.delivered()) == 1
    (letter,) = house.store.dead_letters()
    assert letter.reason == "too_large"
    assert house.watching.tallies["web"].imbalance == 0


class SlowLook:
    """A tail whose look at the logs takes long, and an agent that is killed right after it."""

    def __init__(self, inner, clock, seconds):
        self._inner = inner
        self._clock = clock
        self._seconds = seconds

    def scan(self):
        self._inner.scan()
        self._clock.advance(self._seconds)

    def read(self, budget):
        raise Killed

    def __getattr__(self, name):
        return getattr(self._inner, name)


class Killed(BaseException):
    pass


@pytest.mark.parametrize(("seconds", "kept"), [(LONG_SCAN / 2, 0), (LONG_SCAN, 2)])
def test_what_a_long_look_found_outlives_an_agent_that_is_killed_before_it_reads(tmp_path, seconds, kept):
    house = House(tmp_path, files=("a.log", "b.log"))
    house.paths[0].write_text(line(1))
    house.paths[1].write_text(line(2))
    house.pipeline._tail = SlowLook(house.tail, house.clock, seconds)
    house.clock.advance(2.0)
    with pytest.raises(Killed):
        house.pipeline.step()
    assert len(house.store.checkpoints()) == kept
    assert all(row.offset == 0 for row in house.store.checkpoints())
    house.tail.close()


class Asked:
    """A tail that counts how often it is asked for its rows."""

    def __init__(self, inner):
        self.inner = inner
        self.updates_asked = 0

    def updates(self):
        self.updates_asked += 1
        return self.inner.updates()

    def __getattr__(self, name):
        return getattr(self.inner, name)


def test_rows_are_asked_for_when_they_are_due_and_not_at_every_step(tmp_path):
    house = House(tmp_path, files=[f"{n}.log" for n in range(20)])
    asked = Asked(house.tail)
    pipeline = Pipeline(
        tail=asked,
        stage=InProcess({}, byte_limit=8192, send_limit=500),
        store=house.store,
        clock=house.clock,
        observer=house.watching,
    )
    pipeline.step()  # they are found, and committed at once
    (tmp_path / "new.log").touch()
    house.clock.advance(0.1)
    before = asked.updates_asked
    for _ in range(30):
        house.clock.advance(0.03)
        pipeline.step()
    assert asked.updates_asked - before <= 3
    house.clock.advance(2.0)
    pipeline.step()
    pipeline.step()
    assert len(house.store.checkpoints()) == 21
