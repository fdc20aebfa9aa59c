"""Hiding what identifies people or opens doors, wherever it stands in a text; `finders` knows what to look for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logsource.config.regexcompile import compile_regex
from logsource.render.filters.condition import REGEX_TIMEOUT
from logsource.render.filters.finders import FINDERS, Finder

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.config.filters import RedactConfig


class Redactor:
    """Text in, text out; what a pattern could not judge in time is hidden as a whole."""

    def __init__(self, config: RedactConfig) -> None:
        self._with = config.with_
        finders = [FINDERS[name] for name in config.patterns] + [Finder(source) for source in config.regex]
        self._steps = [(one.needles, _step(one, config.with_)) for one in finders]

    def __call__(self, text: str) -> str:
        """Hide all that is found."""
        try:
            for needles, step in self._steps:
                if any(needle in text for needle in needles):
                    text = step(text)
        except TimeoutError:
            return self._with
        return text


def _step(finder: Finder, hidden: str) -> Callable[[str], str]:
    """What a finder does to a text. It raises TimeoutError."""
    if (whole := finder.whole) is not None:
        return lambda text: whole(text, hidden, REGEX_TIMEOUT)
    replace = _replacement(finder, hidden)
    plain = compile_regex(finder.pattern)
    if finder.encoded is None:
        return lambda text: plain.sub(replace, text, timeout=REGEX_TIMEOUT)
    encoded = compile_regex(finder.encoded)
    return lambda text: (encoded if "%" in text else plain).sub(replace, text, timeout=REGEX_TIMEOUT)


def _replacement(finder: Finder, hidden: str) -> Callable[[Any], str]:
    hide = finder.hide

    def replace(match: Any) -> str:
        found: str = match[0]
        if hide is not None:
            return hide(found, hidden)
        if match.re.groups and match.start(1) >= 0:
            at = match.start(1) - match.start()
            return found[:at] + hidden + found[at + len(match[1]) :]
        return hidden

    return replace
