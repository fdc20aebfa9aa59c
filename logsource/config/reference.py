"""`config/reference.yaml`: every key with its default and its meaning, generated from the model.

The file is itself a valid configuration: keys without a default are shown with an example, keys that are
off by default stand in comments.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

from logsource.config.describe import kind_of, model_of
from logsource.config.model import Config
from logsource.config.shape import as_written, unit_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

    from logsource.model import JSONValue

_HEAD = """\
# yaml-language-server: $schema=logsource.schema.json
#
# Reference of the configuration of logsource: every key, what it means, and its default.
# Generated from the model (`make docs`); do not edit. Start from logsource.yaml instead: ten lines are enough.
#
# Everywhere: ${NAME} is replaced by an environment variable, ${NAME:-default} has a default, ${file:PATH} is what a file
# holds (a secret), $$ is a plain $.
# A duration is a number and a unit: 500ms, 5s, 1m, 2h, 7d. A size is 64KiB, 10MiB, 1GiB, or a number of bytes.
# A `#` without a space stands before keys that are off; remove it to use one.
# Unknown keys are errors. `logsource check` lists everything that is wrong, with line and column.
"""
_EXAMPLES: Mapping[str, Any] = {
    "collector": {"url": "https://collector.example.com"},
    "sources": [{"name": "web", "paths": ["/var/log/nginx/access.log"]}],
    "parsers": {"my_app": {"regex": r"(?P<level>[A-Z]+) (?P<message>.*)"}},
}
"""Values of keys without a default; also one entry each for sources and parsers, to show their keys."""
_COMMENTED_EXAMPLES: Mapping[str, Any] = {
    "start": r"^\d{4}-\d\d-\d\d",
    "field": "time",
    "envelope": "syslog_rfc3164",
}
_SHORT: Mapping[str, JSONValue] = {
    "InnerConfig": ["nginx_access", {"parser": "sshd", "when": {"program": "sshd"}}],
    "Taken": {"field": "NAME"},
    "Mapped": "NAME",
}
"""Models that are mostly just a name; what else they take stands in the description of what holds them."""
_PLAIN = re.compile(r"[0-9.]+:[0-9]+|[A-Za-z/][A-Za-z0-9_./:+-]*[A-Za-z0-9_/]|[A-Za-z/]")
_RESERVED = re.compile(r"(?i)true|false|null|yes|no|on|off")
_WIDTH = 110


def reference() -> str:
    """Text of the file."""
    lines = [_HEAD]
    for name, info in Config.model_fields.items():
        lines.extend(_field(Config, name, _EXAMPLES.get(info.alias or name), "", commented=False))
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _field(model: type[BaseModel], name: str, example: Any, indent: str, *, commented: bool) -> Iterator[str]:
    info = model.model_fields[name]
    key = info.alias or name
    inner = model_of(info.annotation)
    if inner is model:  # conditions hold conditions; once is enough
        inner = None
    default = (
        None if info.is_required() else as_written(info.get_default(call_default_factory=True), unit_of(info))
    )
    yield from _comment(indent, _about(info.description or "", kind_of(info), required=info.is_required()))
    off = commented or (default is None and example is None)
    mark = "#" if off else ""
    if inner is not None and default == [] and example is None:
        yield f"{indent}#{key}:"
        lines = list(_fields(inner, {}, indent + "    ", commented=True))
        first = next(index for index, line in enumerate(lines) if not line.lstrip().startswith("# "))
        lines[first] = indent + "  #- " + lines[first].lstrip(" #")
        yield from lines
        return
    if inner is None:
        value = example if example is not None else default
        if off:
            value = _COMMENTED_EXAMPLES.get(key) if default is None else default
        yield f"{indent}{mark}{key}:" + (f" {scalar(value)}" if value is not None else "")
        return
    if inner.__name__ in _SHORT:
        yield f"{indent}{mark}{key}: {scalar(_SHORT[inner.__name__])}"
        return
    yield f"{indent}{mark}{key}:"
    if isinstance(example, list):
        lines = list(_fields(inner, example[0], indent + "    ", commented=off))
        first = next(index for index, line in enumerate(lines) if not line.lstrip().startswith("#"))
        lines[first] = indent + "  - " + lines[first].lstrip()
        yield from lines
    elif isinstance(example, dict) and inner.__name__ == "ParserConfig":
        for label, item in example.items():
            yield f"{indent}  {label}:"
            yield from _fields(inner, item, indent + "    ", commented=off)
    else:
        yield from _fields(inner, example or {}, indent + "  ", commented=off)


def _fields(
    model: type[BaseModel], example: Mapping[str, Any], indent: str, *, commented: bool
) -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield from _field(model, name, example.get(info.alias or name), indent, commented=commented)


def _about(description: str, kind: str, *, required: bool) -> str:
    details = "; ".join(word for word in (kind, "required" if required else "") if word)
    return description + (f" [{details}]" if details else "")


def _comment(indent: str, text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}#   ")


def scalar(value: JSONValue) -> str:
    """A value on one line of YAML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) and not _RESERVED.fullmatch(value) and ": " not in value:
            return value
        return (
            value
            if re.fullmatch(r"[0-9]+(\.[0-9]+)?[A-Za-z]+", value)
            else "'" + value.replace("'", "''") + "'"
        )
    if isinstance(value, list):
        return "[" + ", ".join(scalar(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {scalar(item)}" for key, item in value.items()) + "}"
    return str(value)
