"""Fixed-width records: each field stands at the same place in every line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from logsource.config.fixedwidth import read_columns
from logsource.model import Reject
from logsource.parse.effects import OptionProblem, ParserOptionsError
from logsource.parse.fixedpatterns import fixed_patterns

if TYPE_CHECKING:
    from logsource.model import JSONValue


class FixedEngine:
    """Cuts a record at its columns (see `config.fixedwidth` for how they are written).

    Values lose the filler on both sides; a column of nothing but filler is left out. A record may end early: blanks
    at the end of lines often get lost on their way, so what is behind its end is empty. More text than the columns
    have is a Reject, unless the last one goes to the end of the line. Characters count, not bytes.
    """

    def __init__(self, columns: Any) -> None:
        """`columns` as they stand behind `fixed:`. Raises ParserOptionsError with the places of all problems."""
        self.columns, problems = read_columns(columns)
        if problems:
            raise ParserOptionsError(
                [OptionProblem(("fixed", *one.path), f"fixed: {one.what}", one.hint) for one in problems]
            )
        self.patterns = fixed_patterns(self.columns)
        self._compiled = [re.compile(one.regex) for one in self.patterns]

    @property
    def names(self) -> tuple[frozenset[str]]:
        """Names of the columns that are kept."""
        return (frozenset(column.name for column in self.columns if not column.left_out),)

    @property
    def width(self) -> int | None:
        """Characters of a whole record; None when the last column takes what comes."""
        return self.columns[-1].end

    def fields(self, text: str) -> dict[str, JSONValue] | Reject:
        """Columns by name; Reject `no_match` for a record that is longer than they are, or has a newline in them."""
        for pattern, compiled in zip(self.patterns, self._compiled, strict=True):
            match = compiled.fullmatch(text)
            if match is not None:
                values = [
                    (name, match[group].strip(filler)) for name, (group, filler) in pattern.groups.items()
                ]
                return {name: value for name, value in values if value}
        return Reject("no_match", f"the record has {len(text)} characters, its columns {self.width}")
