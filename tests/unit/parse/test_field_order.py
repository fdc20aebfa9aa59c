"""The order in which the fields of a pattern are written: the column engine needs a first one that is always there."""

import pytest

from logsource.parse.fields import FieldSpec
from logsource.parse.pattern import PatternSpec
from logsource.render.plan import PatternPlan


def spec(regex, *names, required=()):
    fields = tuple(
        FieldSpec(name=(name,), group=group, required=name in required) for group, name in enumerate(names, 1)
    )
    return PatternSpec(name="p", regex=regex, fields=fields, schema="iglu:com.acme/a/jsonschema/1-0-0")


@pytest.mark.parametrize(
    ("regex", "required", "order"),
    [
        (r"([a-z]+) ([0-9]+)", (), ["one", "two"]),
        (r"([a-z]+) ([0-9]+)", ("two",), ["two", "one"]),
        (r"(?:([a-z]+) )?([0-9]+)", (), ["two", "one"]),
        (r"(?:([a-z]+) )?([0-9]+)", ("one",), ["one", "two"]),
        (r"(?:([a-z]+) |-)(?:([0-9]+)|x)", (), ["one", "two"]),  # neither is always there
        (r"(?:([a-z]+) )?([0-9]+)(?|a|b)", (), ["one", "two"]),  # only the `regex` module can read it
    ],
)
def test_order(regex, required, order):
    made = spec(regex, "one", "two", required=required)
    assert [field.label for field in made.ordered_fields()] == order


def test_lines_without_what_is_optional_stay_in_the_block():
    plan = PatternPlan.of(spec(r"(?:([a-z]+) )?([0-9]+)", "one", "two"), vetted=True, timeout=1)
    assert plan is not None
    assert [column.spec.label for column in plan.fields] == ["two", "one"]
    assert plan.fields[0].spec.group in plan.always
