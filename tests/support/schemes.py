"""How rotation names what it makes of a log: logrotate's ways, those of logging libraries, and of service supervisors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST_DAY = date(2025, 12, 28)
"""The dates pass a turn of the year."""
A_DAY = 3
"""Rotations on one day, where a name has more than the day."""


def _day(number: int) -> date:
    return _FIRST_DAY + timedelta(days=number)


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """What rotation number `k` of `n` so far is called by now."""

    log: str
    name: Callable[[int, int], str]
    """Path below the folder of the log, of (k, n)."""
    archives: str
    """Glob that names what rotation makes, and not the log."""
    folder: str = ""
    """Glob of the folders where it is put, if that is not the folder of the log."""
    olddir: str = ""
    """The same, for `olddir` of the source: nobody would know this folder by its name."""
    keeps_extension: bool = False
    """Each generation is called like a log of its own."""

    @property
    def renames(self) -> bool:
        """Whether each rotation gives another name to all that there are."""
        return self.name(1, 1) != self.name(1, 2)


def _numbered(form: str, start: int = 1) -> Callable[[int, int], str]:
    return lambda k, n: form.format(n - k + start)


def _dated(form: str, per_day: int = 1) -> Callable[[int, int], str]:
    return lambda k, _: form.format(_day(k // per_day), k % per_day)


SCHEMES = {
    "numbered": Scheme(log="app.log", name=_numbered("app.log.{}"), archives="app.log.*"),
    "start 0": Scheme(log="app.log", name=_numbered("app.log.{}", 0), archives="app.log.*"),
    "no extension": Scheme(log="messages", name=_numbered("messages.{}"), archives="messages.*"),
    "extension": Scheme(
        log="app.log", name=_numbered("app.{}.log"), archives="app.[0-9]*.log*", keeps_extension=True
    ),
    "extension, start 0": Scheme(
        log="app.log", name=_numbered("app.{}.log", 0), archives="app.[0-9]*.log*", keeps_extension=True
    ),
    "addextension": Scheme(
        log="messages", name=_numbered("messages.{}.log"), archives="messages.*", keeps_extension=True
    ),
    "addextension, dateext": Scheme(
        log="app.out", name=_dated("app.out-{:%Y%m%d}.log"), archives="app.out-*", keeps_extension=True
    ),
    "dateext": Scheme(log="app.log", name=_dated("app.log-{:%Y%m%d}"), archives="app.log-*"),
    "dateext, hours": Scheme(
        log="app.log", name=_dated("app.log-{:%Y%m%d}{:02d}", A_DAY), archives="app.log-*"
    ),
    "dateext, extension": Scheme(
        log="app.log", name=_dated("app-{:%Y%m%d}.log"), archives="app-*.log*", keeps_extension=True
    ),
    "epoch": Scheme(log="app.log", name=lambda k, _: f"app.log-{1_700_000_000 + k}", archives="app.log-*"),
    "Python, days": Scheme(log="app.log", name=_dated("app.log.{:%Y-%m-%d}"), archives="app.log.*"),
    "Python, hours": Scheme(
        log="app.log", name=_dated("app.log.{:%Y-%m-%d}_{:02d}", A_DAY), archives="app.log.*"
    ),
    "Python, seconds": Scheme(
        log="app.log", name=lambda k, _: f"app.log.2025-12-28_03-04-{k:02d}", archives="app.log.*"
    ),
    "logback": Scheme(
        log="app.log",
        name=_dated("app.{:%Y-%m-%d}.{}.log", A_DAY),
        archives="app.2*.log*",
        keeps_extension=True,
    ),
    "lumberjack": Scheme(
        log="app.log",
        name=_dated("app-{:%Y-%m-%d}T22-23-50.000.log"),
        archives="app-2*",
        keeps_extension=True,
    ),
    "Log4j 2": Scheme(
        log="app.log",
        name=lambda k, _: f"{_day(k):%Y-%m}/app-{_day(k):%m-%d-%Y}-1.log",
        archives="20*/app*",
        folder="20*",
        keeps_extension=True,
    ),
    "olddir, well known": Scheme(
        log="app.log", name=_numbered("old/app.log.{}"), archives="old/*", folder="old"
    ),
    "olddir, dateext": Scheme(
        log="app.log", name=_dated("archive/app.log-{:%Y%m%d}"), archives="archive/*", folder="archive"
    ),
    "olddir": Scheme(
        log="app.log",
        name=_numbered("gone/app.log.{}"),
        archives="gone/*",
        folder="gone",
        olddir="gone",
    ),
    "olddir, extension": Scheme(
        log="app.log",
        name=_numbered("gone/app.{}.log"),
        archives="gone/*",
        folder="gone",
        olddir="gone",
        keeps_extension=True,
    ),
    "svlogd": Scheme(
        log="current", name=lambda k, _: f"@40000000{0x6B02E3D9 + k:08x}0b388d0c.s", archives="@*"
    ),
}
