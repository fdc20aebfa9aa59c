"""Reading what people hand to `schemas validate`, and judging it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from logsource.event.iglu import self_describing_problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from logsource.event.validate import Validators

MOST_BYTES = 64 * 1024 * 1024
"""Of a document over several lines; a file with one JSON on each line is read as a stream and may be of any size."""


class Judged(NamedTuple):
    """One self-describing JSON."""

    number: int
    """Of its line, from 1; in a JSON array, of the element."""
    schema: str
    problems: tuple[str, ...]
    """Empty when it is valid."""


def judged(lines: Iterable[bytes], validators: Validators) -> Iterator[Judged]:
    """Judge self-describing JSONs: one on each line, or one JSON over several lines, or an array of them.

    What `logsource try --json` prints is taken as well.
    """
    for number, value in _values(lines):
        if isinstance(value, _Unreadable):
            yield Judged(number, "", (value.reason,))
        else:
            yield Judged(number, *_judge(value, validators))


class _Unreadable(NamedTuple):
    reason: str


def _values(lines: Iterable[bytes]) -> Iterator[tuple[int, Any]]:
    numbered: Iterator[tuple[int, bytes]] = (one for one in enumerate(lines, 1) if one[1].strip())
    first = next(numbered, None)
    if first is None:
        return
    value = _load(first[1])
    if isinstance(value, _Unreadable):
        # perhaps one document, written for people
        rest: list[tuple[int, bytes]] = []
        size = 0
        for one in numbered:
            rest.append(one)
            size += len(one[1])
            if size > MOST_BYTES:
                break
        whole = _load(b"".join(line for _, line in (first, *rest)))
        if not isinstance(whole, _Unreadable):
            yield from enumerate(whole, 1) if isinstance(whole, list) else ((first[0], whole),)
            return
        numbered = chain(rest, numbered)
    elif isinstance(value, list):
        yield from enumerate(value, 1)
        return
    yield first[0], value
    for number, line in numbered:
        yield number, _load(line)


def _load(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return _Unreadable(f"not JSON: {error}")


def _judge(value: Any, validators: Validators) -> tuple[str, tuple[str, ...]]:
    if isinstance(value, dict) and "ok" in value and value.keys() != {"schema", "data"}:
        if value["ok"] is not True:
            reasons = [str(value[key]) for key in ("reason", "detail") if value.get(key)]
            return "", (f"no event: {': '.join(reasons) or 'it says so itself'}",)
        value = {key: value[key] for key in ("schema", "data") if key in value}
    problem = self_describing_problem(value)
    if problem is not None:
        return "", (f"not a self-describing JSON: it {problem}",)
    return value["schema"], validators.problems(value["schema"], value["data"])
