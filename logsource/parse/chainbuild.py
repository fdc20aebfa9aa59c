"""From `chain:` of an entry of `parsers:` to its parser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.config.fieldrules import suggest
from logsource.errors import PackError
from logsource.parse.chain import ChainParser, Inner
from logsource.parse.effects import OptionProblem, ParserOptionsError
from logsource.parse.labels import labels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from logsource.config.chain import ChainConfig
    from logsource.model import Parser
    from logsource.parse.labels import Labels

_TEXTS = ("message", "msg", "log", "MESSAGE", "short_message", "text", "body")
"""Where envelopes usually have their text."""


def build_chain(
    name: str,
    config: ChainConfig,
    *,
    resolve: Callable[[str], tuple[Parser, bool]],
    schema_dirs: Sequence[Path],
) -> ChainParser:
    """Build a chain. Raises ParserOptionsError with all problems, each with its place.

    `resolve` gives the parser of a name, and whether it reads lines with a syslog header.
    """
    problems: list[OptionProblem] = []
    envelope = _part(config.envelope, ("envelope",), resolve, problems)
    inner = []
    for index, one in enumerate(config.inner):
        found = _part(one.parser, ("inner", index, "parser"), resolve, problems)
        if found is not None:
            when = tuple((tuple(label.split(".")), frozenset(words)) for label, words in one.when.items())
            inner.append(Inner(name=one.parser, parser=found[0], when=when, header=found[1]))
    if envelope is not None:
        problems += _unknown_fields(config, labels_of(envelope[0]))
    if problems or envelope is None:
        raise ParserOptionsError(problems, name)
    return ChainParser(
        name,
        envelope[0],
        inner,
        path=tuple(config.field.split(".")),
        otherwise=config.otherwise,
        entity=config.entity,
        schema_dirs=schema_dirs,
    )


def _part(
    name: str,
    place: tuple[str | int, ...],
    resolve: Callable[[str], tuple[Parser, bool]],
    problems: list[OptionProblem],
) -> tuple[Parser, bool] | None:
    try:
        return resolve(name)
    except PackError as error:
        problems.append(OptionProblem(("chain", *place), f"the parser {name} cannot be used: {error}"))
        return None


def _unknown_fields(config: ChainConfig, labels: Labels | None) -> Iterator[OptionProblem]:
    if labels is None:
        return
    if not labels.has(config.field):
        what = f"{config.envelope} has no field {config.field}"
        likely = next((f"write field: {one}" for one in _TEXTS if one in labels.names), "")
        hint = likely or suggest(config.field, labels.names) or _known(labels)
        yield OptionProblem(("chain", "field"), f"chain.field: {what}", hint)
    for index, one in enumerate(config.inner):
        for label in one.when:
            if not labels.has(label):
                what = f"chain.inner[{index}].when: {config.envelope} has no field {label}"
                hint = suggest(label, labels.names) or _known(labels)
                yield OptionProblem(("chain", "inner", index, "when", label), what, hint)


def _known(labels: Labels) -> str:
    return "known: " + ", ".join(sorted(labels.names))
