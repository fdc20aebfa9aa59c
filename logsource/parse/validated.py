"""For schemas that promise more than a list of fields can: every record is validated, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs

from logsource.errors import PackError
from logsource.model import Record, Reject
from logsource.parse.memory import Memory

if TYPE_CHECKING:
    from logsource.model import Line, Parser
    from logsource.parse.shape import Shape

_DETAIL = 300


class ValidatedParser(Memory):
    """Another parser, whose records must also be valid against their schema (draft 4, formats checked)."""

    def __init__(self, inner: Parser, shape: Shape) -> None:
        self.inner = inner
        self._learners = (inner,)
        self.name = inner.name
        self.remembers = bool(getattr(inner, "remembers", False))
        self._uri = shape.uri
        schema: dict[str, Any] = {
            key: value for key, value in shape.schema.items() if key not in {"$schema", "self"}
        }
        try:
            self._validator = jsonschema_rs.Draft4Validator(schema, validate_formats=True)
        except ValueError as error:
            raise PackError(f"schema {shape.uri} is not usable: {error}") from error

    def parse(self, line: Line) -> Record | Reject | None:
        """Give the inner parser's record if it is valid, else a Reject that says why not."""
        result = self.inner.parse(line)
        if isinstance(result, Record) and result.schema == self._uri:
            error = next(iter(self._validator.iter_errors(result.data)), None)
            if error is not None:
                where = ".".join(str(part) for part in error.instance_path) or "record"
                return Reject("bad_value", f"{where}: {error.message}"[:_DETAIL])
        return result
