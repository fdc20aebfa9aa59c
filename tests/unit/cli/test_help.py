"""The help of a group says the whole first sentence of each command."""

import pytest
from click.testing import CliRunner

from logsource.cli.main import COMMANDS, cli


@pytest.mark.parametrize("group", [[], ["packs"], ["schemas"], ["dead"], ["track"]], ids=" ".join)
def test_no_sentence_is_cut(group):
    shown = CliRunner().invoke(cli, [*group, "--help"])
    assert shown.exit_code == 0
    assert "..." not in shown.output.partition("Commands:")[2]


def test_every_command_is_listed():
    listed = CliRunner().invoke(cli, ["--help"]).output
    commands = {
        line.split()[0] for line in listed.partition("Commands:")[2].splitlines() if line[2:3].strip()
    }
    assert commands == set(COMMANDS)
