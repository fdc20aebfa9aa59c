"""What an agent costs that follows 100 files in which nothing happens."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from tests.bench.following import following
from tests.bench.ours import Ours
from tests.bench.procfs import cpu_seconds, peak_rss_mib

if TYPE_CHECKING:
    from pathlib import Path

FILES = 100


def run(*, seconds: float, folder: Path) -> dict[str, float]:
    """CPU in per cent of one core, and peak MiB."""
    print(f"idle with {FILES} files for {seconds:g} s", file=sys.stderr)
    with following(Ours(once=False), folder / "idle", files=FILES) as (child, _, _):
        before, started = cpu_seconds(child.pid), time.monotonic()
        time.sleep(seconds)
        used, passed = cpu_seconds(child.pid) - before, time.monotonic() - started
        return {
            "files": FILES,
            "seconds": passed,
            "cpu_percent": 100 * used / passed,
            "rss_mib": peak_rss_mib(child.pid),
        }
