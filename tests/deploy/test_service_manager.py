"""The installed agent under a service manager: what systemd would hear through NOTIFY_SOCKET, and when."""

from __future__ import annotations

import socket

import pytest

from tests.support.agent import AgentProcess, source, write_config
from tests.support.collector import LedgerCollector
from tests.support.sink import Answer

pytestmark = pytest.mark.system


@pytest.fixture
def manager(tmp_path, monkeypatch):
    """The manager's end of the socket; the agent is told of it as systemd does."""
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.settimeout(30)
        sock.bind(str(path))
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        yield sock


def hear(sock, wanted):
    """Listen until a message begins with `wanted`; all messages up to it."""
    messages = []
    while not (messages and messages[-1].startswith(wanted)):
        messages.append(sock.recv(4096).decode())
    return messages


def log_of(tmp_path, lines):
    path = tmp_path / "app.log"
    path.write_text("".join(f"line {number}\n" for number in range(lines)))
    return source(path)


def test_the_manager_hears_ready_then_the_watchdog_then_stopping(tmp_path, manager):
    with LedgerCollector() as collector:
        config = write_config(tmp_path, collector.url, log_of(tmp_path, 10))
        with AgentProcess(config) as agent:
            assert hear(manager, "READY=1") == ["READY=1"], "nothing may come before READY"
            agent.wait_for_log("event=listening")
            assert hear(manager, "WATCHDOG=1").count("STOPPING=1") == 0
            hear(manager, "WATCHDOG=1")
            agent.process.terminate()
            hear(manager, "STOPPING=1")
            assert agent.wait() == 0


def test_the_status_line_says_why_nothing_is_delivered(tmp_path, manager):
    with LedgerCollector(lambda request: Answer(401)) as collector:
        config = write_config(tmp_path, collector.url, log_of(tmp_path, 10), drain_timeout="100ms")
        with AgentProcess(config) as agent:
            agent.wait_until(lambda: agent.status()["outputs"][0]["blocked"] != "")
            assert agent.metric('logsource_output_blocked{output="collector"}') == 1
            while "refuses (401" not in (status := hear(manager, "STATUS=")[-1]):
                pass  # the first status may be older than the first answer; the next comes within 5 s
            assert status.startswith("STATUS=10 lines read, 0 events delivered, 10 in the outbox; ")
            assert agent.stop() == 0


def test_an_agent_that_cannot_start_never_says_ready(tmp_path, manager):
    config = write_config(tmp_path, "http://127.0.0.1:1", source(tmp_path / "app.log", parser="no_such_pack"))
    with AgentProcess(config) as agent:
        assert agent.wait() == 1
    manager.setblocking(False)
    with pytest.raises(BlockingIOError):
        manager.recv(4096)
