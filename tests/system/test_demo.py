"""`make run`: a writer, the agent and the collector, with an honest total at the end, however the end comes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.request
from pathlib import Path
from typing import Self

import pytest

from tests.support.agent import LOGSOURCE

pytestmark = pytest.mark.system


class DemoProcess:
    """`logsource demo` with its folder in `folder`."""

    def __init__(self, folder, *options):
        self._folder = folder
        self.said: list[str] = []
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            [LOGSOURCE, "demo", *map(str, options)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "TMPDIR": str(folder)},
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()

    def _read(self):
        with self.process.stdout as lines:
            for line in lines:
                with self._changed:
                    self.said.append(line.rstrip())
                    self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, pattern, timeout=60.0):
        """The first line in which the pattern is found."""
        with self._changed:
            self._changed.wait_for(lambda: self._search(pattern) or self.process.poll() is not None, timeout)
            found = self._search(pattern)
        assert found, "\n".join(self.said)
        return found

    def _search(self, pattern):
        return next((found for line in self.said if (found := re.search(pattern, line))), None)

    def end(self, timeout=60.0):
        """Exit status, and the last line."""
        status = self.process.wait(timeout)
        self._reader.join(timeout)
        return status, self.said[-1]


def agents(folder):
    """Processes that have a file of this demo open or in their arguments."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(folder).encode() in (process / "cmdline").read_bytes():
                found.append(int(process.name))
    return found


def until(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    tick = threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        tick.wait(0.02)


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def test_every_line_written_is_a_good_event_over_rotations(tmp_path):
    with DemoProcess(tmp_path, "--rate", 2000, "--rotate", 1) as demo:
        where = demo.wait_for(r"page=(\S+)/ log=(\S+) parser=nginx_access agent=(\S+)")
        demo.wait_for(r"good=[1-9]")
        page, agent = where[1], where[3]
        assert json.loads(get(f"{page}/micro/all"))["good"] > 0
        assert "logsource" in get(f"{page}/")
        assert json.loads(get(f"{agent}/status"))["sources"][0]["name"] == "demo"
        demo.wait_for(r"rotations=[2-9]")
        demo.process.send_signal(signal.SIGTERM)
        status, total = demo.end()
    counted = re.fullmatch(
        r"([\d,]+) lines written = ([\d,]+) good events; 0 missing, 0 duplicated, 0 bad, 0 dead letters",
        total,
    )
    assert status == 0, "\n".join(demo.said)
    assert counted, total
    assert counted[1] == counted[2]
    assert int(counted[1].replace(",", "")) > 2000
    assert list(tmp_path.iterdir()) == []
    assert agents(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_with_the_total(tmp_path, number):
    with DemoProcess(tmp_path) as demo:
        demo.wait_for(r"lines=\d+")
        demo.process.send_signal(number)
        status, total = demo.end()
    assert status == 0, total
    assert "0 missing, 0 duplicated" in total
    assert agents(tmp_path) == []


def test_a_log_of_ones_own_is_read_with_the_parser_that_fits(tmp_path):
    log = tmp_path / "my [log] $HOME.log"
    log.write_text(
        "".join(
            f'127.0.0.1 - - [02/Jan/2026:03:04:05 +0000] "GET /{n} HTTP/1.1" 200 {n}\n' for n in range(500)
        )
        + "\nan unfinished li"
    )
    with DemoProcess(tmp_path, "--log", log, "--seconds", 2) as demo:
        demo.wait_for(r"parser=apache_access")
        status, total = demo.end()
    assert status == 0, "\n".join(demo.said)
    assert total == (
        "501 lines read = 500 good events + 1 dropped on purpose; 0 missing, 0 duplicated, 0 bad, 0 dead letters; "
        "16 bytes of an unfinished last line were left unread"
    )
    assert log.exists()


def test_lines_that_did_not_arrive_are_missing_in_the_total(tmp_path):
    with DemoProcess(tmp_path, "--rate", 500) as demo:
        where = demo.wait_for(r"log=(\S+)")
        demo.wait_for(r"good=[1-9]")
        agent = next(pid for pid in agents(where[1].rpartition("/")[0]) if pid != demo.process.pid)
        os.kill(agent, signal.SIGKILL)
        status, _ = demo.end()
    assert status == 1
    assert any(re.search(r"; [\d,]*[1-9][\d,]* missing", line) for line in demo.said)


def test_no_agent_outlives_a_demo_that_is_killed(tmp_path):
    with DemoProcess(tmp_path) as demo:
        demo.wait_for(r"lines=\d+")
        assert len(agents(tmp_path)) == 1
        demo.process.kill()
        until(lambda: agents(tmp_path) == [])


def test_no_agent_outlives_a_demo_that_nobody_listens_to_any_more(tmp_path):
    with subprocess.Popen(
        [LOGSOURCE, "demo"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as demo:
        demo.stdout.readline()
        demo.stdout.close()  # as `logsource demo | head -1`
        assert demo.wait(60) != 0
    until(lambda: agents(tmp_path) == [])
    assert list(tmp_path.iterdir()) == []
