"""Which alternatives of a pattern take part in a match: for tests that should reach all of them.

Behind each branch of an `a|b` and inside each optional group of the pattern's own text an empty group is put, which
takes part in a match when the branch does. What grok's library brings (`%{NAME}`) is not looked into.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

from logsource.errors import PackError
from logsource.parse.grok.compile import compile_grok

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.parse.grok.library import GrokLibrary

TIMEOUT = 0.25
_MARK = "zz_branch_"
_SHOWN = 40
_SKIP = re.compile(r"\\.|%\{[^}]*\}|\(\?#[^)]*\)|\[\^?\]?(?:\[:[a-z^]+:\]|\\.|[^\]\\])*\]", re.DOTALL)
"""Text in which a bar or a bracket is none: escapes, references, comments, sets."""
_OPTIONAL = re.compile(r"[?*]|\{0?,")
_UNMARKABLE = re.compile(r"\\[1-9]|\(\?[0-9R&(]|\(\?P[>=]|\(\?[a-z]*x|\\[kg]")
"""References by number, recursion, conditions, verbose text: groups of ours would change their meaning."""
_NEGATIVE = ("(?!", "(?<!")


@dataclass(frozen=True, slots=True)
class Branch:
    """One alternative, or one optional part, of a pattern."""

    text: str
    at: int
    """Character of the pattern at which it begins."""

    def __str__(self) -> str:
        text = self.text if len(self.text) <= _SHOWN else self.text[: _SHOWN - 1] + "…"
        return f"`{text}` (character {self.at + 1})"


class Alternatives:
    """The alternatives of one pattern, and which of them a text reaches."""

    def __init__(self, pattern: str, *, grok: GrokLibrary | None) -> None:
        """`grok`: the library of a grok pattern; None for a regular expression."""
        self.branches: tuple[Branch, ...] = ()
        found = [] if _UNMARKABLE.search(pattern) else sorted(_branches(pattern), key=lambda one: one[1])
        marked = pattern
        for number in range(len(found) - 1, -1, -1):
            end = found[number][1]
            marked = f"{marked[:end]}(?<{_MARK}{number}>){marked[end:]}"
        try:
            compiled, self._groups = _compiled(marked, grok, len(found))
        except (PackError, regex.error):
            return  # a place where no group may stand: nothing is known about this pattern
        # as parsers do it: grok finds its pattern anywhere, a regular expression takes the whole record
        self._match = compiled.fullmatch if grok is None else compiled.search
        self.branches = tuple(branch for branch, _ in found)

    def reached(self, text: str) -> set[Branch]:
        """Branches that take part in the match of a text; none when it does not match."""
        if not self.branches:
            return set()
        try:
            match = self._match(text, timeout=TIMEOUT)
        except TimeoutError:
            return set()
        if match is None:
            return set()
        return {
            branch
            for branch, group in zip(self.branches, self._groups, strict=True)
            if match[group] is not None
        }


def _compiled(
    marked: str, grok: GrokLibrary | None, count: int
) -> tuple[regex.Pattern[str], Sequence[int | str]]:
    names = [f"{_MARK}{number}" for number in range(count)]
    if grok is None:
        return regex.compile(marked), names
    made = compile_grok(marked, library=grok)
    groups = {capture.path[-1]: capture.group for capture in made.captures}
    return regex.compile(made.regex), [groups[name] for name in names]


@dataclass(slots=True)
class _Open:
    """A group that is not closed yet."""

    start: int
    body: int
    ends: list[tuple[int, int]]
    """(where a branch begins, where it ends)."""
    branch: int
    silent: bool
    """Inside of a negative look-around nothing ever takes part."""


def _branches(pattern: str) -> Iterator[tuple[Branch, int]]:
    """Each branch, and where its mark goes: behind its last character."""
    stack = [_Open(0, 0, [], 0, silent=False)]
    at = 0
    while at < len(pattern):
        skip = _SKIP.match(pattern, at)
        if skip is not None:
            at = skip.end()
            continue
        char, top = pattern[at], stack[-1]
        if char == "(":
            body = _body(pattern, at)
            silent = top.silent or pattern.startswith(_NEGATIVE, at)
            stack.append(_Open(at, body, [], body, silent=silent))
            at = body
            continue
        if char == "|":
            top.ends.append((top.branch, at))
            top.branch = at + 1
        elif char == ")" and len(stack) > 1:
            stack.pop()
            optional = _OPTIONAL.match(pattern, at + 1) is not None
            if top.ends:
                yield from _of_group(pattern, top, at)
            elif optional and not top.silent:
                yield Branch(pattern[top.start : at + 2], top.start), at
        at += 1
    if stack[0].ends:
        yield from _of_group(pattern, stack[0], len(pattern))


def _of_group(pattern: str, group: _Open, end: int) -> Iterator[tuple[Branch, int]]:
    if not group.silent:
        for start, stop in [*group.ends, (group.branch, end)]:
            yield Branch(pattern[start:stop], start), stop


def _body(pattern: str, at: int) -> int:
    """Where the inside of a group begins."""
    match = re.compile(r"\((?:\?(?:[:=!>|]|<[=!]|P?<[^>]*>|[a-zA-Z-]*:))?").match(pattern, at)
    return match.end() if match is not None else at + 1
