"""`logsource track` with a collector that does not take it, and with a configuration: kept, told, overruled."""

from __future__ import annotations

import json
import re
import threading

import yaml
from click.testing import CliRunner

from logsource.cli.main import cli
from tests.support.agent import source, write_config
from tests.support.collecting import THING, acme_repository
from tests.support.sink import OK, Answer, Sink
from tests.support.tracked import tracker_to


def test_what_is_not_delivered_in_time_is_told_with_the_reason(track):
    with Sink(lambda request: Answer(503, body=b"overloaded")) as sink:
        done = track("struct", "--category", "a", "--action", "b", "--collector", sink.url, "--timeout", "3s")
        assert done.exit_code == 1
        assert done.stdout == ""
        first, last = done.stderr.splitlines()
        assert re.fullmatch(r"logsource: trying for 3 s: .*503 overloaded.*", first)
        assert f"not delivered to {sink.url}, and not kept: " in last
        assert "503 overloaded" in last


def test_where_nobody_listens_there_is_a_hint(track):
    with Sink() as sink:
        url = sink.url
    done = track("struct", "--category", "a", "--action", "b", "--collector", url, "--timeout", "500ms")
    assert done.exit_code == 1
    assert "Is a collector listening there? `logsource collector` starts one" in done.stderr


def test_a_wrong_address_is_not_tried_for_long(track):
    with Sink(lambda request: Answer(404)) as sink:
        done = track("struct", "--category", "a", "--action", "b", "--collector", sink.url, "--timeout", "1h")
        assert done.exit_code == 1
        assert "(404 ok); check collector.url\nThat is what --collector says" in done.stderr


def test_an_event_that_the_collector_refuses_is_told_with_its_answer(track, tmp_path):
    with Sink(lambda request: Answer(400, body=b"not this one")) as sink:
        words = ("struct", "--category", "a", "--action", "b", "--collector", sink.url)
        done = track(*words)
        assert done.exit_code == 1
        assert f"refused by {sink.url}: 400: not this one" in done.stderr
        found = json.loads(track(*words, "--json").stdout)
        assert (found["result"], found["detail"]) == ("refused", "400: not this one")
        done = track(*words, "--state-dir", tmp_path / "kept")
        assert f"it is kept: logsource dead list --state-dir {tmp_path / 'kept'}" in done.stderr
        letters = CliRunner().invoke(cli, ["dead", "list", "--state-dir", str(tmp_path / "kept"), "--json"])
        assert done.stderr.split()[0] in letters.output


def test_with_a_directory_it_is_kept_and_the_next_command_delivers_it(track, tmp_path):
    down = threading.Event()
    down.set()
    with Sink(lambda request: Answer(503) if down.is_set() else OK) as sink:
        words = ("--collector", sink.url, "--state-dir", tmp_path / "kept", "--timeout", "500ms")
        done = track("struct", "--category", "a", "--action", "first", *words)
        assert done.exit_code == 1
        assert f"kept in the outbox, not delivered to {sink.url} in time" in done.stderr
        down.clear()
        done = track("struct", "--category", "a", "--action", "second", *words, "--timeout", "20s")
        assert done.exit_code == 0, done.stderr
        sink.wait_for(lambda: len(sink.events()) == 2)
        assert sorted(event["se_ac"] for event in sink.events()) == ["first", "second"]


def test_a_directory_that_another_process_has_is_shared(track, tmp_path, sink):
    with tracker_to(sink.url, tmp_path / "kept"):
        words = ("--collector", sink.url, "--state-dir", tmp_path / "kept")
        done = track("struct", "--category", "a", "--action", "b", *words, "--wait")
        assert done.exit_code == 0, done.stderr
        assert f"delivered to {sink.url} by the tracker (pid " in done.stdout
        assert len(sink.events()) == 1


# -- with a configuration ------------------------------------------------------------------------------


def test_the_agents_configuration_says_where_to_and_is_overruled(track, sink, tmp_path):
    config = write_config(
        tmp_path,
        "http://127.0.0.1:1",
        source(tmp_path / "a.log"),
        headers={"X-Token": "t0ken"},
        namespace="ns",
    )
    words = ("struct", "--category", "a", "--action", "b", "-c", config)
    done = track(*words, "--collector", sink.url, "--app-id", "other")
    assert done.exit_code == 0, done.stderr
    [event] = sink.events()
    assert (event["aid"], event["tna"]) == ("other", "ns")
    assert sink.requests[0].headers["x-token"] == "t0ken"
    assert not (tmp_path / "state").exists()  # the agent's directory is the agent's


def test_an_outbox_that_cannot_be_used_is_told(track, sink, tmp_path):
    (tmp_path / "kept" / "outbox").mkdir(parents=True)
    words = (
        "struct",
        "--category",
        "a",
        "--action",
        "b",
        "--collector",
        sink.url,
        "--state-dir",
        tmp_path / "kept",
    )
    done = track(*words)
    assert done.exit_code == 1
    assert "there is a folder for the outbox but no database in it" in done.stderr
    assert json.loads(track(*words, "--json").stdout)["result"] == "not_accepted"


def test_secrets_are_not_shown(track, sink, tmp_path):
    address = sink.url.replace("://", "://user:s3cret@")
    config = write_config(tmp_path, address, source(tmp_path / "a.log"), headers={"X-Token": "t0ken"})
    for words in ((), ("--json",), ("--dry-run",)):
        done = track("struct", "--category", "a", "--action", "b", "-c", config, *words)
        assert done.exit_code == 0
        assert "s3cret" not in done.output
        assert "t0ken" not in done.output


def test_schemas_of_the_configuration_are_known(track, sink, tmp_path):
    packs = tmp_path / "packs"
    packs.mkdir()
    acme_repository(packs)
    config = write_config(tmp_path, sink.url, source(tmp_path / "a.log"))
    config.write_text(yaml.safe_dump({**yaml.safe_load(config.read_text()), "pack_dirs": [str(packs)]}))
    done = track("self-describing", "--schema", THING, "--data", '{"name": 5}', "-c", config)
    assert (done.exit_code, done.stderr) == (1, 'logsource: data/name: 5 is not of type "string"\n')
