"""The real logrotate under kill -9, and the agent too: in no order, at no particular moment.

What a killed logrotate leaves (a copy that was not cut, a partial archive, `.tmp`, `….backup`) the next run of it shifts,
overwrites or copies once more. It destroys lines by that; but what is on the disk at the end, in whatever file, has to
have arrived: once, under one id.
"""

from __future__ import annotations

import random
import zlib
from typing import TYPE_CHECKING

import pytest

from logsource.clock import SystemClock
from tests.support.agent import AgentProcess, run_once, source, write_config
from tests.support.capricious import Capricious
from tests.support.cron import DeadlyCron
from tests.support.processes import Program
from tests.support.roll import LINE, Roll
from tests.support.soak import SOAK_SECONDS
from tests.system.test_kill import look_into
from tests.system.test_rotation_storm import MOODS, catch_up

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.system

DATED = "dateext\ndateformat -%Y%m%d-%s"
MODES = {
    "create, compress": ("reopens", "create\ncompress"),
    "create, delaycompress, dateext": ("reopens", f"create\ncompress\ndelaycompress\n{DATED}"),
    "olddir": ("reopens", "create\ncompress\nolddir old\ncreateolddir 0755"),
    "copytruncate": ("keeps", "copytruncate"),
    "copytruncate, compress": ("keeps", "copytruncate\ncompress"),
    "copytruncate, delaycompress": ("keeps", "copytruncate\ncompress\ndelaycompress"),
    "copytruncate, olddir": ("keeps", "copytruncate\ncompress\nolddir old\ncreateolddir 0755"),
    "renamecopy": ("reopens", "renamecopy\ncreate\ncompress"),
    "renamecopy, dateext": ("reopens", f"renamecopy\ncreate\ncompress\ndelaycompress\n{DATED}"),
}
"""How the program takes it, and the directives."""
SECONDS = SOAK_SECONDS / len(MODES)
SCRIPTS = {
    "reopens": "postrotate\n kill -HUP $(cat FOLDER/pid)\nendscript",
    "keeps": "prerotate\n kill -USR1 $(cat FOLDER/pid) && read answer < FOLDER/done\nendscript\n"
    "postrotate\n kill -USR2 $(cat FOLDER/pid)\nendscript",
}


def logrotate_config(folder: Path, log: Path, mode: str) -> str:
    manner, directives = MODES[mode]
    scripts = SCRIPTS[manner].replace("FOLDER", str(folder))
    return f"rotate 999\n{log} {{\nsize 20k\nmissingok\n{directives}\n{scripts}\n}}\n"


def on_disk(logs: Path) -> set[int]:
    """Numbers of the lines that are whole in some file; of a partial archive what can be unpacked."""
    found: set[int] = set()
    for path in filter(type(logs).is_file, logs.rglob("*")):
        data = path.read_bytes()
        if data.startswith(b"\x1f\x8b"):
            data = zlib.decompressobj(31).decompress(data)
        found.update(int(number) for _, number in LINE.findall(data[: data.rfind(b"\n") + 1]))
    return found


@pytest.mark.soak
@pytest.mark.timeout(SECONDS * 3 + 600)
@pytest.mark.parametrize("mode", MODES)
def test_what_is_on_the_disk_at_the_end_has_arrived_once(tmp_path, mode):
    log = tmp_path / "logs/app.log"
    log.parent.mkdir(mode=0o755)
    roll, clock, chance = Roll(), SystemClock(), random.Random(41)
    spec = {"log": "app", "path": str(log), "manner": MODES[mode][0], "rate": 150}
    with (
        Capricious(seed=41, largest=60_000, ledger=roll, moods=MOODS) as collector,
        Program(tmp_path, [spec]) as program,
    ):
        config = write_config(
            tmp_path,
            collector.url,
            source(log, parser="nginx_access"),
            outbox={"max_size": "1MiB"},
            timeout="500ms",
            concurrency=1,
        )
        with AgentProcess(config) as agent:
            agent.wait_until(lambda: roll.delivered("app") > 0)
            agent.kill()
        cron = DeadlyCron(
            tmp_path, logrotate_config(tmp_path, log, mode), every=1.0, seed=42, revive=program.revive
        )
        with cron:
            end = clock.monotonic() + SECONDS
            while clock.monotonic() < end:
                with AgentProcess(config) as agent:
                    agent.wait_for_log("event=started")
                    agent.still_runs_after(chance.random() * 3)
                    agent.kill()
        count = program.finish()["app"]
        collector.get_well()
        # What was rotated away before the agent saw the log at all is not of it.
        wanted = {number for number in on_disk(log.parent) if number >= min(roll.numbers("app"))}
        catch_up(config, roll, {"app": sorted(wanted)}, timeout=120 + SECONDS)
        before = roll.total()
        assert run_once(config).process.returncode == 0
    print(
        f"\n{mode}: {cron.runs} runs of logrotate, {cron.kills} killed; {count:,} lines, "
        f"{count - len(wanted)} destroyed, {count - before} of them not read"
    )
    assert cron.kills > SECONDS / 30
    assert roll.two_ids == []
    assert roll.changed == []
    assert roll.total() == before, "reading it all again sends nothing new"
    # A line that is torn by the death of a logrotate may come as a whole number and late.
    assert len(roll.torn) + len(roll.late) <= 2 * cron.kills
    after = look_into(tmp_path / "state")
    assert after.dead == []
    assert after.outbox == 0
    assert after.total.imbalance == 0
