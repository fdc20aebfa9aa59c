"""The installed agent with sources that are not files."""

from __future__ import annotations

import json
import resource
import signal
import socket
import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.agent import LOGSOURCE, AgentProcess, source, write_config
from tests.support.journal import Journal
from tests.support.sink import Sink
from tests.support.tailing import numbered

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.system


def message(event: dict[str, str]) -> str:
    return json.loads(event["ue_pr"])["data"]["data"]["message"]


def origin(event: dict[str, str]) -> dict[str, Any]:
    """The log_source entity."""
    return next(one["data"] for one in json.loads(event["co"])["data"] if "/log_source/" in one["schema"])


def run(config: Path, *options: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [LOGSOURCE, "run", "-c", str(config), *options]
    return subprocess.run(command, input=given, capture_output=True, timeout=60, check=False)


def test_a_pipe_is_read_to_its_end(tmp_path: Path):
    with Sink() as sink:
        config = write_config(tmp_path, sink.url, {"name": "piped", "type": "stdin"})
        ended = run(config, "--once", given=b"one\ntwo\nthree")
        assert ended.returncode == 0, ended.stderr
        found = sorted(
            ((origin(one), message(one)) for one in sink.events()), key=lambda one: one[0]["offset"]
        )
        assert [(one["source"], one["path"], one["offset"], text) for one, text in found] == [
            ("piped", "stdin", 0, "one"),
            ("piped", "stdin", 4, "two"),
            ("piped", "stdin", 8, "three"),
        ]
        again = run(config, "--once", given=b"one\n")
        assert again.returncode == 0, again.stderr
        assert len({one["eid"] for one in sink.events()}) == 4, "the same text in another run is another line"


def test_the_agent_ends_with_the_pipe_when_that_is_all_there_is(tmp_path: Path):
    with Sink() as sink:
        config = write_config(tmp_path, sink.url, {"name": "piped", "type": "stdin"})
        ended = run(config, given=b"".join(b"%d\n" % number for number in range(20_000)))
        assert ended.returncode == 0, ended.stderr
        assert sorted(int(message(one)) for one in sink.events()) == list(range(20_000))


def test_a_pipe_beside_a_file(tmp_path: Path):
    log = tmp_path / "app.log"
    log.write_text("from the file\n")
    with Sink() as sink:
        config = write_config(tmp_path, sink.url, {"name": "piped", "type": "stdin"}, source(log))
        ended = run(config, "--once", given=b"from the pipe\n")
        assert ended.returncode == 0, ended.stderr
        assert sorted(message(one) for one in sink.events()) == ["from the file", "from the pipe"]


def test_syslog_over_udp_and_tcp_into_a_pack(tmp_path: Path):
    path = tmp_path / "log.sock"
    net = {
        "name": "net",
        "type": "syslog",
        "parser": "syslog_rfc3164",
        "listen": ["udp://127.0.0.1:0", f"unix-stream://{path}"],
    }
    with Sink() as sink, AgentProcess(write_config(tmp_path, sink.url, net)) as agent:
        agent.wait_until(path.exists)
        agent.wait_until(lambda: "port" in agent.status()["files"][0]["detail"])
        port = int(agent.status()["files"][0]["detail"].split()[-1])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"<13>Jan  2 03:04:05 web-1 app[7]: over UDP", ("127.0.0.1", port))
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sender:
            sender.connect(str(path))
            sender.sendall(b"<13>Jan  2 03:04:05 web-1 app[7]: one\n<13>Jan  2 03:04:05 web-1 app[7]: two\n")
        sink.wait_for(lambda: len(sink.events()) == 3)
        assert sorted(message(one) for one in sink.events()) == ["one", "over UDP", "two"]
        assert {origin(one)["path"] for one in sink.events()} == set(net["listen"])
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sender:
            sender.connect(str(path))
            sender.sendall(b"<13>Jan  2 03:04:05 web-1 app[7]: last\n")
            assert agent.stop() == 0
        assert len(sink.events()) == 4, "what was received when it was asked to stop was sent"
    assert not path.exists()


def test_syslog_connections_that_find_no_descriptor_wait_and_cut_nobody_off(tmp_path: Path):
    net = {"name": "net", "type": "syslog", "listen": ["tcp://127.0.0.1:0"]}
    with Sink() as sink, AgentProcess(write_config(tmp_path, sink.url, net)) as agent, ExitStack() as senders:
        agent.wait_until(lambda: "port" in agent.status()["files"][0]["detail"])
        port = int(agent.status()["files"][0]["detail"].split()[-1])
        before = resource.prlimit(agent.pid, resource.RLIMIT_NOFILE)

        def connect() -> socket.socket:
            return senders.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))

        served = connect()
        served.sendall(b"<13>first\n<13>the first half ")
        sink.wait_for(lambda: len(sink.events()) == 1)
        # Low numbers are never free; and poll(2) refuses more descriptors at once than the limit, so not too low.
        resource.prlimit(agent.pid, resource.RLIMIT_NOFILE, (8, before[1]))
        waiting = [connect() for _ in range(3)]
        for number, sender in enumerate(waiting):
            sender.sendall(b"<13>waited %d\n" % number)
        agent.wait_for_log("event=connections_full", "Too many open files")
        served.sendall(b"and the second\n")
        sink.wait_for(lambda: len(sink.events()) == 2)
        assert message(sink.events()[1]) == "<13>the first half and the second", "it is served all the while"
        resource.prlimit(agent.pid, resource.RLIMIT_NOFILE, before)
        sink.wait_for(lambda: len(sink.events()) == 5)
        assert sorted(message(one) for one in sink.events()[2:]) == [f"<13>waited {one}" for one in range(3)]
        assert len([one for one in agent.log if "event=connections_full" in one]) == 1
        assert not [one for one in agent.log if "event=unreadable" in one]
        assert agent.stop() == 0


def test_kill_9_and_the_journal_loses_nothing_and_gives_no_id_twice(tmp_path: Path):
    journal = Journal(tmp_path)
    system = {
        "name": "system",
        "type": "journald",
        "parser": "journald",
        "journalctl": str(journal.program),
        "matches": ["_SYSTEMD_UNIT=app.service"],
    }
    lines = numbered(0, 3000)
    seen: dict[str, str] = {}
    with Sink() as sink:
        config = write_config(tmp_path, sink.url, system)

        def delivered() -> int:
            return len({message(one) for one in sink.events()})

        for begin in range(0, 3000, 500):
            with AgentProcess(config) as agent:
                before = delivered()
                journal.write(*lines[begin : begin + 500], _SYSTEMD_UNIT="app.service")
                journal.write("not ours", _SYSTEMD_UNIT="other.service")
                agent.wait_until(lambda least=before + 100: delivered() >= least)
                agent.kill()
        with AgentProcess(config) as agent:
            agent.wait_until(lambda: delivered() == 3000)
            assert agent.status()["accounting_imbalance"] == 0
            assert agent.stop() == 0
        for event in sink.events():
            assert seen.setdefault(event["eid"], message(event)) == message(event), "one id, one entry"
        assert len(seen) == 3000, "an entry that was sent twice was sent under the same id"
        assert set(seen.values()) == set(lines)
        last = sink.events()[-1]
        assert json.loads(last["ue_pr"])["data"]["schema"] == "iglu:io.logsource/journald/jsonschema/1-0-0"
        assert {origin(one)["path"] for one in sink.events()} == {"journald"}
        assert len({origin(one)["file_id"] for one in sink.events()}) == 1


def test_a_pipe_that_stays_open_when_the_agent_is_asked_to_stop(tmp_path: Path):
    with Sink() as sink:
        config = write_config(tmp_path, sink.url, {"name": "piped", "type": "stdin"})
        with subprocess.Popen(
            [LOGSOURCE, "run", "-c", str(config)], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as agent:
            assert agent.stdin is not None
            agent.stdin.write(b"first\n")
            agent.stdin.flush()
            sink.wait_for(lambda: len(sink.events()) == 1)
            agent.stdin.write(b"second\nthird\nand a half")
            agent.stdin.flush()
            agent.send_signal(signal.SIGTERM)
            assert agent.wait(30) == 0
        assert sorted(message(one) for one in sink.events()) == ["and a half", "first", "second", "third"]
