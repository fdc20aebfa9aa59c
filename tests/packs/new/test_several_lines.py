"""`packs new` on logs whose records are several lines: the time alone on the first, or a record with a trace behind it."""

from __future__ import annotations

import datetime as dt
import json
import random
import re

import pytest
import yaml
from click.testing import CliRunner

from logsource.cli.main import cli
from logsource.parse.learn.together import together
from tests.support.agent import run_once, source, write_config
from tests.support.collector import LedgerCollector


def run(*args: str, stdin: str | None = None):
    result = CliRunner().invoke(cli, args, input=stdin, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def alert_log(count: int) -> list[str]:
    rng = random.Random(4)
    lines = []
    for index in range(count):
        at = dt.datetime(2026, 3, 9, 14, 2, tzinfo=dt.UTC) + dt.timedelta(seconds=40 * index)
        lines.append(f"{at:%a %b %d %H:%M:%S %Y}")
        lines += rng.choice(
            [
                [
                    f"Thread {rng.randint(1, 4)} advanced to log sequence {rng.randint(1, 999)} (LGWR switch)",
                    f"  Current log# {rng.randint(1, 3)} seq# {rng.randint(1, 999)} mem# 0: /u01/redo{rng.randint(1, 3)}.log",
                ],
                [
                    f"Errors in file /u01/trace/prd_{rng.randint(1, 99)}.trc  (incident={rng.randint(1, 999)}):",
                    f"ORA-{rng.randint(100, 999)}: internal code, arguments: [{rng.randint(1, 99)}], []",
                ],
                [
                    f"Completed checkpoint up to RBA [0x{rng.randint(1, 999):x}.2.10], SCN: {rng.randint(1, 10**8)}"
                ],
            ]
        )
    return lines


def test_the_pack_takes_whole_records(tmp_path):
    lines = alert_log(60)
    told = run("packs", "new", "alert", "--dir", str(tmp_path), stdin="\n".join(lines) + "\n").stdout
    assert f"{len(lines)} lines read (60 records)" in told
    assert "the source needs multiline: {start: '^" in told
    spec = yaml.safe_load((tmp_path / "alert/pack.yaml").read_text())
    assert {one["name"] for one in spec["patterns"]} == {
        "thread_advanced_to", "errors_in_file", "completed_checkpoint_up",
    }  # fmt: skip
    samples = [json.loads(one) for one in (tmp_path / "alert/samples/lines.records").read_text().splitlines()]
    assert all("\n" in one for one in samples)
    assert run("packs", "test", str(tmp_path / "alert")).stdout == "ok  alert\n"


def test_the_agent_reads_the_log_with_what_was_told(tmp_path):
    log = tmp_path / "alert.log"
    log.write_text("\n".join(alert_log(60)) + "\n")
    told = run("packs", "new", "alert", "--dir", str(tmp_path / "packs"), stdin=log.read_text()).stdout
    (needed,) = [line for line in told.splitlines() if "the source needs" in line]
    multiline = yaml.safe_load(needed.partition("the source needs ")[2])
    with LedgerCollector() as collector:
        alert = source(log, parser=str(tmp_path / "packs/alert"), unmatched="dead_letter", **multiline)
        done = run_once(write_config(tmp_path, collector.url, alert))
    assert done.process.returncode == 0, done.tail()
    assert "60 lines read, 60 events, 60 delivered, 0 dropped, 0 dead letters" in done.tail()


@pytest.mark.parametrize(
    "lines",
    [
        ["2026-01-02 03:04:05 up", "down"] * 20,
        ["2026-01-02 03:04:05 up"] * 400 + ["  more"],
        ["2026-01-02 03:04:05"] * 40,
        ["2026-01-02 03:04:05", "text"] * 4,
        ["2026-01-02 03:04:05", *["text"] * 30] * 5,
        [],
    ],
    ids=["records of two forms", "an odd line", "times alone", "too few", "too rare", "nothing"],
)
def test_where_a_line_is_a_record(lines):
    assert together(lines) is None


def test_traces_belong_to_the_record_before():
    lines = ["[2026-01-02 03:04:05] up", "[2026-01-02 03:04:06] failed", "Caused by: x", "  at y"] * 10
    found = together(lines)
    assert found is not None
    records, start = found
    assert records == ["[2026-01-02 03:04:05] up", "[2026-01-02 03:04:06] failed\nCaused by: x\n  at y"] * 10
    assert [bool(re.match(start, line)) for line in lines[:4]] == [True, True, False, False]


@pytest.mark.parametrize(
    "record",
    [
        ["=== 2026-01-02 03:04:05 ===", "host: a", "rows: 7"],
        ["[2026-01-02T03:04:05Z]", "text"],
        [
            "03:04:05.123 [main] ERROR Cart - no",
            "java.lang.Exception: x",
            "\tat a.B.c(B.java:1)",
            "\tat a.B.d(B.java:2)",
        ],
    ],
    ids=["marks around", "brackets around", "no date"],
)
def test_beginnings(record):
    found = together(record * 10)
    assert found is not None
    assert found[0] == ["\n".join(record)] * 10


def test_what_is_before_the_first_record_is_left_out():
    found = together(["rest of one", *["2026-01-02 03:04:05", "text", "more"] * 5])
    assert found is not None
    assert found[0] == ["2026-01-02 03:04:05\ntext\nmore"] * 5
