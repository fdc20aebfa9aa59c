"""Entries of `parsers:`, the parsers of a user's own."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from logsource.config.chain import ChainConfig
from logsource.config.fieldrules import AbsolutePath, FixedWidth, IgluUri, OneOrMany, OptionsOrFlag, Timezone
from logsource.config.types import Duration, Flag


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class TimestampConfig(_Model):
    """Which field states the time and how."""

    field: str = Field(description="Name of the captured field.")
    format: OneOrMany = Field(
        "iso8601",
        description="strptime pattern(s), or iso8601, epoch_s, epoch_ms, epoch_us, epoch_ns, syslog; tried in order.",
    )
    timezone: Timezone = Field("UTC", description="IANA zone of times that state none.")
    keep: Flag = Field(False, description="Also keep the text as a field of the event.")


class ParserConfig(_Model):
    """A parser of the user's own: exactly one engine, and what to make of its captures."""

    grok: OneOrMany | None = Field(None, description="Grok pattern(s), tried in order.")
    regex: OneOrMany | None = Field(
        None, description="Regular expression(s) with named groups, tried in order."
    )
    dissect: OneOrMany | None = Field(None, description="Dissect pattern(s), tried in order.")
    json_: OptionsOrFlag | None = Field(
        None,
        alias="json",
        description="Records are JSON objects. Options: flatten (dotted names), prefix (a text before the object).",
    )
    logfmt: OptionsOrFlag | None = Field(
        None,
        description="Records are key=value pairs. Options: separator, assign (characters, each of which separates), bare "
        "(words without a value are true), quotes (characters that may stand around a value).",
    )
    csv: dict[str, Any] | None = Field(
        None,
        description="Records are delimited columns. Options: columns (their names; ?NAME leaves one out), or header "
        "(the first line names them), or w3c (#Fields lines do); delimiter (a comma; with w3c a space), quote, comment, "
        "null, keep_empty; join ({time: [date, time]} makes one column of several). Lines that name columns, and comments, "
        "are counted as dropped, with the reason header.",
    )
    fixed: FixedWidth | None = Field(
        None,
        description="Records have columns of fixed width: {NAME: WIDTH, …}, where WIDTH may also be FROM-TO (characters "
        "counted from 1), FROM- or rest; or a list of {name, width} and {name, from, to}, each with a filler if it has one "
        "of its own; or {columns: …, filler: …}. ?NAME is left out. Values are trimmed; blank ones are left out.",
    )
    syslog: OptionsOrFlag | None = Field(
        None,
        description="Records are syslog messages, RFC 5424 or 3164. Options: variant (auto, rfc3164, rfc5424), "
        "require_pri. Fields: facility, severity, priority, timestamp, host, program, pid, msgid, structured_data, message.",
    )
    chain: ChainConfig | None = Field(
        None, description="Records are envelopes with a record of another format inside."
    )
    timestamp: TimestampConfig | None = Field(None, description="The time a record states.")
    types: dict[str, Literal["string", "integer", "number", "boolean"]] = Field(
        default_factory=dict,
        description="Type of a field, where it is not a string. With a schema that is at hand, the schema says it.",
    )
    schema_: IgluUri | None = Field(
        None,
        alias="schema",
        description="Iglu URI of the events; none: the generic iglu:io.logsource/parsed_line/jsonschema/1-0-0.",
    )
    pattern_definitions: dict[str, str] = Field(
        default_factory=dict, description="Grok patterns of your own."
    )
    patterns_dir: list[AbsolutePath] = Field(
        default_factory=list,
        description="Folders with grok pattern files, single files, or globs of them (/etc/grok/*.pat).",
    )
    ecs: Flag = Field(False, description="Use the ECS capture names of the grok library.")
    named_captures_only: Flag = Field(
        True, description="Keep only what a grok pattern names: of %{WORD} %{INT:n}, n. False: WORD too."
    )
    keep_empty_captures: Flag = Field(
        False,
        description="Keep captures of grok patterns that are empty: as the empty text, or as null where a capture took no "
        "part in the match. With a schema at hand, its fields must allow null.",
    )
    break_on_match: Flag = Field(
        True,
        description="The first grok pattern that matches is the last. False: all are applied, each adds its fields.",
    )
    timeout: Duration = Field(
        0.25, gt=0, description="Longest time one match may take before the line is given up."
    )
