"""Packs that are chains: parts beside them and built in, errors with their place, `packs test` and the agent's way."""

import json

import pytest

from logsource.config.model import Config
from logsource.errors import PackError
from logsource.event.payload import EventFrame
from logsource.model import Line
from logsource.parse.packs import PackIndex
from logsource.parse.readme import readme
from logsource.parse.samples import GOLDEN, sample_files
from logsource.parse.verify import Checks, verify
from logsource.render.build import build_renderer
from logsource.render.facts import source_facts
from tests.support.packs import LINES, make_pack
from tests.support.rendering import chunk_of, events_of

REQUEST = '192.0.2.7 - - [12/Mar/2026:06:25:24 +0000] "GET /a HTTP/1.1" 200 12 "-" "curl/8"'
HEAD = "title: T\ndescription: D.\nschema: iglu:com.acme/acme/jsonschema/1-0-0\n"
CHAIN = "chain: {envelope: syslog_rfc3164, inner: [nginx_access, acme]}\n"
NOTHING_WRONG = Checks(lint=lambda _: (), validate=lambda *_: ())


def chain_pack(directory, yaml=CHAIN, lines=()):
    """A pack `edge` in a folder, beside a pack `acme` that it may name."""
    make_pack(directory)
    folder = directory / "edge"
    (folder / "samples").mkdir(parents=True)
    (folder / "pack.yaml").write_text(HEAD + yaml)
    (folder / "samples/a.log").write_text("".join(f"{line}\n" for line in lines))
    return PackIndex([directory]).load("edge")


def test_its_parts_are_packs_beside_it_and_built_in_ones(tmp_path):
    parser = chain_pack(tmp_path).parser
    nginx = parser.parse(
        Line(text=f"Mar 12 06:25:25 web1 nginx: {REQUEST}", offset=0, reference_ms=1_774_000_000_000)
    )
    own = parser.parse(
        Line(text=f"Mar 12 06:25:25 web1 acme: {LINES[0]}", offset=0, reference_ms=1_774_000_000_000)
    )
    assert nginx.data["target"] == "/a"
    assert own.schema == "iglu:com.acme/acme/jsonschema/1-0-0"
    assert own.entities[0]["data"]["program"] == "acme"


def test_a_source_reads_it_in_columns_and_knows_its_fields(tmp_path):
    chain_pack(tmp_path)
    config = Config.model_validate(
        {
            "collector": {"url": "http://127.0.0.1"},
            "sources": [
                {
                    "name": "web",
                    "paths": ["/a.log"],
                    "parser": "edge",
                    "filters": [{"remove": ["user_agent"]}],
                }
            ],
            "pack_dirs": [str(tmp_path)],
        }
    )
    index = PackIndex(config.pack_dirs)
    facts = source_facts(config, config.sources[0], index)
    assert {uri.split("/")[1] for uri in facts.shapes} == {"syslog_rfc3164", "nginx_access", "acme"}
    assert facts.roles.target == ("target",)
    made = build_renderer(config, config.sources[0], index, EventFrame(source="web", host="h"))
    assert made.has_columns
    [event] = events_of(
        made.render(chunk_of([f"Mar 12 06:25:25 web1 nginx: {REQUEST}"], now_ms=1_774_000_000_000))
    )
    assert event["schema"] == "nginx_access"
    assert "user_agent" not in event["record"]


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        (
            "chain: {envelope: syslog_rfc3164, inner: nosuch}",
            "pack.yaml:4:42: the parser nosuch cannot be used",
        ),
        ("chain: {envelope: docker_json, field: log, inner: plain}", "write field: message"),
        ("chain: {envelope: docker_json, inner: edge}", "part of itself"),
        (
            "chain: {envelope: docker_json, inner: plain}\ntimestamp: {field: time}",
            "must not have timestamp beside chain",
        ),
        ("chain: {envelope: docker_json, inner: plain}\njson: {}", "exactly one of patterns, chain, "),
        ("header: syslog\njson: {}", "must read iso8601 times"),
    ],
)
def test_mistakes_have_their_place(tmp_path, yaml, said):
    with pytest.raises(PackError) as raised:
        chain_pack(tmp_path, f"{yaml}\n").parser.parse(Line(text="x", offset=0))
    assert said in str(raised.value)


def test_every_part_needs_a_sample(tmp_path):
    pack = chain_pack(tmp_path, lines=[f"Mar 12 06:25:25 web1 nginx: {REQUEST}"])
    for sample in sample_files(pack):
        outcomes = b"".join(json.dumps(one).encode() + b"\n" for one in sample.outcomes(pack.parser))
        sample.file.with_suffix(GOLDEN).write_bytes(outcomes)
    unstated, problem = verify(pack, NOTHING_WRONG)
    assert "a.log: nothing says where these lines come from" in unstated
    assert "no sample holds a record of acme" in problem


def test_an_envelope_with_nested_fields(tmp_path):
    text = {"type": ["string", "null"], "maxLength": 99_999, "description": "Text."}
    nested = {
        "type": "object",
        "properties": {"name": text},
        "additionalProperties": False,
        "description": "Host.",
    }
    yaml = (
        HEAD
        + "patterns: [{{name: one, regex: '(?P<name>[a-z0-9]+) (?P<message>.*)'}}]\nfields: {{host.name: {{from: name}}}}\n"
    )
    make_pack(tmp_path, properties={"host": nested, "message": text}, required=(), yaml=yaml)
    config = Config.model_validate(
        {
            "collector": {"url": "http://127.0.0.1"},
            "sources": [{"name": "web", "paths": ["/a.log"], "parser": "edge"}],
            "parsers": {"edge": {"chain": {"envelope": "acme", "inner": "nginx_access"}}},
            "pack_dirs": [str(tmp_path)],
        }
    )
    frame, index = EventFrame(source="web", host="h"), PackIndex(config.pack_dirs)
    chunk = chunk_of([f"web1 {REQUEST}", "web2 hello"], now_ms=1_774_000_000_000)
    fast, slow = (
        build_renderer(config, config.sources[0], index, frame, columns=columns).render(chunk)
        for columns in (True, False)
    )
    assert fast.events == slow.events
    assert events_of(fast)[0]["entities"]["acme"] == {"host": {"name": "web1"}}


def test_its_readme_says_what_it_is_made_of(tmp_path):
    pack = chain_pack(tmp_path, lines=[f"Mar 12 06:25:25 web1 nginx: {REQUEST}"])
    text = readme(pack)
    assert "the envelope is read by `syslog_rfc3164`, what is inside by `nginx_access`, `acme`" in text
    assert '"entities": [' in text


def test_its_entities_are_validated_too(tmp_path):
    pack = chain_pack(tmp_path, lines=[f"Mar 12 06:25:25 web1 nginx: {REQUEST}"])
    validated = []
    verify(pack, Checks(lint=lambda _: (), validate=lambda uri, _: validated.append(uri.split("/")[1]) or ()))
    assert validated == ["nginx_access", "syslog_rfc3164"]
