"""What the page for people from Logstash shows is true: its configuration loads, and its tests pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from logsource.cli.main import cli
from logsource.config.elsewhere import LOGSTASH
from logsource.config.filters import FilterConfig
from logsource.config.ownparsers import ParserConfig, TimestampConfig
from tests.support.markdown import blocks

PAGE = Path(__file__).parents[2] / "config" / "from-logstash.md"
_CODE = re.compile(r"`([a-z_]+)`")


def test_its_configuration_passes_its_own_tests(tmp_path):
    (block,) = blocks(PAGE, "yaml")
    path = tmp_path / "logsource.yaml"
    path.write_text(block.text)
    result = CliRunner().invoke(cli, ["check", "--tests", "-c", str(path)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "tests: 5 of 5 passed" in result.output


@pytest.mark.parametrize("option", sorted(LOGSTASH))
def test_an_option_of_logstash_has_its_hint(tmp_path, option):
    path = tmp_path / "logsource.yaml"
    where = f"timestamp: {{field: at, {option}: x}}" if option == "locale" else f"{option}: x"
    path.write_text(
        "collector: {url: 'http://127.0.0.1:9090'}\n"
        "sources: [{name: a, paths: [/var/log/a.log], parser: own}]\n"
        f"parsers: {{own: {{grok: '%{{NOTSPACE:at}}', {where}}}}}\n"
    )
    result = CliRunner().invoke(cli, ["check", "-c", str(path)], catch_exceptions=False)
    assert result.exit_code == 1
    assert f"unknown key `{option}`" in result.output
    assert f"(Logstash's; here: {LOGSTASH[option]})" in result.output


def test_the_names_it_gives_exist():
    named = set()
    for row in PAGE.read_text().splitlines():
        if row.startswith("| ") and row.count(" | ") == 1:
            named |= {name for name in _CODE.findall(row.split(" | ")[1]) if "_" in name}
    known = {
        *ParserConfig.model_fields,
        *TimestampConfig.model_fields,
        *FilterConfig.model_fields,
        *("bad_timestamp", "derived_tstamp", "no_match", "unparsed_line"),
        *("convert_datatype", "field_split_pattern"),  # Logstash's own, beside what stands for them
    }
    assert named
    assert named <= known
