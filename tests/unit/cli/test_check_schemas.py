"""`logsource check` about schemas: shared ones are found, contradictions refused, registries asked."""

from __future__ import annotations

import shutil

import orjson
import pytest
from click.testing import CliRunner

from logsource.cli.main import cli
from logsource.config.builtin import builtin_packs_dir
from logsource.parse.packs import PackIndex
from tests.support.collecting import THING, write_schema
from tests.support.schemaregistry import SchemaRegistry, http, resolver_file
from tests.support.sink import Answer

NAME = {"name": {"type": "string", "maxLength": 20, "description": "Name."}}
CONFIG = """\
agent: {{state_dir: {folder}/state}}
collector: {{url: 'https://collector.example.com'}}
pack_dirs: [{dirs}]
sources:
  - name: web
    paths: ['{folder}/*.log']
    parser: {parser}
    context:
      {entity}: {{name: shop}}
parsers:
  mine: {{grok: '%{{WORD:name}}', schema: '{schema}'}}
schemas: {{resolver: '{folder}/resolver.json'}}
"""
SITE = "iglu:com.acme/site/jsonschema/1-0-0"


@pytest.fixture
def check(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments, dirs=("packs",), parser="mine", schema=THING, entity=SITE):
        (tmp_path / "logsource.yaml").write_text(
            CONFIG.format(
                folder=tmp_path,
                dirs=", ".join(str(tmp_path / one) for one in dirs),
                parser=parser,
                schema=schema,
                entity=entity,
            )
        )
        return CliRunner().invoke(cli, ["check", *arguments])

    return run


@pytest.fixture
def packs(tmp_path):
    """A folder of packs with schemas that are shared: those of a parser and of an entity."""
    write_schema(tmp_path / "packs" / "_schemas", THING, NAME, ("name",))
    write_schema(tmp_path / "packs" / "schemas", SITE, NAME, ("name",))
    return tmp_path / "packs"


def test_schemas_beside_packs_serve_parsers_and_entities(check, packs):
    assert check().exit_code == 0
    write_schema(packs / "schemas", SITE, NAME, ("name",), maxProperties=0)
    done = check()
    assert done.exit_code == 1
    assert f"the entity is not what {SITE} says" in done.stderr
    write_schema(packs / "schemas", SITE, NAME, ("name",))
    write_schema(packs / "_schemas", THING, {"title": NAME["name"]}, ("title",))
    done = check()
    assert done.exit_code == 1
    assert "pattern 1 captures name, which iglu:com.acme/thing/jsonschema/1-0-0 does not have" in done.stderr


def test_a_pack_uses_schemas_beside_it(tmp_path, packs):
    shutil.copytree(builtin_packs_dir() / "nginx_access", packs / "my_nginx")
    moved = packs / "_schemas" / "io.logsource"
    shutil.copytree(packs / "my_nginx" / "schemas" / "io.logsource", moved)
    shutil.rmtree(packs / "my_nginx" / "schemas")
    assert PackIndex([packs]).load("my_nginx").parser.name == "my_nginx"
    for command in ("accept", "test"):  # its README names the pack
        done = CliRunner().invoke(cli, ["packs", command, str(packs / "my_nginx")])
    assert done.exit_code == 0, done.output


def test_one_key_with_two_contents_is_refused_with_its_place(tmp_path, check, packs):
    first = packs / "_schemas" / THING.removeprefix("iglu:")
    second = write_schema(tmp_path / "more" / "schemas", THING, NAME, ("name",), description="Another.")
    done = check(dirs=("packs", "more"))
    assert done.exit_code == 1
    column = len(f"pack_dirs: [{packs}, ") + 1
    assert done.stderr.splitlines() == [
        (
            f"logsource.yaml:3:{column}: {THING} has two contents, in {first} and in {second} (raise the version of "
            "yours, or give it a vendor of your own: a published version never changes)"
        )
    ]
    second.write_bytes(orjson.dumps(orjson.loads(first.read_bytes()), option=orjson.OPT_INDENT_2))
    assert check(dirs=("packs", "more")).exit_code == 0  # written otherwise, the same content


def test_a_copy_of_one_of_our_packs_with_another_schema_is_refused(check, packs):
    """It would send events that other machines' events contradict, under one key."""
    shutil.copytree(builtin_packs_dir() / "nginx_access", packs / "nginx_access")
    assert check().exit_code == 0
    [file] = (packs / "nginx_access").glob("schemas/io.logsource/nginx_access/jsonschema/*")
    schema = orjson.loads(file.read_bytes())
    file.write_bytes(orjson.dumps({**schema, "description": "Mine."}))
    done = check()
    assert done.exit_code == 1
    assert done.stderr.startswith("logsource.yaml:3:13: iglu:io.logsource/nginx_access/jsonschema/")
    assert "has two contents" in done.stderr


def test_a_pack_named_by_its_folder_may_contradict_too(tmp_path, check, packs):
    own = tmp_path / "elsewhere" / "mine"
    shutil.copytree(builtin_packs_dir() / "nginx_access", own)
    [file] = own.glob("schemas/io.logsource/nginx_access/jsonschema/*")
    file.write_bytes(orjson.dumps({**orjson.loads(file.read_bytes()), "description": "Mine."}))
    done = check(parser=str(own))
    assert done.stderr.startswith("logsource.yaml:7:13: iglu:io.logsource/nginx_access/")


def test_registries_that_have_everything(tmp_path, check, packs):
    repository = tmp_path / "published"
    assert CliRunner().invoke(cli, ["schemas", "export", str(repository)]).exit_code == 0
    shutil.copytree(packs / "_schemas", repository / "schemas", dirs_exist_ok=True)
    shutil.copytree(packs / "schemas", repository / "schemas", dirs_exist_ok=True)
    with SchemaRegistry(repository) as registry:
        resolver_file(tmp_path / "resolver.json", http("Acme", registry.url))
        done = check("--schemas")
        assert done.exit_code == 0, done.stderr
        assert f"  schemas    4 schemas, all in the registries of {tmp_path}/resolver.json" in done.stdout
        assert {path.split("/")[1] for path in registry.asked} == {
            "thing",
            "log_source",
            "unparsed_line",
            "site",
        }
        assert check().exit_code == 0
        assert registry.sink.count == 4  # without --schemas nobody is asked


def test_registries_that_lack_something_or_have_something_else(tmp_path, check, packs):
    repository = tmp_path / "published"
    assert CliRunner().invoke(cli, ["schemas", "export", str(repository)]).exit_code == 0
    write_schema(repository / "schemas", THING, {"name": {**NAME["name"], "maxLength": 5}}, ("name",))
    with SchemaRegistry(repository) as registry:
        resolver_file(tmp_path / "resolver.json", http("Acme", registry.url))
        done = check("--schemas")
        assert done.exit_code == 1
        assert done.stderr.splitlines() == [
            (
                f"logsource.yaml:7:13: {THING} in the registry differs from the one that events are made by: name: "
                "maxLength 20 became 5"
            ),
            (
                f"logsource.yaml:9:44: schema {SITE} was not found in any schema repository (asked: Acme) (publish it: "
                "logsource schemas export DIR)"
            ),
        ]


def test_a_registry_that_cannot_be_asked_is_a_problem_too(tmp_path, check, packs):
    with SchemaRegistry(tmp_path) as registry:
        registry.trouble = Answer(503)
        resolver_file(tmp_path / "resolver.json", http("Acme", registry.url))
        done = check("--schemas")
        assert done.exit_code == 1
        assert len(done.stderr.splitlines()) == 4
        assert "could not be resolved: Acme: " in done.stderr
        assert registry.sink.count == 1


def test_without_a_resolver_file_or_with_a_broken_one(tmp_path, check, packs):
    done = check("--schemas")
    assert done.exit_code == 1
    assert f"{tmp_path}/resolver.json: cannot be read: No such file or directory" in done.stderr
    (tmp_path / "logsource.yaml").write_text(
        "collector: {url: 'https://c.example.com'}\nsources: [{name: a, paths: [/var/log/a.log]}]\n"
    )
    done = CliRunner().invoke(cli, ["check", "--schemas"])
    assert done.exit_code == 1
    assert "--schemas needs schemas.resolver (name the resolver configuration" in done.stderr


def test_two_parsers_of_one_schema_with_different_types(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parser = "{{regex: '(?P<status>.*) (?P<n>.*)', schema: '{schema}', types: {{status: {kind}}}}}"
    other = "iglu:com.acme/other/jsonschema/1-0-0"
    (tmp_path / "logsource.yaml").write_text(
        "collector: {url: 'https://c.example.com'}\nparsers:\n"
        f"  one: {parser.format(schema=THING, kind='integer')}\n"
        f"  two: {parser.format(schema=THING, kind='number')}\n"
        f"  three: {parser.format(schema=other, kind='number')}\n"
        "sources: [{name: a, paths: [/var/log/a.log], parser: one}]\n"
    )
    done = CliRunner().invoke(cli, ["check"])
    assert done.exit_code == 1
    [problem] = done.stderr.splitlines()
    assert problem.startswith("logsource.yaml:4:")
    assert "status has the type number here and integer in parsers.one, under the same schema" in problem


def test_an_entity_is_judged_by_the_schema_that_only_the_registry_has(tmp_path, check, packs):
    repository = tmp_path / "published"
    assert CliRunner().invoke(cli, ["schemas", "export", str(repository)]).exit_code == 0
    shutil.copytree(packs / "_schemas", repository / "schemas", dirs_exist_ok=True)
    far = "iglu:com.far/place/jsonschema/1-0-0"
    write_schema(repository / "schemas", far, {"name": {**NAME["name"], "maxLength": 3}}, ("name",))
    with SchemaRegistry(repository) as registry:
        resolver_file(tmp_path / "resolver.json", http("Acme", registry.url))
        assert check(entity=far).exit_code == 0  # nobody at hand knows
        done = check("--schemas", entity=far)
        assert done.exit_code == 1
        [problem] = done.stderr.splitlines()
        assert problem.startswith("logsource.yaml:9:")
        assert f'the entity is not what {far} says: /name: "shop" is longer than 3 characters' in problem
