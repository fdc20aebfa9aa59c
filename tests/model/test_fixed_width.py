"""Columns of fixed width: the patterns, the engine and plain slicing agree, and whole blocks give the bytes of rows."""

from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.config.model import ParserConfig
from logsource.model import Line, Record
from logsource.parse.custom import build_custom
from logsource.parse.engines.fixed import FixedEngine
from tests.support.rendering import same_both_ways

COLUMNS = {"a": 3, "?": 2, "b": 1, "n": "8-12", "text": "rest"}
CHARS = list('ab1 2.-"\\é\t0   ')

text = st.text(st.sampled_from(CHARS), max_size=30)
line = text | st.builds("{:<7}{:>5}{}".format, text.map(lambda one: one[:7]), st.integers(-9999, 99999), text)


@st.composite
def layouts(draw):
    """Columns and gaps of any width, and what they should give for a text."""
    columns, at = [], 0
    for number in range(draw(st.integers(1, 5))):
        start = at + draw(st.integers(0, 2))
        at = start + draw(st.integers(1, 4))
        columns.append({"name": f"c{number}", "from": start + 1, "to": at})
    if draw(st.booleans()):
        del columns[-1]["to"]
    return columns


@settings(max_examples=500, deadline=None)
@given(columns=layouts(), record=text)
def test_columns_are_slices(columns, record):
    found = FixedEngine(columns).fields(record)
    end = columns[-1].get("to")
    takes_all = columns == [{"name": "c0", "from": 1}]
    if (not record and not takes_all) or (end is not None and record[end:].strip(" ")):
        assert not isinstance(found, dict)
        return
    cut = {one["name"]: record[one["from"] - 1 : one.get("to")].strip(" ") for one in columns}
    assert found == {name: value for name, value in cut.items() if value}


def built(**config):
    return build_custom("mf", ParserConfig.model_validate({"fixed": COLUMNS, **config}), schema_dirs=())


PARSERS = [built(), built(types={"n": "integer"}), built(types={"n": "number"}, timestamp={"field": "b", "format": "epoch_s"})]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(lines=st.lists(line, min_size=1, max_size=40), parser=st.sampled_from(PARSERS))
def test_a_block_gives_the_bytes_of_its_rows(lines, parser):
    same_both_ways(parser, lines)


@settings(max_examples=200, deadline=None)
@given(record=text)
def test_patterns_give_what_the_engine_gives(record):
    found, cut = PARSERS[0].parse(Line(text=record, offset=0)), FixedEngine(COLUMNS).fields(record)
    assert isinstance(found, Record) == isinstance(cut, dict)
    if isinstance(found, Record):
        assert found.data["fields"] == cut
