"""From the name of an engine and its options in a pack to the engine."""

from __future__ import annotations

import inspect
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Protocol

from logsource.errors import PackError
from logsource.parse.engines.csv import CsvEngine
from logsource.parse.engines.dissect import DissectEngine
from logsource.parse.engines.json import JsonEngine
from logsource.parse.engines.logfmt import LogfmtEngine
from logsource.parse.engines.syslog import SyslogEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from logsource.model import JSONValue, Reject


class Engine(Protocol):
    """Takes a record apart."""

    def fields(self, text: str) -> dict[str, JSONValue] | Reject:
        """Members by name (nested objects stay nested), or why there are none. Never raises."""
        ...


ENGINES: Mapping[str, Callable[..., Engine]] = {
    "csv": CsvEngine,
    "dissect": DissectEngine,
    "json": JsonEngine,
    "logfmt": LogfmtEngine,
    "syslog": SyslogEngine,
}
_KINDS = {"bool": (bool, "true or false"), "str": (str, "a text"), "str | None": (str, "a text")}


def make_engine(name: str, options: Mapping[str, Any]) -> Engine:
    """Build an engine. Raises PackError for an unknown engine, an unknown option or a wrong value."""
    maker = ENGINES.get(name)
    if maker is None:
        raise PackError(f"no engine {name!r}{_hint(name, list(ENGINES))}")
    known = inspect.signature(maker).parameters
    for option, value in options.items():
        if option not in known:
            raise PackError(f"{name}: unknown option {option!r}{_hint(option, list(known))}")
        _check(name, option, value, str(known[option].annotation))
    missing = [p.name for p in known.values() if p.default is p.empty and p.name not in options]
    if missing:
        raise PackError(f"{name}: the option {missing[0]!r} is missing")
    return maker(**options)


def _check(engine: str, option: str, value: Any, annotation: str) -> None:
    if annotation in _KINDS:
        kind, words = _KINDS[annotation]
        if not isinstance(value, kind):
            raise PackError(f"{engine}: {option} must be {words}")
    elif annotation.startswith("Mapping["):
        listed = isinstance(value, dict) and all(
            isinstance(one, list) and all(isinstance(text, str) for text in one) for one in value.values()
        )
        if not listed:
            raise PackError(f"{engine}: {option} must be a mapping of names to lists of texts")
    elif "Sequence[str]" in annotation:
        listed = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
        if not listed and not (isinstance(value, str) and annotation.startswith("str")):
            raise PackError(f"{engine}: {option} must be a list of texts")


def _hint(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]}?)" if close else f" (known: {', '.join(sorted(known))})"
