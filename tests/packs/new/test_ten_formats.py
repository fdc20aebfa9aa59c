"""`packs new` on logs that no pack knows: fields, types and the time, found without help."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from logsource.cli.main import cli
from tests.packs.new.formats import FORMATS as TEN
from tests.packs.new.formats import Format, leaves
from tests.packs.new.freshformats import FRESH_FORMATS
from tests.packs.new.moreformats import MORE_FORMATS

FORMATS = (*TEN, *MORE_FORMATS, *FRESH_FORMATS)
IDS = [one.name for one in FORMATS]


def run(*args: str, stdin: str | bytes | None = None, code: int = 0):
    result = CliRunner().invoke(cli, args, input=stdin, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def make(folder: Path, known: Format, lines: list[str] | None = None):
    text = "\n".join(lines or known.lines()) + "\n"
    return run("packs", "new", known.name, "--dir", str(folder), "--vendor", "com.acme", stdin=text)


def schema_of(folder: Path, known: Format) -> dict:
    return json.loads(
        (folder / known.name / "schemas/com.acme" / known.name / "jsonschema/1-0-0").read_bytes()
    )


@pytest.fixture(scope="module")
def packs(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("packs")
    for known in FORMATS:
        make(folder, known)
    return folder


@pytest.mark.parametrize("known", FORMATS, ids=IDS)
def test_fields_and_types(packs, known):
    assert dict(leaves(schema_of(packs, known))) == known.fields


@pytest.mark.parametrize("known", FORMATS, ids=IDS)
def test_form_and_time(packs, known):
    spec = yaml.safe_load((packs / known.name / "pack.yaml").read_text())
    assert len(spec.get("patterns", [])) == known.patterns
    assert known.notation in spec
    assert spec["timestamp"]["format"] == known.time


@pytest.mark.parametrize("known", FORMATS, ids=IDS)
def test_the_pack_is_good_as_it_is(packs, known):
    assert run("packs", "test", str(packs / known.name)).stdout == f"ok  {known.name}\n"
    assert run("schemas", "lint", str(packs / known.name)).stdout == ""


@pytest.mark.parametrize("known", FORMATS, ids=IDS)
def test_it_takes_lines_it_has_not_seen(packs, known):
    """The second half of a log twice as long: other numbers, the same program."""
    unseen = known.lines(1200)[600:]
    result = run("try", str(packs / known.name), "--json", stdin="\n".join(unseen) + "\n")
    outcomes = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one for one in outcomes if not one["ok"]] == []
    assert all(one["timestamp"] for one in outcomes)


@pytest.mark.parametrize("known", FORMATS, ids=IDS)
def test_doubts_are_named_and_nothing_else(tmp_path, known):
    told = make(tmp_path, known).stdout.splitlines()
    guesses = tuple(line.split(":")[0].removeprefix("  - ") for line in told if "the name is a guess" in line)
    assert guesses == known.guessed


def test_what_was_found_is_told(tmp_path):
    several = next(one for one in FORMATS if one.name == "several_shapes")
    told = make(tmp_path, several).stdout
    assert "several_shapes: 500 lines read" in told
    shares = [float(line.split("%")[0]) for line in told.splitlines() if "%  " in line]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(100, abs=0.2)
    assert "time: time as iso8601, from 2026-01-02T09:00:0" in told
    assert "duration_ms  integer" in told


def test_the_same_lines_give_the_same_pack(tmp_path):
    def files(folder: Path) -> dict[str, bytes]:
        return {
            str(one.relative_to(folder)): one.read_bytes()
            for one in sorted(folder.rglob("*"))
            if one.is_file()
        }

    for known in FORMATS:
        make(tmp_path / "first", known)
        make(tmp_path / "second", known)
    assert files(tmp_path / "first") == files(tmp_path / "second")


def test_values_and_nothing_else_reach_the_event(packs):
    line = (
        '203.0.113.9 - - [02/Jan/2026:09:00:04 +0000] "GET /item/7?q=a,1 HTTP/1.1" 200 - "-" "curl/8.5.0" '
        "0.125 MISS upstream=10.1.0.3:8080"
    )
    (found,) = run("try", str(packs / "access_plus"), "--json", stdin=line).stdout.splitlines()
    assert json.loads(found)["data"] == {
        "client_ip": "203.0.113.9", "method": "GET", "target": "/item/7?q=a,1", "http_version": "1.1", "status": 200,
        "user_agent": "curl/8.5.0", "duration": 0.125, "cache_status": "MISS", "upstream": "10.1.0.3",
        "upstream_port": 8080,
    }  # fmt: skip
