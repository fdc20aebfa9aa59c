"""Makes parser packs in a temporary folder."""

import json
from pathlib import Path

META = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
URI = "iglu:com.acme/{name}/jsonschema/1-0-0"

PROPERTIES = {
    "level": {"description": "Severity.", "enum": ["INFO", "WARN"], "type": "string"},
    "code": {"description": "Number.", "type": ["integer", "null"], "minimum": 0, "maximum": 999},
    "text": {"description": "What happened.", "type": ["string", "null"], "maxLength": 20},
}
YAML = """\
title: Acme log
description: Made for a test.
origin: [{{samples: [a], how: Written for a test.}}]
schema: iglu:com.acme/{name}/jsonschema/1-0-0
nulls: ["-"]
timestamp: {{field: time, format: iso8601}}
patterns:
  - name: coded
    regex: '(?P<time>[^ \\n]+) (?P<level>[A-Z]+) (?P<code>[-0-9]+) (?P<text>[^\\n]*)'
  - name: bare
    regex: '(?P<time>[^ \\n]+) (?P<level>[A-Z]+)'
"""
LINES = ["2026-01-02T03:04:05.678Z INFO 7 it works", "2026-01-02T03:04:06Z WARN", "nothing of the kind"]


def make_pack(
    directory: Path,
    name: str = "acme",
    *,
    yaml: str = YAML,
    properties: dict | None = None,
    required: tuple[str, ...] = ("level",),
    lines: list[str] | None = None,
    **schema,
) -> Path:
    """Write directory/name with pack.yaml, a schema and samples; return the folder."""
    folder = directory / name
    (folder / "samples").mkdir(parents=True)
    (folder / "pack.yaml").write_text(yaml.format(name=name))
    file = folder / "schemas" / "com.acme" / name / "jsonschema" / "1-0-0"
    file.parent.mkdir(parents=True)
    document = {
        "$schema": META,
        "description": "One thing that happened.",
        "self": {"vendor": "com.acme", "name": name, "format": "jsonschema", "version": "1-0-0"},
        "type": "object",
        "properties": PROPERTIES if properties is None else properties,
        "required": list(required),
        "additionalProperties": False,
        **schema,
    }
    file.write_text(json.dumps(document))
    (folder / "samples" / "a.log").write_text("\n".join(LINES if lines is None else lines) + "\n")
    return folder
