"""What a source of the configuration may say, drawn at random: filters, kinds of events, users, contexts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from random import Random

    from logsource.parse.packs import Pack

TEXTS = ("", "-", "a", "/", "a\nb", "é", "GET", "1", '"', "\\", "\x00", "x" * 40, "😀", "root", "200")
CONTEXT = "iglu:io.logsource/bot/jsonschema/1-0-0"


def properties_of(pack: Pack) -> dict[str, Any]:
    """Properties of a pack's own schema."""
    vendor, name, form, version = pack.spec.schema_.removeprefix("iglu:").split("/")
    path = pack.folder / "schemas" / vendor / name / form / version
    return dict(orjson.loads(path.read_bytes())["properties"])


def any_condition(names: list[str], chance: Random, depth: int = 0) -> dict[str, Any]:
    """A condition of a filter."""
    if depth < 2 and chance.random() < 0.25:
        combiner = chance.choice(("all", "any", "not"))
        if combiner == "not":
            return {"not": any_condition(names, chance, depth + 1)}
        return {combiner: [any_condition(names, chance, depth + 1) for _ in range(chance.randint(1, 3))]}
    operator = chance.choice(
        ("eq", "ne", "in", "ge", "lt", "contains", "startswith", "endswith", "matches", "exists")
    )
    value: Any = chance.choice((*TEXTS, 200, 0, 1.5, True))
    if operator == "in":
        value = [chance.choice(TEXTS), 200]
    elif operator in {"ge", "lt"}:
        value = chance.choice((0, 1, 200, 404.5, -1))
    elif operator in {"contains", "startswith", "endswith"}:
        value = chance.choice(TEXTS[2:])
    elif operator == "matches":
        value = chance.choice(("^/", "[0-9]+$", ".", "é", "\\\\", "[^ -~]", '"'))
    elif operator == "exists":
        value = chance.random() < 0.5
    return {"field": chance.choice(names), operator: value}


def any_filter(names: list[str], chance: Random) -> dict[str, Any]:
    """One step of `filters`."""
    one = chance.choice(names)
    some = chance.sample(names, min(len(names), chance.randint(0, 2)))
    steps: tuple[dict[str, Any], ...] = (
        {"drop_if": any_condition(names, chance)},
        {"keep_if": any_condition(names, chance)},
        {"sample": {"rate": chance.choice((0, 0.3, 0.7, 1)), "key": some}},
        {"rename": {one: chance.choice(names)}},
        {"add": {one: chance.choice((*TEXTS, 7, True))}},
        {"remove": [one]},
        {
            "redact": {
                "fields": some,
                "patterns": chance.sample(["email", "ipv4", "ipv6", "card", "token", "url_secret"], 2),
            }
        },
        {
            "redact": {
                "fields": some,
                "regex": [chance.choice(("[a-b]+", '["\\\\]', "[^ -~]+", "/(.)"))],
                "with": chance.choice(TEXTS),
            }
        },
        {"hash": {"fields": [one], "key": "12345678", "length": chance.choice((8, 32))}},
        {"truncate": {one: chance.choice((1, 3, 50))}},
        {"clean_url": {"fields": [one], "host": chance.choice(("", "e.org"))}},
        {"drop_static_assets": True},
        {"drop_bots": chance.choice((True, "tag"))},
    )
    return chance.choice(steps)


def any_kind(names: list[str], chance: Random, *, page_view: bool) -> dict[str, Any]:
    """`event` and what belongs to it."""
    which = chance.choice(("plain", "plain", "page_view", "struct", "application_error", "user", "context"))
    if which == "page_view" and page_view:
        others = chance.choice(("self_describing", "drop"))
        return {"event": "page_view", "page_view": {"host": "shop.example.com", "others": others}}
    if which == "struct":
        parts = {"category": chance.choice(("web", {"field": chance.choice(names)}))}
        parts |= {
            part: {"field": chance.choice(names)}
            for part in ("action", "label", "property", "value")
            if part == "action" or chance.random() < 0.5
        }
        return {
            "event": "struct",
            "struct": {**parts, "others": chance.choice(("self_describing", "drop"))},
        }
    if which == "application_error":
        return {
            "event": "application_error",
            "application_error": {"others": chance.choice(("self_describing", "drop"))},
        }
    if which == "user":
        keys = chance.sample(["uid", "duid", "sid", "ip", "tnuid"], 2)
        return {
            "user": {
                key: {
                    "field": chance.choice(names),
                    **({"derive": "uuid"} if key == "sid" and chance.random() < 0.5 else {}),
                }
                for key in keys
            }
        }
    if which == "context":
        return {"context": {CONTEXT: {"name": 'é"\\', "kind": "other"}}}
    return {}


def any_source(pack: Pack, chance: Random) -> dict[str, Any]:
    """Keys of a source for this pack; the configuration may still refuse them."""
    names = sorted(properties_of(pack))
    names += ["no_such_field"] if chance.random() < 0.1 else []
    keys: dict[str, Any] = any_kind(names, chance, page_view=pack.spec.page_view is not None)
    steps = chance.choice((0, 0, 1, 1, 2, 3))
    if steps:
        keys["filters"] = [any_filter(names, chance) for _ in range(steps)]
    keys["unmatched"] = chance.choice(("event", "event", "dead_letter", "drop"))
    keys["skip_empty"] = chance.random() < 0.7
    return keys
