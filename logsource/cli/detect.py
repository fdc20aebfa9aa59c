"""`logsource detect`: which parser fits a file."""

from __future__ import annotations

import itertools
import sys
import time
from pathlib import Path

import click

from logsource.cli.options import config_option
from logsource.cli.unpacked import open_unpacked

LINES = 500
"""Lines at the beginning of a file that are looked at, and as many at its end."""
TAIL_BYTES = 262_144


@click.command()
@click.argument("file")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array, best first.")
def detect(file: str, *, config: Path | None, as_json: bool) -> None:
    """Rank the parsers that fit FILE (or - for standard input), with the share of lines each can parse.

    What knows the program is ranked before general formats; plain is always last. Exit status 1 when
    nothing but plain matches.
    """
    import orjson

    from logsource.cli.options import load_or_exit
    from logsource.model import Line
    from logsource.parse.detect import Candidate, candidates, rank
    from logsource.parse.outcome import decoded
    from logsource.parse.packs import PackIndex
    from logsource.parse.resolve import known_parsers, resolve_parser

    loaded = None if config is None else load_or_exit(config, known_parsers=known_parsers)
    raw, reference_ms = _read(file)
    lines = [Line(text=text, offset=0, reference_ms=reference_ms) for text in decoded(raw)]
    among = candidates(PackIndex(loaded.pack_dirs if loaded is not None else ()).all())
    if loaded is not None:
        among += [Candidate(name, resolve_parser(name, loaded)) for name in loaded.parsers]
    found = rank(lines, among, path="" if file == "-" else str(Path(file).absolute()))
    if as_json:
        click.echo(orjson.dumps([{"parser": one.name, "matched": one.matched} for one in found]))
    else:
        for one in found:
            click.echo(f"{one.matched:7.1%}  {one.name}")
        if not found:
            click.echo("the file has no lines", err=True)
        if any(b"\0" in one for one in raw):
            click.echo(
                "the file holds NUL bytes: it is no text, or in another encoding (`encoding: utf-16` in its source)",
                err=True,
            )
    sys.exit(0 if any(one.name != "plain" for one in found) else 1)


def _read(file: str) -> tuple[list[bytes], int]:
    """Lines of the beginning and of the end, and the instant soon after which they were written."""
    if file == "-":
        return list(itertools.islice(sys.stdin.buffer, LINES)), time.time_ns() // 1_000_000
    try:
        with open_unpacked(Path(file)) as stream:
            head = list(itertools.islice(stream, LINES))
            if not stream.seekable():  # an archive, or a pipe
                return head, Path(file).stat().st_mtime_ns // 1_000_000
            size = stream.seek(0, 2)
            start = sum(map(len, head))
            stream.seek(max(start, size - TAIL_BYTES))
            tail = stream.read(TAIL_BYTES).split(b"\n")
            cut = size - TAIL_BYTES > start
            tail = tail[1 if cut else 0 :]
            return head + [line for line in tail[-LINES:] if line], Path(file).stat().st_mtime_ns // 1_000_000
    except OSError as error:
        raise click.UsageError(f"{file}: {error.strerror}") from error


def best_parser(file: Path) -> str:
    """Name of the parser that fits a file best; `plain` when nothing else does."""
    from logsource.model import Line
    from logsource.parse.detect import candidates, rank
    from logsource.parse.outcome import decoded
    from logsource.parse.packs import PackIndex

    raw, reference_ms = _read(str(file))
    lines = [Line(text=text, offset=0, reference_ms=reference_ms) for text in decoded(raw)]
    found = rank(lines, candidates(PackIndex(()).all()), path=str(file.absolute()))
    return found[0].name if found else "plain"
