"""logfmt and other key=value lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logsource.errors import PackError
from logsource.model import Reject

if TYPE_CHECKING:
    from logsource.model import JSONValue

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "a": "\a", "v": "\v"}
_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|(.))",
    re.DOTALL,
)


class LogfmtEngine:
    r"""Takes `key=value key="quoted value" key` apart.

    A key without `=` is true (`bare` false: such words are skipped); `key=` is the empty text. Quoted
    values know the escapes of JSON and of Go (`\x00`, `\U0001f600`; a byte that is no UTF-8, `\xff`, becomes
    U+FFFD). The same key again makes a list. Texts stay texts. `separator` stands between pairs
    (white space by default) and `assign` between key and value, for kindred formats such as `a: 1; b: 2`;
    of several characters each one separates, as in `a=1&b=2?c=3`. `quotes` are the characters that may stand around
    a value.
    """

    textual = True
    """No text of a record is longer than the record, and nothing is nested but in lists."""

    def __init__(
        self, *, separator: str = " ", assign: str = "=", bare: bool = True, quotes: str = '"'
    ) -> None:
        if not separator or not assign or {*separator} & {*assign} or {*separator, *assign} & {*quotes}:
            raise PackError(
                "logfmt: separator and assign are one character or more, not the same ones, and not a quote"
            )
        if not {*quotes} <= {*"\"'`"}:
            raise PackError(f"logfmt: quotes are some of \" ' and `, not {quotes!r}")
        self.assign = assign
        """What stands between a key and its value."""
        self._bare = bare
        blank = " " in separator
        stop = (r"\s" if blank else "") + re.escape(separator.replace(" ", ""))
        between = r"\s" if separator == " " else rf"[{stop}\s]"
        equals = re.escape(assign)
        gap = "" if blank else r"\s*+"
        # Every repetition is possessive (of groups: atomic, see `rx.write`), and a quote that is never closed can be
        # met only once: linear time.
        marks = re.escape(quotes)
        quoted = "|".join(rf"{mark}(?>(?:[^{mark}\\]++|\\.)*){mark}" for mark in quotes) or "(?!)"
        self._pair = re.compile(
            rf"{between}*+([^{stop}{equals}{marks}]++)"
            rf"(?:([{equals}]){gap}(?:({quoted})|([^{stop}]*+)))?",
            re.DOTALL,
        )
        self._junk = re.compile(rf"{between}*+[^{stop}]++")
        self._strip = not blank

    def fields(self, text: str) -> dict[str, JSONValue] | Reject:
        """Pairs by key; Reject `no_match` when there is not a single `key=value`."""
        found: dict[str, JSONValue] = {}
        position, pairs = 0, 0
        while position < len(text):
            match = self._pair.match(text, position)
            if match is None:
                junk = self._junk.match(text, position)
                if junk is None:
                    break
                position = junk.end()
                continue
            position = match.end()
            key, assigned, quoted, plain = match.groups()
            if self._strip:
                key = key.strip()
            if assigned:
                pairs += 1
                value: JSONValue = unescape(quoted[1:-1]) if quoted is not None else self._plain(plain)
            elif self._bare:
                value = True
            else:
                continue
            add(found, key, value)
        return found if pairs else Reject("no_match", "no key=value pair")

    def _plain(self, text: str | None) -> str:
        text = text or ""
        return text.strip() if self._strip else text


def unescape(text: str) -> str:
    """Text of a quoted value."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    high, low, short, long, byte, letter = match.groups()
    if letter:
        return _ESCAPES.get(letter, letter)
    if high:
        return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10 | int(low, 16) & 0x3FF))
    code = int(short or long or byte, 16)
    # Go writes \x from 80 on only for bytes that are no UTF-8
    broken = 0xD800 <= code <= 0xDFFF or code > 0x10FFFF or (byte and code > 0x7F)
    return "\ufffd" if broken else chr(code)


def add(found: dict[str, JSONValue], key: str, value: JSONValue) -> None:
    """Set a key; a key that is there already becomes a list."""
    if key not in found:
        found[key] = value
    elif isinstance(found[key], list):
        found[key].append(value)
    else:
        found[key] = [found[key], value]
