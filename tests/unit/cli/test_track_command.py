"""`logsource track` as a person uses it: one event, valid or not, and how it says so."""

from __future__ import annotations

import json

import orjson
import pytest

from logsource.web.collector.app import create_app
from logsource.web.server import serve
from tests.support.collecting import THING, USER, acme_repository, new_collector

EID = "5b6e2b52-0e26-4f6e-9d1c-3f1d4f0c9a11"


def test_each_kind_of_event_without_any_configuration(track, sink):
    to = ("--collector", sink.url, "--app-id", "shop", "--namespace", "cli")
    about = (
        *("--user-id", "u1", "--domain-user-id", "d1", "--network-user-id", "n1", "--session-index", "3"),
        *("--session-id", EID.upper(), "--ip", "203.0.113.7", "--user-agent", "curl", "--language", "de"),
        *("--timezone", "Europe/Berlin", "--screen", "1920x1080", "--viewport", "800x600"),
        *("--color-depth", "24", "--platform", "iot", "--true-timestamp", "2023-11-14T23:13:20.123+01:00"),
    )
    runs = [
        track("self-describing", "--schema", THING, "--data", '{"name": "n"}', *to, *about),
        track(
            "page-view",
            "--url",
            "https://example.com/a b",
            "--title",
            "T",
            "--referrer",
            "http://r.example/",
            *to,
        ),
        track(
            "struct",
            "--category",
            "c",
            "--action",
            "a",
            "--label",
            "l",
            "--property",
            "p",
            "--value",
            "1.5",
            *to,
        ),
        track(
            "screen-view", "--name", "Home", "--id", EID, "--type", "feed", "--previous-name", "Start", *to
        ),
    ]
    assert [run.exit_code for run in runs] == [0, 0, 0, 0], [run.output for run in runs]
    events = sink.events()
    for run, event in zip(runs, events, strict=True):
        assert run.stdout == f"{event['eid']} delivered to {sink.url}\n"
        assert (event["aid"], event["tna"]) == ("shop", "cli")
    own, page, struct, screen = events
    assert orjson.loads(own["ue_pr"])["data"] == {"schema": THING, "data": {"name": "n"}}
    wanted = {
        "uid": "u1",
        "duid": "d1",
        "tnuid": "n1",
        "sid": EID,
        "vid": "3",
        "ip": "203.0.113.7",
        "ua": "curl",
        "lang": "de",
        "tz": "Europe/Berlin",
        "res": "1920x1080",
        "vp": "800x600",
        "cd": "24",
        "p": "iot",
        "ttm": "1700000000123",
    }
    assert wanted.items() <= own.items()
    assert (page["url"], page["page"], page["refr"]) == (
        "https://example.com/a%20b",
        "T",
        "http://r.example/",
    )
    assert [struct[key] for key in ("se_ca", "se_ac", "se_la", "se_pr", "se_va")] == [
        "c",
        "a",
        "l",
        "p",
        "1.5",
    ]
    assert orjson.loads(screen["ue_pr"])["data"]["data"] == {
        "name": "Home",
        "id": EID,
        "type": "feed",
        "previousName": "Start",
    }


def test_the_embedded_collector_shows_them_as_good(track, tmp_path):
    with serve(create_app(new_collector(tmp_path / "collector")), "127.0.0.1", 0) as server:
        words = ("--collector", server.url, "--iglu", acme_repository(tmp_path / "iglu"), "--refuse-unknown")
        for method in ("post", "get"):
            context = json.dumps({"schema": USER, "data": {"type": "tester"}})
            done = track(
                *("self-describing", "--schema", THING, "--data", '{"name": "wörld"}'),
                *("--context", context, "--context", f"[{context}]", "--method", method, *words),
            )
            assert done.exit_code == 0, done.output
            assert track("screen-view", "--name", "Home", "--method", method, *words).exit_code == 0
        import requests

        with requests.Session() as session:
            total = session.get(f"{server.url}/micro/all", timeout=10).json()
            good = session.get(f"{server.url}/micro/good", timeout=10).json()
        assert total == {"total": 4, "good": 4, "bad": 0}
        assert sorted(len(event["contexts"]) for event in good) == [0, 0, 2, 2]


def test_a_whole_self_describing_json_needs_no_schema_beside_it(track, sink):
    whole = json.dumps({"schema": THING, "data": {"name": "n"}})
    assert track("self-describing", "--data", whole, "--collector", sink.url).exit_code == 0
    assert orjson.loads(sink.events()[0]["ue_pr"])["data"] == json.loads(whole)
    done = track("self-describing", "--data", '{"name": "n"}', "--collector", sink.url)
    assert done.exit_code == 2
    assert "give --schema, or a self-describing JSON" in done.stderr


def test_data_from_a_file_or_from_standard_input(track, sink, tmp_path):
    (tmp_path / "thing.json").write_text('{\n  "name": "from a file"\n}\n')
    to = ("--schema", THING, "--collector", sink.url)
    assert track("self-describing", "--data", "@thing.json", *to).exit_code == 0
    assert track("self-describing", "--data", "-", *to, stdin='{"name": "from a pipe"}').exit_code == 0
    names = [orjson.loads(event["ue_pr"])["data"]["data"]["name"] for event in sink.events()]
    assert names == ["from a file", "from a pipe"]


def test_for_scripts_the_result_is_json(track, sink):
    done = track(
        "struct", "--category", "a", "--action", "b", "--collector", sink.url, "--json", "--event-id", EID
    )
    found = json.loads(done.stdout)
    assert (found["event_id"], found["result"], found["collector"]) == (EID, "delivered", sink.url)
    assert done.stderr == ""


def test_a_dry_run_judges_and_shows_and_sends_nothing(track, sink):
    words = ("struct", "--category", "a", "--action", "b", "--event-id", EID, "--dry-run")
    done = track(*words)  # no collector is needed
    shown = json.loads(done.stdout)
    assert shown.pop("dtm").isdecimal()
    assert shown.pop("tv").startswith("logsource-")
    assert shown == {"e": "se", "p": "srv", "tna": "logsource", "eid": EID, "se_ca": "a", "se_ac": "b"}
    done = track(*words, "--collector", sink.url, "--method", "get")
    assert done.stdout.startswith("GET /i?e=se&p=srv&tv=logsource-")
    assert "se_ac=b" in done.stdout
    done = track("page-view", "--url", "nonsense", "--dry-run")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("logsource: url: must be an absolute URL")
    assert sink.count == 0


def test_everything_that_is_wrong_is_told_and_nothing_is_sent(track, sink, tmp_path):
    words = (
        *("self-describing", "--schema", THING, "--data", '{"size": -1}', "--collector", sink.url),
        *("--iglu", acme_repository(tmp_path / "iglu"), "--session-id", "x", "--context", '{"schema": "y"}'),
    )
    done = track(*words)
    assert (done.exit_code, done.stdout, sink.count) == (1, "", 0)
    assert done.stderr == "logsource: entities[0]: must be an object with schema and data, and nothing else\n"
    done = track(*words[:-2])
    assert set(done.stderr.splitlines()) == {
        "logsource: subject.session_id: 'x' is not a UUID",
        'logsource: data: "name" is a required property',
        "logsource: data/size: -1 is less than the minimum of 0",
    }
    done = track(*words[:-2], "--json")
    assert [len(json.loads(done.stdout)["problems"]), done.exit_code] == [3, 1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["struct", "--category", "a"], "Missing option '--action'"),
        (["self-describing", "--schema", THING, "--data", "{name: 1}"], "in single quotes, @FILE, or -"),
        (
            ["self-describing", "--schema", THING, "--data", "@nowhere.json"],
            "nowhere.json cannot be read: No such file",
        ),
        (
            ["page-view", "--url", "http://x/", "--screen", "big"],
            "'big' is not WIDTHxHEIGHT, such as 1920x1080",
        ),
        (["page-view", "--url", "http://x/", "--platform", "car"], "'car' is not one of"),
        (["page-view", "--url", "http://x/"], "where to? Give --collector URL, or -c FILE"),
        (["page-view", "--url", "http://x/", "-c", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_wrong_usage_is_told_with_what_to_do(track, words, said):
    done = track(*words)
    assert done.exit_code == 2
    assert said in done.stderr


def test_an_address_that_is_none_is_told(track):
    done = track(
        "page-view", "--url", "http://x/", "--collector", "collector.example.com", "--app-id", "x" * 256
    )
    assert done.exit_code == 1
    assert [line.split(":")[1].strip() for line in done.stderr.splitlines()] == [
        "collector.url",
        "collector.app_id",
    ]
