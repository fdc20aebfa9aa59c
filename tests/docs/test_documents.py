"""What the documents show is true: configurations load, commands exist and print what is shown, links lead somewhere."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from logsource.cli.main import cli
from logsource.config.load import load
from logsource.event.repository import StaticRepository, builtin_roots
from logsource.event.resolver import Resolver
from logsource.event.validate import Validators
from logsource.parse.resolve import known_parsers
from tests.support.markdown import Command, blocks, commands, inline_code, links, without_remark

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCUMENTS = [
    path
    for path in (README, ROOT / "logsource/DESIGN.md", ROOT / "deploy/README.md", ROOT / "CHANGELOG.md")
    if path.exists()
]
BIN = Path(sys.executable).parent


def of_all(find):
    """One parameter for each thing that is found in a document, named by document and line."""
    return [
        pytest.param(document, one, id=f"{document.relative_to(ROOT)}:{one.line}")
        for document in DOCUMENTS
        for one in find(document)
    ]


def test_the_readme_shows_something_of_each_kind():
    assert blocks(README, "yaml")
    assert blocks(README, "json")
    assert [one for one in commands(README) if one.output]
    assert [one for one in commands(README) if one.text.startswith("make ")]


@pytest.mark.parametrize(("document", "block"), of_all(lambda document: blocks(document, "yaml")))
def test_a_configuration_that_is_shown_has_no_problems(tmp_path, document, block):
    path = tmp_path / "logsource.yaml"
    path.write_text(block.text)
    config = load(path, env={}, known_parsers=known_parsers).config  # raises ConfigError with every problem
    assert config.sources


@pytest.mark.parametrize(("document", "block"), of_all(lambda document: blocks(document, "json")))
def test_an_event_that_is_shown_is_valid_under_its_schema(document, block):
    event = json.loads(block.text)
    validators = Validators(Resolver([StaticRepository(root) for root in builtin_roots()]))
    assert validators.problems(event["schema"], event["data"]) == ()


@pytest.mark.parametrize(("document", "command"), of_all(commands))
def test_a_command_that_is_shown_exists(document, command):
    for words in parts_of(command):
        if words[0] == "logsource":
            exists_in_the_cli(words[1:])
        elif words[0] == "make":
            assert re.search(rf"^{re.escape(words[1])}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    ("document", "command"), of_all(lambda document: [one for one in commands(document) if one.output])
)
def test_a_command_prints_what_is_shown_below_it(tmp_path, document, command):
    done = shell(command, tmp_path)
    assert (done.stdout, done.stderr) == (command.output, "")


@pytest.mark.parametrize(
    ("document", "command"),
    of_all(
        lambda document: [
            one for one in commands(document) if one.text.startswith("echo ") and not one.output
        ]
    ),
)
def test_a_command_that_brings_its_input_along_runs(tmp_path, document, command):
    done = shell(command, tmp_path)
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_between_backticks_exist(document):
    for code in inline_code(document):
        if code.startswith("logsource "):
            alternatives = re.sub(r"\s*\|\s*", "|", without_remark(code))
            exists_in_the_cli(shlex.split(alternatives)[1:])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(document):
    missing = [target for target in links(document) if not (document.parent / target).exists()]
    assert missing == []


def shell(command: Command, directory: Path) -> subprocess.CompletedProcess[str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command.text],
        cwd=directory,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def parts_of(command: Command) -> list[list[str]]:
    """The words of each command of a pipeline or list."""
    lexer = shlex.shlex(command.text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    parts: list[list[str]] = [[]]
    for word in lexer:
        if set(word) <= set("|&;()<>"):
            parts.append([])
        else:
            parts[-1].append(word)
    return [part for part in parts if part]


def exists_in_the_cli(words: list[str]) -> None:
    """Follow the words down the tree of commands; every option among them must be one of the last command.

    `dead list|show` names two commands.
    """
    command: click.Command = cli
    context = click.Context(command, info_name="logsource")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        first, *rest = words[0].split("|")
        for other in rest:
            assert command.get_command(context, other) is not None, (
                f"there is no command {other!r} in {words}"
            )
        inner = command.get_command(context, first)
        assert inner is not None, f"there is no command {first!r} in {words}"
        command, words = inner, words[1:]
        context = click.Context(command, parent=context, info_name=command.name)
    known = {name for one in command.get_params(context) for name in (*one.opts, *one.secondary_opts)}
    for word in words:
        if word.startswith("-") and word != "-":
            assert word.split("=")[0] in known, f"{command.name} has no option {word}"
