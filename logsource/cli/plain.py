"""Text from outside on a terminal: file names, answers and log lines must not move its cursor or change its colours."""

from __future__ import annotations


def plain(value: object) -> str:
    """One line without control characters; they are shown by their codes."""
    text = str(value)
    return (
        text if text.isprintable() else "".join(char if char.isprintable() else _code(char) for char in text)
    )


def _code(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
