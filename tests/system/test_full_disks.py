"""Disks without room: reading waits, the agent says why, and goes on by itself."""

from __future__ import annotations

import contextlib
import os
import time

import pytest

from tests.support.agent import AgentProcess, run_once, source, write_config
from tests.support.collector import LedgerCollector
from tests.support.disks import allow_growth, can_mount, fill, forbid_growth, small_disk
from tests.support.writer import Writer, nginx_line

pytestmark = pytest.mark.system

MIB = 1 << 20
PATIENCE = 120.0
"""Seconds until a disk is full, on a busy machine."""
needs_a_disk = [pytest.param(True, id="small file system")] if can_mount() else []
"""Only root may mount; everybody may limit the size of a process's files, so that runs everywhere."""


def reasons(agent):
    return [one["reason"] for one in agent.status()["not_ready"]]


class LimitedFiles:
    """The outbox cannot grow because no file of the agent may."""

    def __init__(self, agent, state_dir):
        self._agent = agent
        forbid_growth(agent.pid, (state_dir / "outbox" / "cache.db-wal").stat().st_size)

    def relieve(self):
        allow_growth(self._agent.pid)


class FullDisk:
    """The outbox cannot grow because its disk is full."""

    def __init__(self, agent, state_dir):
        self._filler = fill(state_dir)

    def relieve(self):
        self._filler.unlink()


@pytest.mark.parametrize("mounted", [pytest.param(False, id="file size limit"), *needs_a_disk])
def test_no_room_for_the_outbox_pauses_reading_until_there_is_some(tmp_path, mounted):
    state_dir = tmp_path / "state"
    with contextlib.ExitStack() as stack:
        if mounted:
            stack.enter_context(small_disk(state_dir, 16 * MIB))
        collector = stack.enter_context(LedgerCollector())
        writer = stack.enter_context(Writer(tmp_path / "access.log", "web", seed=1))
        writer.write(100)
        config = write_config(tmp_path, collector.url, source(tmp_path / "access.log", parser="nginx_access"))
        agent = stack.enter_context(AgentProcess(config))
        collector.wait_for(100)
        agent.wait_until(lambda: agent.status()["outbox"]["events"] == 0)

        trouble = (FullDisk if mounted else LimitedFiles)(agent, state_dir)
        collector.down = True
        _write_until_paused(agent, writer)
        assert "store_unavailable" in reasons(agent)
        assert agent.get("/readyz")[0] == 503
        assert agent.get("/healthz")[0] == 200
        assert agent.metric("logsource_read_paused") == 1
        said = agent.wait_for_log("event=read_paused")
        assert str(state_dir) in said
        assert "it goes on by itself" in said
        collector.down = False
        agent.still_runs_after(0.5)

        trouble.relieve()
        agent.wait_for_log("event=read_resumed")
        collector.wait_for(writer.lines)
        agent.wait_until(lambda: agent.status()["outbox"]["events"] == 0)
        assert reasons(agent) == []
        assert agent.metric("logsource_read_paused") == 0
        assert agent.status()["totals"]["lines"] == writer.lines
        assert agent.stop() == 0
        assert collector.ledger.lines() == writer.expected()
        assert collector.ledger.under_two_ids() == {}
        assert collector.ledger.changed == {}
        assert "Traceback" not in "".join(agent.log)


def _write_until_paused(agent, writer, lines=500):
    """Write on and on until there is no room for more: here nothing is to be had by longer pauses."""
    deadline = time.monotonic() + PATIENCE
    while not agent.status()["outbox"]["read_paused"]:
        assert time.monotonic() < deadline, f"{writer.lines} lines, and reading goes on:\n{agent.tail()}"
        writer.write(lines)
        agent.still_runs_after(0.01)


@pytest.mark.parametrize("_mounted", needs_a_disk)
def test_an_outbox_that_has_filled_its_disk_itself_empties_itself(tmp_path, _mounted):
    """Nobody makes room here: what the collector takes has to be enough."""
    with (
        small_disk(tmp_path / "state", 16 * MIB),
        LedgerCollector() as collector,
        Writer(tmp_path / "access.log", "web", seed=1) as writer,
    ):
        collector.down = True
        config = write_config(tmp_path, collector.url, source(tmp_path / "access.log", parser="nginx_access"))
        with AgentProcess(config) as agent:
            _write_until_paused(agent, writer, 5000)
            assert "store_unavailable" in reasons(agent)
            collector.down = False
            collector.wait_for(writer.lines, timeout=60)
            agent.wait_until(lambda: agent.status()["outbox"]["events"] == 0)
            assert agent.status()["totals"]["lines"] == writer.lines
            assert agent.stop() == 0
        assert collector.ledger.lines() == writer.expected()
        assert collector.ledger.under_two_ids() == {}


def test_an_outbox_at_its_limit_pauses_reading_until_there_is_room(tmp_path):
    with LedgerCollector() as collector, Writer(tmp_path / "access.log", "web", seed=1) as writer:
        collector.down = True
        config = write_config(
            tmp_path,
            collector.url,
            source(tmp_path / "access.log", parser="nginx_access"),
            outbox={"max_size": "64KiB"},
        )
        with AgentProcess(config) as agent:
            _write_until_paused(agent, writer)
            assert "outbox_full" in reasons(agent)
            writer.write(5000)
            agent.still_runs_after(0.3)
            assert agent.status()["totals"]["lines"] < writer.lines
            collector.down = False
            collector.wait_for(writer.lines)
            agent.wait_for_log("event=read_resumed")
            agent.wait_until(lambda: reasons(agent) == [])
            assert agent.stop() == 0
        assert collector.ledger.lines() == writer.expected()


@pytest.mark.parametrize("_mounted", needs_a_disk)
def test_a_state_directory_on_a_full_disk_is_a_clear_error_at_the_start(tmp_path, _mounted):
    with small_disk(tmp_path / "state", MIB) as state_dir:
        fill(state_dir)
        (tmp_path / "a.log").write_bytes(b"one\n")
        agent = run_once(write_config(tmp_path, "http://127.0.0.1:9", source(tmp_path / "a.log")))
    assert agent.process.returncode == 1
    assert agent.log[-1].startswith("logsource: ")
    assert str(state_dir) in agent.log[-1]
    assert "Traceback" not in "".join(agent.log)


@pytest.mark.parametrize("mounted", [pytest.param(False, id="cut by hand"), *needs_a_disk])
def test_a_log_on_a_full_disk_is_read_up_to_its_last_whole_line_and_then_on(tmp_path, mounted):
    """A write that finds no room leaves half a line, which must not become half an event."""
    with contextlib.ExitStack() as stack:
        logs = tmp_path / "logs"
        logs.mkdir()
        if mounted:
            stack.enter_context(small_disk(logs, MIB))
        collector = stack.enter_context(LedgerCollector())
        config = write_config(tmp_path, collector.url, source(logs / "access.log", parser="nginx_access"))
        agent = stack.enter_context(AgentProcess(config))
        log = stack.enter_context((logs / "access.log").open("ab", buffering=0))
        whole, half = _write_until_full(log, None if mounted else 100_000)
        collector.wait_for(whole)
        agent.still_runs_after(0.3)
        assert collector.ledger.delivered == whole
        assert agent.get("/healthz")[0] == 200

        if mounted:
            os.truncate(logs / "access.log", 0)  # somebody makes room, as people do
            log.write(nginx_line("web", whole + 1))
        else:
            log.write(half)
        collector.wait_for(whole + 1)
        assert agent.metric("logsource_accounting_imbalance") == 0
        assert agent.stop() == 0
        expected = {("web", number) for number in range(whole)} | {("web", whole + 1 if mounted else whole)}
        assert collector.ledger.lines() == expected
        assert collector.ledger.under_two_ids() == {}


def _write_until_full(log, limit):
    """Whole lines written, and the rest of the line that did not fit."""
    number = written = 0
    while True:
        line = nginx_line("web", number)
        done = 0
        while done < len(line):
            room = len(line) - done if limit is None else min(len(line) - done, limit - written)
            try:
                put = log.write(line[done : done + room]) if room else 0
            except OSError:
                put = 0
            if not put:
                return number, line[done:]
            done += put
            written += put
        number += 1
