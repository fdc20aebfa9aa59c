"""PyYAML's syntax errors in words that say what to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from yaml.reader import ReaderError

from logsource.config.problem import Position, Problem

if TYPE_CHECKING:
    from yaml import Mark

_BY_PROBLEM: tuple[tuple[str, str, str], ...] = (
    # (part of PyYAML's problem, what, hint); the first that fits wins
    (r"found character '\t'", "a tab where YAML wants spaces", "indent with spaces"),
    (
        "found character '%'",
        "a plain value cannot begin with `%`",
        "put it in single quotes: '%{IP:client} …'",
    ),
    ("found character '@'", "a plain value cannot begin with `@`", "put it in single quotes"),
    ("found character '`'", "a plain value cannot begin with a backtick", "put it in single quotes"),
    (
        "mapping values are not allowed here",
        "a `:` where no key can stand",
        "put a value that holds `: ` in single quotes, or look for a missing `:` or wrong indentation just before",
    ),
    (
        "found unknown escape character",
        "an unknown `\\` escape in double quotes",
        "use single quotes; nothing is escaped in them",
    ),
    (
        "expected escape sequence",
        "an unknown `\\` escape in double quotes",
        "use single quotes; nothing is escaped in them",
    ),
    (
        "could not find expected ':'",
        "a line that is neither `key: value` nor `- item`",
        "write a space after the colon, or indent the line",
    ),
    (
        "did not find expected '-' indicator",
        "a line that is not indented like its neighbours",
        "align it with the lines around it",
    ),
    (
        "expected <block end>",
        "a line that is not indented like its neighbours",
        "align it with the lines around it",
    ),
    ("found undefined alias", "a `*` that names nothing", "put a glob that begins with `*` in single quotes"),
    ("found duplicate anchor", "an anchor (`&name`) that exists already", "give it another name"),
    (
        "expected alphabetic or numeric character",
        "a `*` or `&` that no name follows",
        "put a glob that begins with `*` in single quotes",
    ),
    (
        "expected ',' or ']'",
        "a `[` list that is not closed",
        "end it with `]`, and put items that hold `[`, `]` or `,` in quotes",
    ),
    ("expected ',' or '}'", "a `{` mapping that is not closed", "end it with `}`"),
    (
        "sequence entries are not allowed here",
        "a `-` where no list can begin",
        "put the first `-` on its own line below the key",
    ),
    ("but found another document", "a second document (`---`)", "keep one document in the file"),
    ("expected '<document start>'", "text where the document has ended", "check the indentation"),
    ("could not determine a constructor", "YAML tags (`!…`) are not supported", "leave it out"),
    (
        "found undefined tag handle",
        "YAML tags (`!…`) are not supported",
        "leave it out, or put the text in quotes",
    ),
)


def explain_mark(mark: Mark | None) -> Position:
    """PyYAML counts from 0, people and editors from 1."""
    return Position(mark.line + 1, mark.column + 1) if mark is not None else Position(1, 1)


def explain_syntax(error: yaml.YAMLError, text: str) -> Problem:
    """One problem of a file that is not YAML."""
    if isinstance(error, ReaderError):
        return _unprintable(error, text)
    if not isinstance(error, yaml.MarkedYAMLError):
        return Problem(Position(1, 1), "is not YAML")
    problem, context = error.problem or "", error.context or ""
    if "unexpected end of stream" in problem and "quoted scalar" in context:
        return Problem(
            explain_mark(error.context_mark), "a quote that is never closed", "add the closing quote"
        )
    if "but got '<stream end>'" in problem and "flow" in context:
        return Problem(
            explain_mark(error.context_mark), "a bracket that is never closed", "add the closing bracket"
        )
    at = explain_mark(error.problem_mark or error.context_mark)
    for part, what, hint in _BY_PROBLEM:
        if part in problem:
            return Problem(at, what, hint)
    return Problem(at, "is not YAML", problem)


def _unprintable(error: ReaderError, text: str) -> Problem:
    before = text[: error.position]
    line, column = before.count("\n") + 1, error.position - (before.rfind("\n") + 1) + 1
    code = error.character if isinstance(error.character, int) else ord(error.character[:1] or "\0")
    return Problem(Position(line, column), f"the control character U+{code:04X}", "remove it")
