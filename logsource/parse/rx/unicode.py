r"""Code points of the named classes of Onigmo (Ruby): POSIX brackets are Unicode-aware, `\w \d \s` are not.

The Unicode data are those of the `regex` library, so both engines agree with the source we write.
"""

from __future__ import annotations

from functools import lru_cache

import regex

from logsource.parse.rx.nodes import MAX_CODE
from logsource.parse.rx.ranges import Ranges, complement, union

ASCII: Ranges = ((0, 0x7F),)
DIGIT: Ranges = ((0x30, 0x39),)
WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
SPACE: Ranges = ((0x09, 0x0D), (0x20, 0x20))
HEX: Ranges = ((0x30, 0x39), (0x41, 0x46), (0x61, 0x66))

_PROPERTIES = {
    "alnum": r"[\p{Alphabetic}\p{Nd}]",
    "alpha": r"\p{Alphabetic}",
    "blank": r"[\p{Zs}\t]",
    "cntrl": r"\p{Cc}",
    "digit": r"\p{Nd}",
    "lower": r"\p{Lowercase}",
    # Since Ruby 2.5 the nine ASCII symbols count as punctuation, as POSIX has it.
    "punct": r"[\p{P}$+<=>^`|~]",
    "space": r"\p{White_Space}",
    "upper": r"\p{Uppercase}",
    "word": r"[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]",
}
_NOT_GRAPHIC = r"[\p{White_Space}\p{Cc}\p{Cn}\p{Cs}]"


@lru_cache(maxsize=64)
def posix_class(name: str) -> Ranges | None:
    """Members of `[:name:]`, or None if there is no such class."""
    if name == "ascii":
        return ASCII
    if name == "xdigit":
        return HEX
    if name == "graph":
        return complement(_members(_NOT_GRAPHIC))
    if name == "print":
        return union(complement(_members(_NOT_GRAPHIC)), _members(r"\p{Zs}"))
    source = _PROPERTIES.get(name)
    return _members(source) if source else None


@lru_cache(maxsize=64)
def unicode_property(name: str) -> Ranges | None:
    r"""Members of `\p{name}` (a POSIX name, a general category, a script …), or None if there is none."""
    if not name or not all(char.isalnum() or char in "_ -" for char in name):
        return None
    if name.lower() == "any":
        return ((0, MAX_CODE),)
    by_posix_name = posix_class(name.lower())
    if by_posix_name is not None:
        return by_posix_name
    try:
        return _members(rf"\p{{{name}}}")
    except regex.error:
        return None


def _members(source: str) -> Ranges:
    everything = "".join(map(chr, range(MAX_CODE + 1)))
    found = regex.compile(f"(?:{source})+").finditer(everything)
    return tuple((match.start(), match.end() - 1) for match in found)
