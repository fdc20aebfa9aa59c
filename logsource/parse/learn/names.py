"""Names of fields, from what stands around them and from what they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.parse.learn.template import Field, Gap, Item, Literal, Maybe
from logsource.parse.learn.timeforms import BY_NAME, epoch_format
from logsource.parse.learn.tokens import LEVELS, METHODS
from logsource.parse.learn.values import NULLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TIME = "time"
_UNITS = {"%": "percent", "µs": "us", "μs": "us", "sec": "s", "B": "bytes"}
_TIMES = frozenset(["ns", "us", "µs", "μs", "ms", "s", "sec", "m", "h"])
_SIZES = frozenset(["B", "kB", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"])
_AGENT = re.compile(r"[A-Za-z][A-Za-z0-9._-]*/[0-9][^ ]*(?: .*)?")
_THREAD = re.compile(
    r"(?:main|MainThread|.*(?:[Tt]hread|worker|exec|pool|executor|dispatcher|scheduler|nio)[-_#0-9a-zA-Z.]*)"
)
_LOGGER = re.compile(r"[A-Za-z_$][\w$-]*(?:(?:\.|::|/)[A-Za-z_$][\w$-]*)+")
_SOURCE = re.compile(r"[\w./<>$-]+\.\w+:[0-9]+|[\w./$-]+:[0-9]+")
_VERSION = re.compile(r"v[0-9]+(?:\.[0-9]+)+|[0-9]+(?:\.[0-9]+){2,}")
_HOST = re.compile(
    r"[a-z][a-z0-9-]*[0-9](?:\.[a-z0-9.-]+)?|(?:[a-z0-9-]+\.)+(?:com|net|org|io|dev|local|lan|internal|example)"
)
_SHORT_LEVELS = frozenset("DIWEFCTV")
_FEW = 12
_CACHE = frozenset(["HIT", "MISS", "EXPIRED", "BYPASS", "STALE", "UPDATING", "REVALIDATED"])
_STATUS = re.compile(r"[1-5][0-9]{2}")
_WORDS = frozenset(
    [
        "in",
        "to",
        "at",
        "of",
        "by",
        "is",
        "the",
        "a",
        "an",
        "and",
        "for",
        "on",
        "was",
        "with",
        "has",
        "from",
        "took",
        "after",
        "via",
        "as",
        "or",
        "not",
        "ms",
        "s",
    ]
)
_PREPOSITIONS = {
    "from": "from_ip",
    "to": "to_ip",
    "by": "by",
    "for": "for",
    "took": "duration",
    "in": "duration",
    "after": "duration",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A field among its neighbours."""

    field: Field
    texts: tuple[str, ...]
    """Its texts, without those that mean "no value"."""
    before: str
    """Literal text before it."""
    after: str
    """Literal text behind it."""
    last: bool
    """The line ends behind it."""


def places(items: Sequence[Item], columns: Sequence[Sequence[str | None]]) -> list[Place]:
    """All fields with their neighbourhood, in order."""
    flat = list(_flat(items))
    found: list[Place] = []
    for index, item in enumerate(flat):
        if not isinstance(item, Field):
            continue
        texts = (
            tuple(text for text in columns[len(found)] if text is not None and text not in NULLS)
            if columns
            else ()
        )
        before = flat[index - 1] if index else None
        after = flat[index + 1] if index + 1 < len(flat) else None
        found.append(
            Place(
                item,
                texts,
                before.text if isinstance(before, Literal) else " ",
                after.text if isinstance(after, Literal) else " " if after is not None else "",
                after is None,
            )
        )
    return found


def _flat(items: Sequence[Item]) -> Iterator[Literal | Gap | Field]:
    """Parts without their nesting, neighbouring literals as one."""
    pending = ""
    for item in items:
        inner: Iterator[Literal | Gap | Field] = (
            _flat(item.items) if isinstance(item, Maybe) else iter((item,))
        )
        for part in inner:
            if isinstance(part, Literal):
                pending += part.text
                continue
            if pending:
                yield Literal(pending)
                pending = ""
            yield part
    if pending:
        yield Literal(pending)


def name_all(found: Sequence[Place]) -> list[tuple[str, bool]]:
    """Name of each field, and whether it is more than a guess; names are unique."""
    names: list[tuple[str, bool]] = []
    for number, place in enumerate(found):
        text_follows = any(one.field.free or _sentences(one.texts) for one in found[number + 1 :])
        given = _name(place, [name for name, _ in names], list(found[:number]), text_follows=text_follows)
        base, sure = given if given is not None else (f"field_{number + 1}", False)
        name, count = base, 1
        while name in {one for one, _ in names}:
            count += 1
            name = f"{base}_{count}"
        names.append((name, sure))
    return names


def snake(text: str) -> str:
    """snake_case of a key."""
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text)
    text = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower()
    return text if text and not text[0].isdigit() else f"field_{text}".rstrip("_")


def is_time(place: Place) -> bool:
    """Whether a field states an instant."""
    return bool(place.field.kinds & BY_NAME.keys())


def _name(
    place: Place, names: Sequence[str], before: Sequence[Place], *, text_follows: bool
) -> tuple[str, bool] | None:
    field, texts = place.field, place.texts
    if field.key:
        return _with_unit(snake(field.key), field.unit), True
    if is_time(place) or (not before and epoch_format(texts) is not None):
        return TIME, True
    if field.free or _sentences(texts):
        if not text_follows and not field.wrap:
            return "message", True
        few = len(set(texts)) <= _FEW and len(texts) > _FEW
        if field.free:
            return ("component" if few else "text"), False
    word = _word_before(place.before)
    if field.unit:
        known = word in {None, "in", "took", "after", "duration", "elapsed", "time"}
        default = "size" if field.unit in _SIZES else "duration" if field.unit in _TIMES else "value"
        base = {"%": "share"}.get(field.unit, default if known else str(word))
        if field.unit == "B" and known:
            return "bytes", True
        return _with_unit(base, field.unit), default != "value" or not known
    return (
        _by_content(place, names, before)
        or _by_word(word, place)
        or _by_word_behind(place)
        or _by_frame(place, names, before)
    )


def _with_unit(name: str, unit: str) -> str:
    suffix = snake(_UNITS.get(unit, unit)) if unit not in _UNITS.values() else unit
    return name if not unit or name.endswith(f"_{suffix}") else f"{name}_{suffix}"


def _word_before(text: str) -> str | None:
    match = re.search(r"([A-Za-z][A-Za-z0-9_]*)[ :=#'\[(<\"]*\Z", text)
    return snake(match[1]) if match else None


def _share(texts: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(pattern.fullmatch(text) is not None for text in texts) / len(texts) if texts else 0.0


def _few_words(texts: Sequence[str]) -> bool:
    """Whether these are names of a few things rather than what is told about each record."""
    return len(texts) > _FEW >= len(set(texts)) and not any(" " in text for text in texts)


def _sentences(texts: Sequence[str]) -> bool:
    return bool(texts) and sum(" " in text for text in texts) >= 0.5 * len(texts)


def _by_content(  # noqa: C901 - a table of what values tell, in order
    place: Place, names: Sequence[str], before: Sequence[Place]
) -> tuple[str, bool] | None:
    field, texts = place.field, place.texts
    kinds = field.kinds - {"dash"}
    if not texts:
        return None
    if all(text.upper() in LEVELS for text in texts) and "method" not in names:
        return "level", True
    if all(text in METHODS for text in texts):
        return "method", True
    if kinds == {"version"}:
        return "http_version", True
    if set(texts) <= _SHORT_LEVELS and (not before or is_time(before[-1])) and len(set(texts)) > 1:
        return "level", False
    if kinds == {"clock"}:
        return "clock", True
    if before and is_time(before[-1]) and not place.before.strip() and _share(texts, _HOST) > 0.9:
        return "host", True
    if kinds & {"path", "url"} and "method" in names and "target" not in names:
        return "target", True
    if "method" in names and "status" not in names and _share(texts, _STATUS) == 1:
        return "status", True
    if names and names[-1] == "status" and kinds == {"int"}:
        return "bytes", True
    if place.field.wrap == '"' and _share(texts, _AGENT) > 0.6:
        return "user_agent", True
    if place.field.wrap == '"' and sum("://" in text for text in texts) > 0.5 * len(texts):
        return "referrer", True
    if kinds <= {"ip"} and kinds:
        return _address(place, before)
    if kinds == {"uuid"}:
        return ("request_id", False) if "request_id" not in names else ("id", False)
    if field.wrap == "[" and _share(texts, _THREAD) > 0.8:
        return "thread", True
    return None


def _address(place: Place, before: Sequence[Place]) -> tuple[str, bool]:
    word = _word_before(place.before)
    if not before:
        return "client_ip", True
    if word in {"from", "client", "peer", "src", "source", "remote"}:
        return "client_ip", True
    return ("server_ip", True) if word in {"to", "dst", "upstream", "backend"} else ("ip", True)


def _by_word(word: str | None, place: Place) -> tuple[str, bool] | None:
    """A word right before a value says what it is: `user 42`, `took 12`."""
    if word is None or place.before[-1:] not in {" ", ":", "#", "=", "'", '"'}:
        return None
    if word in _PREPOSITIONS and place.field.kinds & {"float", "int"}:
        return _PREPOSITIONS[word], False
    return (snake(word), True) if word not in _WORDS else None


def _by_word_behind(place: Place) -> tuple[str, bool] | None:
    """A word right behind a count says what is counted: `3 errors`."""
    match = re.match(r" ([a-z]{3,})\b", place.after)
    counted = match is not None and place.field.kinds == {"int"} and match[1] not in _WORDS
    return (snake(match[1]), True) if counted and match is not None else None


def _by_frame(  # noqa: C901 - a table of what neighbours tell, in order
    place: Place, names: Sequence[str], before: Sequence[Place]
) -> tuple[str, bool] | None:
    field, texts = place.field, place.texts
    kinds = field.kinds - {"dash"}
    if not texts:
        return None
    if before and "syslog" in before[-1].field.kinds and not place.before.strip():
        return "host", True
    if place.after.startswith("[") and names[-1:] == ["host"]:
        return "program", True
    if place.before == "[" and before and before[-1].field.kinds == {"ip"} and kinds == {"int"}:
        return f"{names[-1].removesuffix('_ip')}_port" if names[-1] != "ip" else "port", True
    if place.before.endswith("[") and place.after.startswith("]") and kinds == {"int"}:
        return ("pid", True) if "pid" not in names else ("thread", True)
    if field.wrap == "[" and kinds == {"word"} and "component" not in names and _few_words(texts):
        return "component", False
    if place.after.strip().startswith("---") and kinds == {"int"}:
        return "pid", True
    if set(texts) <= _CACHE:
        return "cache_status", True
    if _share(texts, _THREAD) > 0.9 and "thread" not in names:
        return "thread", True
    if _share(texts, _SOURCE) == 1 and kinds == {"word"}:
        return "source", True
    if _share(texts, _LOGGER) > 0.6 and kinds == {"word"} and names:
        return "logger", True
    if (
        place.after.strip().startswith((":", "-"))
        and kinds == {"word"}
        and "level" in names
        and "logger" not in names
    ):
        return "logger", True
    if "client_ip" in names and "time" not in names and kinds <= {"word"}:
        return "user", bool(texts)
    if "status" in names and kinds <= {"float", "int"}:
        return "duration", False
    if _share(texts, _VERSION) == 1:
        return "version", True
    if kinds == {"path"}:
        return "path", True
    if kinds == {"url"}:
        return "url", True
    if kinds == {"hex"}:
        return ("trace_id", False) if field.wrap == "[" else ("id", False)
    return None
