"""What stands in the way of `after_delivery`: better known now than when the first file is read to its end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from logsource.config.model import SourceConfig


def delivered_warnings(
    source: SourceConfig, files: Sequence[str], allowed: Callable[[str | Path, int], bool]
) -> Iterator[tuple[str, str, str]]:
    """Warnings about one source: the key they are about, what, hint. `files` are those that its paths match now."""
    if source.after_delivery == "keep":
        return
    places = _directories(source, files)
    for place in places:
        if not allowed(place, os.W_OK | os.X_OK):
            what = f"source {source.name}: after_delivery cannot {source.after_delivery} files of {place}"
            yield "after_delivery", what, f"setfacl -m u:logsource:rwx {place}"
    target = source.move_to
    if source.after_delivery != "move" or target is None:
        return
    name = f"source {source.name}: move_to {target}"
    if not target.is_dir():
        wrong = "is not a directory" if target.exists() else "is missing"
        yield "move_to", f"{name} {wrong}", f"mkdir -p {target}"
        return
    apart = [place for place in places if place.stat().st_dev != target.stat().st_dev]
    if apart:
        hint = "a file is moved by another name, never copied: choose a directory there"
        yield "move_to", f"{name} is on another file system than {apart[0]}", hint
    elif not allowed(target, os.W_OK | os.X_OK):
        yield "move_to", f"{name} cannot be written", f"setfacl -m u:logsource:rwx {target}"


def _directories(source: SourceConfig, files: Sequence[str]) -> list[Path]:
    """Where the files are; where they would be, as far as a glob tells, while there are none."""
    if files:
        return sorted({Path(file).parent for file in files})
    above = []
    for path in source.paths:
        parts = path.split("/")
        fixed = next((at for at, part in enumerate(parts) if set("*?[{") & set(part)), len(parts) - 1)
        above.append(Path("/".join(parts[:fixed]) or "/"))
    return sorted({path for path in above if path.is_dir()})
