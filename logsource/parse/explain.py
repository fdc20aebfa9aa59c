"""How far a pattern gets in a line, and which of its elements stops it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from logsource.config.regexcompile import compile_regex
from logsource.parse.rx.nodes import (
    Alternation,
    Backref,
    Conditional,
    Group,
    Literal1,
    Node,
    RegexSyntaxError,
    Repeat,
    Scope,
)
from logsource.parse.rx.nodes import Sequence as Sequence_
from logsource.parse.rx.python import read_python
from logsource.parse.rx.write import escape, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.parse.pattern import PatternSpec

TIMEOUT = 0.25
"""Seconds each attempt may take; explaining is for people, who can wait a little."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one pattern got."""

    pattern: str
    matched: bool
    characters: int
    """Length of the part of the line that the pattern could take."""
    element: str
    """Source of the element that could not go on; empty when the pattern ended before the line did."""
    field: str = ""
    """Field the element belongs to, if it does."""


@dataclass(frozen=True, slots=True)
class _Element:
    source: str
    field: str


def reach(spec: PatternSpec, text: str) -> Reach:
    """Try ever longer beginnings of a pattern at the beginning of the line."""
    if _end(spec.regex, text, "search" if spec.search else "fullmatch") is not None:
        return Reach(spec.name, matched=True, characters=len(text), element="")
    try:
        tree = read_python(spec.regex)
    except RegexSyntaxError:  # a notation that only the `regex` module knows
        return Reach(spec.name, False, _longest_beginning(spec.regex, text), spec.regex)
    fields = {field.group: field.label for field in spec.fields}
    start: Literal["search", "match"] = "search" if spec.search else "match"
    reached, source = 0, ""
    for element in _merged(_elements(tree, "", fields)):
        source += element.source
        end = _end(source, text, start)
        if end is None:
            return Reach(spec.name, False, reached, element.source, element.field)
        reached = end
    return Reach(spec.name, False, reached, "")


def _end(source: str, text: str, method: Literal["search", "match", "fullmatch"]) -> int | None:
    """End of the match; None when there is none, or not in time."""
    try:
        match = getattr(compile_regex(source), method)(text, timeout=TIMEOUT)
    except TimeoutError:
        return None
    return None if match is None else int(match.end())


def _longest_beginning(source: str, text: str) -> int:
    """Characters of the text after which a match was still possible."""
    compiled = compile_regex(source)
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        try:
            possible = compiled.fullmatch(text[:middle], partial=True, timeout=TIMEOUT) is not None
        except TimeoutError:
            possible = False
        low, high = (middle, high) if possible else (low, middle - 1)
    return low


def _elements(node: Node, field: str, fields: dict[int, str]) -> Iterator[_Element]:
    """Parts of a pattern that follow each other; groups that stand for themselves are opened.

    What refers to groups by number keeps its form as one element, because its parts mean nothing alone.
    """
    if _refers(node):
        yield _Element(f"(?:{write(node)})", field)
        return
    match node:
        case Sequence_(items):
            for item in items:
                yield from _elements(item, field, fields)
        case Group(inner, number, name):
            yield from _elements(inner, fields.get(number, name or field), fields)
        case Scope(inner, on, off) if not on and not off:
            yield from _elements(inner, field, fields)
        case Alternation():
            yield _Element(f"(?:{write(node)})", field)
        case _:
            yield _Element(write(node), field)


def _refers(node: Node) -> bool:
    match node:
        case Backref() | Conditional():
            return True
        case Sequence_(items):
            return any(map(_refers, items))
        case Alternation(branches):
            return any(map(_refers, branches))
        case Repeat(inner) | Group(inner) | Scope(inner):
            return _refers(inner)
        case _:
            return False


def _merged(elements: Iterator[_Element]) -> Iterator[_Element]:
    """Neighbouring literal characters of one field as one element."""
    literal, field = "", ""
    for element in elements:
        is_char = _is_char(element.source)
        if literal and (not is_char or element.field != field):
            yield _Element(literal, field)
            literal = ""
        if is_char:
            literal, field = literal + element.source, element.field
        else:
            yield element
    if literal:
        yield _Element(literal, field)


def _is_char(source: str) -> bool:
    node = read_python(source)
    return isinstance(node, Literal1) and source == escape(node.char)
