"""Where the peers' programs are: installed, or unpacked by peers.sh."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
UNPACKED = HERE.parents[1] / ".venv" / "peers"
OUT = HERE / "out"


def fetch() -> None:
    """Unpack the peers from Debian's packages, once; says on stderr what it could not get."""
    if not UNPACKED.exists():
        subprocess.run(["sh", str(HERE / "peers.sh"), str(UNPACKED)], check=False)


def program(name: str) -> Path | None:
    """A daemon by its name."""
    unpacked = UNPACKED / "usr/sbin" / name
    if unpacked.exists():
        return unpacked
    found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin")))
    return Path(found) if found else None


def folders(pattern: str) -> list[Path]:
    """Folders under the unpacked tree and the system's `/usr/lib` that match the glob."""
    return [path for root in (UNPACKED / "usr/lib", Path("/usr/lib")) for path in sorted(root.glob(pattern))]


def library_path() -> dict[str, str]:
    """Environment with which unpacked programs find their unpacked libraries."""
    places = [
        *UNPACKED.glob("usr/lib/*-linux-gnu"),
        *UNPACKED.glob("lib/*-linux-gnu"),
        UNPACKED / "usr/lib/syslog-ng",
    ]
    return {"LD_LIBRARY_PATH": os.pathsep.join(str(place) for place in places)}
