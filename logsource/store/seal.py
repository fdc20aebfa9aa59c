"""JSON rows that notice a flipped bit: a number in one is as plausible as the one that was written.

An offset that is one digit off would skip lines, or send them under other ids, without anybody seeing it. SQLite keeps no
checksums of its own. So a row begins with the CRC-32 of its key and of the text behind it:

    {"crc":2843910322,"source":"web","offset":1007,"state":{…}}

Rows of versions that wrote none have none, and those versions read ours: to them it is one more number.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_START = b'{"crc":'


class RowDamaged(ValueError):
    """The bytes of a row are not what was written."""


def sealed(key: str, fields: Mapping[str, Any]) -> bytes:
    """Bytes of a row with these fields (at least one) under this key."""
    # json, not orjson: paths of files may hold lone surrogates (undecodable names), which json escapes.
    text = json.dumps(fields, separators=(",", ":")).encode()[1:]
    return b"%b%d,%b" % (_START, _crc(key, text), text)


def unsealed(key: str, row: bytes, known: frozenset[str]) -> dict[str, Any]:
    """Fields of a row, all of them `known`. Raises RowDamaged."""
    fields = parsed(row)
    if row.startswith(_START):
        crc, _, text = row.removeprefix(_START).partition(b",")
        if crc != b"%d" % _crc(key, text):
            raise RowDamaged(f"the checksum of row {key!r} does not match")
        del fields["crc"]
    if not known.issuperset(fields):  # also what was a checksum before its name was damaged
        raise RowDamaged(f"row {key!r} holds {', '.join(sorted(fields.keys() - known))!r}")
    return fields


def parsed(data: bytes) -> dict[str, Any]:
    """A JSON object. Raises RowDamaged."""
    try:
        value = json.loads(data)
    except ValueError as error:
        raise RowDamaged(f"a row is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise RowDamaged("a row is not a JSON object")
    return value


def _crc(key: str, text: bytes) -> int:
    return zlib.crc32(text, zlib.crc32(key.encode(errors="surrogateescape") + b"\0"))
