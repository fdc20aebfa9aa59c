"""Asking a running agent how it is: `GET /status` on its `web.listen`."""

from __future__ import annotations

import http.client
import json
from typing import Any

from logsource.config.addresses import parse_listen


def ask_status(listen: str, *, seconds: float = 3.0) -> dict[str, Any] | None:
    """The agent's `/status`; None when nobody answers there, or somebody else does.

    Never through a proxy, whatever the environment says: the agent is on this machine, or named by its address.
    """
    host, port = parse_listen(listen)
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        connection.request("GET", "/status", headers={"Connection": "close"})
        answer = connection.getresponse()
        body = json.loads(answer.read()) if answer.status == http.client.OK else None
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return body if isinstance(body, dict) and "files" in body and "outbox" in body else None
