"""Reads a grok pattern: Onigmo's syntax and `%{…}` references, each read in its place."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from logsource.errors import PackError
from logsource.parse.grok.library import Definition
from logsource.parse.grok.references import REFERENCE, capture_name
from logsource.parse.rx.nodes import Group, Node, RegexSyntaxError, Scope
from logsource.parse.rx.oniguruma import GroupTable, OnigurumaReader
from logsource.parse.rx.reader import Flags

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_REFERENCES = 10_000
"""Expansions in one pattern (Logstash's limit too); more is a mistake or an attack."""
_START_FLAGS = Flags(dot_newline=True, lines=True)
"""Logstash compiles grok with Ruby's MULTILINE: the dot matches a newline."""


class GrokState:
    """What all readers of one pattern share."""

    def __init__(self, patterns: Mapping[str, Definition], *, named_captures_only: bool) -> None:
        self.patterns = dict(patterns)
        self.named_captures_only = named_captures_only
        self.groups = GroupTable()
        self.stack: list[str] = []
        self.references = 0


def read_grok(pattern: str, state: GrokState) -> Node:
    """Tree of a grok pattern with everything expanded. Raises PackError."""
    try:
        return _GrokReader(pattern, _START_FLAGS, state).read_all()
    except RegexSyntaxError as error:
        raise PackError(_describe("grok pattern", pattern, error)) from error
    except RecursionError as error:
        raise PackError(f"grok pattern {pattern[:80]!r}: nested too deeply") from error


def _describe(what: str, pattern: str, error: RegexSyntaxError) -> str:
    shown = pattern[max(0, error.position - 30) : error.position + 30]
    return f"{what}: {error} at character {error.position + 1}, near {shown!r}"


class _GrokReader(OnigurumaReader):
    def __init__(self, text: str, flags: Flags, state: GrokState) -> None:
        super().__init__(text, flags, state.groups)
        self.state = state

    def read_atom(self) -> Node | None:
        if self.peek() == "%":
            match = REFERENCE.match(self.text, self.position)
            if match:
                start = self.position
                self.position = match.end()
                return self._reference(match["name"], match["definition"], start)
        return super().read_atom()

    def _reference(self, text: str, definition: str | None, start: int) -> Node:
        name = capture_name(text)
        state = self.state
        if definition is not None:
            state.patterns[name.pattern] = Definition(definition, "the pattern itself")
        found = state.patterns.get(name.pattern)
        if found is None:
            self.fail(
                f"%{{{name.pattern}}} is not a known pattern{_hint(name.pattern, state.patterns)}", start
            )
        if name.pattern in state.stack:
            path = " → ".join([*state.stack, name.pattern])
            self.fail(f"%{{{name.pattern}}} refers to itself ({path})", start)
        state.references += 1
        if state.references > MAX_REFERENCES:
            self.fail(f"more than {MAX_REFERENCES} references", start)
        captured = name.explicit or not state.named_captures_only
        number = state.groups.add(text) if captured else 0
        node = self._expand(name.pattern, found)
        return Group(node, number, text) if captured else Scope(node, label=f"%{{{text}}}")

    def _expand(self, name: str, definition: Definition) -> Node:
        self.state.stack.append(name)
        try:
            return _GrokReader(definition.text, self.flags, self.state).read_all()
        except RegexSyntaxError as error:
            raise PackError(
                _describe(f"grok pattern {name} ({definition.origin})", definition.text, error)
            ) from error
        finally:
            self.state.stack.pop()


def _hint(name: str, patterns: Mapping[str, Definition]) -> str:
    close = get_close_matches(name.upper(), patterns, n=1, cutoff=0.6)
    return f"; did you mean %{{{close[0]}}}?" if close else ""
