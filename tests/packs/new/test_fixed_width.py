"""`packs new` on logs of fixed columns; and on logs that only look a little like them."""

import json
import random

import pytest
import yaml
from click.testing import CliRunner

from logsource.cli.main import cli
from logsource.parse.learn.fixed import draft_fixed
from logsource.parse.learn.records import draft_records
from tests.packs.new.fixedformats import FIXED_FORMATS
from tests.packs.new.test_ten_formats import FORMATS

IDS = [one.name for one in FIXED_FORMATS]


def run(*args: str, stdin: str | None = None, code: int = 0):
    result = CliRunner().invoke(cli, args, input=stdin, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


@pytest.mark.parametrize("known", FIXED_FORMATS, ids=IDS)
def test_columns_types_and_time_without_help(tmp_path, known):
    told = run(
        "packs", "new", known.name, "--dir", str(tmp_path), stdin="\n".join(known.lines()) + "\n"
    ).stdout
    spec = yaml.safe_load((tmp_path / known.name / "pack.yaml").read_text())
    assert spec["fixed"] == known.columns
    assert spec["timestamp"] == {"field": "time", "format": known.time}
    schema = json.loads(
        (tmp_path / known.name / "schemas/com.example" / known.name / "jsonschema/1-0-0").read_bytes()
    )
    types = {
        name: next(one for one in _listed(member.get("type", "string")) if one != "null")
        for name, member in schema["properties"].items()
    }
    assert {name: kind for name, kind in types.items() if kind != "string"} == known.types
    assert types.keys() == known.columns.keys() - {"time"}
    assert "100.0%  columns of fixed width" in told
    assert run("packs", "test", str(tmp_path / known.name)).stdout == f"ok  {known.name}\n"
    unseen = known.lines(200, seed=2)
    result = run("try", str(tmp_path / known.name), "--json", stdin="\n".join(unseen) + "\n")
    outcomes = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(outcomes) == len(unseen)
    assert [one for one in outcomes if not one["ok"] or not one["timestamp"]] == []
    assert "Columns of fixed width" in (tmp_path / known.name / "README.md").read_text()


def _listed(value):
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("known", FIXED_FORMATS, ids=IDS)
@pytest.mark.parametrize("count", [12, 60])
def test_few_lines_are_enough_for_the_time_and_most_columns(known, count):
    draft = draft_fixed(known.lines(count, seed=count))
    assert draft is not None
    assert draft.time is not None
    assert draft.time.formats == (known.time,)
    assert len(draft.options.keys()) == len(known.columns)


@pytest.mark.parametrize("known", FIXED_FORMATS, ids=IDS)
def test_headings_and_stray_lines_are_told_and_left_alone(known):
    lines = known.lines()
    for at in range(0, 300, 60):
        lines.insert(at, "1" + "=" * 30 + " PAGE HEADING OF THE DAY " + "=" * 30)
    draft = draft_fixed(lines)
    assert draft is not None
    assert draft.options == known.columns
    assert len(draft.odd) == 5


@pytest.mark.parametrize("known", FORMATS, ids=[one.name for one in FORMATS])
@pytest.mark.parametrize("count", [8, 20, 600])
def test_other_formats_are_not_taken_for_columns(known, count):
    lines = known.lines(count)
    assert draft_records(lines) is not None or draft_fixed(lines) is None


def test_aligned_words_alone_are_no_columns():
    chance = random.Random(1)
    lines = [
        f"2026-11-22 06:15:{at % 60:02d} {chance.choice(['INFO', 'WARN', 'ERROR']):<5} [{chance.choice(['main', 'pool-1'])}] started in {at} ms"
        for at in range(100)
    ]
    assert draft_fixed(lines) is None
    assert draft_fixed(["a b c d"] * 100) is None
    assert draft_fixed([]) is None
    assert draft_fixed([" "] * 20) is None
    assert draft_fixed(["\t".join("abc")] * 20) is None


def test_columns_without_a_time_are_ranked_behind_what_knows_more(tmp_path):
    lines = [line[16:] for line in FIXED_FORMATS[2].lines()]
    told = run("packs", "new", "calls", "--dir", str(tmp_path), stdin="\n".join(lines) + "\n").stdout
    assert "no time was found" in told
    spec = yaml.safe_load((tmp_path / "calls" / "pack.yaml").read_text())
    assert "timestamp" not in spec
    assert spec["detect"] == {"general": True}
    assert run("packs", "test", str(tmp_path / "calls")).stdout == "ok  calls\n"
