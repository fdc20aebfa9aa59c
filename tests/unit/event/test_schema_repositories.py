"""Finding, applying and exporting schemas in directories."""

from __future__ import annotations

import json

import orjson
import pytest
from click.testing import CliRunner

from logsource.cli.schemas import schemas
from logsource.errors import LogsourceError
from logsource.event.export import export
from logsource.event.iglu import parse_uri
from logsource.event.lint import lint_paths
from logsource.event.repository import SchemaUnreadable, StaticRepository, builtin_roots, schema_roots
from logsource.event.resolver import Resolver, local_resolver
from logsource.event.validate import Validators
from tests.support.collecting import THING, THING_PROPERTIES, USER, acme_repository, write_schema

FINE = {"a": {"type": "string", "maxLength": 5, "description": "d"}}


def test_a_repository_a_pack_a_folder_of_packs_and_a_root_are_found(tmp_path):
    write_schema(tmp_path / "packs" / "one" / "schemas", "iglu:a/one/jsonschema/1-0-0", FINE, ("a",))
    write_schema(tmp_path / "packs" / "_schemas", "iglu:a/shared/jsonschema/1-0-0", FINE, ("a",))
    names = lambda path: [uri.name for uri in local_resolver([path], builtin=False).uris()]
    assert names(tmp_path / "packs") == ["one", "shared"]
    assert names(tmp_path / "packs" / "one") == ["one"]
    assert names(tmp_path / "packs" / "one" / "schemas") == ["one"]
    assert schema_roots(tmp_path / "nowhere") == [tmp_path / "nowhere"]


def test_the_first_directory_wins_and_the_builtin_packs_come_last(tmp_path):
    key = "iglu:io.logsource/log_line/jsonschema/1-0-0"
    write_schema(tmp_path / "schemas", key, FINE, ("a",), description="mine")
    assert local_resolver([tmp_path]).fetch(parse_uri(key))["description"] == "mine"
    assert "mine" not in local_resolver().fetch(parse_uri(key))["description"]


def test_a_broken_schema_file_says_where(tmp_path):
    path = write_schema(tmp_path, THING, FINE)
    path.write_text('{"a":\n  nope}')
    resolver = Resolver([StaticRepository(tmp_path)])
    with pytest.raises(SchemaUnreadable, match=r"1-0-0:2:3: not JSON"):
        resolver.fetch(parse_uri(THING))
    path.write_text("[]")
    assert Validators(resolver).problems(THING, {}) == (
        f"schema {THING} cannot be used: {path}: a schema must be a JSON object",
    )


def test_a_schema_that_is_mended_is_read_again(tmp_path):
    path = write_schema(tmp_path, THING, FINE)
    mended = path.read_bytes()
    path.write_text("{")
    validators = Validators(Resolver([StaticRepository(tmp_path)]))
    assert "cannot be used" in validators.problems(THING, {})[0]
    path.write_bytes(mended)
    assert validators.problems(THING, {"a": "b"}) == ()


def test_a_schema_that_is_no_draft_4_cannot_be_used(tmp_path):
    write_schema(tmp_path, THING, FINE, type="objekt")
    [problem] = Validators(Resolver([StaticRepository(tmp_path)])).problems(THING, {})
    assert problem.startswith(f"schema {THING} cannot be used: ")


def test_a_schema_cannot_make_us_fetch_an_address(tmp_path):
    write_schema(tmp_path, THING, {"a": {"$ref": "http://127.0.0.1:9/x"}})
    [problem] = Validators(Resolver([StaticRepository(tmp_path)])).problems(THING, {"a": 1})
    assert problem.startswith(f"schema {THING} cannot be used: ")


def test_unknown_names_do_not_fill_the_memory(tmp_path):
    resolver = Resolver([StaticRepository(acme_repository(tmp_path) / "schemas")], most_missing=100)
    for number in range(1000):
        assert resolver.fetch(parse_uri(f"iglu:a/b{number}/jsonschema/1-0-0")) is None
    assert len(resolver._missing) == 100
    assert resolver.fetch(parse_uri(THING)) is not None


def test_messages_are_short_and_point(tmp_path):
    validators = Validators(Resolver([StaticRepository(acme_repository(tmp_path) / "schemas")]))
    [problem] = validators.problems(THING, {"name": "n", "extra": {}, "size": "x" * 10_000})
    assert problem.startswith("/size: ")
    assert len(problem) < 320
    assert validators.problems(THING, {f"k{n}": 1 for n in range(50)})[0].startswith("/: ")
    assert len(validators.problems(THING, {"name": 1, "size": -1, "made": 1, "id": 1, "extra": 1})) == 5


def test_all_schemas_that_we_ship_pass_lint_and_are_usable():
    files = [problem for root in builtin_roots() for problem in lint_paths(root)]
    assert [str(problem) for problem in files] == []
    resolver = local_resolver()
    assert len(resolver.uris()) >= 6
    for uri in resolver.uris():
        assert not any("cannot be used" in text for text in Validators(resolver).problems(str(uri), {}))


def test_export_rewrites_the_vendor(tmp_path):
    resolver = local_resolver([acme_repository(tmp_path / "in")], builtin=False)
    written = export(resolver, resolver.uris(), vendor="org.example", directory=tmp_path / "out")
    assert [str(path.relative_to(tmp_path / "out")) for path in written] == [
        "schemas/org.example/thing/jsonschema/1-0-0",
        "schemas/org.example/user/jsonschema/1-0-0",
    ]
    assert lint_paths(tmp_path / "out") == []
    thing = json.loads(written[0].read_bytes())
    assert thing["self"]["vendor"] == "org.example"
    assert thing["properties"] == THING_PROPERTIES
    # Again: nothing changes. Against another content: a published version is not overwritten.
    assert export(resolver, resolver.uris(), vendor="org.example", directory=tmp_path / "out") == written
    written[1].write_text("{}")
    with pytest.raises(LogsourceError, match="exists and differs"):
        export(resolver, resolver.uris(), vendor="org.example", directory=tmp_path / "out")


def test_export_refuses_what_is_no_vendor_and_what_would_collide(tmp_path):
    resolver = local_resolver([acme_repository(tmp_path / "in")], builtin=False)
    for vendor in ("", "com/acme", "../up", "com acme", ".hidden"):
        with pytest.raises(LogsourceError, match="is not an Iglu vendor"):
            export(resolver, resolver.uris(), vendor=vendor, directory=tmp_path / "out")
    write_schema(tmp_path / "in" / "schemas", "iglu:com.other/thing/jsonschema/1-0-0", FINE)
    both = local_resolver([tmp_path / "in"], builtin=False)
    with pytest.raises(LogsourceError, match="two schemas would both become"):
        export(both, both.uris(), vendor="org.example", directory=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_commands(tmp_path):
    runner = CliRunner()
    acme = acme_repository(tmp_path / "acme")
    listed = runner.invoke(schemas, ["list", "--iglu", str(acme)])
    assert listed.exit_code == 0
    assert THING in listed.output
    assert "iglu:io.logsource/log_source/jsonschema/1-0-0" in listed.output

    assert runner.invoke(schemas, ["lint"]).exit_code == 0
    path = write_schema(tmp_path / "bad", USER, {"type": {"type": "string", "description": "d"}}, ("type",))
    linted = runner.invoke(schemas, ["lint", str(acme), str(tmp_path / "bad")])
    assert linted.exit_code == 1
    expected = (
        f"{path}: /properties/type: a string without limit (add maxLength, enum or format) [stringLength]"
    )
    assert linted.stdout.splitlines() == [expected]
    assert linted.stderr == "1 problem\n"

    lines = [
        {"schema": THING, "data": {"name": "n"}},
        {"schema": THING, "data": {"name": 1, "size": 1.0}},
        {"schema": "iglu:a/b/c/1-0-0", "data": 1},
        {"data": 1},
    ]
    text = b"\n".join([*map(orjson.dumps, lines), b"", b"nope"]).decode()
    judged = runner.invoke(schemas, ["validate", "--iglu", str(acme), "-"], input=text)
    assert judged.exit_code == 1
    assert [line for line in judged.output.splitlines()[:5] if "/size" not in line] == [
        f"1: ok {THING}",
        '2: /name: 1 is not of type "string"',
        "3: schema iglu:a/b/c/1-0-0 was not found in any schema repository",
        "4: not a self-describing JSON: it lacks schema",
    ]
    assert "2: /size: 1.0 is not of types " in judged.output
    assert judged.output.splitlines()[5].startswith("6: not JSON: ")
    assert (
        runner.invoke(schemas, ["validate", "--iglu", str(acme), "-"], input=text.splitlines()[0]).exit_code
        == 0
    )
