"""Events written as JSON, one object each, as `logsource track` reads them.

    {"schema": "iglu:com.acme/order/jsonschema/1-0-0", "data": {…}}
    {"event": "page_view", "url": "https://example.com/", "subject": {"user_id": "u1"}, "entities": [{"schema": …}]}

The first form is short for `"event": "self_describing"`. Names are those of `values.py`.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from logsource.config.fieldrules import suggest
from logsource.errors import EventInvalid
from logsource.event.iglu import json_type
from logsource.tracker.values import (
    Event,
    PagePing,
    PageView,
    ScreenView,
    SelfDescribing,
    Structured,
    Subject,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logsource.model import JSONValue

KINDS: dict[str, type] = {
    "self_describing": SelfDescribing,
    "page_view": PageView,
    "page_ping": PagePing,
    "struct": Structured,
    "screen_view": ScreenView,
}
ABOUT = ("entities", "subject", "true_timestamp", "event_id", "created", "platform")


def event_of(value: JSONValue) -> Event:
    """The event that an object describes. Raises EventInvalid with everything about its form that is wrong."""
    if not isinstance(value, dict):
        raise EventInvalid([f"the event: must be an object, not {json_type(value)}"])
    problems: list[str] = []
    kind = value.get("event", "self_describing")
    made = KINDS.get(kind) if isinstance(kind, str) else None
    if made is None:
        hint = suggest(str(kind), KINDS) or f"write one of {', '.join(KINDS)}"
        raise EventInvalid([f"event: {str(kind)[:80]!r} is no kind of event; {hint}"])
    own = [one.name for one in fields(made)]
    _unknown(value, ["event", *own, *ABOUT], "", problems)
    problems += [
        f"{one.name}: missing; an event of kind {kind} needs it"
        for one in fields(made)
        if one.default is MISSING and one.name not in value
    ]
    about = {
        "entities": _entities(value.get("entities"), problems),
        "subject": _subject(value.get("subject"), problems),
        "true_timestamp": _instant("true_timestamp", value, problems),
        "event_id": value.get("event_id"),
        "created": _instant("created", value, problems),
        "platform": value.get("platform"),
    }
    if problems:
        raise EventInvalid(problems)
    body = made(**{name: value[name] for name in own if name in value})
    return Event(body=body, **about)


def _unknown(given: dict[str, JSONValue], known: Iterable[str], where: str, problems: list[str]) -> None:
    known = list(known)
    for name in given:
        if name not in known:
            hint = suggest(name, known) or f"known are {', '.join(known)}"
            problems.append(f"{where}{name[:80]}: is not known here; {hint}")


def _entities(given: JSONValue, problems: list[str]) -> tuple[SelfDescribing, ...]:
    if given is None:
        return ()
    if not isinstance(given, list):
        problems.append(f"entities: must be an array of self-describing JSONs, not {json_type(given)}")
        return ()
    found = []
    for at, one in enumerate(given):
        if not isinstance(one, dict) or one.keys() != {"schema", "data"}:
            problems.append(f"entities[{at}]: must be an object with schema and data, and nothing else")
        else:
            found.append(SelfDescribing(one["schema"], one["data"]))
    return tuple(found)


def _subject(given: JSONValue, problems: list[str]) -> Subject | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        problems.append(f"subject: must be an object, not {json_type(given)}")
        return None
    known = [one.name for one in fields(Subject)]
    _unknown(given, known, "subject.", problems)
    return Subject(**{name: value for name, value in given.items() if name in known})


def _instant(name: str, value: dict[str, JSONValue], problems: list[str]) -> Any:
    """A time as a text with an offset; milliseconds stay as they are."""
    given = value.get(name)
    if not isinstance(given, str):
        return given
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        problems.append(
            f"{name}: {given[:80]!r} is no time; write 2026-01-02T03:04:05Z, or milliseconds since 1970"
        )
        return None
    if found.tzinfo is None:
        problems.append(f"{name}: {given[:80]!r} has no time zone; write Z or +01:00 behind it")
        return None
    return found
