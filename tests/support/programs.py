"""Programs of a test's own, run by this interpreter."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def python_program(path: Path, code: str, *options: str) -> Path:
    """Make `path` executable with `options` for the interpreter.

    The kernel takes no spaces and few characters after `#!`, and a checkout may have any path. So the shell reads the
    first lines, which are a string to Python.
    """
    command = shlex.join([sys.executable, *options])
    path.write_text(f"#!/bin/sh\n''':'\nexec {command} \"$0\" \"$@\"\n'''\n{code}")
    path.chmod(0o755)
    return path
