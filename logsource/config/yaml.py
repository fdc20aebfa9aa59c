"""Strict YAML that remembers where everything stands.

PyYAML's composer reads the file into nodes (which carry line and column); the values are made here, because
its own constructor knows too much: YAML 1.1 reads `no` as false, `010` as 8 and `12:30` as 750. Values follow the
YAML 1.2 core schema, and what readers of 1.1 and 1.2 would understand differently is refused.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from logsource.config.environment import expand
from logsource.config.problem import Position, Problem
from logsource.config.yamlerrors import explain_mark, explain_syntax

if TYPE_CHECKING:
    from collections.abc import Mapping

Path = tuple[str | int, ...]
"""Keys and indexes from the root to a value."""

MAX_DEPTH = 50
MAX_VALUES = 100_000
"""After aliases are followed; a billion laughs end here."""

_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOL_1_1 = re.compile(r"yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF")
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,30})")
"""More digits stay text: no key takes such a number, and Python refuses to convert thousands of them."""
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?")
_ODD_INT = re.compile(r"[-+]?(?:0[0-9_]+|0o[0-7]+|0x[0-9a-fA-F_]+|0b[01_]+|[1-9][0-9]*(?:_[0-9]+)+)")


@dataclass
class Document:
    """The value of a file, and where its parts stand."""

    value: Any = None
    problems: list[Problem] = field(default_factory=list)
    keys: dict[Path, Position] = field(default_factory=dict)
    """Where the key of a value stands (the value itself, for a list's item)."""
    values: dict[Path, Position] = field(default_factory=dict)
    secret: dict[Path, str] = field(default_factory=dict)
    """Texts that hold values of environment variables → the text as it stands in the file."""
    broken: set[Path] = field(default_factory=set)
    """Values that have a problem already; a second one about the same value would only confuse."""
    literal: dict[Path, int] = field(default_factory=dict)
    """Texts that stand in the file exactly as they are, on one line, so that their characters have positions →
    columns from the value's start to its first character (1 for the quote)."""

    def at(self, path: Path, offset: int = -1) -> Position:
        """Position of a value, or of the nearest thing around it that is in the file."""
        while path and path not in self.values:
            path, offset = path[:-1], -1
        position = self.values.get(path, Position(1, 1))
        if offset >= 0 and path in self.literal:
            return Position(position.line, position.column + self.literal[path] + offset)
        return position

    def at_key(self, path: Path) -> Position:
        """Position of a key, or of the nearest key around it."""
        while path and path not in self.keys:
            path = path[:-1]
        return self.keys.get(path, Position(1, 1))


class _DepthError(Exception):
    def __init__(self, mark: yaml.Mark) -> None:
        super().__init__()
        self.mark = mark


class _Loader(yaml.SafeLoader):
    """Composer with a limit on nesting, so that hostile input cannot exhaust the stack."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _DepthError(self.get_mark())
        try:
            node: yaml.Node | None = super().compose_node(parent, index)
        finally:
            self.depth -= 1
        return node


def read_yaml(text: str, env: Mapping[str, str] | None) -> Document:
    """Read one YAML document; never raises for what the text holds, see `Document.problems`.

    With `env` None, `$` means nothing (parser packs are data, the same on every machine).
    """
    document = Document()
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except _DepthError as error:
        document.problems.append(
            Problem(explain_mark(error.mark), f"nested more than {MAX_DEPTH} levels deep", "flatten it")
        )
    except yaml.YAMLError as error:
        document.problems.append(explain_syntax(error, text))
    else:
        if node is not None:
            _Maker(document, env, text).make(node)
    finally:
        if loader is not None:
            loader.dispose()
    return document


class _Maker:
    """Turns nodes into values and notes their places."""

    def __init__(self, document: Document, env: Mapping[str, str] | None, text: str) -> None:
        self._document = document
        self._env = env
        self._text = text
        self._made = 0
        self._inside: list[yaml.Node] = []

    def make(self, node: yaml.Node) -> None:
        self._document.keys[()] = explain_mark(node.start_mark)
        self._document.value = self._value(node, ())

    def _problem(self, mark: yaml.Mark, what: str, hint: str = "", path: Path | None = None) -> None:
        problem = Problem(explain_mark(mark), what, hint)
        if problem not in self._document.problems:  # an alias leads to the same place more than once
            self._document.problems.append(problem)
        if path is not None:
            self._document.broken.add(path)

    def _value(self, node: yaml.Node, path: Path) -> Any:
        self._document.values[path] = explain_mark(node.start_mark)
        self._made += 1
        if self._made == MAX_VALUES:
            self._problem(
                node.start_mark, f"more than {MAX_VALUES} values", "use fewer aliases (`*name`)", path
            )
        if self._made >= MAX_VALUES:
            return None
        if any(node is outer for outer in self._inside):
            self._problem(node.start_mark, "an alias that contains itself", "write the value out", path)
            return None
        if self._text[node.start_mark.index : node.start_mark.index + 1] == "!":
            self._problem(
                node.start_mark,
                "YAML tags (`!…`) are not supported",
                "leave it out, or put the text in quotes",
                path,
            )
            return None
        self._inside.append(node)
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path)
            if isinstance(node, yaml.SequenceNode):
                return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]
            assert isinstance(node, yaml.ScalarNode)
            return self._scalar(node, path)
        finally:
            self._inside.pop()

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        result = self._merged(node, path)
        seen: dict[str, Position] = {}
        for key_node, value_node in node.value:
            if _is_merge(key_node):
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                what, hint = "a key must be plain text", "put a key that begins with [ or { in quotes"
                self._problem(key_node.start_mark, what, hint)
                continue
            key = str(key_node.value)
            at = explain_mark(key_node.start_mark)
            if key in seen:
                hint = f"it stands in line {seen[key].line} already; keep one of them"
                self._problem(key_node.start_mark, f"duplicate key `{key}`", hint)
                continue
            seen[key] = at
            self._document.keys[(*path, key)] = at
            result[key] = self._value(value_node, (*path, key))
        return result

    def _merged(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        """Keys that `<<: *name` brings in, made first, so that keys of the mapping itself win."""
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not _is_merge(key_node):
                continue
            parts = value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
            for part in parts:
                if not isinstance(part, yaml.MappingNode):
                    self._problem(part.start_mark, "`<<` must name a mapping", "write <<: *name")
                    continue
                result = {**(self._value(part, path) or {}), **result}
        self._document.values[path] = explain_mark(node.start_mark)
        return result

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        raw = str(node.value)
        self._note_literal(node, raw, path)
        if self._env is None:
            return raw if node.style is not None else self._plain(node, raw, path)
        expanded = expand(raw, self._env)
        for what, hint, offset in expanded.errors:
            at = self._document.at(path, offset)
            self._document.problems.append(Problem(at, what, hint))
            self._document.broken.add(path)
        if expanded.names:
            self._document.secret[path] = raw
        if expanded.text != raw:
            self._document.literal.pop(path, None)
            return expanded.text
        if node.style is not None:
            return raw
        return self._plain(node, raw, path)

    def _plain(self, node: yaml.ScalarNode, raw: str, path: Path) -> Any:
        if raw in _NULLS:
            return None
        if raw in _BOOLS:
            return _BOOLS[raw]
        if _INT.fullmatch(raw):
            return int(raw)
        if _FLOAT.fullmatch(raw) and math.isfinite(float(raw)):
            return float(raw)
        if _BOOL_1_1.fullmatch(raw):
            word = "true" if raw.lower() in {"yes", "on"} else "false"
            self._problem(
                node.start_mark,
                f"`{raw}` is {word} to some readers of YAML and a word to others",
                f"write {word}, or '{raw}' in quotes for the word",
                path,
            )
        elif _ODD_INT.fullmatch(raw):
            self._problem(
                node.start_mark,
                f"`{raw}` is a different number to different readers of YAML",
                f"write it in plain decimal digits, or '{raw}' in quotes for text",
                path,
            )
        return raw

    def _note_literal(self, node: yaml.ScalarNode, raw: str, path: Path) -> None:
        start, end = node.start_mark, node.end_mark
        quote = 1 if node.style in {"'", '"'} else 0
        if start.line == end.line and self._text[start.index + quote : end.index - quote] == raw:
            self._document.literal[path] = quote


def _is_merge(key: yaml.Node) -> bool:
    return isinstance(key, yaml.ScalarNode) and key.value == "<<" and key.style is None
