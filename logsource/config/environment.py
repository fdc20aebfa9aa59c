"""`${NAME}`, `${NAME:-default}` and `${file:PATH}` inside a text; `$$` is a plain dollar sign.

References are replaced in single values after the YAML was read, so what a variable holds can never
change the structure of the file.

Files are for secrets that no environment shall hold: mounted by Kubernetes, or put by systemd's `LoadCredential=` where
`${file:$CREDENTIALS_DIRECTORY/NAME}` finds them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_REFERENCE = re.compile(
    r"\$(?:(?P<escape>\$)|\{file:(?P<file>[^}\s]+)\}|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}|(?P<bad>\{))"
)


_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_LARGEST = 64 * 1024
"""Bytes of a file; a secret is short, a log given by mistake is not."""
_FILE_HINT = "name a readable file with nothing but the value; white space at its end is left out"


class _NotRead(Exception):
    """Why a file gives no value."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """A text with its references replaced."""

    text: str
    names: tuple[str, ...] = ()
    """Variables (and `file:PATH`) whose value stands in the text now; such a text is never shown."""
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
        if match["file"]:
            try:
                found = _content(match["file"], env)
            except _NotRead as error:
                errors.append((f"{match[0]} cannot be read: {error}", _FILE_HINT, match.start()))
                return ""
            names.append(f"file:{match['file']}")
            return found
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


def _content(path: str, env: Mapping[str, str]) -> str:
    """Text of a file without the white space at its end. Raises _NotRead."""
    missing = [name for name in _VARIABLE.findall(path) if not env.get(name)]
    if missing:
        raise _NotRead(f"the environment variable {missing[0]} is not set")
    file = Path(_VARIABLE.sub(lambda match: env[match[1]], path))
    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        raise _NotRead(getattr(error, "strerror", None) or str(error)) from error
    if len(data) > _LARGEST:
        raise _NotRead(f"it is larger than {_LARGEST // 1024} KiB")
    try:
        text = data.decode().rstrip()
    except UnicodeDecodeError as error:
        raise _NotRead("it is not UTF-8 text") from error
    if not text:
        raise _NotRead("it is empty")
    return text
