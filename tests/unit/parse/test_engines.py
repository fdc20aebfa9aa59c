"""Engines take whole records apart; what does not fit is a Reject, and no text makes them raise or hang."""

import re

import pytest

from logsource.errors import PackError
from logsource.model import Reject
from logsource.parse.engines import (
    ENGINES,
    CsvEngine,
    DissectEngine,
    JsonEngine,
    LogfmtEngine,
    make_engine,
)


def no_match(engine, text):
    result = engine.fields(text)
    assert isinstance(result, Reject), result
    return result.reason == "no_match" and result.detail


class TestJson:
    def test_an_object_stays_as_it_is(self):
        assert JsonEngine().fields(' {"a": {"b": [1, 2.5, null]}, "c": "é"} ') == {
            "a": {"b": [1, 2.5, None]},
            "c": "é",
        }

    def test_flattening_gives_dotted_names_and_keeps_lists(self):
        text = '{"a": {"b": {"c": 1}, "d": []}, "e": {}, "a.b.c": 2}'
        assert JsonEngine(flatten=True).fields(text) == {"a.b.c": 1, "a.d": [], "e": {}}

    def test_a_prefix_is_skipped(self):
        assert JsonEngine(prefix="@cee:").fields('@cee: {"a": 1}') == {"a": 1}

    @pytest.mark.parametrize(
        "text", ["", "[1]", "1", '"a"', "null", '{"a": 1', "{a: 1}", "{} x", "\ud800", "[" * 5000]
    )
    def test_anything_but_an_object_is_no_match(self, text):
        assert no_match(JsonEngine(), text)

    def test_deep_nesting_flattens_without_recursion(self):
        text = '{"a":' * 900 + "1" + "}" * 900
        flat = JsonEngine(flatten=True).fields(text)
        assert [name.count(".") for name in flat] == [63]


class TestLogfmt:
    @pytest.mark.parametrize(
        ("text", "fields"),
        [
            ("level=info msg=started", {"level": "info", "msg": "started"}),
            ('msg="a \\"quoted\\" word" n=1', {"msg": 'a "quoted" word', "n": "1"}),
            ('a="line\\nbreak\\ttab\\u00e9\\\\"', {"a": "line\nbreak\ttabé\\"}),
            ('a="\\ud800"', {"a": "�"}),
            ('a="\\ud83d\\ude00 \\U0001f600"', {"a": "\U0001f600 \U0001f600"}),
            ('a="\\x00\\x1b[31m\\a\\v\\xff"', {"a": "\0\x1b[31m\a\v�"}),
            ('a="\\Uffffffff \\U0000dc00"', {"a": "� �"}),
            ('a="C:\\xampp"', {"a": "C:xampp"}),
            ("a= b=2", {"a": "", "b": "2"}),
            ('a="" b=2', {"a": "", "b": "2"}),
            ("debug a=1 cached", {"debug": True, "a": "1", "cached": True}),
            ("a=1 a=2 a=3", {"a": ["1", "2", "3"]}),
            ("url=http://h/?q=1&r=2 ok=1", {"url": "http://h/?q=1&r=2", "ok": "1"}),
            ("  a=1\tb=2  ", {"a": "1", "b": "2"}),
            ('a="not closed b=2', {"a": '"not', "closed": True, "b": "2"}),
            ('"junk" a=1 =x', {"a": "1"}),
            ("größe=5 ключ=да", {"größe": "5", "ключ": "да"}),
        ],
    )
    def test_pairs(self, text, fields):
        assert LogfmtEngine().fields(text) == fields

    def test_other_separators(self):
        engine = LogfmtEngine(separator=";", assign=":", bare=False)
        assert engine.fields('user name: bob ; note: "a;b"; junk; n:1') == {
            "user name": "bob",
            "note": "a;b",
            "n": "1",
        }

    @pytest.mark.parametrize("text", ["", "   ", "plain words only", '"quoted"', "=", "===="])
    def test_without_a_pair_it_is_no_match(self, text):
        assert no_match(LogfmtEngine(), text)

    def test_bad_options(self):
        with pytest.raises(PackError):
            LogfmtEngine(separator="=", assign="=")


class TestCsv:
    def test_named_columns(self):
        engine = CsvEngine(columns=["a", "b", "c"])
        assert engine.fields('1,"two, ""quoted""",3') == {"a": "1", "b": 'two, "quoted"', "c": "3"}
        assert engine.fields("1,,3") == {"a": "1", "c": "3"}
        assert engine.fields("1,2") == {"a": "1", "b": "2"}

    def test_empty_columns_can_be_kept(self):
        assert CsvEngine(columns=["a", "b"], keep_empty=True).fields(',""') == {"a": "", "b": ""}

    def test_a_date_and_a_time_of_day_become_one_column(self):
        engine = CsvEngine(w3c=True, delimiter=" ", quote="", join={"time": ["date", "time"]})
        assert engine.fields("#Fields: date time action").reason == "header"
        assert engine.fields("2026-01-02 03:04:05 DROP") == {"action": "DROP", "time": "2026-01-02 03:04:05"}
        assert engine.fields("2026-01-02 - DROP") == {"action": "DROP"}

    @pytest.mark.parametrize(
        ("join", "what"),
        [
            ({"when": ["day", "time"]}, "join.when: no column is named 'day'"),
            ({"when": ["date"]}, "join.when: join takes two columns or more"),
            ({"level": ["date", "time"]}, "join.level: a column has that name"),
        ],
    )
    def test_columns_that_cannot_be_joined(self, join, what):
        with pytest.raises(PackError, match=what):
            CsvEngine(columns=["date", "time", "level"], join=join)

    def test_a_quoted_newline(self):
        assert CsvEngine(columns=["a", "b"]).fields('"x\ny",2') == {"a": "x\ny", "b": "2"}

    def test_tabs_without_quoting(self):
        assert CsvEngine(columns=["a", "b"], delimiter="\t", quote="").fields('"1\t2"') == {
            "a": '"1',
            "b": '2"',
        }

    def test_the_first_record_can_be_the_header(self):
        engine = CsvEngine(header=True)
        assert engine.fields("id,name") == Reject("header", "the header line")
        assert engine.fields("7,bob") == {"id": "7", "name": "bob"}
        assert engine.fields("id,name").reason == "header"  # a rotated file begins with it again

    def test_w3c_fields_lines_name_the_columns_and_may_change(self):
        engine = CsvEngine(w3c=True, delimiter=" ", quote="")
        assert no_match(engine, "2025-10-11 10.0.0.1")
        assert engine.fields("#Software: Microsoft Internet Information Services 10.0").reason == "header"
        assert engine.fields("#Fields: date c-ip cs-uri-query").reason == "header"
        assert engine.fields("2025-10-11 10.0.0.1 -") == {"date": "2025-10-11", "c-ip": "10.0.0.1"}
        engine.fields("#Fields: c-ip date")
        assert engine.fields("10.0.0.1 2025-10-11") == {"c-ip": "10.0.0.1", "date": "2025-10-11"}

    @pytest.mark.parametrize(
        ("options", "names", "row"),
        [
            ({}, "#Fields: date c-ip", "2025-10-11 10.0.0.1"),
            ({"delimiter": "\t"}, "#Fields: date c-ip", "2025-10-11\t10.0.0.1"),
            ({"delimiter": "\t"}, "#Fields:\tdate\tc-ip", "2025-10-11\t10.0.0.1"),
            ({"delimiter": ","}, "#Fields: date,c-ip", "2025-10-11,10.0.0.1"),
            ({"delimiter": ","}, "#Fields: date c-ip", "2025-10-11,10.0.0.1"),
        ],
        ids=["iis", "cloudfront", "tabs", "exchange", "mixed"],
    )
    def test_w3c_names_stand_apart_like_their_columns_or_by_blanks(self, options, names, row):
        engine = CsvEngine(w3c=True, **options)
        assert engine.fields(names).reason == "header"
        assert engine.fields(row) == {"date": "2025-10-11", "c-ip": "10.0.0.1"}

    @pytest.mark.parametrize("text", ["1,2,3,4", '"open,2', '"a"b,2', "alone", ""])
    def test_what_does_not_fit_is_no_match(self, text):
        assert no_match(CsvEngine(columns=["a", "b", "c"]), text)

    @pytest.mark.parametrize(
        "options", [{}, {"columns": ["a"], "delimiter": ",,"}, {"columns": ["a"], "quote": ","}]
    )
    def test_bad_options(self, options):
        with pytest.raises(PackError):
            CsvEngine(**options)


def test_logfmt_with_several_separators():
    query = LogfmtEngine(separator="&?", assign="=:")
    assert query.fields("q=a b&page=2?ref:x=y&&flag") == {"q": "a b", "page": "2", "ref": "x=y", "flag": True}
    listed = LogfmtEngine(separator=" ,")
    assert listed.fields("a=1, b=2,c=3\td=4") == {"a": "1", "b": "2", "c": "3", "d": "4"}
    for options in (
        {"separator": ""},
        {"assign": ""},
        {"separator": " =", "assign": "="},
        {"separator": '"'},
    ):
        with pytest.raises(PackError, match="one character or more, not the same ones"):
            LogfmtEngine(**options)


def test_logfmt_with_other_quotes():
    engine = LogfmtEngine(quotes="'\"")
    assert engine.fields("a='x \"y\" z' b=\"it's\" c='it\\'s'") == {"a": 'x "y" z', "b": "it's", "c": "it's"}
    assert LogfmtEngine(quotes="").fields('a="x b=y"') == {"a": '"x', "b": 'y"'}


class TestOptions:
    def test_engines_are_made_from_the_options_of_a_pack(self):
        assert isinstance(make_engine("csv", {"columns": ["a", "b"], "delimiter": "\t"}), CsvEngine)
        assert isinstance(make_engine("dissect", {"patterns": "%{a} %{b}"}), DissectEngine)
        assert all(
            make_engine(
                name,
                {"columns": ["a"]} if name == "csv" else {"patterns": ["%{a}"]} if name == "dissect" else {},
            )
            for name in ENGINES
        )

    @pytest.mark.parametrize(
        ("name", "options", "what"),
        [
            ("jsn", {}, "did you mean json?"),
            ("csv", {"column": ["a"]}, "did you mean columns?"),
            ("csv", {"columns": "a,b"}, "columns must be a list of texts"),
            ("csv", {"columns": [1]}, "columns must be a list of texts"),
            ("json", {"flatten": "yes"}, "flatten must be true or false"),
            ("dissect", {}, "'patterns' is missing"),
        ],
    )
    def test_mistakes_are_explained(self, name, options, what):
        with pytest.raises(PackError, match=re.escape(what)):
            make_engine(name, options)
