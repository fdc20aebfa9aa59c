"""What a tracker does not take, and what it says about it."""

from __future__ import annotations

import pytest

from logsource.errors import ConfigError, EventInvalid
from logsource.tracker import Collector, Event, PageView, Structured, Tracker
from tests.support.collecting import THING, USER, acme_repository
from tests.support.schemaregistry import SchemaRegistry, http, resolver_file
from tests.support.sink import Answer, Sink
from tests.support.tracked import tracker_to


def test_of_many_events_none_is_accepted_when_one_is_wrong(tmp_path):
    with Sink() as sink, tracker_to(sink.url, tmp_path / "track") as tracker:
        with pytest.raises(EventInvalid) as caught:
            tracker.track_all(
                [Event(body=Structured("a", "b")), Event(body=Structured("", "b")), Event(body=PageView("x"))]
            )
        assert [problem.split(":")[0] for problem in caught.value.problems] == ["events[1]", "events[2]"]
        with pytest.raises(EventInvalid, match="… and 950 more"):
            tracker.track_all([Event(body=PageView(""))] * 1000)
        assert tracker.track_all([]) == []
        assert tracker.status().waiting == 0
    assert sink.count == 0


def test_settings_that_are_wrong_are_told_all_at_once(tmp_path):
    with pytest.raises(ConfigError) as caught:
        Tracker(
            "collector.example.com",
            state_dir="",
            app_id="x" * 256,
            max_size=1000,
            when_full=float("nan"),
            sync="of course",
            unknown_schemas="maybe",
        )
    names = [
        "collector.url",
        "collector.app_id",
        "state_dir",
        "max_size",
        "sync",
        "when_full",
        "unknown_schemas",
    ]
    assert [problem.split(":")[0] for problem in caught.value.problems] == names
    assert "collector.url: must begin with http:// or https://" in caught.value.problems[0]
    with pytest.raises(ConfigError) as caught:
        Tracker(
            Collector(url="http://localhost", send_limit=0, timeout=-1, path="/one"),
            state_dir=tmp_path,
            namespace="x" * 129,
        )
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        *("collector.path", "collector.namespace", "collector.send_limit", "collector.timeout"),
    ]
    assert list(tmp_path.iterdir()) == []


def test_schemas_are_taken_from_registries_as_the_pipeline_does(tmp_path):
    acme = acme_repository(tmp_path / "registry")
    with SchemaRegistry(acme) as registry, Sink() as sink:
        resolver = resolver_file(tmp_path / "resolver.json", http("Acme", registry.url))
        with tracker_to(sink.url, None, resolver=resolver, unknown_schemas="refuse") as tracker:
            tracker.self_describing(THING, {"name": "n"})
            with pytest.raises(EventInvalid, match=r'data/name: 5 is not of type "string"'):
                tracker.self_describing(THING, {"name": 5})
            registry.trouble = Answer(503)
            with pytest.raises(EventInvalid, match=r"schema: .*user.* could not be resolved: Acme: .*503"):
                tracker.self_describing(USER, {"type": 5})
            tracker.self_describing(THING, {"name": "known already"})
        with tracker_to(sink.url, None, resolver=resolver) as trusting:
            trusting.self_describing(USER, {"type": 5})
        assert len(sink.events()) == 3
