"""What the texts of one field are: numbers, words of a short list, or no value at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logsource.model import JSONValue

TextType = Literal["integer", "number", "boolean", "string"]
NULLS = ("-", "", "null", "NULL", "nil", "None", "N/A", "n/a", "(null)", "<nil>", "undefined", "\\N")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(
    r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?|\+(?:0|[1-9][0-9]{0,17})\.[0-9]{1,18}"
)
# "+49301234" is a telephone, "+4.5" is a number
_BOOLEAN = re.compile(r"true|false|True|False|TRUE|FALSE")


def nulls_in(texts: Iterable[str | None]) -> list[str]:
    """Texts among these that mean "no value"."""
    seen = {text for text in texts if text is not None}
    if seen <= set(NULLS) - {"-", ""}:
        return [null for null in ("-", "") if null in seen]
    return [null for null in NULLS if null in seen]


def type_of(texts: Sequence[str]) -> TextType:
    """Type that all the texts have. A number with a leading zero is a name (an account, a code)."""
    if texts and all(map(_INTEGER.fullmatch, texts)):
        return "integer"
    if texts and all(map(_NUMBER.fullmatch, texts)):
        return "number"
    if texts and all(map(_BOOLEAN.fullmatch, texts)):
        return "boolean"
    return "string"


def value_of(text: str, kind: TextType) -> JSONValue:
    """JSON value of a text of the type."""
    match kind:
        case "integer":
            return int(text)
        case "number":
            return float(text)
        case "boolean":
            return text.lower() == "true"
        case _:
            return text
