"""Requests that are no page views of people: parts of pages, bots and tools. The lists are data files."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    from logsource.model import JSONValue

BOT = "iglu:io.logsource/bot/jsonschema/1-0-0"
SHORT = 512
"""Characters; longer headers are not remembered, because a client chooses how much memory that takes."""
MAX_ENDING = 12
"""Characters; longer endings are no file types."""


class Bot(NamedTuple):
    """A program that asks for pages."""

    kind: str
    name: str


def _lines(name: str) -> list[str]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@cache
def asset_endings() -> frozenset[str]:
    """File types that are parts of pages."""
    return frozenset(_lines("static_assets.txt"))


@cache
def _bots() -> tuple[tuple[str, Bot], ...]:
    """Texts and bots, in the order of the list."""
    rows = [line.split("\t") for line in _lines("bots.txt")]
    return tuple((text, Bot(kind, name)) for kind, name, text in rows)


def is_static_asset(value: JSONValue) -> bool:
    """Whether a request target names a part of a page: an image, a style, a script, a font and the like."""
    if not isinstance(value, str):
        return False
    path = value.partition("?")[0].partition("#")[0]
    name = path.rpartition("/")[2]
    if "%" in name:
        name = unquote(name)
    _, dot, ending = name.rpartition(".")
    return bool(dot) and len(ending) <= MAX_ENDING and ending.lower() in asset_endings()


def find_bot(value: JSONValue) -> Bot | None:
    """The bot that a User-Agent header tells of; None for browsers, and when there is no header.

    A special line of the list wins over a general one, wherever in the text either stands.
    """
    if not isinstance(value, str):
        return None
    return _remembered(value) if len(value) <= SHORT else _find(value)


def _find(agent: str) -> Bot | None:
    lowered = agent.lower()
    return next((bot for text, bot in _bots() if text in lowered), None)


_remembered = lru_cache(maxsize=4096)(_find)


def is_bot(value: JSONValue) -> bool:
    """Whether a User-Agent header tells of a bot or a tool."""
    return find_bot(value) is not None


def bot_entity(value: JSONValue) -> JSONValue:
    """Self-describing entity about the bot; None when it is none."""
    bot = find_bot(value)
    return None if bot is None else {"schema": BOT, "data": {"kind": bot.kind, "name": bot.name}}
