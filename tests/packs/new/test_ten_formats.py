"""`packs new` on logs that no pack knows: fields, types and the time, found without help."""

import json
from dataclasses import dataclass
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


def run(*args: str, stdin: str | bytes | None = None, code: int = 0):
    result = CliRunner().invoke(cli, args, input=stdin, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def make(folder: Path, known: Format) -> str:
    """Make a pack of its log; what was told."""
    text = "\n".join(known.lines()) + "\n"
    return run("packs", "new", known.name, "--dir", str(folder), "--vendor", "com.acme", stdin=text).stdout


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()
    }


@dataclass(frozen=True)
class Made:
    """A pack that was made of the log of a format, once for all that is asked of it."""

    known: Format
    folder: Path
    told: str

    def schema(self) -> dict:
        return json.loads(
            (self.folder / "schemas/com.acme" / self.known.name / "jsonschema/1-0-0").read_bytes()
        )


@pytest.fixture(scope="module", params=FORMATS, ids=[one.name for one in FORMATS])
def made(request, tmp_path_factory) -> Made:
    folder = tmp_path_factory.mktemp("packs")
    return Made(request.param, folder / request.param.name, make(folder, request.param))


def test_fields_and_types(made):
    assert dict(leaves(made.schema())) == made.known.fields


def test_form_and_time(made):
    spec = yaml.safe_load((made.folder / "pack.yaml").read_text())
    assert len(spec.get("patterns", [])) == made.known.patterns
    assert made.known.notation in spec
    assert spec["timestamp"]["format"] == made.known.time


def test_the_pack_is_good_as_it_is(made):
    assert run("packs", "test", str(made.folder)).stdout == f"ok  {made.known.name}\n"
    assert run("schemas", "lint", str(made.folder)).stdout == ""


def test_it_takes_lines_it_has_not_seen(made):
    """The second half of a log twice as long: other numbers, the same program."""
    unseen = made.known.lines(1200)[600:]
    result = run("try", str(made.folder), "--json", stdin="\n".join(unseen) + "\n")
    outcomes = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one for one in outcomes if not one["ok"]] == []
    assert all(one["timestamp"] for one in outcomes)


def test_doubts_are_named_and_nothing_else(made):
    told = made.told.splitlines()
    guesses = tuple(line.split(":")[0].removeprefix("  - ") for line in told if "the name is a guess" in line)
    assert guesses == made.known.guessed


def test_the_same_lines_give_the_same_pack(tmp_path, made):
    make(tmp_path, made.known)
    assert files(tmp_path / made.known.name) == files(made.folder)


def test_what_was_found_is_told(tmp_path):
    several = next(one for one in FORMATS if one.name == "several_shapes")
    told = make(tmp_path, several)
    assert "several_shapes: 500 lines read" in told
    shares = [float(line.split("%")[0]) for line in told.splitlines() if "%  " in line]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(100, abs=0.2)
    assert "time: time as iso8601, from 2026-01-02T09:00:0" in told
    assert "duration_ms  integer" in told


def test_values_and_nothing_else_reach_the_event(tmp_path):
    make(tmp_path, next(one for one in FORMATS if one.name == "access_plus"))
    line = (
        '203.0.113.9 - - [02/Jan/2026:09:00:04 +0000] "GET /item/7?q=a,1 HTTP/1.1" 200 - "-" "curl/8.5.0" '
        "0.125 MISS upstream=10.1.0.3:8080"
    )
    (found,) = run("try", str(tmp_path / "access_plus"), "--json", stdin=line).stdout.splitlines()
    assert json.loads(found)["data"] == {
        "client_ip": "203.0.113.9", "method": "GET", "target": "/item/7?q=a,1", "http_version": "1.1", "status": 200,
        "user_agent": "curl/8.5.0", "duration": 0.125, "cache_status": "MISS", "upstream": "10.1.0.3",
        "upstream_port": 8080,
    }  # fmt: skip
