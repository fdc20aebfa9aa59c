"""Options that people know from Logstash and write under `parsers:`, and what stands for them here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNMATCHED = "records that do not match: `unmatched` of the source"
LOGSTASH: Mapping[str, str] = {
    "match": "write the patterns under grok, or field and format under timestamp",
    "overwrite": "nothing is overwritten: the event holds what was captured",
    "target": "name the fields [target][name] in the pattern",
    "tag_on_failure": _UNMATCHED,
    "tag_on_timeout": _UNMATCHED,
    "timeout_millis": "write timeout: 250ms",
    "timeout_scope": "timeout is that of one pattern on one record",
    "patterns_files_glob": "write the glob into patterns_dir: [/etc/grok/*.pat]",
    "ecs_compatibility": "write ecs: true, or leave it out",
    "locale": "names of months and days are English in every locale",
    "mapping": "write the pattern under dissect",
    "convert_datatype": "write types: {FIELD: integer}",
    "convert": "write types: {FIELD: integer}",
    "field_split": "write logfmt: {separator: …}",
    "value_split": "write logfmt: {assign: …}",
    "source": "a field of another parser is read by a chain",
    "add_tag": "write a filter of the source: add: {FIELD: VALUE}",
    "add_field": "write a filter of the source: add: {FIELD: VALUE}",
    "remove_field": "write a filter of the source: remove: [FIELD]",
}
"""Option → hint."""


def logstash_hint(path: tuple[str | int, ...]) -> str:
    """What to write instead of an unknown key, when it is one of Logstash's in a parser; else nothing."""
    inside = len(path) > 2 and path[0] == "parsers"
    hint = LOGSTASH.get(str(path[-1]), "") if inside else ""
    return f"Logstash's; here: {hint}" if hint else ""
