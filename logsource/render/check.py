"""Everything about a source's filters, kind of event and entities that can be checked before it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from logsource.event.resolver import local_resolver
from logsource.event.validate import Validators
from logsource.render.filters.check import FieldNames, Finding, filter_findings
from logsource.render.kinds import STRUCT_KEYS, mapped
from logsource.render.members import constant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.config.model import Config, SourceConfig
    from logsource.render.facts import SourceFacts

_WANTED = {
    "sid": "write a UUID, or derive: uuid",
    "vid": "write a whole number",
    "se_va": "write a number",
    "url": "write an absolute URL",
    "refr": "write an absolute URL",
}


def findings(config: Config, source: SourceConfig, facts: SourceFacts) -> list[Finding]:
    """Problems and warnings of one source, in the order in which things happen to a record."""
    names = FieldNames(facts.shapes)
    found = list(filter_findings(source.filters, facts.web, names))
    found += _page_view(source, facts, names)
    found += _application_error(source, names)
    found += _struct(source, names)
    found += _user(source, names)
    found += _context(config, source)
    found += _leaks(source)
    return found


def _page_view(source: SourceConfig, facts: SourceFacts, names: FieldNames) -> Iterator[Finding]:
    for key, label in source.page_view.model_dump(exclude_none=True).items():
        if key.endswith("_field"):
            yield from names.read(("page_view", key), label)
    if source.event != "page_view":
        return
    roles = facts.roles
    if roles.target is None:
        what = f"no field of {source.parser} is known to have the request target"
        yield Finding(("event",), what, "name it with page_view.target_field")
    elif not source.page_view.host and not (source.user and source.user.url):
        hint = "page_view: {host: www.example.com}"
        if roles.host is None:
            yield Finding(("event",), "page views need a host, and these logs do not tell it", hint)
        else:
            what = "records without a host become no page views"
            yield Finding(("event",), what, f"give a host for them: {hint}", warning=True)


def _application_error(source: SourceConfig, names: FieldNames) -> Iterator[Finding]:
    given = source.application_error.model_dump(exclude_none=True, exclude_defaults=True)
    for key, label in given.items():
        if key.endswith("_field"):
            yield from names.read(("application_error", key), label)
    if given and source.event != "application_error":
        what = "application_error has no effect without event: application_error"
        yield Finding(("application_error",), what, "remove it, or set event")


def _struct(source: SourceConfig, names: FieldNames) -> Iterator[Finding]:
    if source.event == "struct" and source.struct is None:
        hint = "struct: {category: web, action: {field: method}}"
        yield Finding(("event",), "structured events need a category and an action", hint)
    if source.struct is None:
        return
    if source.event != "struct":
        yield Finding(("struct",), "struct has no effect without event: struct", "remove it, or set event")
    for key in STRUCT_KEYS:
        given = getattr(source.struct, key)
        label = getattr(given, "field", None)
        if label is not None:
            yield from names.read(("struct", key, "field"), label)
        elif given is not None and constant(STRUCT_KEYS[key], given).of({}) is None:
            yield Finding(("struct", key), *_never_sent(STRUCT_KEYS[key], given))


def _user(source: SourceConfig, names: FieldNames) -> Iterator[Finding]:
    for key in type(source.user).model_fields if source.user else ():
        given = getattr(source.user, key)
        if given is None:
            continue
        if given.field is not None:
            yield from names.read(("user", key), given.field)
        elif mapped(key, given).of({}) is None:
            yield Finding(("user", key, "value"), *_never_sent(key, given.value))


def _never_sent(key: str, value: object) -> tuple[str, str]:
    return f"{value!r} is no value for {key}, so it would never be sent", _WANTED.get(key, "write a text")


def _context(config: Config, source: SourceConfig) -> Iterator[Finding]:
    """Entities against their schemas, as far as those are at hand."""
    if not source.context:
        return
    validators = Validators(local_resolver(config.pack_dirs))
    for uri, data in source.context.items():
        if (path := _not_json(data)) is not None:
            what = f"the entity's value at {path} is nothing that JSON can carry"
            yield Finding(("context", uri), what, "use texts, booleans, and numbers of at most 64 bits")
            return
    known = {str(uri) for uri in validators.resolver.uris()}
    for uri, data in source.context.items():
        if uri in known:
            for problem in validators.problems(uri, data):
                what = f"the entity is not what {uri} says: {problem}"
                yield Finding(("context", uri), what, "every event with it would be lost")


def _not_json(value: object, path: str = "") -> str | None:
    """JSON pointer of the smallest part that JSON's writer refuses: an integer over 64 bits, half a surrogate pair."""
    try:
        orjson.dumps(value)
    except TypeError:
        pass
    else:
        return None
    parts: list[tuple[object, object]] = []
    if isinstance(value, dict):
        parts = list(value.items())
    elif isinstance(value, list):
        parts = list(enumerate(value))
    return next((bad for key, one in parts if (bad := _not_json(one, f"{path}/{key}")) is not None), path)


def _leaks(source: SourceConfig) -> Iterator[Finding]:
    """What filters hide in fields stands in the text of lines that no pattern takes."""
    hides = [
        (index, step.action) for index, step in enumerate(source.filters) if step.action in {"hash", "remove"}
    ]
    if hides and source.unmatched == "event":
        index, action = hides[0]
        what = "lines that no pattern takes are sent as they are, with what this step hides"
        hint = "unmatched: dead_letter or drop keeps them here; redact hides patterns in them as well"
        yield Finding(("filters", index, action), what, hint, warning=True)
