"""Where the configuration file is looked for when nobody names one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "LOGSOURCE_CONFIG"
SYSTEM_PATH = Path("/etc/logsource/logsource.yaml")


def find_config(env: Mapping[str, str], directory: Path) -> Path | None:
    """`$LOGSOURCE_CONFIG` (even if there is no such file), `logsource.yaml` in `directory`, then the system's."""
    if named := env.get(VARIABLE):
        return Path(named)
    for path in (directory / "logsource.yaml", SYSTEM_PATH):
        if path.exists():
            return path
    return None
