"""Catching up with old logs: how far it is, that it is sent once, and that new lines do not wait for it."""

from __future__ import annotations

import gzip
import os
import pty
import re
import select
import signal
import statistics
import subprocess
import threading
import time
from pathlib import Path

import pytest
import zstandard

from logsource.agent.process import LEAST
from tests.support.agent import LOGSOURCE, AgentProcess, run_once, source, write_config
from tests.support.collector import LedgerCollector
from tests.support.sink import OK, Answer, SinkRequest

pytestmark = pytest.mark.system

LINE = '10.0.0.%d - - [02/Jan/2026:03:04:05 +0000] "GET /n/%s/%08d HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X11; Linux)"\n'


def lines(log: str, count: int, first: int = 0) -> bytes:
    return "".join(LINE % (number % 250, log, number) for number in range(first, first + count)).encode()


def history(folder: Path, count: int) -> int:
    """A log with its generations: plain and compressed, old and young. How many lines there are."""
    folder.mkdir()
    (folder / "old.log.3.gz").write_bytes(gzip.compress(lines("old", count)))
    (folder / "old.log.2.zst").write_bytes(zstandard.ZstdCompressor().compress(lines("old", count, count)))
    (folder / "old.log.1").write_bytes(lines("old", count, 2 * count))
    (folder / "old.log").write_bytes(lines("old", count, 3 * count))
    return 4 * count


class Pace:
    """A collector that takes its time."""

    def __init__(self) -> None:
        self.seconds = 0.02
        self._never = threading.Event()
        self._live = -1
        self._changed = threading.Condition()

    def __call__(self, request: SinkRequest) -> Answer:
        self._never.wait(self.seconds)
        for found in re.finditer(rb"/n/live/(\d+)", request.body):
            with self._changed:
                self._live = max(self._live, int(found[1]))
                self._changed.notify_all()
        return OK

    def wait_for_live(self, number: int) -> None:
        """Wait until this line of the live log has come."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._live >= number, timeout=60)


def test_the_end_says_why_lines_are_no_events_of_their_own(tmp_path):
    """With the wrong parser every line arrives, as one that nobody could read: that must not look like success."""
    (tmp_path / "web.log").write_text(lines("web", 3).decode() + "what is this\n" * 2)
    with LedgerCollector() as collector:
        filters = [{"name": "gone", "drop_if": {"field": "method", "eq": "GET"}}]
        log = source(tmp_path / "web.log", parser="nginx_access", filters=filters)
        done = run_once(write_config(tmp_path, collector.url, log))
    assert done.process.returncode == 0, done.tail()
    assert (
        "dropped: 3 gone\nnot parsed: 2 no_match\n5 lines read, 2 events, 2 delivered"
        in done.tail().replace("filter_", "")
    )


def test_run_again_it_sends_nothing_again(tmp_path):
    total = history(tmp_path / "logs", 2_000)
    with LedgerCollector() as collector:
        config = write_config(
            tmp_path, collector.url, source(tmp_path / "logs" / "old.log*", parser="nginx_access")
        )
        first = run_once(config)
        assert first.process.returncode == 0, first.tail()
        assert f"{total:,} lines read, {total:,} events, {total:,} delivered" in first.tail()
        requests = collector.sink.count
        again = run_once(config)
        assert again.process.returncode == 0
        assert "0 lines read, 0 events, 0 delivered" in again.tail()
        assert collector.sink.count == requests, "not a single request"
        with (tmp_path / "logs" / "old.log").open("ab") as log:
            log.write(lines("old", 1, total))
        assert "1 lines read, 1 events, 1 delivered" in run_once(config).tail()
        ledger = collector.ledger
        assert ledger.lines() == {("old", number) for number in range(total + 1)}
        assert ledger.resent() == 0
        assert not ledger.under_two_ids()
        assert not ledger.changed


def test_killed_in_the_middle_and_run_again_every_line_has_one_id(tmp_path):
    total = history(tmp_path / "logs", 5_000)
    with LedgerCollector(Pace()) as collector:
        config = write_config(
            tmp_path, collector.url, source(tmp_path / "logs" / "old.log*", parser="nginx_access")
        )
        for part in (4, 2):
            with AgentProcess(config, "--once") as agent:
                collector.wait_for(total // part)
                agent.kill()
        last = run_once(config)
        assert last.process.returncode == 0, last.tail()
        ledger = collector.ledger
        assert ledger.lines() == {("old", number) for number in range(total)}
        assert not ledger.under_two_ids()
        assert not ledger.changed


def test_on_a_terminal_it_tells_how_far_it_is_and_how_long_it_will_take(tmp_path):
    total = history(tmp_path / "logs", 20_000)
    with LedgerCollector(Pace()) as collector:
        config = write_config(
            tmp_path, collector.url, source(tmp_path / "logs" / "old.log*", parser="nginx_access")
        )
        ours, theirs = pty.openpty()
        environment = {**os.environ, "COLUMNS": "160", "TERM": "xterm"}
        with subprocess.Popen(
            [LOGSOURCE, "run", "--once", "-c", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            env=environment,
        ) as agent:
            os.close(theirs)
            shown = _all_of(ours)
            assert agent.wait(60) == 0
    assert collector.ledger.delivered == total
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    sizes = r"[1-9][0-9.]* .?B of [0-9.]+ .?B read, [0-9.]+ .?B/s"
    assert re.search(rf"[0-9]%, \d:\d\d:\d\d left, {sizes}, [0-9,]+ lines, [1-9][0-9,]* delivered", text), (
        "how far, how long, how fast"
    )
    assert f"{total:,} lines read" in text


def test_asked_to_end_it_says_what_it_waits_for_and_asked_twice_it_ends(tmp_path):
    total = history(tmp_path / "logs", 2_000)
    with LedgerCollector() as collector:
        collector.down = True
        config = write_config(
            tmp_path,
            collector.url,
            source(tmp_path / "logs" / "old.log*", parser="nginx_access"),
            drain_timeout="1h",
        )
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [LOGSOURCE, "run", "--once", "-c", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            env={**os.environ, "COLUMNS": "200", "TERM": "xterm"},
        ) as agent:
            os.close(theirs)
            shown = _until(ours, re.compile(rb"8,000 lines, 0 delivered"))
            agent.send_signal(signal.SIGINT)
            shown += _until(ours, re.compile(rb"ending.*8,000 events wait to be sent"))
            assert agent.poll() is None
            agent.send_signal(signal.SIGINT)
            _all_of(ours)
            assert agent.wait(60) == 1
        collector.down = False
        assert run_once(config).process.returncode == 0
        assert collector.ledger.lines() == {("old", number) for number in range(total)}


def _until(terminal: int, wanted: re.Pattern[bytes], seconds: float = 60.0) -> bytes:
    """What is shown on a terminal until it shows this."""
    shown = b""
    deadline = time.monotonic() + seconds
    while not wanted.search(re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", shown)):
        left = deadline - time.monotonic()
        assert left > 0, shown
        if select.select([terminal], [], [], left)[0]:
            shown += os.read(terminal, 65536)
    return shown


def _all_of(terminal: int) -> bytes:
    shown = b""
    try:
        while piece := os.read(terminal, 65536):
            shown += piece
    except OSError:  # EIO: the other side is closed
        pass
    finally:
        os.close(terminal)
    return shown


def test_new_lines_do_not_wait_for_a_backlog_in_the_same_agent(tmp_path):
    """The collector is slow, so the backlog would fill the outbox, and every new line would be sent behind it."""
    total = history(tmp_path / "logs", 60_000)
    live = tmp_path / "live.log"
    live.write_bytes(lines("live", 1))
    pace = Pace()
    with LedgerCollector(pace) as collector:
        config = write_config(
            tmp_path,
            collector.url,
            source(tmp_path / "logs" / "old.log*", name="old", parser="nginx_access"),
            source(live, name="live", parser="nginx_access"),
        )
        with AgentProcess(config) as agent:
            collector.wait_for(1_000)
            # Not in seconds, which belong to the machine: how many old lines are sent before a new one.
            before = [_sent_before(live, number, pace, collector) for number in range(1, 11)]
            done = collector.ledger.delivered
            print(f"\nold lines before a new one: median {statistics.median(before):,}, most {max(before):,}")
            assert done < total * 0.9, "the backlog was there all the time"
            # Some 64 bodies wait at most, of about 150 lines each.
            assert statistics.median(before) < 20_000
            pace.seconds = 0.0
            collector.wait_for(total + 11, timeout=120)
            assert agent.stop() == 0
        assert collector.ledger.lines() == {("old", n) for n in range(total)} | {
            ("live", n) for n in range(11)
        }
        assert not collector.ledger.under_two_ids()


def _sent_before(log: Path, number: int, pace: Pace, collector: LedgerCollector) -> int:
    already = collector.ledger.delivered
    with log.open("ab") as file:
        file.write(lines("live", 1, number))
    pace.wait_for_live(number)
    return collector.ledger.delivered - already


def test_in_the_background_everybody_else_goes_first(tmp_path):
    total = history(tmp_path / "logs", 5_000)
    with LedgerCollector(Pace()) as collector:
        config = write_config(
            tmp_path, collector.url, source(tmp_path / "logs" / "old.log*", parser="nginx_access")
        )
        with AgentProcess(config, "--once", "--background") as agent:
            collector.wait_for(1_000)
            tasks = [int(task.name) for task in Path(f"/proc/{agent.pid}/task").iterdir()]
            assert {os.getpriority(os.PRIO_PROCESS, task) for task in tasks} == {LEAST}
            assert agent.wait() == 0
        assert collector.ledger.delivered == total
