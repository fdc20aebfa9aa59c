"""A long, quiet life: memory and descriptors stay where they are while logs are written, rotated and deleted."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.support.agent import AgentProcess, source, write_config
from tests.support.ledger import NUMBER
from tests.support.sink import OK, Sink
from tests.support.soak import SOAK_SECONDS
from tests.support.writer import Writer

pytestmark = [pytest.mark.system, pytest.mark.soak]

MIB = 1 << 20
GROWTH = 20 * MIB
"""Between a third and the end of the time: less than what a leak of ten bytes a line would give in ten minutes."""


class Seen:
    """Which numbers of which log arrived, and how often something came again; one byte a line."""

    def __init__(self) -> None:
        self.logs: dict[bytes, bytearray] = {}
        self.again = 0

    def __call__(self, request):
        for log, number in NUMBER.findall(request.body):
            marks = self.logs.setdefault(log, bytearray())
            at = int(number)
            if at >= len(marks):
                marks.extend(bytes(at + 100_000 - len(marks)))
            self.again += marks[at]
            marks[at] = 1
        return OK

    def missing(self, writer):
        return writer.lines - sum(self.logs.get(writer.log.encode(), b"")[: writer.lines])


@pytest.mark.timeout(SOAK_SECONDS + 300)
def test_memory_and_descriptors_do_not_grow(tmp_path):
    seen = Seen()
    with ExitStack() as stack:
        sink = stack.enter_context(Sink(seen, record=False))
        writers = [
            stack.enter_context(
                Writer(tmp_path / f"{name}.log", name, seed=seed, dated=seed % 2 == 0, keep=10)
            )
            for seed, name in enumerate(("web", "shop", "api", "img"))
        ]
        config = write_config(tmp_path, sink.url, source(tmp_path / "*.log", parser="nginx_access"))
        agent = stack.enter_context(AgentProcess(config))
        for writer in writers:
            writer.write(10)
        sink.wait_for(lambda: len(seen.logs) == len(writers))
        for writer in writers:
            writer.start(pause=0.1, burst=100, rotate=0.005)
        agent.still_runs_after(SOAK_SECONDS / 3)
        early, early_open = agent.rss(), agent.descriptors()
        agent.still_runs_after(SOAK_SECONDS * 2 / 3)
        late, late_open = agent.rss(), agent.descriptors()
        for writer in writers:
            writer.finish()
        agent.wait_until(lambda: not any(seen.missing(writer) for writer in writers), 60)
        lines, rotations = (
            sum(writer.lines for writer in writers),
            sum(writer.rotations for writer in writers),
        )
        print(
            f"\n{lines:,} lines, {rotations} rotations, RSS {early / MIB:.0f} → {late / MIB:.0f} MiB, "
            f"{early_open} → {late_open} descriptors, {agent.cpu_seconds() / lines * 1e6:.1f} CPU-s a million lines"
        )
        assert rotations > len(writers)
        assert seen.again == 0, "with a collector that is well nothing is sent twice"
        assert late - early < GROWTH
        assert (
            late_open < early_open + 40
        )  # a rotated log stays open until nothing was added to it for a while
        assert agent.metric("logsource_accounting_imbalance") == 0
        assert agent.metric('logsource_unread_bytes_abandoned_total{reason="deleted",source="web"}') == 0
        assert agent.stop() == 0
