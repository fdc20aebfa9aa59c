"""What a field accepts, in words and as limits; read from the model, so that no document can disagree with it."""

from __future__ import annotations

import types
import typing
from typing import TYPE_CHECKING, Literal

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel

from logsource.config.fieldrules import AbsolutePath
from logsource.config.shape import as_written, unit_of

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

_LIMITS = {Ge: "minimum", Gt: "exclusiveMinimum", Le: "maximum", Lt: "exclusiveMaximum"}


def model_of(annotation: object) -> type[BaseModel] | None:
    """The model in `Model`, `Model | None`, `list[Model]` or `dict[str, Model]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (model_of(argument) for argument in typing.get_args(annotation))
    return next((model for model in found if model is not None), None)


def limits_of(info: FieldInfo) -> dict[str, float]:
    """Smallest and largest number, under JSON Schema's names."""
    limits = {}
    for mark in info.metadata:
        for kind, name in _LIMITS.items():
            if isinstance(mark, kind):
                limits[name] = getattr(mark, kind.__name__.lower())
    return limits


def kind_of(info: FieldInfo) -> str:
    """Such as `a duration`, `a size, at least 1KiB`, `one of post, get`, `a whole number, 1 to 64`."""
    annotation = _without_none(info.annotation)
    unit = unit_of(info)
    if unit:
        return f"a {unit}" + _range(limits_of(info), unit)
    if typing.get_origin(annotation) is Literal:
        return "one of " + ", ".join(str(word) for word in typing.get_args(annotation))
    if annotation is bool:
        return "true or false"
    if annotation is int:
        return "a whole number" + _range(limits_of(info), "")
    if typing.get_origin(annotation) is list:
        return "a list"
    if typing.get_origin(annotation) is dict:
        return "a mapping"
    if model_of(annotation) is not None:
        return ""
    if annotation is typing.get_args(AbsolutePath)[0]:
        return "an absolute path"
    if _is_union(annotation):
        listed = "a list of texts" if list[str] in typing.get_args(annotation) else "a list"
        words = {str: "text", list: listed, bool: "true", dict: "a mapping of options"}
        kinds = [typing.get_origin(one) or one for one in typing.get_args(annotation)]
        return " or ".join(sorted({words[kind] for kind in kinds}, reverse=True))
    return "text"


def _range(limits: dict[str, float], unit: str) -> str:
    least = limits.get("minimum")
    if unit == "duration" and "exclusiveMinimum" in limits:
        return ", more than 0"
    if least is None:
        return ""
    most = limits.get("maximum")
    shown = as_written(int(least), unit)
    return f", {shown} to {as_written(int(most), unit)}" if most is not None else f", at least {shown}"


def _is_union(annotation: object) -> bool:
    return typing.get_origin(annotation) in {types.UnionType, typing.Union}


def _without_none(annotation: object) -> object:
    if _is_union(annotation):
        arguments = [one for one in typing.get_args(annotation) if one is not type(None)]
        if len(arguments) == 1:
            return _bare(arguments[0])
        return typing.Union[tuple(arguments)]  # noqa: UP007  built from a list; `|` cannot be
    return _bare(annotation)


def _bare(annotation: object) -> object:
    """The type inside `Annotated`."""
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is typing.Annotated else annotation
