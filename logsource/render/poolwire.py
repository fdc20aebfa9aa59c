"""What goes through the pipes between the agent and its workers.

    frame   kind, length of the description, length of the payload | description (JSON) | payload (bytes)

    HELLO   agent → worker, once: the configuration                     READY   worker → agent: it can work
    JOB     agent → worker: chunks                                      DONE    worker → agent: a rendered step
    LEAVING worker → agent, its last: it has grown too large, and looks at no further job

Content of logs and bodies travels in the payload as it is; the description says where what begins.
Both ends are the same installation, so the format needs no version.
"""

from __future__ import annotations

import json
import struct
from collections import Counter
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from logsource.model import Batch, Checkpoint, Chunk, DeadLetter, Line, PackedBatch, Tally
from logsource.render.stage import RenderedStep
from logsource.store.format import compress_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HEADER = struct.Struct("<BIQ")
NOWHERE = Checkpoint(file_id="", source="", offset=0, state={})
"""Workers have no use for checkpoints."""


class Kind(IntEnum):
    """Kinds of frames."""

    HELLO = 1
    READY = 2
    JOB = 3
    DONE = 4
    LEAVING = 5


@dataclass(frozen=True, slots=True)
class Frame:
    """One message."""

    kind: Kind
    about: Any
    """The description: JSON."""
    payload: memoryview


Buffers = list[bytes]
"""Parts of an encoded frame, to be written one after the other."""


def encode(kind: Kind, about: Any, payload: Sequence[bytes] = ()) -> Buffers:
    """Encode a frame."""
    # json, not orjson: paths and texts may hold lone surrogates (undecodable names), which json escapes.
    text = json.dumps(about, separators=(",", ":")).encode()
    return [HEADER.pack(kind, len(text), sum(map(len, payload))), text, *payload]


def decode(header: bytes | bytearray, body: memoryview) -> Frame:
    """Put a frame together from its header and what follows it."""
    kind, length, _ = HEADER.unpack(header)
    return Frame(Kind(kind), json.loads(bytes(body[:length])), body[length:])


def body_length(header: bytes | bytearray) -> int:
    """Bytes that follow a header."""
    _, about, payload = HEADER.unpack(header)
    return int(about + payload)


# -- jobs ----------------------------------------------------------------------------------------


def encode_job(chunks: Sequence[Chunk]) -> Buffers:
    """Encode chunks."""
    about, payload = [], []
    for chunk in chunks:
        texts = None if chunk.lines is None else [_bytes(line.text) for line in chunk.lines]
        data = chunk.data if texts is None else b"".join(texts)
        payload.append(data)
        about.append(
            {
                "source": chunk.source,
                "path": chunk.path,
                "file_id": chunk.file_id,
                "epoch": chunk.epoch,
                "start": chunk.start,
                "end": chunk.end,
                "read_ms": chunk.read_ms,
                "mtime_ms": chunk.mtime_ms,
                "skipped": dict(chunk.skipped),
                "size": len(data),
                "lines": None
                if chunk.lines is None or texts is None
                else [
                    (len(text), line.offset, line.reference_ms, sorted(line.flags))
                    for text, line in zip(texts, chunk.lines, strict=True)
                ],
            }
        )
    return encode(Kind.JOB, about, payload)


def decode_job(frame: Frame) -> list[Chunk]:
    """Read chunks; their checkpoints stay at home."""
    at = 0
    chunks = []
    for fields in frame.about:
        size, lines = fields.pop("size"), fields.pop("lines")
        data = bytes(frame.payload[at : at + size])
        at += size
        chunks.append(
            Chunk(
                **fields,
                data=data if lines is None else b"",
                lines=None if lines is None else tuple(_lines(lines, data)),
                checkpoint=NOWHERE,
            )
        )
    return chunks


def _lines(described: Sequence[tuple[int, int, int, list[str]]], data: bytes) -> Iterator[Line]:
    at = 0
    for length, offset, reference_ms, flags in described:
        text = data[at : at + length].decode("utf-8", "surrogatepass")
        yield Line(text=text, offset=offset, reference_ms=reference_ms, flags=frozenset(flags))
        at += length


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


# -- rendered steps ------------------------------------------------------------------------------


def encode_step(step: RenderedStep) -> Buffers:
    """Encode a step; its bodies become packed ones.

    Compressing is work for workers, and what the outbox keeps is an eighth of what it stands for: sending whole
    bodies through the pipe costs more than what the emitter needs to decompress them.
    """
    payload: list[bytes] = []
    bodies = []
    for batch in step.batches:
        if isinstance(batch, Batch):
            packed, length = compress_body(batch.body), len(batch.body)
        else:
            packed, length = batch.packed, batch.length
        bodies.append((batch.events, length, len(packed)))
        payload.append(packed)
    dead = []
    for letter in step.dead:
        dead.append((len(letter.event), letter.reason, letter.detail, letter.at_ms, letter.output))
        payload.append(letter.event)
    tallies = {source: _tally_fields(tally) for source, tally in step.tallies.items()}
    return encode(Kind.DONE, {"bodies": bodies, "dead": dead, "tallies": tallies}, payload)


def decode_step(frame: Frame) -> RenderedStep:
    """Read a step."""
    about, payload = frame.about, frame.payload
    at = 0
    batches = []
    for events, length, size in about["bodies"]:
        batches.append(PackedBatch(packed=bytes(payload[at : at + size]), length=length, events=events))
        at += size
    dead = []
    for length, reason, detail, at_ms, output in about["dead"]:
        event = bytes(payload[at : at + length])
        dead.append(DeadLetter(event=event, reason=reason, detail=detail, at_ms=at_ms, output=output))
        at += length
    tallies = {source: _tally(fields) for source, fields in about["tallies"].items()}
    return RenderedStep(batches=batches, tallies=tallies, dead=dead)


def _tally_fields(
    tally: Tally,
) -> tuple[int, int, dict[str, int], dict[str, int], dict[str, int], dict[str, int]]:
    return tally.read, tally.bytes, tally.events, tally.rejected, tally.dropped, tally.unparsed


def _tally(fields: Sequence[Any]) -> Tally:
    read, size, events, rejected, dropped, unparsed = fields
    return Tally(
        read=read,
        bytes=size,
        events=Counter(events),
        rejected=Counter(rejected),
        dropped=Counter(dropped),
        unparsed=Counter(unparsed),
    )
