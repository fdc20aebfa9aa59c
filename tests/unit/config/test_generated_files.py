"""The files in `config/`: fresh, complete, and accepted by the loader they document."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from logsource.config.builtin import builtin_packs_dir
from logsource.config.generate import generated
from logsource.config.load import load_config
from logsource.config.model import Config
from logsource.config.modelwalk import keys_of

FOLDER = Path(__file__).parents[3] / "config"
EXAMPLES = sorted((FOLDER / "examples").glob("*.yaml"))
ENV = {"COLLECTOR_HOST": "collector.example.com", "COLLECTOR_TOKEN": "token", "HASH_KEY": "a key of a test"}
PACKS = tuple(file.parent.name for file in builtin_packs_dir().glob("*/pack.yaml"))


@pytest.fixture(scope="module")
def validator():
    return jsonschema_rs.validator_for(json.loads((FOLDER / "logsource.schema.json").read_text()))


@pytest.mark.parametrize("name", sorted(generated()))
def test_generated_file_is_fresh(name: str):
    assert (FOLDER / name).read_text(encoding="utf-8") == generated()[name], "run `make docs`"


def test_reference_shows_the_defaults():
    shown = load_config(FOLDER / "reference.yaml", env={}, known_parsers=lambda _: PACKS)
    minimal = Config.model_validate(
        {
            "collector": {"url": "https://collector.example.com"},
            "sources": [{"name": "web", "paths": ["/var/log/nginx/access.log"]}],
            "parsers": {"my_app": {"regex": r"(?P<level>[A-Z]+) (?P<message>.*)"}},
        }
    )
    assert shown == minimal


def test_reference_names_and_describes_every_key():
    lines = (FOLDER / "reference.yaml").read_text().splitlines()
    for path in _all_paths():
        key = path[-1]
        places = [index for index, line in enumerate(lines) if re.match(rf"\s*(- )?#?(- )?{key}:", line)]
        assert places, f"{'.'.join(path)} is not in the reference"
        for index in places:
            assert lines[index - 1].lstrip().startswith("# "), f"{key} has no description above it"


def _all_paths(path: tuple[str | int, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for key in keys_of(path, Config):
        item = 0 if key in {"sources", "filters"} else "my_app" if key == "parsers" else None
        inner = (*path, key) if item is None else (*path, key, item)
        found.append((*(str(part) for part in path), key))
        if key not in path:  # a condition may hold conditions, without end
            found.extend(_all_paths(inner))
    return found


def test_every_commented_key_can_be_switched_on():
    """Uncommenting all keys at once gives known keys only, whatever the rules say of their combination."""
    text = re.sub(r"(?m)^(\s*)#((?:- )?\w)", r"\1\2", (FOLDER / "reference.yaml").read_text())
    tree = yaml.safe_load(text)
    _assert_known(tree, ())


def _assert_known(tree: object, path: tuple[str | int, ...]) -> None:
    known = keys_of(path, Config)
    if isinstance(tree, dict):
        for key, value in tree.items():
            assert not known or key in known, f"{path}: {key}"
            _assert_known(value, (*path, key))
    elif isinstance(tree, list) and path[-1:] in {("sources",), ("filters",)}:
        _assert_known(tree[0], (*path, 0))


def test_start_configuration_is_ten_lines():
    path = FOLDER / "logsource.yaml"
    assert len(path.read_text().splitlines()) <= 10
    config = load_config(path, env={}, known_parsers=lambda _: PACKS)
    assert config.sources[0].parser == "nginx_access"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_loads(path: Path):
    assert load_config(path, env=ENV, known_parsers=lambda _: PACKS).sources


def test_examples_are_there():
    assert {path.stem for path in EXAMPLES} >= {"many_sources", "own_parser", "page_views", "tls_and_secrets"}


@pytest.mark.parametrize("path", [*FOLDER.glob("*.yaml"), *EXAMPLES], ids=lambda path: path.stem)
def test_editors_accept_what_the_loader_accepts(validator, path: Path):
    validator.validate(yaml.safe_load(path.read_text()))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("collector", "timeout"), 10),
        (("collector", "timeout"), "10 seconds"),
        (("collector", "byte_limit_post"), "1kb"),
        (("collector", "concurrency"), 0),
        (("collector", "concurrency"), "many"),
        (("collector", "base64"), "yes"),
        (("collector", "platform"), "server"),
        (("collector", "timout"), "5s"),
        (("colector",), {}),
        (("sources",), []),
        (("sources",), [{"name": "web"}]),
        (("sources",), [{"name": "web", "type": "file"}]),
        (("sources",), [{"name": "net", "type": "syslog"}]),
        (("sources",), [{"name": "net", "type": "sylog"}]),
    ],
)
def test_editors_refuse_what_the_loader_refuses(validator, place: tuple[str, ...], value: object):
    tree = yaml.safe_load((FOLDER / "logsource.yaml").read_text())
    inner = tree
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    assert not validator.is_valid(tree)


@pytest.mark.parametrize(
    "source", [{"type": "stdin"}, {"type": "journald"}, {"type": "syslog", "listen": "x"}]
)
def test_editors_know_what_each_type_needs(validator, source: dict[str, str]):
    tree = yaml.safe_load((FOLDER / "logsource.yaml").read_text())
    tree["sources"] = [{"name": "one", **source}]
    validator.validate(tree)


def test_editors_accept_references_to_the_environment(validator):
    tree = yaml.safe_load((FOLDER / "logsource.yaml").read_text())
    tree["collector"].update(
        timeout="${T}", concurrency="${N}", base64="${B}", platform="${P}", byte_limit_post="${S}"
    )
    validator.validate(tree)
