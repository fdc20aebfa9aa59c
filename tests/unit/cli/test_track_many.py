"""`logsource track` as a script uses it: many events from standard input."""

from __future__ import annotations

import io
import json

import orjson

from logsource.cli.trackmany import pieces
from tests.support.collecting import THING, USER
from tests.support.sink import OK, Answer, Sink
from tests.support.tracked import tracker_to

EID = "5b6e2b52-0e26-4f6e-9d1c-3f1d4f0c9a11"


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
