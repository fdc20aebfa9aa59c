"""The resolver configuration of Iglu clients: what is taken from it, and every mistake at its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logsource.config.resolver import SCHEMA, load_resolver
from logsource.errors import ConfigError

REAL = """{
\t"schema": "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-1",
\t"data": {
\t\t"cacheSize": 500,
\t\t"repositories": [
\t\t\t{
\t\t\t\t"name": "Iglu Central",
\t\t\t\t"priority": 0,
\t\t\t\t"vendorPrefixes": [ "com.snowplowanalytics" ],
\t\t\t\t"connection": {"http": {"uri": "http:\\/\\/iglucentral.com"}}
\t\t\t},
\t\t\t{
\t\t\t\t"name": "Acme",
\t\t\t\t"priority": 5,
\t\t\t\t"vendorPrefixes": ["com.acme","com.acme.logs"],
\t\t\t\t"connection":{"http":{"uri":"https://iglu.acme.com/api","apikey":"${ACME_KEY}"}}
\t\t\t},
\t\t\t{"name": "local", "priority": 0, "vendorPrefixes": [], "connection": {"embedded": {"path": "iglu"}}},
\t\t\t{"name": "jar", "priority": 0, "vendorPrefixes": [],
\t\t\t "connection": {"embedded": {"path": "/iglu-client-embedded"}}}
\t\t]
\t}
}
"""
KEY = "1f0bb1c8-5ae9-4bd2-9b6c-a1d1c7ed1d1e"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "resolver.json"
    path.write_text(text)
    return path


def problems(tmp_path: Path, text: str, **env: str) -> list[str]:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_resolver(path, env=env)
    return [problem.removeprefix(f"{path}:") for problem in caught.value.problems]


def changed(**changes) -> str:
    """A good file on one line, with another first registry."""
    registry = {
        "name": "a",
        "priority": 1,
        "vendorPrefixes": [],
        "connection": {"http": {"uri": "https://iglu.example.com"}},
    }
    return json.dumps({"schema": SCHEMA, "data": {"cacheSize": 1, "repositories": [{**registry, **changes}]}})


def test_the_file_of_a_pipeline_is_taken_as_it_is(tmp_path):
    config = load_resolver(write(tmp_path, REAL), env={"ACME_KEY": KEY})
    assert (config.cache_size, config.cache_ttl) == (500, None)
    central, acme, local, jar = config.repositories
    assert (central.name, central.priority, central.vendor_prefixes) == (
        "Iglu Central",
        0,
        ["com.snowplowanalytics"],
    )
    assert central.connection.http.uri == "http://iglucentral.com"
    assert acme.connection.http.apikey == KEY
    # a directory is meant from where the file is, not from where the command runs
    assert local.connection.embedded.path == str(tmp_path / "iglu")
    assert jar.connection.embedded.path == "/iglu-client-embedded"


def test_the_apikey_is_shown_nowhere(tmp_path):
    config = load_resolver(write(tmp_path, REAL), env={"ACME_KEY": KEY})
    assert KEY not in repr(config)
    assert KEY not in str(config)
    found = problems(tmp_path, REAL.replace('"priority": 5', '"priority": "x"'), ACME_KEY=f"{KEY} ä")
    assert len(found) == 2
    assert KEY not in "".join(found)
    assert "apikey must be printable ASCII without spaces, not the value of ${ACME_KEY}" in "".join(found)
    found = problems(tmp_path, changed(connection={"http": {"uri": "https://a.b", "apikey": 4711}}))
    assert "4711" not in found[0]
    found = problems(tmp_path, changed(connection={"http": {"uri": "ftp://me:secret@a.b"}}))
    assert "secret" not in found[0]


def test_a_variable_that_is_not_set_is_named(tmp_path):
    [problem] = problems(tmp_path, REAL)
    assert (
        problem
        == "16:71: the environment variable ACME_KEY is not set (set it, or write ${ACME_KEY:-default})"
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"priority": "high"}, "data.repositories[0].priority must be a number, not 'high'"),
        ({"zone": "a"}, "unknown key `zone` in data.repositories[0] (known here: name, priority, vendorPrefixes"),
        ({"vendorPrefix": []}, "(did you mean vendorPrefixes?)"),
        ({"connection": {}}, "data.repositories[0].connection must have exactly one of http and embedded"),
        ({"connection": {"embedded": {"path": "a"}, "http": {"uri": "http://a.b"}}}, "exactly one of http and"),
        ({"connection": {"hdfs": {"path": "a"}}}, "unknown key `hdfs`"),
        ({"connection": {"http": {"uri": "iglu.example.com"}}}, "uri must begin with http:// or https://"),
        ({"connection": {"http": {"uri": "https://a.b/api/schemas/"}}}, "leave out /schemas at the end"),
        ({"connection": {"http": {"uri": "https://a.b?x=1"}}}, "must not have a query"),
        ({"connection": {"http": {"apikey": "k"}}}, "data.repositories[0].connection.http.uri is missing"),
        ({"connection": {"embedded": {"path": ""}}}, "must have at least 1 characters"),
    ],
)  # fmt: skip
def test_mistakes_in_a_registry(tmp_path, change, expected):
    text = "\n".join(problems(tmp_path, changed(**change)))
    assert expected in text
    assert text.startswith("1:")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "1:2: not JSON: "),
        ("repositories: []", "1:1: not JSON: "),
        ("[]", "1:1: must be a JSON object with schema and data"),
        ("{}", "1:1: schema is missing"),
        ('{"schema": "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-1-0", "data": {}}', "version 1-0-x"),
        ('{"data": {"cacheSize": -1, "repositories": []}}', "data.cacheSize must be at least 0"),
        ('{"data": {"cacheSize": 1, "cacheSize": 2, "repositories": []}}', "duplicate key `cacheSize`"),
    ],
)  # fmt: skip
def test_mistakes_of_the_file(tmp_path, text, expected):
    assert expected in "\n".join(problems(tmp_path, text))


def test_two_registries_of_one_name(tmp_path):
    one = json.loads(changed())
    one["data"]["repositories"] *= 2
    assert "a second registry named 'a' (rename one)" in problems(tmp_path, json.dumps(one))[0]


def test_a_file_that_is_not_there_or_far_too_large(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere.json: cannot be read: No such file or directory"):
        load_resolver(tmp_path / "nowhere.json", env={})
    huge = write(tmp_path, " " * (1024 * 1024) + "{}")
    with pytest.raises(ConfigError, match="is larger than"):
        load_resolver(huge, env={})


def test_the_example_is_fine():
    example = Path(__file__).parents[3] / "config" / "examples" / "resolver.json"
    config = load_resolver(example, env={"ACME_APIKEY": KEY})
    assert [one.name for one in config.repositories] == ["Acme", "Iglu Central", "schemas in the making"]
