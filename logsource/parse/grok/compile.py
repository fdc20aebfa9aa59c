"""Compiles a grok pattern to a regular expression and the list of its captures."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.config.regexsize import HINT, too_large
from logsource.errors import PackError
from logsource.parse.grok.finish import finish
from logsource.parse.grok.reader import GrokState, read_grok
from logsource.parse.grok.references import Coerce, capture_name
from logsource.parse.rx.simplify import simplify
from logsource.parse.rx.write import write

if TYPE_CHECKING:
    from collections.abc import Collection

    from logsource.parse.grok.library import GrokLibrary
    from logsource.parse.rx.nodes import Node


@dataclass(frozen=True, slots=True)
class Capture:
    """One capture group and the field it fills. Several captures may fill the same field."""

    path: tuple[str, ...]
    group: int
    coerce: Coerce | None = None


@dataclass(frozen=True, slots=True)
class CompiledGrok:
    """A pattern ready to run."""

    regex: str
    """Source for `re` and for the `regex` module (no flags); all groups are numbered, none is named."""
    captures: tuple[Capture, ...]
    """In the order in which Logstash hands them on: by first appearance of the name, then by place."""
    pattern: str
    """As it was written."""
    tree: Node
    """The expanded pattern, for explanations."""


def compile_grok(
    pattern: str,
    *,
    library: GrokLibrary,
    named_captures_only: bool = True,
    keep: Collection[str] | None = None,
) -> CompiledGrok:
    """Expand and translate a grok pattern.

    `keep` names the fields that are wanted (`status`, `source.address` or `[source][address]`); all other
    captures are dropped, which makes the pattern faster. Raises PackError with the place of the problem.
    """
    state = GrokState(library.patterns, named_captures_only=named_captures_only)
    tree = read_grok(pattern, state)
    names = state.groups.names
    by_name = {name: number for number, name in reversed(list(enumerate(names, 1)))}
    asked = None if keep is None else {key.replace("][", ".").strip("[]") for key in keep}
    wanted: list[tuple[int, int]] = []
    for number, name in enumerate(names, 1):
        if name is not None and (asked is None or ".".join(capture_name(name).path) in asked):
            wanted.append((by_name[name], number))
    finished, numbers = finish(tree, {number for _, number in wanted})
    captures: list[Capture] = []
    for _, number in sorted(wanted):
        name = names[number - 1]
        assert name is not None
        parsed = capture_name(name)
        captures.append(Capture(parsed.path, numbers[number], parsed.coerce))
    source = write(simplify(finished))
    _check(source, pattern)
    return CompiledGrok(source, tuple(captures), pattern, finished)


def _check(source: str, pattern: str) -> None:
    """What would take too long, and whatever `re` refuses (an open group referred to, a lookbehind without a length)."""
    large = too_large(source)
    if large:
        raise PackError(f"grok pattern {pattern[:80]!r} {large} ({HINT})")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(source)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise PackError(f"grok pattern {pattern[:80]!r} cannot be translated: {error}") from error
