"""Totals are read by scrapes while the pipeline adds to them."""

from __future__ import annotations

import sys
import threading
from collections import Counter

from logsource.agent.agent import Agent
from logsource.config.model import Config
from logsource.model import Tally


def test_a_scrape_never_sees_half_of_a_sum_nor_stumbles_over_a_new_source(tmp_path):
    config = Config.model_validate(
        {
            "agent": {"state_dir": tmp_path / "state"},
            "collector": {"url": "http://127.0.0.1:9"},
            "sources": [{"name": "web", "paths": [str(tmp_path / "a.log")]}],
        }
    )
    agent = Agent(config)
    done = threading.Event()

    def commit() -> None:
        for number in range(20_000):
            name = f"source-{number % 3000}"
            agent.totals.count(
                name, Tally(read=3, events=Counter(a=1), dropped=Counter({f"reason-{number % 5}": 2}))
            )
        done.set()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = threading.Thread(target=commit)
    try:
        thread.start()
        while not done.is_set():
            assert agent.pictures.imbalance == 0
    finally:
        sys.setswitchinterval(interval)
        thread.join()
        agent.close()
    assert sum(total.read for total in agent.totals.by_source.values()) == 60_000
