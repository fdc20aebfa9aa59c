"""The whole of it at once: a program that logs, the real logrotate in many modes, kill -9, a collector with moods.

An hour of a log that is rotated every minute, in a minute. What must hold afterwards: every line arrived that any reader
could have seen, in the order of its log, under one id and with one payload; and the accounts balance to the line.
"""

from __future__ import annotations

import gzip
import random
from typing import TYPE_CHECKING

import pytest

from logsource.clock import SystemClock
from tests.support.agent import AgentProcess, run_once, source, write_config
from tests.support.capricious import Capricious
from tests.support.cron import Cron
from tests.support.processes import Program
from tests.support.program import REOPEN
from tests.support.roll import LINE, Roll
from tests.support.soak import SOAK_SECONDS
from tests.system.test_kill import look_into

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

pytestmark = pytest.mark.system

REOPENS = ("web", "api", "shop", "img", "auth")
STILL = ("app", "raw")
HEEDLESS = "jvm"
LOGS = (*REOPENS, *STILL, HEEDLESS)
MANNERS = {"app": "keeps", "raw": "no_append", HEEDLESS: "heedless"}

MOODS = {"ok": 80, "503": 4, "503 with Retry-After": 1, "429": 2, "reset": 4, "too late": 2, "lost answer": 5}
RESPITE = 15.0
"""Seconds after which the agent is left alone until it has caught up: logrotate keeps a hundred generations, no more."""
BEHIND = 1 << 20
"""Bytes of lag with which it has."""
BLACKOUT = (9.0, 3.0)
"""Seconds between blackouts of the collector, and how long one lasts: the outbox is full then and reading pauses."""

CONFIG = """
missingok
notifempty
size 40k
rotate 99

# One signal for two logs that were both renamed before it.
LOGS/web.log LOGS/api.log {
    compress
    delaycompress
    create 0644
    sharedscripts
    postrotate
        HUP
    endscript
}
LOGS/shop.log {
    nocreate
    dateext
    dateformat -%Y%m%d-%s
    # At once, so the program has to be done with the old log: what it adds meanwhile is in no file afterwards.
    compress
    postrotate
        REOPEN
    endscript
}
LOGS/img.log {
    olddir archive
    createolddir 0755
    compress
    delaycompress
    postrotate
        HUP
    endscript
}
LOGS/auth.log {
    extension .log
    postrotate
        HUP
    endscript
}
# Between the copy and the cut nobody writes, so that nothing may be lost.
LOGS/app.log LOGS/raw.log {
    copytruncate
    compress
    delaycompress
    sharedscripts
    prerotate
        STOP
    endscript
    postrotate
        GO
    endscript
}
# Here somebody does. All copies are kept: what is in none of them was destroyed.
LOGS/jvm.log {
    copytruncate
    compress
    dateext
    dateformat -%Y%m%d-%s
    rotate -1
}
"""


def logrotate_config(folder, logs, *, size):
    signal, text = f"kill -%s $(cat {folder}/pid)", CONFIG
    for name, value in (
        ("LOGS", str(logs)),
        ("40k", size),
        ("HUP", signal % "HUP"),
        ("REOPEN", f"{signal % int(REOPEN)} && read answer < {folder}/done"),
        ("STOP", f"{signal % 'USR1'} && read answer < {folder}/done"),
        ("GO", signal % "USR2"),
    ):
        text = text.replace(name, value)
    return text


def program_specs(logs, rate):
    def spec(log):
        manner = MANNERS.get(log, "reopens")
        # Each generation of a log that is not appended to begins with a hole as long as everything before.
        pace = rate / 4 if manner == "no_append" else rate
        return {"log": log, "path": str(logs / f"{log}.log"), "manner": manner, "rate": pace}

    return [spec(log) for log in LOGS]


class Storm:
    """Starts the agent and kills it, and breaks the way to the collector now and then."""

    def __init__(self, config: Path, collector: Capricious, program: Program, *, seed: int) -> None:
        self._config = config
        self._program = program
        self._collector = collector
        self._chance = random.Random(seed)
        self._clock = SystemClock()
        self.kills = 0
        self.said: list[str] = []

    def rage(self, seconds: float, enough: Callable[[], bool]) -> None:
        """For so many seconds, and on a slow machine (up to five times) longer, until it was enough."""
        start = last = self._clock.monotonic()
        while (age := (now := self._clock.monotonic()) - start) < seconds or not (
            enough() or age > 5 * seconds
        ):
            every, lasts = BLACKOUT
            self._collector.down = (now - start) % every > every - lasts
            with AgentProcess(self._config) as agent:
                if now - last > RESPITE:
                    self._collector.calm = True
                    self._program.relax()  # on a busy machine the test's own collector is the slowest of all
                    agent.wait_until(lambda one=agent: caught_up(one.status()), 240)
                    self._program.resume()
                    self._collector.calm = False
                    last = self._clock.monotonic()
                elif self._chance.random() < 0.9:
                    agent.wait_for_log("event=started")
                agent.still_runs_after(self._chance.random() * 2.5)
                agent.kill()
            self.said += [line for line in agent.log if "event=replaced" not in line]
            self.kills += 1
        self._collector.down = False


def caught_up(status: dict) -> bool:
    """Whether little is unread. Before the first look at the logs nothing is known of them."""
    return bool(status["files"]) and status["totals"]["lag_bytes"] < BEHIND


def on_disk(logs: Path, log: str) -> set[int]:
    """Numbers of the lines that some generation of a log holds in full."""
    found: set[int] = set()
    for path in logs.glob(f"{log}.log*"):
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        found.update(int(number) for _, number in LINE.findall(data[: data.rfind(b"\n") + 1]))
    return found


def generations(logs: Path) -> dict[str, int]:
    """How many old ones each log has."""
    return {log: sum(path.name != f"{log}.log" for path in logs.rglob(f"{log}.*")) for log in LOGS}


def lacking(roll: Roll, wanted: dict[str, Iterable[int]]) -> dict[str, list[int]]:
    """Lines that were not accepted yet, the first of each log."""
    missing = {log: roll.missing(log, numbers)[:50] for log, numbers in wanted.items()}
    return {log: numbers for log, numbers in missing.items() if numbers}


def catch_up(config: Path, roll: Roll, wanted: dict[str, Iterable[int]], *, timeout: float) -> list[str]:
    """Let the agent finish in peace; what it logged."""
    with AgentProcess(config) as agent:
        try:
            agent.wait_until(lambda: not lacking(roll, wanted), timeout)
        except AssertionError as error:
            raise AssertionError(f"still missing: {lacking(roll, wanted)}") from error
        agent.wait_until(lambda: agent.status()["outbox"]["events"] == 0)
        assert agent.metric("logsource_accounting_imbalance") == 0
        assert agent.stop() == 0
    return agent.log


def ordeal(
    tmp_path: Path, *, seconds: float, rate: float, size: str, workers: int = 1, deletes: bool = False
) -> None:
    """`deletes`: the agent deletes what was rotated and delivered, while logrotate works on it."""
    logs = tmp_path / "logs"
    logs.mkdir(mode=0o755)
    roll = Roll()
    with (
        Capricious(seed=31, largest=60_000, ledger=roll, moods=MOODS) as collector,
        Program(tmp_path, program_specs(logs, rate)) as program,
    ):
        config = write_config(
            tmp_path,
            collector.url,
            source(
                *([logs / "*.log*", logs / "archive/*"] if deletes else [logs / "*.log"]),
                parser="nginx_access",
                exclude=[str(logs / "auth.[0-9]*.log")],
                after_delivery="delete" if deletes else "keep",
            ),
            agent={"workers": workers},
            outbox={"max_size": "1MiB"},
            timeout="500ms",
            concurrency=1,  # one after the other: what comes first was read first
        )
        with AgentProcess(config) as agent:
            agent.wait_until(lambda: all(roll.delivered(log) for log in LOGS))
            agent.kill()
        storm = Storm(config, collector, program, seed=32)
        with Cron(tmp_path, logrotate_config(tmp_path, logs, size=size), every=1.0) as cron:
            storm.rage(
                seconds,
                lambda: (
                    storm.kills > seconds / 15
                    and cron.runs > seconds / 5
                    and (deletes or min(generations(logs).values()) > min(seconds / 8, 50))
                ),
            )
        written = program.finish()
        collector.get_well()
        surviving = set() if deletes else on_disk(logs, HEEDLESS)
        wanted = {log: range(count) for log, count in written.items()}
        wanted[HEEDLESS] = sorted(surviving)
        said = storm.said + catch_up(config, roll, wanted, timeout=120 + seconds)
        before = roll.total()
        assert run_once(config).process.returncode == 0

        print(
            f"\n{storm.kills} kills, {cron.runs} runs of logrotate, {sum(written.values()):,} lines, "
            f"{roll.events - roll.total():,} arrived again, "
            f"{written[HEEDLESS] - len(surviving)} destroyed by copytruncate, "
            f"{written[HEEDLESS] - roll.delivered(HEEDLESS)} of them not read; {dict(collector.moods)}"
        )
        assert storm.kills > seconds / 15
        assert cron.runs > seconds / 5
        if deletes:
            assert all("No such file" in fault for fault in cron.faults), cron.faults
            assert any("event=delivered" in line for line in said)
        else:
            assert cron.faults == []
            assert min(generations(logs).values()) > min(seconds / 8, 50), generations(logs)
        assert set(roll.numbers(HEEDLESS)) <= set(range(written[HEEDLESS]))
        for log, count in written.items():
            assert roll.delivered(log) <= count, "lines came that nobody wrote"
        assert roll.two_ids == []
        assert roll.changed == []
        assert roll.late == []
        assert roll.crossed == []
        assert len(roll.torn) <= cron.runs, "logrotate may tear one line in two at each cut"
        assert all(HEEDLESS.encode() in event for event in roll.torn)
        abandoned = [line for line in said if "event=abandoned" in line and f"{HEEDLESS}.log" not in line]
        assert abandoned == []
        assert roll.total() == before, "reading it all again sends nothing new"
        after = look_into(tmp_path / "state")
        assert after.dead == []
        assert after.outbox == 0
        assert after.total.imbalance == 0
        assert after.total.read == roll.total() + len(roll.torn)


@pytest.mark.timeout(600)
def test_an_hour_of_rotations_and_kills_in_a_minute(tmp_path):
    ordeal(tmp_path, seconds=35, rate=350, size="30k")


@pytest.mark.soak
@pytest.mark.timeout(SOAK_SECONDS * 2 + 900)
@pytest.mark.parametrize("variant", [{}, {"workers": 2}, {"deletes": True}], ids=str)
def test_rotations_and_kills_for_a_long_time(tmp_path, variant):
    ordeal(tmp_path, seconds=SOAK_SECONDS, rate=500, size="60k", **variant)
