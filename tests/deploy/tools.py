"""The real tools that judge `deploy/`: installed ones, or those that `make system-deps` unpacked into the venv."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNPACKED = ROOT / ".venv/system"
"""Trees of Debian packages that were unpacked and not installed, so that no service starts."""


def tool(name):
    """Path of a tool; failing says how to get it."""
    places = [f"{UNPACKED}/{place}" for place in ("usr/bin", "usr/sbin", "bin", "sbin")]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", ""), *places])
    found = shutil.which(name, path=path)
    assert found, f"no {name}: `make system-deps` brings it"
    return found


def environment_for(path):
    """Environment of a tool: it speaks to us in one way, and an unpacked one finds the libraries that came with it."""
    usual = {"HOME": tempfile.gettempdir(), **os.environ, "LC_ALL": "C.UTF-8"}
    if UNPACKED not in Path(path).parents:
        return usual
    libraries = {library.parent for library in UNPACKED.glob("**/lib*.so*")}
    return {**usual, "LD_LIBRARY_PATH": os.pathsep.join(sorted(map(str, libraries)))}


def run(name, *arguments, cwd=None):
    """What a tool says: (exit status, stdout and stderr)."""
    path = tool(name)
    done = subprocess.run(
        [path, *map(str, arguments)],
        cwd=cwd,
        env=environment_for(path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout
