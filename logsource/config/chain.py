"""A chain of formats: an envelope (syslog, a container's JSON) and what the text inside it may be."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from logsource.config.complaint import complaint
from logsource.config.filters import FieldName
from logsource.config.types import Flag

_INNER_FORM = "write NAME, or a list of NAME and {parser: NAME, when: {FIELD: VALUE}}"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _words(value: object) -> object:
    """Values to compare with, as texts: a number in the log and the same number in the file are equal."""
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(one, str | int) for one in values):
        raise complaint(
            "gives nothing to compare with", "write a value, or a list: texts, whole numbers, true, false"
        )
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in values]


def _inner(value: object) -> object:
    items = value if isinstance(value, list) else [value]
    if not items:
        raise complaint("names no parser", _INNER_FORM)
    if isinstance(value, dict) or not all(isinstance(one, str | dict | BaseModel) for one in items):
        raise complaint("must be a name or a list", _INNER_FORM)
    return [{"parser": one} if isinstance(one, str) else one for one in items]


Words = Annotated[
    list[str], BeforeValidator(_words, json_schema_input_type=str | int | bool | list[str | int | bool])
]


class InnerConfig(_Part):
    """One format that the text inside the envelope may have."""

    parser: str = Field(description="Name of a pack, of an entry of `parsers`, or a built-in parser.")
    when: dict[FieldName, Words] = Field(
        default_factory=dict,
        description="Try it only if these fields of the envelope have one of these values: {program: sshd}, "
        "{program: [nginx, nginx-proxy]}.",
    )


class ChainConfig(_Part):
    """How a record is taken apart in two steps."""

    envelope: str = Field(
        description="Parser of the whole record: a pack, an entry of `parsers`, or a built-in one."
    )
    field: FieldName = Field("message", description="Field of the envelope that holds the text inside.")
    inner: Annotated[
        list[InnerConfig], BeforeValidator(_inner, json_schema_input_type=str | list[str | InnerConfig])
    ] = Field(
        description="Parsers of that text, tried in order; the first that makes a record of it gives the event. Each is "
        "a name, or a mapping of parser and when."
    )
    otherwise: Literal["event", "reject", "drop"] = Field(
        "event",
        description="When no inner parser makes a record: the envelope itself is the event, the record is one that no "
        "pattern matches, or it is dropped and counted.",
    )
    entity: Flag = Field(
        True,
        description="Send the envelope's other fields as an entity, under the envelope's schema.",
    )

    @property
    def parts(self) -> list[str]:
        """Names of all parsers in the chain, the envelope's first."""
        return [self.envelope, *(one.parser for one in self.inner)]


def names_in(chain: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """(path, name) of each parser that a raw `chain:` names; what has the wrong type is left out."""
    if not isinstance(chain, dict):
        return []
    found: list[tuple[tuple[str | int, ...], Any]] = [(("envelope",), chain.get("envelope"))]
    inner = chain.get("inner")
    if isinstance(inner, list):
        for index, one in enumerate(inner):
            if isinstance(one, dict):
                found.append((("inner", index, "parser"), one.get("parser")))
            else:
                found.append((("inner", index), one))
    else:
        found.append((("inner",), inner))
    return [(path, name) for path, name in found if isinstance(name, str)]
