"""Which keys belong to which type of source, and what each type cannot do without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logsource.config.explain import dotted
from logsource.config.model import SourceConfig
from logsource.config.problem import Problem
from logsource.config.shape import as_written, unit_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.config.yaml import Document, Path

KINDS = ("file", "stdin", "syslog", "journald")
_STREAMED = ("file", "stdin")
_BELONGS = {
    "paths": ("file",),
    "exclude": ("file",),
    "olddir": ("file",),
    "ignore_older": ("file",),
    "after_delivery": ("file",),
    "move_to": ("file",),
    "container": ("file",),
    "skip_lines": _STREAMED,
    "comment": _STREAMED,
    "start_at": ("file", "journald"),
    "encoding": _STREAMED,
    "delimiter": _STREAMED,
    "multiline": _STREAMED,
    "listen": ("syslog",),
    "max_connections": ("syslog",),
    "tls": ("syslog",),
    "matches": ("journald",),
    "record": ("journald",),
    "journal_directory": ("journald",),
    "journal_namespace": ("journald",),
    "journalctl": ("journald",),
    "buffer": ("stdin", "syslog", "journald"),
}
"""Keys that mean something for some types only; given for another they would be ignored in silence."""
_DEFAULTS = {
    name: as_written(info.get_default(call_default_factory=True), unit_of(info))
    for name, info in SourceConfig.model_fields.items()
    if name in _BELONGS
}
"""A default that is written out, as `check --show` does it, changes nothing."""
_NEEDS = {"file": "paths", "syslog": "listen"}
_HINTS = {
    "paths": "write a list of absolute paths or globs",
    "listen": "write listen: udp://127.0.0.1:5514",
}


def check_inputs(document: Document, sources: list[Any]) -> Iterator[Problem]:
    """Problems of types and their keys."""
    readers = 0
    for index, source in enumerate(sources):
        path: Path = ("sources", index)
        kind = source.get("type", "file") if isinstance(source, dict) else None
        if kind not in KINDS or (*path, "type") in document.broken:
            continue
        yield from _needed(document, path, source, kind)
        for key, value in source.items():
            if kind not in _BELONGS.get(key, (kind,)) and value != _DEFAULTS[key]:
                what = f"{dotted((*path, key))} has no effect for type {kind}"
                hint = "it is for type " + " and ".join(_BELONGS[key])
                yield Problem(document.at_key((*path, key)), what, hint)
        readers += kind == "stdin"
        if kind == "stdin" and readers > 1:
            what = f"{dotted((*path, 'type'))}: another source reads standard input already"
            yield Problem(document.at((*path, "type")), what, "there is only one standard input")
        if kind == "syslog":
            yield from _tls(document, path, source)
        if kind == "file":
            yield from _delimiter(document, path, source)
        if kind == "journald":
            yield from _matches(document, (*path, "matches"), source.get("matches"))


def _needed(document: Document, path: Path, source: dict[str, Any], kind: str) -> Iterator[Problem]:
    needed = _NEEDS.get(kind)
    if needed is None:
        return
    place, name = (*path, needed), dotted((*path, needed))
    if needed not in source:
        yield Problem(document.at(path), f"{name} is missing", _HINTS[needed])
    elif source[needed] == [] and place not in document.broken:
        yield Problem(document.at(place), f"{name} must not be empty")


def _tls(document: Document, path: Path, source: dict[str, Any]) -> Iterator[Problem]:
    addresses = source.get("listen")
    texts = [addresses] if isinstance(addresses, str) else addresses if isinstance(addresses, list) else []
    wanted = any(isinstance(text, str) and text.startswith("tls://") for text in texts)
    place, name = (*path, "tls"), dotted((*path, "tls"))
    if wanted and source.get("tls") is None:
        hint = "write tls: {cert: /etc/logsource/server.pem, key: /etc/logsource/server.key}"
        yield Problem(document.at((*path, "listen")), f"{name} is missing, which tls:// needs", hint)
    elif source.get("tls") is not None and not wanted:
        hint = "listen on tls://IP:PORT, or remove it"
        yield Problem(document.at_key(place), f"{name} has no effect without an address tls://", hint)


def _delimiter(document: Document, path: Path, source: dict[str, Any]) -> Iterator[Problem]:
    delimiter, encoding = source.get("delimiter", ""), source.get("encoding", "utf-8")
    place = (*path, "delimiter")
    if not isinstance(delimiter, str) or not isinstance(encoding, str):
        return
    try:
        delimiter.encode("utf-8" if encoding == "ascii" else encoding)  # as these files are read
    except LookupError:  # no encoding, which is a problem of its own
        return
    except UnicodeEncodeError:
        what = f"{dotted(place)} cannot be written in {encoding}"
        yield Problem(
            document.at(place), what, "no record would ever end: give the encoding the files really have"
        )


def _matches(document: Document, path: Path, matches: Any) -> Iterator[Problem]:
    for index, match in enumerate(matches if isinstance(matches, list) else []):
        place = (*path, index)
        if not isinstance(match, str) or place in document.broken:
            continue
        # Anything else would be an option or a path to journalctl.
        if match != "+" and (match.startswith(("-", "/")) or "=" not in match[1:]):
            what = f"{dotted(place)} is not a match of the journal"
            yield Problem(
                document.at(place), what, "write FIELD=value, such as _SYSTEMD_UNIT=nginx.service, or +"
            )
