"""What `logsource check` says about filters, kinds of events and entities, with its place in the file."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner

from logsource.cli.main import cli
from logsource.config.load import load_config
from logsource.errors import PackError
from logsource.event.payload import EventFrame
from logsource.parse.packs import PackIndex
from logsource.render.build import build_renderer
from logsource.render.check import findings
from logsource.render.facts import source_facts
from tests.support.rendering import renderer

HEAD = """\
agent: {{state_dir: {folder}/state}}
collector: {{url: 'http://127.0.0.1:9090'}}
sources:
  - name: web
    paths: ['{folder}/*.log']
    parser: nginx_access
"""


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def run(keys: str) -> tuple[int, list[str]]:
        text = HEAD.format(folder=tmp_path) + textwrap.indent(textwrap.dedent(keys), "    ")
        (tmp_path / "logsource.yaml").write_text(text)
        result = CliRunner().invoke(cli, ["check", "-q"])
        return result.exit_code, [
            line for line in result.stderr.splitlines() if "no file matches" not in line
        ]

    return run


NO_JSON = "is nothing that JSON can carry (use texts, booleans, and numbers of at most 64 bits)"
URI = "iglu:io.logsource/nginx_access/jsonschema/1-0-0"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("filters: [{drop_if: {field: statsu, eq: 1}}]", "7:33: no record has a field statsu (did you mean status?)"),
        ("filters: [{drop_if: {not: {any: [{field: x, eq: 1}]}}}]", "7:46: no record has a field x"),
        ("filters: [{sample: {rate: 0.5, key: [user]}}]", "7:42: no record has a field user"),
        (
            "filters: [{remove: [status]}]",
            f"7:25: status is required by {URI} (hide it with hash or redact, or choose a schema that does not require it)",
        ),
        (
            "context: {'iglu:com.acme/x/jsonschema/1-0-0': {a: [1, 99999999999999999999]}}",
            f"7:51: the entity's value at /a/1 {NO_JSON}",
        ),
        (
            r"""context: {'iglu:com.acme/x/jsonschema/1-0-0': {a: {b: "\ud800"}}}""",
            f"7:51: the entity's value at /a/b {NO_JSON}",
        ),
        ("filters: [{add: {env: prod}}]", f"7:27: {URI} has no field env (send it as an entity with context)"),
        ("filters: [{rename: {method: methd}}]", f"7:33: {URI} has no field methd (did you mean method?)"),
        ("filters: [{rename: {method: status}}]", "7:33: status must be of type integer, not string"),
        (
            'filters: [{add: {status: "200"}}]',
            "7:30: status must be of type integer, not string (YAML: quotes make a text, no quotes a number)",
        ),
        ("filters: [{add: {status: 2000}}]", "7:30: status must be from 0 to 999"),
        (
            "filters: [{truncate: {status: 1}}]",
            "7:35: status is of type integer in the schema; only texts can be changed (remove it instead)",
        ),
        (
            "filters: [{remove: [referrer]}, {redact: {fields: [referrer], patterns: [email]}}]",
            "7:56: no record has a field referrer (an earlier step took it away)",
        ),
        (
            "event: page_view",
            "7:12: page views need a host, and these logs do not tell it (page_view: {host: www.example.com})",
        ),
        (
            "event: struct",
            "7:12: structured events need a category and an action (struct: {category: web, action: {field: method}})",
        ),
        (
            "struct: {category: web, action: x}",
            "7:13: struct has no effect without event: struct (remove it, or set event)",
        ),
        ("user: {uid: username}", "7:17: no record has a field username"),
        ("user: {uid: {field: username}}", "7:17: no record has a field username"),
        ("user: {uid: 7}", "7:17: sources[0].user.uid must be the name of a field, or a mapping, not 7"),
        (
            "user: {uid: {field: remote_user, value: x}}",
            "7:17: sources[0].user.uid must have exactly one of field and value (write {field: NAME} or {value: TEXT})",
        ),
        ("user: {sid: {value: s1}}", "7:25: 's1' is no value for sid, so it would never be sent (write a UUID, or derive: uuid)"),
        ("user: {vid: {value: many}}", "7:25: 'many' is no value for vid, so it would never be sent (write a whole number)"),
        ("user: {sid: {field: remote_user, derive: hash}}", "7:46: sources[0].user.sid.derive must be one of uuid, not 'hash'"),
        ("user: {who: remote_user}", "7:12: unknown key `who` in sources[0].user (known here: uid, duid"),
        (
            "context: {'iglu:io.logsource/bot/jsonschema/1-0-0': {kind: tool}}",
            ("7:57: the entity is not what iglu:io.logsource/bot/jsonschema/1-0-0 says: "
            '/: "name" is a required property (every event with it would be lost)'),
        ),
        ("context: {host: {a: 1}}", "7:21: sources[0].context.host is not an Iglu URI: 'host'"),
        (
            "context: {'iglu:com.acme/x/jsonschema/1-0-0': 7}",
            "7:51: sources[0].context.iglu:com.acme/x/jsonschema/1-0-0 must be a mapping (`key: value` lines), not 7",
        ),
        ("filters: [{drop_fi: {}}]", "7:16: unknown key `drop_fi` in sources[0].filters[0] (did you mean drop_if?)"),
        (
            "filters: [{hash: {fields: [target], key: abc}}]",
            "7:46: sources[0].filters[0].hash.key must have at least 8 characters",
        ),
        ("filters: [{drop_if: {field: status, ge: x}}]", "7:45: sources[0].filters[0].drop_if.ge must be a number, not 'x'"),
        ("filters: [{drop_if: {field: status}}]", "7:25: sources[0].filters[0].drop_if does not say what to compare"),
        ("filters: [{drop_bots: maybe}]", "7:27: sources[0].filters[0].drop_bots must be true, false or tag, not 'maybe'"),
        ("filters: [{}]", "7:15: sources[0].filters[0] does nothing (write one step an item: "),
        ("filters: [{sample: {rate: 2}}]", "7:31: sources[0].filters[0].sample.rate must be a number from 0 to 1"),
    ],
)  # fmt: skip
def test_problem_with_its_place(check, keys, expected):
    code, [problem] = check(keys)
    assert code == 1
    assert problem.startswith(f"logsource.yaml:{expected}")
    assert "abc" not in problem


def test_the_example_of_page_views_is_fine_and_has_block_forms():
    example = Path(__file__).parents[3] / "config" / "examples" / "page_views.yaml"
    config = load_config(example, env={"HASH_KEY": "a key of a test"})
    index = PackIndex()
    for one in config.sources:
        facts = source_facts(config, one, index)
        assert [found for found in findings(config, one, facts) if not found.warning] == []
        assert build_renderer(config, one, index, EventFrame(source=one.name, host="h")).has_columns


def test_what_is_fine_says_nothing(check):
    keys = """\
    event: page_view
    page_view: {host: www.example.com}
    user: {uid: remote_user}
    context: {'iglu:com.acme/unknown/jsonschema/1-0-0': {team: web}}
    unmatched: dead_letter
    filters:
      - drop_static_assets: true
      - drop_bots: tag
      - {drop_if: {field: status, ge: 500}, name: errors}
      - rename: {forwarded_for: remote_user}
      - hash: {fields: [remote_user], key: 9123456789}
    """
    code, said = check(keys)
    assert (code, said) == (
        1,
        ["logsource.yaml:17:44: sources[0].filters[4].hash.key must be text (put it in quotes)"],
    )
    assert check(keys.replace("9123456789", "'9123456789'")) == (0, [])


def test_lines_that_no_pattern_takes_are_a_warning_when_a_step_hides_something(check):
    code, [warning] = check("filters: [{hash: {fields: [remote_addr], key: a very secret key}}]")
    assert code == 0
    assert warning.startswith(
        "warning: logsource.yaml:7:22: lines that no pattern takes are sent as they are"
    )


def test_the_key_of_a_hash_is_never_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    filters = "    filters: [{hash: {fields: [remote_addr], key: a very secret key}}]\n"
    (tmp_path / "logsource.yaml").write_text(HEAD.format(folder=tmp_path) + filters)
    shown = CliRunner().invoke(cli, ["check", "--show"])
    assert shown.exit_code == 0
    assert "very secret" not in shown.output
    assert "********" in shown.output


def test_a_source_with_problems_is_not_built():
    with pytest.raises(PackError, match="status is required"):
        renderer(filters=[{"remove": ["status"]}])


def test_a_record_that_no_longer_fits_its_schema_is_rejected_when_it_comes():
    """What cannot be known before: the renamed text is too long for one line and not for the other."""
    from logsource.config.filters import FilterConfig
    from logsource.model import Record, Reject
    from logsource.parse.shape import read_shape
    from logsource.render.filters.chain import FilterChain, Filtered
    from logsource.render.filters.steps import WebFields

    uri = "iglu:com.acme/x/jsonschema/1-0-0"
    document = {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"enum": ["x"], "type": "string"}},
        "additionalProperties": False,
    }
    step = FilterConfig.model_validate({"rename": {"a": "b"}})
    chain = FilterChain.of([step], WebFields(), {uri: read_shape(uri, document)})
    assert isinstance(chain.apply(Record(uri, {"a": "x"}), "id"), Filtered)
    result = chain.apply(Record(uri, {"a": "y"}), "id")
    assert isinstance(result, Reject)
    assert result.reason == "bad_value"


def test_a_structured_event_with_a_value_that_is_no_number(check):
    code, [problem] = check("event: struct\nstruct: {category: a, action: b, value: c}")
    assert code == 1
    expected = "8:45: 'c' is no value for se_va, so it would never be sent (write a number)"
    assert problem == f"logsource.yaml:{expected}"
