"""A worker whose parser does on request what a bug in a C extension, an endless match or an operator does.

`run` of a record: DIE (segmentation fault), HANG (never comes back), EXIT (leaves), KILL:PATH (killed once, as
long as PATH does not exist), RAISE (a bug of ours). Started by `spawn`; used by tests of the worker pool.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import zstandard

from logsource.event.payload import EventFrame
from logsource.model import Batch, Checkpoint, Chunk, Line, PackedBatch, Record, Reject
from logsource.render.poolchild import WorkerChild
from logsource.render.poolserve import serve
from logsource.render.poolwire import Kind, encode
from logsource.render.source import SourceRenderer
from logsource.render.stage import InProcess

SCHEMA = "iglu:io.logsource/log_line/jsonschema/1-0-0"
FILE_ID = "0123456789abcdef" * 2
NOW_MS = 1_790_000_000_000


class Delicate:
    name = "delicate"

    def parse(self, line: Line) -> Record | Reject | None:
        word, _, rest = line.text.partition(":")
        if word == "DIE":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif word == "HANG":
            while True:
                pass
        elif word == "EXIT":
            os._exit(7)
        elif word == "KILL":
            mark = Path(rest)
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        elif word == "NONSENSE":  # foreign code that writes into every descriptor it finds
            os.write(int(sys.argv[2]), b"\xff" * 100)
        elif word == "DROP":
            return None
        return Record(SCHEMA, {"message": line.text})


def renderer(**options) -> SourceRenderer:
    return SourceRenderer(frame=EventFrame(source="web", host="h"), parser=Delicate(), **options)


def stage(**options) -> InProcess:
    return InProcess({"web": renderer(**options)}, byte_limit=20_000, send_limit=50)


def spawn(function: str = "main") -> WorkerChild:
    boot = (
        f"import sys; sys.path[:] = {sys.path!r}; from tests.support.delicate import {function}; {function}()"
    )
    return WorkerChild([sys.executable, "-c", boot], encode(Kind.HELLO, None))


def body_of(batch: Batch | PackedBatch) -> bytes:
    """The body, decompressed if need be."""
    if isinstance(batch, Batch):
        return batch.body
    return zstandard.decompress(batch.packed, max_output_size=max(batch.length, 1))


def chunk_of(texts: list[str], *, start: int = 0, source: str = "web", path: str = "/a.log") -> Chunk:
    data = "".join(text + "\n" for text in texts).encode()
    end = start + len(data)
    return Chunk(
        source=source,
        path=path,
        file_id=FILE_ID,
        epoch=0,
        start=start,
        end=end,
        data=data,
        read_ms=NOW_MS,
        mtime_ms=NOW_MS,
        checkpoint=Checkpoint(file_id=FILE_ID, source=source, offset=end, state={}),
    )


def main() -> None:
    serve(sys.argv[1:], lambda _about: stage())


def greedy() -> None:
    """Each job leaves it with more than it may hold."""
    serve(sys.argv[1:], lambda _about: stage(), most_memory=1)


class Doomed:
    """A stage that no process survives."""

    def render(self, chunks):
        os.kill(os.getpid(), signal.SIGKILL)


def doomed() -> None:
    serve(sys.argv[1:], lambda _about: Doomed())


if __name__ == "__main__":
    main()
