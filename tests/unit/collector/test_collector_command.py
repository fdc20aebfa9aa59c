"""`logsource collector` as a process."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
import requests
from click.testing import CliRunner

from logsource.cli.collector import collector
from tests.support.collecting import JSON, TP2, acme_repository, event, payload


@contextmanager
def running(*arguments):
    command = [sys.executable, "-m", "logsource", "collector", "--listen", "127.0.0.1:0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            first = process.stdout.readline()
            found = re.fullmatch(r"collector=(http://127\.0\.0\.1:\d+) page=\1/ keep=10000\n", first)
            assert found, first + process.stderr.read()
            yield process, found[1]
        finally:
            process.kill()


def end(process, number):
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=30)
    return process.returncode, stdout.splitlines()[-1], stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_ends_with_the_totals(tmp_path, number):
    with running("--iglu", str(acme_repository(tmp_path))) as (process, url):
        body = payload(event(), event(), event(vid="x"))
        assert requests.post(url + TP2, data=body, headers={"Content-Type": JSON}, timeout=10).text == "ok"
        totals = "total good=2 bad=1 unique=1 duplicates=1 conflicts=0 forgotten=0 requests=1"
        assert end(process, number) == (0, totals, "")


def test_bad_events_can_fail_a_build(tmp_path):
    with running("--fail-on-bad") as (process, url):
        requests.get(url + "/i?e=pv", timeout=10)
        assert end(process, signal.SIGTERM)[0] == 0
    with running("--fail-on-bad") as (process, url):
        requests.get(url + "/i?e=nothing", timeout=10)
        assert end(process, signal.SIGTERM)[0] == 1


def test_a_port_in_use_ends_with_1_and_says_so():
    with running() as (_process, url):
        again = subprocess.run(
            [sys.executable, "-m", "logsource", "collector", "--listen", url.removeprefix("http://")],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert (again.returncode, again.stdout) == (1, "")
    address = url.removeprefix("http://")
    assert again.stderr == (
        f"logsource: cannot listen on {address}: Address already in use; choose another address or port\n"
    )


@pytest.mark.parametrize("arguments", [["--listen", "9090"], ["--iglu", "/no/such/dir"], ["--keep", "-1"]])
def test_wrong_usage(arguments):
    result = CliRunner().invoke(collector, arguments)
    assert result.exit_code == 2
    assert arguments[0] in result.output
