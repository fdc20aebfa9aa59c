"""Fenced blocks of a Markdown file, and the commands in them.

Convention of our documents: in a `console` block a line that begins with `$ ` is a command; lines below it, if
there are any, are exactly what it prints. ` # ` begins a remark. A `yaml` block is a whole configuration.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FENCE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
INLINE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    line: int
    """Where it begins, from 1."""

    def __str__(self) -> str:
        return f"line{self.line}"


@dataclass(frozen=True)
class Command:
    text: str
    output: str
    """What the document says it prints; empty when it does not say."""
    line: int

    def __str__(self) -> str:
        return f"line{self.line}"


def blocks(document: Path, language: str) -> list[Block]:
    """The fenced blocks of one language."""
    text = document.read_text()
    return [
        Block(found["language"], found["text"], text.count("\n", 0, found.start("text")) + 1)
        for found in FENCE.finditer(text)
        if found["language"] == language
    ]


def commands(document: Path) -> list[Command]:
    """The commands of its console blocks."""
    found: list[Command] = []
    for block in blocks(document, "console"):
        for number, line in enumerate(block.text.splitlines(), block.line):
            if line.startswith("$ "):
                found.append(Command(without_remark(line[2:]), "", number))
            else:
                assert found, f"{document}:{number}: output without a command"
                last = found.pop()
                found.append(Command(last.text, last.output + line + "\n", last.line))
    return found


def without_remark(command: str) -> str:
    """A shell command without the remark at its end."""
    quote = ""
    for at, char in enumerate(command):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "#" and (at == 0 or command[at - 1] == " "):
            return command[:at].rstrip()
    return command


def inline_code(document: Path) -> list[str]:
    """What stands between single backticks, outside of fenced blocks."""
    return INLINE.findall(FENCE.sub("", document.read_text()))


def links(document: Path) -> list[str]:
    """Targets of links to files of the repository, relative to the document."""
    return LINK.findall(FENCE.sub("", document.read_text()))
