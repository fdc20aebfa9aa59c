"""try, explain, detect and packs, as a person or a script uses them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from logsource.cli.main import cli
from tests.support.packs import LINES, make_pack
from tests.support.plugins import install

NGINX = '203.0.113.7 - - [02/Jan/2026:03:04:05 +0000] "GET /a?b=c HTTP/1.1" 200 12 "-" "curl/8.5.0"'
SSHD = "Jun 14 15:16:01 gate sshd[19939]: Accepted password for bob from 203.0.113.5 port 51122 ssh2"


def run(*args: str, stdin: bytes | str | None = None, code: int = 0):
    result = CliRunner().invoke(cli, args, input=stdin, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def lines_of(result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_try_json_gives_one_object_for_each_record_in_order():
    parsed, rejected = lines_of(run("try", "nginx_access", "--json", stdin=f"{NGINX}\nnot nginx\n"))
    assert parsed == {
        "ok": True,
        "schema": "iglu:io.logsource/nginx_access/jsonschema/1-0-0",
        "data": {
            "remote_addr": "203.0.113.7",
            "method": "GET",
            "target": "/a?b=c",
            "http_version": "1.1",
            "status": 200,
            "body_bytes_sent": 12,
            "user_agent": "curl/8.5.0",
        },
        "timestamp": "2026-01-02T03:04:05.000Z",
    }
    assert rejected.pop("detail")
    assert rejected == {"ok": False, "reason": "no_match"}


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
def test_line_ends_are_no_part_of_a_record(end):
    first, second = lines_of(run("try", "plain", "--json", stdin=f"one\r\ntwo{end}"))
    assert (first["data"], second["data"]) == ({"message": "one"}, {"message": "two"})


def test_try_reads_a_file_with_bytes_that_are_no_text(tmp_path):
    file = tmp_path / "a.log"
    file.write_bytes(b"caf\xe9\x00\n\n")
    found = lines_of(run("try", "plain", str(file), "--json"))
    assert [one["data"]["message"] for one in found] == ["caf�\x00", ""]


def test_a_time_without_a_year_is_near_the_last_change_of_the_file(tmp_path):
    import os

    file = tmp_path / "auth.log"
    file.write_text(SSHD + "\n")
    os.utime(file, (1_000_000_000, 1_000_000_000))
    (found,) = lines_of(run("try", "sshd", str(file), "--json"))
    assert found["timestamp"] == "2001-06-14T15:16:01.000Z"


def test_records_may_hold_newlines():
    stdin = json.dumps("one\ntwo") + "\n" + json.dumps("three") + "\n"
    found = lines_of(run("try", "plain", "--json", "--records", stdin=stdin))
    assert [one["data"]["message"] for one in found] == ["one\ntwo", "three"]


@pytest.mark.parametrize("line", ["not json", '["a"]'])
def test_records_must_be_json_strings(line):
    assert "line 1 is not" in run("try", "plain", "--records", stdin=line, code=2).stderr


def test_limit_and_strict():
    assert len(lines_of(run("try", "plain", "--json", "--limit", "2", stdin="a\nb\nc\n"))) == 2
    run("try", "nginx_access", "--strict", stdin="no\n", code=1)
    run("try", "nginx_access", "--strict", stdin=NGINX)


def test_pretty_output_is_safe_and_tells_everything():
    result = run("try", "nginx_access", stdin=NGINX.replace("curl", "\x1b[31mcurl") + "\nno\n")
    assert "\x1b" not in result.stdout
    assert "user_agent       \\x1b[31mcurl/8.5.0" in result.stdout
    assert "2026-01-02T03:04:05.000Z" in result.stdout
    assert "no_match" in result.stdout
    assert "2 records: 1 parsed, no_match 1" in result.stderr


def test_try_a_pack_by_its_folder(tmp_path):
    folder = make_pack(tmp_path)
    found = lines_of(run("try", str(folder), "--json", stdin="\n".join(LINES)))
    assert [one["ok"] for one in found] == [True, True, False]


def test_try_a_pack_in_the_working_directory(tmp_path, monkeypatch):
    make_pack(tmp_path, "here")
    monkeypatch.chdir(tmp_path)
    assert lines_of(run("try", "here", "--json", stdin=LINES[1]))[0]["data"] == {"level": "WARN"}


def test_try_a_parser_of_the_configuration(tmp_path):
    config = tmp_path / "logsource.yaml"
    config.write_text(
        "collector: {url: http://127.0.0.1:9090}\n"
        "sources: [{name: a, paths: [/var/log/a.log], parser: mine}]\n"
        "parsers:\n  mine:\n    grok: '%{WORD:verb} %{NUMBER:n:int}'\n"
    )
    (found,) = lines_of(run("try", "mine", "-c", str(config), "--json", stdin="GET 42"))
    assert found == {
        "ok": True,
        "schema": "iglu:io.logsource/parsed_line/jsonschema/1-0-0",
        "data": {"parser": "mine", "fields": {"verb": "GET", "n": 42}},
        "timestamp": None,
    }


def test_try_finds_a_parser_in_the_configuration_that_other_commands_would_use(tmp_path, monkeypatch):
    (tmp_path / "logsource.yaml").write_text(
        "collector: {url: http://127.0.0.1:9090}\n"
        "sources: [{name: a, paths: [/var/log/a.log], parser: mine}]\n"
        "parsers:\n  mine: {regex: '(?P<word>[a-z]+)'}\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LOGSOURCE_CONFIG", raising=False)
    (found,) = lines_of(run("try", "mine", "--json", stdin="abc"))
    assert found["data"]["fields"] == {"word": "abc"}


def test_unknown_names_and_wrong_usage(tmp_path):
    result = CliRunner().invoke(cli, ["try", "nginx_acces"])
    assert "did you mean nginx_access?" in str(result.exception)
    run("try", code=2)
    run("try", "plain", "a", "b", code=2)
    assert "No such file" in run("try", "plain", str(tmp_path / "none"), code=2).stderr


def test_try_grok():
    stdin = "GET 12.5\nnope\n"
    found = lines_of(run("try", "--grok", "^%{WORD:[http][verb]} %{NUMBER:n:float}", "--json", stdin=stdin))
    assert found[0] == {"ok": True, "fields": {"http": {"verb": "GET"}, "n": 12.5}}
    assert (found[1]["ok"], found[1]["reason"]) == (False, "no_match")


def test_try_grok_in_both_naming_modes_and_with_own_patterns(tmp_path):
    (tmp_path / "mine").write_text("ANSWER [0-9]{2}\n")
    own = run("try", "--grok", "%{ANSWER:x}", "--patterns", str(tmp_path), "--json", stdin="it is 42")
    assert lines_of(own) == [{"ok": True, "fields": {"x": "42"}}]
    line = '127.0.0.1 - bob [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326'
    (legacy,) = lines_of(run("try", "--grok", "%{COMMONAPACHELOG}", "--json", stdin=line))
    (ecs,) = lines_of(run("try", "--grok", "%{COMMONAPACHELOG}", "--ecs", "--json", stdin=line))
    assert legacy["fields"]["clientip"] == "127.0.0.1"
    assert ecs["fields"]["source"]["address"] == "127.0.0.1"


def test_explain_shows_what_stopped_a_pattern():
    result = run("explain", "nginx_access", NGINX.replace(" 200 ", " OK "), code=1)
    assert "pattern combined: stops at character" in result.stdout
    assert "expected [1-9] for field status" in result.stdout
    assert "no_match" in result.stdout
    assert "packs that match: no other" in result.stdout


def test_explain_names_other_packs():
    result = run("explain", "nginx_access", SSHD, code=1)
    assert "packs that match: sshd, syslog_rfc3164" in result.stdout


def test_explain_a_line_that_is_parsed():
    result = run("explain", "syslog_rfc3164", stdin=SSHD + "\n")
    assert "pattern with_pid: matches" in result.stdout
    assert "parsed as iglu:io.logsource/syslog_rfc3164/jsonschema/1-0-0" in result.stdout


def test_detect_ranks_specific_before_general(tmp_path):
    file = tmp_path / "some.log"
    file.write_text((SSHD + "\n") * 9 + "Jun 14 15:16:02 gate systemd[1]: Started\n")
    ranking = json.loads(run("detect", str(file), "--json").stdout)
    assert [one["parser"] for one in ranking] == ["sshd", "syslog_rfc3164", "plain"]
    assert [one["matched"] for one in ranking] == [0.9, 1.0, 1.0]


def test_detect_a_mixed_file_as_the_envelope_they_share(tmp_path):
    file = tmp_path / "some.log"
    file.write_text(f"{SSHD}\nJun 14 15:16:02 gate systemd[1]: Started\n")
    assert "syslog_rfc3164" in run("detect", str(file)).stdout.splitlines()[0]


def test_detect_nothing_but_plain():
    result = run("detect", "-", "--json", stdin="??? some text\n", code=1)
    assert json.loads(result.stdout) == [{"parser": "plain", "matched": 1.0}]


def test_detect_json_lines():
    ranking = json.loads(run("detect", "-", "--json", stdin='{"a": 1}\n{"b": {"c": []}}\n').stdout)
    assert [one["parser"] for one in ranking] == ["json_lines", "plain"]


def test_packs_list():
    rows = json.loads(run("packs", "list", "--json").stdout)
    assert {"name", "title", "schema", "folder", "written_by"} == set(rows[0])
    assert "nginx_access" in [row["name"] for row in rows]
    assert "nginx access log" in run("packs", "list").stdout


def test_packs_list_tells_of_plugins(tmp_path, monkeypatch):
    points = "[logsource.parsers]\nacme_till = acme_till:Till\nnginx_access = acme_till:Till\n"
    install(tmp_path, "acme", points, acme_till="")
    monkeypatch.syspath_prepend(str(tmp_path))
    lines = [" ".join(line.split()) for line in run("packs", "list").stdout.splitlines()]
    assert lines[-2:] == [
        "acme_till Python plugin acme_till:Till",
        "nginx_access Python plugin acme_till:Till, hidden by the pack of that name",
    ]


def test_packs_accept_then_test(tmp_path):
    folder = str(make_pack(tmp_path))
    assert "no outcomes are written down" in run("packs", "test", folder, code=1).stdout
    assert str(Path(folder) / "samples" / "a.jsonl") in run("packs", "accept", folder).stdout
    assert run("packs", "test", folder).stdout == "ok  acme\n"
    assert "0 files changed" in run("packs", "accept", folder).stderr
    (Path(folder) / "README.md").write_text("old\n")
    assert (
        "README.md: is not what pack.yaml and the schema say" in run("packs", "test", folder, code=1).stdout
    )


def test_packs_of_the_configuration_hide_the_built_in_ones(tmp_path):
    make_pack(tmp_path / "packs", "nginx_access")
    config = tmp_path / "logsource.yaml"
    config.write_text(
        "collector: {url: http://127.0.0.1:9090}\n"
        "sources: [{name: a, paths: [/var/log/a.log], parser: nginx_access}]\n"
        f"pack_dirs: [{tmp_path}/packs]\n"
    )
    (found,) = lines_of(run("try", "nginx_access", "-c", str(config), "--json", stdin=LINES[1]))
    assert found["schema"] == "iglu:com.acme/nginx_access/jsonschema/1-0-0"
    rows = json.loads(run("packs", "list", "--json", "-c", str(config)).stdout)
    assert [row["folder"] for row in rows if row["name"] == "nginx_access"] == [
        str(tmp_path / "packs" / "nginx_access")
    ]


def test_packs_show_says_where_the_samples_come_from(tmp_path):
    folder = make_pack(tmp_path)
    file = folder / "pack.yaml"
    file.write_text(file.read_text().replace("how:", "written_by: Acme 4.2, how:"))
    shown = run("packs", "show", str(folder)).stdout
    assert shown.startswith("acme: Acme log\n             Made for a test.\n")
    assert "schema       iglu:com.acme/acme/jsonschema/1-0-0\n" in shown
    assert "patterns     coded, bare\n" in shown
    assert "samples      a: 3 records, Acme 4.2\n             Written for a test.\n" in shown
    shown = run("packs", "show", "nginx_access").stdout
    assert "samples      access, main: 44 records, nginx 1.22.1, Debian 12\n" in shown
    assert "records, by hand\n" in shown


def test_packs_list_names_the_programs_that_wrote_samples():
    rows = {row["name"]: row for row in json.loads(run("packs", "list", "--json").stdout)}
    assert rows["nginx_access"]["written_by"] == ["nginx 1.22.1, Debian 12"]
    assert rows["aws_alb"]["written_by"] == []
