"""Logs whose names look like a generation of another log that keeps its extension: `worker-1.log` beside `worker.log`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.magic import named_as_archive
from logsource.tail.siblings import family_of, listed_generations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.tail.find import Directories


def is_own_log(path: str, old_directories: Sequence[str], directories: Directories) -> bool:
    """Whether a file is a log of its own: there is what rotation made of it, `worker-1.log.1` or `worker-1.log-20260102.gz`.

    `worker-1.log.gz` proves nothing: it may be what became of a generation of `worker.log`.
    """
    if family_of(path) != path:
        return False
    name = path.rpartition("/")[2]
    found = (one.rpartition("/")[2] for one, _ in listed_generations(path, old_directories, directories))
    return any(_was_rotated(one, name) for one in found)


def _was_rotated(generation: str, name: str) -> bool:
    plain = generation.rpartition(".")[0] if named_as_archive(generation) else generation
    return plain != name and plain.startswith(name)
