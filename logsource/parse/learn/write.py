"""The files of a pack from a draft and its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import yaml

from logsource.parse.outcome import iso

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from logsource.parse.learn.draft import Draft

_HEAD = """\
# Written by `logsource packs new` from {lines} lines. Names, types and limits are what these lines suggest: read them,
# change what you know better here and in the schema, then run `logsource packs accept` on this folder.
"""
_KNOWN = {
    "level": "Severity.",
    "message": "Text of the record.",
    "logger": "Part of the program that wrote the record.",
    "thread": "Thread that wrote the record.",
    "pid": "Process id.",
    "host": "Host that wrote the record.",
    "program": "Program that wrote the record.",
    "method": "Request method.",
    "target": "Request target: path and query.",
    "status": "Status of the answer.",
    "bytes": "Size in bytes.",
    "client_ip": "Address of the client.",
    "http_version": "Version of HTTP.",
    "referrer": "Page that led to the request, as the client says.",
    "user_agent": "Program of the client, as it says.",
    "user": "User.",
    "event": "Kind of record, by the pattern that took it.",
}
_ORIGIN = (
    "Lines of the log that was given to `logsource packs new`; written_by may say which program wrote them."
)
_UNITS = {
    "ns": "nanoseconds", "us": "microseconds", "µs": "microseconds", "μs": "microseconds", "ms": "milliseconds",
    "s": "seconds", "sec": "seconds", "m": "minutes", "h": "hours", "%": "per cent",
}  # fmt: skip


def describe(draft: Draft, path: tuple[str, ...]) -> str:
    """Description of a property of the schema."""
    name = ".".join(path)
    unit = draft.units.get(name)
    if unit is not None:
        words = path[-1].rsplit("_", 1)[0].replace("_", " ").capitalize()
        return f"{words} in {_UNITS.get(unit, unit)}."
    if path[-1] == "[]":
        return f"One of {'.'.join(path[:-1])}."
    if len(path) == 1 and name in _KNOWN:
        return _KNOWN[name]
    origin = draft.sources.get(name, name)
    return f"{'Column' if draft.notation in {'csv', 'fixed'} else 'Part' if draft.patterns else 'Member'} {origin} of the record."


def multiline_of(draft: Draft) -> str:
    """What the source must say so that lines become records."""
    quoted = str(draft.multiline).replace("'", "''")  # what stands in single quotes is literal to YAML
    return f"multiline: {{start: '{quoted}'}}"


def with_rest(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """The schema with a property that takes the members no other property names."""
    what = {
        "description": "Members that the sample, from which the schema was made, did not have.",
        "type": ["object", "null"],
        "additionalProperties": True,
    }
    return {**schema, "properties": {**schema["properties"], name: what}}


def pack_yaml(
    name: str, draft: Draft, uri: str, *, lines: int, labels: Collection[str], hints: Sequence[str] = ()
) -> str:
    """Text of pack.yaml. `labels` are the fields of the schema, dotted when nested."""
    spec: dict[str, Any] = {
        "title": f"{name} log",
        "description": f"Learnt from {lines} lines by `logsource packs new`."
        + (
            f" Several lines are one record: the source needs `{multiline_of(draft)}`."
            if draft.multiline
            else ""
        ),
        "schema": uri,
    }
    if hints:
        spec["detect"] = {"hints": list(hints)}
    if draft.notation == "fixed" and draft.time is None:
        spec.setdefault("detect", {})["general"] = True  # columns alone take nearly any line
    if draft.nulls:
        spec["nulls"] = list(draft.nulls)
    if draft.time is not None:
        formats = list(draft.time.formats)
        spec["timestamp"] = {
            "field": draft.time.field,
            "format": formats[0] if len(formats) == 1 else formats,
        }
    if draft.patterns:
        spec["patterns"] = [
            {"name": one.name, "grok": one.grok, **({"set": dict(one.constants)} if one.constants else {})}
            for one in draft.patterns
        ]
    else:
        spec[draft.notation] = dict(draft.options)
    if draft.rest is not None:
        spec["rest"] = draft.rest
    # a member that is an object in some records and a text in others is a text; what is inside has no fields
    sources = {label: source for label, source in draft.sources.items() if label in labels}
    if sources:
        spec["fields"] = {label: {"from": source} for label, source in sources.items()}
    if draft.time is not None and draft.time.reference_ms is not None:
        spec["samples"] = {"reference": str(iso(draft.time.reference_ms))}
    return _HEAD.format(lines=lines) + yaml.safe_dump(spec, sort_keys=False, allow_unicode=True, width=10_000)


def write_pack(folder: Path, *, text: str, schema: Mapping[str, Any], schema_path: str) -> None:
    """Write pack.yaml and the schema into a new folder."""
    file = folder / "schemas" / schema_path
    file.parent.mkdir(parents=True)
    file.write_bytes(orjson.dumps(schema, option=orjson.OPT_INDENT_2) + b"\n")
    (folder / "samples").mkdir()
    (folder / "pack.yaml").write_text(text, encoding="utf-8")


def state_origin(folder: Path, samples: Sequence[str]) -> None:
    """Add to pack.yaml where the samples come from, once they are chosen."""
    text = yaml.safe_dump(
        {"origin": [{"samples": list(samples), "how": _ORIGIN}]}, sort_keys=False, width=10_000
    )
    with (folder / "pack.yaml").open("a", encoding="utf-8") as file:
        file.write(text)
