"""`logsource schemas generate`: the first version, the next ones, and what never changes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from logsource.cli.main import cli

FIRST = [{"id": n, "state": word, "note": "x" * 10} for n, word in enumerate(["open", "closed"] * 30)]


def generate(*args: str, stdin: str = "", code: int = 0):
    named = ("schemas", "generate", "--name", "order", "--vendor", "com.acme", *args)
    result = CliRunner().invoke(cli, named, input=stdin, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def jsonl(records) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


class Repository:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = folder / "schemas" / "com.acme" / "order" / "jsonschema"

    def update(self, records, *args: str, code: int = 0):
        return generate("--from", "-", "--update", str(self.folder), *args, stdin=jsonl(records), code=code)

    @property
    def versions(self) -> list[str]:
        return sorted(one.name for one in self.place.iterdir())

    def schema(self, version: str) -> dict:
        return json.loads((self.place / version).read_bytes())


@pytest.fixture
def repository(tmp_path) -> Repository:
    made = Repository(tmp_path / "repo")
    made.update(FIRST)
    return made


def test_a_schema_is_printed_when_no_repository_is_given():
    schema = json.loads(generate("--from", "-", stdin=jsonl(FIRST)).stdout)
    assert schema["self"] == {
        "vendor": "com.acme",
        "name": "order",
        "format": "jsonschema",
        "version": "1-0-0",
    }
    assert schema["required"] == ["id", "state", "note"]
    assert schema["properties"]["state"]["enum"] == ["closed", "open"]


def test_the_first_version_keeps_the_lint_rules(repository):
    assert repository.versions == ["1-0-0"]
    assert CliRunner().invoke(cli, ["schemas", "lint", str(repository.folder)]).exit_code == 0


def test_events_that_fit_change_nothing(repository):
    told = repository.update([{"id": 5, "state": "open", "note": "y"}])
    assert "the events fit, nothing changes" in told.stderr
    assert repository.versions == ["1-0-0"]


@pytest.mark.parametrize(
    ("record", "version", "told"),
    [
        ({"id": 1, "state": "open", "note": "x", "new": 1}, "1-0-1", "ADDITION: new: new and optional"),
        ({"id": 1, "state": "late", "note": "x"}, "1-0-1", "ADDITION: state: also allowed: late"),
        ({"id": 1, "state": "open", "note": "x" * 500}, "1-0-1", "ADDITION: note: maxLength 32 became 1024"),
        ({"id": -1, "state": "open", "note": "x"}, "1-0-1", "ADDITION: id: minimum 0 became -2147483648"),
        ({"id": 1, "note": "x"}, "1-0-1", "ADDITION: state: is optional now"),
        ({"number": 1, "state": "open", "note": "x"}, "1-0-1", "ADDITION: id: is optional now"),
        ({"id": "one", "state": "open", "note": "x"}, "2-0-0", "MODEL: id: the type integer became string"),
        ({"id": 1.5, "state": "open", "note": "x"}, "2-0-0", "MODEL: id: the type integer became number"),
    ],
)
def test_another_shape_is_another_version(repository, record, version, told):
    before = (repository.place / "1-0-0").read_bytes()
    assert told in repository.update([record]).stderr
    assert repository.versions == ["1-0-0", version]
    assert repository.schema(version)["self"]["version"] == version
    assert (repository.place / "1-0-0").read_bytes() == before
    assert CliRunner().invoke(cli, ["schemas", "lint", str(repository.folder)]).exit_code == 0


def test_a_field_that_is_sometimes_missing_now_becomes_optional(repository):
    told = repository.update([{"id": 1, "state": "open"}, {"id": 2, "state": "open", "note": "x"}])
    assert "ADDITION: note: is optional now" in told.stderr
    assert repository.versions == ["1-0-0", "1-0-1"]
    assert repository.schema("1-0-1")["properties"]["note"]["type"] == ["string", "null"]


def test_versions_go_on_from_the_newest(repository):
    repository.update([{**FIRST[0], "a": 1}])
    repository.update([{**FIRST[0], "a": 1, "b": 1}])
    repository.update([{**FIRST[0], "id": "x"}])
    repository.update([{**FIRST[0], "id": "x", "c": 1}])
    assert repository.versions == ["1-0-0", "1-0-1", "1-0-2", "2-0-0", "2-0-1"]
    assert set(repository.schema("2-0-1")["properties"]) == {"id", "state", "note", "a", "b", "c"}


def test_words_of_a_person_stay(repository):
    file = repository.place / "1-0-0"
    file.write_text(file.read_text().replace('"note of the record."', '"What the customer wrote."'))
    repository.update([{"id": "x", "state": "open", "note": 7}])
    assert repository.schema("2-0-0")["properties"]["note"]["description"] == "What the customer wrote."


def test_exact_narrows_and_removes(repository):
    repository.update([{**FIRST[0], "extra": 1}])
    told = repository.update([{"id": 1, "state": "open", "note": "x"}], "--exact").stderr
    assert "MODEL: extra: removed" in told
    assert repository.versions == ["1-0-0", "1-0-1", "2-0-0"]


def test_events_in_other_clothes():
    wrapped = [
        {"schema": "iglu:com.acme/x/jsonschema/1-0-0", "data": {"a": 1}},
        {"ok": True, "schema": "iglu:com.acme/x/jsonschema/1-0-0", "data": {"a": 2}, "timestamp": None},
        {"ok": False, "reason": "no_match", "detail": ""},
    ]
    schema = json.loads(generate("--from", "-", stdin=jsonl(wrapped)).stdout)
    assert list(schema["properties"]) == ["a"]


def test_from_lines_through_a_parser_of_the_configuration(tmp_path):
    config = tmp_path / "logsource.yaml"
    config.write_text(
        "collector: {url: http://127.0.0.1:9090}\n"
        "sources: [{name: a, paths: [/var/log/a.log], parser: mine}]\n"
        "parsers:\n  mine: {regex: '(?P<word>[a-z]+) (?P<n>[0-9]+)', types: {n: integer}}\n"
    )
    log = tmp_path / "a.log"
    log.write_text("get 1\nput 22\n???\n")
    result = generate("mine", str(log), "-c", str(config))
    properties = json.loads(result.stdout)["properties"]
    assert {name: one["type"] for name, one in properties.items()} == {"word": "string", "n": "integer"}
    assert "1 records were not parsed" in result.stderr


@pytest.mark.parametrize(
    ("args", "stdin", "code", "told"),
    [
        (("--from", "-"), "", 1, "no event was found"),
        (("--from", "-"), "{}\n", 1, "no event was found"),
        (("--from", "-"), "{\n", 1, "line 1 is not JSON"),
        (("--from", "-"), '{"a":1}\n[1]\n', 1, "line 2 is not a JSON object"),
        ((), "", 2, "give PARSER FILE, or --from"),
        (("plain",), "", 2, "give PARSER FILE, or --from"),
        (("plain", "x", "--from", "-"), "", 2, "give PARSER FILE, or --from"),
        (("--from", "-", "--exact"), '{"a":1}\n', 2, "needs --update"),
        (("--from", "-", "--vendor", "a/b"), '{"a":1}\n', 2, "is no name of a schema"),
    ],
)
def test_wrong_usage(args, stdin, code, told):
    assert told in generate(*args, stdin=stdin, code=code).stderr
