"""From an event to its bytes, or to all that is wrong with it.

The judge is the one of the embedded collector: what it finds good here is good there, and in the pipeline. The bytes
have the form of those of log lines (`event/payload.py`), so that everything behind the outbox treats them alike.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID, uuid4

from logsource.emit.get import request_target
from logsource.errors import EventInvalid
from logsource.event.iglu import parse_uri
from logsource.event.payload import CONTEXTS, TAIL, TRACKER_VERSION, UNSTRUCT, json_text
from logsource.model import MAX_EVENT
from logsource.tracker.members import Members, milliseconds, uuid_text
from logsource.tracker.plain import plain
from logsource.tracker.values import (
    Event,
    PagePing,
    PageView,
    ScreenView,
    SelfDescribing,
    Structured,
    Subject,
)
from logsource.web.collector.judge import Judge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logsource.clock import Clock
    from logsource.config.model import CollectorConfig
    from logsource.event.validate import Validators
    from logsource.model import JSONValue
    from logsource.tracker.plain import Complain

SCREEN_VIEW = "iglu:com.snowplowanalytics.mobile/screen_view/jsonschema/1-0-0"
NAMES = {
    "uid": "subject.user_id",
    "duid": "subject.domain_user_id",
    "tnuid": "subject.network_user_id",
    "sid": "subject.session_id",
    "vid": "subject.session_index",
    "ip": "subject.ip",
    "ua": "subject.user_agent",
    "lang": "subject.language",
    "tz": "subject.timezone",
    "res": "subject.screen",
    "vp": "subject.viewport",
    "cd": "subject.color_depth",
    "eid": "event_id",
    "dtm": "created",
    "ttm": "true_timestamp",
    "p": "platform",
    "aid": "app_id",
    "tna": "namespace",
    "page": "title",
    "refr": "referrer",
    "se_ca": "category",
    "se_ac": "action",
    "se_la": "label",
    "se_pr": "property",
    "se_va": "value",
}
"""What a field of the protocol is called where it is given."""
_REQUEST_LINE = len("GET  HTTP/1.1")
_DATA = re.compile(r"ue_pr(?:/data)?(?:/data)?(?=[/:])")
_ENTITY = re.compile(r"co/data/([0-9]+)(?:/data)?(?=[/:])")

UnknownSchemas = Literal["accept", "refuse"]


@dataclass(frozen=True, slots=True)
class Built:
    """An event on its way into the outbox."""

    event_id: str
    text: bytes
    """Its JSON object, with the placeholder of `stm`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What all events of a tracker have in common."""

    subject: Subject | None = None
    entities: Sequence[SelfDescribing] = ()
    """Beside each event, after its own."""
    unknown_schemas: UnknownSchemas = "accept"


class Builder:
    """Makes events. Thread-safe, and a pure function but for the time and the ids that are made."""

    def __init__(
        self,
        collector: CollectorConfig,
        common: Common,
        *,
        validators: Validators,
        clock: Clock,
        new_id: Callable[[], UUID] = uuid4,
    ) -> None:
        self._collector = collector
        self._common = common
        self._resolver = validators.resolver
        self._judge = Judge(validators)
        self._clock = clock
        self._new_id = new_id

    def build(self, event: Event) -> Built:
        """The event's bytes. Raises EventInvalid with every problem."""
        given: Any = event  # whoever does not ask a type checker
        if not isinstance(given, Event):
            raise EventInvalid([f"the event: must be Event(body=…), not {type(given).__name__}"])
        problems: list[str] = []

        def complain(where: str, what: str) -> None:
            problems.append(f"{where}: {what}")

        params = self._head(event, complain)
        described, contexts = self._body(event, params, complain)
        judged = dict(params)
        for key, value, places in (
            ("ue_pr", described, ("data", "schema")),
            ("co", contexts, ("entities",)),
        ):
            # What stands in the place of a bad value would only be judged once more.
            if value is not None and not any(problem.startswith(places) for problem in problems):
                judged[key] = json_text(value)
        problems += self._verdict(judged, whole=not problems)
        text = b"" if problems else self._text(params, judged)
        if text:
            problems += self._sizes(text)
        if problems:
            raise EventInvalid(problems)
        return Built(params["eid"], text)

    def close(self) -> None:
        """Let go of connections to registries of schemas."""
        self._resolver.close()

    def _head(self, event: Event, complain: Complain) -> dict[str, str]:
        kind = {PageView: "pv", PagePing: "pp", Structured: "se"}.get(type(event.body), "ue")
        platform: Any = event.platform or self._collector.platform
        params = {"e": kind, "p": str(platform), "tv": TRACKER_VERSION}
        if self._collector.namespace:
            params["tna"] = self._collector.namespace
        if self._collector.app_id:
            params["aid"] = self._collector.app_id
        given = self._new_id() if event.event_id is None else event.event_id
        params["eid"] = str(uuid_text(given))
        for key, name, at in (
            ("dtm", "created", self._clock.now_ms() if event.created is None else event.created),
            ("ttm", "true_timestamp", event.true_timestamp),
        ):
            found = None if at is None else milliseconds(at, name, complain)
            if found is not None:
                params[key] = str(found)
        return params

    def _body(self, event: Event, params: dict[str, str], complain: Complain) -> tuple[JSONValue, JSONValue]:
        """Put the fields of the event into `params`; its self-describing JSON and its entities, wrapped."""
        members = Members(complain)
        described: SelfDescribing | None = None
        body: Any = event.body
        if isinstance(body, PageView):
            members.page_view(body)
        elif isinstance(body, PagePing):
            members.page_ping(body)
        elif isinstance(body, Structured):
            members.structured(body)
        elif isinstance(body, ScreenView):
            described = self._screen_view(body)
        elif isinstance(body, SelfDescribing):
            described = _without_nulls(body) if body.schema == SCREEN_VIEW else body
        else:  # whoever does not ask mypy
            what = "must be SelfDescribing, PageView, PagePing, Structured or ScreenView"
            complain("body", f"{what}, not {type(body).__name__}")
        subject = self._common.subject
        own: Any = event.subject
        if own is not None and not isinstance(own, Subject):
            complain("subject", f"must be Subject(…), not {type(own).__name__}")
        elif own is not None:
            subject = own if subject is None else own.over(subject)
        if subject is not None:
            members.subject(subject, page=not isinstance(body, PageView | PagePing))
        params |= members.found
        return (
            None if described is None else {"schema": UNSTRUCT, "data": _sdj(described, "", complain)},
            self._entities(event, complain),
        )

    def _entities(self, event: Event, complain: Complain) -> JSONValue:
        given = [*event.entities, *self._common.entities]
        entities = [_sdj(one, f"entities[{at}].", complain) for at, one in enumerate(given)]
        return {"schema": CONTEXTS, "data": entities} if entities else None

    def _screen_view(self, view: ScreenView) -> SelfDescribing:
        data = {
            "name": view.name,
            "id": uuid_text(self._new_id() if view.id is None else view.id),
            "type": view.type,
            "previousName": view.previous_name,
            "previousId": uuid_text(view.previous_id),
            "previousType": view.previous_type,
            "transitionType": view.transition_type,
        }
        there = {key: value for key, value in data.items() if value is not None or key == "name"}
        return SelfDescribing(SCREEN_VIEW, there)

    def _verdict(self, params: dict[str, str], *, whole: bool) -> list[str]:
        """What is wrong. `whole`: nothing was left out of `params` because something is wrong with it already."""
        verdict = self._judge.judge(params)
        reasons = [one for one in verdict.reasons if whole or ": missing" not in one]
        unknown = {one.reason for one in verdict.unresolved}
        refuse = self._common.unknown_schemas == "refuse"
        return [_named(reason) for reason in reasons if refuse or reason not in unknown]

    def _text(self, params: dict[str, str], judged: dict[str, str]) -> bytes:
        sent = dict(params)
        for key, packed in (("ue_pr", "ue_px"), ("co", "cx")):
            if key not in judged:
                continue
            if self._collector.base64:
                sent[packed] = urlsafe_b64encode(judged[key].encode()).decode()
            else:
                sent[key] = judged[key]
        return (json_text(sent)[:-1] + TAIL).encode()

    def _sizes(self, text: bytes) -> list[str]:
        if len(text) > MAX_EVENT:
            return [f"the event: has {len(text)} bytes, the pipeline loses what has more than {MAX_EVENT}"]
        if self._collector.method == "get":
            base = self._collector.url.rstrip("/")
            path = base.partition("://")[2].partition("/")[2]
            line = _REQUEST_LINE + len(request_target(text)) + (len(path) + 1 if path else 0)
            limit = self._collector.byte_limit_get
            if line > limit:
                hint = "send less, or use method post"
                return [f"the event: needs {line} bytes as a GET request, byte_limit_get is {limit}; {hint}"]
        return []


def _without_nulls(body: Any) -> SelfDescribing:
    """The published schema of screen views knows no null; what is not there says the same."""
    data = body.data
    if isinstance(data, Mapping):
        data = {key: one for key, one in data.items() if one is not None}
    return SelfDescribing(body.schema, data)


def _sdj(value: Any, where: str, complain: Complain) -> JSONValue:
    if not isinstance(value, SelfDescribing):
        complain(where.rstrip("."), f"must be SelfDescribing(schema, data), not {type(value).__name__}")
        return None
    schema: Any = value.schema
    if not isinstance(schema, str) or parse_uri(schema) is None:
        hint = "write iglu:VENDOR/NAME/jsonschema/1-0-0"
        complain(f"{where}schema", f"must be an Iglu key, not {schema!r:.120}; {hint}")
    return {"schema": schema, "data": plain(value.data, f"{where}data", complain)}


def _named(reason: str) -> str:
    """A judge's reason with the names under which things were given."""
    place, _, what = reason.partition(": ")
    if place in NAMES:
        return f"{NAMES[place]}: {what}"
    found = _DATA.sub("data", f"{place}:", count=1)
    found = _ENTITY.sub(r"entities[\1].data", found, count=1)
    if what.startswith("schema "):  # about the key, not about what it describes
        found, what = found.replace("data:", "schema:"), what.removeprefix("schema ")
    return f"{found} {what}"
