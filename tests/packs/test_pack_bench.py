"""The benchmark by pack: it runs, its lines are varied and still the pack's, and every line is counted."""

import json
import subprocess
import sys
from dataclasses import replace

from logsource.model import Line, Record
from logsource.parse.packs import PackIndex
from logsource.parse.samples import sample_files
from tests.bench import packreport, packs
from tests.bench.packlines import Grower

PACK = PackIndex().load("sshd")
SAMPLE = next(one for one in sample_files(PACK) if one.file.name == "rfc3339.log")


def grown(seed, number=400):
    return list(Grower(SAMPLE.lines, PACK.parser, seed).lines(number))


def test_lines_grown_from_samples_differ_but_are_read_as_the_samples_are():
    lines = grown(1)
    records = [
        PACK.parser.parse(Line(text=line, offset=0, reference_ms=SAMPLE.lines[0].reference_ms))
        for line in lines
    ]
    assert all(isinstance(record, Record) for record in records)
    assert {record.data["action"] for record in records} == {
        result.data["action"] for result in map(PACK.parser.parse, SAMPLE.lines) if isinstance(result, Record)
    }
    assert len(set(lines)) > 0.95 * len(lines)
    assert len({record.data.get("address") for record in records}) > 50
    assert [record.timestamp_ms // 1000 for record in records] == sorted(
        record.timestamp_ms // 1000 for record in records
    )


def test_the_same_seed_grows_the_same_lines():
    assert grown(1) == grown(1)
    assert grown(1) != grown(2)


def test_a_place_that_changes_the_meaning_of_a_line_stays_as_it_is():
    """aws_vpc_flow: any number of four digits may change, but nothing that makes the line another one."""
    pack = PackIndex().load("aws_vpc_flow")
    sample = next(one for one in sample_files(pack) if one.file.name == "flow.log")
    original = [pack.parser.parse(line) for line in sample.lines]
    kinds = {tuple(record.data) for record in original if isinstance(record, Record)}
    for text in Grower(sample.lines, pack.parser).lines(200):
        record = pack.parser.parse(replace(sample.lines[0], text=text))
        assert tuple(record.data) in kinds


def test_odd_samples_are_no_seed_and_multi_line_records_have_a_row_of_their_own():
    found = list(packs.run(["kafka"], lines=60, rounds=1))
    assert [(one.kind, one.columns, one.problem) for one in found] == [
        ("lines", True, None),
        ("records", False, None),
    ]
    assert found[0].records == found[0].lines == 60
    assert found[1].lines > found[1].records


def test_a_slow_pack_without_a_reason_is_named():
    (found,) = packs.run(["mongodb"], lines=60, rounds=1)
    slow = replace(found, cpu=found.lines / 1000, reason="")
    assert any("gives no reason" in note for note in packreport.notes([slow]))
    assert not any("gives no reason" in note for note in packreport.notes([replace(slow, reason="large")]))
    assert "large" in packreport.markdown([replace(slow, reason="large")], "a machine")


def test_the_tool_runs_on_two_packs(tmp_path):
    command = [sys.executable, "-m", "tests.bench", "--only-pack", "nginx_access", "--only-pack", "pino"]
    done = subprocess.run(
        [*command, "--lines", "200", "--rounds", "1", "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "nginx_access" in done.stdout
    rows = json.loads((tmp_path / "out" / "packs.json").read_text())["packs"]
    assert [(row["pack"], row["problem"], row["records"]) for row in rows] == [
        ("nginx_access", None, 200),
        ("pino", None, 200),
    ]
    assert all(row["cpu"] > 0 and row["rate"] > 0 for row in rows)
    assert "| pino |" in (tmp_path / "out" / "packs.md").read_text()
