"""Takes a line apart: times, quoted and bracketed parts, key=value pairs, words with a kind, punctuation, space."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

from logsource.parse.learn.timeforms import FORMS

MOST = 160
"""Tokens of a line that are looked at; the rest is one free text."""
LEVELS = frozenset(
    [
        "TRACE",
        "DEBUG",
        "DBG",
        "INFO",
        "INF",
        "INFORMATION",
        "NOTICE",
        "WARN",
        "WRN",
        "WARNING",
        "ERROR",
        "ERR",
        "CRITICAL",
        "CRIT",
        "FATAL",
        "SEVERE",
        "ALERT",
        "EMERG",
        "EMERGENCY",
        "PANIC",
        "VERBOSE",
        "FINE",
    ]
)
METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"])
CLOSE = {"[": "]", "(": ")", "{": "}", "<": ">"}

_TIMES = "|".join(f"(?P<t{number}>{form.regex})" for number, form in enumerate(FORMS))
_SCAN = re.compile(
    rf"(?<![A-Za-z0-9])(?:{_TIMES})"
    r'|(?P<member>"[A-Za-z_@][A-Za-z0-9_.@-]*"\s?:\s?)'  # a key of JSON
    r'|(?P<quoted>"(?:[^"\\]|\\.)*")'
    r"|(?<![A-Za-z0-9_.-])(?P<key>[A-Za-z_][A-Za-z0-9_.-]*)="
    r'(?P<value>"(?:[^"\\]|\\.)*"|\'[^\']*\'(?![A-Za-z0-9])|\[[^\[\]]*\]|\{[^{}]*\}|[^\s,;|"\])}]*)'
    r'|(?P<url>[A-Za-z][A-Za-z0-9+.-]*://[^\s"\'<>|\])]*)'
    r'|(?<![A-Za-z0-9_.-])(?P<path>/(?:(?:[^\s"\'<>|\]);]|;(?=[A-Za-z]+=))*[^\s"\'<>|\]):,;])?)'
    r"|(?P<bracket>\[[^\[\]]*\]|\([^()]*\)|\{[^{}]*\}|<[^<>]*>)"
    r"|(?<![A-Za-z0-9,.])(?P<grouped>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?)(?![A-Za-z0-9]|[,.][0-9])"
    r"|(?P<space>\s+)"
    r'|(?P<atom>[^\s\[\](){}<>"|,;=]+)'
    r"|(?P<mark>.)",
    re.DOTALL,
)
_ATOMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(source))
    for name, source in (
        ("int", r"[+-]?[0-9]{1,18}"),
        ("float", r"[+-]?[0-9]{1,15}\.[0-9]{1,15}"),
        ("duration", r"[0-9]+(?:\.[0-9]+)?(?:ns|us|µs|μs|ms|s|sec|m|h)"),
        ("percent", r"[0-9]+(?:\.[0-9]+)?%"),
        ("clock", r"[0-2]?[0-9]:[0-5][0-9]:[0-5][0-9](?:[.,][0-9]+)?"),
        ("mac", r"[0-9a-fA-F]{2}(?:([:-])[0-9a-fA-F]{2})(?:\1[0-9a-fA-F]{2}){4}"),
        ("ip", r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}"),
        ("ip_port", r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}:[0-9]{1,5}"),
        ("uuid", r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"),
        ("hex", r"0x[0-9a-fA-F]+|(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{8,128}"),
        ("http", r"HTTP/[0-9.]+"),
    )
)


@dataclass(frozen=True, slots=True)
class Token:
    """One part of a line."""

    cls: str
    """What may stand at the same place of another line: `atom`, `space`, `time`, `quoted`, `bracket[`, `kv:KEY`,
    `mark:TEXT`."""
    text: str
    kind: str = ""
    """Kind of an atom (`int`, `ip`, `word`, …), name of the form of a time."""

    @property
    def inner(self) -> str:
        """Text inside the quotes or brackets."""
        return self.text[1:-1]


def tokens(line: str) -> list[Token]:
    """Parts of a line, at most `MOST`; joined they are the line, or its beginning."""
    found: list[Token] = []
    for match in _SCAN.finditer(line):
        name, text = match.lastgroup or "mark", match[0]
        if name == "atom":
            found += _atoms(text)
        elif name == "value":
            found.append(Token(f"kv:{match['key']}", text, "kv"))
        elif name == "bracket":
            found.append(Token(f"bracket{text[0]}", text))
        elif name in {"mark", "member"}:
            found.append(Token(f"mark:{text}", text))
        elif name in {"quoted", "space"}:
            found.append(Token(name, text))
        elif name in {"url", "path", "grouped"}:
            found.append(Token("atom", text, name))
        else:
            found.append(Token("time", text, FORMS[int(name[1:])].name))
        if len(found) >= MOST:
            break
    return found


def _atoms(text: str) -> list[Token]:
    """An atom; colons behind a word are punctuation of their own."""
    bare = text.rstrip(":")
    if not any(char.isalnum() for char in text):
        return [Token("atom", text, "dash") if text == "-" else Token(f"mark:{text}", text)]
    found = [Token("atom", bare, kind_of(bare))]
    if bare != text:
        colons = text[len(bare) :]
        found.append(Token(f"mark:{colons}", colons))
    return found


def kind_of(text: str) -> str:
    """Kind of an atom."""
    if text in {"-", ""}:
        return "dash"
    if text.upper() in LEVELS:
        return "level" if text not in METHODS else "word"
    if text in METHODS:
        return "method"
    kind = next((name for name, form in _ATOMS if form.fullmatch(text)), "word")
    return "word" if kind == "ip" and not _is_address(text) else kind


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def single_kind(text: str) -> str:
    """Kind of a text that may be a path or an address, too; `word` for whatever is more than one token."""
    found = tokens(text[:200])
    if not found:
        return "dash"
    return found[0].kind or "word" if len(found) == 1 else "word"
