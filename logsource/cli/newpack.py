"""`logsource packs new`: a parser pack from lines of an unknown log."""

from __future__ import annotations

import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from logsource.event.iglu import IgluUri
    from logsource.parse.learn.draft import Draft
    from logsource.parse.learn.sample import Sample
    from logsource.parse.packs import Pack, PackIndex

_MOST = 0.9
"""Share of the samples that a built-in pack must take to be named."""


@click.command()
@click.argument("name")
@click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("packs"),
    show_default=True,
    help="Folder in which the folder NAME is made.",
)
@click.option(
    "--vendor", default="com.example", show_default=True, help="Vendor of the schema, e.g. com.acme."
)
@click.option("--force", is_flag=True, help="Replace the pack DIR/NAME if there is one.")
def new(name: str, directory: Path, vendor: str, *, force: bool) -> None:
    """Write the pack DIR/NAME from lines of an unknown log on standard input.

    Finds the notation or the form of the lines, fields, types and the time, and writes pack.yaml, a schema,
    samples with their events, and a README. Then prints what it found and what it is unsure about.
    """
    from logsource.errors import PackError
    from logsource.parse.learn.sample import read_sample

    uri = _uri(vendor, name)
    folder = directory / name
    _check_target(folder, force=force)
    try:
        sample = read_sample(sys.stdin.buffer)
        sample, draft = draft_of(sample)
        with _workshop(directory) as made:
            pack = build(made / name, draft, uri, sample)
            problems = _problems(pack)
            _report(folder, draft, pack, sample)
            for known, share in _known(pack):
                click.echo(
                    f"known already: the pack {known} takes {share:.0%} of the samples; `parser: {known}` may do"
                )
            if folder.exists():
                shutil.rmtree(folder)
            pack.folder.rename(folder)
    except PackError as error:
        click.echo(f"packs new: {error}", err=True)
        sys.exit(1)
    for problem in problems:
        click.echo(f"problem: {problem.replace(str(pack.folder), str(folder))}", err=True)
    click.echo(f"wrote {folder}", err=True)
    click.echo(
        f"next: logsource try {_shown(folder)} FILE; read {folder / 'pack.yaml'} and its schema", err=True
    )
    sys.exit(1 if problems else 0)


def draft_of(sample: Sample) -> tuple[Sample, Draft]:
    """What the log is like, and the sample as its records. Raises PackError."""
    from dataclasses import replace

    from logsource.parse.learn.fixed import draft_fixed
    from logsource.parse.learn.lines import draft_lines
    from logsource.parse.learn.records import draft_records
    from logsource.parse.learn.together import together

    lines = sample.lines
    if (draft := draft_records(lines)) is not None:
        return sample, draft
    every = len(lines) == sample.seen - sample.empty - sample.too_long
    if every and (found := together(lines)) is not None:  # of a part, nobody knows what stood together
        records, start = found
        return replace(sample, lines=tuple(records)), replace(draft_lines(records), multiline=start)
    return sample, draft_fixed(lines) or draft_lines(lines)


def _uri(vendor: str, name: str) -> IgluUri:
    import re

    from logsource.event.iglu import parse_uri

    uri = parse_uri(f"iglu:{vendor}/{name}/jsonschema/1-0-0")
    if uri is None or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        hint = "NAME: letters, digits, - and _; --vendor: a reversed domain such as com.acme"
        raise click.UsageError(f"{vendor}/{name} is no name of a schema ({hint})")
    return uri


def _check_target(folder: Path, *, force: bool) -> None:
    if not folder.exists():
        return
    if not force:
        raise click.UsageError(f"{folder} exists (choose another NAME or --dir, or replace it with --force)")
    if not (folder / "pack.yaml").is_file():
        raise click.UsageError(f"{folder} exists and is not a parser pack; it is left alone")


class _workshop:  # noqa: N801 - used as a function: `with _workshop(directory) as made`
    """A folder beside the target, so that the finished pack is moved into place in one step."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __enter__(self) -> Path:
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._made = Path(tempfile.mkdtemp(prefix=".new-", dir=self._directory)).resolve()
        except OSError as error:
            raise click.UsageError(f"{self._directory}: cannot be written: {error.strerror}") from error
        return self._made

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._made, ignore_errors=True)


def build(folder: Path, draft: Draft, uri: IgluUri, sample: Sample) -> Pack:
    """Write all files of the pack; when another pack would claim its samples, give it hints. Raises PackError."""
    pack = _write(folder, draft, uri, sample, ())
    if _claims(pack):
        shutil.rmtree(folder)
        pack = _write(folder, draft, uri, sample, _hints(draft))
    return pack


def _write(folder: Path, draft: Draft, uri: IgluUri, sample: Sample, hints: tuple[str, ...]) -> Pack:
    import orjson

    from logsource.event.infer import Rules, infer_schema
    from logsource.parse.learn.choose import choose
    from logsource.parse.learn.write import describe, pack_yaml, state_origin, with_rest, write_pack
    from logsource.parse.packs import load_pack
    from logsource.parse.readme import README, readme
    from logsource.parse.samples import LOG, RECORDS, golden_bytes, sample_files
    from logsource.parse.shape import read_shape

    schema = infer_schema(
        draft.records,
        uri,
        description=f"One record of the log {folder.name}.",
        describe=lambda path: describe(draft, path),
        rules=Rules(formats=False, unions=False, least_required=20, lists=False),
    )
    if draft.rest is not None:
        schema = with_rest(schema, draft.rest)
    labels = read_shape(str(uri), schema).rules
    text = pack_yaml(folder.name, draft, str(uri), lines=sample.seen, labels=labels, hints=hints)
    write_pack(folder, text=text, schema=schema, schema_path=uri.path)
    pack = load_pack(folder)
    good, odd = choose(pack.parser, sample.lines, reference_ms=_reference(pack))
    if draft.options.get("header"):
        # the header tells nothing new to a parser that knows the columns; it shows what is done with it
        good = [sample.lines[0], *good]
    chosen = {stem: lines for stem, lines in (("lines", good), ("odd", odd)) if lines}
    for stem, lines in chosen.items():
        if draft.multiline is not None:
            file = folder / "samples" / f"{stem}{RECORDS}"
            file.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
            continue
        file = folder / "samples" / f"{stem}{LOG}"
        file.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
    state_origin(folder, list(chosen))
    pack = load_pack(folder)
    for one in sample_files(pack):
        one.golden.write_bytes(golden_bytes(one, pack.parser))
    (folder / README).write_text(readme(pack), encoding="utf-8")
    return pack


def _reference(pack: Pack) -> int:
    from logsource.parse.outcome import parse_iso

    return parse_iso(pack.spec.samples.reference)


def _hints(draft: Draft) -> tuple[str, ...]:
    """Regular expressions that find every line of the draft."""
    from logsource.parse.grok.compile import compile_grok
    from logsource.parse.grok.library import GrokLibrary

    library = GrokLibrary.builtin(ecs=False)
    if draft.patterns:
        return tuple(
            f"^(?:{compile_grok(one.grok, library=library, keep=()).regex})$" for one in draft.patterns
        )
    names = list(draft.records[0]) if draft.records else []
    return (
        tuple(rf'(?:^|[\s,{{"]){name}"?\s*[:=]' for name in names[:3])
        if draft.notation not in {"csv", "fixed"}
        else ("^.",)
    )


def _claims(pack: Pack) -> list[str]:
    from logsource.cli.packs import claimed

    return claimed(pack, _index())


@cache
def _index() -> PackIndex:
    """The built-in packs, read and built once for all comparisons."""
    from logsource.parse.packs import PackIndex

    return PackIndex()


def _known(pack: Pack) -> list[tuple[str, float]]:
    """Built-in packs that know the program behind these lines, and the share of the samples each takes."""
    from logsource.parse.detect import candidates, rank
    from logsource.parse.samples import sample_files

    specific = [one for one in _index().all() if not one.spec.detect.general and one.name != pack.name]
    lines = [line for sample in sample_files(pack) for line in sample.lines]
    names = {one.name for one in specific}
    return [
        (match.name, match.matched)
        for match in rank(lines, candidates(specific))
        if match.name in names and match.matched >= _MOST
    ]


def _problems(pack: Pack) -> list[str]:
    from logsource.cli.packs import own_checks
    from logsource.parse.verify import verify

    return [*verify(pack, own_checks([pack])), *_claims(pack)]


def _report(folder: Path, draft: Draft, pack: Pack, sample: Sample) -> None:
    from logsource.cli.newreport import report

    report(folder, draft, pack, sample, reference_ms=_reference(pack))


def _shown(folder: Path) -> str:
    text = str(folder)
    return text if "/" in text else f"./{text}"
