"""Which part of SchemaVer a change raises."""

import pytest

from logsource.event.evolve import Bump, bump_of, changes, raised
from logsource.event.iglu import IgluUri

TEXT = {"type": "string", "maxLength": 10}
COUNT = {"type": "integer", "minimum": 0, "maximum": 100}
WORD = {"type": "string", "enum": ["a", "b"]}


def schema(required=(), /, *, open_=False, **properties) -> dict:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": open_,
    }


BASE = schema(["text"], text=TEXT, count={**COUNT, "type": ["integer", "null"]}, word=WORD)


def changed(name: str, **keys) -> dict:
    """BASE with one property different; None removes a key."""
    member = {**BASE["properties"][name], **keys}
    member = {key: value for key, value in member.items() if value is not None}
    return {**BASE, "properties": {**BASE["properties"], name: member}}


def without(name: str) -> dict:
    return {**BASE, "properties": {key: value for key, value in BASE["properties"].items() if key != name}}


CASES = [
    ("nothing", BASE, Bump.NONE, []),
    ("another description", changed("text", description="Better words."), Bump.NONE, []),
    ("a new optional field", {**BASE, "properties": {**BASE["properties"], "new": TEXT}}, Bump.ADDITION, ["new: new and optional"]),
    (
        "a new required field",
        {**BASE, "properties": {**BASE["properties"], "new": TEXT}, "required": ["text", "new"]},
        Bump.MODEL,
        ["new: new and required"],
    ),
    ("removed", without("word"), Bump.MODEL, ["word: removed"]),
    ("longer", changed("text", maxLength=20), Bump.ADDITION, ["text: maxLength 10 became 20"]),
    ("shorter", changed("text", maxLength=5), Bump.MODEL, ["text: maxLength 10 became 5"]),
    ("no limit any more", changed("text", maxLength=None), Bump.ADDITION, ["text: maxLength 10 became none"]),
    ("a limit where none was", changed("text", minLength=1), Bump.MODEL, ["text: minLength none became 1"]),
    ("greater maximum", changed("count", maximum=200), Bump.ADDITION, ["count: maximum 100 became 200"]),
    ("smaller maximum", changed("count", maximum=50), Bump.MODEL, ["count: maximum 100 became 50"]),
    ("smaller minimum", changed("count", minimum=-5), Bump.ADDITION, ["count: minimum 0 became -5"]),
    ("greater minimum", changed("count", minimum=1), Bump.MODEL, ["count: minimum 0 became 1"]),
    ("another value", changed("word", enum=["a", "b", "c"]), Bump.ADDITION, ["word: also allowed: c"]),
    ("a value less", changed("word", enum=["a"]), Bump.MODEL, ["word: no longer allowed: b"]),
    ("any value", changed("word", enum=None), Bump.ADDITION, ["word: any value is allowed now"]),
    (
        "a limit that all values of the list kept",
        changed("word", enum=None, maxLength=16),
        Bump.ADDITION,
        ["word: any value is allowed now"],
    ),
    (
        "a limit that a value of the list broke",
        changed("word", enum=None, minLength=2),
        Bump.MODEL,
        ["word: minLength none became 2", "word: any value is allowed now"],
    ),
    ("a list of values", changed("text", enum=["x"]), Bump.MODEL, ["text: only x are allowed now"]),
    ("may be null", changed("text", type=["string", "null"]), Bump.ADDITION, ["text: the type string became null, string"]),
    ("must not be null", changed("count", type="integer"), Bump.MODEL, ["count: the type integer, null became integer"]),
    ("another type", changed("count", type=["string", "null"]), Bump.MODEL, ["count: the type integer, null became null, string"]),
    ("whole becomes any number", changed("count", type=["number", "null"]), Bump.MODEL, ["count: the type integer, null became null, number"]),
    ("required", {**BASE, "required": ["text", "word"]}, Bump.MODEL, ["word: is required now"]),
    ("optional", {**BASE, "required": []}, Bump.ADDITION, ["text: is optional now"]),
    ("a format", changed("text", format="ipv4"), Bump.REVISION, ["text: format ipv4 is asked for"]),
    ("a pattern", changed("text", pattern="^a"), Bump.REVISION, ["text: pattern ^a is asked for"]),
    ("another oneOf", changed("text", oneOf=[{"maxLength": 3}]), Bump.MODEL, ["text: oneOf is another"]),
    ("another divisor", changed("count", multipleOf=2), Bump.MODEL, ["count: multipleOf is another"]),
    ("other names", {**BASE, "patternProperties": {"^x": TEXT}}, Bump.MODEL, ["record: patternProperties is another"]),
    ("opened", {**BASE, "additionalProperties": True}, Bump.ADDITION, ["record: other members are allowed now"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("new", "bump", "told"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_one_change(new, bump, told):
    found = changes(BASE, new)
    assert bump_of(found) is bump
    assert [str(one).split(": ", 1)[1] for one in found] == told


def test_closing_an_open_object_is_a_revision():
    assert bump_of(changes(schema(open_=True, a=TEXT), schema(a=TEXT))) is Bump.REVISION


def test_a_format_no_longer_asked_for_is_an_addition():
    assert bump_of(changes(changed("text", format="ipv4"), BASE)) is Bump.ADDITION


def test_changes_deep_inside():
    def nested(limit: int) -> dict:
        inner = schema(tags={"type": "array", "items": {"type": "string", "maxLength": limit}})
        return schema(who=inner)

    (found,) = changes(nested(5), nested(9))
    assert str(found) == "ADDITION: who.tags[]: maxLength 5 became 9"


def test_the_greatest_change_counts():
    both = {**changed("text", maxLength=20)}
    both["properties"] = {key: value for key, value in both["properties"].items() if key != "word"}
    assert bump_of(changes(BASE, both)) is Bump.MODEL


def test_versions():
    uri = IgluUri("com.acme", "shop", "jsonschema", 2, 3, 4)
    assert [raised(uri, bump).version for bump in Bump] == ["2-3-4", "2-3-5", "2-4-0", "3-0-0"]
