"""What is allowed, but probably not meant: it depends on the machine and on this moment."""

from __future__ import annotations

import grp
import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from logsource.config.addresses import is_loopback
from logsource.config.deliveredwarnings import delivered_warnings
from logsource.config.inputwarnings import input_warnings
from logsource.config.resolverwarnings import resolver_warnings
from logsource.config.statedir import used_by_others
from logsource.config.types import format_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.config.load import Loaded
    from logsource.config.model import SourceConfig

_ARCHIVES = (".gz", ".zst", ".bz2", ".xz")
_NAMED_FILES = 3
"""Unreadable files that are named one by one; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Matched:
    """What the globs of a source match now."""

    files: Sequence[str]
    unlisted: Sequence[str] = ()
    """Directories that may not be listed, so that nobody knows what is in them."""
    remarks: Sequence[tuple[str, str]] = ()
    """What else is to be said of them, and what to do."""


Allowed = Callable[[str | Path, int], bool]
"""`os.access` or what a test puts in its place: whether the process may use a path in a mode."""


def warnings(
    loaded: Loaded,
    match: Callable[[SourceConfig], Matched],
    *,
    allowed: Allowed = os.access,
    cores: int | None = None,
) -> list[str]:
    """Warnings, each `file:line:col: what (hint)`, in the order of the file.

    They hold for the user that asks; run `logsource check` as the agent's user. `cores`: how many there are for
    this process, instead of asking the kernel.
    """
    found: list[tuple[tuple[str | int, ...], str, str]] = []
    for index, source in enumerate(loaded.config.sources):
        if source.type == "file":
            matched = match(source)
            findings = _files(source, matched, allowed)
            found.extend((("sources", index, "paths"), what, hint) for what, hint in findings)
            for key, what, hint in delivered_warnings(source, matched.files, allowed):
                found.append((("sources", index, key), what, hint))
        else:
            found.extend(input_warnings(index, source))
    found.extend(
        (("agent", "state_dir"), what, hint)
        for what, hint in _state_dir(loaded.config.agent.state_dir, allowed, loaded.config.agent.track_group)
    )
    found.extend(_track_group(loaded))
    found.extend(_tls(loaded, allowed))
    found.extend(_exposed(loaded))
    found.extend(_exposed_traffic(loaded))
    found.extend(resolver_warnings(loaded))
    found.extend(_outbox_room(loaded))
    found.extend(_workers(loaded, cores or len(os.sched_getaffinity(0))))
    if loaded.config.outbox.storage == "memory":
        found.append(
            (("outbox", "storage"), "events not yet sent are lost when the agent ends", "storage: disk")
        )
    found.sort(key=lambda item: loaded.document.at(item[0]))
    return [loaded.say(path, what, hint) for path, what, hint in found]


def _files(source: SourceConfig, matched: Matched, allowed: Allowed) -> Iterator[tuple[str, str]]:
    for directory in dict.fromkeys(matched.unlisted):  # several globs may lead there
        yield f"source {source.name}: {directory} cannot be listed", _grant(directory, "rx")
    if not matched.files and not matched.unlisted:
        directories = [path for path in source.paths if Path(path).is_dir()]
        hint = (
            f"{directories[0]} is a directory; write {directories[0].rstrip('/')}/*.log"
            if directories
            else ""
        )
        yield f"source {source.name}: no file matches now", hint or "new files are found when they appear"
    for path in source.paths:
        if path in matched.files and Path(path).is_dir():
            yield f"source {source.name}: {path} is a directory, not a log", f"write {path.rstrip('/')}/*.log"
    moved_away = any(set("*?[{") & set(path) or path.endswith(_ARCHIVES) for path in source.paths)
    if source.after_delivery != "keep" and source.ignore_older is None and not moved_away:
        done = "deletes" if source.after_delivery == "delete" else "moves"
        what = f"source {source.name}: after_delivery {done} rotated files, and paths name none"
        yield what, f"write {source.paths[0]}* if they are called so"
    for what, hint in matched.remarks:
        yield f"source {source.name}: {what}", hint
    unreadable = [path for path in matched.files if Path(path).is_file() and not allowed(path, os.R_OK)]
    for path in unreadable[:_NAMED_FILES]:
        yield f"source {source.name}: {path} cannot be read", _grant(path, "r")
    if len(unreadable) > _NAMED_FILES:
        yield f"source {source.name}: {len(unreadable) - _NAMED_FILES} more files cannot be read", ""


def _grant(path: str, rights: str) -> str:
    """How to let the agent in; on Debian and its kin logs belong to the group adm."""
    try:
        group = Path(path).group()
    except (OSError, KeyError):
        group = ""
    fix = f"setfacl -m u:logsource:{rights} {path}"
    return f"{fix}, or add the agent's user to the group {group}" if group not in {"", "root"} else fix


def _state_dir(path: Path, allowed: Allowed, group: str) -> Iterator[tuple[str, str]]:
    name = f"agent.state_dir {path}"
    if path.exists() and not path.is_dir():
        yield f"{name} is not a directory", "name a directory"
        return
    existing = path
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not allowed(existing, os.W_OK | os.X_OK):
        yield (
            f"{name} cannot be written",
            f"make it for the agent's user: install -d -m 0700 -o logsource {path}",
        )
    elif existing == path and stat.S_IMODE(path.stat().st_mode) & (0o067 if group else 0o077):
        if allowed(path, os.R_OK) and (others := used_by_others(path)):
            hint = f"the agent will refuse it; choose a directory of its own, such as {path / 'logsource'}"
            yield f"{name} is open to other users and holds {', '.join(others[:3])}", hint
        else:
            yield f"{name} is open to other users", f"it holds log lines: chmod 0700 {path}"


def _track_group(loaded: Loaded) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    group = loaded.config.agent.track_group
    if not group:
        return
    key = ("agent", "track_group")
    try:
        gid = grp.getgrnam(group).gr_gid
    except KeyError:
        yield key, f"there is no group {group}", f"groupadd --system {group}"
        return
    if os.geteuid() != 0 and gid not in {os.getegid(), *os.getgroups()}:
        yield key, f"the agent's user is not in the group {group}", f"usermod -a -G {group} USER, and restart"


def _tls(loaded: Loaded, allowed: Allowed) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    tls = loaded.config.collector.tls
    if not tls.verify:
        hint = "name its CA with collector.tls.ca instead"
        yield ("collector", "tls", "verify"), "the collector's certificate is not verified", hint
    for key in ("ca", "cert", "key"):
        path: Path | None = getattr(tls, key)
        if path is not None and not allowed(path, os.R_OK):
            yield (
                ("collector", "tls", key),
                f"collector.tls.{key} {path} cannot be read",
                "check path and rights",
            )


def _exposed(loaded: Loaded) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Secrets written into a file that every user may read."""
    secret = loaded.document.secret
    inline = [
        name for name in loaded.config.collector.headers if ("collector", "headers", name) not in secret
    ]
    password = "@" in loaded.config.collector.url and ("collector", "url") not in secret
    try:
        mode = Path(loaded.file).stat().st_mode
    except OSError:
        return
    if (inline or password) and mode & stat.S_IROTH:
        path = ("collector", "headers") if inline else ("collector", "url")
        hint = f"chmod 0640 {loaded.file}, or take the value from ${{ENV}}"
        yield path, "a secret stands in a file that every user can read", hint


def _exposed_traffic(loaded: Loaded) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """What others on the network can see."""
    host = loaded.config.web.listen.rpartition(":")[0].strip("[]")
    if host and not is_loopback(host):
        hint = "it names log files; let only your scraper reach it, or listen on 127.0.0.1"
        yield ("web", "listen"), f"web.listen {host} can be reached from other machines", hint
    collector = loaded.config.collector
    address = urlsplit(collector.url)
    secret = bool(collector.headers) or "@" in address.netloc
    if secret and address.scheme == "http" and not is_loopback(address.hostname or ""):
        yield ("collector", "url"), "headers and passwords are sent without encryption", "write https://"


def _workers(loaded: Loaded, cores: int) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    wanted = loaded.config.agent.workers
    if wanted > cores:
        what = f"agent.workers is {wanted}, but there {'is 1 core' if cores == 1 else f'are {cores} cores'}"
        yield ("agent", "workers"), what, f"more only take memory: workers: {cores}"


def _outbox_room(loaded: Loaded) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """A limit that the disk cannot hold is no limit: the disk fills first, for everybody on the machine."""
    config = loaded.config
    place = next(
        (one for one in (config.agent.state_dir, *config.agent.state_dir.parents) if one.is_dir()), None
    )
    if place is None or config.outbox.storage == "memory":
        return
    free = shutil.disk_usage(place).free
    if config.outbox.max_size > free:
        what = f"outbox.max_size is {format_size(config.outbox.max_size)}, but {place} has {free // 1024**2}MiB free"
        yield ("outbox", "max_size"), what, "lower the limit, or choose another agent.state_dir"
