"""A crowd of new logs is met bit by bit: how many are still to come is told, to the file, and in every place people look."""

from __future__ import annotations

import os

from logsource.agent.agent import Agent
from logsource.config.model import Config
from logsource.web.ops import status_json
from logsource.web.status import ProgramsView
from tests.behaviour.test_tail_stalls import SlowMachine, come
from tests.support.tailing import write

TICK = 0.005
"""Seconds that pass whenever somebody looks at the clock: a look meets some fifty files."""


def test_those_that_wait_are_counted_until_the_last_one_was_opened(tmp_path, follow):
    names = come(tmp_path, 300)
    write(tmp_path / "job-0007x.log.1", ["older"])
    os.utime(tmp_path / "job-0007x.log.1", (1, 1))
    tailing = follow(tmp_path / "*.log*")
    tailing.clock = SlowMachine(tailing.clock.now_ms())
    tailing.clock.tick = TICK
    tailing.stop().start()
    assert tailing.tail.found() == {}, "nobody has looked yet"
    waited = []
    while not waited or waited[-1]:
        tailing.step(seconds=0.1)
        waited.append(tailing.tail.found().get("app", 0))
        assert waited[-1] + len(tailing.tail.status()) == len(names) + 1, "each is in one of the two numbers"
    assert waited[0] > 100
    assert waited == sorted(waited, reverse=True)
    assert sorted(tailing.texts()) == sorted(["older", *(name.name for name in names)])


def test_metrics_and_status_have_a_number_for_them(tmp_path):
    config = {
        "agent": {"state_dir": tmp_path / "state"},
        "collector": {"url": "http://127.0.0.1:9"},
        "sources": [{"name": name, "paths": ["/var/log/*.log"]} for name in ("web", "app")],
    }
    agent = Agent(Config.model_validate(config))
    try:
        status = agent.pictures.status([], None, ProgramsView(), {"web": 30_000})
        levels = agent.pictures.levels([], None, {"web": 30_000})
    finally:
        agent.close()
    assert levels.files == {("web", "found"): 30_000}
    told = {source["name"]: (source["found"], source["files"]) for source in status_json(status)["sources"]}
    assert told == {"web": (30_000, 0), "app": (0, 0)}
