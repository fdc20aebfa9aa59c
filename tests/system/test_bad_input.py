"""What stands in the way of reading: each is named, what can be counted is counted, and the agent lives on."""

from __future__ import annotations

import contextlib
import os
import random
import socket

import pytest

from tests.support.agent import AgentProcess, run_once, source, write_config
from tests.support.collector import LedgerCollector, record_of, source_of
from tests.support.sink import Sink
from tests.support.writer import Writer

pytestmark = pytest.mark.system

MIB = 1 << 20
OBEY_PERMISSIONS = (
    (
        "setpriv",
        "--bounding-set",
        "-dac_override,-dac_read_search",
        "--inh-caps",
        "-dac_override,-dac_read_search",
    )
    if os.geteuid() == 0
    else ()
)
"""Root reads everything; without these capabilities it has to ask like everybody else."""


@contextlib.contextmanager
def agent_with_a_good_log_and(tmp_path, *bad, prefix=(), collector):
    """An agent whose second source is `bad`; at the end the good log must have arrived, whatever happened."""
    with Writer(tmp_path / "good.log", "good", seed=1) as writer:
        writer.write(100)
        config = write_config(
            tmp_path, collector.url, source(tmp_path / "good.log", name="good"), source(*bad, name="bad")
        )
        with AgentProcess(config, prefix=prefix) as agent:
            yield agent
            writer.write(100)
            collector.sink.wait_for(lambda: collector.ledger.lines() >= writer.expected())
            assert agent.get("/healthz")[0] == 200
            assert agent.metric("logsource_accounting_imbalance") == 0
            assert agent.stop() == 0
        assert "Traceback" not in "".join(agent.log)


def test_a_binary_file_is_read_to_its_end_and_every_piece_counted(tmp_path):
    data = random.Random(5).randbytes(2 * MIB) + b"\n"
    (tmp_path / "core").write_bytes(data)
    pieces = data.count(b"\n")
    with (
        LedgerCollector() as collector,
        agent_with_a_good_log_and(tmp_path, tmp_path / "core", collector=collector) as agent,
    ):
        agent.wait_until(lambda: agent.metric('logsource_bytes_read_total{source="bad"}') == len(data))
        agent.wait_until(lambda: agent.status()["outbox"]["events"] == 0)
        assert agent.metric('logsource_lines_read_total{source="bad"}') == pieces
        bad = next(one for one in agent.status()["sources"] if one["name"] == "bad")
        assert bad["events"] + sum(bad["dropped"].values()) + sum(bad["rejected"].values()) == pieces
        assert len(collector.ledger.strange) == bad["events"], "everything that became an event was sent"
        assert bad["events"] > 0.95 * pieces


def test_invalid_utf8_and_nuls_arrive_as_what_can_be_said_of_them(tmp_path):
    lines = [
        b"caf\xe9 \xff\xfe",
        b"nul \x00 inside",
        b"\x00\x00\x00",
        b"\xed\xa0\x80 half a surrogate",
        b"fine \xf0\x9f\x98\x80",
    ]
    (tmp_path / "odd.log").write_bytes(b"first\n" + b"\n".join(lines) + b"\n")
    with Sink() as sink:
        once = run_once(write_config(tmp_path, sink.url, source(tmp_path / "odd.log")))
        assert once.process.returncode == 0
        messages = [record_of(event)[1]["message"] for event in sink.events()]
    assert messages[0] == "first"
    assert messages[1] == "caf� ��"
    assert messages[2].startswith("nul ")
    assert messages[2].endswith(" inside")
    assert messages[4].endswith(" half a surrogate")
    assert messages[5] == "fine 😀"
    assert len(messages) == 6


def test_a_line_of_100_mib_is_cut_flagged_and_does_not_cost_its_size_in_memory(tmp_path):
    log = tmp_path / "long.log"
    with log.open("wb") as file:
        file.write(b"before\n")
        for _ in range(100):
            file.write(b"x" * MIB)
        file.write(b"\nafter\n")
    with (
        Sink() as sink,
        AgentProcess(write_config(tmp_path, sink.url, source(log))) as agent,
    ):
        sink.wait_for(lambda: len(sink.events()) == 3)
        events = sorted(sink.events(), key=lambda event: source_of(event)["offset"])
        assert [record_of(event)[1]["message"][:6] for event in events] == ["before", "xxxxxx", "after"]
        assert [source_of(event).get("flags") for event in events] == [None, ["truncated"], None]
        assert [source_of(event)["offset"] for event in events] == [0, 7, 7 + 100 * MIB + 1]
        assert agent.metric('logsource_lines_read_total{source="web"}') == 3
        assert agent.metric('logsource_bytes_read_total{source="web"}') == log.stat().st_size
        assert agent.peak_rss() < 150 * MIB
        assert agent.stop() == 0


def test_an_unreadable_file_is_named_and_read_once_it_may_be(tmp_path):
    secret = tmp_path / "secret.log"
    secret.write_bytes(b"behind the wall\n")
    if os.geteuid() == 0:
        os.chown(secret, 12345, 12345)
    secret.chmod(0)
    with (
        LedgerCollector() as collector,
        agent_with_a_good_log_and(tmp_path, secret, prefix=OBEY_PERMISSIONS, collector=collector) as agent,
    ):
        line = agent.wait_for_log("event=unreadable")
        assert str(secret) in line
        assert "Permission denied" in line
        assert agent.metric('logsource_files{source="bad",state="unreadable"}') == 1
        secret.chmod(0o644)
        collector.sink.wait_for(lambda: len(collector.ledger.strange) == 1)
        assert b"behind the wall" in collector.ledger.strange[0]
        agent.wait_until(lambda: agent.metric('logsource_files{source="bad",state="unreadable"}') == 0)


def test_an_unreadable_file_makes_once_exit_1_and_say_so(tmp_path):
    secret = tmp_path / "secret.log"
    secret.write_bytes(b"behind the wall\n")
    if os.geteuid() == 0:
        os.chown(secret, 12345, 12345)
    secret.chmod(0)
    with Sink() as sink:
        once = run_once(write_config(tmp_path, sink.url, source(secret)), prefix=OBEY_PERMISSIONS)
    assert once.process.returncode == 1
    assert "1 file(s) not readable" in once.tail(1)


def test_an_unreadable_directory_is_named(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "a.log").write_bytes(b"behind the wall\n")
    if os.geteuid() == 0:
        os.chown(closed, 12345, 12345)
    closed.chmod(0)
    try:
        with (
            LedgerCollector() as collector,
            agent_with_a_good_log_and(
                tmp_path, closed / "*.log", prefix=OBEY_PERMISSIONS, collector=collector
            ) as agent,
        ):
            assert str(closed) in agent.wait_for_log("event=unreadable", "Permission denied")
            assert agent.metric('logsource_files{source="bad",state="unreadable"}') == 1
            closed.chmod(0o755)
            collector.sink.wait_for(lambda: len(collector.ledger.strange) == 1)
    finally:
        closed.chmod(0o755)


def _directory(path):
    path.mkdir()


def _socket(path):
    # The name of a socket has room for 107 bytes only.
    with socket.socket(socket.AF_UNIX) as one, contextlib.chdir(path.parent):
        one.bind(path.name)


def _device(path):
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    "make", [_directory, os.mkfifo, _socket, _device], ids=["directory", "fifo", "socket", "device"]
)
def test_a_path_that_is_no_file_is_named_and_never_waited_for(tmp_path, make):
    make(tmp_path / "thing")
    with (
        LedgerCollector() as collector,
        agent_with_a_good_log_and(tmp_path, tmp_path / "thing", collector=collector) as agent,
    ):
        assert str(tmp_path / "thing") in agent.wait_for_log("event=unreadable", "not a regular file")
        assert agent.metric('logsource_files{source="bad",state="unreadable"}') == 1
        assert agent.metric('logsource_lines_read_total{source="bad"}') == 0


def test_a_path_that_becomes_a_file_is_read(tmp_path):
    path = tmp_path / "thing"
    path.mkdir()
    with (
        LedgerCollector() as collector,
        agent_with_a_good_log_and(tmp_path, path, collector=collector) as agent,
    ):
        agent.wait_for_log("event=unreadable")
        path.rmdir()
        path.write_bytes(b"a file after all\n")
        collector.sink.wait_for(lambda: len(collector.ledger.strange) == 1)
        agent.wait_for_log("event=readable")


def test_a_log_that_does_not_exist_yet_is_waited_for(tmp_path):
    with (
        LedgerCollector() as collector,
        agent_with_a_good_log_and(tmp_path, tmp_path / "later" / "a.log", collector=collector) as agent,
    ):
        agent.wait_until_ready()
        (tmp_path / "later").mkdir()
        (tmp_path / "later" / "a.log").write_bytes(b"here I am\n")
        collector.sink.wait_for(lambda: len(collector.ledger.strange) == 1)


def test_more_logs_than_descriptors_are_all_read_in_the_end(tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    for number in range(150):
        (logs / f"{number:03d}.log").write_bytes(b"/n/many/%08d\n" % number)
    with LedgerCollector() as collector:
        config = write_config(tmp_path, collector.url, source(logs / "*.log"))
        with AgentProcess(config, prefix=("prlimit", "--nofile=64")) as agent:
            collector.wait_for(150, timeout=60)
            assert agent.get("/healthz")[0] == 200
            with (logs / "077.log").open("ab") as file:
                file.write(b"/n/many/%08d\n" % 999)
            collector.wait_for(151, timeout=60)
            assert agent.metric("logsource_accounting_imbalance") == 0
            assert agent.stop() == 0
        assert collector.ledger.lines() == {("many", number) for number in (*range(150), 999)}
        assert "Traceback" not in "".join(agent.log)
