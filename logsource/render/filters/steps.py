"""The steps of a filter chain, compiled: what each asks of a record or does to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.event.url import clean_url
from logsource.render.filters.condition import Leaf, Tree, compile_condition
from logsource.render.filters.keyed import Hasher, Sampler
from logsource.render.filters.redact import Redactor
from logsource.render.filters.values import Path, path_of
from logsource.render.filters.web import bot_entity, is_bot, is_static_asset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from logsource.config.filters import FilterConfig
    from logsource.model import JSONValue

    Alter = Callable[[JSONValue], JSONValue]
    """Makes a new value of one that is there (never None, never in place)."""


@dataclass(frozen=True, slots=True)
class Mask:
    """Drops records that fulfil a condition, or that do not."""

    reason: str
    tree: Tree
    drop_when: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """Drops all records but a part of them."""

    reason: str
    paths: tuple[Path, ...]
    """Empty: the id of the event decides."""
    sampler: Sampler


@dataclass(frozen=True, slots=True)
class Change:
    """Changes values of fields that are there."""

    paths: tuple[Path, ...] | None
    """None: all texts of the record, however deep."""
    alter: Alter
    everywhere: bool = False
    """It hides what must not be seen, so lines that no parser took go through it as well."""


@dataclass(frozen=True, slots=True)
class Rename:
    """Moves a value that is there to another name."""

    old: Path
    new: Path


@dataclass(frozen=True, slots=True)
class Add:
    """Sets a field."""

    path: Path
    value: JSONValue


@dataclass(frozen=True, slots=True)
class Remove:
    """Leaves a field out."""

    path: Path


@dataclass(frozen=True, slots=True)
class Tag:
    """Adds an entity that a field tells of."""

    path: Path
    entity: Callable[[JSONValue], JSONValue]
    """None: there is nothing to tell."""


Step = Mask | Sample | Change | Rename | Add | Remove | Tag


@dataclass(frozen=True, slots=True)
class WebFields:
    """Fields that tell about a web request, as the pack or the configuration names them."""

    target: Path | None = None
    user_agent: Path | None = None


def compile_steps(config: FilterConfig, web: WebFields) -> Iterator[Step]:
    """Steps of one item of `filters`. A step on fields that nobody names is none (see `check`)."""
    if config.drop_if is not None:
        yield Mask(config.reason, compile_condition(config.drop_if), drop_when=True)
    if config.keep_if is not None:
        yield Mask(config.reason, compile_condition(config.keep_if), drop_when=False)
    if config.drop_static_assets and web.target is not None:
        yield Mask(config.reason, Leaf(web.target, is_static_asset), drop_when=True)
    if config.drop_bots == "true" and web.user_agent is not None:
        yield Mask(config.reason, Leaf(web.user_agent, is_bot), drop_when=True)
    if config.drop_bots == "tag" and web.user_agent is not None:
        yield Tag(web.user_agent, bot_entity)
    if (sample := config.sample) is not None:
        paths = tuple(map(path_of, sample.key))
        yield Sample(config.reason, paths, Sampler(sample.rate, sample.seed))
    for old, new in (config.rename or {}).items():
        yield Rename(path_of(old), path_of(new))
    for label, value in (config.add or {}).items():
        yield Add(path_of(label), value)
    for label in config.remove or ():
        yield Remove(path_of(label))
    yield from _changes(config)


def _changes(config: FilterConfig) -> Iterator[Change]:
    if (redact := config.redact) is not None:
        paths = tuple(map(path_of, redact.fields)) or None
        yield Change(paths, _every_text(Redactor(redact)), everywhere=True)
    if (hashed := config.hash) is not None:
        yield Change(tuple(map(path_of, hashed.fields)), Hasher(hashed.key, hashed.length))
    for label, length in (config.truncate or {}).items():
        yield Change((path_of(label),), _cut(length))
    if (url := config.clean_url) is not None:
        host, scheme = url.host, url.scheme
        alter = _text(lambda text: clean_url(text, host=host, scheme=scheme))
        yield Change(tuple(map(path_of, url.fields)), alter)


def _text(alter: Callable[[str], str]) -> Alter:
    """Change texts and leave all else as it is."""
    return lambda value: alter(value) if isinstance(value, str) else value


def _cut(length: int) -> Alter:
    return _text(lambda text: text[:length])


def _every_text(alter: Callable[[str], str]) -> Alter:
    """Change every text inside a value; values are nested 40 levels deep at the most."""

    def inside(value: JSONValue) -> JSONValue:
        if isinstance(value, str):
            return alter(value)
        if isinstance(value, dict):
            return {key: inside(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [inside(inner) for inner in value]
        return value

    return inside
