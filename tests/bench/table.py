"""All results of one go, and the medians made of them."""

from __future__ import annotations

import os
import platform
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.cases import BASELINE

if TYPE_CHECKING:
    from tests.bench.cases import Case
    from tests.bench.task import Result


@dataclass(frozen=True)
class Row:
    """Medians of one case."""

    name: str
    title: str
    lines: int
    runs: int
    rate: float
    """Lines a second."""
    cpu: float
    """CPU seconds for a million lines."""
    cpu_least: float
    """The same of the best run; on a noisy machine the nearest to what it needs."""
    rss: float
    event_bytes: float
    ratio: float | None
    """CPU for a line, ours = 1."""
    increase: float | None
    """CPU over the baseline that ran right before, 0.05 = 5 % more."""
    scaled: bool
    problem: str | None


@dataclass
class Table:
    lines: int
    rounds: int
    results: dict[str, list[Result]] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    increases: dict[str, list[float]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    """Title → why."""
    idle: dict[str, float] = field(default_factory=dict)
    latencies: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, case: Case, result: Result) -> None:
        self.cases[case.name] = case
        self.results.setdefault(case.name, []).append(result)

    def rows(self) -> list[Row]:
        base = self.results.get(BASELINE.name)
        base_cpu = statistics.median(r.cpu_per_million for r in base) if base else None
        return [self._row(name, base_cpu) for name in self.cases]

    def problems(self) -> list[str]:
        return [f"{row.title}: {row.problem}" for row in self.rows() if row.problem]

    def as_json(self) -> dict[str, Any]:
        return {
            "machine": machine(),
            "lines": self.lines,
            "rounds": self.rounds,
            "rows": [asdict(row) for row in self.rows()],
            "runs": {name: [asdict(result) for result in results] for name, results in self.results.items()},
            "idle": self.idle,
            "latency_ms": self.latencies,
            "left_out": self.left_out,
        }

    def _row(self, name: str, base_cpu: float | None) -> Row:
        case, results = self.cases[name], self.results[name]
        cpu = statistics.median(r.cpu_per_million for r in results)
        increases = self.increases.get(name)
        return Row(
            name=name,
            title=case.title,
            lines=results[0].lines,
            runs=len(results),
            rate=statistics.median(r.rate for r in results),
            cpu=cpu,
            cpu_least=min(r.cpu_per_million for r in results),
            rss=max(r.rss_mib for r in results),
            event_bytes=results[0].event_bytes,
            ratio=None if base_cpu is None else cpu / base_cpu,
            increase=statistics.median(increases) if increases else None,
            scaled=case.share != 1.0,
            problem=next((r.problem for r in results if r.problem), None),
        )


def machine() -> str:
    """What all of it was measured on."""
    try:
        info = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        info = []
    model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "")
    return f"{os.cpu_count()} cores, {model or platform.machine()}, CPython {platform.python_version()}"
