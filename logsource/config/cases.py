"""Tests of parsers inside a configuration: a line, and what must become of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from logsource.config.complaint import complaint


def _instant(value: str) -> str:
    try:
        instant = datetime.fromisoformat(value)
    except ValueError as error:
        raise complaint("is not a time in ISO 8601", "write '2026-01-02T03:04:05.678Z'") from error
    if instant.tzinfo is None:
        raise complaint("has no time zone", "end it with Z, or with an offset such as +01:00")
    return value


class TestConfig(BaseModel):
    """One test of a parser, run by `logsource check --tests`."""

    __test__ = False
    """Tells pytest that this is none of its tests."""
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    parser: str = Field(description="Name of an entry of `parsers`, of a pack, or of a built-in parser.")
    line: str | None = Field(
        None, description="The record; it may hold line breaks. Each test has `line` or `lines`."
    )
    lines: list[str] = Field(
        default_factory=list, description="Several records, each of which must give what is expected."
    )
    expect: dict[str, Any] | None = Field(
        None,
        description="Fields the record must have (dotted names when nested), with their values; null: it must not "
        "have the field. Fields not named here do not matter.",
    )
    reject: str | None = Field(
        None,
        description="Reason for which the parser must refuse the record: no_match, bad_value, bad_timestamp, …",
    )
    timestamp: Annotated[str, AfterValidator(_instant)] | None = Field(
        None, description="Instant the record must state, ISO 8601 with a zone, in quotes."
    )

    @model_validator(mode="after")
    def _complete(self) -> TestConfig:
        if (self.line is None) == (not self.lines):
            raise complaint("must have one of line and lines")
        if (self.expect is None and self.timestamp is None) == (self.reject is None):
            raise complaint("must have one of expect and reject", "expect: {} takes any record")
        return self

    @property
    def records(self) -> list[str]:
        """All records of the test."""
        return [self.line] if self.line is not None else self.lines
