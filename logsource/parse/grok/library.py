"""The named patterns that `%{NAME}` refers to.

A library file holds one `NAME pattern` a line, as in Logstash; `#` begins a comment line. Our own files
may also give a capture two names, `%{INT:response|[http][response][status_code]:int}`: the first is the
legacy name, the second the one of the Elastic Common Schema; an empty side does not capture. A line
`NAME@legacy …` or `NAME@ecs …` counts in that mode only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

from logsource.config.builtin import builtin_packs_dir
from logsource.errors import PackError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TWO_NAMES = re.compile(r"(%\{[A-Z0-9_]+|\(\?<)(:?)([^|{}()<>=]*)\|([^|{}()<>=]*)([}>])")
_NAME_AND_PATTERN = re.compile(r"\A(\S*)\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Definition:
    """One named pattern and where it was read."""

    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class GrokLibrary:
    """An immutable set of named patterns; what is added later hides what was there."""

    patterns: Mapping[str, Definition]

    @staticmethod
    def builtin(ecs: bool) -> GrokLibrary:
        """The library that comes with the package, with ECS or with legacy capture names."""
        return _builtin(ecs)

    def with_definitions(
        self, definitions: Mapping[str, str], origin: str = "pattern_definitions"
    ) -> GrokLibrary:
        """Add patterns given by name."""
        added = {name: Definition(text, origin) for name, text in definitions.items()}
        return GrokLibrary({**self.patterns, **added})

    def with_dir(self, path: Path) -> GrokLibrary:
        """Add every file of a directory, one file, or all that a glob names, in the order of their names.

        Raises PackError.
        """
        if path.exists():
            files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
        else:
            found = glob(str(path), recursive=True)  # noqa: PTH207 - Path.glob wants to know where the pattern begins
            files = sorted(Path(name) for name in found if Path(name).is_file())
        if not files and not path.exists():
            raise PackError(f"{path}: there is no such directory of grok patterns, and no file of this name")
        patterns = dict(self.patterns)
        for file in files:
            patterns.update(_read_file(file, ecs=None))
        return GrokLibrary(patterns)


@lru_cache(maxsize=2)
def _builtin(ecs: bool) -> GrokLibrary:
    patterns: dict[str, Definition] = {}
    for file in sorted((builtin_packs_dir() / "_patterns").glob("*.grok")):
        patterns.update(_read_file(file, ecs=ecs))
    return GrokLibrary(patterns)


def _read_file(path: Path, *, ecs: bool | None) -> dict[str, Definition]:
    """Patterns of one file; `ecs` None means a user's file, in which `|` has no meaning of its own."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(f"{path}: cannot read these grok patterns: {error}") from error
    found: dict[str, Definition] = {}
    for number, line in enumerate(text.split("\n"), 1):
        # Blanks at the end belong to the pattern, in Logstash too.
        name, pattern = _NAME_AND_PATTERN.findall(line.removesuffix("\r").lstrip())[0]
        if not name or name.startswith("#") or not pattern:
            continue
        if ecs is not None:
            name, _, mode = name.partition("@")
            if mode and (mode == "ecs") != ecs:
                continue
            pattern = one_name(pattern, ecs=ecs)
        found[name] = Definition(pattern, f"{path.name}:{number}")
    return found


def one_name(pattern: str, *, ecs: bool) -> str:
    """Choose one side of each two-sided capture name."""

    def choose(match: re.Match[str]) -> str:
        head, colon, legacy, modern, end = match.groups()
        chosen = modern if ecs else legacy
        if head == "(?<":
            return f"(?<{chosen}>" if chosen else "(?:"
        return f"{head}{colon}{chosen}{end}" if chosen else f"{head}{end}"

    return _TWO_NAMES.sub(choose, pattern)
