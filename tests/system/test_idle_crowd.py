"""Ten thousand logs in which nothing happens, and a line in one of them."""

from __future__ import annotations

import time

import pytest

from tests.support.agent import AgentProcess, source, write_config
from tests.support.collector import LedgerCollector

pytestmark = pytest.mark.soak

FILES = 10_000
SECONDS = 20.0
PROMISED = 0.02
"""Of one core."""


@pytest.mark.parametrize("linger", ["500ms", "20ms"])
def test_ten_thousand_idle_files_cost_less_than_two_per_cent(tmp_path, linger):
    logs = tmp_path / "logs"
    logs.mkdir()
    for number in range(FILES):
        (logs / f"{number:05d}.log").write_bytes(b"/n/idle/%08d\n" % number)
    with LedgerCollector() as collector:
        config = write_config(tmp_path, collector.url, source(logs / "*.log"), linger=linger)
        with AgentProcess(config) as agent:
            collector.wait_for(FILES, timeout=120)
            agent.still_runs_after(15.0)  # until all of them count as quiet
            before = agent.cpu_seconds()
            agent.still_runs_after(SECONDS)
            share = (agent.cpu_seconds() - before) / SECONDS
            print(f"\nidle with {FILES} files, linger {linger}: {share:.2%} of one core")
            assert share < PROMISED
            started = time.monotonic()
            with (logs / "07777.log").open("ab") as log:
                log.write(b"/n/idle/%08d\n" % FILES)
            collector.wait_for(FILES + 1, timeout=20)
            assert time.monotonic() - started < 5.0
            assert agent.stop() == 0
