"""`logsource track` as a person or a script uses it: delivered, kept, not delivered, not valid; and how it says so."""

from __future__ import annotations

import io
import json
import threading

import orjson
import pytest
import yaml
from click.testing import CliRunner

from logsource.cli.main import cli
from logsource.cli.trackmany import pieces
from logsource.web.collector.app import create_app
from logsource.web.server import serve
from tests.support.agent import source, write_config
from tests.support.collecting import THING, USER, acme_repository, new_collector
from tests.support.sink import OK, Answer, Sink
from tests.support.tracked import tracker_to

EID = "5b6e2b52-0e26-4f6e-9d1c-3f1d4f0c9a11"


@pytest.fixture
def track(monkeypatch, tmp_path):
    """Run the command where no configuration is found; its result."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LOGSOURCE_CONFIG", raising=False)

    def run(*words, stdin=None):
        return CliRunner().invoke(cli, ["track", *map(str, words)], input=stdin, catch_exceptions=False)

    return run


@pytest.fixture
def sink():
    with Sink() as one:
        yield one


# -- one event -------------------------------------------------------------------------------------


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


# -- a collector that does not take it ---------------------------------------------------------------


def test_what_is_not_delivered_in_time_is_told_with_the_reason(track):
    with Sink(lambda request: Answer(503, body=b"overloaded")) as sink:
        done = track("struct", "--category", "a", "--action", "b", "--collector", sink.url, "--timeout", "1s")
        assert done.exit_code == 1
        assert done.stdout == ""
        first, last = done.stderr.splitlines()
        assert first == "logsource: trying for 1 s: 503 overloaded"
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


# -- many events -----------------------------------------------------------------------------------------


def lines(*events: dict | str) -> str:
    return "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in events)


def test_many_events_of_all_kinds_from_standard_input(track, sink):
    given = lines(
        {"schema": THING, "data": {"name": "a"}, "entities": [{"schema": USER, "data": {"type": "t"}}]},
        {"event": "page_view", "url": "https://example.com/", "subject": {"user_id": "u1", "screen": [1, 2]}},
        "",
        {"event": "struct", "category": "c", "action": "a", "event_id": EID, "platform": "web"},
        {"event": "screen_view", "name": "Home", "true_timestamp": "2023-11-14T22:13:20.123Z"},
        {"event": "struct", "category": "c", "action": "ms", "created": "2023-11-14T22:13:20.123Z"},
    )
    done = track("events", "--collector", sink.url, stdin=given)
    assert (done.exit_code, done.stdout) == (0, ""), done.stderr
    assert done.stderr == f"5 lines, 5 delivered to {sink.url}\n"
    own, page, struct, screen, last = sink.events()
    assert orjson.loads(own["co"])["data"] == [{"schema": USER, "data": {"type": "t"}}]
    assert (page["uid"], page["res"]) == ("u1", "1x2")
    assert (struct["eid"], struct["p"]) == (EID, "web")
    assert screen["ttm"] == last["dtm"] == "1700000000123"
    assert len(sink.requests) == 1


def test_lines_that_are_not_valid_are_told_by_number_and_the_others_arrive(track, sink, tmp_path):
    (tmp_path / "events.jsonl").write_text(
        lines(
            {"event": "struct", "category": "c", "action": "good"},
            "not json",
            {"evnt": "struct", "category": "c"},
            {"event": "page-view", "url": "https://example.com/"},
            {"event": "page_view", "url": "nowhere", "subject": {"user": 1}},
            {"event": "page_view", "url": "nowhere"},
            [1],
            {"event": "struct", "category": "c", "action": "good", "true_timestamp": "2026-01-01"},
        )
        + '{"event": "struct", "category": "c", "action": "last, without an end"}'
    )
    done = track("events", "events.jsonl", "--collector", sink.url)
    assert done.exit_code == 1
    first, *others = done.stderr.splitlines()
    assert first.startswith("logsource: line 2: the event: not JSON: ")
    assert others == [
        "logsource: line 3: evnt: is not known here; did you mean event?",
        (
            "logsource: line 3: category: is not known here; known are event, schema, data, entities, subject, "
            "true_timestamp, event_id, created, platform"
        ),
        "logsource: line 3: schema: missing; an event of kind self_describing needs it",
        "logsource: line 3: data: missing; an event of kind self_describing needs it",
        "logsource: line 4: event: 'page-view' is no kind of event; did you mean page_view?",
        "logsource: line 5: subject.user: is not known here; did you mean user_id?",
        "logsource: line 6: url: must be an absolute URL such as https://example.com/, not 'nowhere'",
        "logsource: line 7: the event: must be an object, not an array",
        "logsource: line 8: true_timestamp: '2026-01-01' has no time zone; write Z or +01:00 behind it",
        f"9 lines, 2 delivered to {sink.url}, 7 not valid",
    ]
    assert sorted(event["se_ac"] for event in sink.events()) == ["good", "last, without an end"]


def test_the_summary_for_scripts(track, sink):
    given = lines({"event": "struct", "category": "c", "action": "a"}, "{}")
    done = track("events", "--collector", sink.url, "--json", stdin=given)
    found = json.loads(done.stdout)
    assert [found[name] for name in ("lines", "accepted", "invalid")] == [2, 1, 1]
    [result] = found["results"]
    assert (result["result"], result["events"], result["collector"]) == ("delivered", 1, sink.url)


def test_many_of_which_the_collector_refuses_some(track):
    def picky(request):
        return Answer(400, body=b"no") if b"culprit" in request.body else OK

    with Sink(picky) as sink:
        events = [
            {"event": "struct", "category": "c", "action": "culprit" if n % 10 == 3 else "good"}
            for n in range(40)
        ]
        done = track("events", "--collector", sink.url, stdin=lines(*events))
        assert done.exit_code == 1
        assert (
            done.stderr.splitlines()[-1]
            == f"40 lines, 36 delivered to {sink.url}, 4 refused by {sink.url}: 400: no"
        )
        assert sum("refused: 400: no" in line for line in done.stderr.splitlines()) == 4


def test_many_that_cannot_be_delivered(track):
    with Sink(lambda request: Answer(503)) as sink:
        given = lines(*({"event": "struct", "category": "c", "action": str(n)} for n in range(20)))
        done = track("events", "--collector", sink.url, "--timeout", "300ms", stdin=given)
        assert done.exit_code == 1
        assert "20 lines, 0 delivered" in done.stderr
        assert "20 not delivered to" in done.stderr


def test_many_are_handed_to_the_process_that_has_the_outbox(track, tmp_path, sink):
    given = lines(*({"event": "struct", "category": "c", "action": str(n)} for n in range(20)))
    with tracker_to(sink.url, tmp_path / "kept"):
        words = ("--collector", sink.url, "--state-dir", tmp_path / "kept")
        done = track("events", *words, stdin=given)
        assert done.exit_code == 0, done.stderr
        assert done.stderr.startswith("20 lines, 20 handed over to the tracker (pid ")
        done = track("events", *words, "--wait", "--json", stdin=given)
        [result] = json.loads(done.stdout)["results"]
        assert (result["result"], result["events"], result["sender"]) == ("delivered", 20, "tracker")
        assert len(sink.events()) == 40


def test_a_dry_run_of_many(track):
    given = lines({"event": "struct", "category": "c", "action": "a"}, {"event": "page_view", "url": "x"})
    done = track("events", "--dry-run", "--json", stdin=given)
    assert done.exit_code == 1
    [shown] = done.stdout.splitlines()
    assert json.loads(shown)["se_ca"] == "c"
    assert done.stderr.splitlines()[-1] == "2 lines, 1 valid, 1 not valid"


def test_nothing_at_all(track, sink):
    done = track("events", "--collector", sink.url, stdin="\n\n")
    assert (done.exit_code, done.stderr) == (0, f"0 lines, 0 delivered to {sink.url}\n")


def test_a_line_without_an_end_does_not_fill_the_memory():
    given = io.BytesIO(b"x" * 50_000 + b"\n" + b"short\n" * 30)
    found = list(pieces(given, size=100, longest=1000))
    assert found[0] == (1, [b"x" * 1001, *[b"short"] * 16])
    assert found[-1][0] + len(found[-1][1]) == 32
