"""Glob patterns as regular expressions: braces, `**`, `*`, `?`, `[…]`."""

from __future__ import annotations

import re
from itertools import pairwise

_MAGIC = re.compile(r"[*?[]")


def has_magic(text: str) -> bool:
    """Whether this part of a path is a pattern."""
    return _MAGIC.search(text) is not None


def expand_braces(pattern: str) -> list[str]:
    """`/a/{b,c{d,e}}` → `/a/b`, `/a/cd`, `/a/ce`, as a shell does. Unbalanced braces stand for themselves."""
    opening = -1
    depth = 0
    commas: list[int] = []
    for index, char in enumerate(pattern):
        if char == "{":
            if depth == 0:
                opening, commas = index, []
            depth += 1
        elif char == "," and depth == 1:
            commas.append(index)
        elif char == "}" and depth:
            depth -= 1
            if depth == 0 and commas:
                cuts = [opening, *commas, index]
                parts = [pattern[a + 1 : b] for a, b in pairwise(cuts)]
                return [
                    result
                    for part in parts
                    for result in expand_braces(pattern[:opening] + part + pattern[index + 1 :])
                ]
    return [pattern]


def name_regex(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of one path component. A leading dot is only matched by a dot, as in a shell."""
    hidden = "" if pattern.startswith(".") else r"(?!\.)"
    return re.compile(hidden + _translate(pattern), re.DOTALL)


def path_regex(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of a whole path; `**` crosses directories. Used for `exclude`."""
    out: list[str] = []
    rest = pattern
    while (at := rest.find("**")) >= 0:
        out.append(_translate(rest[:at]))
        rest = rest[at + 2 :]
        if rest.startswith("/"):
            out.append("(?:.*/)?")
            rest = rest[1:]
        else:
            out.append(".*")
    out.append(_translate(rest))
    return re.compile("".join(out), re.DOTALL)


def _translate(pattern: str) -> str:
    out: list[str] = []
    index = 0
    while index < len(pattern):
        char = pattern[index]
        index += 1
        if char == "*":
            out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "[" and (close := pattern.find("]", index + 1 + pattern.startswith("!", index))) > 0:
            body = pattern[index:close].replace("\\", "\\\\").replace("[", "\\[")
            if body.startswith("!"):
                body = "^/" + body[1:]
            elif body.startswith("^"):
                body = "\\" + body
            out.append(f"[{body}]")
            index = close + 1
        else:
            out.append(re.escape(char))
    return "".join(out)
