"""Publishing a static repository in an Iglu Server: `PUT <base>/schemas/<key>` with a write apikey, as igluctl does."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

import orjson
import requests

from logsource.event.httpcall import arguments, open_session, reason, words_of
from logsource.event.registry import RegistryFailed
from logsource.event.repository import SchemaUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.event.iglu import IgluUri
    from logsource.event.registry import HttpRegistry
    from logsource.event.repository import StaticRepository

_DONE = (HTTPStatus.OK, HTTPStatus.CREATED)
_LONGEST_MESSAGE = 200


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of one schema."""

    uri: IgluUri
    outcome: Literal["created", "same", "failed"]
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.outcome} {self.uri}" + (f": {self.detail}" if self.detail else "")


def push(
    repository: StaticRepository, registry: HttpRegistry, *, apikey: str, public: bool
) -> Iterator[Pushed]:
    """Publish every schema of a repository that the registry does not have, lower versions first.

    What it has is left alone, and a failure if it is another: a published version never changes. Ends with the
    first registry that gives no answer; other failures concern one schema.
    """
    session = open_session()
    try:
        for uri in sorted(set(repository.uris())):
            try:
                ours = repository.fetch(uri)
                theirs = registry.fetch(uri)
            except SchemaUnreadable as error:
                yield Pushed(uri, "failed", str(error))
                if isinstance(error, RegistryFailed) and error.down:
                    return
                continue
            if ours is None:
                continue
            if theirs is not None:
                same = theirs == ours
                yield Pushed(
                    uri, "same" if same else "failed", "" if same else "is published with other content"
                )
                continue
            yield _put(session, registry, uri, ours, apikey=apikey, public=public)
    finally:
        session.close()


def _put(
    session: requests.Session,
    registry: HttpRegistry,
    uri: IgluUri,
    schema: dict[str, Any],
    *,
    apikey: str,
    public: bool,
) -> Pushed:
    url = f"{registry.base}/schemas/{uri.path}"
    given = arguments(registry.base, apikey, timeout=registry.timeout)
    given["headers"]["Content-Type"] = "application/json"
    params = {"isPublic": "true" if public else "false"}
    try:
        response = session.put(url, data=orjson.dumps(schema), params=params, **given)
        try:
            if response.status_code in _DONE:
                return Pushed(uri, "created")
            message = _message(response.raw.read(16384))
        finally:
            response.close()
    except (requests.RequestException, OSError) as error:
        return Pushed(uri, "failed", f"{registry.place}: {words_of(error)}")
    detail = f"{registry.place} answered {reason(response.status_code)}" + (f": {message}" if message else "")
    return Pushed(uri, "failed", detail)


def _message(body: bytes) -> str:
    """What the server says, in one line that can be printed."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    text = str(given.get("message", "")) if isinstance(given, dict) else ""
    return "".join(char if char.isprintable() else " " for char in text)[:_LONGEST_MESSAGE]
