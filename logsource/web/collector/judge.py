"""Judging one event the way enrich does: every field, then the schemas of its data and of its entities."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from logsource.event.iglu import json_type, self_describing_problem
from logsource.web.collector.fields import CHECKS
from logsource.web.collector.jsonfield import BadField, load_field
from logsource.web.collector.protocol import CONTEXTS, EVENT_SCHEMAS, UNSTRUCT_EVENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logsource.event.resolution import Lookup
    from logsource.event.validate import Validators
    from logsource.model import JSONValue


class Verdict(NamedTuple):
    """What became of an event."""

    reasons: tuple[str, ...]
    """`field: what is wrong`, one each; empty for a good event."""
    schema: str | None = None
    """Iglu key of the event's data; for events that are not self-describing, the name enrich gives them."""
    contexts: tuple[str, ...] = ()
    """Iglu keys of its entities."""
    unresolved: tuple[Unresolved, ...] = ()
    """Schemas that no registry gave; each has a reason too."""


class Unresolved(NamedTuple):
    """A schema that was not resolved."""

    reason: str
    """The one among the reasons that is about it."""
    key: str
    lookups: tuple[Lookup, ...]


class Judge:
    """Holds the compiled schemas."""

    def __init__(self, validators: Validators) -> None:
        self._judge = validators.judge

    def judge(self, params: Mapping[str, str]) -> Verdict:
        """The verdict on one event's parameters."""
        reasons: list[str] = []
        checks = CHECKS
        for key, value in params.items():
            check = checks.get(key)
            if check is not None:
                reason = check(value)
                if reason is not None:
                    reasons.append(f"{key}: {reason}")
        kind = params.get("e", "")
        if "e" not in params:
            reasons.append("e: missing; an event needs a type")
        schema = EVENT_SCHEMAS.get(kind)
        contexts: list[str] = []
        unresolved: list[Unresolved] = []
        for key in ("ue_pr", "ue_px"):
            if key in params:
                found = self._unstruct(key, params[key], reasons, unresolved)
                schema = found if kind == "ue" else schema
        if kind == "ue" and "ue_pr" not in params and "ue_px" not in params:
            reasons.append("ue_pr: missing; a self-describing event (e=ue) needs ue_pr or ue_px")
        for key in ("co", "cx"):
            if key in params:
                contexts += self._contexts(key, params[key], reasons, unresolved)
        return Verdict(tuple(reasons), schema, tuple(contexts), tuple(unresolved))

    def _unstruct(self, key: str, text: str, reasons: list[str], unresolved: list[Unresolved]) -> str | None:
        data = _unwrap(key, text, frozenset({UNSTRUCT_EVENT}), reasons)
        return None if data is None else self._self_describing(f"{key}/data", data[0], reasons, unresolved)

    def _contexts(self, key: str, text: str, reasons: list[str], unresolved: list[Unresolved]) -> list[str]:
        wrapped = _unwrap(key, text, CONTEXTS, reasons)
        if wrapped is None:
            return []
        data = wrapped[0]
        if not isinstance(data, list):
            reasons.append(f"{key}/data: must be an array of entities, not {json_type(data)}")
            return []
        found = []
        for index, entity in enumerate(data):
            schema = self._self_describing(f"{key}/data/{index}", entity, reasons, unresolved)
            if schema is not None:
                found.append(schema)
        return found

    def _self_describing(
        self, where: str, value: JSONValue, reasons: list[str], unresolved: list[Unresolved]
    ) -> str | None:
        problem = self_describing_problem(value)
        if problem is not None:
            reasons.append(f"{where}: {problem}")
            return None
        schema: str = value["schema"]
        judgement = self._judge(schema, value["data"])
        if judgement.problems:
            found = [_placed(where, text) for text in judgement.problems]
            reasons += found
            if judgement.lookups:
                unresolved.append(Unresolved(found[0], schema, judgement.lookups))
        return schema


def _placed(where: str, problem: str) -> str:
    """A schema's finding at `/pointer`, or about the schema itself, as a reason about the event's field."""
    if not problem.startswith("/"):
        return f"{where}: {problem}"
    return f"{where}/data{problem.removeprefix('/') if problem.startswith('/: ') else problem}"


def _unwrap(key: str, text: str, wrappers: frozenset[str], reasons: list[str]) -> tuple[JSONValue] | None:
    """The `data` of the wrapper that a JSON field must hold, in a tuple; None after noting the reason."""
    try:
        value = load_field(key, text)
    except BadField as error:
        reasons.append(f"{key}: {error}")
        return None
    problem = self_describing_problem(value)
    if problem is not None:
        reasons.append(f"{key}: {problem}")
        return None
    if value["schema"] not in wrappers:
        reasons.append(f"{key}: is wrapped in {value['schema']}, expected {max(wrappers)}")
        return None
    return (value["data"],)
