"""`logsource status` prints whatever stands in names and paths; none of it is a colour, and none of it an error."""

from __future__ import annotations

import dataclasses
import io

import pytest
from click.testing import CliRunner
from rich.console import Console

from logsource.cli.main import cli
from logsource.demo.screen import Picture, render
from logsource.metrics import Metrics
from logsource.web.collector.core import Summary
from logsource.web.ops import create_ops_app
from logsource.web.server import serve
from logsource.web.status import ProgramsView
from tests.unit.web.test_ops import HEALTHY

ODD = "[/b][red]odd[/]\x1b[2J"


class Agent:
    def snapshot(self):
        source = dataclasses.replace(HEALTHY.sources[0], parser=ODD, rejected={"no_match": 1}, found=28_766)
        file = dataclasses.replace(HEALTHY.files[0], path=ODD, detail=ODD)
        output = dataclasses.replace(HEALTHY.outputs[0], blocked=ODD)
        programs = ProgramsView(handed_over=1234, adopted=6, last_ms=HEALTHY.now_ms - 3000)
        return dataclasses.replace(
            HEALTHY,
            name=ODD,
            sources=[source],
            files=[file],
            outputs=[output],
            programs=programs,
            config_problem="a.yaml:1:1: first\na.yaml:2:1: second",
        )


@pytest.fixture
def printed(tmp_path):
    with serve(create_ops_app(Agent(), Metrics()), "127.0.0.1", 0) as server:
        config = tmp_path / "logsource.yaml"
        config.write_text(
            f"agent: {{state_dir: {tmp_path}}}\ncollector: {{url: 'http://localhost:9090'}}\n"
            f"sources: [{{name: web, paths: ['{tmp_path}/*.log']}}]\nweb: {{listen: '127.0.0.1:{server.port}'}}\n"
        )
        result = CliRunner().invoke(cli, ["status", "--files", "-c", str(config)])
    assert result.exit_code == 1, result.output  # not ready: its output is blocked
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.output


def test_names_are_printed_as_they_are_but_for_control_characters(printed):
    assert printed.count("[/b][red]odd[/]\\x1b[2J") >= 5
    assert "\x1b" not in printed


def test_each_problem_of_a_configuration_has_a_line(printed):
    lines = [line for line in printed.splitlines() if "config_invalid" in line]
    assert lines == [f"not ready config_invalid: a.yaml:{number}" for number in ("1:1: first", "2:1: second")]


def test_new_files_that_wait_to_be_opened_have_a_line(printed):
    line = next(line for line in printed.splitlines() if line.startswith("found"))
    assert "28,766 new files of web wait to be opened" in line


def test_what_programs_track_has_a_line(printed):
    line = next(line for line in printed.splitlines() if line.startswith("programs"))
    assert "1,234 events handed over" in line
    assert "6 taken over" in line
    assert line.endswith("the last 3.0 s ago")


def test_the_screen_of_the_demo_takes_any_name():
    picture = Picture(
        seconds=1.0, written=1, rotations=0, status=None, collector=Summary(0, 0, 0, 0, 0, 0, 0), rate=0.0
    )
    console = Console(file=io.StringIO(), width=200)
    console.print(render(picture, page="http://a/", log="[/b].log", parser="[red]", agent="http://b/"))
    assert "read from [/b].log" in console.file.getvalue()
    assert "parsed by [red]" in console.file.getvalue()


@pytest.fixture
def broken(tmp_path):
    """A configuration that somebody is editing."""
    config = tmp_path / "logsource.yaml"
    config.write_text("sources: [{name: web, pa")
    return config


@pytest.mark.parametrize("written", ["http://127.0.0.1:{}", "127.0.0.1:{}", "http://127.0.0.1:{}/"])
def test_an_agent_is_asked_by_its_address_whatever_the_configuration_says(broken, written):
    with serve(create_ops_app(Agent(), Metrics()), "127.0.0.1", 0) as server:
        arguments = ["status", "-c", str(broken), "--url", written.format(server.port)]
        result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 1, result.output  # not ready: its output is blocked
    assert "not ready" in result.output
    assert CliRunner().invoke(cli, arguments[:3]).exit_code == 1, (
        "without it the configuration has to be right"
    )


def test_nobody_at_the_address_is_said(broken):
    with serve(create_ops_app(Agent(), Metrics()), "127.0.0.1", 0) as server:
        port = server.port
    result = CliRunner().invoke(cli, ["status", "-c", str(broken), "--url", f"127.0.0.1:{port}"])
    assert result.exit_code == 1
    assert result.output == f"no agent answers on 127.0.0.1:{port}\n"


@pytest.mark.parametrize(
    "written", ["https://127.0.0.1:9419", "9419", "http://127.0.0.1", "127.0.0.1:9419/status"]
)
@pytest.mark.parametrize("command", [["status"], ["drain", "app.log"]])
def test_what_is_no_address_is_wrong_usage(written, command):
    result = CliRunner().invoke(cli, [*command, "--url", written])
    assert result.exit_code == 2
    assert "is not the address of an agent" in result.output
