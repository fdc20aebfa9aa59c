"""How many processes `pytest -n auto` starts: as many as this machine has cores and memory for, not its host."""

from __future__ import annotations

import os
from pathlib import Path

WORKER_BYTES = 2**30
"""Memory that one process of tests may need, with the agents it starts."""
MOST = 8
"""More gain nothing: some tests wait for a clock."""

CGROUP = Path("/sys/fs/cgroup")


def pytest_xdist_auto_num_workers(config):
    return max(1, min(len(os.sched_getaffinity(0)), quota(), memory() // WORKER_BYTES, MOST))


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
