"""How a field says what is wrong with its value, without ever repeating the value.

A value may be a secret taken from the environment, so the text of a complaint stands apart from it:
`what` never holds any of the value, `detail` may, and whoever prints it decides whether to show it.
"""

from __future__ import annotations

from pydantic_core import PydanticCustomError

KIND = "logsource"
"""pydantic's error type of every complaint of ours."""


def complaint(what: str, hint: str = "", *, detail: str = "", offset: int = -1) -> PydanticCustomError:
    """Error for a validator to raise.

    `what` continues "collector.url: …". `detail` holds parts of the value (shown unless it is secret); without
    it, the printer adds the value itself. `offset` is the character (0-based) at which the value goes wrong.
    """
    text = what + (f": {detail}" if detail else "") + (f"; {hint}" if hint else "")
    return PydanticCustomError(
        KIND, "{text}", {"text": text, "what": what, "hint": hint, "detail": detail, "offset": offset}
    )
