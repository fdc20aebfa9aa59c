"""The live page and the headers that keep it harmless.

The page shows log lines, which anybody may have written. Its script puts them into text nodes only; should
it ever fail in that, the browser still runs no code but the one script whose hash the policy names.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


@cache
def page() -> tuple[bytes, dict[str, str]]:
    """Body and headers of the page."""
    body = files(__package__).joinpath("page.html").read_bytes()
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:; "
        f"script-src {' '.join(_hashes(body))}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return body, {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


def _hashes(body: bytes) -> list[str]:
    """Source expressions of the inline scripts, as Content Security Policy level 2 defines them."""
    digests = (hashlib.sha256(script).digest() for script in _SCRIPT.findall(body))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
