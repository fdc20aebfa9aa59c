"""Filters of a source as frozen values: steps that keep, drop and change records before they become events."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from logsource.config.complaint import complaint
from logsource.config.fieldrules import Regex
from logsource.config.types import Count, Flag

Scalar = str | int | float | bool
DETECTORS = ("email", "ipv4", "ipv6", "card", "iban", "jwt", "token", "url_secret")
"""What `redact.patterns` knows."""
OPERATORS = (
    "eq",
    "ne",
    "in",
    "lt",
    "gt",
    "ge",
    "le",
    "matches",
    "contains",
    "startswith",
    "endswith",
    "exists",
)
"""Keys of a condition that compare its field with something."""
_COMBINERS = ("all", "any", "not")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _label(value: str) -> str:
    if not value or any(not part for part in value.split(".")) or len(value) > 512:
        raise complaint("must be the name of a field", "write status, or source.address for nested fields")
    return value


def _scalar(value: object) -> object:
    if not isinstance(value, str | int | float | bool):
        raise complaint("must be text, a number, true or false")
    return value


def _rate(value: object) -> float:
    if isinstance(value, str):  # from the environment everything is text
        try:
            value = float(value)
        except ValueError:
            value = None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise complaint("must be a number from 0 to 1", "0.1 keeps one record in ten")
    return float(value)


def _bots(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is not None and value not in ("true", "false", "tag"):
        raise complaint("must be true, false or tag")
    return value


FieldName = Annotated[str, AfterValidator(_label)]
"""Name of a field of the record's data, dotted when nested."""
Constant = Annotated[Any, BeforeValidator(_scalar, json_schema_input_type=Scalar)]
Bots = Annotated[
    Literal["true", "false", "tag"], BeforeValidator(_bots, json_schema_input_type=bool | Literal["tag"])
]
Rate = Annotated[float, BeforeValidator(_rate, json_schema_input_type=float)]


class Condition(_Part):
    """What is asked of a record: comparisons of one field (all must hold), or a combination of conditions.

    A field that is not there fulfils only `ne` and `exists: false`. Numbers compare as numbers, also when
    the field is a text that is a number; all else compares as text.
    """

    field: FieldName | None = Field(None, description="Field to compare; dotted when nested.")
    eq: Constant | None = Field(None, description="The field is this value.")
    ne: Constant | None = Field(None, description="The field is not this value, or is not there.")
    in_: list[Constant] | None = Field(
        None, alias="in", min_length=1, description="The field is one of these values."
    )
    lt: float | None = Field(None, description="The field is a number below this one.")
    gt: float | None = Field(None, description="The field is a number above this one.")
    ge: float | None = Field(None, description="The field is this number or above it.")
    le: float | None = Field(None, description="The field is this number or below it.")
    matches: Regex | None = Field(
        None, description="The regular expression is found in the field; it may take 0.1 s."
    )
    contains: str | None = Field(None, description="This text is in the field.")
    startswith: str | None = Field(None, description="The field begins with this text.")
    endswith: str | None = Field(None, description="The field ends with this text.")
    exists: Flag | None = Field(None, description="Whether the record has the field.")
    all: list[Condition] | None = Field(None, min_length=1, description="All of these conditions hold.")
    any: list[Condition] | None = Field(
        None, min_length=1, description="At least one of these conditions holds."
    )
    not_: Condition | None = Field(None, alias="not", description="This condition does not hold.")

    @model_validator(mode="after")
    def _one_form(self) -> Condition:
        given = self.model_dump(exclude_none=True, by_alias=True)
        combiners = [key for key in _COMBINERS if key in given]
        operators = [key for key in OPERATORS if key in given]
        if len(combiners) + ("field" in given) != 1:
            raise complaint("must have exactly one of field, all, any, not")
        if combiners and operators:
            raise complaint(f"must not have {operators[0]} beside {combiners[0]}", "put it beside a field")
        if "field" in given and not operators:
            raise complaint("does not say what to compare the field with", "one of " + ", ".join(OPERATORS))
        return self


class SampleConfig(_Part):
    """Keep a part of the records, always the same ones."""

    rate: Rate = Field(description="Share that is kept, 0 to 1.")
    key: list[FieldName] = Field(
        default_factory=list,
        description="Fields that decide: records with equal values stay or go together; none: each by its own id.",
    )
    seed: str = Field("", description="Another text chooses another part.")


class RedactConfig(_Part):
    """Hide parts of texts."""

    fields: list[FieldName] = Field(default_factory=list, description="Fields to look into; none: all texts.")
    patterns: list[Literal["email", "ipv4", "ipv6", "card", "iban", "jwt", "token", "url_secret"]] = Field(
        default_factory=list,
        description="What to hide: "
        + ", ".join(DETECTORS)
        + ". card and iban are known by their check digits; token: keys and "
        "passwords with their names, in headers, or of a known form; url_secret: secrets in queries, the password of a URL. "
        "URL-encoded ones as well.",
    )
    regex: list[Regex] = Field(
        default_factory=list,
        description="Regular expressions of your own: the whole match is hidden, or its group 1; each may take 0.1 s.",
    )
    with_: str = Field("***", alias="with", max_length=64, description="What stands there instead.")

    @model_validator(mode="after")
    def _something(self) -> RedactConfig:
        if not self.patterns and not self.regex:
            raise complaint("does not say what to hide", "give it patterns or regex")
        return self


class HashConfig(_Part):
    """Replace values by a keyed hash (BLAKE2b), so that equal values stay recognisable as equal."""

    fields: list[FieldName] = Field(min_length=1, description="Fields to replace.")
    key: str = Field(
        min_length=8,
        description="Secret, at least 8 characters; take it from the environment, ${HASH_KEY}, or a file, ${file:/run/secrets/hash_key}.",
    )
    length: Count = Field(32, ge=8, le=64, description="Hex digits of the result; 32 are 128 bits.")


class CleanUrlConfig(_Part):
    """Make URLs absolute and well-formed."""

    fields: list[FieldName] = Field(min_length=1, description="Fields to rewrite.")
    host: str = Field("", description="Host of URLs that have none; empty: they stay relative.")
    scheme: Literal["http", "https"] = Field("https", description="Scheme of URLs that have none.")


STEPS = (
    "drop_if",
    "keep_if",
    "sample",
    "rename",
    "add",
    "remove",
    "redact",
    "hash",
    "truncate",
    "clean_url",
    "drop_static_assets",
    "drop_bots",
)


class FilterConfig(_Part):
    """One step: exactly one action, and a name for its counter if you like."""

    name: str = Field(
        "",
        pattern=r"^([a-zA-Z0-9_.-]{1,64})?$",
        description="What it drops is counted as filter_NAME; none: as filter_ and the action.",
    )
    drop_if: Condition | None = Field(None, description="Drop records that fulfil the condition.")
    keep_if: Condition | None = Field(None, description="Drop records that do not fulfil the condition.")
    sample: SampleConfig | None = Field(None, description="Keep a part of the records, always the same ones.")
    rename: dict[FieldName, FieldName] | None = Field(
        None, min_length=1, description="Old name to new name of fields."
    )
    add: dict[FieldName, Constant] | None = Field(
        None, min_length=1, description="Fields with a fixed value; a value that is there is replaced."
    )
    remove: list[FieldName] | None = Field(None, min_length=1, description="Fields to leave out.")
    redact: RedactConfig | None = Field(None, description="Hide parts of texts.")
    hash: HashConfig | None = Field(None, description="Replace values by a keyed hash.")
    truncate: dict[FieldName, Annotated[Count, Field(ge=1)]] | None = Field(
        None, min_length=1, description="Most characters of each field; longer texts are cut."
    )
    clean_url: CleanUrlConfig | None = Field(None, description="Make URLs absolute and well-formed.")
    drop_static_assets: Flag | None = Field(
        None, description="Drop requests for images, styles, scripts, fonts and the like."
    )
    drop_bots: Bots | None = Field(
        None,
        description="true drops requests of known bots and tools; tag keeps them and adds an io.logsource/bot entity.",
    )

    @model_validator(mode="after")
    def _one_step(self) -> FilterConfig:
        given = [key for key in STEPS if getattr(self, key) is not None]
        if len(given) != 1:
            what = f"has {' and '.join(given)}" if given else "does nothing"
            raise complaint(what, "write one step an item: " + ", ".join(STEPS))
        return self

    @property
    def action(self) -> str:
        """Key of the one thing it does."""
        return next(key for key in STEPS if getattr(self, key) is not None)

    @property
    def reason(self) -> str:
        """Label under which its drops are counted."""
        return f"filter_{self.name or self.action}"


Condition.model_rebuild()
