"""Kinds of events: what makes a record a page view or a structured event, and with which protocol fields.

The record itself is never lost: it is the body of a self-describing event, and an entity of all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from logsource.event.payload import Envelope, EventName
from logsource.render.apperror import APPLICATION_ERROR, ErrorMaker
from logsource.render.filters.chain import Dropped
from logsource.render.filters.condition import Leaf
from logsource.render.filters.values import Path, look_up, path_of
from logsource.render.members import Member, constant, page_url, taken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logsource.config.events import (
        ApplicationErrorConfig,
        Mapped,
        PageViewConfig,
        StructConfig,
        UserConfig,
    )
    from logsource.model import JSONValue

_USER_KEYS = ("url", "refr", "page", "ua", "ip", "uid", "duid", "tnuid", "sid", "vid", "lang")
STRUCT_KEYS = {
    "category": "se_ca",
    "action": "se_ac",
    "label": "se_la",
    "property": "se_pr",
    "value": "se_va",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Fields of a record that tell about a web request."""

    target: Path | None = None
    query: Path | None = None
    method: Path | None = None
    host: Path | None = None
    scheme: Path | None = None
    referrer: Path | None = None
    user_agent: Path | None = None
    ip: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind:
    """The kind of event a source makes of its records."""

    name: EventName = "ue"
    needed: tuple[Member, ...] = ()
    """Without one of these a record is not of this kind."""
    members: tuple[Member, ...] = ()
    test: Leaf | None = None
    """What a record must pass to be of this kind."""
    others: Literal["self_describing", "drop"] = "self_describing"
    reason: str = ""
    """Under which records that are not of this kind are counted, when they are dropped."""
    user: tuple[Member, ...] = ()
    """Members of records that are not of this kind, and are sent as they are."""
    error: ErrorMaker | None = None
    """Makes an application_error of a record with a stack trace; all others are not of this kind."""

    def envelope(
        self, data: Mapping[str, JSONValue], entities: tuple[JSONValue, ...] = ()
    ) -> Envelope | Dropped:
        """What the event of a record is besides the record."""
        if self.error is not None:
            found = self.error.data(data)
            if found is not None:
                members = _there([(member.key, member.of(data)) for member in self.members])
                return Envelope(members=members, entities=entities, body=(APPLICATION_ERROR, found))
        elif self.test is None or self.test.test(look_up(data, self.test.path)):
            needed = [(member.key, member.of(data)) for member in self.needed]
            if all(value is not None for _, value in needed):
                more = [(member.key, member.of(data)) for member in self.members]
                return Envelope(name=self.name, members=_there(needed + more), entities=entities)
        if self.others == "drop":
            return Dropped(self.reason)
        members = _there([(member.key, member.of(data)) for member in self.user])
        return Envelope(members=members, entities=entities)


def _there(members: list[tuple[str, str | None]]) -> tuple[tuple[str, str], ...]:
    return tuple((key, value) for key, value in members if value is not None)


def self_describing(user: UserConfig | None) -> EventKind:
    """The default: the record is the event."""
    members = _user_members(user)
    return EventKind(members=members, user=members)


def page_view(config: PageViewConfig, roles: Roles, user: UserConfig | None) -> EventKind:
    """GET requests are page views, whatever came of them; filters choose further.

    Raises ValueError when no field has the request target.
    """
    if roles.target is None:
        raise ValueError("no field has the request target")
    own = {member.key: member for member in _user_members(user)}
    found = {
        key: taken(key, path)
        for key, path in (("refr", roles.referrer), ("ua", roles.user_agent), ("ip", roles.ip))
        if path is not None
    }
    address = page_url(
        (roles.target, roles.query, roles.host, roles.scheme), host=config.host, scheme=config.scheme
    )
    found |= own
    found.pop("url", None)
    return EventKind(
        name="pv",
        needed=(own.get("url", address),),
        members=_ordered(found),
        test=None if roles.method is None else Leaf(roles.method, _is_get),
        others=config.others,
        reason="not_page_view",
        user=tuple(own.values()),
    )


def _is_get(method: JSONValue) -> bool:
    return bool(method == "GET")


def struct(config: StructConfig, user: UserConfig | None) -> EventKind:
    """Structured event: category and action are needed, the rest is left out where it is not there."""
    members = {}
    for name, key in STRUCT_KEYS.items():
        given = getattr(config, name)
        if given is not None:
            path = getattr(given, "field", None)
            members[key] = constant(key, given) if path is None else taken(key, path_of(path))
    own = _user_members(user)
    needed = tuple(members.pop(key) for key in ("se_ca", "se_ac"))
    return EventKind(
        name="se",
        needed=needed,
        members=(*members.values(), *own),
        others=config.others,
        reason="not_struct",
        user=own,
    )


def application_error(config: ApplicationErrorConfig, user: UserConfig | None) -> EventKind:
    """Records with a stack trace become application errors."""
    members = _user_members(user)
    return EventKind(
        members=members,
        others=config.others,
        reason="not_application_error",
        user=members,
        error=ErrorMaker.of(config),
    )


def _user_members(user: UserConfig | None) -> tuple[Member, ...]:
    if user is None:
        return ()
    given = {key: getattr(user, key) for key in _USER_KEYS}
    return tuple(mapped(key, one) for key, one in given.items() if one is not None)


def mapped(key: str, given: Mapped) -> Member:
    """Member of a protocol field that the configuration maps."""
    derive = given.derive == "uuid"
    if given.field is None:
        return constant(key, given.value, derive=derive)
    return taken(key, path_of(given.field), derive=derive)


def _ordered(members: Mapping[str, Member]) -> tuple[Member, ...]:
    return tuple(members[key] for key in _USER_KEYS if key in members)
