"""pack.yaml as frozen values, and its loader: all problems at once, each `file:line:col`.

The meaning of every key is described here and nowhere else; `parsers/README.md` is written from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from logsource.config.chain import ChainConfig
from logsource.config.complaint import complaint
from logsource.config.explain import explain
from logsource.config.fieldrules import IgluUri, Regex, Timezone
from logsource.config.yaml import read_yaml
from logsource.errors import PackError

if TYPE_CHECKING:
    from pathlib import Path

    from logsource.config.yaml import Document

PACK_FILE = "pack.yaml"
ENGINES = ("json", "logfmt", "csv", "syslog", "dissect")
"""Engines that take a record apart without patterns."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class DetectSpec(_Part):
    """How `logsource detect` tells this format from others that match as well."""

    paths: list[str] = Field(
        default_factory=list, description="Globs of paths where such files are usually found."
    )
    hints: list[Regex] = Field(
        default_factory=list, description="Regular expressions (searched) typical of lines of this format."
    )
    general: bool = Field(
        False, description="An envelope that many programs share: ranked behind packs that know the program."
    )


class TimestampSpec(_Part):
    """Which capture states the time of the record, and how."""

    field: str = Field(description="Capture (or member) that holds the time.")
    format: str | list[str] = Field(
        "iso8601",
        description="strptime pattern(s), or iso8601, epoch_s, epoch_ms, epoch_us, epoch_ns, syslog; tried in order.",
    )
    timezone: Timezone = Field("UTC", description="IANA zone of times that state none.")
    keep: bool = Field(False, description="Also keep the text as a field of the event.")
    required: bool = Field(
        False, description="A record that states no time is none (packs with an engine only)."
    )

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats as a tuple."""
        return (self.format,) if isinstance(self.format, str) else tuple(self.format)


class PatternEntry(_Part):
    """One pattern; it must match the whole record. Give one of regex and grok."""

    name: str = Field(pattern=r"^[a-z0-9_]{1,64}$", description="snake_case name, shown by try and explain.")
    description: str = Field("", description="Which lines it is for.")
    regex: str | None = Field(
        None, description="Python regular expression; named groups are fields, others must be (?:…)."
    )
    grok: str | None = Field(None, description="Grok pattern; its named captures are fields.")
    set: dict[str, str | bool | int | float] = Field(
        default_factory=dict, description="Fields with a fixed value in every record of this pattern."
    )
    schema_: IgluUri | None = Field(
        None, alias="schema", description="Schema of records of this pattern; none: the pack's."
    )

    @model_validator(mode="after")
    def _one_engine(self) -> PatternEntry:
        if (self.regex is None) == (self.grok is None):
            raise complaint("must have one of regex and grok")
        return self


class FieldEntry(_Part):
    """What the schema does not say about a field: where it comes from, and which texts mean nothing."""

    from_: str | None = Field(
        None,
        alias="from",
        description="Capture or member (dotted when nested) it is taken from; none: its name.",
    )
    nulls: list[str] | None = Field(
        None, description='Texts that mean "no value" in this field; none: those of the pack.'
    )
    decode: Literal["url_text", "url_host", "url_parameter"] | None = Field(
        None,
        description="The capture stands percent-encoded in a query: `url_text` decodes it, `url_host` gives the host of "
        "the URL it begins with, `url_parameter` decodes a parameter that is captured with the `=` before it, or with "
        "the `%3D` when it is one of a URL in the query (patterns only).",
    )
    strip: bool = Field(False, description="Leave out white space at the end (packs with an engine only).")
    words: dict[str, str] = Field(
        default_factory=dict,
        description="Captured texts and what they stand for, in a field with an enum or a boolean (packs with patterns or "
        "fixed columns only).",
    )


class PageViewSpec(_Part):
    """Which fields make a page view, when a source asks for `event: page_view`."""

    ip: str = Field(description="Field with the client's address.")
    target: str = Field(description="Field with the request target: path and query, or an absolute URL.")
    query: str | None = Field(None, description="Field with the query, when the target holds only the path.")
    host: str | None = Field(None, description="Field with the host of the URL.")
    scheme: str | None = Field(None, description="Field with the scheme of the URL.")
    referrer: str | None = Field(None, description="Field with the referrer.")
    user_agent: str | None = Field(None, description="Field with the user agent.")


class SamplesSpec(_Part):
    """Facts about the sample files."""

    reference: str = Field(
        "2026-07-01T00:00:00Z",
        description="Instant soon after which the samples count as written; decides the year of times without one.",
    )


class OriginEntry(_Part):
    """Where the lines of some sample files come from."""

    samples: list[str] = Field(
        min_length=1, description="Names of the sample files it is about, without their endings."
    )
    written_by: str | None = Field(
        None,
        min_length=1,
        description="Program and version that wrote the lines while it ran (`Squid 5.7, Debian 12`); none: they were made "
        "by hand.",
    )
    how: str = Field(
        min_length=1,
        description="How the program was made to write them, and when; or after what they were made by hand, and why.",
    )


class PackSpec(_Part):
    """A whole pack.yaml: either `patterns`, or `fixed` columns, or one engine, or a chain."""

    title: str = Field(description="What writes such lines, in a few words.")
    description: str = Field(description="Which variants are understood, what is kept as it is, what is not.")
    url: str = Field("", description="Where the format is documented.")
    schema_: IgluUri = Field(
        alias="schema",
        description="Schema of the records; it defines types, limits and meaning of the fields.",
    )
    detect: DetectSpec = Field(default_factory=DetectSpec, description="How to tell this format from others.")
    nulls: list[str] = Field(
        default_factory=list, description='Texts that mean "no value" in every field, such as "-".'
    )
    timestamp: TimestampSpec | None = Field(None, description="The time a record states.")
    patterns: list[PatternEntry] = Field(default_factory=list, description="Tried in order; the first wins.")
    json_: dict[str, Any] | None = Field(None, alias="json", description="Records are JSON objects.")
    logfmt: dict[str, Any] | None = Field(None, description="Records are key=value pairs.")
    csv: dict[str, Any] | None = Field(None, description="Records are delimited columns.")
    syslog: dict[str, Any] | None = Field(None, description="Records are syslog messages.")
    dissect: dict[str, Any] | None = Field(None, description="Records have the form of a dissect pattern.")
    fixed: dict[str, Any] | list[Any] | None = Field(
        None,
        description="Records have columns of fixed width, written as under `parsers:` of a configuration.",
    )
    chain: ChainConfig | None = Field(
        None,
        description="Records are envelopes with a record of another format inside; the parts are packs beside this one, "
        "built-in packs, and built-in parsers.",
    )
    rest: str | None = Field(
        None, description="Field (an object) that takes the members no field names; none: they are left out."
    )
    fields: dict[str, FieldEntry] = Field(
        default_factory=dict, description="Exceptions, by field of the schema."
    )
    header: Literal["syslog"] | None = Field(
        None,
        description="The lines begin with a syslog header (time host program[pid]:). Inside the envelope of a chain, "
        "which says the same in its fields, one is put before the text.",
    )
    source: dict[str, Any] = Field(
        default_factory=dict,
        description="Keys that a source of such files needs besides, such as `comment`; the README's example has them.",
    )
    page_view: PageViewSpec | None = Field(None, description="How to make a page view of a record.")
    samples: SamplesSpec = Field(default_factory=SamplesSpec, description="Facts about the sample files.")
    origin: list[OriginEntry] = Field(
        default_factory=list, description="Where the samples come from; `packs test` wants it for every file."
    )
    speed: str = Field(
        "", description="Why fewer than 60,000 lines a second are rendered on one core; none: they are not."
    )

    @field_validator("origin")
    @classmethod
    def _one_origin(cls, origin: list[OriginEntry]) -> list[OriginEntry]:
        names = [name for entry in origin for name in entry.samples]
        if len(names) != len(set(names)):
            raise complaint("names a sample file twice")
        return origin

    @model_validator(mode="after")
    def _patterns_or_engine(self) -> PackSpec:
        given = [name for name in ENGINES if self.engine_options(name) is not None]
        others = bool(self.patterns) + (self.chain is not None) + (self.fixed is not None)
        if len(given) + others != 1:
            raise complaint(f"must have exactly one of patterns, chain, fixed, {', '.join(ENGINES)}")
        names = [pattern.name for pattern in self.patterns]
        if len(names) != len(set(names)):
            raise complaint("has two patterns of the same name")
        if self.patterns and any(entry.strip for entry in self.fields.values()):
            raise complaint("must not have fields with strip: patterns capture what they want")
        if self.fixed is not None and any(entry.strip for entry in self.fields.values()):
            raise complaint("must not have fields with strip: columns lose their filler anyway")
        if not self.patterns and self.fixed is None and any(entry.words for entry in self.fields.values()):
            raise complaint("must not have fields with words: only patterns know them")
        if not self.patterns and any(entry.decode for entry in self.fields.values()):
            raise complaint("must not have fields with decode: only patterns capture encoded texts")
        if self.rest is not None and (self.patterns or self.fixed is not None):
            raise complaint("must not have rest: patterns and columns capture what they name")
        return self

    @model_validator(mode="after")
    def _chained(self) -> PackSpec:
        """What a chain has no use for, and what it needs of a pack whose lines begin with a syslog header."""
        own = {"timestamp", "fields", "nulls", "rest", "header", "page_view"} & self.model_fields_set
        if self.chain is not None and own:
            raise complaint(f"must not have {min(own)} beside chain: its parts have their own")
        if self.header is not None:
            if self.timestamp is None or "iso8601" not in self.timestamp.formats:
                raise complaint("must read iso8601 times: inside a chain the header is made with one")
            if self.timestamp.keep:
                raise complaint("must not keep the time of a header: inside a chain the envelope states it")
        return self

    def engine_options(self, name: str) -> dict[str, Any] | None:
        """Options of an engine, None when it is not used."""
        options: dict[str, Any] | None = getattr(self, "json_" if name == "json" else name)
        return options

    @property
    def engine(self) -> str | None:
        """Name of the engine, None when there are patterns."""
        return next((name for name in ENGINES if self.engine_options(name) is not None), None)

    def nulls_of(self, field: str) -> frozenset[str]:
        """Texts that mean "no value" in a field."""
        entry = self.fields.get(field)
        return frozenset(self.nulls if entry is None or entry.nulls is None else entry.nulls)

    def words_of(self, field: str) -> tuple[tuple[str, str], ...]:
        """Captured texts and what they stand for in a field."""
        entry = self.fields.get(field)
        return () if entry is None else tuple(entry.words.items())

    def source_of(self, field: str) -> str:
        """Capture a field is taken from."""
        entry = self.fields.get(field)
        return field if entry is None or entry.from_ is None else entry.from_


def load_spec(file: Path) -> tuple[PackSpec, Document]:
    """Read a pack.yaml. Raises PackError with all its problems, each `file:line:col: what (hint)`."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(f"{file}: cannot be read: {error}") from error
    document = read_yaml(text, None)
    problems = list(document.problems)
    spec = None
    if not problems:
        try:
            spec = PackSpec.model_validate(document.value)
        except ValidationError as error:
            problems += [found for one in error.errors() if (found := explain(one, document, PackSpec))]
    if problems or spec is None:
        raise PackError("\n".join(problem.render(str(file)) for problem in sorted(problems)))
    return spec, document
