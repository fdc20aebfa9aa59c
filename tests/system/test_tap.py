"""`logsource tap` beside a running agent, as a person uses it."""

from __future__ import annotations

import json
import select
import signal
import socket
import subprocess
import threading

import pytest

from logsource.cli.tap import _answers
from tests.support.agent import LOGSOURCE, AgentProcess, source, write_config
from tests.support.collector import LedgerCollector

pytestmark = pytest.mark.system

LINE = '192.0.2.7 - - [22/Nov/2026:06:00:00 +0000] "GET /shop/{} HTTP/1.1" 200 12 "-" "curl/8"\n'


@pytest.fixture
def interruptible():
    """Ctrl-C works in what is started, also when somebody started these tests in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def running(tmp_path):
    """An agent that follows two logs, and the collector it sends to."""
    for name in ("access", "app"):
        (tmp_path / f"{name}.log").touch()
    with LedgerCollector() as collector:
        config = write_config(
            tmp_path,
            collector.url,
            source(tmp_path / "access.log", parser="nginx_access"),
            source(tmp_path / "app.log", name="app"),
        )
        with AgentProcess(config) as agent:
            agent.wait_for_log("event=listening")
            yield config, agent, collector


def tapping(config, *words):
    return subprocess.Popen(
        [LOGSOURCE, "tap", "-c", str(config), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def write_until_seen(path, text, process):
    """A viewer that has only begun to connect misses what is sent meanwhile: write until it has what it waits for."""
    number = 0
    while process.poll() is None and number < 2000:
        with path.open("a") as log:
            log.write(text.format(number))
        number += 1
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    return process.communicate(timeout=60)


def test_events_with_their_place_and_the_answer(running, tmp_path):
    config, _, _ = running
    with tapping(config, "-n", "1") as process:
        out, errors = write_until_seen(tmp_path / "access.log", LINE, process)
    assert process.returncode == 0, errors
    answer, event = out.splitlines()
    assert "200 delivered" in answer
    assert event.startswith(f"  nginx_access 1-0-0  {tmp_path}/access.log @")
    assert '"target":"/shop/' in event


def test_json_of_one_source_for_programs(running, tmp_path):
    config, _, _ = running
    with tapping(config, "--json", "--source", "app", "-n", "2") as process:
        (tmp_path / "access.log").write_text(LINE.format("unwanted"))
        out, errors = write_until_seen(tmp_path / "app.log", "\x1b[31mred {}\n", process)
    assert process.returncode == 0, errors
    events = [json.loads(line) for line in out.splitlines()]
    assert len(events) == 2
    for event in events:
        assert event["answer"] == "delivered"
        assert event["schema"] == "iglu:io.logsource/log_line/jsonschema/1-0-0"
        assert event["data"]["message"].startswith("\x1b[31mred ")
        (entity,) = event["entities"]
        assert entity["data"]["source"] == "app"
        assert event["parameters"]["aid"] == "shop"


def test_a_terminal_is_not_moved_by_what_a_log_says(running, tmp_path):
    config, _, _ = running
    with tapping(config, "-n", "1", "--source", "app") as process:
        out, _ = write_until_seen(tmp_path / "app.log", "\x1b[2J{}\n", process)
    assert "\x1b" not in out
    assert "\\x1b[2J" in out


def test_what_the_collector_refuses(running, tmp_path):
    config, _, collector = running
    collector.down = True
    with tapping(config, "--failed", "--brief", "-n", "1") as process:
        out, errors = write_until_seen(tmp_path / "app.log", "line {}\n", process)
    assert process.returncode == 0, errors
    assert " kept " in out
    collector.down = False


@pytest.mark.usefixtures("interruptible")
def test_the_viewer_goes_and_the_agent_does_not_mind(running, tmp_path):
    config, agent, _ = running
    log = tmp_path / "app.log"
    with tapping(config) as process:
        while not select.select([process.stdout], [], [], 0.05)[0]:
            assert process.poll() is None
            with log.open("a") as end:
                end.write("line\n")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    with log.open("a") as end:
        end.write("line\n" * 50)
    written = len(log.read_text().splitlines())
    agent.wait_until(lambda: agent.status()["totals"]["events_sent"] == written)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_is_noticed_though_it_wakes_nobody():
    """It comes between two bytecodes, right before the call that waits: for that, as if it came to another thread."""

    def interrupt():
        threading.Event().wait(0.2)  # the other one waits by then, most likely
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    ours, theirs = socket.socketpair()
    interrupter = threading.Thread(target=interrupt)
    with ours, theirs:
        interrupter.start()
        with pytest.raises(KeyboardInterrupt):
            next(_answers(ours, None))
        interrupter.join()


def test_without_an_agent_it_says_so(tmp_path):
    config = write_config(tmp_path, "http://127.0.0.1:9", source(tmp_path / "app.log"))
    with tapping(config) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors == f"logsource: no agent runs in {tmp_path}/state\n"
