"""The JSON schema for editors, generated from the model.

Editors complete keys and show descriptions with it; `logsource check` stays the judge. A number, a flag or a
word may also be written as an environment reference, so each of them accepts one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logsource.config.describe import limits_of, model_of
from logsource.config.model import Config
from logsource.config.shape import as_written, unit_of

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

_REFERENCE = {"type": "string", "pattern": r"\$\{"}
_UNITS: dict[str, dict[str, Any]] = {
    "duration": {"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*(ms|s|m|h|d)\s*$|^0$|\$\{"},
    "size": {
        "anyOf": [
            {"type": "integer", "minimum": 0},
            {"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*(B|[KMGT]B|[KMGT]iB)\s*$|^[0-9]+$|\$\{"},
        ]
    },
}


def json_schema() -> dict[str, Any]:
    """Draft 2020-12 schema of a configuration file."""
    raw = Config.model_json_schema(by_alias=True)
    definitions = raw.pop("$defs")
    models: dict[str, type[BaseModel]] = {"Config": Config}
    _collect(Config, models)
    for name, definition in [("Config", raw), *definitions.items()]:
        _refine(definition, models[name])
    definitions["SourceConfig"]["allOf"] = [
        {"if": {"required": ["type"], **_type_is("syslog")}, "then": {"required": ["listen"]}},
        {"if": _type_is("file"), "then": {"required": ["paths"]}},
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **raw,
        "title": "logsource configuration",
        "$defs": definitions,
    }


def _type_is(kind: str) -> dict[str, Any]:
    """Also true where there is no type, unless `required` says otherwise: files are the default."""
    return {"properties": {"type": {"const": kind}}}


def _collect(model: type[BaseModel], models: dict[str, type[BaseModel]]) -> None:
    for info in model.model_fields.values():
        inner = model_of(info.annotation)
        if inner is not None and inner.__name__ not in models:
            models[inner.__name__] = inner
            _collect(inner, models)


def _refine(definition: dict[str, Any], model: type[BaseModel]) -> None:
    """Put in what pydantic cannot know: our number texts, limits, defaults as people write them, references."""
    definition.pop("title", None)
    for name, info in model.model_fields.items():
        properties = definition["properties"]
        key = info.alias or name
        properties[key] = _property(properties[key], info)


def _property(found: dict[str, Any], info: FieldInfo) -> dict[str, Any]:
    found.pop("title", None)
    found.pop("default", None)
    unit = unit_of(info)
    result: dict[str, Any]
    if unit:
        result = dict(_UNITS[unit])
    elif found.get("type") in {"integer", "boolean"} or "enum" in found:
        found.pop("description", None)
        result = {"anyOf": [{**found, **limits_of(info)}, _REFERENCE]}
    else:
        result = found
    result["description"] = info.description
    default = None if info.is_required() else as_written(info.get_default(call_default_factory=True), unit)
    if default not in (None, {}, []) and not isinstance(default, dict):
        result["default"] = default
    return result
