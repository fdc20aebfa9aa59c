"""Where packs and parsers are found, and which one a name means."""

import subprocess
import sys

import pytest

from logsource.agent.renderers import build_renderers
from logsource.agent.workers import build_stage
from logsource.clock import SystemClock
from logsource.config.model import Config
from logsource.errors import PackError
from logsource.model import Line, Record, Reject
from logsource.parse.packs import PackIndex
from logsource.parse.resolve import known_parsers, resolve_parser, runs_foreign_code
from logsource.render.pool import WorkerPool
from tests.support.packs import LINES, make_pack
from tests.support.plugins import install


def config(**extra) -> Config:
    source = {"name": "a", "paths": ["/var/log/a.log"]}
    return Config.model_validate(
        {"collector": {"url": "http://127.0.0.1:9090"}, "sources": [source], **extra}
    )


def line(text: str) -> Line:
    return Line(text=text, offset=0)


def test_folders_of_the_configuration_come_first(tmp_path):
    own = make_pack(tmp_path, "nginx_access")
    index = PackIndex([tmp_path])
    assert index.load("nginx_access").folder == own.resolve()
    assert not index.load("nginx_access").vetted
    assert PackIndex().load("nginx_access").vetted


def test_an_installed_package_brings_packs_that_hide_built_in_ones(tmp_path, monkeypatch):
    (tmp_path / "acme_packs").mkdir()
    folder = make_pack(tmp_path / "acme_packs", "nginx_access")
    install(tmp_path, "acme", "[logsource.packs]\nacme = acme_packs\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert PackIndex().load("nginx_access").folder == folder.resolve()
    assert PackIndex().load("apache_access").vetted


def test_a_name_nobody_has(tmp_path):
    with pytest.raises(
        PackError, match=r"no parser pack is named syslog_rfc316 \(did you mean syslog_rfc3164\?\)"
    ):
        PackIndex().load("syslog_rfc316")
    with pytest.raises(PackError, match=r"no parser is named ngnix_access \(did you mean nginx_access\?\)"):
        resolve_parser("ngnix_access")


@pytest.mark.parametrize("name", ["_schemas", "../parsers/nginx_access", ".git"])
def test_names_that_are_no_names(name):
    assert PackIndex().find(name) is None


def test_all_broken_packs_are_named_at_once(tmp_path):
    make_pack(tmp_path, "one", yaml="titel: x\n")
    make_pack(tmp_path, "two", yaml="- a list\n")
    with pytest.raises(PackError) as caught:
        PackIndex([tmp_path]).all()
    assert "one/pack.yaml:1:1: unknown key `titel`" in str(caught.value)
    assert "two/pack.yaml:1:1:" in str(caught.value)


def test_known_parsers_are_those_that_can_be_resolved(tmp_path):
    make_pack(tmp_path, "acme")
    known = known_parsers([tmp_path])
    assert {"plain", "json_lines", "logfmt", "nginx_access", "acme"} <= known
    for name in known:
        assert resolve_parser(name, config(pack_dirs=[str(tmp_path)])).name == name


def test_parsers_of_the_configuration_win():
    parsers = {"nginx_access": {"regex": "(?P<word>[a-z]+)"}}
    result = resolve_parser("nginx_access", config(parsers=parsers)).parse(line("abc"))
    assert isinstance(result, Record)
    assert result.data == {"parser": "nginx_access", "fields": {"word": "abc"}}


def test_a_pack_by_its_folder(tmp_path):
    parser = resolve_parser(str(make_pack(tmp_path)))
    assert isinstance(parser.parse(line(LINES[0])), Record)


PLUGIN = """
from logsource.model import Record, Reject

class Parser:
    def parse(self, line):
        if line.text == "drop":
            return None
        if line.text == "crash":
            raise RuntimeError("oh no")
        if line.text == "wrong":
            return {"a": 1}
        if line.text == "no json":
            return Record("iglu:com.acme/x/jsonschema/1-0-0", {"a": object()})
        if line.text == "reject":
            return Reject("odd", "because")
        return Record("iglu:com.acme/x/jsonschema/1-0-0", {"text": line.text}, 5)

ready = Parser()
def make():
    return Parser()
class Learning(Parser):
    remembers = True
nothing = 5
"""


@pytest.fixture
def plugins(tmp_path, monkeypatch):
    entry_points = "[logsource.parsers]\n" + "".join(
        f"{name} = acme_plugin:{name}\n"
        for name in ("Parser", "ready", "make", "Learning", "nothing", "missing")
    )
    install(tmp_path, "acme", entry_points, acme_plugin=PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("acme_plugin", None)


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize("name", ["Parser", "ready", "make"])
def test_a_plugin_may_be_a_class_an_object_or_a_function(name):
    parser = resolve_parser(name)
    assert parser.name == name
    assert parser.parse(line("hello")) == Record("iglu:com.acme/x/jsonschema/1-0-0", {"text": "hello"}, 5)
    assert name in known_parsers()


@pytest.mark.usefixtures("plugins")
def test_mistakes_of_a_plugin_are_contained():
    parser = resolve_parser("ready")
    assert parser.parse(line("drop")) is None
    assert parser.parse(line("reject")) == Reject("odd", "because")
    assert parser.parse(line("crash")) == Reject("plugin_error", "RuntimeError: oh no")
    assert parser.parse(line("wrong")) == Reject(
        "plugin_error", "parse returned dict, not a Record, a Reject or None"
    )
    found = parser.parse(line("no json"))
    assert isinstance(found, Reject)
    assert found.reason == "plugin_error"


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize("name", ["nothing", "missing"])
def test_a_plugin_that_is_none(name):
    with pytest.raises(PackError, match=f"parser plugin {name} "):
        resolve_parser(name)


@pytest.mark.usefixtures("plugins")
def test_code_that_is_not_ours_is_known_even_inside_a_chain():
    parsers = {
        "direct": {"chain": {"envelope": "syslog_rfc3164", "inner": ["sshd", "ready"]}},
        "nested": {"chain": {"envelope": "docker_json", "inner": "direct"}},
        "own": {"chain": {"envelope": "docker_json", "inner": "json_lines"}},
    }
    known = {
        name: runs_foreign_code(name, config(parsers=parsers))
        for name in (*parsers, "ready", "plain", "sshd")
    }
    assert known == {
        "direct": True, "nested": True, "own": False, "ready": True, "plain": False, "sshd": False,
    }  # fmt: skip


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize(("name", "processes"), [("ready", 1), ("Learning", 0), ("plain", 0)])
def test_a_plugin_gets_a_process_of_its_own_unless_it_remembers(name, processes):
    sources = [{"name": "a", "paths": ["/a.log"], "parser": name}, {"name": "b", "paths": ["/b.log"]}]
    wanted = config(sources=sources)
    stage = build_stage(
        wanted,
        build_renderers(wanted),
        clock=SystemClock(),
        on_restart=lambda _why: None,
        on_wait=lambda: None,
    )
    try:
        stage.start()
        assert len(stage.pids if isinstance(stage, WorkerPool) else []) == processes
    finally:
        stage.close()


def test_one_pack_is_found_without_loading_the_engines():
    code = (
        "import sys; from logsource.parse.resolve import resolve_parser; resolve_parser('nginx_access');"
        "print(*(name for name in sys.modules if 'grok' in name or 'engines' in name or 'rich' == name))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
