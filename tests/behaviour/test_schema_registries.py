"""The collector with registries over HTTP: what a slow, dead or wrong registry does to events, and what it does not."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time

import orjson
import pytest
import requests

from logsource.clock import SystemClock
from logsource.config.resolver import load_resolver
from logsource.event.registries import open_resolver
from logsource.event.validate import Validators
from logsource.web.collector.app import create_app
from logsource.web.collector.core import Collector
from logsource.web.server import serve
from tests.support.clocks import ManualClock
from tests.support.collecting import (
    CONTEXTS,
    JSON,
    THING,
    TP2,
    USER,
    acme_repository,
    contexts,
    event,
    payload,
    post,
    reasons,
    sdj,
    text,
    unstruct,
)
from tests.support.schemaregistry import SchemaRegistry, http, resolver_file
from tests.support.sink import Answer

KEY = "1f0bb1c8-5ae9-4bd2-9b6c-a1d1c7ed1d1e"


@pytest.fixture
def acme(tmp_path):
    with SchemaRegistry(acme_repository(tmp_path / "acme"), apikey=KEY) as one:
        yield one


@pytest.fixture
def collecting(tmp_path, acme):
    """A collector that has its schemas from the registry, with an apikey from the environment."""
    clock = ManualClock()
    path = resolver_file(tmp_path / "resolver.json", http("Acme", acme.url, apikey="${ACME_KEY}"))
    resolver = open_resolver(load_resolver(path, env={"ACME_KEY": KEY}), clock=clock, timeout=2)
    collector = Collector(Validators(resolver), clock=clock)
    collector.test_clock = clock
    yield collector
    resolver.close()


def bad_row_messages(url):
    [bad] = requests.get(url + "/micro/bad", timeout=10).json()
    row = json.loads(bad["errors"][1])
    assert row["schema"] == "iglu:com.snowplowanalytics.snowplow.badrows/schema_violations/jsonschema/2-0-0"
    return row["data"]["failure"]["messages"]


def test_events_are_judged_by_schemas_of_the_registry(collecting, acme):
    post(collecting, event(), event(ue_pr=text(unstruct({"name": "n", "size": 1000}))))
    post(collecting, *(event(co=text(contexts(sdj(USER, {"type": "admin"})))) for _ in range(20)))
    assert reasons(collecting) == [["ue_pr/data/data/size: 1000 is greater than the maximum of 100"]]
    assert collecting.summary().good == 21
    assert [path.split("/")[1] for path in acme.asked] == ["thing", "user"]
    assert {request.headers["apikey"] for request in acme.sink.requests} == {KEY}


def test_a_registry_that_is_down_gives_its_reason_on_the_bad_row_and_then_all_is_well(collecting, acme):
    acme.trouble = Answer(503)
    with serve(create_app(collecting), "127.0.0.1", 0) as server:
        post(collecting, event())
        reason = f"schema {THING} could not be resolved: Acme: {acme.url} answered 503 Service Unavailable; not found in built-in packs"
        assert reasons(collecting) == [[f"ue_pr/data: {reason}"]]
        [message] = bad_row_messages(server.url)
        assert message["schemaKey"] == THING
        assert message["error"]["error"] == "ResolutionError"
        assert message["error"]["lookupHistory"] == [
            {
                "repository": "Acme",
                "errors": [
                    {"error": "RepoFailure", "message": f"{acme.url} answered 503 Service Unavailable"}
                ],
                "attempts": 1,
                "lastAttempt": "2023-11-14T22:13:20.000Z",
            },
            {
                "repository": "built-in packs",
                "errors": [{"error": "NotFound"}],
                "attempts": 1,
                "lastAttempt": "2023-11-14T22:13:20.000Z",
            },
        ]
        shown = requests.get(server.url + "/logsource/recent", timeout=10).text
        assert KEY not in shown
        assert "could not be resolved" in shown
    acme.trouble = None
    collecting.test_clock.advance(1)
    post(collecting, event())
    assert collecting.summary().good == 1


def test_other_reasons_of_the_same_event_stand_beside_it(collecting, acme):
    acme.trouble = Answer(500)
    post(collecting, event(vid="x", co=text(contexts(sdj(USER, {"type": "a"}))), ue_pr=text(unstruct(5))))
    [found] = reasons(collecting)
    assert [reason.partition(":")[0] for reason in found] == ["vid", "ue_pr/data", "co/data/0"]
    with serve(create_app(collecting), "127.0.0.1", 0) as server:
        first, *others = bad_row_messages(server.url)
    assert first == {"field": "vid", "error": found[0].removeprefix("vid: ")}
    assert [message["schemaKey"] for message in others] == [THING, USER]


def test_a_schema_that_nobody_has_is_not_resolved_either(collecting, acme):
    post(collecting, event(ue_pr=text(unstruct({}, schema="iglu:com.acme/never/jsonschema/1-0-0"))))
    [[reason]] = reasons(collecting)
    assert reason.endswith("was not found in any schema repository (asked: built-in packs, Acme)")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(200, b"<html>"), "1-0-0:1:1: not JSON"),
        (Answer(200, b"{}"), "it has no self"),
        (Answer(401), "answered 401 Unauthorized (is the apikey right?)"),
        (Answer(302, b"", {"Location": "https://elsewhere.example/"}), "a redirect to https://elsewhere.example/"),
        (Answer(200, b" " * 3_000_000), "answered with more than 2097152 bytes"),
        (Answer(reset=True), "onnection"),
    ],
)  # fmt: skip
def test_wrong_answers_are_reasons_not_crashes(collecting, acme, answer, expected):
    acme.trouble = answer
    post(collecting, event(), event())
    assert len(reasons(collecting)) == 2
    assert all(expected in found[0] for found in reasons(collecting))


def test_a_registry_that_hangs_does_not_hold_up_the_collector(tmp_path, acme):
    """While events wait for their schema, the collector is healthy and takes events whose schema it knows."""
    path = resolver_file(tmp_path / "resolver.json", http("Acme", acme.url, apikey=KEY))
    resolver = open_resolver(load_resolver(path, env={}), timeout=20)
    collector = Collector(Validators(resolver), clock=SystemClock())
    with serve(create_app(collector), "127.0.0.1", 0) as server:
        url = server.url + TP2
        headers = {"Content-Type": JSON}
        known = event(ue_pr=text(unstruct({"name": "n"})))
        assert requests.post(url, data=payload(known), headers=headers, timeout=10).status_code == 200
        go_on = threading.Event()
        acme.trouble = Answer(503, hold=go_on)
        other = event(co=text(contexts(sdj(USER, {"type": "a"}))))
        waiting = [
            threading.Thread(
                target=requests.post, args=(url,), kwargs={"data": payload(other), "headers": headers}
            )
            for _ in range(4)
        ]
        for thread in waiting:
            thread.start()
        acme.sink.wait_for(lambda: acme.sink.count == 2)
        assert requests.get(server.url + "/health", timeout=10).text == "ok"
        assert requests.post(url, data=payload(known), headers=headers, timeout=10).status_code == 200
        assert collector.summary().good == 2
        assert collector.summary().bad == 0
        go_on.set()
        for thread in waiting:
            thread.join(20)
        assert collector.summary().bad == 4
        assert acme.sink.count == 2  # the four waited for one answer
    resolver.close()


def test_one_request_with_a_thousand_unknown_schemas_waits_for_a_bounded_time(collecting, acme):
    """A registry that answers "not found" slowly, but in time; the clock goes on with each answer."""
    clock = collecting.test_clock

    def slow(request):
        clock.advance(1)
        return Answer(404)

    acme.sink.answer = slow
    events = [event(ue_pr=text(unstruct({}, schema=f"iglu:a/b{n}/jsonschema/1-0-0"))) for n in range(1000)]
    post(collecting, *events)
    assert acme.sink.count <= 16
    assert collecting.summary().bad == 1000
    assert "was not asked: looking for the schemas before took too long" in reasons(collecting)[-1][0]


def test_the_command_with_a_resolver_file(tmp_path, acme):
    """The whole thing as a process, without our own packs: only what the registry has is known."""
    path = resolver_file(
        tmp_path / "resolver.json", http("Acme Iglu", acme.url.replace("//", "//me:secret@"), apikey="${KEY}")
    )
    command = [
        sys.executable,
        "-m",
        "logsource",
        "collector",
        "--listen",
        "127.0.0.1:0",
        "--resolver",
        str(path),
    ]
    with subprocess.Popen(
        [*command, "--no-packs"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={"KEY": KEY},
    ) as process:
        try:
            first, second = process.stdout.readline(), process.stdout.readline()
            url = re.match(r"collector=(\S+) ", first)[1]
            assert second == f'registry="Acme Iglu" at={acme.url.replace("//", "//********@")}\n'
            ours = unstruct({"message": "m"}, schema="iglu:io.logsource/log_line/jsonschema/1-0-0")
            body = payload(event(), event(ue_pr=text(ours)))
            assert (
                requests.post(url + TP2, data=body, headers={"Content-Type": JSON}, timeout=10).text == "ok"
            )
            assert requests.get(url + "/micro/all", timeout=10).json() == {"total": 2, "good": 1, "bad": 1}
            schema = requests.get(f"{url}/micro/iglu/{THING.removeprefix('iglu:')}", timeout=10).json()
            assert schema["self"]["name"] == "thing"
            [bad] = requests.get(url + "/micro/bad", timeout=10).json()
            assert bad["reasons"] == [
                (
                    "ue_pr/data: schema iglu:io.logsource/log_line/jsonschema/1-0-0 was not found in any schema "
                    "repository (asked: Acme Iglu)"
                )
            ]
        finally:
            process.terminate()
            rest, _ = process.communicate(timeout=30)
    assert "total good=1 bad=1" in rest
    assert KEY not in rest
    assert "secret" not in rest


def test_a_mistake_in_the_resolver_file_ends_the_command_at_once(tmp_path):
    path = tmp_path / "resolver.json"
    path.write_bytes(orjson.dumps({"schema": CONTEXTS, "data": {"cacheSize": 1, "repositories": []}}))
    for arguments in (["collector", "--listen", "127.0.0.1:0"], ["schemas", "validate", "-"]):
        command = [sys.executable, "-m", "logsource", *arguments, "--resolver", str(path)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"logsource: {path}:1:11: schema must be a resolver configuration")


def test_a_registry_that_comes_and_goes_under_load(tmp_path, acme):
    """Every event gets a verdict; those while it was away name it; in the end all are good."""
    path = resolver_file(tmp_path / "resolver.json", http("Acme", acme.url, apikey=KEY), cacheTtl=0)
    resolver = open_resolver(load_resolver(path, env={}), timeout=5)
    collector = Collector(Validators(resolver), clock=SystemClock())
    troubles = [None, Answer(500), Answer(reset=True), None, Answer(200, b"{"), Answer(404)]
    usual = acme.sink.answer

    def flapping(request):
        acme.trouble = troubles[request.number % len(troubles)]
        return usual(request)

    acme.sink.answer = flapping
    with serve(create_app(collector), "127.0.0.1", 0) as server:
        url = server.url + TP2

        def send() -> None:
            with requests.Session() as session:
                for _ in range(20):
                    body = payload(event(), event(co=text(contexts(sdj(USER, {"type": "a"})))))
                    assert session.post(url, data=body, headers={"Content-Type": JSON}, timeout=30).ok

        senders = [threading.Thread(target=send) for _ in range(8)]
        for thread in senders:
            thread.start()
        for thread in senders:
            thread.join(60)
        summary = collector.summary()
        assert summary.good + summary.bad == 8 * 20 * 2
        told = {reason for kept in collector.bad() for reason in kept.verdict.reasons}
        assert all("Acme" in reason for reason in told)
        acme.sink.answer = usual
        acme.trouble = None
        deadline = time.monotonic() + 30
        while True:
            collector.reset()
            send()
            if collector.summary().bad == 0:
                break
            assert time.monotonic() < deadline
    resolver.close()
