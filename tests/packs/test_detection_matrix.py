"""Every sample file is claimed by its own pack first; the specific beats the general. `-s` prints the matrix."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from logsource.cli.main import cli
from logsource.parse.detect import candidates, rank
from logsource.parse.matrix import claims
from logsource.parse.packs import PackIndex
from tests.support.packs import make_pack

PACKS = PackIndex().all()
ROWS = list(claims(PACKS, PACKS))
GENERAL = {pack.name for pack in PACKS if pack.spec.detect.general} | {"json_lines", "logfmt", "plain"}


def test_the_matrix_is_whole_and_printed():
    result = CliRunner().invoke(cli, ["packs", "test", "--matrix"], catch_exceptions=False)
    print(result.stdout)
    assert result.exit_code == 0, result.stdout
    assert {row.pack for row in ROWS} == {pack.name for pack in PACKS}
    assert len(result.stdout.splitlines()) == len(ROWS) > 100


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.pack}/{row.file.stem}")
def test_a_sample_file_is_claimed_by_its_own_pack_first(row):
    assert row.own_first, [(one.name, one.matched) for one in row.ranking[:3]]
    assert row.ranking[0].matched == 1


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.pack not in GENERAL], ids=lambda row: f"{row.pack}/{row.file.stem}"
)
def test_the_specific_beats_the_general(row):
    names = [one.name for one in row.ranking]
    assert not any(name in GENERAL for name in names[: names.index(row.pack)])
    assert names[-1] == "plain"


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_a_pack_is_found_in_a_log_half_of_which_it_does_not_know(pack):
    """A log with other lines in it (stack traces, banners) is still that log."""
    rows = [row for row in ROWS if row.pack == pack.name]
    file = max(rows, key=lambda row: row.records).file
    from logsource.model import Line, Record
    from logsource.parse.samples import sample_files

    (lines,) = [sample.lines for sample in sample_files(pack) if sample.file == file]
    own = [line for line in lines if isinstance(pack.parser.parse(line), Record)]
    noise = [Line(text=f"~~ banner {number} ~~", offset=0, reference_ms=1) for number in range(len(own))]
    ranking = rank([*own, *noise], candidates(PACKS))
    assert ranking[0].name == pack.name


def test_a_pack_that_is_claimed_by_another_fails(tmp_path: Path):
    line = '203.0.113.9 - - [22/Nov/2026:00:32:31 +0000] "GET / HTTP/1.1" 304 0 "-" "curl/8.5.0"'
    yaml = """\
title: Twin
description: An access log without what tells it apart.
schema: iglu:com.acme/{name}/jsonschema/1-0-0
patterns:
  - name: line
    regex: '(?P<text>[^ \\n]+)[^\\n]*'
"""
    folder = make_pack(tmp_path, "twin", yaml=yaml, required=(), lines=[line])
    result = CliRunner().invoke(cli, ["packs", "test", "--matrix", str(folder)], catch_exceptions=False)
    assert result.exit_code == 1
    assert result.stdout.startswith("FAIL  twin/a  ")
    assert result.stdout.split()[2:4] == ["nginx_access", "100%"]
    assert "1 sample files, 1 claimed by another parser first" in result.stderr
