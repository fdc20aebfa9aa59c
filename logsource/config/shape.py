"""A model back in the form in which people write it: `500ms`, `128KiB`, plain strings for paths."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

from pydantic import BaseModel

from logsource.config.filters import Condition, FilterConfig
from logsource.config.types import Duration, Size, format_duration, format_size

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from logsource.model import JSONValue


def unit_of(info: FieldInfo) -> str:
    """`duration`, `size` or nothing: which of our number texts a field is written in."""
    marks = [*info.metadata]
    for argument in getattr(info.annotation, "__args__", ()):  # Duration | None
        marks.extend(getattr(argument, "__metadata__", ()))
    if get_args(Duration)[1] in marks:
        return "duration"
    return "size" if get_args(Size)[1] in marks else ""


def as_written(value: object, unit: str = "") -> JSONValue:
    """Value made of what YAML has; loading it again gives an equal value."""
    if isinstance(
        value, FilterConfig | Condition
    ):  # one thing of many: a list of what it is not helps nobody
        return {
            name: as_written(given)
            for name, given in value.model_dump(by_alias=True, exclude_none=True).items()
            if given != ""
        }
    if isinstance(value, BaseModel):
        return {
            info.alias or name: as_written(getattr(value, name), unit_of(info))
            for name, info in type(value).model_fields.items()
        }
    if isinstance(value, dict):
        return {key: as_written(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_written(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if value is not None and unit == "duration" and isinstance(value, int | float):
        return format_duration(value)
    if value is not None and unit == "size" and isinstance(value, int):
        return format_size(value)
    return value
