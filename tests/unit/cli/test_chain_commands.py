"""Chains in the commands: check, check --tests, try, explain; and the example that comes along."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from logsource.cli.main import cli
from logsource.config.load import load_config
from logsource.config.model import Config
from logsource.parse.resolve import known_parsers

EXAMPLE = Path(__file__).parents[3] / "config/examples/chains.yaml"
CONFIG = """\
collector: {url: 'http://127.0.0.1:9090'}
sources: [{name: a, paths: [/var/log/a.log], parser: hosts}]
parsers:
  hosts:
    chain:
      envelope: syslog_rfc3164
      inner:
        - {parser: nginx_access, when: {program: nginx}}
        - own
  own: {regex: '(?P<key>[a-z]+)=(?P<value>[0-9]+)', types: {value: integer}}
"""
REQUEST = '192.0.2.7 - - [12/Mar/2026:06:25:24 +0000] "GET /a HTTP/1.1" 200 12 "-" "curl/8"'
HEADER = "Mar 12 06:25:25 web1 nginx: "


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def invoke(*args, stdin=None, code=0, config=CONFIG):
        (tmp_path / "logsource.yaml").write_text(config)
        result = CliRunner().invoke(cli, args, input=stdin, catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return invoke


def test_the_example_is_right(run):
    result = run("check", "--tests", "-c", str(EXAMPLE))
    assert "tests: 6 of 6 passed" in result.stdout


def test_try_shows_the_envelope_as_an_entity(run):
    result = run("try", "hosts", "--json", "-c", "logsource.yaml", stdin=HEADER + REQUEST + "\n")
    (entity,) = json.loads(result.stdout)["entities"]
    assert entity["schema"].split("/")[1] == "syslog_rfc3164"
    assert entity["data"]["host"] == "web1"
    shown = run("try", "hosts", "-c", "logsource.yaml", stdin=HEADER + REQUEST + "\n").stdout
    assert "entity iglu:io.logsource/syslog_rfc3164/jsonschema/1-0-0" in shown
    assert "program  nginx" in shown


def test_explain_tells_which_part_stopped(run):
    line = HEADER + REQUEST.replace(" 200 ", " OK ")
    shown = run("explain", "hosts", line, "-c", "logsource.yaml").stdout
    envelope, web, own = (
        shown.index("envelope: "),
        shown.index("inside, nginx_access: "),
        shown.index("inside, own: "),
    )
    assert envelope < web < own
    assert "for field status" in shown[web:own]
    assert "parsed as iglu:io.logsource/syslog_rfc3164/jsonschema/1-0-0" in shown[own:]
    shown = run("explain", "hosts", "no syslog", "-c", "logsource.yaml", code=1).stdout
    assert "inside" not in shown
    assert "pattern with_pid: stops at character 1 of 9" in shown


def test_tests_of_chains_count_which_parsers_were_used(run):
    tests = f"""\
tests:
  - {{parser: hosts, line: '{HEADER}{REQUEST}', expect: {{status: 200}}}}
  - {{parser: hosts, line: 'Mar 12 06:25:25 web1 app: hello', expect: {{message: hello}}}}
"""
    result = run("check", "--tests", config=CONFIG + tests)
    assert "hosts  2 of 3 patterns used, no test uses own" in result.stdout


def test_check_says_where_a_chain_is_wrong(run):
    wrong = CONFIG.replace("when: {program: nginx}", "when: {programme: nginx}").replace(
        "envelope: syslog_rfc3164", "envelope: syslog_rfc3164\n      field: msg"
    )
    errors = run("check", config=wrong, code=1).stderr.splitlines()
    field = "chain.field: syslog_rfc3164 has no field msg (write field: message)"
    when = "chain.inner[0].when: syslog_rfc3164 has no field programme (did you mean program?)"
    assert errors == [
        f"logsource.yaml:7:14: parser hosts: {field}",
        f"logsource.yaml:9:52: parser hosts: {when}",
    ]


def test_filters_are_checked_against_all_schemas_of_a_chain(run):
    known = CONFIG.replace("parser: hosts}]", "parser: hosts, filters: [{remove: [statuss]}]}]").replace(
        "        - own\n", ""
    )
    assert "a field statuss (did you mean status?)" in run("check", config=known, code=1).stderr
    run("check", config=known.replace("statuss", "user_agent"))


def test_worker_processes_get_the_same_chains():
    config = load_config(EXAMPLE, env={}, known_parsers=known_parsers)
    sent = json.loads(json.dumps(config.model_dump(mode="json", by_alias=True)))
    assert Config.model_validate(sent).parsers == config.parsers
