"""The collector over HTTP: tracking endpoints, Micro's REST API, and the page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from logsource.event.iglu import parse_uri
from logsource.event.repository import SchemaUnreadable
from logsource.web.collector import inspect, micro
from logsource.web.collector.page import page
from logsource.web.collector.protocol import MAX_BODY
from logsource.web.local import addressed_here

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from logsource.web.collector.core import Collector
    from logsource.web.collector.memory import Kept
    from logsource.web.collector.request import Answer

    Endpoint = Callable[[Request], Awaitable[Response]]

_DISCARD = 64 * 1024 * 1024
"""Bytes of an oversize body that are read and thrown away, so that the client reads our 413."""
_MICRO = "/micro/all, /micro/good, /micro/bad, /micro/reset, /micro/iglu/{vendor}/{name}/jsonschema/{version}"
_NOT_LOCAL = "only reachable as localhost; start the collector with another --listen address to share it\n"


def create_app(collector: Collector, *, local_only: bool = True) -> Starlette:
    """The application around a collector.

    With `local_only`, what was collected is shown only to requests addressed to this machine by a
    loopback name: a web page elsewhere must not read log lines by pointing its own name at 127.0.0.1.
    And no page of another site may reset us: browsers say in Sec-Fetch-Site where a request comes from.
    """
    http = _Http(collector, local_only=local_only)
    shown = http.shown
    return Starlette(
        routes=[
            Route("/", shown(http.page)),
            Route("/health", http.health),
            Route("/i", http.pixel),
            Route("/ice.png", http.pixel),
            Route("/micro/all", shown(http.micro_all), methods=["GET", "POST"]),
            Route("/micro/good", shown(http.micro_good), methods=["GET", "POST"]),
            Route("/micro/bad", shown(http.micro_bad), methods=["GET", "POST"]),
            Route("/micro/reset", shown(http.micro_reset), methods=["GET", "POST"]),
            Route("/micro/iglu/{vendor}/{name}/{format}/{version}", shown(http.micro_iglu)),
            Route("/micro/{rest:path}", http.micro_unknown, methods=["GET", "POST"]),
            Route("/logsource/summary", shown(http.summary)),
            Route("/logsource/recent", shown(http.recent)),
            Route("/logsource/event/{seq:int}", shown(http.event)),
            Route("/{rest:path}", http.preflight, methods=["OPTIONS"]),
            Route("/{vendor}/{version}", http.post, methods=["POST"]),
            Route("/{vendor}/{version}", http.pixel),
        ]
    )


class _Http:
    """The endpoints."""

    def __init__(self, collector: Collector, *, local_only: bool) -> None:
        self._collector = collector
        self._local_only = local_only
        self._waits = collector.validators.resolver.remote
        """Whether judging events may have to wait for a registry: then it must not hold up the event loop."""

    def shown(self, endpoint: Endpoint) -> Endpoint:
        """Wrap an endpoint that shows what was collected."""

        async def guarded(request: Request) -> Response:
            if self._local_only and not addressed_here(request):
                return PlainTextResponse(_NOT_LOCAL, 403)
            if request.headers.get("sec-fetch-site") == "cross-site" and request.url.path != "/":
                return PlainTextResponse("not for other web sites\n", 403)
            return await endpoint(request)

        return guarded

    async def post(self, request: Request) -> Response:
        """`POST /vendor/version`."""
        vendor, version = request.path_params["vendor"], request.path_params["version"]
        if vendor == "r" or (vendor, version) == ("com.snowplowanalytics.iglu", "v1"):
            return PlainTextResponse("not found", 404)
        body = await _read(request)
        accept = partial(
            self._collector.accept_post,
            f"/{vendor}/{version}",
            request.headers.get("content-type"),
            body,
            dict(request.headers),
            query=request.url.query,
            address=_client(request),
        )
        return _response(await run_in_threadpool(accept) if self._waits else accept())

    async def pixel(self, request: Request) -> Response:
        """`GET /i`, and the same under a path of two segments."""
        if request.path_params.get("vendor") == "r":
            return PlainTextResponse("redirects disabled", 404)
        accept = partial(
            self._collector.accept_get,
            request.url.query,
            dict(request.headers),
            path=request.url.path,
            address=_client(request),
        )
        return _response(await run_in_threadpool(accept) if self._waits else accept())

    async def preflight(self, request: Request) -> Response:
        """CORS: a browser asks before it posts."""
        headers = {
            "Access-Control-Allow-Origin": request.headers.get("origin", "*"),
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Headers": "Content-Type, SP-Anonymous",
            "Access-Control-Max-Age": "3600",
        }
        return Response(status_code=200, headers=headers)

    async def health(self, _request: Request) -> Response:
        """Liveness."""
        return PlainTextResponse("ok")

    async def page(self, _request: Request) -> Response:
        """The live page."""
        body, headers = page()
        return Response(body, media_type="text/html", headers=headers)

    async def micro_all(self, _request: Request) -> Response:
        """Totals."""
        return _json(micro.summary_json(self._collector.summary()))

    async def micro_good(self, request: Request) -> Response:
        """Good events."""
        return await self._filtered(request, self._collector.good, micro.good_events, good=True)

    async def micro_bad(self, request: Request) -> Response:
        """Bad events."""
        return await self._filtered(request, self._collector.bad, micro.bad_events, good=False)

    async def micro_reset(self, _request: Request) -> Response:
        """Forget everything."""
        self._collector.reset()
        return _json(micro.summary_json(self._collector.summary()))

    async def micro_iglu(self, request: Request) -> Response:
        """A schema by its key."""
        given = request.path_params
        uri = parse_uri(f"iglu:{given['vendor']}/{given['name']}/{given['format']}/{given['version']}")
        if uri is None:
            return _json({"error": "not an Iglu key, expected /micro/iglu/vendor/name/jsonschema/1-0-0"}, 404)
        try:
            schema = await run_in_threadpool(self._collector.validators.resolver.fetch, uri)
        except SchemaUnreadable as error:
            return _json({"error": str(error)}, 404)
        return _json({"error": f"{uri} was not found"}, 404) if schema is None else _json(schema)

    async def micro_unknown(self, _request: Request) -> Response:
        """Name what there is."""
        return PlainTextResponse(f"Supported endpoints: {_MICRO}", 404)

    async def summary(self, _request: Request) -> Response:
        """Exact counts, with duplicates."""
        return _json(self._collector.summary()._asdict())

    async def recent(self, request: Request) -> Response:
        """Rows for the page."""
        query = request.query_params
        kind, text = query.get("kind", "all"), query.get("q", "")
        after, limit = _number(query.get("after"), 0), min(_number(query.get("limit"), 100), 1000)
        events: list[Kept] = []
        if kind != "bad":
            events += self._collector.good()
        if kind != "good":
            events += self._collector.bad()
        events.sort(key=lambda event: event.seq, reverse=True)
        found = inspect.rows(events, after=after, limit=limit, text=text)
        summary = self._collector.summary()._asdict()
        return _json({"since_ms": self._collector.since_ms, "summary": summary, "rows": found})

    async def event(self, request: Request) -> Response:
        """One event, all of it."""
        event = self._collector.find(request.path_params["seq"])
        if event is None:
            return _json({"error": "no longer kept; --keep says how many events are"}, 404)
        return _json(inspect.detail(event))

    async def _filtered(
        self,
        request: Request,
        kept: Callable[[], list[Kept]],
        shape: Callable[[list[Kept], micro.Filters], list[Any]],
        *,
        good: bool,
    ) -> Response:
        try:
            # Bounded like events: what is longer is no filter.
            body = await _read(request) if request.method == "POST" else b""
            filters = micro.parse_filters(body, good=good)
        except micro.BadFilter as error:
            return _json({"error": str(error)}, 400)
        return _json(shape(kept(), filters))


async def _read(request: Request) -> bytes:
    """The body; no more than one byte above the limit of it, which is enough to refuse it."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        if size <= MAX_BODY:
            chunks.append(chunk)
        size += len(chunk)
        if size > _DISCARD:
            break
    return b"".join(chunks)


def _response(answer: Answer) -> Response:
    headers = {"Content-Type": answer.content_type, **answer.headers}
    return Response(answer.body, answer.status, headers)


def _json(value: object, status: int = 200) -> Response:
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return Response(orjson.dumps(value), status, headers, media_type="application/json")


def _client(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _number(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 16 else default
