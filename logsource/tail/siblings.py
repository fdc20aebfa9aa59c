"""Names that rotation gives to a log, and their order in time.

`app.log` becomes `app.log.1`, `app.log.1.gz`, `app.log-20260102`, `app.log.2026-01-02_03`, `app-20260102.log`
or `app.1.log` (and `app` may, too), in the same directory or in another (logrotate's `olddir`). While logrotate's `renamecopy` copies it, it is
`app.log.tmp`; should logrotate be interrupted, it stays that. The loggers of service supervisors (multilog, svlogd, s6-log)
write to `current` and name what they rotate by the time, `@400000006b02e3d90b388d0c.s`; while a processor compresses it, it
is `previous` or ends in `.u`.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from logsource.tail.find import is_regular
from logsource.tail.magic import EXTENSIONS
from logsource.tail.oldfolders import may_hold, old_among

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from logsource.tail.find import Directories, Listing
    from logsource.tail.identity import Locator

_EXTENSION = rf"\.(?:{'|'.join(EXTENSIONS)})"
_COMPRESSED = rf"(?:{_EXTENSION})?"
_GENERATION = r"(?:[0-9]+(?:[-_.:T]?[0-9]+)*Z?|old|bak|prev|backup)"
_SUFFIX = re.compile(rf"(?:[.\-_]{_GENERATION}){{1,2}}{_COMPRESSED}|{_EXTENSION}")
_AT_END = re.compile(rf"(?P<base>.+?)(?P<suffix>(?:[.\-_]{_GENERATION}){{1,2}}{_COMPRESSED}|{_EXTENSION})")
_EXTENDED = re.compile(rf"((?:[.\-_]{_GENERATION}){{1,2}})\.(?:log|txt|out|err|json)({_COMPRESSED})")
"""What logrotate's `addextension` makes of `messages`: `messages.1.log`. Only extensions that logs have."""
_NUMBER = re.compile(r"[.\-_](?!(?:19|20)[0-9]{2}(?![0-9]))([0-9]{1,4})(?:\.[a-z0-9]+)?")
"""Not a year."""
_YEAR_LAST = re.compile(r"[.\-_]([0-9]{1,2})([.\-_])([0-9]{1,2})\2((?:19|20)[0-9]{2})(?![0-9])")
MONTHS = 12
TEMPORARY = ".tmp"
CURRENT = "current"
PREVIOUS = "previous"
_BY_TIME = re.compile(rf"@[0-9a-f]{{24}}\.[su]{_COMPRESSED}")
"""A label of TAI64N, and whether it was rotated in order (`s`)."""
LINKS = 8
"""Most links that are followed to where a log is; below /var/log/containers there are up to two."""
NO_ANSWER = frozenset(
    (errno.ESTALE, errno.EIO, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENOTCONN)
)
"""What a file server that reboots, moves or is cut off comes to: it says nothing of what is there."""


class Sibling(NamedTuple):
    """A file that looks like an earlier generation of a log."""

    path: str
    locator: Locator
    size: int
    mtime_ns: int


@lru_cache(maxsize=1 << 16)
def family_of(path: str) -> str:
    """Return the path a log had before it was rotated: `/l/app.log.2.gz` → `/l/app.log`.

    Only what rotation appends is taken off; `app-2026-01-02.log` may as well be a log of its own.
    """
    directory, _, name = path.rpartition("/")
    if _BY_TIME.fullmatch(name):
        return f"{directory}/{CURRENT}"
    match = _AT_END.fullmatch(name)
    return f"{directory}/{match['base']}" if match else path


@lru_cache(maxsize=1 << 16)
def logs_before_extension(path: str) -> tuple[str, ...]:
    """Return the logs this may be a generation of, if rotation keeps extensions: `/l/app.1.log.gz` → `/l/app.log`.

    Or `/l/app`, if it adds them. It may as well be a log of its own, or a generation of `/l/app.1.log`.
    """
    directory, _, name = path.rpartition("/")
    plain = re.sub(rf"{_EXTENSION}$", "", name)
    extension = plain.rpartition(".")[2]
    found: list[str] = []
    for at in (one.start() for one in re.finditer(r"(?<!^)[.\-_]", plain) if not extension.isdecimal()):
        logs = {f"{name[:at]}.{extension}", name[:at]} - {plain}
        found += (f"{directory}/{log}" for log in sorted(logs) if generation(log, name) is not None)
    return tuple(found)


def stem_of(path: str) -> str:
    """How the name of each generation of a log begins: `/l/app.log` → `app`, because of `app.1.log`."""
    name = path.rpartition("/")[2]
    return "" if name == CURRENT else name.rpartition(".")[0] or name


def generation(family: str, name: str) -> str | None:
    """What rotation added to the family's name, or None when this is no generation of it."""
    base = family.rpartition("/")[2]
    if name.startswith(base) and (_SUFFIX.fullmatch(name, len(base)) or (name == base + TEMPORARY)):
        return name[len(base) :]
    if name.startswith(base) and (extended := _EXTENDED.fullmatch(name, len(base))):
        return extended[1] + extended[2]
    if base == CURRENT and (name == PREVIOUS or _BY_TIME.fullmatch(name)):
        return name
    stem, dot, extension = base.rpartition(".")
    if dot and stem and name.startswith(stem):
        rest = re.fullmatch(
            rf"((?:[.\-_]{_GENERATION}){{1,2}})\.{re.escape(extension)}({_COMPRESSED})", name[len(stem) :]
        )
        if rest:
            return rest[1] + rest[2]
    return None


def generation_in(directory: str, family: str, name: str) -> str | None:
    """As `generation`, for a file in a directory that may be one for old logs."""
    suffix = generation(family, name)
    elsewhere = suffix is not None and directory != family.rpartition("/")[0]
    return None if suffix is not None and elsewhere and not may_hold(directory, suffix) else suffix


def is_generation(path: str, of: str) -> bool:
    """Whether the log at a path got this one, in the same directory, by rotation (`app.log`: `app.1.log`)."""
    family = family_of(of)
    directory, _, name = path.rpartition("/")
    return directory == family.rpartition("/")[0] and generation(family, name) is not None


def siblings(
    family: str, old_directories: Sequence[str], directories: Directories, moved: Callable[[], None]
) -> list[Sibling]:
    """Every generation of a log that can be found, oldest first. Directories that may not be read are left out.

    `moved` is called when a name in a listing does not lead to what it led to when it was listed, and when a file server
    has no answer now.
    """
    found: dict[Locator, tuple[str, Sibling]] = {}
    for home, stem, directory in _homes(family, old_directories, directories, moved):
        try:
            listing = directories.list(directory)
        except OSError as error:
            unanswered(error, moved)
            continue
        elsewhere = False
        for entry in listing.starting_with(stem) if listing else ():
            if entry.is_dir or (suffix := generation_in(directory, home, entry.name)) is None:
                continue
            path = f"{directory}/{entry.name}"
            try:
                status = os.stat(path)
            except OSError as error:
                elsewhere |= isinstance(error, FileNotFoundError) and not entry.is_link
                unanswered(error, moved)
                continue
            elsewhere |= entry.inode != status.st_ino and not entry.is_link
            if is_regular(status):
                sibling = Sibling(
                    path, directories.mounts.locator(status), status.st_size, status.st_mtime_ns
                )
                found.setdefault(sibling.locator, (suffix, sibling))
        if elsewhere and _changed(listing, directories):
            moved()
    return [sibling for _, sibling in in_order(found.values())]


def _nobody() -> None:
    """Tell nobody."""


def unanswered(error: OSError, moved: Callable[[], None]) -> None:
    """Call `moved` when an error is none about a file, but a file server's that has no answer."""
    if error.errno in NO_ANSWER:
        moved()


def listed_generations(
    family: str, old_directories: Sequence[str], directories: Directories
) -> list[tuple[str, int]]:
    """Paths and inodes of what is called like a log or a generation of it, as the directories were last listed."""
    found: list[tuple[str, int]] = []
    for home, stem, directory in _homes(family, old_directories, directories, _nobody):
        try:
            listing = directories.list(directory)
        except OSError:
            continue
        found += [
            (f"{directory}/{entry.name}", entry.inode)
            for entry in (listing.starting_with(stem) if listing else ())
            if not entry.is_dir
            and (
                entry.name == home.rpartition("/")[2]
                or generation_in(directory, home, entry.name) is not None
            )
        ]
    return found


def closed_folders(
    family: str, old_directories: Sequence[str], directories: Directories
) -> list[tuple[str, PermissionError]]:
    """Folders for old logs of a log that may not be listed. Its own is somebody else's business."""
    found = []
    for home, _, directory in _homes(family, old_directories, directories, _nobody):
        if directory == home.rpartition("/")[0]:
            continue
        try:
            directories.list(directory)
        except PermissionError as error:
            found.append((directory, error))
        except OSError:
            continue
    return found


def _changed(listing: Listing | None, directories: Directories) -> bool:
    """Whether a directory holds something else by now.

    Some file systems list other inode numbers than they tell of a file (overlays): a new listing is the same then.
    """
    directories.refresh()
    try:
        return listing is not None and directories.list(listing.path) is not listing
    except OSError:
        return False


def in_order(pairs: Iterable[tuple[str, Sibling]]) -> list[tuple[str, Sibling]]:
    """Oldest first: by number when all are numbered, by date when all are dated alike, else by time of writing.

    Names come first because time stamps are coarse and a copy is younger than what it holds. What is about to be copied
    to `.1`, or compressed, is the youngest.
    """
    known = sorted(pairs, key=lambda pair: pair[0] in (TEMPORARY, PREVIOUS))
    if known and known[-1][0] in (TEMPORARY, PREVIOUS):
        return [*in_order(known[:-1]), known[-1]]
    if all(_BY_TIME.fullmatch(suffix) for suffix, _ in known):
        return sorted(known, key=lambda pair: pair[0])
    numbers = [_NUMBER.fullmatch(suffix) for suffix, _ in known]
    if all(numbers):
        order = {id(pair): -int(number[1]) for pair, number in zip(known, numbers, strict=True) if number}
        return sorted(known, key=lambda pair: order[id(pair)])
    dates = _year_first([re.sub(rf"{_COMPRESSED}$", "", suffix) for suffix, _ in known])
    digits = [re.sub(r"\D", "", date) for date in dates]
    if len({len(one) for one in digits}) == 1 and digits[0]:
        when = {id(pair): one for pair, one in zip(known, digits, strict=True)}
        return sorted(known, key=lambda pair: when[id(pair)])
    return sorted(known, key=lambda pair: (pair[1].mtime_ns, pair[0]))


def _year_first(suffixes: Sequence[str]) -> list[str]:
    """Dates as they can be sorted: `-12-31-2025-1`, which is in the manual of Log4j 2, becomes `-2025-12-31-1`.

    The day comes first only if that is certain.
    """
    found = [_YEAR_LAST.match(one) for one in suffixes]
    day, month = (1, 3) if any(one and int(one[1]) > MONTHS for one in found) else (3, 1)
    return [
        f"-{one[4]}-{int(one[month]):02d}-{int(one[day]):02d}{text[one.end() :]}" if one else text
        for one, text in zip(found, suffixes, strict=True)
    ]


def oldest_first(found: Iterable[Sibling], home: Callable[[str], str]) -> list[Sibling]:
    """Order new files so that earlier generations of a log come before later ones. `home` names the log of a path."""
    families: dict[str, list[Sibling]] = {}
    for one in found:
        families.setdefault(home(one.path), []).append(one)
    ordered: list[Sibling] = []
    for family, members in families.items():
        pairs = [(_suffix_of(one.path, family), one) for one in members if one.path != family]
        ordered += [one for _, one in in_order(pairs)] if len(pairs) > 1 else [one for _, one in pairs]
        ordered += [one for one in members if one.path == family]
    return ordered


def _suffix_of(path: str, family: str) -> str:
    """What rotation added to a name; if not to the log's, because that is a link, to what it was before."""
    name = path.rpartition("/")[2]
    return generation(family, name) or generation(family_of(path), name) or ""


def _homes(
    family: str, old_directories: Sequence[str], directories: Directories, moved: Callable[[], None]
) -> Iterator[tuple[str, str, str]]:
    """Where generations of a log may be: its path, how their names begin, and the directory.

    Whoever rotates a log that is found by a link (the kubelet) renames what the link leads to, where that is.
    """
    for home in filter(None, (family, target_of(family, directories, moved))):
        for directory in _places(home, old_directories, directories, moved):
            yield home, stem_of(home), directory


def target_of(path: str, directories: Directories, moved: Callable[[], None]) -> str:
    """Where a link leads in the end; empty where there is none, or a machine on the way does not answer."""
    target = path
    try:
        for _ in range(LINKS):
            directories.mounts.reach(target)
            if not stat.S_ISLNK(os.lstat(target).st_mode):
                break
            target = os.path.normpath(os.path.join(os.path.dirname(target), os.readlink(target)))
    except OSError as error:
        unanswered(error, moved)
        if isinstance(error, TimeoutError) or error.errno in NO_ANSWER:
            return ""
    return "" if target == path else target


def _places(
    family: str, old_directories: Sequence[str], directories: Directories, moved: Callable[[], None]
) -> list[str]:
    directory = family.rpartition("/")[0]
    places = {directory: None}
    for old in old_directories:
        places[old if old.startswith("/") else f"{directory}/{old}"] = None
    try:
        listing = directories.list(directory)
    except OSError as error:
        unanswered(error, moved)  # there may be folders for old logs in it
        listing = None
    folders = listing.folders if listing else frozenset()
    for name in old_among(folders):
        places[f"{directory}/{name}"] = None
    return list(places)
