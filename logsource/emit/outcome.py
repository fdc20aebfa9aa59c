"""What a collector's answer means.

| answer | action |
|---|---|
| 2xx | delivered |
| 2xx with a web page | as 401: a login page or a captive portal answered, and no collector has seen the events |
| no answer, 408, 421, 425, 429, 5xx | retry for ever, with backoff |
| 413, 414 | too large: halve; a single event becomes a dead letter |
| 400, 410, 422 | the content: bisect; the culprit becomes a dead letter |
| 3xx, 401, 403, 404 and every other 4xx | the road (address, proxy, WAF, credentials): keep all, retry slowly, shout |

The rest of the 4xx speak of the method, the media type or the way, never of one event, so taking
them for the content would bury good events.
"""

from __future__ import annotations

from logsource.model import Action, Outcome

RETRY = frozenset({408, 421, 425, 429})
TOO_LARGE = frozenset({413, 414})
CONTENT = frozenset({400, 410, 422})

DETAIL_LENGTH = 300
"""Characters of an answer that are kept for people."""


def action_for(status: int) -> Action:
    """Action for an HTTP status."""
    if 200 <= status < 300:
        return Action.DELIVERED
    if status in RETRY or status >= 500 or status < 200:
        return Action.RETRY
    if status in TOO_LARGE:
        return Action.SPLIT
    if status in CONTENT:
        return Action.BISECT
    return Action.RETRY_SLOWLY


def answered(
    status: int, answer: bytes = b"", *, location: str = "", retry_after: float | None = None
) -> Outcome:
    """Outcome of a request that was answered; `answer` is the beginning of the body."""
    action = action_for(status)
    if action is Action.DELIVERED and not is_page(answer):
        return _delivered(status)
    detail = printable(answer)
    if action is Action.DELIVERED:
        action = Action.RETRY_SLOWLY
        detail = f"a web page and not a collector's answer: is there a login or a portal on the way? {detail}"
    if 300 <= status < 400:
        detail = (
            f"redirect to {location or 'nowhere'}: a redirected POST loses its events, so it is not followed; "
            "set collector.url to the final address"
        )
    return Outcome(action=action, code=str(status), detail=detail, retry_after=retry_after)


_DELIVERED = {status: Outcome(action=Action.DELIVERED, code=str(status)) for status in range(200, 300)}


def _delivered(status: int) -> Outcome:
    return _DELIVERED[status]


def is_page(answer: bytes) -> bool:
    """Whether an answer is an HTML document. Collectors answer `ok`, JSON, a pixel or nothing."""
    return answer.lstrip(b"\xef\xbb\xbf \t\r\n")[:14].lower().startswith((b"<!doctype html", b"<html"))


def unanswered(code: str, detail: str) -> Outcome:
    """Outcome of a request that got no answer; `code` is `error`, `timeout` or `reset`."""
    return Outcome(action=Action.RETRY, code=code, detail=detail[:DETAIL_LENGTH])


def printable(answer: bytes) -> str:
    """Beginning of an answer as one line of text without control characters."""
    text = answer[: 4 * DETAIL_LENGTH].decode(errors="replace")
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text[:DETAIL_LENGTH]
