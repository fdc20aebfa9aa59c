"""What a source leaves out: files by their whole path, and directories with all that is below them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from logsource.tail.glob import expand_braces, has_magic, path_regex

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence


class Excludes:
    """The `exclude` of one source.

    A glob leaves out the files whose path it matches. It leaves out a directory, which is then not even listed, when it
    ends with `/` or `/**`, or with a name without wildcards: a name that is a directory's can mean nothing else. Of
    wildcards that is not concluded: with `/var/log/*` somebody leaves out files, and wants those of directories.
    """

    def __init__(self, globs: Sequence[str]) -> None:
        self._files: list[re.Pattern[str]] = []
        self._directories: list[re.Pattern[str]] = []
        for glob in (one for written in globs for one in expand_braces(written)):
            path = os.path.normpath(glob)
            self._files.append(path_regex(path))
            whole = path.removesuffix("/**")
            if whole != path or glob.endswith("/") or not has_magic(path.rpartition("/")[2]):
                self._directories.append(path_regex(whole))

    def file(self, path: str) -> bool:
        """Whether a file of this path is left out."""
        return any(regex.fullmatch(path) for regex in self._files) or self.below(path.rpartition("/")[0])

    def listed(self, path: str) -> bool:
        """The same for a file of a directory that is looked at, so that only the file itself is in question."""
        return any(regex.fullmatch(path) for regex in self._files)

    def directory(self, path: str) -> bool:
        """Whether nothing in this directory is to be looked for. The directories above it are looked at."""
        return any(regex.fullmatch(path) for regex in self._directories)

    def below(self, directory: str) -> bool:
        """Whether this directory, or one above it, is left out."""
        while self._directories and directory:
            if self.directory(directory):
                return True
            directory = directory.rpartition("/")[0]
        return False
