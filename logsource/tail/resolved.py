"""Names with their links resolved, on file servers that may have no answer.

`os.path.realpath` asks whether each part is a link and then where it leads. It passes over a first question that fails, and
raises what the second one fails with (before Python 3.13).
"""

from __future__ import annotations

import os


def resolved(path: str) -> str:
    """The path with its links resolved; as it was given if they cannot be read now, which leads there just as well."""
    return surely_resolved(path) or path


def surely_resolved(path: str) -> str:
    """The path with its links resolved; empty if they cannot be read now."""
    try:
        return os.path.realpath(path)
    except OSError:
        return ""
