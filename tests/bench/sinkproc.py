"""The sink as a process of its own, seen from the runner."""

from __future__ import annotations

import json
import mmap
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Self

from tests.bench.sink import SEEN, Seen

if TYPE_CHECKING:
    from pathlib import Path


class SinkProcess:
    """Started on entering, asked at any time for what it has seen, asked at the end for its summary."""

    def __init__(self, folder: Path, *, marker: str, reply: str = "ok", record: str = "no") -> None:
        shared = folder / "seen"
        shared.write_bytes(bytes(SEEN.size))
        self._file = shared.open("r+b")
        self._shared = mmap.mmap(self._file.fileno(), SEEN.size)
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.sink", str(shared), marker, reply, record],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._child.stdout is not None
        self.port = int(self._child.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"
        self.summary: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()

    @property
    def seen(self) -> Seen:
        return Seen(*SEEN.unpack(self._shared[:]))

    def finish(self) -> dict[str, Any]:
        """End it; its summary: what `Seen` has, `distinct` ids, `stamps` and its own `cpu` seconds."""
        if not self.summary:
            out, _ = self._child.communicate()
            self.summary = json.loads(out)
            self._shared.close()
            self._file.close()
        return self.summary
