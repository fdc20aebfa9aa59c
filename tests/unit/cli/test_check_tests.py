"""`logsource check --tests`: tests of parsers inside a configuration."""

import pytest
from click.testing import CliRunner

from logsource.cli.main import cli

HEAD = """\
collector: {url: 'http://127.0.0.1:9090'}
sources: [{name: a, paths: [/var/log/a.log], parser: mine}]
parsers:
  mine:
    regex: ['(?P<time>[^ ]+) (?P<level>[A-Z]+) (?P<n>[0-9]+)', 'up (?P<who__name>.*)']
    types: {n: integer}
    timestamp: {field: time, format: iso8601}
tests:
"""
LINE = "2026-01-02T03:04:05.678Z INFO 42"


@pytest.fixture
def check(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(tests: str, *args: str, code: int = 0, head: str = HEAD):
        (tmp_path / "logsource.yaml").write_text(head + tests)
        result = CliRunner().invoke(cli, ["check", "-q", "--tests", *args], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return run


def failures(result) -> list[str]:
    return [line for line in result.stderr.splitlines() if not line.startswith("warning:")]


def test_tests_that_pass(check):
    result = check(
        f"""\
  - parser: mine
    line: {LINE}
    expect: {{level: INFO, n: 42, who.name: null}}
    timestamp: 2026-01-02T03:04:05.678Z
  - {{parser: mine, lines: [up bob, up], expect: {{}}}}
""".replace("up bob, up", "up bob, up alice")
        + "  - {parser: mine, line: '???', reject: no_match}\n"
        "  - {parser: mine, line: up bob, expect: {who.name: bob}}\n"
        "  - {parser: mine, line: yesterday INFO 1, reject: bad_timestamp}\n"
        "  - {parser: nginx_access, line: '???', reject: no_match}\n"
    )
    assert failures(result) == []


def test_each_difference_is_shown_at_its_place(check):
    result = check(f"  - {{parser: mine, line: '{LINE}', expect: {{level: WARN, n: '42', m: 1}}}}\n", code=1)
    assert failures(result) == [
        f"logsource.yaml:9:5: test of mine failed: {LINE}",
        '    level: expected "WARN", found "INFO"',
        '    n: expected "42", found 42',
        "    m: expected 1, found no such field (there are level, n)",
    ]


@pytest.mark.parametrize(
    ("test", "told"),
    [
        ("line: '???', expect: {}", "expected a record, found no_match: none of 2 pattern(s) matched"),
        (
            "line: up bob, reject: no_match",
            'expected reject no_match, found a record: {"who":{"name":"bob"}}',
        ),
        ("line: yesterday INFO 1, reject: no_match", "expected reject no_match, found bad_timestamp: "),
        ("line: up bob, expect: {who: {name: eve}}", 'who: expected {"name":"eve"}, found {"name":"bob"}'),
        ("line: up bob, expect: {who.name: null}", 'who.name: expected null, found "bob"'),
        (
            "line: up bob, timestamp: '2026-01-02T03:04:05Z'",
            "timestamp: expected 2026-01-02T03:04:05.000Z, found none",
        ),
    ],
)
def test_one_difference(check, test, told):
    assert told in failures(check(f"  - {{parser: mine, {test}}}\n", code=1))[1]


def test_each_of_several_lines_must_give_what_is_expected(check):
    result = check("  - {parser: mine, lines: [up bob, '???', up eve], expect: {who.name: bob}}\n", code=1)
    assert [line for line in failures(result) if "failed" in line] == [
        "logsource.yaml:9:5: test of mine failed: ???",
        "logsource.yaml:9:5: test of mine failed: up eve",
    ]


def test_a_record_may_hold_line_breaks(check):
    head = HEAD.replace("up (?P<who__name>.*)", r"up (?P<text>[^\0]*)")
    check('  - {parser: mine, line: "up a\\n  b", expect: {text: "a\\n  b"}}\n', head=head)


def test_patterns_that_no_test_uses_are_named(tmp_path, check):
    check(f"  - {{parser: mine, line: '{LINE}', expect: {{}}}}\n")
    result = CliRunner().invoke(cli, ["check", "--tests"])
    assert "  mine  1 of 2 patterns used, no test uses 2" in result.stdout
    assert "tests: 1 of 1 passed" in result.stdout


def test_a_time_without_a_year_is_of_the_year_of_the_test(check):
    head = HEAD.replace("iso8601", "'%b-%d-%H:%M:%S'")
    check(
        "  - {parser: mine, line: Nov-22-00:51:26 INFO 1, expect: {n: 1}, timestamp: '2019-11-22T00:51:26Z'}\n",
        head=head,
    )


def test_without_tests_that_is_said(check):
    assert "no tests" in check("", head=HEAD.replace("tests:\n", "")).stderr


def test_without_the_option_tests_are_not_run(tmp_path, check):
    check("  - {parser: mine, line: '???', expect: {}}\n", code=1)
    assert CliRunner().invoke(cli, ["check", "-q"]).exit_code == 0


def test_a_parser_that_cannot_be_built_is_a_problem_of_the_configuration(tmp_path, check):
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "pack.yaml").write_text("title: x\n")
    result = check(f"  - {{parser: {folder}, line: a, expect: {{}}}}\n", code=1)
    assert f"logsource.yaml:9:14: the parser {folder} cannot be used, because:" in result.stderr


def test_alternatives_that_no_test_reaches_are_named(check):
    head = """\
collector: {url: 'http://127.0.0.1:9090'}
sources: [{name: a, paths: [/var/log/a.log], parser: mine}]
parsers:
  mine:
    grok: ['%{WORD:verb} (?<kind>get|put)(?: in %{INT:ms}ms)?$', 'up|down']
tests:
""".replace("'up|down'", "'(?<state>up|down)'")
    one = check("  - {parser: mine, line: x get, expect: {kind: get}}\n", head=head)
    assert "no test reaches" not in one.stdout, "-q"
    shown = CliRunner().invoke(cli, ["check", "--tests"], catch_exceptions=False).stdout.splitlines()
    assert shown[shown.index("  mine  1 of 2 patterns used, no test uses 2") :] == [
        "  mine  1 of 2 patterns used, no test uses 2",
        "        pattern 1: no test reaches `put` (character 26)",
        "        pattern 1: no test reaches `(?: in %{INT:ms}ms)?` (character 30)",
        "tests: 1 of 1 passed",
    ]
    check(
        "  - {parser: mine, lines: [x get, x put in 5ms], expect: {}}\n  - {parser: mine, lines: [up, down], expect: {}}\n",
        head=head,
    )
    shown = CliRunner().invoke(cli, ["check", "--tests"], catch_exceptions=False).stdout.splitlines()
    assert shown[-2:] == ["  mine  2 of 2 patterns used", "tests: 2 of 2 passed"]
