"""Which fields the records of a parser can have, as far as that is known before the first one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.parse.pattern import PatternParser
from logsource.parse.structured import StructuredParser
from logsource.parse.validated import ValidatedParser

if TYPE_CHECKING:
    from logsource.model import Parser


@dataclass(frozen=True, slots=True)
class Labels:
    """Dotted names of fields."""

    names: frozenset[str]
    free: frozenset[str] = frozenset()
    """Fields that hold JSON of any form."""

    def has(self, label: str) -> bool:
        """Whether records may have a field of this name."""
        parts = label.split(".")
        return label in self.names or any(".".join(parts[:end]) in self.free for end in range(1, len(parts)))


def labels_of(parser: Parser) -> Labels | None:
    """Fields of a parser's records, without the `fields` of generic schemas; None when only the records tell."""
    while isinstance(parser, ValidatedParser):
        parser = parser.inner
    if isinstance(parser, PatternParser):
        named = {".".join(field.name) for spec in parser.patterns for field in spec.fields}
        fixed = {".".join(path) for spec in parser.patterns for path, _ in spec.constants}
        return Labels(frozenset(named | fixed))
    if isinstance(parser, StructuredParser):
        return Labels(
            frozenset(rule.label for rule in parser.rules),
            frozenset(rule.label for rule in parser.rules if rule.kind == "object"),
        )
    return None
