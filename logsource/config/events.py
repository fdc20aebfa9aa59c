"""What kind of event a record becomes, and which of its fields travel as tracker protocol fields."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from logsource.config.complaint import complaint
from logsource.config.filters import Constant, FieldName

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)(:[0-9]{1,5})?")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _host(value: str) -> str:
    if value and not _HOST.fullmatch(value):
        raise complaint("must be a host name, with a port if need be", "write www.example.com")
    return value


class PageViewConfig(_Part):
    """How `event: page_view` makes a page view of a record; what is not given, the pack knows."""

    host: Annotated[str, AfterValidator(_host)] = Field(
        "", description="Host of the pages, for logs that do not tell it; needed unless each record has one."
    )
    scheme: Literal["http", "https"] = Field(
        "https", description="Scheme of the pages, for logs that do not tell it."
    )
    others: Literal["self_describing", "drop"] = Field(
        "self_describing",
        description="Records that are no page view (no GET, no target): sent as they are, or a counted drop.",
    )
    target_field: FieldName | None = Field(None, description="Field with path and query, or an absolute URL.")
    query_field: FieldName | None = Field(
        None, description="Field with the query, where the target is without it."
    )
    method_field: FieldName | None = Field(None, description="Field with the request method.")
    host_field: FieldName | None = Field(None, description="Field with the host.")
    scheme_field: FieldName | None = Field(None, description="Field with the scheme.")
    referrer_field: FieldName | None = Field(None, description="Field with the referrer.")
    user_agent_field: FieldName | None = Field(None, description="Field with the user agent.")
    ip_field: FieldName | None = Field(None, description="Field with the client's address.")


class Taken(_Part):
    """A value taken from a field."""

    field: FieldName = Field(description="Field of the record's data.")


def _taken(value: object) -> object:
    if isinstance(value, dict) or value is None:
        return value
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise complaint("must be a text, a number, or {field: NAME}")
    return value


StructValue = Annotated[
    Taken | Constant, BeforeValidator(_taken, json_schema_input_type=Taken | str | int | float)
]


class StructConfig(_Part):
    """How `event: struct` makes a structured event of a record: constants, or `{field: NAME}`."""

    category: StructValue = Field(description="`se_ca`, required by the protocol.")
    action: StructValue = Field(description="`se_ac`, required by the protocol.")
    label: StructValue | None = Field(None, description="`se_la`.")
    property: StructValue | None = Field(None, description="`se_pr`.")
    value: StructValue | None = Field(None, description="`se_va`, a number; left out when the field is none.")
    others: Literal["self_describing", "drop"] = Field(
        "self_describing",
        description="Records without category or action: sent as they are, or a counted drop.",
    )


class Mapped(_Part):
    """Where a protocol field comes from: a field of the record, or one value for all events."""

    field: FieldName | None = Field(None, description="Field of the record's data; dotted when nested.")
    value: Constant | None = Field(None, description="The same value in each event.")
    derive: Literal["uuid"] | None = Field(
        None,
        description="uuid: a text that is no UUID becomes one, always the same of the same text; for `sid`, where "
        "session ids have another form.",
    )

    @model_validator(mode="after")
    def _one(self) -> Mapped:
        if (self.field is None) == (self.value is None):
            raise complaint(
                "must have exactly one of field and value", "write {field: NAME} or {value: TEXT}"
            )
        return self


def _mapped(value: object) -> object:
    if isinstance(value, str):
        return {"field": value}
    if not isinstance(value, dict | Mapped) and value is not None:
        hint = "write NAME, {field: NAME} or {value: TEXT}"
        raise complaint("must be the name of a field, or a mapping", hint)
    return value


UserValue = Annotated[Mapped, BeforeValidator(_mapped, json_schema_input_type=Mapped | str)]


class ApplicationErrorConfig(_Part):
    """How `event: application_error` makes Snowplow's application_error of a record with a stack trace."""

    others: Literal["self_describing", "drop"] = Field(
        "self_describing", description="Records without a stack trace: sent as they are, or a counted drop."
    )
    language: Literal["JAVA", "PYTHON", "PHP", "JAVASCRIPT", "RUBY", "GOLANG", "CSHARP", "RUST"] | None = (
        Field(None, description="Take only traces of this language; none: of any of them.")
    )
    trace_field: FieldName | None = Field(
        None,
        description="Field with the trace; none: stack_trace, traceback, backtrace, stacktrace or stack, else the "
        "message below its first line.",
    )
    message_field: FieldName | None = Field(
        None, description="Field with the message; none: message, msg or short_message."
    )
    thread_field: FieldName | None = Field(
        None, description="Field with the name of the thread; none: thread or thread_name."
    )
    level_field: FieldName | None = Field(
        None, description="Field with the severity, which tells isFatal; none: level or severity."
    )


class UserConfig(_Part):
    """Protocol fields about user and session, whatever the kind of event: names of fields, or mappings."""

    uid: UserValue | None = Field(None, description="User id, `uid`.")
    duid: UserValue | None = Field(None, description="Device or first-party cookie id, `duid`.")
    tnuid: UserValue | None = Field(None, description="Network user id, `tnuid`.")
    sid: UserValue | None = Field(
        None, description="Session id, `sid`; left out unless it is a UUID, see derive."
    )
    vid: UserValue | None = Field(
        None, description="Session number, `vid`; left out unless it is an integer."
    )
    ip: UserValue | None = Field(None, description="Address of the client, `ip`.")
    ua: UserValue | None = Field(None, description="User agent, `ua`.")
    lang: UserValue | None = Field(None, description="Language, `lang`.")
    url: UserValue | None = Field(None, description="Absolute URL of the page, `url`.")
    refr: UserValue | None = Field(None, description="Absolute URL of the referrer, `refr`.")
    page: UserValue | None = Field(None, description="Title of the page, `page`.")
