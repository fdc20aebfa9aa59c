"""Logs whose names look like a generation of another log that keeps its extension: `worker-1.log` beside `worker.log`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.magic import named_as_archive
from logsource.tail.siblings import family_of, listed_generations, logs_before_extension

if TYPE_CHECKING:
    from logsource.tail.generations import Generations


def is_another_log(generations: Generations, family: str, path: str) -> bool:
    """Whether a file that is called like a generation of a log is another log, or a generation of another one.

    It is a log if there is what rotation made of it, `worker-1.log.1` or `worker-1.log-20260102.gz`; `worker-1.log.gz`
    proves nothing: it may be what became of a generation of `worker.log`. And `app.1.log` is of `app.log`, rather than of
    `app`, if both are known.
    """
    known = generations.registry.family
    if any(log.startswith(f"{family}.") and known(log) for log in logs_before_extension(path)):
        return True
    if path == family or family_of(path) != path:
        return False
    name = path.rpartition("/")[2]
    found = listed_generations(path, generations.config.olddir, generations.directories)
    return any(_was_rotated(one.rpartition("/")[2], name) for one, _ in found)


def _was_rotated(generation: str, name: str) -> bool:
    plain = generation.rpartition(".")[0] if named_as_archive(generation) else generation
    return plain != name and plain.startswith(name)
