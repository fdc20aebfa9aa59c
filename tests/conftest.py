"""What concerns the run of all tests: how many processes it takes, that it leaves none behind, and what is chance.

`pytest -n auto` starts half as many again as this machine, not its host, has cores, and no more than it has memory
for: a third of their time tests wait, for processes and clocks. Examples of hypothesis are the same in each run, and may
take as long as they like: a slow machine is no fault of ours. For other examples than the usual ones:
`pytest --hypothesis-profile=default`, or `make fuzz`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same")

WORKER_BYTES = 2**30
"""Memory that one process of tests may need, with the agents it starts."""
MOST = 8
"""More gain nothing: some tests wait for a clock."""

LET_END = 60.0
"""Seconds for the last processes to end by themselves."""
MARK = "LOGSOURCE_TESTED_BY"
"""Variable in the environment of all that a process of tests starts."""

CGROUP = Path("/sys/fs/cgroup")


def pytest_xdist_auto_num_workers(config):
    cores = min(len(os.sched_getaffinity(0)), quota())
    return max(1, min(cores + cores // 2, memory() // WORKER_BYTES, MOST))


def quota() -> int:
    """Cores that a container may use (cgroup v2, cpu.max; v1, cpu.cfs_*); without a limit, many."""
    first = read("cpu.max") or [*read("cpu/cpu.cfs_quota_us"), *read("cpu/cpu.cfs_period_us")]
    limit, period = first if len(first) == 2 else ("max", "1")
    return MOST if limit in {"max", "-1"} else max(1, int(limit) // int(period))


def memory() -> int:
    """Bytes that this machine has free, or its container may use at all: what it uses now is mostly cache."""
    available = next(
        int(line.split()[1]) * 1024
        for line in Path("/proc/meminfo").read_text().splitlines()
        if line.startswith("MemAvailable:")
    )
    limit = read("memory.max") or read("memory/memory.limit_in_bytes")
    return min(available, int(limit[0])) if limit and limit[0] != "max" else available


def read(name: str) -> list[str]:
    """Words of a file of the cgroup; none if there is no such file."""
    try:
        return (CGROUP / name).read_text().split()
    except OSError:
        return []


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_left_running():
    """A process that outlives the tests is an error, and may keep CI waiting for ever. It is ended here."""
    os.environ[MARK] = mark = f"{os.getpid()}-{time.monotonic_ns()}"
    yield
    deadline = time.monotonic() + LET_END
    tick = threading.Event()
    while (left := started_by(mark)) and time.monotonic() < deadline:
        tick.wait(0.1)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert not left, f"still running: {left}"


def started_by(mark: str) -> dict[int, str]:
    """Command lines of the processes with this mark; zombies have none and do not count."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{MARK}={mark}".encode() in (process / "environ").read_bytes().split(b"\0"):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found[int(process.name)] = command[:200]
    return found
