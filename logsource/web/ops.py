"""Metrics, health and status of the agent over HTTP: everything behind `web.listen`.

Read-only, and meant for the local machine or a scraper: `/status` names paths of log files.
"""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING

import orjson
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from logsource.metrics import CONTENT_TYPE
from logsource.web.local import LocalOnly
from logsource.web.opspage import render_page
from logsource.web.status import NotReady, not_ready

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from logsource.metrics import Metrics
    from logsource.model import JSONValue
    from logsource.web.status import AgentStatus, StatusProvider

_log = logging.getLogger("logsource.web")
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}


def create_ops_app(provider: StatusProvider, metrics: Metrics, *, local_only: bool = True) -> ASGIApp:
    """Application for `web.listen`.

    `/metrics` Prometheus text · `/healthz` 200 while the process answers · `/readyz` 200, or 503 with every
    reason · `/status` all of it as JSON · `/` a page that links them. Handlers are plain functions, so they run
    in worker threads and a slow store cannot hold up `/healthz`. With `local_only`, all but `/healthz` is for
    requests that are addressed to a loopback name.
    """
    ops = _Ops(provider, metrics)
    app = Starlette(
        routes=[
            Route("/", ops.index),
            Route("/metrics", ops.metrics),
            Route("/healthz", ops.healthz),
            Route("/readyz", ops.readyz),
            Route("/status", ops.status),
        ]
    )
    return LocalOnly(app, open_paths=("/healthz",)) if local_only else app


class _Ops:
    def __init__(self, provider: StatusProvider, metrics: Metrics) -> None:
        self._provider = provider
        self._metrics = metrics

    def index(self, request: Request) -> Response:  # noqa: ARG002  the signature of a handler
        status, reasons = self._look()
        return HTMLResponse(render_page(status, reasons), headers=_HEADERS)

    def metrics(self, request: Request) -> Response:  # noqa: ARG002  the signature of a handler
        return Response(self._metrics.render(), headers={**_HEADERS, "Content-Type": CONTENT_TYPE})

    async def healthz(self, request: Request) -> Response:  # noqa: ARG002  the signature of a handler
        return PlainTextResponse("ok\n", headers=_HEADERS)

    def readyz(self, request: Request) -> Response:  # noqa: ARG002  the signature of a handler
        _, reasons = self._look()
        body = {"ready": not reasons, "reasons": [dataclasses.asdict(reason) for reason in reasons]}
        return _json(body, 503 if reasons else 200)

    def status(self, request: Request) -> Response:  # noqa: ARG002  the signature of a handler
        status, reasons = self._look()
        body = status_json(status) if status is not None else {}
        body["ready"] = not reasons
        body["not_ready"] = [dataclasses.asdict(reason) for reason in reasons]
        return _json(body, 200 if status is not None else 503)

    def _look(self) -> tuple[AgentStatus | None, list[NotReady]]:
        try:
            status = self._provider.snapshot()
        except Exception as error:  # noqa: BLE001  whatever is broken, this page has to say so
            _log.exception("event=status_unavailable")
            return None, [NotReady("status_unavailable", f"{type(error).__name__}: {error}")]
        return status, not_ready(status)


def status_json(status: AgentStatus) -> dict[str, JSONValue]:
    """Body of `/status`: the status as it is, and the totals over all sources."""
    body: dict[str, JSONValue] = orjson.loads(orjson.dumps(status))  # asdict cannot copy a Counter
    body["uptime_seconds"] = max(0, status.now_ms - status.started_ms) / 1000
    body["totals"] = {
        "lines": sum(source.lines for source in status.sources),
        "bytes": sum(source.bytes for source in status.sources),
        "events": sum(source.events for source in status.sources),
        "rejected": sum(sum(source.rejected.values()) for source in status.sources),
        "dropped": sum(sum(source.dropped.values()) for source in status.sources),
        "lag_bytes": sum(source.lag_bytes for source in status.sources),
        "events_sent": sum(output.events_sent for output in status.outputs),
    }
    return body


def _json(body: JSONValue, code: int) -> Response:
    data = orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return Response(data, status_code=code, media_type="application/json", headers=_HEADERS)
