"""The documents of `deploy/`: links lead somewhere, snippets are valid, promised numbers add up."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import yaml

from logsource.cli.main import cli
from logsource.config.load import load
from logsource.config.model import CollectorConfig, OutboxConfig, WebConfig
from logsource.series import PREFIX
from logsource.tail.wake import MAX_WATCHES
from tests.deploy.series import known
from tests.deploy.tools import DEPLOY

DOCUMENTS = sorted(DEPLOY.rglob("*.md"))
CHECKLIST = (DEPLOY / "README.md").read_text()
GIB = 1024**3
_CODE = re.compile(r"`([^`\n]+)`|^\s*(\S*logsource .*|sudo .*|kubectl .*)$", re.MULTILINE)
_COMMAND = re.compile(r"(?:sudo -u \S+ |kubectl .* -- )?(?:\S*/)?logsource ([a-z].*)")


def relative(path):
    return str(path.relative_to(DEPLOY))


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_links_lead_to_files(path):
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text())]
    for link in filter(None, links):
        assert (path.parent / link).exists(), link


def commands_in(text):
    """The words after `logsource` of every call in code, in Markdown and in annotations of rules."""
    for code in map("".join, _CODE.findall(text)):
        for part in re.split(r"\||&&|#", code):
            if called := _COMMAND.fullmatch(part.strip()):
                yield called[1].split()


@pytest.mark.parametrize(
    "path", [*DOCUMENTS, DEPLOY / "prometheus/rules.yaml", *(DEPLOY / "logrotate").iterdir()], ids=relative
)
def test_commands_and_options_exist(path):
    for words in commands_in(path.read_text()):
        command = cli
        context = command.make_context("logsource", [], resilient_parsing=True)
        for word in words:
            if word.startswith("--"):
                assert any(word in option.opts for option in command.params), f"{words}: no {word}"
            elif hasattr(command, "get_command"):
                command = command.get_command(context, word)
                assert command is not None, f"{words}: no {word}"


def test_commands_are_found_in_documents():
    """Else the test above could pass for nothing."""
    text = "`sudo -u logsource /opt/x/bin/logsource check` `tail LOG | logsource try P -`\n"
    text += (
        "kubectl exec d -- logsource status --json\n        /opt/x/logsource drain -c F\n`-u logsource -f`"
    )
    assert [words[0] for words in commands_in(text)] == ["check", "try", "status", "drain"]
    assert len(list(commands_in((DEPLOY / "RUNBOOK.md").read_text()))) > 15


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_series_that_are_named_exist(path):
    names = set(re.findall(rf"\b({PREFIX}\w+)", path.read_text()))
    assert names <= known().keys()


def test_every_room_is_on_the_checklist():
    rooms = {path.name for path in DEPLOY.iterdir() if path.is_dir()}
    assert all(f"]({room}/" in CHECKLIST for room in rooms)


def test_the_configuration_of_the_checklist_is_valid(tmp_path):
    (block,) = re.findall(r"```yaml\n(.*?)```", CHECKLIST, re.DOTALL)
    path = tmp_path / "logsource.yaml"
    path.write_text(block)
    config = load(path, env={"COLLECTOR_TOKEN": "secret"}).config
    assert config.collector.headers == {"Authorization": "Bearer secret"}
    assert config.collector.tls.verify


def test_the_defaults_that_are_named_are_the_defaults():
    collector = CollectorConfig(url="http://127.0.0.1:9090")
    assert OutboxConfig().max_size == GIB
    assert collector.byte_limit_post == 128 * 1024
    assert f"`web.listen` is {WebConfig().listen}." in CHECKLIST
    assert f"directory, {MAX_WATCHES} at most" in CHECKLIST


def test_the_table_of_sizes_follows_from_the_measured_number():
    size = int(re.search(r"takes (\d+) bytes an event", CHECKLIST)[1])
    rows = re.findall(r"^ *\| ([\d,]+) \| ([\d.]+) (h|min) \| ([\d.]+) GiB \|$", CHECKLIST, re.MULTILINE)
    assert len(rows) == 3
    for rate, lasts, unit, day in rows:
        stored = int(rate.replace(",", "")) * size  # bytes a second
        assert GIB / stored == pytest.approx(float(lasts) * {"h": 3600, "min": 60}[unit], rel=0.03)
        assert stored * 86400 / GIB == pytest.approx(float(day), rel=0.15)


@pytest.mark.parametrize("path", sorted(DEPLOY.rglob("*.y*ml")), ids=relative)
def test_no_key_stands_twice(path):
    """PyYAML takes the last one without a word."""

    class Strict(yaml.SafeLoader):
        """Refuses a mapping in which a key repeats."""

    def mapping(loader, node, deep=False):
        keys = Counter(key.value for key, _ in node.value)
        assert max(keys.values(), default=1) == 1, f"{keys.most_common(1)} at {node.start_mark}"
        return yaml.SafeLoader.construct_mapping(loader, node, deep)

    Strict.add_constructor(
        yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, lambda loader, node: mapping(loader, node, deep=True)
    )
    assert yaml.load(path.read_text(), Loader=Strict)
