"""What deploy/README.md promises of upgrades, moves and backups, tried out with the installed agent."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime

import pytest

from tests.support.agent import AgentProcess, run_once, source, write_config
from tests.support.sink import Answer, Sink

pytestmark = pytest.mark.system


def write(log, first, last):
    log.parent.mkdir(exist_ok=True)
    with log.open("a") as file:
        file.writelines(f"{line}\n" for line in lines(first, last))


def messages(collector):
    return [json.loads(event["ue_pr"])["data"]["data"]["message"] for event in collector.events()]


NOW = datetime.now(UTC)


def lines(first, last):
    """They say when they were written: what says the same and no time may as well have been written again."""
    return [f"{NOW:%Y-%m-%d %H:%M:%S} line {number}" for number in range(first, last)]


def replaced(log):
    """The same content in another inode, as on another machine or after a restore."""
    copy = log.with_name("copy")
    shutil.copyfile(log, copy)
    assert copy.stat().st_ino != log.stat().st_ino
    copy.replace(log)


def test_logs_and_state_move_together_and_reading_goes_on_where_it_stopped(tmp_path):
    log = tmp_path / "logs/app.log"
    write(log, 0, 100)
    with Sink() as collector:
        assert run_once(write_config(tmp_path, collector.url, source(log))).process.returncode == 0
    shutil.copytree(tmp_path / "state", tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "state")
    replaced(log)
    write(log, 100, 150)
    with Sink() as collector:
        moved = write_config(
            tmp_path, collector.url, source(log), agent={"state_dir": str(tmp_path / "elsewhere")}
        )
        assert run_once(moved).process.returncode == 0
        assert messages(collector) == lines(100, 150)


def test_an_outbox_that_moves_alone_is_delivered_and_nothing_else(tmp_path):
    log = tmp_path / "logs/app.log"
    write(log, 0, 100)
    with Sink(lambda request: Answer(503)) as down:
        config = write_config(tmp_path, down.url, source(log), drain_timeout="50ms")
        with AgentProcess(config) as agent:
            agent.wait_until(lambda: agent.status()["outbox"]["events"] == 100)
            assert agent.stop() == 0
    log.unlink()
    shutil.copytree(tmp_path / "state", tmp_path / "elsewhere")
    with Sink() as collector:
        moved = write_config(
            tmp_path, collector.url, source(log), agent={"state_dir": str(tmp_path / "elsewhere")}
        )
        assert run_once(moved).process.returncode == 0
        assert messages(collector) == lines(0, 100)
