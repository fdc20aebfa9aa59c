"""Keys of a source that would do nothing, or nothing good, beside one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logsource.config.explain import dotted, shown
from logsource.config.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.config.yaml import Document, Path

_OF_RUNTIME = "looks at the lines of the container runtime, not of the program"
_RUNTIMES = {
    "docker": "docker writes its lines in UTF-8",
    "cri": "the lines of a container runtime begin with ASCII",
    "auto": "the lines of a container runtime begin with ASCII",
}


_W3C = "#Fields:"


def check_combinations(
    document: Document, path: Path, source: dict[str, Any], parsers: Any
) -> Iterator[Problem]:
    """Problems of one source, which is a mapping; its single keys are checked elsewhere."""
    yield from _after_delivery(document, path, source)
    yield from _comment(document, path, source, parsers)
    if source.get("container", "none") not in _RUNTIMES:
        return
    for key in ("skip_lines", "comment"):
        if source.get(key):
            what = f"{dotted((*path, key))} {_OF_RUNTIME}"
            hint = "remove it, and use a filter that drops such records"
            yield Problem(document.at_key((*path, key)), what, hint)
    if source.get("delimiter", "") not in ("", "\n"):
        what = f"{dotted((*path, 'delimiter'))} {_OF_RUNTIME}, and those end with LF"
        hint = "remove it; if several lines of the program are one record, say so with multiline"
        yield Problem(document.at_key((*path, "delimiter")), what, hint)
    yield from _encoding(document, path, source)


def _encoding(document: Document, path: Path, source: dict[str, Any]) -> Iterator[Problem]:
    encoding, runtime = source.get("encoding", "utf-8"), source["container"]
    place = (*path, "encoding")
    if not isinstance(encoding, str) or place in document.broken:
        return
    # CRI passes on what the program wrote, behind a header of its own; json-file has made UTF-8 of it.
    probe = "{ \u00e9" if runtime == "docker" else "{ "
    try:
        fits = probe.encode(encoding) == probe.encode()
    except UnicodeEncodeError:  # ASCII is UTF-8, too
        fits = encoding.lower() in ("ascii", "us-ascii")
    except LookupError:
        return  # reported as an encoding that is none
    if not fits:
        what = f"{dotted(place)}: {_RUNTIMES[runtime]}, whatever the program writes"
        yield Problem(document.at(place), what, "remove it")


def _comment(document: Document, path: Path, source: dict[str, Any], parsers: Any) -> Iterator[Problem]:
    """Comments that hold the names of the columns: without them every line would be one that no pattern matches."""
    comment, name = source.get("comment"), source.get("parser")
    parser = parsers.get(name) if isinstance(parsers, dict) and isinstance(name, str) else None
    csv = parser.get("csv") if isinstance(parser, dict) else None
    if not isinstance(comment, str) or not comment or not isinstance(csv, dict):
        return
    learns = csv.get("w3c") is True and not csv.get("columns")
    if learns and (_W3C.startswith(comment) or comment.startswith(_W3C)):
        what = f"{dotted((*path, 'comment'))} hides the {_W3C} lines from the parser {shown(name)}, which needs them"
        hint = "remove it; csv with w3c leaves out lines that begin with # by itself"
        yield Problem(document.at_key((*path, "comment")), what, hint)


def _after_delivery(document: Document, path: Path, source: dict[str, Any]) -> Iterator[Problem]:
    moves, target = source.get("after_delivery") == "move", source.get("move_to")
    if moves and target is None:
        what = f"{dotted((*path, 'after_delivery'))} does not say where to"
        yield Problem(document.at((*path, "after_delivery")), what, "write move_to: /some/directory as well")
    elif not moves and target is not None:
        what = f"{dotted((*path, 'move_to'))} has no effect without after_delivery: move"
        yield Problem(document.at_key((*path, "move_to")), what, "write after_delivery: move, or remove it")
