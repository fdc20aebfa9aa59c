"""Run the rows, print the table, write it to the out folder.

Rounds are the outer loop: what disturbs the machine for a while then disturbs every row. Ratios are medians
of ratios inside one round.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import idle, latency, loggen, packreport, packs, peers, report
from tests.bench.cases import BASELINE, CASES
from tests.bench.measure import measure
from tests.bench.ours import Ours
from tests.bench.table import Table, machine

if TYPE_CHECKING:
    from tests.bench.cases import Case
    from tests.bench.task import Result

LINES, ROUNDS = 1_000_000, 3
QUICK_LINES, QUICK_ROUNDS = 200_000, 1
FEWEST = 10_000
"""Lines a row has at least; below that it is start-up time that is measured."""


def main() -> int:
    options = _options()
    lines = options.lines or (QUICK_LINES if options.quick else LINES)
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    if options.packs or options.only_pack:
        return 1 if _by_pack(options) else 0
    peers.fetch()
    cases = _chosen(options.only, quick=options.quick)
    table = Table(lines=lines, rounds=rounds)
    for case in [case for case in cases if (why := case.agent.missing())]:
        table.left_out[case.title] = why or ""
        cases.remove(case)
    for number in range(rounds):
        for case in cases:
            if case.rounds is None or number < case.rounds:
                _run(case, table, number)
    if not options.only or "idle" in options.only:
        table.idle = idle.run(seconds=5.0 if options.quick else 20.0, folder=peers.OUT / "work")
    if not options.only or "latency" in options.only:
        table.latencies = latency.run(seconds=3.0 if options.quick else 10.0, folder=peers.OUT / "work")
    report.write(table, peers.OUT)
    print("\n" + report.text(table))
    wrong = 0 if options.only else _by_pack(options)
    print(f"\nResults as JSON, Markdown and SVG, and every configuration used: {peers.OUT}")
    return 1 if table.problems() or wrong else 0


def _by_pack(options: argparse.Namespace) -> int:
    """The table by pack; how many of its rows cannot be believed."""
    lines = options.lines or (packs.QUICK_LINES if options.quick else packs.LINES)
    rounds = options.rounds or (packs.QUICK_ROUNDS if options.quick else packs.ROUNDS)
    results = packs.run(options.only_pack, lines=lines, rounds=rounds, progress=_progress)
    packreport.write(results, machine(), options.out)
    print("\n" + packreport.text(results, machine()))
    return sum(result.problem is not None for result in results)


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _run(case: Case, table: Table, number: int) -> None:
    if case.paired:
        before = _measured(BASELINE, table, number)
        after = _measured(case, table, number)
        table.increases.setdefault(case.name, []).append(after.cpu_per_million / before.cpu_per_million - 1)
    else:
        _measured(case, table, number)


def _measured(case: Case, table: Table, number: int) -> Result:
    lines = max(min(FEWEST, table.lines), int(table.lines * case.share))
    log = loggen.ensure(case.log, lines, peers.OUT / "logs")
    print(f"round {number + 1}  {case.title:<44}", end=" ", file=sys.stderr, flush=True)
    result = measure(
        case.agent,
        log=log,
        lines=lines,
        folder=peers.OUT / "work" / case.name,
        ids=isinstance(case.agent, Ours),
    )
    print(
        f"{result.rate:>9,.0f} lines/s {result.cpu_per_million:>7.2f} CPU-s/M {result.rss_mib:>6.1f} MiB"
        + (f"  {result.problem}" if result.problem else ""),
        file=sys.stderr,
        flush=True,
    )
    if result.problem and result.log:
        print(result.log, file=sys.stderr)
    table.add(case, result)
    return result


def _chosen(only: list[str], *, quick: bool) -> list[Case]:
    return [case for case in CASES if (case.name in only if only else case.quick or not quick)]


def _options() -> argparse.Namespace:
    names = [case.name for case in CASES] + ["idle", "latency"]
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--lines", type=int, help=f"lines of the log (default {LINES:,}; {packs.LINES:,} a pack)"
    )
    parser.add_argument("--rounds", type=int, help=f"rounds (default {ROUNDS})")
    parser.add_argument("--packs", action="store_true", help="only the table by pack")
    parser.add_argument(
        "--only-pack", action="append", default=[], metavar="PACK", help="only this pack; may be repeated"
    )
    parser.add_argument("--only", action="append", default=[], choices=names, help="a row; may be repeated")
    parser.add_argument("--quick", action="store_true", help="fewer rows and lines: under a minute")
    parser.add_argument("--out", type=Path, default=peers.OUT, help="where the table by pack is written")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
