"""What is tracked: events of five kinds, the entities beside them, and whom they are about. Frozen, unchecked values.

Nothing is judged here; `Builder` tells all that is wrong with an event at once.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from logsource.model import JSONValue

Platform = Literal["web", "iot", "app", "mob", "pc", "cnsl", "tv", "srv", "headset"]
"""`p`: where an event happened."""


@dataclass(frozen=True, slots=True)
class SelfDescribing:
    """Data and the schema that describes it: an event of its own, or an entity beside an event."""

    schema: str
    """Iglu URI, `iglu:com.acme/order/jsonschema/1-0-0`."""
    data: Mapping[str, JSONValue]


@dataclass(frozen=True, slots=True)
class PageView:
    """Somebody looked at a page of the web."""

    url: str
    """Absolute URL. What is no URI in it is percent-encoded, what is too long is cut."""
    title: str | None = None
    referrer: str | None = None
    """Absolute URL of the page before."""


@dataclass(frozen=True, slots=True)
class PagePing:
    """Somebody still looks at a page; how far it was scrolled since the last ping, in pixels."""

    url: str
    title: str | None = None
    referrer: str | None = None
    min_x: int | None = None
    max_x: int | None = None
    min_y: int | None = None
    max_y: int | None = None


@dataclass(frozen=True, slots=True)
class Structured:
    """Category, action and what may be said besides; for data of one's own, prefer `SelfDescribing`."""

    category: str
    action: str
    label: str | None = None
    property: str | None = None
    value: float | Decimal | None = None


@dataclass(frozen=True, slots=True)
class ScreenView:
    """Somebody looked at a screen of an app; sent as a self-describing event."""

    name: str
    id: str | UUID | None = None
    """Of this view; None: one is made."""
    type: str | None = None
    """Kind of screen, such as feed or carousel."""
    previous_name: str | None = None
    previous_id: str | UUID | None = None
    previous_type: str | None = None
    transition_type: str | None = None
    """How one came here."""


Body = SelfDescribing | PageView | PagePing | Structured | ScreenView


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom an event is about. What is None, or an empty text, is left out."""

    user_id: str | None = None
    """`uid`, at most 255 characters."""
    domain_user_id: str | None = None
    """`duid`, the id in a first-party cookie; at most 128 characters."""
    network_user_id: str | None = None
    """`tnuid`, the id in a third-party cookie; at most 128 characters."""
    session_id: str | UUID | None = None
    """`sid`, a UUID."""
    session_index: int | None = None
    """`vid`, how many sessions there were with this one."""
    ip: str | None = None
    """Address of the client; of a list of proxies, the first."""
    user_agent: str | None = None
    """Cut to 1000 characters: clients send what they like."""
    language: str | None = None
    """Such as `en-GB`; cut to 255 characters."""
    timezone: str | None = None
    """Such as `Europe/Berlin`."""
    screen: tuple[int, int] | None = None
    """Width and height of the display in pixels."""
    viewport: tuple[int, int] | None = None
    """Width and height of the window in pixels."""
    color_depth: int | None = None
    """Bits for a pixel."""
    url: str | None = None
    """Absolute URL of the page on which something happened; a page view brings its own."""
    page_title: str | None = None
    referrer: str | None = None

    def over(self, other: Subject) -> Subject:
        """This subject; what it does not know is taken from another."""
        mine = {one.name: value for one in fields(self) if (value := getattr(self, one.name)) is not None}
        return replace(other, **mine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event with all that can be said of it."""

    body: Body
    entities: Sequence[SelfDescribing] = ()
    subject: Subject | None = None
    """What is None in it is taken from the tracker's subject."""
    true_timestamp: datetime | int | None = None
    """`ttm`, when it really happened: with a time zone, or in milliseconds since 1970. It becomes the event's time."""
    event_id: UUID | str | None = None
    """None: one is made (UUID version 4). Give it where the same event may be tracked again, and `created` with it."""
    created: datetime | int | None = None
    """`dtm`, when the event was made; None: now. Duplicates are found by the id and everything else that is said."""
    platform: Platform | None = None
    """None: the tracker's."""


class About(TypedDict, total=False):
    """What is said of an event beside its body: members of `Event`."""

    entities: Sequence[SelfDescribing]
    subject: Subject | None
    true_timestamp: datetime | int | None
    event_id: UUID | str | None
    created: datetime | int | None
    platform: Platform | None
