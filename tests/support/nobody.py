"""Permissions mean nothing to root, so who asks what they do is somebody else for a while."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534


@contextlib.contextmanager
def folder_of_nobody() -> Iterator[Path]:
    """A folder in which an unprivileged user works; as long as it is there, this process is that user."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    was = os.geteuid()
    if was == 0:
        os.chown(made, NOBODY, -1)
        os.seteuid(NOBODY)
    try:
        yield made
    finally:
        os.seteuid(was)
        for path in [made, *made.rglob("*")]:
            path.chmod(0o755)
        shutil.rmtree(made)
