"""From format names and patterns to one reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from logsource.errors import PackError
from logsource.parse.timestamps.civil import checked
from logsource.parse.timestamps.errors import BadTimestampError
from logsource.parse.timestamps.formatted import FormattedReader
from logsource.parse.timestamps.fraction import SecondsCache, has_plain_fraction
from logsource.parse.timestamps.named import epoch, fits_epoch, fits_iso8601, iso8601, tai64n
from logsource.parse.timestamps.notations import java_elements, strptime_elements
from logsource.parse.timestamps.remembered import TextCache
from logsource.parse.timestamps.zones import Zone, configured_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Fits = Callable[[str], object]

SYSLOG = "%b %d %H:%M:%S"
_EPOCHS: Mapping[str, int] = {
    "epoch_s": 0,
    "epoch_ms": 3,
    "epoch_us": 6,
    "epoch_ns": 9,
    "unix": 0,
    "unix_ms": 3,
}
MAX_LENGTH = 128
"""Characters; a longer text is no time."""


class TimestampReader(Protocol):
    """Turns the text of a time into an instant."""

    def read(self, text: str, reference_ms: int) -> int:
        """Milliseconds since the epoch.

        `reference_ms`, an instant soon after the text was written (0: unknown), decides the year of times
        without one and what is too far in the future. Raises BadTimestampError.
        """
        ...


class FormatsReader:
    """Tries its formats in order; the first that reads the text decides."""

    def __init__(self, formats: Sequence[tuple[Fits | None, Callable[[str, int], int]]]) -> None:
        """`formats` are how a text must look at the least (None: not known), and what reads it."""
        self._reads = tuple(read for _, read in formats)
        self._formats = tuple((fits, read) for fits, read in formats[:-1]), formats[-1][1]

    def read(self, text: str, reference_ms: int) -> int:
        """See TimestampReader."""
        text = text.strip()
        if len(text) > MAX_LENGTH:
            raise BadTimestampError("bad_timestamp", f"{text[:64]!r}… is too long for a time")
        first, last = self._formats
        for fits, read in first:
            if fits is None or fits(text):  # to raise costs more than to read
                try:
                    return checked(read(text, reference_ms), reference_ms)
                except BadTimestampError:
                    continue
        try:
            return checked(last(text, reference_ms), reference_ms)
        except BadTimestampError:
            if not first:
                raise
        return self._in_order(text, reference_ms)

    def _in_order(self, text: str, reference_ms: int) -> int:
        """The definition, for texts that no format reads: raises the error that says most."""
        failed: BadTimestampError | None = None
        for read in self._reads:
            try:
                return checked(read(text, reference_ms), reference_ms)
            except BadTimestampError as error:
                # "No such date" says more than "another format does not fit".
                if failed is None or failed.reason == "bad_timestamp":
                    failed = error
        assert failed is not None
        raise failed


def compile_timestamp(formats: Sequence[str], *, timezone: str = "UTC") -> FormatsReader:
    """Compile formats, tried in order, into one reader. Raises PackError.

    A format is `iso8601`, `epoch_s`, `epoch_ms`, `epoch_us`, `epoch_ns` (fractions allowed), `syslog`
    (`Mmm dd HH:MM:SS`), `tai64n`, a strptime pattern (anything with `%`) or a pattern of Joda or
    java.time (`dd/MMM/yyyy:HH:mm:ss Z`). `timezone` counts for times that state none: an IANA name or an
    offset.
    """
    if isinstance(formats, str):
        formats = [formats]
    if not formats:
        raise PackError("a timestamp needs at least one format")
    zone = configured_zone(timezone)
    return FormatsReader([_format(one, zone) for one in formats])


def _format(pattern: str, zone: Zone) -> tuple[Fits | None, Callable[[str, int], int]]:
    name = pattern.lower()
    if name in {"iso8601", "rfc3339"}:
        return fits_iso8601, SecondsCache(iso8601(zone)).read
    if name in _EPOCHS:
        return fits_epoch, epoch(_EPOCHS[name])
    if name == "tai64n":
        return None, tai64n
    if name == "syslog":
        pattern = SYSLOG
    if "%" in pattern:
        elements = strptime_elements(pattern)
    elif any(char.isalpha() for char in pattern):
        elements = java_elements(pattern)
    else:
        raise PackError(f"{pattern!r} is no time format")
    reader = FormattedReader(pattern, elements, zone)
    if has_plain_fraction(elements):
        return None, SecondsCache(reader.read).read
    if any(element.kind in {"fraction", "epoch"} for element in elements):
        return reader.fits, reader.read
    return reader.fits, TextCache(reader.read).read
