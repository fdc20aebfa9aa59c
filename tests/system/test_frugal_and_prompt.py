"""What it costs to do nothing, and how soon a line arrives.

The asserted numbers are wider than the promised ones where a busy test machine has a say; the benchmark
measures the promised ones.
"""

from __future__ import annotations

import statistics
import subprocess
import time

import pytest

from tests.support.agent import AgentProcess, source, write_config
from tests.support.collector import LedgerCollector
from tests.support.writer import Writer

pytestmark = pytest.mark.system

IDLE_SECONDS = 3.0
NOISE = 2.5
"""How much longer a line may take on a machine that runs other tests at the same time."""
STEPS = 20
"""How often, on the way of a line, something has to be woken up and to get its turn; generously."""


class Pulse:
    """How long this machine takes, right now, to give a process its turn: a word goes to one and comes back."""

    def __enter__(self):
        self._echo = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        return self

    def __exit__(self, *_):
        with self._echo as echo:
            echo.stdin.close()

    def beat(self):
        """Seconds for the way there and back."""
        started = time.monotonic()
        self._echo.stdin.write(b"there\n")
        assert self._echo.stdout.readline() == b"there\n"
        return time.monotonic() - started


@pytest.mark.parametrize("options", [{"linger": "500ms"}, {"linger": "20ms"}], ids=["default", "prompt"])
def test_an_idle_agent_with_100_files_uses_little_cpu(tmp_path, options):
    logs = tmp_path / "logs"
    logs.mkdir()
    for number in range(100):
        (logs / f"{number:03d}.log").write_bytes(b"/n/idle/%08d\n" % number)
    with LedgerCollector() as collector:
        config = write_config(tmp_path, collector.url, source(logs / "*.log"), **options)
        with AgentProcess(config) as agent:
            collector.wait_for(100)
            agent.wait_for_log("event=started")
            agent.still_runs_after(
                3.0
            )  # a directory that has just changed is looked at more closely for 2.5 s
            before = agent.cpu_seconds()
            agent.still_runs_after(IDLE_SECONDS)
            share = (agent.cpu_seconds() - before) / IDLE_SECONDS
            print(f"\nidle with 100 files, {options}: {share:.2%} of one core")
            # Promised: under 1 % with the default linger.
            assert share < (0.05 if options["linger"] == "500ms" else 0.15)
            assert agent.stop() == 0


@pytest.mark.parametrize(("linger", "times", "promise"), [("500ms", 6, 1.5), ("20ms", 20, 0.1)])
def test_a_line_is_at_the_collector_soon(tmp_path, linger, times, promise):
    with (
        LedgerCollector() as collector,
        Writer(tmp_path / "access.log", "web", seed=1) as writer,
        Pulse() as pulse,
    ):
        writer.write(10)
        config = write_config(
            tmp_path, collector.url, source(tmp_path / "access.log", parser="nginx_access"), linger=linger
        )
        with AgentProcess(config) as agent:
            collector.wait_for(10)
            took, beats = [], []
            for _ in range(times):
                started = time.monotonic()
                writer.write_one()
                collector.wait_for(writer.lines)
                took.append(time.monotonic() - started)
                beats.append(pulse.beat())
            waited = STEPS * statistics.mean(beats)
            print(
                f"\nlatency with linger {linger}: median {statistics.median(took):.3f} s, most {max(took):.3f} s; "
                f"turns cost {waited:.3f} s"
            )
            assert statistics.median(took) < promise * NOISE + waited
            assert agent.stop() == 0
        assert collector.ledger.resent() == 0
