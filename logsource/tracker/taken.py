"""Bodies that another process handed over: looked at before they are committed, and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from logsource.emit.split import events_of
from logsource.event.iglu import parse_uri
from logsource.event.validate import Judgement
from logsource.model import MAX_EVENT, STM_PLACEHOLDER, Batch, Tally
from logsource.tracker.handover import Garbled
from logsource.web.collector.envelope import extract_post
from logsource.web.collector.jsonfield import BadField, load_field
from logsource.web.collector.judge import Judge
from logsource.web.collector.protocol import EVENT_SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logsource.event.validate import Validators
    from logsource.model import JSONValue

_END = b"," + STM_PLACEHOLDER + b"}"


class _AnySchema:
    """Takes whatever is described by whatever."""

    def judge(self, key: str, data: JSONValue) -> Judgement:  # noqa: ARG002 - as Validators
        return Judgement()


_JUDGE = Judge(cast("Validators", _AnySchema()))


def taken_over(bodies: Sequence[bytes]) -> tuple[list[Batch], Tally]:
    """Batches and what they hold. Raises Garbled when one of them would be lost as a whole.

    Schemas were judged by the tracker that made the events, which may know more of them. Here the form counts, on which
    the emitter relies and for which the pipeline would throw away an event's neighbours as well, and each field.
    """
    tally = Tally()
    batches = []
    for body in bodies:
        try:
            events = events_of(Batch(body=body, events=0))
        except ValueError as error:
            raise Garbled("a body is not of the form in which logsource stores events") from error
        found = extract_post(body, "application/json", "")
        if found.reasons:
            raise Garbled("; ".join(found.reasons[:3]))
        if len(found.events) != len(events) or not all(event.endswith(_END) for event in events):
            raise Garbled("a body is not of the form in which logsource stores events")
        if any(len(event) > MAX_EVENT for event in events):
            raise Garbled(f"an event has more than {MAX_EVENT} bytes")
        for params in found.events:
            if reasons := _JUDGE.judge(params).reasons:
                raise Garbled(f"event {params.get('eid', '')[:40]}: {'; '.join(reasons[:3])}")
        batches.append(Batch(body=body, events=len(events)))
        tally.read += len(events)
        tally.bytes += len(body)
        tally.events.update(map(_schema_of, found.events))
    return batches, tally


def _schema_of(params: Mapping[str, str]) -> str:
    """Iglu URI of an event, for the counters."""
    for key in ("ue_pr", "ue_px"):
        if key in params:
            try:
                schema = load_field(key, params[key])["data"]["schema"]
            except (BadField, LookupError, TypeError):
                break
            return schema if isinstance(schema, str) and parse_uri(schema) is not None else "unknown"
    return EVENT_SCHEMAS.get(params["e"], "unknown")
