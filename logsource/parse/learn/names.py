"""Names of fields, from what stands around them and from what they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.parse.learn.template import Field, Gap, Item, Literal, Maybe
from logsource.parse.learn.timeforms import BY_NAME, epoch_format
from logsource.parse.learn.tokens import LEVELS, METHODS
from logsource.parse.learn.values import NULLS
from logsource.parse.learn.vocabulary import (
    AGENT,
    CACHE,
    DOMAIN,
    FEW,
    HOST,
    LOGGER,
    NUMBERED,
    OF_UNIT,
    OUTCOMES,
    PREPOSITIONS,
    SHORT_LEVELS,
    SIZES,
    SOURCE,
    STATUS,
    THREAD,
    TIME,
    TIMES,
    UNIT_WORDS,
    UNITS,
    VERSION,
    WORDS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_LEADS_TO_BRACKET = re.compile(r"[A-Za-z]:? [\[(]\Z").search
"""`arguments: [4711]`, unlike `sshd[4711]`."""


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
        if given is None and number == len(found) - 1 and _sentences(place.texts):
            given = "message", True
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
        if texts and set(texts) <= UNIT_WORDS:
            return "unit", True
        if not text_follows and not field.wrap:
            return "message", True
        if "phrase" in field.kinds:
            return "message", True
        few = len(set(texts)) <= FEW and len(texts) > FEW
        if field.free:
            return ("component" if few else "text"), False
    previous = before[-1].field.unit if before else ""
    word = _word_before(place.before.removeprefix(previous) if previous else place.before)
    if field.unit:
        known = word in {None, "in", "took", "after", "duration", "elapsed", "time"}
        default = (
            "size"
            if field.unit in SIZES
            else "duration"
            if field.unit in TIMES
            else OF_UNIT.get(field.unit, "value")
        )
        base = default if known else str(word)
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
    # one word whatever its case: dB is no d_b, MiB no mi_b
    suffix = snake(UNITS.get(unit, unit).lower())
    return name if not unit or name.endswith(f"_{suffix}") else f"{name}_{suffix}"


def _word_before(text: str) -> str | None:
    match = re.search(r"([A-Za-z][A-Za-z0-9_]*)(?: (?:is|was|are|of))?[ :=#'\[(<\"]*\Z", text)
    return snake(match[1]) if match else None


def _share(texts: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(pattern.fullmatch(text) is not None for text in texts) / len(texts) if texts else 0.0


def _outcomes(texts: Sequence[str]) -> bool:
    """Whether these are what things come to: OK, FAILED, STARTED."""
    different = {text.lower() for text in texts}
    known = different & OUTCOMES
    return len(known) > 1 and len(known) >= 0.6 * len(different)


def _few_words(texts: Sequence[str]) -> bool:
    """Whether these are names of a few things rather than what is told about each record."""
    return len(texts) > FEW >= len(set(texts)) and not any(" " in text for text in texts)


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
    if (
        set(texts) <= SHORT_LEVELS
        and (not before or is_time(before[-1]) or before[-1].field.kinds == {"clock"})
        and len(set(texts)) > 1
    ):
        return "level", False
    if kinds == {"clock"}:
        return "clock", True
    if before and is_time(before[-1]) and not place.before.strip() and _share(texts, HOST) > 0.9:
        return "host", True
    if kinds & {"path", "url"} and "method" in names and "target" not in names:
        return "target", True
    if "method" in names and "status" not in names and _share(texts, STATUS) == 1:
        return "status", True
    if names and names[-1] == "status" and "method" in names and kinds == {"int"}:
        return "bytes", True
    if place.field.wrap == '"' and _share(texts, AGENT) > 0.6:
        return "user_agent", True
    if place.field.wrap == '"' and sum("://" in text for text in texts) > 0.5 * len(texts):
        return "referrer", True
    if kinds <= {"ip"} and kinds:
        return _address(place, before)
    if not before and place.before == "<" and place.after.startswith(">") and kinds == {"int"}:
        return "priority", True
    if kinds == {"mac"} and not _word_before(place.before):
        return "mac", True
    if kinds == {"uuid"} and not (_word_before(place.before) or "").endswith("id"):
        return ("request_id", False) if "request_id" not in names else ("id", False)
    if field.wrap == "[" and _share(texts, THREAD) > 0.8:
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
    if word is None or not (
        place.before[-1:] in {" ", ":", "#", "=", "'", '"'} or _LEADS_TO_BRACKET(place.before)
    ):
        return None
    if word in PREPOSITIONS and place.field.kinds & {"float", "int"}:
        return PREPOSITIONS[word], False
    return (snake(word), True) if word not in WORDS else None


def _by_word_behind(place: Place) -> tuple[str, bool] | None:
    """A word right behind a count says what is counted: `3 errors`."""
    match = re.match(r" ([a-z]{3,})\b", place.after)
    counted = match is not None and place.field.kinds == {"int"} and match[1] not in WORDS
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
    if set(texts) <= CACHE:
        return "cache_status", True
    if _share(texts, THREAD) > 0.9 and "thread" not in names:
        return "thread", True
    if _share(texts, SOURCE) == 1 and kinds == {"word"}:
        return "source", True
    if _share(texts, DOMAIN) > 0.6:
        return "host_name", False
    if _share(texts, LOGGER) > 0.6 and kinds == {"word"} and names:
        return "logger", not all(text.isupper() for text in texts)
    if (
        place.after.strip().startswith((":", "-"))
        and kinds == {"word"}
        and "level" in names
        and "logger" not in names
    ):
        return "logger", True
    if kinds <= {"word", "level"} and "status" not in names and _outcomes(texts):
        return "status", False
    if "client_ip" in names and "time" not in names and kinds <= {"word"}:
        return "user", bool(texts)
    if {"status", "method"} <= {*names} and kinds <= {"float", "int"}:
        return "duration", False
    if _share(texts, VERSION) == 1:
        return "version", True
    if kinds == {"path"}:
        return "path", True
    if kinds == {"url"}:
        return "url", True
    if kinds == {"hex"}:
        return ("trace_id", False) if field.wrap == "[" else ("id", False)
    return _by_stem(texts)


def _by_stem(texts: Sequence[str]) -> tuple[str, bool] | None:
    """Numbered things are what they are called: `PLC-07`, `PLC-12`."""
    found = [NUMBERED.fullmatch(text) for text in texts]
    stems = {match[1].lower() if match is not None else None for match in found}
    stem = stems.pop() if len(stems) == 1 and len(set(texts)) > 1 else None
    return (stem, False) if stem is not None else None
