"""Invariant: a chain as patterns for blocks ≡ the chain line by line, byte for byte, whatever the lines are."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logsource.model import Record
from logsource.parse.packs import PackIndex
from logsource.parse.resolve import resolve_parser
from logsource.parse.samples import sample_files
from tests.support.rendering import chunk_of, renderer

FEW = 40
"""Odd lines at most: they go through the rows, or are blocks of their own."""
NOW_MS = 1_774_000_000_000
REQUEST = '192.0.2.7 - - [12/Mar/2026:06:25:24 +0000] "GET /a?b HTTP/1.1" 200 12 "-" "curl/8"'
PARSERS = {
    "web": {"chain": {"envelope": "syslog_rfc3164", "inner": "nginx_access"}},
    "picky": {
        "chain": {
            "envelope": "syslog_rfc3164",
            "inner": [
                {"parser": "nginx_access", "when": {"program": ["nginx", "n"]}},
                "nginx_error",
                "pairs",
            ],
            "otherwise": "reject",
        }
    },
    "dropping": {
        "chain": {"envelope": "cri", "inner": ["web", "pairs"], "otherwise": "drop", "entity": False}
    },
    "deep": {"chain": {"envelope": "cri", "inner": ["web", "plain"]}},
    "mixed": {"chain": {"envelope": "syslog_rfc3164", "inner": ["pairs", "json_lines", "nginx_access"]}},
    "pairs": {"regex": r"(?P<key>[a-z]+)=(?P<value>\S*)", "types": {"value": "integer"}},
    "searched": {"grok": r"%{WORD:verb} %{NUMBER:count:int}"},
    "anchored": {"grok": r"^%{IP:client} %{GREEDYDATA:rest}$"},
    "own": {
        "grok": r"%{TIMESTAMP_ISO8601:time} %{WORD:unit}(?:/%{WORD:part})? %{GREEDYDATA:rest}",
        "timestamp": {"field": "time", "format": "iso8601"},
    },
    "greedy": {"regex": r"(?P<tag>.*): (?P<text>.*)"},
    "lazy": {"regex": r"(?P<tag>.*?): ?(?P<text>[^\n]*)$", "schema": "iglu:com.other/thing/jsonschema/1-0-0"},
    "grokked": {"chain": {"envelope": "own", "field": "rest", "inner": ["searched", "anchored", "pairs"]}},
    "backwards": {"chain": {"envelope": "greedy", "field": "text", "inner": ["pairs", "searched"]}},
    "forwards": {"chain": {"envelope": "lazy", "field": "text", "inner": ["pairs", "web", "searched"]}},
    "logins": {"chain": {"envelope": "syslog_rfc3164", "inner": ["sshd", "sudo", "nginx_access"]}},
    "journal": {
        "chain": {
            "envelope": "journald",
            "inner": [{"parser": "sshd", "when": {"identifier": "sshd"}}, "sudo"],
        }
    },
    "docked": {"chain": {"envelope": "docker_json", "inner": ["nginx_access", "web", "plain"]}},
    "box": {"json": True, "timestamp": {"field": "at", "format": ["iso8601", "epoch_s"]}},
    "boxed": {
        "chain": {
            "envelope": "box",
            "field": "in.text",
            "inner": [{"parser": "nginx_access", "when": {"kind": ["web", 7]}}, "nginx_error"],
            "otherwise": "reject",
        }
    },
    "bare": {"chain": {"envelope": "box", "field": "text", "inner": "nginx_access", "entity": False}},
}
CHAINS = sorted(name for name, parser in PARSERS.items() if "chain" in parser)
SOURCES = {
    "plain": {},
    "page_view": {"event": "page_view", "page_view": {"host": "example.com", "target_field": "target"}},
    "filtered": {
        "filters": [
            {"drop_if": {"field": "status", "eq": 404}},
            {"remove": ["user_agent"]},
            {"truncate": {"target": 3}},
        ]
    },
    "redacted": {"filters": [{"redact": {"patterns": ["ipv4"]}}]},
    "sampled": {"filters": [{"sample": {"rate": 0.5}}], "unmatched": "dead_letter"},
}
COMBINED = [
    (chain, source)
    for chain in CHAINS
    for source in SOURCES
    if source in {"plain", "sampled"} or chain in {"web", "deep", "picky", "docked", "boxed", "logins"}
]

token = st.text(
    st.sampled_from(list('ab-/"\\[]: =\t\x00\r7é😀\u2028'))
    | st.characters(exclude_characters="\n", codec="utf-8"),
    max_size=10,
)
inner = st.one_of(
    st.builds(
        '{} - {} [{}] "{} {} HTTP/1.1" {} {} "{}" "{}"'.format,
        st.sampled_from(["192.0.2.7", "::1"]) | token,
        st.sampled_from(["-", "bob"]) | token,
        st.sampled_from(["12/Mar/2026:06:25:24 +0000", "31/Feb/2026:06:25:24 +0000", "12/Mar/2046:06:25:24 +0000"]),
        st.sampled_from(["GET", "POST"]),
        st.sampled_from(["/", "/a?b=c", "/%zz|{}"]) | token,
        st.sampled_from(["200", "404", "099"]),
        st.sampled_from(["0", "007", "9" * 19]),
        st.sampled_from(["-", "https://example.com/"]) | token,
        st.sampled_from(["-", "curl/8"]) | token,
    ),
    st.builds("{}={}".format, st.sampled_from(["k", "key", "K"]), st.sampled_from(["1", "x", ""]) | token),
    st.builds("{} {}".format, st.sampled_from(["took", "a: took", "b"]), st.sampled_from(["7", "-1.5e3", "x"])),
    st.sampled_from(["", "-", "{}", '{"time": 5, "a": "b"}', "192.0.2.1 hello", "x: k=1", "x" * 3000]),
    token,
)  # fmt: skip
time = st.sampled_from(
    ["Mar 12 06:25:25", "Feb 31 06:25:25", "Feb 29 06:25:25", "Dec 31 23:59:59", "2026-03-12T06:25:25Z",
     "2026-13-12T06:25:25Z", "2049-03-12T06:25:25Z", "2026-03-12T06:25:25+99:99"]
)  # fmt: skip
program = st.sampled_from(["nginx", "n", "app", "a b"]) | token
syslog = st.one_of(
    st.builds("{} {} {}: {}".format, time, st.sampled_from(["web1"]) | token, program, inner),
    st.builds(
        "{} web1 {}[{}]: {}".format, time, program, st.sampled_from(["7", "99999999999999999999"]), inner
    ),
    st.builds("<{}>{} web1 {}".format, st.sampled_from(["34", "999"]), time, inner),
)
cri = st.builds(
    "{} {} {} {}".format, time, st.sampled_from(["stdout", "stderr", "std"]), st.sampled_from("FP"), syslog
)
own = st.builds("{} {} {}".format, time, st.sampled_from(["api", "api/x", "-"]) | token, inner)
tagged = st.builds("{}: {}".format, token, inner | st.builds("{}: {}".format, token, inner))
as_json = st.sampled_from([json.dumps, lambda value: json.dumps(value, ensure_ascii=False)])
docker = st.builds(
    lambda dump, log, stream, moment, more: dump({"log": log, "stream": stream, "time": moment, **more}),
    as_json,
    st.one_of(syslog, inner).flatmap(lambda text: st.sampled_from([text + "\n", text, "a\n" + text, text + "\r", text + " \n"])),
    st.sampled_from(["stdout", "stderr", 5]),
    st.sampled_from(["2026-03-12T06:25:25.5Z", "never", None]),
    st.sampled_from([{}, {"attrs": {"a": 'b"\\', "c": ["é", 1.5]}}, {"attrs": {"big": 2**70}}, {"attrs": "x"}]),
)  # fmt: skip
box = st.builds(
    lambda dump, text, kind, moment, more: dump({"in": {"text": text, "n": 1}, "text": text, "kind": kind, "at": moment, **more}),
    as_json,
    st.one_of(inner, st.sampled_from(["\udc80", None, 5, ["x"], "", "\u2028", "\0"])),
    st.sampled_from(["web", "other", 7, True, None]),
    st.sampled_from(["2026-03-12T06:25:25Z", 1773296725, "31 Feb", None]),
    st.sampled_from([{}, {"deep": {"a": [{"b": None}]}}, {"parser": "x", "fields": {"y": 1}}]),
)  # fmt: skip
login = st.sampled_from(
    ["Accepted password for bob from 192.0.2.9 port 4 ssh2", "Failed none for invalid user a b from ::1 port x ssh2",
     "Failed password for root from 192.0.2.9 port 99999999999999999999 ssh2", "Server listening on :: port 22.",
     "bob : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/true", "Mar 12 06:25:25 h sshd[1]: x", "2026-x", "é"]
) | inner  # fmt: skip
logins = st.builds(
    "{} {} {}: {}".format, time, st.sampled_from(["web1", "2001:db8::1", "a[b"]),
    st.sampled_from(["sshd[7]", "sshd[007]", "sshd", "sudo", "sshd-session[1]", "app"]), login,
)  # fmt: skip
journal = st.builds(
    lambda text, program, host, pid, moment: json.dumps(
        {
            "MESSAGE": text,
            "SYSLOG_IDENTIFIER": program,
            "_HOSTNAME": host,
            "_PID": pid,
            "__REALTIME_TIMESTAMP": moment,
        }
    ),
    login,
    st.sampled_from(["sshd", "sudo", "a b", None]),
    st.sampled_from(["web1", "a b", None]),
    st.sampled_from(["7", "x", None]),
    st.sampled_from(["1773296725500000", "4773296725500000", "0", "-5", "99999999999999999999"]),
)
line = st.one_of(logins, journal, syslog, cri, own, tagged, inner, docker, box).map(
    lambda text: text.replace("\n", " ")
)


def encoded(text):
    return text.encode("utf-8", "surrogatepass")


def both(chain, source, lines, now_ms=NOW_MS):
    chunk = chunk_of(lines, now_ms=now_ms)
    renderers = RENDERERS[chain, source]
    fast, slow = (one.render(chunk) for one in renderers)
    assert renderers[0].fell_back == 0
    assert fast.events == slow.events
    assert fast.tally == slow.tally
    assert fast.dead == slow.dead
    assert fast.tally.imbalance == 0
    assert fast.tally.read == len(lines)


RENDERERS = {
    (chain, source): [
        renderer(chain, columns=columns, parsers=PARSERS, **SOURCES[source]) for columns in (True, False)
    ]
    for chain, source in COMBINED
}


def test_chains_of_patterns_take_whole_blocks():
    for (chain, source), (fast, slow) in RENDERERS.items():
        assert not slow.has_columns
        assert fast.has_columns is (source != "redacted"), (chain, source)


@settings(max_examples=250, deadline=None)
@given(
    which=st.sampled_from(COMBINED),
    lines=st.lists(line.map(encoded) | st.binary(max_size=9).map(lambda raw: raw.replace(b"\n", b"")),
                   min_size=1, max_size=FEW),
    now_ms=st.sampled_from([NOW_MS, NOW_MS - 400 * 86_400_000, 0]),
)  # fmt: skip
@example(which=("backwards", "plain"), lines=[b"a: b: k=1", b"a: k=1: b"], now_ms=NOW_MS)
@example(which=("forwards", "plain"), lines=[b"a: b: k=1", b"k=1: k=2", b": k=3"], now_ms=NOW_MS)
def test_a_chain_as_patterns_equals_the_chain(which, lines, now_ms):
    both(*which, lines, now_ms)


@settings(max_examples=60, deadline=None)
@given(
    which=st.sampled_from(COMBINED),
    program=st.sampled_from(["nginx", "nginx[7]", "app"]),
    odd=st.lists(st.tuples(st.integers(0, 199), (syslog | docker).map(encoded)), max_size=FEW),
)
def test_blocks_of_mostly_the_same_lines(which, program, odd):
    prefix = "2026-03-12T06:25:25Z stdout F " if which[0] in {"deep", "dropping"} else ""
    lines = [f"{prefix}Mar 12 06:25:{row % 60:02d} web1 {program}: {REQUEST}".encode() for row in range(200)]
    if which[0] == "docked":
        lines = [
            json.dumps(
                {"log": REQUEST + "\n", "stream": "stdout", "time": f"2026-03-12T06:25:{row % 60:02d}Z"}
            ).encode()
            for row in range(200)
        ]
    for row, other in odd:
        lines[row] = other.replace(b"\n", b" ")
    both(*which, lines)


@pytest.mark.parametrize(
    "pack", [one for one in PackIndex().all() if one.spec.header], ids=lambda one: one.name
)
@pytest.mark.parametrize("envelope", ["syslog_rfc3164", "journald"])
def test_packs_that_read_a_syslog_header(pack, envelope):
    """All samples of the packs, behind each kind of envelope; as many as are needed for blocks."""
    lines = []
    for line in [line for sample in sample_files(pack) for line in sample.lines]:
        made = resolve_parser("syslog_rfc3164").parse(line)
        if not isinstance(made, Record) or len(line.text) > 4000:
            continue
        fields = {"program": "-", "pid": "-", **made.data}
        if envelope == "journald":
            entry = {
                "MESSAGE": fields["message"],
                "SYSLOG_IDENTIFIER": fields["program"],
                "_HOSTNAME": fields["host"],
            }
            entry |= {"_PID": str(made.data["pid"])} if "pid" in made.data else {}
            text = json.dumps({**entry, "__REALTIME_TIMESTAMP": f"{made.timestamp_ms}000"})
        else:
            text = line.text
        lines.append(text.encode())
    parsers = {"headed": {"chain": {"envelope": envelope, "inner": pack.name}}}
    fast, slow = (renderer("headed", columns=columns, parsers=parsers) for columns in (True, False))
    chunks = [chunk_of(lines[at : at + FEW], now_ms=line.reference_ms) for at in range(0, len(lines), FEW)]
    rendered = [(fast.render(chunk), slow.render(chunk)) for chunk in chunks]
    assert all(one.events == other.events and one.tally == other.tally for one, other in rendered)
    assert fast.has_columns
    ours = sum(one.tally.events[pack.spec.schema_] for one, _ in rendered)
    assert ours > 3


@pytest.mark.parametrize("chain", ["web", "deep"])
def test_another_reference_decides_again_whether_a_time_that_is_only_checked_can_be_read(chain):
    """29 February is a day in some years only, and the year comes from the file's mtime."""
    prefix = "2024-03-12T06:25:25Z stdout F " if chain == "deep" else ""
    request = REQUEST.replace("12/Mar/2026", "12/Feb/2023")
    lines = [f"{prefix}Feb 29 06:25:25 web1 nginx: {request}".encode()] * 3
    for year in (2024, 2023, 2026, 2024):
        both(chain, "plain", lines, (year - 1970) * 31_557_600_000 + 90 * 86_400_000)
