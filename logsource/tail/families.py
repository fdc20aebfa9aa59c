"""To which log a file belongs, by its name: also when rotation put it into a directory of its own (`olddir`).

A generation in such a directory may be found there by `paths`, too. It is the log's all the same, or its lines would
have two identities: one of the log, and one of what stands in the directory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.oldfolders import is_for_old
from logsource.tail.packedaside import Aside
from logsource.tail.siblings import TEMPORARY, family_of, generation_in, is_generation, logs_before_extension

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from logsource.tail.find import Finder
    from logsource.tail.registry import Registry


class Families:
    """Names the logs of one source."""

    def __init__(self, olddir: Sequence[str], finder: Finder, registry: Registry) -> None:
        self._olddir = olddir
        self._finder = finder
        self._registry = registry
        self.aside = Aside()
        self.linked: dict[str, str] = {}
        """By path of what a new link led to, or of a generation of that: the path of the link."""

    def of(self, path: str) -> str:
        """Path of the log that a file is, or is a generation of."""
        if path in self.linked:
            return self.linked[path]
        own = family_of(path)
        log = path.removesuffix(TEMPORARY)
        if log != path and self._is_log(log):
            return log
        directory, _, name = path.rpartition("/")
        for home in self._homes(directory):
            log = f"{home}/{own.rpartition('/')[2]}"
            may_be = own != path and generation_in(directory, log, name) is not None
            if may_be and self._registry.family(log):
                return log
            known = self._known_log(home, directory, name)
            if known is not None:
                return known
            if may_be and self._finder.matches(log):
                return log
        if not (self._finder.matches(path) or self._finder.matches(own)):
            # Nobody asked for `app.1.log`, so it is no log of its own.
            return next(filter(self._is_log, logs_before_extension(path)), own)
        return own

    def perhaps_of(self, path: str) -> list[str]:
        """Paths of all logs that a file may be a generation of, by its name; first the one that it counts as."""
        # `app.1.log` counts as a log of its own, and may be a copy of `app.log` for all that.
        others = filter(self._is_log, logs_before_extension(path))
        return list(dict.fromkeys((self.of(path), *others, *self.aside.packed(path))))

    def look_rotated(self, path: str, seen: Container[str], first: str = "") -> bool:
        """Whether no writer would open a file by this name: there is its log (`seen` are paths), or another generation.

        `first` is the path under which it was found first, if it is known: `app.1.log` was `app.log`.
        """
        log = self.of(path)
        if log != path and (log in seen or self._registry.family(log)):
            return True
        return bool(first) and is_generation(path, first)

    def settle(self, family: str, seen: Container[str]) -> None:
        """Where `paths` name archives and not their log, the first one looked like a log of its own; now there are others."""
        for one in self._registry.family(family):
            if one.located and not one.rotated:
                one.rotated = self.look_rotated(one.place, seen)

    def _known_log(self, home: str, directory: str, name: str) -> str | None:
        """`old/app.1.log` is a generation of `app.log`, rather than of `app.1.log`, if only the first is known."""
        logs = self._registry.families()
        found = [
            log
            for log in logs
            if log.rpartition("/")[0] == home and generation_in(directory, log, name) is not None
        ]
        # An extension that was kept is likelier than one that was added.
        return min(found, key=lambda log: ("." not in log.rpartition("/")[2], len(log), log), default=None)

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
