"""A schema registry for tests: a `Sink` that serves a static repository, as Iglu Server and a plain web server do.

with SchemaRegistry(directory, apikey="secret") as registry:
    registry.url                # base address; schemas are at /schemas/vendor/name/format/version below it
    registry.trouble = Answer(status=503)    # from now on, for every request
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import orjson

from logsource.config.resolver import SCHEMA
from tests.support.sink import Answer, Sink, SinkRequest

if TYPE_CHECKING:
    from pathlib import Path


class SchemaRegistry:
    def __init__(self, directory: Path, *, apikey: str | None = None, base: str = "/api", tls=None) -> None:
        """`directory` is the one above `schemas`."""
        self._root = directory / "schemas"
        self._apikey = apikey
        self._base = base
        self.write_key: str | None = None
        """With this apikey, schemas may be put, as into Iglu Server."""
        self.trouble: Answer | None = None
        self.sink = Sink(self._answer, tls=tls)
        self.url = self.sink.url + base

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sink.close()

    @property
    def asked(self) -> list[str]:
        """Paths below /schemas/ that were asked for, in order."""
        return [request.target.removeprefix(f"{self._base}/schemas/") for request in self.sink.requests]

    def _answer(self, request: SinkRequest) -> Answer:
        if self.trouble is not None:
            return self.trouble
        if request.method == "PUT":
            return self._put(request)
        if self._apikey is not None and request.headers.get("apikey") != self._apikey:
            return Answer(401, b'{"message":"Authentication error: not authorized"}')
        prefix = f"{self._base}/schemas/"
        file = self._root / request.target.removeprefix(prefix)
        if not request.target.startswith(prefix) or not file.is_file():
            return Answer(404, b'{"message":"The schema is not found"}')
        return Answer(200, file.read_bytes(), {"Content-Type": "application/json"})

    def _put(self, request: SinkRequest) -> Answer:
        path, _, query = request.target.removeprefix(f"{self._base}/schemas/").partition("?")
        if self.write_key is None or request.headers.get("apikey") != self.write_key:
            return Answer(403, b'{"message":"Authentication error: not enough permissions"}')
        file = self._root / path
        if file.exists():
            return Answer(409, b'{"message":"Schema already exists"}')
        assert query in {"isPublic=true", "isPublic=false"}
        assert request.headers["content-type"] == "application/json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(request.body)
        return Answer(201, orjson.dumps({"status": 201, "message": "Schema created", "location": path}))


def http(name: str, uri: str, *, priority: int = 0, prefixes: tuple[str, ...] = (), apikey=None) -> dict:
    """One element of `repositories`."""
    connection = {"uri": uri} if apikey is None else {"uri": uri, "apikey": apikey}
    return {
        "name": name,
        "priority": priority,
        "vendorPrefixes": list(prefixes),
        "connection": {"http": connection},
    }


def embedded(name: str, path: Path | str, *, priority: int = 0, prefixes: tuple[str, ...] = ()) -> dict:
    """One element of `repositories`, on disk."""
    return {
        "name": name,
        "priority": priority,
        "vendorPrefixes": list(prefixes),
        "connection": {"embedded": {"path": str(path)}},
    }


def resolver_file(path: Path, *repositories: dict, size: int = 500, **data) -> Path:
    """Write a standard resolver configuration."""
    content = {"schema": SCHEMA, "data": {"cacheSize": size, "repositories": list(repositories), **data}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
    return path
