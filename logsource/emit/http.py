"""Requests to the collector; the only importer of requests (with its adapter)."""

from __future__ import annotations

import ssl
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies

from logsource import __version__
from logsource.clock import SystemClock
from logsource.emit.api import Delivery, Request
from logsource.emit.backoff import parse_retry_after
from logsource.emit.fast_adapter import FastAdapter
from logsource.emit.get import request_target
from logsource.emit.outcome import answered, unanswered
from logsource.emit.split import events_of
from logsource.errors import root_of
from logsource.model import STM_PLACEHOLDER, Action, Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from requests import PreparedRequest

    from logsource.clock import Clock
    from logsource.config.model import CollectorConfig
    from logsource.model import Batch

ANSWER_BYTES = 65536
"""Longest answer that is read to its end, so that the connection can be used again; a longer one is cut off."""

_NO_ANSWER = (ConnectionError, EOFError)


class _Prepared(threading.local):
    """The request of one worker thread; only its body, its length and, for GET, its URL change."""

    request: PreparedRequest | None = None


class HttpOutput:
    """`Output` to a Snowplow collector.

    Proxies come from the environment (HTTPS_PROXY, NO_PROXY …), read once; `.netrc` is not read, so that
    no credentials are sent that the configuration does not name. Redirects are not followed.
    """

    def __init__(
        self, config: CollectorConfig, session: requests.Session | None = None, *, clock: Clock | None = None
    ) -> None:
        self._config = config
        self._clock = clock or SystemClock()
        self._base = config.url.rstrip("/")
        self._get = config.method == "get"
        self._url = self._base + ("/i" if self._get else config.path)
        self._session = session or _session(config.concurrency)
        self._adapter = self._session.get_adapter(self._url)
        self._prepared = _Prepared()
        self._arguments: dict[str, Any] = {
            "stream": True,
            "timeout": (config.timeout, config.timeout),
            "verify": _verify(config.tls.ca) if config.tls.verify else False,
            "cert": _client_certificate(config.tls.cert, config.tls.key),
            "proxies": get_environ_proxies(self._url),
        }

    def send(self, batch: Batch) -> Delivery:
        """Send a batch: one POST, or one GET for each event until one is not accepted."""
        return self._send_get(batch) if self._get else self._send_post(batch)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _send_post(self, batch: Batch) -> Delivery:
        request = self._request()
        request.body = batch.body.replace(STM_PLACEHOLDER, self._stm())
        request.headers["Content-Length"] = str(len(request.body))
        outcome, made = self._exchange(request)
        if outcome.action is Action.DELIVERED:
            return Delivery(outcome, batch.events, 0, (made,))
        return Delivery(outcome, 0, batch.events, (made,))

    def _send_get(self, batch: Batch) -> Delivery:
        made: list[Request] = []
        outcome = Outcome(action=Action.DELIVERED, code="200")
        for index, event in enumerate(events_of(batch)):
            # The target is put behind the host by the adapter; a base path is part of it.
            target = request_target(event.replace(STM_PLACEHOLDER, self._stm()))
            line = len("GET  HTTP/1.1") + len(self._path()) + len(target)
            if line > self._config.byte_limit_get:
                detail = f"the request line has {line} bytes, collector.byte_limit_get is {self._config.byte_limit_get}"
                return Delivery(
                    Outcome(action=Action.SPLIT, code="too_large", detail=detail), index, 1, tuple(made)
                )
            request = self._request()
            request.url = self._base + target
            outcome, one = self._exchange(request)
            made.append(one)
            if outcome.action is not Action.DELIVERED:
                return Delivery(outcome, index, 1, tuple(made))
        return Delivery(outcome, batch.events, 0, tuple(made))

    def _exchange(self, request: PreparedRequest) -> tuple[Outcome, Request]:
        started = self._clock.monotonic()
        try:
            outcome = self._answer(self._adapter.send(request, **self._arguments))
        except requests.Timeout as error:
            outcome = unanswered("timeout", f"no answer within {self._config.timeout:g} s ({root_of(error)})")
        except requests.RequestException as error:
            root = root_of(error)
            code = "reset" if isinstance(root, _NO_ANSWER) and not _refused(root) else "error"
            outcome = unanswered(code, f"{type(root).__name__}: {root}")
        except OSError as error:  # requests raises it for CA and certificate files that are not there
            outcome = Outcome(action=Action.RETRY_SLOWLY, code="error", detail=str(error))
        return outcome, Request(outcome.code, self._clock.monotonic() - started)

    def _answer(self, response: requests.Response) -> Outcome:
        raw = response.raw
        beginning = b""
        try:
            beginning = raw.read(4096)
            size = len(beginning)
            deadline = self._clock.monotonic() + self._config.timeout
            more = beginning
            while more and size < ANSWER_BYTES and self._clock.monotonic() < deadline:
                more = raw.read(16384)
                size += len(more)
            if more:  # longer than we care for, or too slow
                raw.close()
            else:
                raw.release_conn()
        except Exception:  # noqa: BLE001 - the status has arrived and counts; only this connection is lost
            raw.close()
        headers = response.headers
        status = response.status_code
        if status == requests.codes.ok:
            return answered(status, beginning)
        return answered(
            status,
            beginning,
            location=headers.get("Location") or "",
            retry_after=parse_retry_after(headers.get("Retry-After"), self._clock.now_ms()),
        )

    def _request(self) -> PreparedRequest:
        if self._prepared.request is None:
            headers = {"User-Agent": f"logsource/{__version__}", "Accept": "*/*"}
            if self._config.anonymous:
                headers["SP-Anonymous"] = "*"
            headers.update(self._config.headers)
            if not self._get:
                # Any other spelling makes the collector lose the request in silence, so it is not for headers to change.
                headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
                headers["Content-Type"] = "application/json; charset=utf-8"
            method = "GET" if self._get else "POST"
            data = None if self._get else b"{}"
            self._prepared.request = requests.Request(method, self._url, headers=headers, data=data).prepare()
        return self._prepared.request

    def _path(self) -> str:
        return urlsplit(self._base).path

    def _stm(self) -> bytes:
        return b'"stm":"%013d"' % self._clock.now_ms()


def _session(connections: int) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    adapter = FastAdapter(pool_connections=1, pool_maxsize=connections, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _verify(ca: Path | None) -> str | bool:
    """CA file or folder: the configured one, else the system's, else the one that comes with requests."""
    if ca is not None:
        return str(ca)
    paths = ssl.get_default_verify_paths()  # None where there is no such file; SSL_CERT_FILE has its say here
    return paths.cafile or paths.capath or True


def _client_certificate(cert: Path | None, key: Path | None) -> str | tuple[str, str] | None:
    if cert is None:
        return None
    return str(cert) if key is None else (str(cert), str(key))


def _refused(error: BaseException) -> bool:
    return isinstance(error, ConnectionRefusedError)
