"""Parser plugins as they are installed: the documented example as a package, and one that does everything wrong."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.agent import LOGSOURCE, AgentProcess, source, write_config
from tests.support.collector import LedgerCollector
from tests.support.markdown import blocks
from tests.support.plugins import install

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

GUIDE = Path(__file__).parents[2] / "parsers" / "README.md"
SALE = {"at": 1_767_323_045_678, "till": 4, "cents": 1990}
LINES = ["SALE " + base64.b64encode(json.dumps(SALE).encode()).decode(), "PING", "GIFT x", "SALE !"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Folder into which pip has installed the package of the guide, word by word."""
    project = tmp_path_factory.mktemp("acme-till")
    (python,) = [one.text for one in blocks(GUIDE, "python")]
    (toml,) = [one.text for one in blocks(GUIDE, "toml")]
    (project / "acme_till.py").write_text(python)
    (project / "pyproject.toml").write_text(toml)
    target = tmp_path_factory.mktemp("installed")
    words = [
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
        "--target",
        str(target),
        str(project),
    ]
    done = subprocess.run([sys.executable, "-m", "pip", "install", *words], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return target


def logsource(words: list[str], path: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LOGSOURCE, *words],
        input=stdin,
        env={**os.environ, "PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_example_of_the_guide_is_ten_lines_and_works(installed):
    (python,) = [one.text for one in blocks(GUIDE, "python")]
    assert len([line for line in python.splitlines() if line.strip()]) <= 12
    done = logsource(["try", "acme_till", "--json"], installed, "\n".join(LINES) + "\n")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {
            "ok": True,
            "schema": "iglu:com.acme/sale/jsonschema/1-0-0",
            "data": {"till": 4, "cents": 1990},
            "timestamp": "2026-01-02T03:04:05.678Z",
        },
        {"ok": False, "reason": "dropped", "detail": "the parser leaves this record out on purpose"},
        {"ok": False, "reason": "unknown_kind", "detail": "GIFT"},
        {"ok": False, "reason": "plugin_error", "detail": json.loads(done.stdout.splitlines()[3])["detail"]},
    ]


def test_the_types_of_the_example_hold(installed):
    """The public interface is typed: mypy judges the example, strictly."""
    words = ["-m", "mypy", "--strict", "--no-incremental", str(installed / "acme_till.py")]
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, cwd=installed, check=False
    )
    assert done.returncode == 0, done.stdout


def test_check_knows_the_name_and_explains_a_line(installed, tmp_path):
    config = write_config(tmp_path, "http://127.0.0.1:9", source(tmp_path / "x.log", parser="acme_til"))
    done = logsource(["check", "-q", "-c", str(config)], installed)
    assert done.returncode == 1
    assert "there is no parser 'acme_til' (did you mean acme_till?)" in done.stderr
    assert "unknown_kind: GIFT" in logsource(["explain", "acme_till", "GIFT x"], installed).stdout


WRONG = """
import ctypes, os, re, sys, time
from logsource.plugin import Record, Reject

URI = "iglu:com.acme/number/jsonschema/1-0-0"
HELD = []

class Wrong:
    timeout = 8.0  # half a gigabyte can take seconds on a busy machine

    def parse(self, line):
        word, _, number = line.text.partition(" ")
        if word == "raise":
            raise OSError(number)
        if word == "exit":
            sys.exit(number)
        if word == "interrupt":
            raise KeyboardInterrupt
        if word == "loop":
            while True:
                pass
        if word == "sleep":
            time.sleep(4)
        if word == "garbage":
            return object()
        if word == "die":
            os._exit(7)
        if word == "segfault":
            ctypes.string_at(0)
        if word == "grow":
            HELD.append(b"x" * (560 << 20))
        if word == "huge":
            HELD.append(bytearray(1 << 32))
        if word == "print":
            print("a plugin prints")
        return Record(URI, {"number": int(number)})

class Slow(Wrong):
    timeout = 2.0
"""
REASONS = {
    "raise": "plugin_error",
    "exit": "plugin_error",
    "interrupt": "plugin_error",
    "garbage": "plugin_error",
    "huge": "plugin_error",
    "die": "worker_crash",
    "segfault": "worker_crash",
}
"""What becomes of a line, by its word."""
TOO_SLOW = {"loop": "plugin_timeout", "sleep": "plugin_timeout"}
ENTRY_POINTS = "[logsource.parsers]\nwrong = acme_wrong:Wrong\nslow = acme_wrong:Slow\n"


def between_good_ones(words: Iterable[str]) -> str:
    """A log: each word, with a number, between two lines that are as they should be."""
    said = [one for word in words for one in ("ok", word, "ok")]
    return "".join(f"{word} {number}\n" for number, word in enumerate(said))


@pytest.mark.parametrize("workers", [1, 2])
def test_whatever_a_plugin_does_costs_its_own_lines(tmp_path, monkeypatch, workers):
    install(tmp_path / "lib", "acme", ENTRY_POINTS, acme_wrong=WRONG)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib"))
    wrong = between_good_ones([*REASONS, "grow", "print", "grow", "print"])
    slow = between_good_ones(TOO_SLOW)
    other = "a plain line\n"
    for name, text in (("wrong", wrong), ("slow", slow), ("other", other)):
        (tmp_path / f"{name}.log").write_text(text)
    lines = (wrong + slow + other).count("\n")
    with LedgerCollector() as collector:
        config = write_config(
            tmp_path,
            collector.url,
            source(tmp_path / "wrong.log", name="wrong", parser="wrong"),
            source(tmp_path / "slow.log", name="slow", parser="slow"),
            source(tmp_path / "other.log", name="other"),
            agent={"workers": workers},
        )
        with AgentProcess(config) as agent:
            agent.wait_until(
                lambda: agent.metric('logsource_events_sent_total{output="collector"}') == lines,
                timeout=200,
            )
            assert agent.metric("logsource_accounting_imbalance") == 0
            text = agent.get("/metrics")[1]
            assert agent.metric('logsource_worker_restarts_total{reason="memory"}') >= 1
            assert agent.stop() == 0
    for name, reasons in (("wrong", REASONS), ("slow", TOO_SLOW)):
        unparsed = re.findall(rf'logsource_unparsed_total\{{reason="(\w+)",source="{name}"\}} (\S+)', text)
        assert {reason: float(count) for reason, count in unparsed} == Counter(reasons.values())


def test_a_hang_that_no_exception_ends_is_ended_with_its_process(tmp_path, monkeypatch):
    hangs = WRONG.replace("time.sleep(4)", 're.match("(x+)+y", "x" * 64)')
    install(tmp_path / "lib", "acme", ENTRY_POINTS, acme_wrong=hangs)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib"))
    (tmp_path / "wrong.log").write_text("ok 1\nsleep 2\nok 3\n")
    with LedgerCollector() as collector:
        web = source(tmp_path / "wrong.log", name="wrong", parser="wrong")
        with AgentProcess(write_config(tmp_path, collector.url, web)) as agent:
            agent.wait_until(
                lambda: agent.metric('logsource_events_sent_total{output="collector"}') == 3, timeout=120
            )
            series = 'logsource_unparsed_total{reason="worker_timeout",source="wrong"}'
            assert agent.metric(series) == 1
            assert agent.stop() == 0
