"""What `logsource check` says about options of parsers that contradict the patterns or the schema: the exact words."""

import textwrap

import pytest
from click.testing import CliRunner

from logsource.cli.main import cli
from tests.support.packs import make_pack

KNOWN = "iglu:com.acme/acme/jsonschema/1-0-0"
HEAD = """\
collector: {{url: 'https://collector.example.com'}}
agent: {{state_dir: {folder}/state}}
pack_dirs: [{folder}]
sources:
- {{name: app, paths: ['{folder}/*.log'], parser: mine}}
parsers:
  mine:
"""

CASES = {
    "a type of nothing, dissect": (
        "dissect: '%{alpha} %{beta}'\ntypes: {gamma: integer}",
        ["9:13: parser mine: types.gamma: no pattern captures gamma (captured: alpha, beta)"],
    ),
    "a type of nothing, csv": (
        "csv: {columns: [alpha, beta]}\ntypes: {alhpa: integer}",
        ["9:13: parser mine: types.alhpa: no column is named alhpa (did you mean alpha?)"],
    ),
    "a type of a column left out": (
        "csv: {columns: [alpha, '?beta']}\ntypes: {beta: integer}",
        ["9:13: parser mine: types.beta: no column is named beta (captured: alpha)"],
    ),
    "a time of nothing, dissect": (
        "dissect: '%{when} %{?skipped}'\ntimestamp: {field: skipped}",
        ["9:24: parser mine: timestamp.field: no pattern captures skipped (captured: when)"],
    ),
    "a time of nothing, csv": (
        "csv: {columns: [when, beta]}\ntimestamp: {field: time}",
        ["9:24: parser mine: timestamp.field: no column is named time (captured: beta, when)"],
    ),
    "a type beside :int": (
        "grok: '%{INT:code:int}'\ntypes: {code: string}",
        ["9:13: parser mine: types.code has no effect: the pattern makes code a number itself (keep one of the two)"],
    ),
    "a type of the time": (
        "grok: '%{INT:at} %{WORD:verb}'\ntypes: {at: integer}\ntimestamp: {field: at, format: epoch_s}",
        [("9:13: parser mine: types.at has no effect: at is the time, and no field of the event "
         "(remove it, or write timestamp.keep: true)")],
    ),
    "types beside a schema": (
        f"json: true\nschema: {KNOWN}\ntypes: {{code: integer}}",
        [(f"10:5: parser mine: types has no effect: {KNOWN} is at hand and says what the fields are "
         "(remove it, or change the schema)")],
    ),
    "nothing captured, grok": (
        "grok: ['%{INT:code}', '%{WORD}']",
        ["8:27: parser mine: pattern 2 captures nothing by name (name what you want to keep: %{WORD:verb})"],
    ),
    "nothing captured, dissect": (
        "dissect: 'a %{} %{?b}'",
        ["8:14: parser mine: pattern 1 captures nothing by name (name what you want to keep: %{verb})"],
    ),
    "a capture the schema has not, dissect": (
        f"dissect: '%{{level}} %{{cod}}'\nschema: {KNOWN}",
        [f"8:14: parser mine: pattern 1 captures cod, which {KNOWN} does not have (did you mean code?)"],
    ),
    "a capture the schema has not, grok with a conversion": (
        f"grok: '%{{WORD:level}} %{{INT:cod:int}}'\nschema: {KNOWN}",
        [f"8:11: parser mine: pattern 1 captures cod, which {KNOWN} does not have (did you mean code?)"],
    ),
    "a column the schema has not": (
        f"csv: {{columns: [level, host]}}\nschema: {KNOWN}",
        [f"8:20: parser mine: csv: {KNOWN} has no field host (write ?host to leave the column out)"],
    ),
    "a required field that no column gives": (
        f"csv: {{columns: [code, text]}}\nschema: {KNOWN}",
        [f"8:20: parser mine: csv does not give level, which {KNOWN} requires"],
    ),
    "a required field that one pattern does not give": (
        f"regex: ['(?P<level>[A-Z]+)', '(?P<code>[0-9]+)']\nschema: {KNOWN}",
        [f"8:34: parser mine: pattern 2 does not give level, which {KNOWN} requires"],
    ),
    "a required field that is only the time": (
        f"json: true\nschema: {KNOWN}\ntimestamp: {{field: level}}",
        [(f"10:24: parser mine: timestamp.field: level is taken out of the event as its time, but {KNOWN} requires it "
         "(write timestamp.keep: true)")],
    ),
    "a time to be kept that the schema has not": (
        f"json: true\nschema: {KNOWN}\ntimestamp: {{field: lvl, keep: true}}",
        [f"10:35: parser mine: timestamp.keep: {KNOWN} has no field lvl (did you mean level?)"],
    ),
    "a field that no syslog message has": (
        "syslog: true\ntypes: {prog: string}\ntimestamp: {field: time}",
        [
            "9:13: parser mine: types.prog: no syslog message has prog (did you mean program?)",
            "10:24: parser mine: timestamp.field: no syslog message has time (did you mean timestamp?)",
        ],
    ),
    "two columns of one name": (
        "csv: {columns: [a, b, a]}",
        ["8:10: parser mine: csv: two columns are named 'a'; one of them would be lost"],
    ),
    "a column without a name": (
        "csv: {columns: [a, '']}",
        ["8:10: parser mine: csv: a column has no name; write ?NAME to leave a column out"],
    ),
    "names in two places": (
        "csv: {header: true, w3c: true}",
        ["8:10: parser mine: csv: header and w3c contradict each other; the names are in one of the two places"],
    ),
    "two things at once": (
        "dissect: '%{alpha} %{beta}'\ntypes: {aplha: integer}\ntimestamp: {field: bta}",
        ["9:13: parser mine: types.aplha: no pattern captures aplha (did you mean alpha?)",
         "10:24: parser mine: timestamp.field: no pattern captures bta (did you mean beta?)"],
    ),
}  # fmt: skip


def check(tmp_path, parser: str):
    make_pack(tmp_path)
    (tmp_path / "x.log").touch()
    config = tmp_path / "logsource.yaml"
    body = textwrap.indent(textwrap.dedent(parser), "    ")
    config.write_text(HEAD.format(folder=tmp_path) + body + "\n", encoding="utf-8")
    return CliRunner().invoke(cli, ["check", "-q", "-c", str(config)])


@pytest.mark.parametrize("case", CASES)
def test_what_would_be_ignored_is_an_error_with_its_place(tmp_path, case):
    parser, expected = CASES[case]
    result = check(tmp_path, parser)
    assert result.exit_code == 1
    assert result.stderr.replace(f"{tmp_path}/", "").splitlines() == [
        f"logsource.yaml:{one}" for one in expected
    ]


@pytest.mark.parametrize(
    "parser",
    [
        "json: true\ntypes: {anything: integer}\ntimestamp: {field: at}",
        "csv: {header: true}\ntypes: {anything: integer}",
        "syslog: {variant: rfc5424}\ntypes: {pid: string, structured_data.a.b: integer}\ntimestamp: {field: timestamp}",
        "dissect: '%{*k}=%{&k}'\ntypes: {anything: integer}",
        "grok: ['%{INT:code:int} x', '%{WORD:code}']\ntypes: {code: string}",
        "dissect: '%{at} %{level} %{?skipped}'\ntimestamp: {field: at}\ntypes: {level: string}",
        f"csv: {{columns: [level, '?host', '?host']}}\nschema: {KNOWN}",
        f"regex: '(?P<level>[A-Z]+)'\ntimestamp: {{field: level, keep: true}}\nschema: {KNOWN}",
    ],
)
def test_what_has_an_effect_passes(tmp_path, parser):
    result = check(tmp_path, parser)
    assert (result.exit_code, result.stderr) == (0, "")


WARNED = {
    "a schema that is elsewhere": (
        "regex: '(?P<a>.*)'\nschema: iglu:com.other/thing/jsonschema/1-0-0",
        (
            "9:13: parser mine: iglu:com.other/thing/jsonschema/1-0-0 is not at hand, so nothing checks what is sent under it "
            "(put it below schemas/ in a folder of pack_dirs; types and limits are then those of the schema)"
        ),
    ),
    "a definition nothing refers to": (
        "grok: '%{USERNAME:user} %{MINE:a}'\npattern_definitions: {USERNMAE: x, MINE: '%{INNER}', INNER: y}",
        "9:27: parser mine: no pattern refers to USERNMAE (did you mean USERNAME?)",
    ),
}


@pytest.mark.parametrize("case", WARNED)
def test_what_probably_was_not_meant_is_a_warning(tmp_path, case):
    parser, expected = WARNED[case]
    result = check(tmp_path, parser)
    assert result.exit_code == 0
    assert result.stderr.replace(f"{tmp_path}/", "") == f"warning: logsource.yaml:{expected}\n"


def test_folders_and_parsers_that_nobody_needs_are_warnings(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.log").touch()
    config = tmp_path / "logsource.yaml"
    config.write_text(
        HEAD.format(folder=tmp_path).replace(
            f"pack_dirs: [{tmp_path}]", f"pack_dirs: [{tmp_path}/empty, {tmp_path}/nowhere]"
        )
        + "    chain: {envelope: plain, inner: inside}\n  inside: {json: true}\n  spare: {json: true}\n"
    )
    result = CliRunner().invoke(cli, ["check", "-q", "-c", str(config)])
    assert result.exit_code == 0
    assert result.stderr.replace(f"{tmp_path}/", "").splitlines() == [
        (
            "warning: logsource.yaml:3:13: pack_dirs[0] empty holds no packs and no schemas "
            "(a pack is a folder with a pack.yaml: empty/NAME/pack.yaml)"
        ),
        f"warning: logsource.yaml:3:{21 + len(str(tmp_path))}: pack_dirs[1] nowhere is no directory (no pack is found there)",
        "warning: logsource.yaml:10:3: no source uses the parser spare (write parser: spare in a source)",
    ]


@pytest.mark.parametrize(
    ("source", "warned"),
    [
        ("parser: iis", True),
        ("parser: iis, comment: '#'", False),
        ("parser: iis, comment: ''", False),
        ("parser: aws_cloudfront", True),
        ("parser: nginx_access", False),
    ],
)
def test_a_key_that_a_pack_counts_on_is_missed(tmp_path, source, warned):
    (tmp_path / "x.log").touch()
    config = tmp_path / "logsource.yaml"
    config.write_text(
        f"collector: {{url: 'https://collector.example.com'}}\nagent: {{state_dir: {tmp_path}/state}}\n"
        f"sources:\n- {{name: web, paths: ['{tmp_path}/*.log'], {source}}}\n"
    )
    result = CliRunner().invoke(cli, ["check", "-q", "-c", str(config)])
    assert result.exit_code == 0
    pack = source.partition(",")[0].removeprefix("parser: ")
    told = f'source web: the parser {pack} counts on comment of its source (write comment: "#")\n'
    assert result.stderr.endswith(told) if warned else result.stderr == ""
