"""`${NAME}` and `${NAME:-default}` inside a text; `$$` is a plain dollar sign.

References are replaced in single values after the YAML was read, so what a variable holds can never
change the structure of the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_REFERENCE = re.compile(
    r"\$(?:(?P<escape>\$)|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}|(?P<bad>\{))"
)


@dataclass(frozen=True, slots=True)
class Expanded:
    """A text with its references replaced."""

    text: str
    names: tuple[str, ...] = ()
    """Variables whose value stands in the text now; such a text is never shown."""
    errors: tuple[tuple[str, str, int], ...] = ()
    """(what, hint, offset in the original text) of each reference that cannot be replaced."""


def expand(text: str, env: Mapping[str, str]) -> Expanded:
    """Replace the references of a text."""
    if "$" not in text:
        return Expanded(text)
    names: list[str] = []
    errors: list[tuple[str, str, int]] = []

    def value(match: re.Match[str]) -> str:
        if match["escape"]:
            return "$"
        if match["bad"]:
            errors.append(
                (
                    "`${` does not begin a valid reference to an environment variable",
                    "write ${NAME} or ${NAME:-default}, or $${ for a plain `${`",
                    match.start(),
                )
            )
            return ""
        name, default = match["name"], match["default"]
        if env.get(name) or (name in env and default is None):
            names.append(name)
            return env[name]
        if default is None:  # as in a shell, `:-` also stands in for an empty variable
            errors.append(
                (
                    f"the environment variable {name} is not set",
                    f"set it, or write ${{{name}:-default}}",
                    match.start(),
                )
            )
            return ""
        return default

    expanded = _REFERENCE.sub(value, text)
    return Expanded(expanded, tuple(names), tuple(errors))
