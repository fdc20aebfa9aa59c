"""`logsource schemas push`: a static repository into an Iglu Server, once, and never over what is published."""

from __future__ import annotations

import orjson
import pytest
from click.testing import CliRunner

from logsource.cli.main import cli
from logsource.errors import LogsourceError
from tests.support.collecting import THING, THING_PROPERTIES, write_schema
from tests.support.schemaregistry import SchemaRegistry
from tests.support.sink import Answer

KEY = "1f0bb1c8-5ae9-4bd2-9b6c-a1d1c7ed1d1e"
NEXT = THING.replace("1-0-0", "1-0-1")


@pytest.fixture
def server(tmp_path):
    with SchemaRegistry(tmp_path / "server", apikey=KEY) as one:
        one.write_key = KEY
        yield one


@pytest.fixture
def push(tmp_path, monkeypatch, server):
    """Run the command on the repository `mine`."""
    monkeypatch.setenv("IGLU_APIKEY", KEY)
    write_schema(tmp_path / "mine" / "schemas", THING, THING_PROPERTIES, ("name",))
    write_schema(tmp_path / "mine" / "schemas", NEXT, THING_PROPERTIES, ("name",), description="Next.")

    def run(*arguments, registry=None, folder="mine"):
        given = ["schemas", "push", "--registry", registry or server.url, *arguments, str(tmp_path / folder)]
        return CliRunner().invoke(cli, given)

    return run


def test_everything_is_published_once(push, server):
    first = push()
    assert (first.exit_code, first.output) == (0, f"created {THING}\ncreated {NEXT}\n")
    puts = [request for request in server.sink.requests if request.method == "PUT"]
    assert [request.target for request in puts] == [
        f"/api/schemas/{key.removeprefix('iglu:')}?isPublic=false" for key in (THING, NEXT)
    ]
    assert orjson.loads(puts[0].body)["self"]["version"] == "1-0-0"
    again = push("--public")
    assert (again.exit_code, again.output) == (0, f"same {THING}\nsame {NEXT}\n")
    assert len([request for request in server.sink.requests if request.method == "PUT"]) == 2


def test_our_own_schemas_go_the_whole_way(push, server, tmp_path):
    assert (
        CliRunner()
        .invoke(cli, ["schemas", "export", "--vendor", "com.acme", str(tmp_path / "all")])
        .exit_code
        == 0
    )
    done = push("--public", folder="all")
    assert done.exit_code == 0, done.output
    assert "created iglu:com.acme/log_source/jsonschema/1-0-0" in done.output
    assert len(done.output.splitlines()) > 50
    assert all(
        request.target.endswith("isPublic=true")
        for request in server.sink.requests
        if request.method == "PUT"
    )


def test_a_published_version_is_not_replaced(push, server, tmp_path):
    write_schema(tmp_path / "server" / "schemas", THING, THING_PROPERTIES, ("name",), description="Another.")
    done = push()
    assert done.exit_code == 1
    assert done.output == f"failed {THING}: is published with other content\ncreated {NEXT}\n"


def test_an_apikey_that_may_not_write(push, server):
    server.write_key = "another"
    done = push()
    assert done.exit_code == 1
    first = (
        f"failed {THING}: {server.url} answered 403 Forbidden: Authentication error: not enough permissions"
    )
    assert done.output.splitlines()[0] == first
    assert KEY not in done.output


def test_a_server_that_is_away_is_not_asked_for_everything(push, server):
    server.trouble = Answer(503)
    done = push()
    assert done.exit_code == 1
    assert done.output == f"failed {THING}: {server.url} answered 503 Service Unavailable\n"


def test_what_a_server_says_cannot_reach_the_terminal(push, server):
    server.trouble = Answer(404)
    usual = server.sink.answer
    hostile = orjson.dumps({"message": "\x1b[2J" + "x" * 999})
    server.sink.answer = lambda request: Answer(500, hostile) if request.method == "PUT" else usual(request)
    done = push()
    assert "\x1b" not in done.output
    assert max(map(len, done.output.splitlines())) < 400


def test_what_lint_refuses_is_not_published(push, server, tmp_path):
    write_schema(tmp_path / "mine" / "schemas", THING, {"p": {"type": "string"}})
    done = push()
    assert isinstance(done.exception, LogsourceError)
    assert "nothing was published, see `logsource schemas lint " in str(done.exception)
    assert server.sink.count == 0


@pytest.mark.parametrize(
    ("registry", "apikey", "expected"),
    [
        ("https://iglu.example.com/api", "", "the environment variable IGLU_APIKEY has no apikey"),
        ("iglu.example.com", KEY, "uri must begin with http:// or https://"),
        ("https://iglu.example.com/api/schemas", KEY, "leave out /schemas at the end"),
        ("https://iglu.example.com/api", "s3cr3t ü", "apikey must be printable ASCII without spaces"),
    ],
)
def test_wrong_usage(push, monkeypatch, registry, apikey, expected):
    monkeypatch.setenv("IGLU_APIKEY", apikey)
    done = push(registry=registry)
    assert isinstance(done.exception, LogsourceError)
    assert expected in str(done.exception)
    assert "s3cr3t" not in str(done.exception)
