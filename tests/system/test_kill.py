"""kill -9 at random moments, a log that rotates meanwhile, and a collector that misbehaves.

What must hold afterwards: every line was delivered or is a dead letter that the collector asked for; no line
has two event ids; an event that came twice came with the same payload; the accounts balance to the line.
"""

from __future__ import annotations

import random
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import yaml

from logsource.clock import SystemClock
from logsource.model import Tally
from logsource.store.disk import DiskStore
from tests.support.agent import AgentProcess, source, write_config
from tests.support.capricious import Capricious
from tests.support.ledger import number_of
from tests.support.soak import SOAK_SECONDS
from tests.support.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from logsource.model import DeadLetter

pytestmark = pytest.mark.system

UNPARSED = "iglu:io.logsource/unparsed_line/jsonschema/1-0-0"
TOO_LONG = 40_000
"""Bytes of a body that the collector may find too large."""


def is_culprit(number: int) -> bool:
    """Lines that the collector refuses for good."""
    return number % 1999 == 777


@dataclass(frozen=True)
class Aftermath:
    """What is left on disk."""

    total: Tally
    dead: list[DeadLetter]
    outbox: int


def look_into(state_dir: Path) -> Aftermath:
    store = DiskStore.attach(state_dir, clock=SystemClock())
    try:
        total = Tally()
        for tally in store.tallies().values():
            total.add(tally)
        return Aftermath(total, list(store.dead_letters()), store.stats().events)
    finally:
        store.close()


def meet(config: Path, collector: Capricious, logs: set[str]) -> None:
    """Let the agent see each log once: what was rotated away before is history that nobody asked it to read."""
    with AgentProcess(config) as agent:
        agent.wait_until(lambda: {name for name, _ in collector.ledger.lines()} >= logs)
        agent.kill()


def with_workers(config: Path, workers: int) -> Path:
    """The same configuration with worker processes; the events must be the same."""
    body = yaml.safe_load(config.read_text())
    body["agent"]["workers"] = workers
    other = config.with_name(f"{workers}-workers.yaml")
    other.write_text(yaml.safe_dump(body))
    return other


def storm(configs: Sequence[Path], *, seed: int, go_on: Callable[[int], bool]) -> int:
    """Start the agent (with one of `configs`) and kill it, again and again: while it starts, while it works."""
    chance = random.Random(seed)
    kills = 0
    while go_on(kills):
        with AgentProcess(chance.choice(configs)) as agent:
            if chance.random() < 0.8:
                agent.wait_for_log("event=started")
            agent.still_runs_after(chance.random() * 0.5)
            agent.kill()
        kills += 1
    return kills


def catch_up(config: Path, lines: int, *, timeout: float) -> None:
    """Let the agent finish its work with a collector that is well; stop it in order."""
    with AgentProcess(config) as agent:

        def caught_up() -> bool:
            status = agent.status()
            return status["totals"]["lines"] >= lines and status["outbox"]["events"] == 0

        agent.wait_until(caught_up, timeout)
        status = agent.status()
        assert status["accounting_imbalance"] == 0
        assert agent.metric("logsource_accounting_imbalance") == 0
        assert agent.stop() == 0


def nothing_lost_nothing_twice(collector: Capricious, writers: list[Writer], state_dir: Path) -> None:
    written = set().union(*(writer.expected() for writer in writers))
    after = look_into(state_dir)
    buried = {number_of(letter.event) for letter in after.dead}
    culprits = {line for line in written if is_culprit(line[1])}
    ledger = collector.ledger

    assert ledger.strange == []
    assert sorted(written - ledger.lines() - buried) == [], "lines are missing"
    assert sorted(ledger.lines() - written) == [], "lines came that nobody wrote"
    assert ledger.under_two_ids() == {}
    assert ledger.changed == {}
    assert culprits == buried, "the lines that the collector refuses are the dead letters"
    assert not culprits & ledger.lines()
    assert len(after.dead) == len(buried)
    assert after.outbox == 0
    assert after.total.imbalance == 0
    assert after.total.read == len(written), "every line was counted once, kills or not"
    assert after.total.events.total() == len(written)
    assert after.total.events[UNPARSED] == sum(number % 50 == 49 for _, number in written)


@pytest.mark.timeout(600)
def test_fifty_kills_lose_nothing(tmp_path):
    log = tmp_path / "access.log"
    with (
        Capricious(seed=1, largest=TOO_LONG, culprit=is_culprit) as collector,
        Writer(log, "web", seed=2) as writer,
    ):
        config = write_config(
            tmp_path, collector.url, source(tmp_path / "access.log", parser="nginx_access"), timeout="300ms"
        )
        writer.write(10)
        meet(config, collector, {"web"})
        writer.start(pause=0.1, burst=200, rotate=0.06)
        kills = storm([config], seed=3, go_on=lambda kills: kills < 50)
        writer.finish()
        collector.get_well()
        catch_up(config, writer.lines, timeout=120)

        assert kills == 50
        assert writer.rotations > 5
        assert writer.lines > 5000
        assert collector.ledger.resent() > 0, "the storm was too mild to show anything"
        assert {mood for mood, count in collector.moods.items() if count} >= {
            "ok", "503", "503 with Retry-After", "429", "reset", "too late", "lost answer", "413", "400", "broken early",
        }  # fmt: skip
        nothing_lost_nothing_twice(collector, [writer], tmp_path / "state")


@pytest.mark.soak
@pytest.mark.timeout(SOAK_SECONDS * 2 + 600)
def test_kills_for_a_long_time_lose_nothing(tmp_path):
    """Several logs, both styles of rotation, with and without workers, a small outbox that is full now and then."""
    with ExitStack() as stack:
        collector = stack.enter_context(Capricious(seed=11, largest=TOO_LONG, culprit=is_culprit))
        writers = [
            stack.enter_context(Writer(tmp_path / f"{name}.log", name, seed=seed, dated=seed % 2 == 0))
            for seed, name in enumerate(("web", "shop", "api", "img"), start=12)
        ]
        config = write_config(
            tmp_path,
            collector.url,
            source(tmp_path / "*.log", parser="nginx_access"),
            timeout="500ms",
            outbox={"max_size": "1MiB"},
        )
        parallel = with_workers(config, 2)
        for writer in writers:
            writer.write(10)
        meet(config, collector, {writer.log for writer in writers})
        clock = SystemClock()
        end = clock.monotonic() + SOAK_SECONDS
        for writer in writers:
            writer.start(pause=0.4, burst=150, rotate=0.01)  # 1500 lines/s: a million in ten minutes
        kills = storm([config, parallel], seed=16, go_on=lambda kills: clock.monotonic() < end)
        for writer in writers:
            writer.finish()
        collector.get_well()
        lines = sum(writer.lines for writer in writers)
        catch_up(config, lines, timeout=SOAK_SECONDS + 300)
        print(
            f"\n{kills} kills, {lines:,} lines, {collector.ledger.resent():,} events resent, {dict(collector.moods)}"
        )

        assert kills > SOAK_SECONDS / 3
        assert all(writer.rotations for writer in writers)
        nothing_lost_nothing_twice(collector, writers, tmp_path / "state")
