"""Engines take whole records apart; what does not fit is a Reject, and no text makes them raise or hang."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.errors import PackError
from logsource.model import Line, Reject
from logsource.parse.builtin import JsonLines
from logsource.parse.engines import (
    ENGINES,
    CsvEngine,
    DissectEngine,
    JsonEngine,
    LogfmtEngine,
    SyslogEngine,
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

    @pytest.mark.parametrize("text", ["1,2,3,4", '"open,2', '"a"b,2', "alone", ""])
    def test_what_does_not_fit_is_no_match(self, text):
        assert no_match(CsvEngine(columns=["a", "b", "c"]), text)

    @pytest.mark.parametrize(
        "options", [{}, {"columns": ["a"], "delimiter": ",,"}, {"columns": ["a"], "quote": ","}]
    )
    def test_bad_options(self, options):
        with pytest.raises(PackError):
            CsvEngine(**options)


def test_logfmt_with_other_quotes():
    engine = LogfmtEngine(quotes="'\"")
    assert engine.fields("a='x \"y\" z' b=\"it's\" c='it\\'s'") == {"a": 'x "y" z', "b": "it's", "c": "it's"}
    assert LogfmtEngine(quotes="").fields('a="x b=y"') == {"a": '"x', "b": 'y"'}


class TestSyslog:
    def test_rfc_5424_with_everything(self):
        text = (
            "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog 8710 ID47 "
            '[exampleSDID@32473 iut="3" eventSource="App\\"lic\\]ation\\\\" path="C:\\x"][other] \ufeffAn event'
        )
        assert SyslogEngine().fields(text) == {
            "priority": 165,
            "facility": "local4",
            "severity": "notice",
            "version": 1,
            "timestamp": "2003-10-11T22:14:15.003Z",
            "host": "mymachine.example.com",
            "program": "evntslog",
            "pid": 8710,
            "msgid": "ID47",
            "structured_data": {
                "exampleSDID@32473": {"iut": "3", "eventSource": 'App"lic]ation\\', "path": "C:\\x"},
                "other": {},
            },
            "message": "An event",
        }

    def test_a_parameter_that_stands_there_twice_is_a_list(self):
        text = '<13>1 - - - - - [origin ip="192.0.2.1" ip="2001:db8::1" software="x"]'
        assert SyslogEngine().fields(text)["structured_data"] == {
            "origin": {"ip": ["192.0.2.1", "2001:db8::1"], "software": "x"}
        }

    def test_rfc_5424_with_nothing(self):
        assert SyslogEngine().fields("<13>1 - - - - - -") == {
            "priority": 13, "facility": "user", "severity": "notice", "version": 1,
        }  # fmt: skip

    @pytest.mark.parametrize("data", ['[a b="1"', '[a b="1]', "[a b=1]", '[a b="1"]x', "[ b]", '[a  b="1" ]'])
    def test_broken_structured_data_is_no_match(self, data):
        assert no_match(SyslogEngine(), f"<13>1 2003-10-11T22:14:15Z h p - - {data} text")

    @pytest.mark.parametrize(
        ("text", "fields"),
        [
            (
                "<34>Oct 11 22:14:15 mymachine su: 'su root' failed",
                {"priority": 34, "facility": "auth", "severity": "crit", "timestamp": "Oct 11 22:14:15",
                 "host": "mymachine", "program": "su", "message": "'su root' failed"},
            ),
            (
                "Oct  1 22:14:15 web-1 postfix/smtpd[2342]: connect from unknown[10.0.0.1]",
                {"timestamp": "Oct  1 22:14:15", "host": "web-1", "program": "postfix/smtpd", "pid": 2342,
                 "message": "connect from unknown[10.0.0.1]"},
            ),
            (
                "2025-10-11T22:14:15.123456+02:00 web kernel: [ 1.5] usb",
                {"timestamp": "2025-10-11T22:14:15.123456+02:00", "host": "web", "program": "kernel",
                 "message": "[ 1.5] usb"},
            ),
            ("Oct 11 22:14:15 kernel: up", {"timestamp": "Oct 11 22:14:15", "program": "kernel", "message": "up"}),
            ("Oct 11 2025 22:14:15 h p: m", {"timestamp": "Oct 11 2025 22:14:15", "host": "h", "program": "p", "message": "m"}),
            ("Oct 11 22:14:15 h no tag here", {"timestamp": "Oct 11 22:14:15", "host": "h", "message": "no tag here"}),
            ("Oct 11 22:14:15 h p[a1]:m", {"timestamp": "Oct 11 22:14:15", "host": "h", "program": "p", "pid": "a1", "message": "m"}),
            ("Oct 11 22:14:15 fe80::1 p: m", {"timestamp": "Oct 11 22:14:15", "host": "fe80::1", "program": "p", "message": "m"}),
        ],
    )  # fmt: skip
    def test_rfc_3164_with_and_without_priority(self, text, fields):
        assert SyslogEngine().fields(text) == fields

    @pytest.mark.parametrize(
        "text", ["", "hello", "<999>Oct 11 22:14:15 h p: m", "<13>", "<13>1 x y z", "Oct 11 h p: m"]
    )
    def test_other_text_is_no_match(self, text):
        assert no_match(SyslogEngine(), text)

    def test_the_variant_can_be_pinned_and_the_priority_required(self):
        assert no_match(SyslogEngine(variant="rfc5424"), "<34>Oct 11 22:14:15 h su: m")
        assert no_match(SyslogEngine(variant="rfc3164"), "<13>1 - - - - - -")
        assert no_match(SyslogEngine(require_pri=True), "Oct 11 22:14:15 h su: m")
        with pytest.raises(PackError):
            SyslogEngine(variant="rfc1")


class TestDissect:
    @pytest.mark.parametrize(
        ("pattern", "text", "fields"),
        [
            ("%{a} %{b}: %{c}", "1 2: the rest: of it", {"a": "1", "b": "2", "c": "the rest: of it"}),
            ("<%{p}>%{rest}", "<13>text", {"p": "13", "rest": "text"}),
            ("%{ts} %{+ts} %{+ts} %{host}", "Oct 11 22:14:15 web", {"ts": "Oct 11 22:14:15", "host": "web"}),
            ("%{+a/3},%{+a/1}-%{+a/2}", "x,y-z", {"a": "y-z x"}),
            ("%{a/2->} %{b}", "1     2", {"a": "1", "b": "2"}),
            ("%{a} %{} %{?skip} %{b}", "1 2 3 4", {"a": "1", "b": "4"}),
            ("%{*k}=%{&k}", "name=bob", {"name": "bob"}),
            ("error: %{?code}, %{&code}", "error: 17, disk full", {"17": "disk full"}),
            ("%{?k->} %{&k} %{?other}", "a    1 x", {"a": "1"}),
            ("%{*k1}=%{&k1} %{*k2}=%{&k2}", "a=1 b=2", {"a": "1", "b": "2"}),
            ("%{[a][b]}|%{[a][c]}", "1|2", {"a": {"b": "1", "c": "2"}}),
            ("%{a},%{b},%{c}", "1,,3", {"a": "1", "b": "", "c": "3"}),
            ("[%{a}]", "[x]", {"a": "x"}),
        ],
    )
    def test_splitting(self, pattern, text, fields):
        assert DissectEngine(pattern).fields(text) == fields

    def test_appended_values_may_be_joined_otherwise(self):
        assert DissectEngine("%{a} %{+a}", append_separator="-").fields("1 2") == {"a": "1-2"}

    def test_patterns_are_tried_in_order(self):
        engine = DissectEngine(["%{a}|%{b}", "%{c};%{d}"])
        assert engine.fields("1;2") == {"c": "1", "d": "2"}
        assert engine.fields("12") == Reject("no_match", "no '|' after character 1")

    @pytest.mark.parametrize(
        ("pattern", "text"), [("a%{b}", "x"), ("%{a} %{b}", "1"), ("[%{a}]", "[x] y"), ("[%{a}]", "")]
    )
    def test_missing_delimiters_are_no_match(self, pattern, text):
        assert no_match(DissectEngine(pattern), text)

    @pytest.mark.parametrize(
        "pattern", ["", "no keys", "%{a}%{b}", "%{*a} %{b}", "%{+} %{a}", "%{a/x}/%{b>}"]
    )
    def test_bad_patterns(self, pattern):
        with pytest.raises(PackError, match="dissect pattern"):
            DissectEngine(pattern)


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


def all_engines():
    return [
        JsonEngine(flatten=True),
        LogfmtEngine(),
        LogfmtEngine(separator=";", assign=":", bare=False),
        CsvEngine(columns=["a", "b", "c"]),
        CsvEngine(header=True),
        CsvEngine(w3c=True, delimiter=" ", quote=""),
        SyslogEngine(),
        DissectEngine(["%{a->} %{b}=%{+b/2};%{*k}:%{&k}", "%{a} %{[b][c]} %{?x}"]),
    ]


TEXTS = st.text(st.characters(codec=None), max_size=40) | st.text(
    alphabet='{}[]<>"\\=:;,. #Fields-0123456789abOct\t\n', max_size=60
)


@given(TEXTS)
@settings(max_examples=600, deadline=None)
def test_no_text_makes_an_engine_raise(text):
    for engine in all_engines():
        result = engine.fields(text)
        assert isinstance(result, Reject) or all(isinstance(name, str) for name in result)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_][a-z0-9_.]{0,8}", fullmatch=True),
        st.text(st.characters(codec="utf-8"), max_size=20),
        min_size=1,
    )
)
@settings(max_examples=200, deadline=None)
def test_logfmt_reads_back_what_a_quoting_writer_wrote(pairs):
    text = " ".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in pairs.items())
    assert LogfmtEngine().fields(text) == pairs


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=10), min_size=2, max_size=5))
@settings(max_examples=200, deadline=None)
def test_csv_reads_back_what_a_quoting_writer_wrote(values):
    names = [f"c{index}" for index in range(len(values))]
    text = ",".join('"' + value.replace('"', '""') + '"' for value in values)
    assert CsvEngine(columns=names, keep_empty=True).fields(text) == dict(zip(names, values, strict=True))


@pytest.mark.parametrize(
    "unit", ['a="', 'a="\\"', "a=1 ", '"', '""', '[a b="', "x: ", "=", "{", "\\", "[[", "a b ", ";:", " "]
)
def test_long_hostile_records_take_linear_work(unit):
    # Quadratic work on a megabyte would run into the time limit of the test by orders of magnitude.
    text = unit * (1_000_000 // len(unit))
    for prefix in ("", "<13>1 2003-10-11T22:14:15Z h p - - ", "Oct 11 22:14:15 "):
        for engine in all_engines():
            engine.fields(prefix + text)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r'"cut \ud83d"', "cut \ufffd"),
        (r'"\uDE00 low first \uD83D"', "\ufffd low first \ufffd"),
        (r'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600"),
        (r'"\\ud83d is no escape, \\\ud83d is one"', "\\ud83d is no escape, \\\ufffd is one"),
        (r'"\ud83d\n\u0041"', "\ufffd\nA"),
    ],
)
def test_half_a_surrogate_pair_in_json_is_a_replacement_character(written, read):
    assert JsonEngine().fields(f'{{"a": {written}, {written}: 1}}') == {"a": read, read: 1}
    assert JsonLines().parse(Line(text=f'{{"a": {written}}}', offset=0)).data == {"fields": {"a": read}}


def test_half_a_surrogate_pair_does_not_make_json_of_what_is_none():
    assert "line 1 column 17" in no_match(JsonEngine(), r'{"a": "\ud83d", oops}')
