"""From a file to a `Config`, or to all of its problems at once."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from logsource.config.explain import explain
from logsource.config.model import Config
from logsource.config.problem import Position, Problem
from logsource.config.rules import check_rules
from logsource.config.types import FROM_FILE
from logsource.config.yaml import Document, read_yaml
from logsource.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    KnownParsers = Callable[[Sequence[Path]], Collection[str]]
    """From the configuration's `pack_dirs` to the names of all packs that can be used."""

MAX_BYTES = 4 * 1024 * 1024
SMALLEST = (
    "{collector: {url: https://collector.example.com}, sources: [{name: app, paths: [/var/log/app.log]}]}"
)
"""Who has installed a package has no example beside it."""
_START = f"begin with {SMALLEST}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A configuration together with the places of its values, for messages of later checks."""

    config: Config
    file: str
    document: Document

    def locate(self, *path: str | int) -> Position:
        """Position of a value, or of what is nearest around it, e.g. ("sources", 0, "paths", 1)."""
        return self.document.at(path)

    def say(self, path: tuple[str | int, ...], what: str, hint: str = "", *, key: bool = False) -> str:
        """`file:line:col: what (hint)` about a value, or about its key (for mappings: where they begin to a reader)."""
        at = self.document.at_key(path) if key else self.document.at(path)
        return Problem(at, what, hint).render(self.file)


def load_config(path: Path, *, env: Mapping[str, str], known_parsers: KnownParsers | None = None) -> Config:
    """Read a configuration file; see `load`."""
    return load(path, env=env, known_parsers=known_parsers).config


def load(path: Path, *, env: Mapping[str, str], known_parsers: KnownParsers | None = None) -> Loaded:
    """Read a configuration file and check everything that can be checked without touching other files.

    `env` is what `${NAME}` refers to. Names of parsers are judged only if `known_parsers` is given.
    Raises `ConfigError` with every problem, sorted by position, each `file:line:col: what (hint)`.
    """
    file = str(path)
    document = _read(path, file, env)
    problems = list(document.problems)
    if isinstance(document.value, dict):
        try:
            config = Config.model_validate(document.value, context=FROM_FILE)
        except ValidationError as error:
            findings = (explain(finding, document) for finding in error.errors(include_url=False))
            problems.extend(finding for finding in findings if finding is not None)
        known = known_parsers(_pack_dirs(document)) if known_parsers is not None else None
        problems.extend(check_rules(document, known))
    elif not problems:
        what = "is empty" if document.value is None else "must be a mapping (`key: value` lines)"
        problems.append(Problem(document.at(()), what, _START))
    if problems:
        raise ConfigError([problem.render(file) for problem in sorted(set(problems))])
    return Loaded(config=config, file=file, document=document)


def _pack_dirs(document: Document) -> Sequence[Path]:
    """Folders of packs as far as they are usable; what is wrong with the others is said elsewhere."""
    dirs = document.value.get("pack_dirs")
    return [Path(item) for item in dirs if isinstance(item, str)] if isinstance(dirs, list) else []


def _read(path: Path, file: str, env: Mapping[str, str]) -> Document:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except IsADirectoryError as error:
        hint = f"name the file in it, such as {path / 'logsource.yaml'}"
        raise ConfigError([f"{file}: is a directory, not a file ({hint})"]) from error
    except FileNotFoundError as error:
        raise ConfigError([f"{file}: no such file ({_START})"]) from error
    except OSError as error:
        hint = "let the agent's user read it, for example through its group"
        raise ConfigError([f"{file}: cannot be read: {error.strerror} ({hint})"]) from error
    if len(data) > MAX_BYTES:
        raise ConfigError([f"{file}: is larger than {MAX_BYTES} bytes (is it the right file?)"])
    return read_yaml(_decode(data, file), env)


def _decode(data: bytes, file: str) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ConfigError([f"{file}:1:1: the file is UTF-16 (save it as UTF-8)"])
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data:
        at = _position(data, data.index(b"\0"))
        problem = Problem(at, "a NUL byte; this is not a text file", "is it the right file?")
        raise ConfigError([problem.render(file)])
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        at = _position(data, error.start)
        what = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        raise ConfigError([Problem(at, what, "save the file as UTF-8").render(file)]) from error


def _position(data: bytes, offset: int) -> Position:
    before = data[:offset]
    column = len(before[before.rfind(b"\n") + 1 :].decode(errors="replace")) + 1
    return Position(before.count(b"\n") + 1, column)
