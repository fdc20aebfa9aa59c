"""How long the long forms last."""

from __future__ import annotations

import os

SOAK_SECONDS = float(os.environ.get("LOGSOURCE_SOAK_SECONDS", "600"))
