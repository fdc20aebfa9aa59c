"""A reload that fails anywhere, for a reason nobody foresaw, leaves the old configuration in use as if nobody had asked."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
from pathlib import Path

import pytest

from logsource.agent.agent import Agent
from logsource.agent.inputs import build_tail
from logsource.agent.renderers import build_renderers
from logsource.agent.takeover import InUse, Takeover, tellings
from logsource.clock import EventWaker
from logsource.config.model import Config
from logsource.emit.api import Delivery
from logsource.emit.emitter import Emitter
from logsource.errors import StoreUnavailable
from logsource.model import Action, Outcome
from logsource.pipeline import Pipeline
from logsource.render.stage import InProcess
from logsource.store.memory import MemoryStore
from tests.support.clocks import ManualClock
from tests.support.sink import Sink


class Trouble(Exception):
    """What a part has that nobody foresaw."""


class Kept:
    """An output that keeps what it is given."""

    def __init__(self, url: str) -> None:
        self.url, self.closed, self.lines = url, False, []

    def send(self, batch) -> Delivery:
        assert not self.closed
        for event in json.loads(batch.body)["data"]:
            self.lines.append(json.loads(event["ue_pr"])["data"]["data"]["message"])
        return Delivery(
            outcome=Outcome(action=Action.DELIVERED, code="200"), delivered=batch.events, judged=0
        )

    def close(self) -> None:
        self.closed = True


class Stage(InProcess):
    """A stage whose start may fail, and that knows whether it was closed."""

    closed = False
    trouble = None

    def start(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def close(self) -> None:
        self.closed = True
        if self.trouble is not None:
            raise self.trouble


class House:
    """An agent's parts, put together here so that each of them may fail."""

    def __init__(self, tmp_path: Path) -> None:
        self.clock = ManualClock(1_790_000_000_000)
        self.logs = tmp_path
        self.store = MemoryStore(capacity=10**9, clock=self.clock)
        self.fails = ""
        self.stages: list[Stage] = []
        self.outputs: list[Kept] = []
        self.told: list[Config] = []
        config = self.config("web")
        self.tail = build_tail(
            config,
            [],
            clock=self.clock,
            waker=EventWaker(),
            block_size=10_000,
            once=False,
            on_event=lambda _event: None,
            store=self.store,
        )
        self.use = InUse(config, self.stage(config), self.output(config))
        self.pipeline = Pipeline(
            tail=self.tail, stage=self.use.stage, store=self.store, clock=self.clock, observer=self
        )
        self.emitter = Emitter(
            store=self.store,
            output=self.use.output,
            clock=self.clock,
            random=random.Random(1),
            waker=EventWaker(),
            retry=config.collector.retry,
        )

    def config(self, *names: str, **collector: object) -> Config:
        sources = [
            {"name": name, "paths": [str(self.logs / f"{name}*.log")], "parser": "plain"} for name in names
        ]
        sources += [{"name": "net", "type": "syslog", "listen": ["tcp://127.0.0.1:0"], "parser": "plain"}]
        return Config.model_validate(
            {"collector": {"url": "http://c", "linger": "0s", **collector}, "sources": sources}
        )

    def tally(self, source, tally) -> None:
        pass

    def buried(self, letters) -> None:
        pass

    def fail_at(self, step: str) -> None:
        if self.fails == step:
            raise Trouble(step)

    # What a take-over is made of

    def stage(self, config: Config) -> Stage:
        self.fail_at("stage")
        made = Stage(build_renderers(config), byte_limit=40_000, send_limit=500)
        made.trouble = Trouble("start") if self.fails == "start" else None
        self.stages.append(made)
        return made

    def output(self, config: Config) -> Kept:
        self.fail_at("output")
        self.outputs.append(Kept(config.collector.url))
        return self.outputs[-1]

    def settle(self) -> None:
        self.fail_at("settle")
        self.pipeline.settle()

    def prepare(self, sources, checkpoints):
        follow = self.tail.prepare(sources, checkpoints)
        self.fail_at("prepare")
        return follow

    def checkpoints(self):
        if self.fails == "positions":
            raise StoreUnavailable("the disk refused")
        return self.store.checkpoints()

    def last_told(self, config: Config) -> None:
        self.told.append(config)
        self.fail_at("told")

    # What happens

    def reload(self, config: Config) -> None:
        take_over = Takeover(
            stage=self.stage,
            output=self.output,
            settle=self.settle,
            tail=self,
            store=self,
            told=tellings(self.pipeline, self.emitter, self.store, [self.last_told]),
        )
        self.use = take_over(self.use, config)

    def write(self, name: str, *lines: str) -> None:
        with (self.logs / name).open("a", encoding="ascii") as log:
            log.write("".join(f"{line}\n" for line in lines))

    def run(self) -> None:
        for _ in range(6):
            self.clock.advance(2.0)
            self.pipeline.step()
            while self.emitter.step():
                pass

    def held(self) -> dict[str, tuple[str, int]]:
        """Open log files of this process, by name: id and position of what follows them, and the descriptor's inode."""
        return {Path(one.path).name: (one.file_id, one.offset) for one in self.tail.status() if one.inode}


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    yield made
    made.tail.close()
    made.store.close()


def descriptors(directory: Path) -> dict[str, str]:
    found = {}
    for one in Path("/proc/self/fd").iterdir():
        try:
            target = str(one.readlink())
        except FileNotFoundError:
            continue
        if target.startswith(str(directory)):
            found[one.name] = target
    return found


STEPS = ["stage", "output", "settle", "positions", "prepare", "start", "told"]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_leaves_everything_as_it_was(tmp_path, house, step):
    house.write("web.log", "one")
    house.write("shop.log", "not asked for")
    house.run()
    before, positions, listening = descriptors(tmp_path), house.held(), house.tail.status()[-1].detail
    assert len(before) == 1
    assert listening
    house.fails = step
    with pytest.raises((Trouble, StoreUnavailable)):
        house.reload(house.config("shop", url="http://other"))
    house.fails = ""
    assert descriptors(tmp_path) == before
    assert house.held() == positions
    assert house.tail.status()[-1].detail == listening, "the listener is the same"
    house.write("web.log", "two")
    house.run()
    first, *others = house.outputs
    assert first.lines == ["one", "two"]
    assert not first.closed
    assert not house.stages[0].closed
    assert all(one.closed and not one.lines for one in others)
    assert all(one.closed for one in house.stages[1:])
    assert house.told[-1:] in ([], [house.use.config])


@pytest.mark.parametrize("step", STEPS)
def test_the_next_reload_succeeds(tmp_path, house, step):
    house.write("web.log", "one")
    house.run()
    house.fails = step
    with pytest.raises((Trouble, StoreUnavailable)):
        house.reload(house.config("web", "shop", url="http://other"))
    house.fails = ""
    before = descriptors(tmp_path)
    house.reload(house.config("web", "shop", url="http://other"))
    assert descriptors(tmp_path) == before, "what reads as before keeps its descriptor"
    house.write("web.log", "two")
    house.write("shop.log", "three")
    house.run()
    assert sorted(house.outputs[-1].lines) == ["three", "two"]
    assert [one.closed for one in house.outputs][-1] is False
    assert all(one.closed for one in house.outputs[:-1])


def test_what_cannot_be_closed_of_the_old_one_is_no_reason_to_keep_it(house):
    house.run()
    house.use.stage.trouble = Trouble("close")
    house.reload(house.config("shop", url="http://other"))
    assert house.use.config.collector.url == "http://other"
    assert house.outputs[0].closed
    house.write("shop.log", "one")
    house.run()
    assert house.outputs[-1].lines == ["one"]


def test_an_outbox_that_is_damaged_while_the_agent_runs_does_not_end_it_at_a_reload(tmp_path):
    log = tmp_path / "a.log"
    log.write_bytes(b"one\n")
    with Sink() as sink:
        config = Config.model_validate(
            {
                "agent": {"state_dir": tmp_path / "state"},
                "collector": {"url": sink.url, "linger": "20ms"},
                "sources": [{"name": "web", "paths": [str(log)], "parser": "plain"}],
                "web": {"listen": ""},
            }
        )
        agent = Agent(config)
        thread = threading.Thread(target=agent.run)
        thread.start()
        try:
            sink.wait_for(lambda: len(sink.events()) == 1)
            with sqlite3.connect(tmp_path / "state/outbox/cache.db", timeout=30) as other:
                other.execute("UPDATE Cache SET value = x'00' WHERE key LIKE 'checkpoint:%'")
            other.close()
            agent.reload(lambda: config)
            sink.wait_for(lambda: "damaged" in agent.pictures.config_problem)
            assert b"logsource_config_reload_success 0.0" in agent.metrics.render()
            with log.open("ab") as file:
                file.write(b"two\n")
            sink.wait_for(lambda: len(sink.events()) == 2)
            agent.reload(lambda: config)  # its row was written anew
            sink.wait_for(lambda: not agent.pictures.config_problem)
        finally:
            agent.stop()
            thread.join()
