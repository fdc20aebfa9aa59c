"""Schemas from a registry over HTTP: Iglu Server, or a static repository on any web server.

Both answer `GET <base>/schemas/<vendor>/<name>/<format>/<version>`; Iglu Server's base ends in `/api`. Whoever
asks waits for a bounded time, whatever the registry does. "Not found" is an answer (404, 410); everything else
that is not the schema is a failure, and says nothing about whether the schema exists.
"""

from __future__ import annotations

import queue
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
import requests

from logsource.clock import SystemClock
from logsource.config.show import mask_url
from logsource.errors import root_of
from logsource.event.httpcall import arguments, open_session, reason, words_of
from logsource.event.iglu import parse_uri
from logsource.event.repository import SchemaUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.clock import Clock
    from logsource.event.iglu import IgluUri

TIMEOUT = 5.0
"""Seconds in which a registry must have given the whole schema."""
MAX_BYTES = 2 * 1024 * 1024
"""Largest schema; the largest in Iglu Central has a few hundred kilobytes."""
MOST_REQUESTS = 8
"""Requests to one registry at the same time."""
FIRST_REST = 0.5
LONGEST_REST = 60.0
_BLOCK = 16384
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_REFUSED: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "is the apikey right?",
    HTTPStatus.FORBIDDEN: "a wrong apikey, or a bucket that may not be listed and answers so for what it lacks",
}


class RegistryFailed(SchemaUnreadable):
    """The registry gave no usable answer about this schema."""

    down = False
    """Whether it gives no answers at all now."""


class _Down(RegistryFailed):
    """The registry gives no answers at all now; it is left alone for a while."""

    down = True


class HttpRegistry:
    """A `Repository` over HTTP. Thread-safe. `close` it, or its connections stay open until the program ends.

    Proxies come from the environment (HTTPS_PROXY, NO_PROXY …), CA certificates from the system (SSL_CERT_FILE);
    `.netrc` is not read. Redirects are not followed, as Iglu clients do not: the apikey must not go elsewhere.
    After a failure that concerns all schemas (no connection, no answer in time, 5xx, 429) nothing is asked for
    half a second, doubling up to a minute; asking then raises the same failure at once.
    """

    remote = True

    def __init__(
        self,
        *,
        name: str,
        uri: str,
        apikey: str | None = None,
        timeout: float = TIMEOUT,
        clock: Clock | None = None,
        session: requests.Session | None = None,
    ) -> None:
        self.name = name
        self.base = uri.rstrip("/")
        self.place = mask_url(self.base)
        self.timeout = timeout
        self._clock = clock or SystemClock()
        self._session = session or open_session(MOST_REQUESTS)
        self._arguments = arguments(self.base, apikey, timeout=timeout)
        self._slots = threading.BoundedSemaphore(MOST_REQUESTS)
        self._lock = threading.Lock()
        self._failures = 0
        self._rested = 0.0
        self._failure: _Down | None = None

    def fetch(self, uri: IgluUri) -> dict[str, Any] | None:
        """Ask for a schema; None when the registry says that it has none. Raises RegistryFailed."""
        self._check_rest()
        try:
            schema = self._answer(uri)
        except _Down as failure:
            self._rest(failure)
            raise
        except RegistryFailed:
            self._rest(None)
            raise
        self._rest(None)
        return schema

    def uris(self) -> Iterator[IgluUri]:
        """Nothing: static repositories cannot tell, and nobody needs all schemas of a registry."""
        return iter(())

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _check_rest(self) -> None:
        with self._lock:
            if self._failure is not None and self._clock.monotonic() < self._rested:
                # A new one, because an exception that is raised again grows its traceback.
                raise _Down(str(self._failure))

    def _rest(self, failure: _Down | None) -> None:
        with self._lock:
            self._failure = failure
            if failure is None:
                self._failures = 0
                return
            self._rested = self._clock.monotonic() + min(FIRST_REST * 2**self._failures, LONGEST_REST)
            self._failures = min(self._failures + 1, 16)

    def _answer(self, uri: IgluUri) -> dict[str, Any] | None:
        # In a thread of its own: only so can resolving a name, or an answer byte by byte, be waited for no longer
        # than we want. The threads are bounded by the slots.
        late = f"{self.place} gave no answer within {self.timeout:g} s"
        if not self._slots.acquire(timeout=self.timeout):
            raise _Down(late)
        answers: queue.SimpleQueue[dict[str, Any] | RegistryFailed | None] = queue.SimpleQueue()
        worker = threading.Thread(
            target=self._work, args=(uri, answers), name=f"registry {self.name}", daemon=True
        )
        try:
            worker.start()
        except RuntimeError as error:
            self._slots.release()
            raise _Down(f"{self.place} was not asked: {error}") from error
        try:
            answer = answers.get(timeout=self.timeout)
        except queue.Empty:
            raise _Down(late) from None
        if isinstance(answer, RegistryFailed):
            raise answer
        return answer

    def _work(self, uri: IgluUri, answers: queue.SimpleQueue[dict[str, Any] | RegistryFailed | None]) -> None:
        try:
            answers.put(self._exchange(uri))
        except RegistryFailed as failure:
            answers.put(failure)
        except Exception as error:  # noqa: BLE001 - whoever waits must get an answer
            answers.put(_Down(f"{self.place}: {words_of(error)}"))
        finally:
            self._slots.release()

    def _exchange(self, uri: IgluUri) -> dict[str, Any] | None:
        deadline = time.monotonic() + self.timeout
        url = f"{self.base}/schemas/{uri.path}"
        try:
            try:
                response = self._session.get(url, **self._arguments)
            except requests.ConnectionError as error:
                if not isinstance(root_of(error), (ConnectionResetError, EOFError, BrokenPipeError)):
                    raise
                # The server may have closed a connection that was idle; that says nothing about it.
                response = self._session.get(url, **self._arguments)
            try:
                return self._judge(response, uri, deadline)
            finally:
                response.close()
        except requests.Timeout as error:
            raise _Down(f"{self.place} gave no answer within {self.timeout:g} s") from error
        except requests.exceptions.SSLError as error:
            hint = "SSL_CERT_FILE names a file of CA certificates to trust"
            raise _Down(f"{self.place}: {words_of(error)} ({hint})") from error
        except (requests.RequestException, OSError) as error:
            raise _Down(f"{self.place}: {words_of(error)}") from error

    def _judge(self, response: requests.Response, uri: IgluUri, deadline: float) -> dict[str, Any] | None:
        status = response.status_code
        if status in _GONE:
            return None
        answered = f"{self.place} answered {reason(status)}"
        if 300 <= status < 400:
            location = mask_url(response.headers.get("Location", ""))[:200]
            hint = "redirects are not followed; write the new address into the resolver configuration"
            raise RegistryFailed(f"{answered}, a redirect to {location or 'nowhere'} ({hint})")
        if status >= 500 or status in _PASSING:
            raise _Down(answered)
        if status != HTTPStatus.OK:
            why = _REFUSED.get(status)
            raise RegistryFailed(f"{answered} ({why})" if why else answered)
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            raise RegistryFailed(f"{self.place} answered in {encoding}, which it was not asked to do")
        return _schema(self._body(response, deadline), uri, f"{self.place}/schemas/{uri.path}")

    def _body(self, response: requests.Response, deadline: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        while part := response.raw.read(_BLOCK):
            size += len(part)
            if size > MAX_BYTES:
                raise RegistryFailed(f"{self.place} answered with more than {MAX_BYTES} bytes")
            if time.monotonic() > deadline:
                raise _Down(f"{self.place} gave no complete answer within {self.timeout:g} s")
            parts.append(part)
        return b"".join(parts)


def _schema(body: bytes, uri: IgluUri, url: str) -> dict[str, Any]:
    try:
        schema = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RegistryFailed(f"{url}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from error
    if not isinstance(schema, dict):
        raise RegistryFailed(f"{url}: a schema must be a JSON object")
    own = schema.get("self")
    parts = own if isinstance(own, dict) else {}
    given = "iglu:{}/{}/{}/{}".format(
        *(parts.get(key, "?") for key in ("vendor", "name", "format", "version"))
    )
    if parse_uri(given) != uri:
        said = f"its self says {given[:200]}" if parts else "it has no self, so it is no schema of Iglu's"
        raise RegistryFailed(f"{url}: not the schema that was asked for: {said}")
    return schema
