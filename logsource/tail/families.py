"""To which log a file belongs, by its name: also when rotation put it into a directory of its own (`olddir`).

A generation in such a directory may be found there by `paths`, too. It is the log's all the same, or its lines would
have two identities: one of the log, and one of what stands in the directory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.oldfolders import is_for_old
from logsource.tail.siblings import TEMPORARY, family_of, generation_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.tail.find import Finder
    from logsource.tail.registry import Registry


class Families:
    """Names the logs of one source."""

    def __init__(self, olddir: Sequence[str], finder: Finder, registry: Registry) -> None:
        self._olddir = olddir
        self._finder = finder
        self._registry = registry

    def of(self, path: str) -> str:
        """Path of the log that a file is, or is a generation of."""
        own = family_of(path)
        log = path.removesuffix(TEMPORARY)
        if log != path and self._is_log(log):
            return log
        directory, _, name = path.rpartition("/")
        for home in self._homes(directory):
            log = f"{home}/{own.rpartition('/')[2]}"
            if own != path and self._is_log(log) and generation_in(directory, log, name) is not None:
                return log
            for known in self._registry.families():  # `app.1.log`, which may as well be a log of its own
                if known.rpartition("/")[0] == home and generation_in(directory, known, name) is not None:
                    return known
        return own

    def _is_log(self, path: str) -> bool:
        return bool(self._registry.family(path)) or self._finder.matches(path)

    def _homes(self, directory: str) -> Iterator[str]:
        """Directories whose logs are rotated to this one."""
        parent, _, last = directory.rpartition("/")
        if is_for_old(last):
            yield parent
        for old in self._olddir:
            if old.startswith("/"):
                if old.rstrip("/") == directory:
                    yield from sorted({one.rpartition("/")[0] for one in self._registry.families()})
            elif directory.endswith(f"/{old}"):
                yield directory[: -len(old) - 1]
