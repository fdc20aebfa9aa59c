"""What reading costs: CPU of the tail stage alone, now and at an earlier commit, and its share of the whole agent.

python -m tests.bench.tailcost [--against COMMIT] [--lines N] [--rounds N]

The tail stage of a commit runs with the rest of that commit, without rendering, store or emitter: files are found,
recognised and read, each chunk's checkpoint is made ready for the store, and the chunk is declared safe. Runs alternate,
so that what disturbs the machine for a while disturbs all of them.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.bench import loggen, peers
from tests.bench.measure import measure
from tests.bench.ours import Ours

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[2]
FIRST = "cbd4b1b"
"""The first commit in which files were found, recognised, read and resumed: rename and truncation, no copies, no framing."""
STAGE = """
import sys, time
import orjson
from logsource.clock import SystemClock
from logsource.config.model import SourceConfig
from logsource.tail.tailer import Tailer
path, lines = sys.argv[1], int(sys.argv[2])
source = SourceConfig(name="bench", paths=[path], parser="nginx_access")
tail = Tailer([source], [], clock=SystemClock(), once=True)
blocks, done, start = [], 0, time.process_time()
while True:
    tail.scan()
    chunks = tail.read(196608)
    rows = tail.updates()
    if rows or chunks:
        for row in [*rows, *(chunk.checkpoint for chunk in chunks)]:
            orjson.dumps(row.state)
        tail.recorded(rows)
        for chunk in chunks:
            tail.committed(chunk)
            blocks.append(chunk.end - chunk.start)
    elif tail.at_end():
        break
print(time.process_time() - start)
tail.close()
assert sum(blocks) == lines, (sum(blocks), lines)
"""


def main() -> int:
    options = _options()
    log = loggen.ensure("nginx", options.lines, peers.OUT / "logs")
    then: list[float] = []
    now: list[float] = []
    whole: list[float] = []
    with _tree(options.against) as tree:
        for number in range(options.rounds):
            turns = [(ROOT, now), (tree, then)]
            for root, into in turns if number % 2 else reversed(turns):
                into.append(_stage(root, log) / options.lines * 1e6)
            result = measure(Ours(), log=log, lines=options.lines, folder=peers.OUT / "work" / "tailcost")
            if result.problem:
                print(result.problem, result.log, file=sys.stderr)
                return 1
            whole.append(result.cpu_per_million)
    print(f"CPU-s a million lines (nginx, {options.lines:,} lines, {options.rounds} rounds)   min   median")
    _row(f"tail stage at {options.against}", then)
    _row("tail stage now", now)
    _row("agent now, --once, one process", whole)
    for name, of in (("min", min), ("median", median)):
        more = of(now) - of(then)
        print(
            f"{name}: tail is {of(now) / of(whole):.1%} of the agent; its change is {more:+.4f} CPU-s a million, "
            f"{more / (of(whole) - more):+.2%} of the agent with the tail of {options.against}"
        )
    return 0


def _row(title: str, values: Sequence[float]) -> None:
    print(f"{title:<55} {min(values):.4f} {median(values):.4f}")


def _stage(root: Path, log: Path) -> float:
    """CPU seconds of one run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", STAGE, str(log), str(log.stat().st_size)],
        env={**os.environ, "PYTHONPATH": str(root)},
        cwd=peers.OUT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return float(done.stdout)


@contextmanager
def _tree(commit: str) -> Iterator[Path]:
    """The package of a commit, away from the checkout."""
    packed = subprocess.run(
        ["git", "archive", commit, "logsource", "parsers"], cwd=ROOT, stdout=subprocess.PIPE, check=True
    ).stdout
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
        yield Path(folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tailcost", description=__doc__)
    parser.add_argument("--against", default=FIRST, metavar="COMMIT", help=f"default {FIRST}")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
