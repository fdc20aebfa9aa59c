"""A user's patterns without a schema give the same records as the row parser, whichever path they take."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from logsource.config.model import ParserConfig
from logsource.model import Line, Record
from logsource.parse.custom import build_custom
from logsource.parse.free import FreeParser
from logsource.parse.grok.compile import compile_grok
from logsource.parse.grok.library import GrokLibrary
from logsource.parse.grok.match import GrokParser
from logsource.parse.pattern import PatternParser
from tests.support.rendering import same_both_ways

GROKS = [
    "%{WORD:verb} %{NUMBER:size:int}(?: %{DATA:rest})?$",
    "%{INT:code:int}=%{GREEDYDATA:text}",
    "%{NUMBER:f:float}",
]

text = st.text(st.sampled_from(list('ab1 2.=-"\\é\t')), max_size=30)
line = st.one_of(
    text,
    st.builds("{} {} {}".format, st.sampled_from(["get", "put", ""]), st.integers(-5, 10**18), text),
    st.builds("{}={}".format, st.integers(-(2**63), 2**63), text),
)


def parsers():
    built = build_custom("mine", ParserConfig(grok=GROKS, timeout="2s"), schema_dirs=())
    assert isinstance(built, PatternParser)
    groks = [compile_grok(one, library=GrokLibrary.builtin(ecs=False)) for one in GROKS]
    return built, FreeParser("mine", GrokParser(groks, timeout=2.0), None, {}, None)


BUILT, FREE = parsers()


@settings(max_examples=300, deadline=None)
@given(text=line)
def test_one_line_gives_the_same_record(text):
    ours, theirs = BUILT.parse(Line(text=text, offset=0)), FREE.parse(Line(text=text, offset=0))
    assert isinstance(ours, Record) == isinstance(theirs, Record)
    if isinstance(ours, Record):
        assert ours.data == theirs.data
        assert ours.schema == theirs.schema


@settings(max_examples=100, deadline=None)
@given(lines=st.lists(line | st.just(f"get {2**64} "), min_size=1, max_size=40))
@example(["\t", "é", "get 0 \t"])  # the line in the place of one that was taken out has specials of its own
@example(["\\", "é", "get 0 \\"])
def test_a_block_gives_the_same_bytes(lines):
    same_both_ways(BUILT, lines)
