"""Sample files of a pack and the outcomes written down for them (golden files).

samples/NAME.log      one record a line, bytes as a program would write them
samples/NAME.records  one record a line as a JSON string, so that a record may hold newlines
samples/NAME.jsonl    the outcome of each record, in the same order, as `try --json` prints it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from logsource.errors import PackError
from logsource.model import JSONValue, Line
from logsource.parse.outcome import decoded, outcome, parse_iso

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from logsource.model import Parser
    from logsource.parse.packs import Pack

SAMPLES = "samples"
LOG = ".log"
RECORDS = ".records"
GOLDEN = ".jsonl"


@dataclass(frozen=True, slots=True)
class SampleFile:
    """One file of sample records."""

    file: Path
    lines: tuple[Line, ...]

    @property
    def golden(self) -> Path:
        """File with the outcomes."""
        return self.file.with_suffix(GOLDEN)

    def outcomes(self, parser: Parser) -> Iterator[dict[str, JSONValue]]:
        """What a parser makes of the records, in order."""
        for line in self.lines:
            yield outcome(parser.parse(line))


def sample_files(pack: Pack) -> list[SampleFile]:
    """All sample files of a pack, by name. Raises PackError when one cannot be read."""
    try:
        reference = parse_iso(pack.spec.samples.reference)
    except ValueError as error:
        at = pack.document.at(("samples", "reference"))
        raise PackError(f"{pack.file}:{at.line}:{at.column}: samples.reference: {error}") from error
    found = []
    for file in sorted((pack.folder / SAMPLES).glob("*")):
        if file.suffix == LOG:
            found.append(SampleFile(file, _log_lines(file, reference)))
        elif file.suffix == RECORDS:
            found.append(SampleFile(file, _record_lines(file, reference)))
    return found


def read_golden(sample: SampleFile) -> list[JSONValue]:
    """Outcomes as written down; empty when there is no golden file. Raises PackError."""
    if not sample.golden.exists():
        return []
    values = []
    for number, line in enumerate(sample.golden.read_bytes().splitlines(), 1):
        try:
            values.append(orjson.loads(line))
        except ValueError as error:
            raise PackError(f"{sample.golden}:{number}: not JSON: {error}") from error
    return values


def golden_bytes(sample: SampleFile, parser: Parser) -> bytes:
    """Content of the golden file as the parser works now."""
    return b"".join(orjson.dumps(one) + b"\n" for one in sample.outcomes(parser))


def _log_lines(file: Path, reference_ms: int) -> tuple[Line, ...]:
    lines, offset = [], 0
    with file.open("rb") as stream:
        for raw in stream:
            (text,) = decoded([raw])
            lines.append(Line(text=text, offset=offset, reference_ms=reference_ms))
            offset += len(raw)
    return tuple(lines)


def _record_lines(file: Path, reference_ms: int) -> tuple[Line, ...]:
    lines = []
    for number, raw in enumerate(file.read_bytes().split(b"\n"), 1):
        if not raw:
            continue
        try:
            text = orjson.loads(raw)
        except ValueError as error:
            raise PackError(f"{file}:{number}: not JSON: {error}") from error
        if not isinstance(text, str):
            raise PackError(f"{file}:{number}: each line must be a JSON string")
        lines.append(Line(text=text, offset=number, reference_ms=reference_ms))
    return tuple(lines)
