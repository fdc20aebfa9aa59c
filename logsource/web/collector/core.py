"""The collector without HTTP: requests go in as values, answers come out, events are judged and kept."""

from __future__ import annotations

import threading
import uuid
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs

from logsource.web.collector.envelope import extract_get, extract_post
from logsource.web.collector.judge import Judge, Verdict
from logsource.web.collector.memory import Identities, Kept, Ring
from logsource.web.collector.protocol import MAX_BODY, MAX_REQUEST_LINE
from logsource.web.collector.request import Answer, RequestInfo, kept_body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logsource.clock import Clock
    from logsource.event.validate import Validators
    from logsource.web.collector.envelope import Extracted

ANONYMOUS_USERID = "00000000-0000-0000-0000-000000000000"
COOKIE = "sp"
_COOKIE_SECONDS = 365 * 24 * 3600
LOOKUP_SECONDS = 15.0
"""In all, for schemas of one request that must be asked for over HTTP; events whose schema comes later are bad."""
_RING_BYTES = 64 * 1024 * 1024
_PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
"""A transparent GIF of one pixel."""

_BYSTANDER = "request: lost as a whole because of another event in it"


class Summary(NamedTuple):
    """Exact counts since the start or the last reset."""

    good: int
    bad: int
    unique: int
    duplicates: int
    conflicts: int
    forgotten: int
    requests: int


class Collector:
    """Judges and remembers. Thread-safe.

    Nothing blocks but the lock around the memory and, where the resolver has registries over HTTP, looking for a
    schema that is not known yet.
    """

    def __init__(
        self,
        validators: Validators,
        *,
        clock: Clock,
        keep: int = 10_000,
        max_ids: int = 5_000_000,
    ) -> None:
        """`keep` newest good and as many bad events stay in memory (within 64 MiB each)."""
        self.validators = validators
        self._judge = Judge(validators).judge
        self._clock = clock
        self._lock = threading.Lock()
        self._good = Ring(items=keep, size=_RING_BYTES)
        self._bad = Ring(items=keep, size=_RING_BYTES)
        self._ids = Identities(max_ids)
        self._counts = {"good": 0, "bad": 0, "requests": 0}
        self._seq = 0
        self.since_ms = clock.now_ms()
        """When counting began: at the start or the last reset."""

    def accept_post(
        self,
        path: str,
        content_type: str | None,
        body: bytes,
        headers: Mapping[str, str],
        *,
        query: str = "",
        address: str = "127.0.0.1",
    ) -> Answer:
        """Take a POST. `headers` have lower-case names; `path` is `/vendor/version`, `query` is undecoded.

        The answer is 200 whatever the events are worth, as with the real collector; 413 over 2 MiB.
        """
        refused = _refuse("POST", path, query)
        if refused is not None:
            return refused
        if len(body) > MAX_BODY:
            return Answer(413, b"payload too large")
        request = self._request(path, query, content_type, headers, address)
        extracted = extract_post(body, content_type, query)
        self._take(request, extracted, body)
        return Answer(200, headers=_response_headers(request, headers))

    def accept_get(
        self,
        query: str,
        headers: Mapping[str, str],
        *,
        path: str = "/i",
        address: str = "127.0.0.1",
    ) -> Answer:
        """Take a GET with one event in its (undecoded) query string; 400 when the request line is too long."""
        refused = _refuse("GET", path, query)
        if refused is not None:
            return refused
        request = self._request(path, query, None, headers, address)
        self._take(request, extract_get(query), b"")
        cache = {"Cache-Control": "no-cache, no-store, must-revalidate"}
        return Answer(200, _PIXEL, "image/gif", {**_response_headers(request, headers), **cache})

    def summary(self) -> Summary:
        """Exact counts."""
        with self._lock:
            ids, counts = self._ids, self._counts
            return Summary(
                counts["good"],
                counts["bad"],
                ids.unique,
                ids.duplicates,
                ids.conflicts,
                ids.forgotten,
                counts["requests"],
            )

    def good(self) -> list[Kept]:
        """Good events that are still kept, the newest first."""
        with self._lock:
            return list(self._good.newest_first())

    def bad(self) -> list[Kept]:
        """Bad events that are still kept, the newest first."""
        with self._lock:
            return list(self._bad.newest_first())

    def find(self, seq: int) -> Kept | None:
        """A kept event by its number."""
        with self._lock:
            return self._good.find(seq) or self._bad.find(seq)

    def reset(self) -> None:
        """Forget all events and counts; numbers go on."""
        with self._lock:
            self._good.clear()
            self._bad.clear()
            self._ids.clear()
            self._counts = dict.fromkeys(self._counts, 0)
            self.since_ms = self._clock.now_ms()

    def _request(
        self, path: str, query: str, content_type: str | None, headers: Mapping[str, str], address: str
    ) -> RequestInfo:
        anonymous = "sp-anonymous" in headers
        vendor, version = _api(path)
        return RequestInfo(
            received_ms=self._clock.now_ms(),
            vendor=vendor,
            version=version,
            query=query,
            content_type=content_type,
            headers=headers,
            address="unknown" if anonymous else address,
            network_userid=ANONYMOUS_USERID if anonymous else _network_userid(query, headers),
        )

    def _take(self, request: RequestInfo, extracted: Extracted, body: bytes) -> None:
        if extracted.reasons:
            # Every event of the request is lost with it; what cannot be told apart counts as one.
            guilty, others = Verdict(extracted.reasons), Verdict((_BYSTANDER, *extracted.reasons))
            judged = [
                (
                    event if _is_params(event) else None,
                    guilty if _is_named(index, extracted.reasons) else others,
                    extracted.kind,
                )
                for index, event in enumerate(extracted.events)
            ] or [(None, guilty, extracted.kind)]
        else:
            judged = []
            with self.validators.resolver.patience(LOOKUP_SECONDS):
                for event in extracted.events:
                    verdict = self._judge(event)
                    judged.append((event, verdict, "schema_violations" if verdict.reasons else ""))
        refused = any(kind for _, _, kind in judged)
        refused_body = kept_body(body) if refused and body else None
        size = (len(body) + request.size + len(refused_body or "")) // len(judged)
        with self._lock:
            self._counts["requests"] += 1
            for params, verdict, kind in judged:
                self._seq += 1
                if kind:
                    self._counts["bad"] += 1
                    self._bad.add(Kept(self._seq, request, params, verdict, "", refused_body, kind), size)
                else:
                    assert params is not None
                    event_id = params.get("eid") or str(uuid.uuid4())
                    self._counts["good"] += 1
                    self._ids.add(event_id, params)
                    self._good.add(Kept(self._seq, request, params, verdict, event_id), size)


def _refuse(method: str, path: str, query: str) -> Answer | None:
    line = len(method) + len(path) + len(query) + len("  HTTP/1.1") + bool(query)
    return Answer(400, b"request line too long") if line > MAX_REQUEST_LINE else None


def _is_named(index: int, reasons: tuple[str, ...]) -> bool:
    return any(reason.startswith((f"data/{index}/", f"data/{index}:")) for reason in reasons)


def _is_params(event: object) -> bool:
    return isinstance(event, dict) and all(isinstance(value, str) for value in event.values())


def _api(path: str) -> tuple[str, str]:
    segments = path.strip("/").split("/")
    if len(segments) == 2:
        return segments[0], segments[1]
    # `/i` is the pixel of the tracker protocol's second version.
    return "com.snowplowanalytics.snowplow", "tp2"


def _network_userid(query: str, headers: Mapping[str, str]) -> str:
    if "nuid=" in query:
        given = parse_qs(query).get("nuid")
        if given:
            return given[-1]
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return str(uuid.uuid4())
    return cookies[COOKIE].value if COOKIE in cookies else str(uuid.uuid4())


def _response_headers(request: RequestInfo, headers: Mapping[str, str]) -> dict[str, str]:
    answer = {
        "Access-Control-Allow-Origin": headers.get("origin", "*"),
        "Access-Control-Allow-Credentials": "true",
    }
    if "sp-anonymous" not in headers and _cookie_safe(request.network_userid):
        answer["Set-Cookie"] = (
            f"{COOKIE}={request.network_userid}; Max-Age={_COOKIE_SECONDS}; Path=/; Secure; HttpOnly; SameSite=None"
        )
    return answer


def _cookie_safe(value: str) -> bool:
    """Whether a value chosen by the client can stand in a header as it is."""
    return value.isascii() and value.replace("-", "").isalnum()
