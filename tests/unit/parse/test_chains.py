"""Chains of formats: the envelope, what is inside, and what of the envelope goes along."""

import json
from dataclasses import replace

import pytest

from logsource.config.model import Config
from logsource.errors import PackError
from logsource.model import Line, Record, Reject
from logsource.parse.effects import ParserOptionsError
from logsource.parse.outcome import outcome
from logsource.parse.packs import PackIndex
from logsource.parse.resolve import resolve_parser
from logsource.parse.samples import sample_files
from tests.support.packs import make_pack
from tests.support.rendering import chunk_of, renderer

REFERENCE_MS = 1_774_000_000_000  # 2026-03-20
SYSLOG = "iglu:io.logsource/syslog_rfc3164/jsonschema/1-0-0"
DOCKER = "iglu:io.logsource/docker_json/jsonschema/1-0-0"
NGINX = "iglu:io.logsource/nginx_access/jsonschema/1-0-0"
PARSED = "iglu:io.logsource/parsed_line/jsonschema/1-0-0"
REQUEST = '192.0.2.7 - - [12/Mar/2026:06:25:24 +0000] "GET /a?b HTTP/1.1" 200 12 "-" "curl/8"'
HEADER = "Mar 12 06:25:25 web1 nginx: "
LOGIN = "Accepted publickey for bob from 192.0.2.9 port 50022 ssh2"


def config_of(parsers, **config):
    return Config.model_validate(
        {
            "collector": {"url": "http://127.0.0.1"},
            "sources": [{"name": "a", "paths": ["/var/log/a.log"]}],
            "parsers": parsers,
            **config,
        }
    )


def chain(parsers=None, **keys):
    return resolve_parser("edge", config_of({**(parsers or {}), "edge": {"chain": keys}}))


def parse(parser, text):
    return parser.parse(Line(text=text, offset=0, reference_ms=REFERENCE_MS))


def docker(log, **members):
    return json.dumps({"log": log, "stream": "stdout", "time": "2026-03-12T06:25:26Z", **members})


def test_the_event_is_the_inner_record_and_the_envelope_goes_along():
    found = parse(chain(envelope="syslog_rfc3164", inner="nginx_access"), HEADER + REQUEST)
    alone = parse(resolve_parser("nginx_access"), REQUEST)
    assert (found.schema, found.data, found.timestamp_ms) == (alone.schema, alone.data, alone.timestamp_ms)
    # its schema requires a message; the text itself is the event
    assert found.entities == (
        {"schema": SYSLOG, "data": {"host": "web1", "program": "nginx", "message": ""}},
    )


def test_a_field_that_the_schema_can_do_without_is_left_out():
    entry = json.dumps(
        {"__REALTIME_TIMESTAMP": "1773296725000000", "MESSAGE": REQUEST, "_HOSTNAME": "h1", "COLOR": "red"}
    )
    found = parse(chain(envelope="journald", inner="nginx_access"), entry)
    (entity,) = found.entities
    assert entity["data"] == {"hostname": "h1", "fields": {"COLOR": "red"}}


def test_the_entity_can_be_left_out():
    found = parse(chain(envelope="syslog_rfc3164", inner="nginx_access", entity=False), HEADER + REQUEST)
    assert found.schema == NGINX
    assert found.entities == ()


def test_without_a_time_of_its_own_a_record_has_the_time_of_its_envelope():
    found = parse(
        chain(envelope="syslog_rfc3164", inner="logfmt"), "Mar 12 06:25:25 web1 app: level=info user=7"
    )
    assert found.data == {"fields": {"level": "info", "user": "7"}}
    assert outcome(found)["timestamp"] == "2026-03-12T06:25:25.000Z"
    stated = parse(
        chain(envelope="syslog_rfc3164", inner="logfmt"),
        "Mar 12 06:25:25 web1 app: time=2026-03-12T06:25:20Z level=info",
    )
    assert outcome(stated)["timestamp"] == "2026-03-12T06:25:20.000Z"


def test_inner_parsers_are_tried_in_order():
    parser = chain(envelope="syslog_rfc3164", inner=["nginx_access", "logfmt", "plain"])
    assert parse(parser, HEADER + REQUEST).schema == NGINX
    assert parse(parser, HEADER + "a=1 b=2").schema.split("/")[1] == "logfmt_line"
    assert parse(parser, HEADER + "words").data == {"message": "words"}


@pytest.mark.parametrize(
    ("otherwise", "expected"),
    [("event", Record), ("reject", Reject), ("drop", type(None))],
)
def test_what_becomes_of_a_text_that_no_inner_parser_takes(otherwise, expected):
    parser = chain(envelope="syslog_rfc3164", inner="nginx_access", otherwise=otherwise)
    found = parse(parser, HEADER + "signal process started")
    assert isinstance(found, expected)
    if otherwise == "event":
        assert found == parse(resolve_parser("syslog_rfc3164"), HEADER + "signal process started")
    if otherwise == "reject":
        assert found.reason == "no_match"
        assert found.detail.startswith("nginx_access: ")


def test_a_reject_says_more_than_that_nothing_matched_when_something_did():
    parser = chain(envelope="syslog_rfc3164", inner=["nginx_access", "sudo"], otherwise="reject")
    found = parse(parser, HEADER + REQUEST.replace("12/Mar", "32/Mar"))
    assert (found.reason, found.detail.partition(":")[0]) == ("bad_timestamp", "nginx_access")


def test_a_text_that_its_parser_knows_and_cannot_take_is_counted():
    web = renderer(
        "edge", parsers={"edge": {"chain": {"envelope": "syslog_rfc3164", "inner": "nginx_access"}}}
    )
    texts = [REQUEST, REQUEST.replace("12/Mar", "32/Mar"), "signal process started"]
    tally = web.render(chunk_of([HEADER + text for text in texts], now_ms=REFERENCE_MS)).tally
    assert tally.events == {NGINX: 1, SYSLOG: 2}
    assert tally.unparsed == {"bad_timestamp": 1}


def test_a_line_that_is_no_envelope_is_rejected_by_the_envelope():
    parser = chain(envelope="docker_json", inner="nginx_access")
    assert parse(parser, REQUEST) == parse(resolve_parser("docker_json"), REQUEST)
    assert parse(parser, docker(5)).schema == DOCKER, "a number is a text as logs write it"
    assert parse(parser, docker(REQUEST, time="never")).reason == "bad_timestamp"


def test_an_envelope_without_the_text_is_its_own_event():
    parser = chain(envelope="syslog_rfc5424", inner="plain")
    found = parse(parser, "<165>1 2026-03-12T06:25:25Z web1 app - ID47 -")
    assert found.schema.split("/")[1] == "syslog_rfc5424"
    rejecting = chain(envelope="syslog_rfc5424", inner="plain", otherwise="reject")
    assert parse(rejecting, "<165>1 2026-03-12T06:25:25Z web1 app - ID47 -") == Reject(
        "no_match", "the envelope has no message"
    )


def test_fields_of_the_envelope_choose_the_inner_parser():
    parser = chain(
        envelope="syslog_rfc3164",
        inner=[
            {"parser": "nginx_access", "when": {"program": ["nginx", "nginx-proxy"]}},
            {"parser": "plain", "when": {"program": "cat", "pid": 7}},
        ],
    )
    assert parse(parser, "Mar 12 06:25:25 web1 nginx-proxy: " + REQUEST).schema == NGINX
    assert parse(parser, "Mar 12 06:25:25 web1 apache: " + REQUEST).schema == SYSLOG
    assert parse(parser, "Mar 12 06:25:25 web1 cat[7]: meow").data == {"message": "meow"}
    assert parse(parser, "Mar 12 06:25:25 web1 cat[8]: meow").schema == SYSLOG
    assert parse(parser, "Mar 12 06:25:25 web1 cat: meow").schema == SYSLOG


def test_several_levels():
    parser = chain(
        {"inside": {"chain": {"envelope": "syslog_rfc3164", "inner": "nginx_access"}}},
        envelope="docker_json",
        inner="inside",
    )
    found = parse(parser, docker(HEADER + REQUEST + "\n"))
    assert found.schema == NGINX
    assert [entity["schema"] for entity in found.entities] == [DOCKER, SYSLOG]
    assert found.entities[0]["data"] == {"stream": "stdout", "message": ""}


def test_a_users_own_envelope_keeps_its_fields_under_the_generic_schema():
    own = {"grok": r"%{TIMESTAMP_ISO8601:time} %{WORD:unit} \| %{GREEDYDATA:rest}",
           "timestamp": {"field": "time", "format": "iso8601"}}  # fmt: skip
    parser = chain({"own": own}, envelope="own", field="rest", inner="json_lines")
    found = parse(parser, '2026-03-12T06:25:25Z api | {"user": {"id": 7}}')
    assert found.data == {"fields": {"user": {"id": 7}}}
    assert found.entities == ({"schema": PARSED, "data": {"parser": "own", "fields": {"unit": "api"}}},)
    assert outcome(found)["timestamp"] == "2026-03-12T06:25:25.000Z"


def test_json_in_json_with_a_nested_field():
    parser = chain(
        {"box": {"json": True}},
        envelope="box",
        field="payload.line",
        inner="nginx_access",
        otherwise="reject",
    )
    found = parse(parser, json.dumps({"payload": {"line": REQUEST, "shard": 3}, "id": "x"}))
    assert found.schema == NGINX
    assert found.entities[0]["data"]["fields"] == {"payload": {"shard": 3}, "id": "x"}
    assert parse(parser, json.dumps({"payload": {"line": [REQUEST]}})).detail == "payload.line is no text"


def test_an_envelope_whose_schema_is_elsewhere_keeps_the_text():
    """Nobody here knows whether the schema could do without the field; an invalid entity would lose the event."""
    own = {"regex": r"(?P<unit>[a-z]+) \| (?P<message>.*)", "schema": "iglu:com.other/thing/jsonschema/1-0-0"}
    found = parse(chain({"own": own}, envelope="own", inner="nginx_access"), "api | " + REQUEST)
    assert found.entities[0]["data"] == {"unit": "api", "message": REQUEST}


def test_an_envelope_whose_schema_wants_more_than_any_text_keeps_the_text(tmp_path):
    properties = {
        "message": {"type": "string", "minLength": 1, "maxLength": 9999, "description": "Text."},
        "unit": {"type": "string", "maxLength": 9, "description": "Unit."},
    }
    make_pack(tmp_path, properties=properties, required=("message", "unit"), yaml="")
    own = {"regex": r"(?P<unit>[a-z]+) \| (?P<message>.*)", "schema": "iglu:com.acme/acme/jsonschema/1-0-0"}
    config = config_of(
        {"own": own, "edge": {"chain": {"envelope": "own", "inner": "nginx_access"}}},
        pack_dirs=[str(tmp_path)],
    )
    found = parse(resolve_parser("edge", config), "api | " + REQUEST)
    assert found.entities[0]["data"] == {"unit": "api", "message": REQUEST}


class TestPacksThatReadASyslogHeader:
    """Their patterns begin with time, host and program; an envelope has these in its fields."""

    def test_behind_syslog(self):
        found = parse(
            chain(envelope="syslog_rfc3164", inner="sshd"), f"Mar 12 06:25:25 web1 sshd[77]: {LOGIN}"
        )
        alone = parse(resolve_parser("sshd"), f"Mar 12 06:25:25 web1 sshd[77]: {LOGIN}")
        assert (found.schema, found.data, found.timestamp_ms) == (
            alone.schema,
            alone.data,
            alone.timestamp_ms,
        )

    def test_behind_rfc_5424_and_in_the_journal(self):
        syslog = f"<86>1 2026-03-12T06:25:25.5Z web1 sshd 77 - - {LOGIN}"
        journal = json.dumps({
            "__REALTIME_TIMESTAMP": "1773296725500000", "MESSAGE": LOGIN, "SYSLOG_IDENTIFIER": "sshd",
            "_PID": "77", "_HOSTNAME": "web1",
        })  # fmt: skip
        for envelope, line in (("syslog_rfc5424", syslog), ("journald", journal)):
            found = parse(chain(envelope=envelope, inner="sshd"), line)
            assert found.data["user"] == "bob"
            assert (found.data["host"], found.data["pid"]) == ("web1", 77)
            assert outcome(found)["timestamp"] == "2026-03-12T06:25:25.500Z"

    @pytest.mark.parametrize(
        "pack", [one for one in PackIndex().all() if one.spec.header], ids=lambda one: one.name
    )
    def test_the_record_is_that_of_the_line_itself(self, pack):
        """Every sample of the pack, once as it is and once taken apart by the envelope and put together again."""
        parser = chain(envelope="syslog_rfc3164", inner=pack.name, otherwise="reject")
        compared = 0
        for line in [line for sample in sample_files(pack) for line in sample.lines]:
            alone, found = pack.parser.parse(line), parser.parse(line)
            envelope = resolve_parser("syslog_rfc3164").parse(line)
            told = isinstance(envelope, Record) and envelope.data.get("program")
            if not told or not isinstance(alone, Record):
                continue
            assert isinstance(found, Record), (line.text, found)
            assert (found.schema, found.timestamp_ms) == (alone.schema, alone.timestamp_ms), line.text
            # what is read without a header as well leaves that to the envelope
            bare = isinstance(pack.parser.parse(replace(line, text=envelope.data["message"])), Record)
            left = {"host", "pid"} if bare else set()
            assert found.data == {key: value for key, value in alone.data.items() if key not in left}, (
                line.text
            )
            compared += 1
        assert compared > 5

    def test_a_text_with_a_header_of_its_own_keeps_it(self):
        found = parse(
            chain(envelope="docker_json", inner="sshd"), docker(f"Mar 12 06:25:25 other sshd[8]: {LOGIN}")
        )
        assert found.data["host"] == "other"

    def test_no_header_can_be_forged_from_the_fields_of_an_envelope(self):
        gelf = {
            "version": "1.1",
            "host": f"h sshd[1]: {LOGIN} x",
            "short_message": "hello",
            "timestamp": 1773296725,
        }
        parser = chain(
            {"box": {"json": True}}, envelope="box", field="message", inner="sshd", otherwise="reject"
        )
        for forged in ("h sshd[1]", "h\tx", "a[b]"):
            fields = {"host": forged, "program": "sshd", "message": LOGIN}
            assert parse(parser, json.dumps(fields)).data["host"] == "-"
        for forged in ("x sshd[1]", "sshd:", "sshd[9]"):
            assert isinstance(parse(parser, json.dumps({"program": forged, "message": LOGIN})), Reject)
        address = {"host": "2001:db8::1", "program": "sshd", "message": LOGIN}
        assert parse(parser, json.dumps(address)).data["host"] == "2001:db8::1"
        assert parse(chain(envelope="gelf", inner="sshd"), json.dumps(gelf)).schema.split("/")[1] == "gelf"


class TestWhatIsWrongIsSaidBeforeTheFirstRecord:
    @pytest.mark.parametrize(
        ("keys", "place", "said"),
        [
            ({"envelope": "docker_json", "field": "log", "inner": "plain"}, ("chain", "field"), "write field: message"),
            ({"envelope": "syslog_rfc3164", "field": "mesage", "inner": "plain"}, ("chain", "field"), "write field: message"),
            (
                {"envelope": "syslog_rfc3164", "inner": [{"parser": "plain", "when": {"programm": "x"}}]},
                ("chain", "inner", 0, "when", "programm"),
                "did you mean program?",
            ),
        ],
    )  # fmt: skip
    def test_fields_that_the_envelope_does_not_have(self, keys, place, said):
        with pytest.raises(ParserOptionsError) as raised:
            chain(**keys)
        (problem,) = raised.value.problems
        assert problem.path == place
        assert problem.hint == said

    def test_a_part_that_cannot_be_built(self):
        with pytest.raises(ParserOptionsError) as raised:
            chain({"own": {"grok": "%{NOSUCH:x}"}}, envelope="own", inner=["plain", "nosuch"])
        first, second = raised.value.problems
        assert (first.path, second.path) == (("chain", "envelope"), ("chain", "inner", 1, "parser"))
        assert "NOSUCH" in first.what
        assert "nosuch" in second.what

    def test_a_chain_inside_itself(self):
        with pytest.raises(PackError, match="part of itself"):
            chain(envelope="syslog_rfc3164", inner="edge")

    def test_any_field_may_be_in_an_object_of_any_form(self):
        entry = {"__REALTIME_TIMESTAMP": "1773296725000000", "MESSAGE": "x", "UNIT_COLOR": "red"}
        parser = chain(envelope="journald", inner=[{"parser": "plain", "when": {"fields.UNIT_COLOR": "red"}}])
        assert parse(parser, json.dumps(entry)).data == {"message": "x"}
        assert parse(parser, json.dumps({**entry, "UNIT_COLOR": "blue"})).data["message"] == "x"


def test_an_inner_pattern_that_takes_too_long_does_not_hold_the_line():
    slow = {"regex": r"(?P<a>(?:x+x+)+y)", "timeout": "1ms"}
    parser = chain({"slow": slow}, envelope="syslog_rfc3164", inner="slow", otherwise="reject")
    assert parse(parser, HEADER + "x" * 5000).reason == "timeout"
    parser = chain({"slow": slow}, envelope="syslog_rfc3164", inner=["slow", "plain"])
    assert parse(parser, HEADER + "x" * 5000).data == {"message": "x" * 5000}
