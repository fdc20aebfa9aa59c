"""A schema grown by what was seen: no narrower than before, and no wider than the new records need.

A sample proves what there is, not what there is not. So a limit that the records keep stays as it is, an optional
property that no record has stays, a required one becomes optional, and a new property is optional, because the records
of before lack it. Only a property with values of another type is retyped: under the old schema these records would be
refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logsource.event.evolve import types_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logsource.event.infer import Seen

    Schema = Mapping[str, Any]
_KNOWN_FORMATS = frozenset({"date-time", "ipv4"})


def grown(old: Schema, seen: Seen, inferred: Schema) -> dict[str, Any]:
    """The old schema, as the records need it; `inferred` is the schema of the records alone."""
    return {**_object(old, seen, inferred), "self": inferred["self"]}


def with_words_of(old: Schema, new: Schema) -> dict[str, Any]:
    """The new schema with the descriptions of the old one, where it has them."""
    done = dict(new)
    if old.get("description"):
        done["description"] = old["description"]
    if isinstance(new.get("properties"), dict):
        before = old.get("properties", {})
        done["properties"] = {
            name: with_words_of(before[name], member) if name in before else member
            for name, member in new["properties"].items()
        }
    return done


def _object(old: Schema, seen: Seen, inferred: Schema) -> dict[str, Any]:
    must = set(old.get("required", ()))
    before, after = old.get("properties", {}), inferred.get("properties", {})
    properties: dict[str, Any] = {}
    for name, member in before.items():
        found = seen.members.get(name)
        if found is None or not found.count:
            properties[name] = _nullable(member) if name in must else member
            continue
        always = name in must and found.count == seen.kinds["object"]
        grown_member = _member(member, found, after[name])
        properties[name] = grown_member if always or name not in must else _nullable(grown_member)
    new = {name: _nullable(member) for name, member in after.items() if name not in before}
    properties |= new
    required = [
        name
        for name in old.get("required", ())
        if name in seen.members and seen.members[name].count == seen.kinds["object"]
    ]
    done = {**old, "properties": properties}
    done.pop("required", None)
    if required:
        done["required"] = required
    return done


def _member(old: Schema, seen: Seen, inferred: Schema) -> dict[str, Any]:
    before = types_of(old) - {"null"}
    kinds = {"number" if kind == "integer" and "number" in before else kind for kind in seen.kinds}
    if not kinds <= before:
        retyped = with_words_of(old, inferred)
        return _nullable(retyped) if "null" in types_of(old) else retyped
    done = dict(old)
    if "string" in kinds:
        _texts(done, seen, inferred)
    if kinds & {"integer", "number"}:
        _numbers(done, seen, inferred)
    if "object" in kinds and old.get("properties"):
        done = _object(done, seen, inferred)
    if (
        "array" in kinds
        and isinstance(old.get("items"), dict)
        and seen.items is not None
        and seen.items.count
    ):
        done["items"] = _member(old["items"], seen.items, inferred["items"])
        if "maxItems" in old and seen.most_items > old["maxItems"]:
            done["maxItems"] = inferred["maxItems"]
    return done


def _numbers(done: dict[str, Any], seen: Seen, inferred: Schema) -> None:
    if "maximum" in done and seen.most is not None and seen.most > done["maximum"]:
        done["maximum"] = max(inferred.get("maximum", 0), seen.most)
    if "minimum" in done and seen.least is not None and seen.least < done["minimum"]:
        done["minimum"] = min(inferred.get("minimum", 0), seen.least)


def _texts(done: dict[str, Any], seen: Seen, inferred: Schema) -> None:
    values = done.get("enum")
    if values is not None:
        if seen.many_texts:
            del done["enum"]
            done["maxLength"] = inferred.get("maxLength", seen.longest)
        else:
            done["enum"] = [*values, *sorted(text for text in seen.texts if text not in values)]
    if "maxLength" in done and seen.longest > done["maxLength"]:
        done["maxLength"] = max(inferred.get("maxLength", 0), seen.longest)
    if done.get("format") in _KNOWN_FORMATS and done["format"] not in (seen.formats or ()):
        del done["format"]
        done.setdefault("maxLength", inferred.get("maxLength", seen.longest))


def _nullable(member: Schema) -> dict[str, Any]:
    done = dict(member)
    types = types_of(done)
    if types and "null" not in types:
        given = done["type"]
        done["type"] = [*([given] if isinstance(given, str) else given), "null"]
    if "enum" in done and None not in done["enum"]:
        done["enum"] = [*done["enum"], None]
    return done
