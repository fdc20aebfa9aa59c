"""What /proc knows of a process and its children: memory and CPU time."""

from __future__ import annotations

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """The process and all its descendants that are alive."""
    pids = [pid]
    for parent in pids:
        for listed in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                pids += [int(child) for child in listed.read_text().split()]
            except OSError:
                continue  # gone meanwhile
    return pids


def peak_rss_mib(pid: int) -> float:
    """Sum of the largest resident sizes so far, in MiB.

    Not ru_maxrss: a child inherits the one of the process that started it.
    """
    total = 0
    for member in tree(pid):
        try:
            status = Path(f"/proc/{member}/status").read_text()
        except OSError:
            continue
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                total += int(line.split()[1])
    return total / 1024


def cpu_seconds(pid: int) -> float:
    """User and system time so far of the process and its living descendants."""
    ticks = 0
    for member in tree(pid):
        try:
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])  # utime, stime, and those of children waited for
    return ticks / TICKS
