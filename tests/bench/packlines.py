"""Lines for a pack's benchmark, grown from its own samples and varied as a server would vary them.

Samples alone would flatter: whatever is remembered (times, numbers, texts) would be found again in every line. So in
each line these change, with the same seed in the same way every time:

- the time of day, by 5 ms a line (200 lines a second), with new digits for its fraction; also seconds since 1970
- addresses: one of 5,000 clients, some of which come far more often than others
- numbers of four digits and more (ports, process ids, sizes, durations), and the digits behind a point: any
- hexadecimal ids (8 digits or more, UUIDs): any; version numbers of user agents: one of forty

What the pack then reads differently (another schema, other fields, or nothing) does not change: each place is tried
before it is used. Years, dates, status codes and words stay as they are in the samples. So does the mix of lines, as
each line of a sample comes equally often.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from logsource.model import Line, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from logsource.model import Parser

STEP_MS = 5
"""Between two lines."""
CLIENTS = 5_000
TRIALS = 4
"""How often a place is tried before it is used."""
SEED = 20160401

_PLACES = re.compile(
    r"""
    (?P<clock>(?<![0-9:])(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.,][0-9]{1,9})?(?![0-9:]))
    | (?P<compact>(?<=^[0-9]{6}\ )[0-9]{6}(?=\ ))
    | (?P<epoch>(?<![0-9.])1[5-9][0-9]{8}(?:[0-9]{3}|[0-9]{6}|[0-9]{9})?(?:\.[0-9]{1,9})?(?![0-9]))
    | (?P<address>(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.]))
    | (?P<hex>(?<![0-9A-Za-z])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{8,}
      |(?=[A-F]*[0-9])(?=[0-9]*[A-F])[0-9A-F]{8,})(?![0-9A-Za-z]))
    | (?P<version>(?<=/)[0-9]{2,3}(?=\.))
    | (?P<decimal>(?<![0-9.])[0-9]{1,3}\.[0-9]{3,9}(?![0-9.]))
    | (?P<number>(?<![0-9A-Za-z_.+-])(?!(?:19|20)[0-9]{2}(?![0-9]))[1-9][0-9]{3,}(?![0-9A-Za-z.]))
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A part of a line that changes."""

    start: int
    end: int
    kind: str
    text: str


class Grower:
    """Grows lines from the records of one sample file."""

    def __init__(self, samples: Sequence[Line], parser: Parser, seed: int = SEED) -> None:
        """Only samples that the parser makes a record of are used."""
        self._random = random.Random(seed)
        self._clients = [
            ".".join(str(self._random.randrange(1, 255)) for _ in range(4)) for _ in range(CLIENTS)
        ]
        self._clock_ms = 0
        self._templates: list[Callable[[], str]] = []
        for sample in samples:
            record = parser.parse(sample)
            if isinstance(record, Record) and sample.text:
                self._templates.append(self._template(sample, record, parser))

    def __bool__(self) -> bool:
        """Whether there is anything to grow lines from."""
        return bool(self._templates)

    def lines(self, number: int) -> Iterator[str]:
        """Give so many records."""
        for _ in range(number):
            self._clock_ms += STEP_MS
            yield self._random.choice(self._templates)()

    def _template(self, sample: Line, record: Record, parser: Parser) -> Callable[[], str]:
        """The sample with those places that may change."""
        found = [
            _Place(match.start(), match.end(), str(match.lastgroup), match[0])
            for match in _PLACES.finditer(sample.text)
        ]
        everything = self._filled(sample.text, found)
        if _same(record, sample, everything, parser):
            return everything
        return self._filled(
            sample.text,
            [one for one in found if _same(record, sample, self._filled(sample.text, [one]), parser)],
        )

    def _filled(self, text: str, places: Sequence[_Place]) -> Callable[[], str]:
        bounds = [0, *(edge for place in places for edge in (place.start, place.end)), len(text)]
        fixed = [text[start:end] for start, end in list(pairwise(bounds))[::2]]
        last = fixed.pop()
        makers = [self._maker(place) for place in places]
        pairs = list(zip(fixed, makers, strict=True))
        return lambda: "".join([part + make() for part, make in pairs]) + last

    def _maker(self, place: _Place) -> Callable[[], str]:
        """What makes new texts for a place."""
        text, rng = place.text, self._random
        whole, point, digits = text.partition(".") if "." in text else text.partition(",")
        if place.kind == "clock":
            return lambda: _clock(self._clock_ms, ":") + point + _digits(rng, len(digits))
        if place.kind == "compact":
            return lambda: _clock(self._clock_ms, "")
        if place.kind == "epoch":
            seconds, units = int(whole[:10]), len(whole) - 10
            return lambda: (
                f"{seconds + self._clock_ms // 1000}{_digits(rng, units)}{point}{_digits(rng, len(digits))}"
            )
        if place.kind == "address":
            return lambda: self._clients[int(CLIENTS * rng.random() ** 3)]
        if place.kind == "hex":
            form = "%0*X" if text.isupper() else "%0*x"
            groups = text.split("-")
            return lambda: "-".join(form % (len(one), rng.getrandbits(4 * len(one))) for one in groups)
        if place.kind == "version":
            return lambda: (
                str(int(text) - 20 + rng.randrange(40)) if len(text) > 2 else str(rng.randrange(50, 90))
            )
        if place.kind == "decimal":
            return lambda: f"{whole}.{_digits(rng, len(digits))}"
        low = 10 ** (len(text) - 1)
        high = 65_535 if len(text) == 5 else 10 * low - 1  # five digits may be a port
        return lambda: str(rng.randrange(low, high))


def _same(record: Record, sample: Line, make: Callable[[], str], parser: Parser) -> bool:
    """Whether what a template makes is read as the sample is."""
    for _ in range(TRIALS):
        other = parser.parse(Line(text=make(), offset=0, reference_ms=sample.reference_ms))
        if not isinstance(other, Record) or other.schema != record.schema:
            return False
        if other.data.keys() != record.data.keys() or (other.timestamp_ms is None) != (
            record.timestamp_ms is None
        ):
            return False
    return True


def _clock(ms: int, colon: str) -> str:
    second = ms // 1000 % 86_400
    return f"{second // 3600:02}{colon}{second // 60 % 60:02}{colon}{second % 60:02}"


def _digits(rng: random.Random, number: int) -> str:
    return str(rng.randrange(10**number)).zfill(number) if number else ""
