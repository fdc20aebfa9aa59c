"""`logsource check` as a person uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from logsource.cli.main import cli

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
agent: {{state_dir: {folder}/state}}
collector: {{url: 'https://user:hunter2@collector.example.com'}}
sources:
  - name: web
    paths: ['{folder}/*.log']
    parser: nginx_access
  - name: other
    paths: ['{folder}/other/*']
"""


class Shell:
    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        monkeypatch.chdir(folder)
        monkeypatch.delenv("LOGSOURCE_CONFIG", raising=False)

    def write(self, text: str, name: str = "logsource.yaml") -> Path:
        path = self.folder / name
        path.write_text(text.format(folder=self.folder))
        path.chmod(0o600)
        return path

    def check(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, ["check", *arguments])


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(tmp_path, monkeypatch)


def test_good_configuration(shell: Shell):
    shell.write(GOOD)
    (shell.folder / "a.log").write_text("")
    (shell.folder / "b.log").write_text("")
    result = shell.check()
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "logsource.yaml: ok",
        "  source     web    2 files now, parser nginx_access",
        "  source     other  0 files now, parser plain",
        "  collector  https://********@collector.example.com (POST)",
        f"  state      {shell.folder}/state (outbox up to 1GiB)",
        "  web        127.0.0.1:9419",
    ]
    assert result.stderr.splitlines() == [
        "warning: logsource.yaml:8:12: source other: no file matches now (new files are found when they appear)"
    ]


def test_quiet(shell: Shell):
    shell.write(GOOD)
    (shell.folder / "other").mkdir()
    (shell.folder / "other" / "x").write_text("")
    (shell.folder / "a.log").write_text("")
    result = shell.check("--quiet")
    assert (result.exit_code, result.output) == (0, "")


def test_show_masks_secrets(shell: Shell):
    shell.write(GOOD)
    result = shell.check("--show")
    assert result.exit_code == 0
    assert "hunter2" not in result.output
    assert "byte_limit_post: 128KiB\n" in result.stdout


def test_all_problems_at_once_on_stderr(shell: Shell):
    path = shell.write(GOOD.replace("nginx_access", "nginx_acces") + "agnt: {{}}\n")
    result = shell.check("-c", str(path))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        f"{path}:6:13: sources[0].parser: there is no parser 'nginx_acces' (did you mean nginx_access?)",
        f"{path}:9:1: unknown key `agnt` at the top level (did you mean agent?)",
    ]


def test_pack_of_a_pack_dir_is_known(shell: Shell):
    pack = shell.folder / "packs" / "own"
    pack.mkdir(parents=True)
    (pack / "pack.yaml").write_text("title: own\n")
    shell.write(GOOD.replace("nginx_access", "own_") + "pack_dirs: ['{folder}/packs']\n")
    assert "did you mean own?" in shell.check().stderr


def test_parser_that_cannot_be_built_is_a_problem_at_its_place(shell: Shell):
    path = shell.write(GOOD + "parsers:\n  app:\n    grok: '%{{NOSUCHPATTERN:x}}'\n")
    result = shell.check()
    assert result.exit_code == 1
    (problem,) = result.stderr.splitlines()
    assert problem.startswith(f"{path.name}:11:11: parser app: ")
    assert "NOSUCHPATTERN" in problem


def test_time_format_that_cannot_be_read_is_a_problem_at_its_place(shell: Shell):
    shell.write(GOOD + "parsers:\n  app:\n    json: true\n    timestamp: {{field: t, format: '%Q'}}\n")
    result = shell.check()
    assert result.exit_code == 1
    (problem,) = result.stderr.splitlines()
    assert problem.startswith("logsource.yaml:12:35: parser app: ")


def test_pack_that_cannot_be_read_is_a_problem_of_its_source(shell: Shell):
    pack = shell.folder / "packs" / "own"
    pack.mkdir(parents=True)
    (pack / "pack.yaml").write_text("title: own\n")
    shell.write(GOOD.replace("nginx_access", "own") + "pack_dirs: ['{folder}/packs']\n")
    result = shell.check()
    assert result.exit_code == 1
    first, *reasons = result.stderr.splitlines()
    assert first == "logsource.yaml:6:13: the parser own cannot be used, because:"
    assert reasons
    assert all(reason.startswith(f"{pack}/pack.yaml:") for reason in reasons)


def test_reason_of_a_parser_keeps_secrets(shell: Shell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOKEN", "s3cret")
    shell.write(GOOD + "parsers:\n  app:\n    grok: '%{{${{TOKEN}}:x}}'\n")
    result = shell.check()
    assert result.exit_code == 1
    assert "s3cret" not in result.output
    assert "logsource.yaml:10:" in result.stderr


def test_missing_file_is_wrong_usage(shell: Shell):
    result = shell.check("-c", "none.yaml")
    assert result.exit_code == 2
    assert result.stderr.startswith("none.yaml: no such file (begin with {collector: {url: ")


def test_directory_is_wrong_usage(shell: Shell):
    result = shell.check("-c", str(shell.folder))
    assert result.exit_code == 2
    assert "is a directory" in result.stderr


def test_no_configuration_anywhere(shell: Shell):
    result = shell.check("-c", str(shell.folder / "x" / "y.yaml"))
    assert result.exit_code == 2


def test_variable_names_the_file(shell: Shell, monkeypatch: pytest.MonkeyPatch):
    path = shell.write(GOOD, "elsewhere.yaml")
    monkeypatch.setenv("LOGSOURCE_CONFIG", str(path))
    assert shell.check().stdout.startswith(f"{path}: ok\n")


def test_unknown_option_is_wrong_usage(shell: Shell):
    assert shell.check("--no-such-option").exit_code == 2


OPTIONS_OF_NOTHING = """\
agent: {{state_dir: {folder}/state}}
collector: {{url: 'https://collector.example.com'}}
sources:
  - {{name: web, paths: ['{folder}/*.log'], parser: mine}}
parsers:
  mine:
    regex: '(?P<at>[^ ]+) (?P<code>[0-9]+)'
    """


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (
            "timestamp: {{field: att, format: iso8601}}",
            "8:24: parser mine: timestamp.field: no pattern captures att (did you mean at?)",
        ),
        (
            "types: {{size: integer}}",
            "8:13: parser mine: types.size: no pattern captures size (captured: at, code)",
        ),
    ],
)
def test_options_about_fields_that_nothing_captures(shell: Shell, option: str, expected: str):
    shell.write(OPTIONS_OF_NOTHING + option + "\n")
    result = shell.check("-q")
    assert result.exit_code == 1
    assert result.stderr == f"logsource.yaml:{expected}\n"


def test_a_directory_is_no_log(shell: Shell):
    (shell.folder / "logs").mkdir()
    shell.write(GOOD.replace("{folder}/*.log", "{folder}/logs"))
    result = shell.check("-q")
    assert (
        f"warning: logsource.yaml:5:12: source web: {shell.folder}/logs is a directory, not a log "
        f"(write {shell.folder}/logs/*.log)"
    ) in result.stderr.splitlines()


def test_sources_that_are_no_files(shell: Shell):
    shell.write(
        """\
agent: {{state_dir: {folder}/state}}
collector: {{url: 'https://collector.example.com'}}
sources:
  - {{name: net, type: syslog, parser: syslog_rfc3164, listen: ['udp://127.0.0.1:5514', 'tcp://0.0.0.0:5514']}}
  - {{name: job, type: stdin}}
"""
    )
    result = shell.check()
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:3] == [
        "  source     net  syslog, udp://127.0.0.1:5514, tcp://0.0.0.0:5514, parser syslog_rfc3164",
        "  source     job  stdin, parser plain",
    ]
    (warning,) = result.stderr.splitlines()
    assert warning.startswith(
        "warning: logsource.yaml:4:88: source net: tcp://0.0.0.0:5514 can be reached from other machines"
    )
