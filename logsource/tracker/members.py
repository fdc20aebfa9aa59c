"""Values of an event as fields of the tracker protocol; every problem is told, none is passed over.

What clients of a program choose (user agent, language, title, addresses of pages) is cut and encoded as for log lines,
because nobody can do anything about it; what the program itself chooses must fit as it is.
"""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from logsource.event.url import clean_referrer
from logsource.render.members import LIMITS, fit, ip
from logsource.tracker.plain import Complain, unicode_problem

if TYPE_CHECKING:
    from logsource.tracker.values import PagePing, PageView, Structured, Subject
_NOT_TEXT = "must be a text, not {kind}; write str(value)"


class Members:
    """Fields of one event, collected; `found` holds them in the order in which they were given."""

    def __init__(self, complain: Complain) -> None:
        self.found: dict[str, str] = {}
        self._complain = complain

    def page_view(self, page: PageView | PagePing) -> None:
        """Fields of a page view; a page ping has them, too."""
        if not page.url:
            self._complain("url", "must not be empty: a page view needs the page")
        self.page(page.url, page.title, page.referrer)

    def page_ping(self, ping: PagePing) -> None:
        """Fields of a page ping."""
        self.page_view(ping)
        for key, name in (("pp_mix", "min_x"), ("pp_max", "max_x"), ("pp_miy", "min_y"), ("pp_may", "max_y")):
            self._whole(key, name, getattr(ping, name))

    def page(self, url: Any, title: Any, referrer: Any) -> None:
        """Fields about a page."""
        self._address("url", "url", url)
        self._cut("page", "title", title)
        self._address("refr", "referrer", referrer)

    def structured(self, event: Structured) -> None:
        """Fields of a structured event."""
        for key, name, value in (("se_ca", "category", event.category), ("se_ac", "action", event.action)):
            if not value and isinstance(value, str | None):
                self._complain(name, "must not be empty: a structured event needs category and action")
            self._text(key, name, value)
        self._text("se_la", "label", event.label)
        self._text("se_pr", "property", event.property)
        self._decimal("se_va", "value", event.value)

    def subject(self, subject: Subject, *, page: bool) -> None:
        """Fields about a subject; those of a page only if the event brings none."""
        where = "subject."
        self._text("uid", where + "user_id", subject.user_id)
        self._text("duid", where + "domain_user_id", subject.domain_user_id)
        self._text("tnuid", where + "network_user_id", subject.network_user_id)
        self._text("sid", where + "session_id", uuid_text(subject.session_id))
        self._whole("vid", where + "session_index", subject.session_index)
        if self._is_text(where + "ip", subject.ip):
            self._put("ip", ip(subject.ip))
        self._cut("ua", where + "user_agent", subject.user_agent)
        self._cut("lang", where + "language", subject.language)
        self._text("tz", where + "timezone", subject.timezone)
        self._pair("res", where + "screen", subject.screen)
        self._pair("vp", where + "viewport", subject.viewport)
        self._whole("cd", where + "color_depth", subject.color_depth)
        if page:
            self.page(subject.url, subject.page_title, subject.referrer)

    # -- one field -----------------------------------------------------------------------------

    def _put(self, key: str, value: str | None) -> None:
        if value:
            self.found[key] = value

    def _is_text(self, name: str, value: Any) -> bool:
        if value is None:
            return False
        if not isinstance(value, str):
            self._complain(name, _NOT_TEXT.format(kind=type(value).__name__))
            return False
        problem = unicode_problem(value)
        if problem is not None:
            self._complain(name, problem)
        return problem is None

    def _text(self, key: str, name: str, value: Any) -> None:
        """A text that must fit as it is; its length is judged with the rest."""
        if self._is_text(name, value):
            self._put(key, str.__str__(value))

    def _cut(self, key: str, name: str, value: Any) -> None:
        if self._is_text(name, value):
            self._put(key, fit(value, LIMITS[key]))

    def _address(self, key: str, name: str, value: Any) -> None:
        if not value and isinstance(value, str | None):
            return
        if self._is_text(name, value):
            clean = clean_referrer(value)
            if clean is None:
                self._complain(
                    name, f"must be an absolute URL such as https://example.com/, not {value[:80]!r}"
                )
            self._put(key, clean)

    def _whole(self, key: str, name: str, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
            self._complain(name, f"must be a whole number from 0 to 2147483647, not {_shown(value)}")
            return
        self._put(key, str(int(value)))

    def _pair(self, key: str, name: str, value: Any) -> None:
        if value is None:
            return
        good = isinstance(value, tuple | list) and len(value) == 2
        if not good or not all(type(one) is int and 0 <= one < 2**31 for one in value):
            self._complain(name, f"must be (width, height) in whole pixels, not {_shown(value)}")
            return
        self._put(key, f"{value[0]}x{value[1]}")

    def _decimal(self, key: str, name: str, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not _is_finite(value):
            self._complain(name, f"must be a number, not {_shown(value)}")
            return
        self._put(key, str(value))


def _is_finite(number: float | Decimal) -> bool:
    """Whether the pipeline, which makes a float of it, has a number then."""
    try:
        return math.isfinite(float(number))
    except (OverflowError, ValueError):  # an integer beyond floats; a signalling NaN
        return False


def _shown(value: object) -> str:
    try:
        return f"{value!r:.80}"
    except ValueError:  # an integer of more digits than Python writes
        return f"this {type(value).__name__}"


def uuid_text(value: Any) -> Any:
    """A UUID as the protocol wants it, in lower case; anything else as it is."""
    if isinstance(value, UUID):
        return str(value)
    return value.lower() if isinstance(value, str) else value


def milliseconds(value: Any, name: str, complain: Complain) -> int | None:
    """An instant in milliseconds since 1970."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            complain(name, "has no time zone; write datetime.now(UTC), or value.replace(tzinfo=…)")
            return None
        return round(value.timestamp() * 1000)
    if isinstance(value, bool) or not isinstance(value, int):
        complain(
            name, f"must be a datetime with a time zone, or milliseconds since 1970, not {_shown(value)}"
        )
        return None
    return int(value)
