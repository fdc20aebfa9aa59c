"""Engines that take a whole line apart by its form: syslog and dissect."""

import pytest

from logsource.errors import PackError
from logsource.model import Reject
from logsource.parse.engines import (
    DissectEngine,
    SyslogEngine,
)


def no_match(engine, text):
    result = engine.fields(text)
    assert isinstance(result, Reject), result
    return result.reason == "no_match" and result.detail


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
