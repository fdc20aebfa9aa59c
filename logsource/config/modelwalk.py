"""What a model says about a path of a document: which keys are known there, which field it is."""

from __future__ import annotations

import types
import typing
from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo
    from typing_extensions import TypeIs

    from logsource.config.yaml import Path


def keys_of(path: Path, root: type[BaseModel]) -> list[str]:
    """Known keys of the mapping at a path, in the model's order."""
    model = _annotation_at(path, root)
    return list(_fields(model)) if _is_model(model) else []


def field_at(path: Path, root: type[BaseModel]) -> FieldInfo | None:
    """Definition of the field at a path; None for items of lists and mappings."""
    model = _annotation_at(path[:-1], root)
    return _fields(model).get(str(path[-1])) if path and _is_model(model) else None


def _annotation_at(path: Path, root: type[BaseModel]) -> object:
    annotation: object = root
    for part in path:
        if _is_model(annotation):
            info = _fields(annotation).get(str(part))
            annotation = _plain(info.annotation) if info is not None else None
        else:
            annotation = _item(annotation)
    return annotation


def _is_model(annotation: object) -> TypeIs[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _plain(annotation: object) -> object:
    """`X` of `X | None`."""
    if typing.get_origin(annotation) in {types.UnionType, typing.Union}:
        return next(one for one in typing.get_args(annotation) if one is not type(None))
    return annotation


def _item(annotation: object) -> object:
    """`X` of `list[X]` and `dict[str, X]`."""
    arguments = typing.get_args(annotation)
    return _plain(arguments[-1]) if arguments else None
