"""Makes parser plugins: a distribution in a folder, as `pip install --target` leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def install(directory: Path, name: str, entry_points: str, **modules: str) -> None:
    """Write the metadata and modules of a distribution; it is found when `directory` is on the path."""
    info = directory / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)
    for module, text in modules.items():
        (directory / f"{module}.py").write_text(text)
