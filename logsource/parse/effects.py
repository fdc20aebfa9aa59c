"""Options of a user's parser that could have no effect, and captures that its schema could not take.

Nothing that somebody wrote is ignored in silence: what can be known before the first record is an error with its
place. What only the records tell (members of JSON, of key=value pairs, columns named by a header) is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.config.fieldrules import suggest
from logsource.errors import PackError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from logsource.config.ownparsers import ParserConfig
    from logsource.parse.shape import Shape

_KEEP = "write timestamp.keep: true"


@dataclass(frozen=True, slots=True)
class OptionProblem:
    """One thing that is wrong with an entry of `parsers:`."""

    path: tuple[str | int, ...]
    """Below the entry, such as ("types", "code")."""
    what: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.what} ({self.hint})" if self.hint else self.what


class ParserOptionsError(PackError):
    """Options that contradict the patterns or the schema; all of them, with their places."""

    def __init__(self, problems: Sequence[OptionProblem], parser: str = "") -> None:
        prefix = f"parser {parser}: " if parser else ""
        super().__init__("\n".join(f"{prefix}{problem}" for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Captures:
    """What an engine can give, as far as that is known before the first record."""

    engine: str
    patterns: tuple[frozenset[str], ...] | None
    """Dotted names, pattern by pattern; None when only the records tell."""
    members: frozenset[str] | None = None
    """What records of the engine may have at all, when that is known (syslog)."""
    coerced: frozenset[str] = frozenset()
    """Names that the pattern itself makes numbers (`:int`, `:float` of grok)."""
    may_be_null: tuple[frozenset[str], ...] = ()
    """Names that may come as null, pattern by pattern (`keep_empty_captures` of grok); empty: none does."""

    @property
    def names(self) -> frozenset[str] | None:
        """Names of all patterns together."""
        return self.members if self.patterns is None else frozenset[str]().union(*self.patterns)

    def where(self, number: int) -> tuple[str, tuple[str | int, ...]]:
        """How to speak of one pattern, and its place below the parser's entry."""
        if self.engine in {"csv", "fixed"}:
            return self.engine, ("csv", "columns") if self.engine == "csv" else ("fixed",)
        place = (self.engine,) if len(self.patterns or ()) < 2 else (self.engine, number)
        return f"pattern {number + 1}", place


def check_options(config: ParserConfig, captures: Captures, shape: Shape | None) -> None:
    """Raise ParserOptionsError with everything that would be ignored or refused."""
    problems = [*_empty(captures), *_types(config, captures, shape), *_time(config, captures, shape)]
    if shape is not None:
        for number, names in enumerate(captures.patterns or ()):
            problems += _against_schema(config, captures, number, names, shape)
        for number, names in enumerate(captures.may_be_null):
            problems += _nulls(config, captures, number, names, shape)
    if problems:
        raise ParserOptionsError(problems)


def _empty(captures: Captures) -> Iterator[OptionProblem]:
    for number, names in enumerate(captures.patterns or ()):
        if not names:
            name, place = captures.where(number)
            example = {"grok": "%{WORD:verb}", "dissect": "%{verb}"}.get(captures.engine, "(?P<verb>[A-Z]+)")
            yield OptionProblem(
                place, f"{name} captures nothing by name", f"name what you want to keep: {example}"
            )


def _types(config: ParserConfig, captures: Captures, shape: Shape | None) -> Iterator[OptionProblem]:
    if shape is not None and config.types:
        what = f"types has no effect: {shape.uri} is at hand and says what the fields are"
        yield OptionProblem(("types",), what, "remove it, or change the schema")
        return
    for label in config.types:
        place = ("types", label)
        unknown = _unknown(label, captures)
        if unknown is not None:
            yield OptionProblem(place, f"types.{label}: no {_giver(captures)} {label}", unknown)
        elif label == _hidden(config):
            what = f"types.{label} has no effect: {label} is the time, and no field of the event"
            yield OptionProblem(place, what, f"remove it, or {_KEEP}")
        elif label in captures.coerced:
            what = f"types.{label} has no effect: the pattern makes {label} a number itself"
            yield OptionProblem(place, what, "keep one of the two")


def _time(config: ParserConfig, captures: Captures, shape: Shape | None) -> Iterator[OptionProblem]:
    if config.timestamp is None:
        return
    label = config.timestamp.field
    unknown = _unknown(label, captures)
    if unknown is not None:
        what = f"timestamp.field: no {_giver(captures)} {label}"
        yield OptionProblem(("timestamp", "field"), what, unknown)
    if shape is None:
        return
    if label == _hidden(config) and label in shape.rules and shape.rules[label].required:
        what = f"timestamp.field: {label} is taken out of the event as its time, but {shape.uri} requires it"
        yield OptionProblem(("timestamp", "field"), what, _KEEP)
    if config.timestamp.keep and captures.patterns is None and not _has(shape, label):
        what = f"timestamp.keep: {shape.uri} has no field {label}"
        yield OptionProblem(("timestamp", "keep"), what, suggest(label, shape.rules) or "remove it")


def _against_schema(
    config: ParserConfig, captures: Captures, number: int, names: Collection[str], shape: Shape
) -> Iterator[OptionProblem]:
    who, place = captures.where(number)
    for label in sorted(names):
        if label == _hidden(config) or _has(shape, label):
            continue
        if captures.engine in {"csv", "fixed"}:
            what, otherwise = (
                f"{captures.engine}: {shape.uri} has no field {label}",
                f"write ?{label} to leave the column out",
            )
        else:
            what, otherwise = f"{who} captures {label}, which {shape.uri} does not have", ""
        yield OptionProblem(place, what, suggest(label, shape.rules) or otherwise)
    inside = {
        ".".join(parts[:end]) for name in names for parts in [name.split(".")] for end in range(1, len(parts))
    }
    missing = [
        label
        for label, rule in shape.rules.items()
        if rule.required and label not in names and label not in inside
    ]
    if missing:
        yield OptionProblem(place, f"{who} does not give {', '.join(missing)}, which {shape.uri} requires")


def _nulls(
    config: ParserConfig, captures: Captures, number: int, names: Collection[str], shape: Shape
) -> Iterator[OptionProblem]:
    """A required field without a value is a reject anyway, so only optional ones are spoken of."""
    for label in sorted(names):
        rule = shape.rules.get(label)
        if rule is None or rule.required or rule.nullable or label == _hidden(config):
            continue
        who, _ = captures.where(number)
        yield OptionProblem(
            ("keep_empty_captures",),
            f"keep_empty_captures: {who} may give {label} as null, which {shape.uri} does not allow",
            f"allow it: the type of {label} is [{rule.kind}, null]",
        )


def _has(shape: Shape, label: str) -> bool:
    """Whether a schema has a field, or an object of any form in which it stands."""
    parts = label.split(".")
    parents = (shape.rules.get(".".join(parts[:end])) for end in range(1, len(parts)))
    return label in shape.rules or any(rule is not None and rule.kind == "object" for rule in parents)


def _hidden(config: ParserConfig) -> str | None:
    """Field that is taken out of the event as its time."""
    return None if config.timestamp is None or config.timestamp.keep else config.timestamp.field


def _giver(captures: Captures) -> str:
    return {"csv": "column is named", "fixed": "column is named", "syslog": "syslog message has"}.get(
        captures.engine, "pattern captures"
    )


def _unknown(label: str, captures: Captures) -> str | None:
    """Hint about a name that nothing captures; None for one that something does, or may."""
    names = captures.names
    inside = captures.members is not None and label.partition(".")[0] in captures.members
    if names is None or label in names or inside:
        return None
    return (
        suggest(label, names)
        or f"{'it has' if captures.members else 'captured'}: {', '.join(sorted(names)) or 'nothing'}"
    )
