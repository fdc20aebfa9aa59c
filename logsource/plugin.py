"""What a parser plugin needs: the stable, typed interface between a package of yours and logsource.

A plugin is an object with a method `parse(line)`, or a class or a function that makes one without arguments. Its
package names it under the entry point group `logsource.parsers`; the name there is the name of the parser.

    from logsource.plugin import Line, Record, Reject

    class Till:
        def parse(self, line: Line) -> Record | Reject | None: ...

`parse` gets one record and returns a `Record`, a `Reject` with the reason (a short snake_case word, it becomes a
label of the metrics), or None to leave the line out on purpose. It should be a pure function of the line: the same
line may be parsed again after a crash, and in another process.

Attributes it may have:
- `remembers = True`: what a line means depends on lines before it (a header, say). Then all lines of the source are
  parsed in one process, in their order, and after a restart it begins in the middle without what it remembered.
- `timeout`: seconds one record may take (1 unless it says otherwise, at most 8); then it is given up.

What goes wrong is contained and counted as a record that no pattern matches, under the reason `plugin_error` (it
raised anything, even SystemExit, or gave something else than JSON), `plugin_timeout`, or `bad_value` (its schema is
at hand, and the record is not what that says).
"""

from __future__ import annotations

from typing import Protocol

from logsource.model import JSONValue, Line, Record, Reject

__all__ = ["JSONValue", "Line", "ParserPlugin", "Record", "Reject"]


class ParserPlugin(Protocol):
    """The interface of a plugin, for type checkers; nothing has to inherit from it."""

    def parse(self, line: Line, /) -> Record | Reject | None:
        """Turn one record into a value."""
        ...
