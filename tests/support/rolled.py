"""A log that is rotated by a naming scheme, whole rotations at a time; generations may be packed, and the oldest deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.rotating import compress
from tests.support.tailing import next_tick, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from random import Random

    from tests.support.schemes import Scheme


class Generation:
    """One of them: which rotation made it, where it is, and what is in it."""

    def __init__(self, number: int, path: Path, lines: list[str]) -> None:
        self.number, self.path, self.lines = number, path, lines

    @property
    def packed(self) -> bool:
        return self.path.suffix == ".gz"


class Rolled:
    """The log, and what became of it. `story` is told what happens."""

    def __init__(self, folder: Path, scheme: Scheme, packs: str, choose: Random, story: list[str]) -> None:
        """`packs`: what is rotated is packed `now`, `later` (with the next rotation), or never (empty)."""
        self.log = folder / scheme.log
        self.rotated: list[str] = []
        """Lines in generations, deleted ones too, in their order."""
        self.live: list[str] = []
        self._folder, self._scheme, self._packs, self._choose, self._story = (
            folder,
            scheme,
            packs,
            choose,
            story,
        )
        self._generations: list[Generation] = []
        self._number = self._lines = 0

    def write(self) -> None:
        """Some lines."""
        count = self._choose.choice([1, 2, 5, 9])
        filler = "." * self._choose.choice([0, 5, 60])
        lines = [f"line {self._lines + number:06d} {filler}" for number in range(count)]
        self._lines += count
        write(self.log, lines)
        self.live += lines
        self._story.append(f"writes {lines[0][5:11]}-{lines[-1][5:11]}")

    def rotate(self, look: Callable[[], object] = lambda: None) -> None:
        """Once, and go on; `look` is called after each thing that it does."""
        self._number += 1
        next_tick(self.log)
        for one in self._generations:
            self._move(one, look)
        if self._packs == "later":
            self._pack([one for one in self._generations if not one.packed], look)
        newest = Generation(self._number, self.log, self.live)
        self._generations.append(newest)
        self.rotated += self.live
        self.live = []
        self._move(newest, look)
        early = self._choose.random() < 0.5
        if self._packs == "now" and not early:
            self._pack([newest], look)
        self.log.touch()
        self._story.append("creates the log")
        look()
        if self._choose.random() < 0.8:
            self.write()
        if self._packs == "now" and early:
            self._pack([newest], look)

    def delete_oldest(self, read: Iterable[str]) -> None:
        """If all of it was `read`."""
        if len(self._generations) > 1 and set(self._generations[0].lines) <= set(read):
            oldest = self._generations.pop(0)
            oldest.path.unlink()
            self._story.append(f"deletes {oldest.path.name}")

    def _move(self, one: Generation, look: Callable[[], object]) -> None:
        name = self._scheme.name(one.number, self._number) + (".gz" if one.packed else "")
        path = self._folder / name
        if path == one.path:
            return
        path.parent.mkdir(exist_ok=True)
        self._story.append(f"{one.path.relative_to(self._folder)} becomes {name}")
        one.path = one.path.rename(path)
        look()

    def _pack(self, generations: Iterable[Generation], look: Callable[[], object]) -> None:
        for one in generations:
            compress(one.path)
            one.path = one.path.with_name(f"{one.path.name}.gz")
            self._story.append(f"packs {one.path.name}")
            look()
