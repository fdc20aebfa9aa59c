"""How values become the bytes of a row, and back. Bytes only: no pickle, no str (lone surrogates fail in SQLite).

    batch       header (version, codec, events, raw length, committed ms) + zstd frame with checksum
    dead letter header (version, codec, length of the JSON part) + JSON part + event
    checkpoint  JSON with a checksum (see `seal.py`)
    tally       the same

The version byte of a row only guards against bit rot and mistakes; the format of the whole store is
the `user_version` of the database (see `layout.py`), which is looked at before any row.
"""

from __future__ import annotations

import json
import struct
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import zstandard

from logsource.errors import StoreUnreadable
from logsource.model import Batch, Checkpoint, DeadLetter, PackedBatch, Tally
from logsource.store.rows import CHECKPOINT, COUNTERS, TALLY
from logsource.store.seal import RowDamaged, parsed, sealed, unsealed

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
_P = ParamSpec("_P")

ROW_VERSION = 1
CODEC_RAW = 0
CODEC_ZSTD = 1

ZSTD_LEVEL = -3
"""Chosen by CPU time of compressing seven 109 kB bodies plus the SQLite transaction that writes them:
level 1 0.63 ms (8.6 kB a row), -1 0.59 ms (12.8 kB), -3 0.53 ms (13.6 kB), -5 0.52 ms (15.4 kB)."""

MAX_BODY = 2**28
"""Largest raw body a row may claim; a damaged length must not make us allocate gigabytes."""

_CHECKPOINT_FIELDS = frozenset({"source", "offset", "state"})
_TALLY_FIELDS = frozenset({"read", "bytes", "events", "rejected", "dropped", "unparsed"})
_COUNTER_FIELDS = frozenset({"next_batch", "next_dead"})

_BATCH = struct.Struct("<BBHIIQ")
_DEAD = struct.Struct("<BBHI")


class _Zstd(threading.local):
    """Compressor and decompressor of one thread: zstd contexts are costly to make and not thread-safe."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True).compress
        self.decompress = zstandard.ZstdDecompressor().decompress


_zstd = _Zstd()


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A batch row, decoded."""

    body: bytes
    events: int
    committed_ms: int


def encode_batch(batch: Batch | PackedBatch, committed_ms: int) -> bytes:
    """Bytes of a batch row."""
    if isinstance(batch, PackedBatch):
        length, packed = batch.length, batch.packed
    else:
        length, packed = len(batch.body), _zstd.compress(batch.body)
    return _BATCH.pack(ROW_VERSION, CODEC_ZSTD, 0, batch.events, length, committed_ms) + packed


def compress_body(body: bytes) -> bytes:
    """What a batch row keeps of its body, for a `PackedBatch`."""
    return _zstd.compress(body)


def decode_batch(row: bytes) -> StoredBatch:
    """Read a batch row. Raises RowDamaged."""
    if len(row) < _BATCH.size:
        raise RowDamaged(f"the row has {len(row)} bytes, its header alone {_BATCH.size}")
    version, codec, _, events, length, committed_ms = _BATCH.unpack_from(row)
    if version != ROW_VERSION or length > MAX_BODY:
        raise RowDamaged(f"the row's header is damaged (version {version}, body of {length} bytes)")
    body = _unpack(codec, row[_BATCH.size :], length)
    return StoredBatch(body, events, committed_ms)


def encode_dead(letter: DeadLetter) -> bytes:
    """Bytes of a dead letter row; the key is not part of it."""
    fields = {
        "reason": letter.reason,
        "detail": letter.detail,
        "at_ms": letter.at_ms,
        "output": letter.output,
        "length": len(letter.event),
    }
    meta = json.dumps(fields, separators=(",", ":")).encode()
    return _DEAD.pack(ROW_VERSION, CODEC_ZSTD, 0, len(meta)) + meta + _zstd.compress(letter.event)


def decode_dead(row: bytes, key: int) -> DeadLetter:
    """Read a dead letter row. Raises RowDamaged."""
    if len(row) < _DEAD.size:
        raise RowDamaged(f"the row has {len(row)} bytes, its header alone {_DEAD.size}")
    version, codec, _, length = _DEAD.unpack_from(row)
    if version != ROW_VERSION:
        raise RowDamaged(f"the row's header is damaged (version {version})")
    meta = parsed(row[_DEAD.size : _DEAD.size + length])
    try:
        return DeadLetter(
            event=_unpack(codec, row[_DEAD.size + length :], min(int(meta["length"]), MAX_BODY)),
            reason=str(meta["reason"]),
            detail=str(meta["detail"]),
            at_ms=int(meta["at_ms"]),
            output=str(meta["output"]),
            key=key,
        )
    except RowDamaged:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise RowDamaged(f"the row's description is damaged ({error!r})") from error


def encode_checkpoint(checkpoint: Checkpoint) -> bytes:
    """Bytes of a checkpoint row; the file id is its key."""
    fields = {"source": checkpoint.source, "offset": checkpoint.offset, "state": dict(checkpoint.state)}
    return sealed(CHECKPOINT + checkpoint.file_id, fields)


def decode_checkpoint(row: bytes, file_id: str) -> Checkpoint:
    """Read a checkpoint row. Raises RowDamaged."""
    fields = unsealed(CHECKPOINT + file_id, row, _CHECKPOINT_FIELDS)
    source, offset, state = fields.get("source"), fields.get("offset"), fields.get("state")
    if not isinstance(source, str) or not isinstance(offset, int) or not isinstance(state, dict):
        raise RowDamaged(f"the checkpoint of file {file_id} lacks its source, offset or state")
    return Checkpoint(file_id=file_id, source=source, offset=offset, state=state)


def encode_tally(name: str, tally: Tally) -> bytes:
    """Bytes of a tally row; `name` is the source's, and its key."""
    fields = {
        "read": tally.read,
        "bytes": tally.bytes,
        "events": tally.events,
        "rejected": tally.rejected,
        "dropped": tally.dropped,
        "unparsed": tally.unparsed,
    }
    return sealed(TALLY + name, fields)


def decode_tally(row: bytes, name: str) -> Tally:
    """Read a tally row. Raises RowDamaged."""
    fields = unsealed(TALLY + name, row, _TALLY_FIELDS)
    try:
        return Tally(
            read=fields["read"],
            bytes=fields["bytes"],
            events=Counter(fields["events"]),
            rejected=Counter(fields["rejected"]),
            dropped=Counter(fields["dropped"]),
            unparsed=Counter(fields.get("unparsed", {})),  # rows of earlier versions have none
        )
    except KeyError as error:
        raise RowDamaged(f"a tally has no {error}") from error


def encode_counters(counters: dict[str, int]) -> bytes:
    """Bytes of the row of counters."""
    return sealed(COUNTERS, counters)


def decode_counters(row: bytes) -> dict[str, int]:
    """Read the row of counters. Raises RowDamaged."""
    counters = unsealed(COUNTERS, row, _COUNTER_FIELDS)
    if not all(type(value) is int for value in counters.values()):
        raise RowDamaged(f"the counters are not whole numbers ({counters!r})")
    return counters


def undamaged(decode: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Decode a row without which there is no going on: RowDamaged becomes StoreUnreadable."""
    try:
        return decode(*args, **kwargs)
    except RowDamaged as error:
        raise StoreUnreadable(f"the outbox is damaged: {error}") from error


def _unpack(codec: int, data: bytes, length: int) -> bytes:
    if codec == CODEC_RAW:
        body = data
    elif codec == CODEC_ZSTD:
        try:
            # The frame says by itself how much to allocate; damage there must not cost gigabytes either.
            if (claimed := zstandard.frame_content_size(data)) != length:
                raise RowDamaged(f"the row's frame claims {claimed} bytes where {length} were written")
            body = _zstd.decompress(data, max_output_size=length)
        except zstandard.ZstdError as error:
            raise RowDamaged(f"the row cannot be decompressed ({error})") from error
    else:
        raise RowDamaged(f"the row's header is damaged (codec {codec})")
    if len(body) != length:
        raise RowDamaged(f"the row holds {len(body)} bytes where {length} were written")
    return body
