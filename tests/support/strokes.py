"""A program that logs and the logrotate that works on its log, one file-system call at a time."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.support.tailing import next_tick

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from tests.support.rotationmodes import Mode

LEAST = 300
"""Bytes of a log that is rotated (`size`); of a log of a few lines a copy proves too little, and is read again."""

ENOUGH = 128
"""Bytes of text of an archive that breaks off, at least."""
HOUR = "2026010203"
"""What logrotate calls what is in its way is dated to the hour; all of a program happens within one."""
MOST_KILLS = 2
"""Runs that are killed without that anybody sees what they left, in one program."""


class LoggedTo:
    """One log. `stroke` is one call of the program or of logrotate."""

    def __init__(
        self, log: Path, mode: Mode, choose: Random, word: str = "line", *, keeps_extension: bool = False
    ) -> None:
        """`word`: what its lines begin with. `keeps_extension`: rotation makes `app.1.log` of `app.log`, not `app.log.1`."""
        self._stem, self._extension = (log.stem, log.suffix) if keeps_extension else (log.name, "")
        self.log, self.mode, self._choose, self._word = log, mode, choose, word
        self.lines: list[str] = []
        """Lines that were written whole, in their order."""
        self.destroyed: set[str] = set()
        """Those of which no file holds anything any more."""
        self._began = datetime.now(UTC).replace(tzinfo=None)
        self._clock = log.parent.parent / f"{log.parent.name}.clock"
        self._told = 0
        """Lines in earlier generations."""
        self.gaps: list[tuple[int, bytes]] = []
        """For each truncation: where the copy ended, and what was destroyed behind it."""
        self.still = False
        self.moment = ""
        self._rest = b""
        self._rotation: Iterator[str] | None = None
        self._generation = 0
        self.may_begin = True
        """Another rotation: logrotate is not started twice while somebody looks once."""
        self.left_behind = False
        """An interrupted run left something that nobody looked at yet; logrotate is not started again so soon."""
        self._kills = 0
        self._file = self._open()

    # The program

    def write(self, count: int) -> str:
        """Some whole lines; what was begun is ended first."""
        first = len(self.lines)
        self._put(self._rest + b"".join(self._line(first + index) for index in range(count)))
        self._rest = b""
        self.lines += [self._line(first + index)[:-1].decode() for index in range(count)]
        return f"writes {first}-{first + count - 1}"

    def begin_line(self) -> str:
        """Half a line."""
        line = self._line(len(self.lines))
        self._put(line[:20])
        self._rest = line[20:]
        self.lines.append(line[:-1].decode())
        return "begins a line"

    def _end_line(self) -> None:
        rest, self._rest = self._rest, b""
        self._put(rest)

    def _line(self, number: int) -> bytes:
        said = number - self._told if self.mode.same else number
        rest = "." * 40
        if self.mode.stamped:
            at = self._began + timedelta(milliseconds=number)
            rest = f"{at.isoformat(timespec='milliseconds')} {'.' * 16}"
        return f"{self._word} {said:06d} {rest}\n".encode()

    def _put(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._file, data) :]

    def _open(self) -> int:
        append = 0 if self.mode.manner == "no_append" else os.O_APPEND
        return os.open(self.log, os.O_WRONLY | os.O_CREAT | append, 0o644)

    def close(self) -> None:
        os.close(self._file)

    # Both

    @property
    def rotating(self) -> bool:
        return self._rotation is not None

    def stroke(self) -> str:
        """Whatever comes next; what it was."""
        if self._rotation is not None and (self.still or self._choose.random() < 0.8):
            kills_left = not self.mode.unseen or self._kills < MOST_KILLS
            if self.mode.interrupted and self._choose.random() < 0.1 and kills_left:
                self._kills += 1
                return self._interrupt()
            return self._go_on()
        dice = self._choose.random()
        if dice < 0.25 and self._rotation is None and self.may_begin and self._is_large():
            self.may_begin = False
            self._rotation = self._rotate()
            return self._go_on()
        if dice < 0.35 and self.stranded:
            self._reopen()
            return "the program is started anew"
        if dice < 0.35 and not self._rest and self.mode.manner != "heedless":
            return self.begin_line()
        return self.write(self._choose.choice([1, 1, 3]))

    def _is_large(self) -> bool:
        return (
            (self.mode.unseen or not self.left_behind)
            and self.log.exists()
            and self.log.stat().st_size >= LEAST
        )

    def _interrupt(self) -> str:
        """kill -9 of logrotate. A program that was not told to reopen writes on where it wrote."""
        self._rotation, self.left_behind, self.still = None, True, False
        return "logrotate is killed"

    @property
    def stranded(self) -> bool:
        """Whether the program writes to what is not the log any more, and nobody is going to tell it so."""
        return self._rotation is None and (
            not self.log.exists() or self.log.stat().st_ino != os.fstat(self._file).st_ino
        )

    def finish(self) -> None:
        """Let logrotate come to its end, and the line."""
        while self._rotation is not None:
            self._go_on()
        if self.stranded:
            self._reopen()
        self._end_line()

    def _go_on(self) -> str:
        assert self._rotation is not None
        done = next(self._rotation, None)
        if done is None:
            self._rotation = None
            return "logrotate ends"
        return done

    # logrotate

    def _rotate(self) -> Iterator[str]:
        self._generation += 1
        if self.mode.same:  # the job has ended long ago
            self._end_line()
            self.still = True
            self._pass_night()
        mode, folder = self.mode, self.log.parent
        if mode.olddir:
            folder = folder / "old"
            if not folder.exists():
                folder.mkdir()
                yield "mkdir old"
        if mode.compress == "later":
            for newest in [one for one in self._rotated(folder) if one.suffix != ".gz"]:
                yield from self._compress(newest)
        if not mode.dated:
            yield from self._shift(folder)
        suffix = f"-202601{self._generation + 10:02d}" if mode.dated else ".1"
        target = folder / f"{self._stem}{suffix}{self._extension}"
        yield from {
            "rename": self._rename,
            "renamecopy": self._renamecopy,
            "copytruncate": self._copytruncate,
            "copy": lambda target: self._copy(self.log, target),
        }[mode.move](target)
        if mode.compress == "now":
            yield from self._compress(target)

    def _shift(self, folder: Path) -> Iterator[str]:
        # What an interrupted run left uncompressed has a name that is not looked for.
        for old in [one for one in self._rotated(folder) if one.suffix == ".gz" or not self.mode.compress]:
            number = self._numbers(old)[0]
            if number >= self.mode.keep:
                self._destroy(old)
                yield f"deletes {old.name}"
                continue
            name = old.name.replace(f"{self._stem}.{number}", f"{self._stem}.{number + 1}")
            old.rename(old.with_name(name))
            yield f"{old.name} becomes {name}"

    def _rename(self, target: Path) -> Iterator[str]:
        if target.exists():  # an interrupted run left it
            self._destroyed_with(target)
        self.log.rename(target)
        yield f"log becomes {target.name}"
        if self.mode.create:
            os.close(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            yield "creates the log"
            self.log.chmod(0o644)
            yield "chmod"
        self._reopen()
        yield "the program reopens"

    def _reopen(self) -> None:
        self._end_line()
        os.close(self._file)
        if self.mode.same:
            self._told = len(self.lines)
            self.still = False
            self._pass_night()
        self._file = self._open()

    def _pass_night(self) -> None:
        """Time stamps are as coarse as the kernel's clock."""
        self._clock.touch()
        next_tick(self._clock)

    def _renamecopy(self, target: Path) -> Iterator[str]:
        """The program reopens (postrotate) before the copy is begun. An interrupted run leaves the temporary file."""
        temporary = self.log.with_name(f"{self.log.name}.tmp")
        yield from self._rename(temporary)
        yield from self._copy(temporary, target)
        self._destroyed_with(temporary)
        temporary.unlink()
        yield f"deletes {temporary.name}"

    def _copytruncate(self, target: Path) -> Iterator[str]:
        self.still = self.mode.manner != "heedless"
        self._end_line()
        yield from self._copy(self.log, target)
        there, copied = self.log.read_bytes(), target.read_bytes()
        self.destroyed |= set(_whole(there[len(copied) :]))
        self.gaps.append((len(copied), there[len(copied) :]))
        os.truncate(self.log, 0)
        self.still = False
        yield "truncates"

    def _make_room(self, target: Path) -> Iterator[str]:
        """What an interrupted run left under this name gets another."""
        if target.exists():
            backup = target.with_name(f"{target.name}-{HOUR}.backup")
            if backup.exists():
                self._destroyed_with(backup)
            target.rename(backup)
            yield f"{target.name} becomes {backup.name}"

    def _copy(self, one: Path, target: Path) -> Iterator[str]:
        yield from self._make_room(target)
        with one.open("rb") as log, target.open("xb", buffering=0) as copy:
            yield f"creates {target.name}"
            copy.write(log.read(one.stat().st_size // 2))
            yield "copies half"
            copy.write(log.read())
        yield "copies the rest"

    def _compress(self, path: Path) -> Iterator[str]:
        data, status = gzip.compress(path.read_bytes()), path.stat()
        packed = path.with_name(f"{path.name}.gz")
        yield from self._make_room(packed)
        with packed.open("xb", buffering=0) as file:
            yield f"creates {packed.name}"
            half = _half(data)
            file.write(data[:half])
            yield "packs half"
            file.write(data[half:])
            yield "packs the rest"
            os.utime(file.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))
        yield "dates it"
        path.unlink()
        yield f"deletes {path.name}"

    def _rotated(self, folder: Path) -> list[Path]:
        """Oldest first."""
        found = [one for one in folder.glob(f"{self._stem}[.-][0-9]*") if one.suffix != ".backup"]
        return sorted(found, key=lambda one: [-number for number in self._numbers(one)])

    def _numbers(self, old: Path) -> list[int]:
        return [int(number) for number in re.findall(rf"^{re.escape(self._stem)}\.(\d+)", old.name)]

    def _destroy(self, old: Path) -> None:
        self._destroyed_with(old)
        old.unlink()

    def _destroyed_with(self, old: Path) -> None:
        """A file is about to go: what it holds and no other one does."""
        folders = [self.log.parent, self.log.parent / "old"]
        others = [one for folder in folders for one in folder.glob(f"{self._stem}*") if one != old]
        kept = {line for one in others for line in _whole(_content(one))}
        self.destroyed |= {line for line in _whole(_content(old)) if line not in kept}


def _content(path: Path) -> bytes:
    data = path.read_bytes()
    if ".gz" not in path.name:
        return data
    return zlib.decompressobj(wbits=31).decompress(data)  # it may not be whole


def _half(data: bytes) -> int:
    """Where an archive breaks off; within the first 64 bytes of text nobody could tell what it was (known losses)."""
    lengths = range(len(data) // 2, len(data))
    texts = ((one, zlib.decompressobj(wbits=31).decompress(data[:one])) for one in lengths)
    return next((one for one, text in texts if len(text) >= ENOUGH), len(data))


def _whole(data: bytes) -> list[str]:
    return data.decode().split("\n")[:-1]
