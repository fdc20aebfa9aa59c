"""Where the packs that come with logsource are."""

from __future__ import annotations

from pathlib import Path

import logsource


def builtin_packs_dir() -> Path:
    """Directory of the built-in packs: `logsource/_packs` in a wheel, `parsers/` in an editable install."""
    package = Path(logsource.__file__).parent
    shipped = package / "_packs"
    return shipped if shipped.is_dir() else package.parent / "parsers"
