"""Where the samples of a pack come from: stated for each sample file, or `packs test` complains.

A pack is only as good as its samples. Lines that a program wrote while somebody watched prove more than lines
typed after its manual, so each pack says which is which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.parse.packs import Pack
    from logsource.parse.samples import SampleFile
    from logsource.parse.spec import OriginEntry

BY_HAND = "by hand"


def unstated(pack: Pack, samples: Sequence[SampleFile]) -> Iterator[str]:
    """Problems of a pack's `origin`: sample files without one, entries about files that do not exist."""
    there = {sample.file.stem for sample in samples}
    stated = {name for entry in pack.spec.origin for name in entry.samples}
    for sample in samples:
        if sample.file.stem not in stated:
            yield (
                f"{sample.file}: nothing says where these lines come from (name {sample.file.stem} in an entry of "
                f"origin in {pack.file.name}: written_by, if a program wrote them, and how)"
            )
    for position, entry in enumerate(pack.spec.origin):
        for number, name in enumerate(entry.samples):
            if name not in there:
                at = pack.document.at(("origin", position, "samples", number))
                yield f"{pack.file}:{at.line}:{at.column}: origin: there is no sample file named {name}"


def writers(origin: Sequence[OriginEntry]) -> tuple[str, ...]:
    """Programs that wrote samples of a pack, each once, in order; empty when all were made by hand."""
    return tuple(dict.fromkeys(entry.written_by for entry in origin if entry.written_by is not None))
