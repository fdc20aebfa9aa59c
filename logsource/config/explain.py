"""pydantic's findings in people's words, each at its place in the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from logsource.config.complaint import KIND
from logsource.config.elsewhere import logstash_hint
from logsource.config.fieldrules import suggest
from logsource.config.model import Config
from logsource.config.modelwalk import field_at, keys_of
from logsource.config.problem import Problem
from logsource.config.shape import as_written, unit_of

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from logsource.config.yaml import Document, Path

_WANTED = {
    "string_type": "text",
    "path_type": "text",
    "dict_type": "a mapping (`key: value` lines)",
    "model_type": "a mapping (`key: value` lines)",
    "model_attributes_type": "a mapping (`key: value` lines)",
    "list_type": "a list (`- item` lines)",
}
_SHOWN_LENGTH = 60


def explain(error: ErrorDetails, document: Document, root: type[BaseModel] = Config) -> Problem | None:
    """Problem of one pydantic error; None when the same value has a problem already.

    `root` is the model of the whole document.
    """
    path: Path = _place(document, error["loc"])
    if any(path[:length] in document.broken for length in range(1, len(path) + 1)):
        return None
    kind, context, name = error["type"], error.get("ctx", {}), dotted(path)
    if kind == "extra_forbidden":
        parent, key = path[:-1], str(path[-1])
        known = keys_of(parent, root)
        place = f"in {dotted(parent)}" if parent else "at the top level"
        hint = (
            logstash_hint(path) or suggest(key, known) or ("known here: " + ", ".join(known) if known else "")
        )
        return Problem(document.at_key(path), f"unknown key `{key}` {place}", hint)
    if kind == "missing":
        hint = _MISSING_HINTS.get(str(path[-1]), "")
        parent = path[:-1]
        at = document.at(parent) if parent and isinstance(parent[-1], int) else document.at_key(parent)
        return Problem(at, f"{name} is missing", hint)
    value = _written(document, path, error["input"])
    finding = _finding(kind, context, value, _unit(path, root))
    text, hint, offset = f"{name} {finding.what}", finding.hint, finding.offset
    separator = ", not " if finding.what.startswith("must be") else ": "
    if path in document.secret:
        text += separator + reference(document.secret[path])
        hint, offset = ("" if hint.startswith("did you mean") else hint), -1
    elif finding.detail is not None:
        text += f": {finding.detail}" if finding.detail else ""
    elif value is None:
        text += ", but it has no value"
    elif value != "" and not _sensitive(path, value) and not (kind == KIND and isinstance(value, dict)):
        text += separator + shown(value)
    return Problem(document.at(path, offset), text, hint)


def _place(document: Document, path: Path) -> Path:
    """Where it stands in the file: one text may stand for a list of one."""
    found = document.value
    for index, part in enumerate(path):
        if isinstance(found, str):
            return path[:index]
        try:
            found = found[part]
        except (KeyError, IndexError, TypeError):
            return path
    return path


def _written(document: Document, path: Path, value: object) -> object:
    """The value as it stands in the file: what pydantic names may be converted already."""
    found = document.value
    for part in path:
        try:
            found = found[part]
        except (KeyError, IndexError, TypeError):  # a key that pydantic made up, such as `[key]`
            return value
    return found


def _unit(path: Path, root: type[BaseModel]) -> str:
    """Unit of the number that stands at a path of the configuration."""
    info = field_at(path, root)
    return unit_of(info) if info is not None else ""


def _sensitive(path: Path, value: object) -> bool:
    """Whether the value is a secret wherever it comes from: a header, a hash key, a url with a password or a query."""
    if path == ("collector", "url"):
        return "@" in str(value) or "?" in str(value)
    if path[-2:] == ("http", "uri"):
        return "@" in str(value)
    return path[:2] == ("collector", "headers") or path[-2:] in {("hash", "key"), ("http", "apikey")}


def reference(raw: str) -> str:
    """Name a secret value by the variables it comes from."""
    names = re.findall(r"\$\{([A-Za-z0-9_]+)", raw)
    return "the value of " + ", ".join(f"${{{name}}}" for name in names)


class _Finding(NamedTuple):
    what: str
    """Continues the dotted name of the value."""
    hint: str = ""
    detail: str | None = None
    """Goes behind a colon; None: the value itself is shown; empty: nothing is."""
    offset: int = -1


_MISSING_HINTS = {
    "url": "write url: https://collector.example.com",
    "collector": "write collector: {url: https://collector.example.com}",
    "sources": "write a list of sources, each with name and paths",
    "name": "each source needs a name; it labels metrics and events",
    "paths": "write a list of absolute paths or globs",
    "field": "name the captured field that holds the time",
}


_LIMITS = {
    "greater_than_equal": "at least",
    "greater_than": "more than",
    "less_than_equal": "at most",
    "less_than": "less than",
}


def _finding(kind: str, context: dict[str, Any], value: object, unit: str) -> _Finding:
    if kind == KIND:
        return _Finding(context["what"], context["hint"], context["detail"] or None, context["offset"])
    if kind in _WANTED:
        number = kind == "string_type" and isinstance(value, bool | int | float)
        hint = (
            "give it a value, or leave the key out" if value is None else "put it in quotes" if number else ""
        )
        return _Finding(f"must be {_WANTED[kind]}", hint)
    if kind == "literal_error":
        words = [word.strip(" '") for word in context["expected"].replace(" or ", ", ").split(",")]
        return _Finding(f"must be one of {', '.join(words)}", suggest(str(value), words))
    if kind in _LIMITS:
        return _Finding(f"must be {_LIMITS[kind]} {as_written(next(iter(context.values())), unit)}")
    if kind == "string_too_long":
        limit, length = context["max_length"], len(value) if isinstance(value, str) else 0
        return _Finding(f"must have at most {limit} characters", detail=f"it has {length}")
    if kind == "string_too_short":
        return _Finding(f"must have at least {context['min_length']} characters", detail="")
    if kind in {"float_type", "float_parsing", "finite_number"}:
        return _Finding("must be a number")
    if kind == "too_short":
        return _Finding("must not be empty", detail="")
    if kind == "string_pattern_mismatch":
        return _Finding("must be 1 to 64 letters, digits, `_`, `.` or `-`")
    return _Finding(f"is not valid ({kind.replace('_', ' ')})")


def shown(value: object) -> str:
    """A value as a person wrote it, short."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = value if len(value) <= _SHOWN_LENGTH else value[: _SHOWN_LENGTH - 1] + "…"
        return "'" + "".join(char if char.isprintable() else repr(char)[1:-1] for char in text) + "'"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    return str(value)


def dotted(path: Path) -> str:
    """`sources[0].paths[1]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part != "[key]":
            text += f".{part}" if text else part
    return text
