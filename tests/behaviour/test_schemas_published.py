"""The way of schemas to a registry and back: exported, served by a plain web server, asked for by a resolver."""

from __future__ import annotations

import http.server
import threading
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import orjson
import pytest
from click.testing import CliRunner

from logsource.cli.main import cli
from logsource.cli.schemas import schemas
from logsource.clock import SystemClock
from logsource.config.builtin import builtin_packs_dir
from logsource.config.model import Config
from logsource.config.resolver import load_resolver
from logsource.event.lint import lint_paths
from logsource.event.payload import EventFrame
from logsource.event.registries import open_resolver
from logsource.event.validate import Validators
from logsource.parse.packs import PackIndex
from logsource.render.build import build_renderer
from logsource.web.collector.app import create_app
from logsource.web.collector.core import Collector
from logsource.web.server import serve
from tests.support.collecting import THING, write_schema
from tests.support.rendering import chunk_of
from tests.support.schemaregistry import http as over_http
from tests.support.schemaregistry import resolver_file

if TYPE_CHECKING:
    from pathlib import Path


class Quiet(http.server.SimpleHTTPRequestHandler):
    """`python -m http.server` without its log."""

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def web_server(directory: Path):
    """A static web server that knows nothing of Iglu; yields its address."""
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(directory))
    ) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(60)


def run(*arguments: object, text: bytes = b""):
    return CliRunner().invoke(schemas, [str(one) for one in arguments], input=text)


def golden_events(vendor: str | None = None) -> bytes:
    """The expected events of all packs, as self-describing JSON, one a line."""
    lines = []
    for file in sorted(builtin_packs_dir().glob("*/samples/*.jsonl")):
        for line in file.read_bytes().splitlines():
            golden = orjson.loads(line)
            if golden["ok"] and "com.snowplowanalytics" not in golden["schema"]:
                key = golden["schema"].replace("io.logsource", vendor or "io.logsource")
                lines.append(orjson.dumps({"schema": key, "data": golden["data"]}))
    assert len(lines) > 500
    return b"\n".join(lines)


@pytest.mark.parametrize("vendor", [None, "com.acme.logs"])
def test_all_events_of_all_packs_are_valid_by_the_exported_schemas_alone(tmp_path, vendor):
    exported = run("export", *(("--vendor", vendor) if vendor else ()), tmp_path / "iglu")
    assert exported.exit_code == 0, exported.output
    with web_server(tmp_path / "iglu") as url:
        resolver = resolver_file(tmp_path / "resolver.json", over_http("static", url))
        done = run("validate", "--no-packs", "--resolver", resolver, "-", text=golden_events(vendor))
    assert [line for line in done.output.splitlines() if ": ok iglu:" not in line][:5] == []
    assert done.exit_code == 0
    assert lint_paths(tmp_path / "iglu") == []


def test_without_our_packs_only_the_registry_counts(tmp_path):
    (tmp_path / "iglu" / "schemas").mkdir(parents=True)
    with web_server(tmp_path / "iglu") as url:
        resolver = resolver_file(tmp_path / "resolver.json", over_http("static", url))
        line = golden_events().splitlines()[0]
        key = orjson.loads(line)["schema"]
        done = run("validate", "--no-packs", "--resolver", resolver, "-", text=line)
        assert done.output == f"1: schema {key} was not found in any schema repository (asked: static)\n"
        assert done.exit_code == 1
        assert run("validate", "--resolver", resolver, "-", text=line).exit_code == 0


def test_another_vendor_is_written_wherever_the_old_one_stood(tmp_path):
    text = {"type": "string", "maxLength": 9}
    other = "iglu:com.acme/other/jsonschema/1-0-0"
    write_schema(
        tmp_path / "in" / "schemas", other, {"o": {**text, "description": f"Belongs to a {THING}."}}, ("o",)
    )
    properties = {
        "a": {**text, "description": "See iglu:com.acme/other/jsonschema/1-0-0 and com.acme."},
        "b": {"description": "d", "oneOf": [{**text, "description": "iglu:com.acme.eu/x/jsonschema/1-0-0"}]},
    }
    write_schema(tmp_path / "in" / "schemas", THING, properties, ("a", "b"))
    out = tmp_path / "out"
    done = run("export", "--vendor", "org.example", "--iglu", tmp_path / "in", out)
    assert done.exit_code == 0, done.output
    thing = orjson.loads((out / "schemas/org.example/thing/jsonschema/1-0-0").read_bytes())
    assert thing["self"] == {
        "vendor": "org.example",
        "name": "thing",
        "format": "jsonschema",
        "version": "1-0-0",
    }
    # keys are rewritten, words are not; another vendor that begins the same is another vendor
    assert (
        thing["properties"]["a"]["description"] == "See iglu:org.example/other/jsonschema/1-0-0 and com.acme."
    )
    assert thing["properties"]["b"]["oneOf"][0]["description"] == "iglu:com.acme.eu/x/jsonschema/1-0-0"
    written = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert {path.split("/")[1] for path in written} == {"org.example"}
    assert not any(b"iglu:io.logsource" in path.read_bytes() for path in out.rglob("*") if path.is_file())


def test_each_under_its_own_vendor_unless_another_is_given(tmp_path):
    write_schema(
        tmp_path / "in" / "schemas",
        THING,
        {"a": {"type": "string", "maxLength": 9, "description": "d"}},
        ("a",),
    )
    assert run("export", "--iglu", tmp_path / "in", tmp_path / "out").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out" / "schemas").iterdir()) == [
        "com.acme",
        "io.logsource",
    ]


def test_a_schema_that_changed_under_its_version_is_not_overwritten(tmp_path):
    assert run("export", tmp_path).exit_code == 0
    [path] = tmp_path.glob("schemas/io.logsource/log_line/jsonschema/*")
    before = path.read_bytes()
    assert run("export", tmp_path).exit_code == 0
    path.write_bytes(before.replace(b"message", b"massage"))
    refused = run("export", tmp_path)
    assert "exists and differs; a published version never changes" in str(refused.exception)
    assert b"massage" in path.read_bytes()


CONFIG = """\
agent: {{state_dir: {folder}/state, name: host}}
collector: {{url: '{url}'{more}}}
schemas: {{vendor: com.acme.logs}}
web: {{listen: ''}}
sources:
  - {{name: web, paths: ['{folder}/web.log'], parser: nginx_access, filters: [{{drop_bots: tag}}]}}
  - {{name: views, paths: ['{folder}/views.log'], parser: nginx_access, event: page_view, page_view: {{host: a.example}}}}
  - {{name: text, paths: ['{folder}/text.log'], context: {{'{thing}': {{a: x}}}}}}
  - {{name: objects, paths: ['{folder}/objects.log'], parser: json_lines}}
"""
LINE = '203.0.113.7 - - [22/Nov/2026:00:32:30 +0000] "GET /a HTTP/1.1" 200 12 "-" "{agent}"\n'


@pytest.mark.parametrize("workers", [1, 2])
def test_the_agent_sends_what_the_registry_of_another_vendor_has(tmp_path, workers):
    """Exported under com.acme.logs, served, and events sent under it: good by what is published alone."""
    assert run("export", "--vendor", "com.acme.logs", tmp_path / "iglu").exit_code == 0
    write_schema(
        tmp_path / "iglu" / "schemas",
        THING,
        {"a": {"type": "string", "maxLength": 9, "description": "d"}},
        ("a",),
    )
    hostile = (
        '{"schema":"iglu:io.logsource/log_line/jsonschema/1-0-0","data":{"message":"\\"iglu:io.logsource/"}}'
    )
    for name in ("web", "views"):
        text = LINE.format(agent="curl/8.5.0") * 300 + "no line of nginx\n" + LINE.format(agent="Mozilla/5.0")
        (tmp_path / f"{name}.log").write_text(text)
    (tmp_path / "text.log").write_text(f'{hostile}\n{{\\"schema\\":\\"iglu:io.logsource/\n')
    (tmp_path / "objects.log").write_text('{"a": "iglu:io.logsource/x"}\n')
    with web_server(tmp_path / "iglu") as url:
        file = resolver_file(tmp_path / "resolver.json", over_http("static", url))
        with closing(open_resolver(load_resolver(file, env={}), [])) as resolver:
            collector = Collector(Validators(resolver), clock=SystemClock())
            with serve(create_app(collector), "127.0.0.1", 0) as server:
                config = tmp_path / "logsource.yaml"
                text = CONFIG.format(folder=tmp_path, url=server.url, more="", thing=THING)
                config.write_text(text.replace("name: host", f"name: host, workers: {workers}"))
                done = CliRunner().invoke(cli, ["run", "--once", "-c", str(config)])
                assert done.exit_code == 0, done.output
    assert [kept.verdict.reasons for kept in collector.bad()] == []
    good = collector.good()
    assert len(good) == 2 * 302 + 3
    named = {key for kept in good for key in (kept.verdict.schema, *kept.verdict.contexts)}
    assert {key.split("/")[0] for key in named} == {
        "iglu:com.acme.logs", "iglu:com.acme", "iglu:com.snowplowanalytics.snowplow"
    }  # fmt: skip
    assert {"bot", "log_source", "nginx_access", "unparsed_line", "log_line"} <= {
        key.split("/")[1] for key in named
    }
    # what lines say stays as they say it
    messages = {
        orjson.loads(kept.params["ue_pr"])["data"]["data"]["message"]
        for kept in good
        if kept.verdict.schema == "iglu:com.acme.logs/log_line/jsonschema/1-0-0"
    }
    assert messages == {hostile, '{\\"schema\\":\\"iglu:io.logsource/'}
    [made] = [kept for kept in good if "json_line" in kept.verdict.schema]
    assert "iglu:io.logsource/x" in made.params["ue_pr"]


@pytest.mark.parametrize("columns", [True, False])
def test_what_a_client_writes_into_a_protocol_field_stays_as_it_is(columns):
    """A user agent of the greatest length that looks like the beginning of one of our entities."""
    hostile = '{"schema":"iglu:io.logsource/bot/,"co":","ue_pr":",{"e":"'
    agent = hostile.ljust(1000, "x")
    config = Config.model_validate(
        {
            "collector": {"url": "http://127.0.0.1"},
            "schemas": {"vendor": "com.acme.with.a.long.name"},
            "parsers": {"app": {"regex": "(?P<agent>.*)"}},
            "sources": [{"name": "a", "paths": ["/a"], "parser": "app", "user": {"ua": "fields.agent"}}],
        }
    )
    frame = EventFrame(source="a", host="h")
    made = build_renderer(config, config.sources[0], PackIndex(), frame, columns=columns)
    events = orjson.loads(b"[" + made.render(chunk_of([agent, "b"])).events + b"]")
    assert [event["ua"] for event in events] == [agent, "b"]
    for event, text in zip(events, (agent, "b"), strict=True):
        data = orjson.loads(event["ue_pr"])["data"]
        assert data["schema"].startswith("iglu:com.acme.with.a.long.name/parsed_line/")
        assert data["data"]["fields"]["agent"] == text
        assert "iglu:com.acme.with.a.long.name/log_source/" in event["co"]


def test_another_vendor_and_base64_contradict_each_other(tmp_path):
    config = tmp_path / "logsource.yaml"
    text = CONFIG.format(folder=tmp_path, url="http://c.example", more=", base64: true", thing=THING)
    config.write_text(text)
    done = CliRunner().invoke(cli, ["check", "-c", str(config)])
    assert f"{config}:3:19: schemas.vendor cannot be used with collector.base64: true" in done.stderr
    config.write_text(text.replace("com.acme.logs", "com/acme"))
    done = CliRunner().invoke(cli, ["check", "-c", str(config)])
    assert (
        "schemas.vendor must be an Iglu vendor, not 'com/acme' (write a reversed domain such as"
        in done.stderr
    )


def test_the_commands_know_what_the_configuration_says(tmp_path):
    """Its packs' folders, its vendor, its registries: nothing needs to be said twice."""
    text = {"type": "string", "maxLength": 9, "description": "d"}
    write_schema(tmp_path / "packs" / "_schemas", THING, {"a": text}, ("a",))
    write_schema(tmp_path / "far" / "schemas", "iglu:com.far/x/jsonschema/1-0-0", {"a": text}, ("a",))
    with web_server(tmp_path / "far") as url:
        resolver_file(tmp_path / "resolver.json", over_http("far", url))
        config = tmp_path / "logsource.yaml"
        config.write_text(
            "collector: {url: 'http://c.example'}\n"
            f"pack_dirs: [{tmp_path}/packs]\n"
            f"schemas: {{vendor: com.acme.logs, resolver: {tmp_path}/resolver.json}}\n"
            f"sources: [{{name: a, paths: [{tmp_path}/a.log]}}]\n"
        )
        events = [
            {"schema": THING, "data": {"a": "b"}},
            {"schema": "iglu:com.far/x/jsonschema/1-0-0", "data": {"a": "b"}},
            {"schema": "iglu:com.acme.logs/log_line/jsonschema/1-0-0", "data": {"message": "m"}},
            {"schema": "iglu:com.acme.logs/log_line/jsonschema/1-0-0", "data": {"massage": "m"}},
        ]
        done = run("validate", "-c", config, "-", text=b"\n".join(map(orjson.dumps, events)))
    assert [line.split(" ")[1] for line in done.output.splitlines()][:3] == ["ok", "ok", "ok"]
    assert "massage" in done.output.splitlines()[3]
    listed = run("list", "-c", config).output
    assert "iglu:com.acme/thing/jsonschema/1-0-0" in listed
    assert "iglu:com.acme.logs/nginx_access/jsonschema/1-0-0" in listed
    assert run("export", "-c", config, tmp_path / "out").exit_code == 0
    vendors = sorted(path.name for path in (tmp_path / "out" / "schemas").iterdir())
    assert vendors == ["com.acme", "com.acme.logs"]
    missing = run("validate", "-c", tmp_path / "nowhere.yaml", "-")
    assert missing.exit_code == 2


def test_schemas_of_a_registry_are_pulled_for_the_agent(tmp_path):
    """A parser whose schema lives in a registry: pulled once, its rules hold here too."""
    key = "iglu:com.far/order/jsonschema/1-0-0"
    number = {"type": "integer", "minimum": 0, "maximum": 9, "description": "d"}
    write_schema(tmp_path / "far" / "schemas", key, {"n": number}, ("n",))
    config = tmp_path / "logsource.yaml"
    config.write_text(
        "collector: {url: 'http://c.example'}\n"
        f"pack_dirs: [{tmp_path}/shared]\n"
        f"schemas: {{resolver: {tmp_path}/resolver.json}}\n"
        f"parsers: {{orders: {{regex: 'n=(?P<n>\\S+)', schema: '{key}'}}}}\n"
        f"sources: [{{name: a, paths: [{tmp_path}/a.log], parser: orders}}]\n"
    )
    trial = ["try", "orders", "-c", str(config), "--json", "-"]
    before = CliRunner().invoke(cli, trial, input="n=77\n")
    assert orjson.loads(before.output)["data"] == {"n": "77"}  # nobody here knows better
    with web_server(tmp_path / "far") as url:
        resolver_file(tmp_path / "resolver.json", over_http("far", url))
        pulled = run("pull", "-c", config, tmp_path / "shared")
        assert pulled.output == f"{tmp_path}/shared/schemas/com.far/order/jsonschema/1-0-0\n"
        assert run("pull", "-c", config, tmp_path / "shared").output == "nothing is missing\n"
        never = run("pull", "-c", config, tmp_path / "shared", "iglu:com.far/never/jsonschema/1-0-0")
        assert "iglu:com.far/never/jsonschema/1-0-0 cannot be copied: it was not found" in str(
            never.exception
        )
        assert run("pull", "-c", config, tmp_path / "shared", "never").exit_code == 2
    after = CliRunner().invoke(cli, trial, input="n=77\nn=7\n")
    first, second = map(orjson.loads, after.output.splitlines())
    assert first["ok"] is False
    assert second["data"] == {"n": 7}
    with web_server(tmp_path / "nothing") as url:
        resolver_file(tmp_path / "resolver.json", over_http("far", url.replace("http:", "https:")))
        down = run("pull", "-c", config, tmp_path / "shared", "iglu:com.far/other/jsonschema/1-0-0")
        assert "could not be resolved: far: https://127.0.0.1" in str(down.exception)
