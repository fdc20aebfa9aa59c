"""Trackers for tests: quick to retry, judged by schemas of `acme`, with what they sent as the pipeline reads it."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import pytest

from logsource.config.model import CollectorConfig
from logsource.errors import EventInvalid
from logsource.event.repository import StaticRepository, builtin_roots
from logsource.event.resolver import Resolver
from logsource.event.validate import Validators
from logsource.model import EVENT_START, STM_PLACEHOLDER
from logsource.tracker import Collector, Event, Tracker
from logsource.tracker.build import Builder, Common
from tests.support.clocks import ManualClock
from tests.support.collecting import acme_repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.sink import Sink

EVENT_ID = UUID("5b6e2b52-0e26-4f6e-9d1c-3f1d4f0c9a11")
URL = "http://collector.example.com"


def builder_of(repository: Path, *, common: Common | None = None, **collector: Any) -> Builder:
    """A builder that knows `thing` and `user` of acme, and makes the same id each time."""
    roots = [acme_repository(repository) / "schemas", *builtin_roots()]
    validators = Validators(Resolver([StaticRepository(root) for root in roots]))
    config = CollectorConfig(url=URL, **{"app_id": "shop", "namespace": "py", **collector})
    clock = ManualClock()
    return Builder(config, common or Common(), validators=validators, clock=clock, new_id=lambda: EVENT_ID)


def params_of(text: bytes) -> dict[str, str]:
    """Protocol fields of an event's bytes, without the time of sending."""
    assert text.endswith(b"," + STM_PLACEHOLDER + b"}")
    found = orjson.loads(text)
    del found["stm"]
    return found


def built(builder: Builder, body: Any, **about: Any) -> dict[str, str]:
    """Protocol fields of an event with this body."""
    text = builder.build(Event(body=body, **about)).text
    assert text.startswith(EVENT_START)  # on which cutting and splitting of bodies rely
    params = params_of(text)
    assert params.pop("tv").startswith("logsource-")
    return params


def problems(builder: Builder, body: Any, **about: Any) -> tuple[str, ...]:
    """Why such an event is refused."""
    with pytest.raises(EventInvalid) as caught:
        builder.build(Event(body=body, **about))
    assert str(caught.value) == "\n".join(caught.value.problems)
    return caught.value.problems


def tracker_to(url: str, state_dir: Path | None, **options: Any) -> Tracker:
    """A tracker that does not wait long between two tries."""
    collector = options.pop("collector", {})
    quick = {"retry_initial": 0.02, "retry_max": 0.1, "drain_timeout": 5}
    settings = Collector(url=url, **{**quick, **collector})
    return Tracker(settings, state_dir=state_dir, random=random.Random(7), **{"app_id": "shop", **options})


def ids_at(sink: Sink) -> list[str]:
    """Ids of the events that arrived."""
    return [event["eid"] for event in sink.events()]


class Told:
    """What the tracker told the program."""

    def __init__(self) -> None:
        self.delivered: list[str] = []
        self.failed: list = []
        self.changed = threading.Condition()

    def on_delivered(self, ids):
        with self.changed:
            self.delivered += ids
            self.changed.notify_all()

    def on_failed(self, failures):
        with self.changed:
            self.failed += failures
            self.changed.notify_all()

    def wait_for(self, condition) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, 60)
