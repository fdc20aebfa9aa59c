"""Runs grok patterns on text, with a time limit, and gives the fields as Logstash would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.config.regexcompile import compile_regex
from logsource.model import Reject
from logsource.parse.ruby import ruby_to_f, ruby_to_i

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.model import JSONValue
    from logsource.parse.grok.compile import Capture, CompiledGrok

DEFAULT_TIMEOUT = 0.25
"""Seconds one pattern may spend on one text."""


def raw_match(
    compiled: CompiledGrok, text: str, *, keep_empty_captures: bool = False, timeout: float = DEFAULT_TIMEOUT
) -> dict[str, JSONValue] | None:
    """Fields of the first match anywhere in the text, or None.

    Captures that did not take part, or are empty, leave no field; with `keep_empty_captures` the ones give null and
    the others the empty text. The same name captured twice makes an array. Raises TimeoutError after `timeout` seconds.
    """
    found = compile_regex(compiled.regex).search(text, timeout=timeout)
    if found is None:
        return None
    return captured_fields(compiled.captures, found.groups(), keep_empty_captures=keep_empty_captures)


def captured_fields(
    captures: Sequence[Capture],
    groups: Sequence[str | None],
    *,
    keep_empty_captures: bool = False,
    beside: dict[str, JSONValue] | None = None,
) -> dict[str, JSONValue]:
    """Nested fields out of the texts of the groups (`groups[0]` is group 1), added to those `beside`."""
    fields: dict[str, JSONValue] = {} if beside is None else beside
    for capture in captures:
        text = groups[capture.group - 1]
        if not keep_empty_captures and (text is None or (text == "" and capture.coerce is None)):
            continue
        value: JSONValue = text
        if text is None:
            pass  # no number either: the grok filter converts only what took part
        elif capture.coerce == "int":
            value = ruby_to_i(text)
        elif capture.coerce == "float":
            value = ruby_to_f(text)
        _put(fields, capture.path, value)
    return fields


def _put(fields: dict[str, JSONValue], path: tuple[str, ...], value: JSONValue) -> None:
    for name in path[:-1]:
        inner = fields.setdefault(name, {})
        if not isinstance(inner, dict):
            return  # a field that is a value cannot hold others; the first one stays
        fields = inner
    name = path[-1]
    known = fields.get(name)
    if known is None:
        fields[name] = value
        return
    if isinstance(known, dict) or (value is None and not isinstance(known, str | list)):
        return
    # Logstash makes an array only when the first value is text; losing the second number serves nobody.
    fields[name] = [*known, value] if isinstance(known, list) else [known, value]


class GrokParser:
    """Several patterns, tried in order; the first that matches gives the fields.

    Without `break_on_match` all of them are applied, and what matches adds its fields to the others'.
    """

    def __init__(
        self,
        patterns: Sequence[CompiledGrok],
        *,
        keep_empty_captures: bool = False,
        break_on_match: bool = True,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        self._patterns = [(compile_regex(one.regex), one.captures) for one in patterns]
        self._keep_empty = keep_empty_captures
        self._break = break_on_match
        self._timeout = timeout

    def fields(self, text: str) -> dict[str, JSONValue] | Reject:
        """Fields of the text; Reject `no_match` or `timeout`."""
        fields: dict[str, JSONValue] | None = None
        for compiled, captures in self._patterns:
            try:
                found = compiled.search(text, timeout=self._timeout)
            except TimeoutError:
                return Reject("timeout", f"the pattern took more than {self._timeout:g} s")
            if found is not None:
                groups = found.groups()
                fields = captured_fields(
                    captures, groups, keep_empty_captures=self._keep_empty, beside=fields
                )
                if self._break:
                    return fields
        return fields if fields is not None else Reject("no_match", "none of the patterns matches")
