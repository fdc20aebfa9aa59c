"""Stack traces: which lines around an error belong to its record.

An error's message may have several lines, of which none looks like a part of a trace. So such lines are held until
something is seen that can only stand behind a message (a frame), or until an ordinary record begins. The record is in
one of few phases:

    TEXT ──an error begins──▶ MESSAGE ──a frame──▶ FRAMES ──a cause, the next error of a chain──▶ MESSAGE
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from logsource.tail.beginnings import BEGINNING, is_calm
from logsource.tail.joining import Verdict

if TYPE_CHECKING:
    from logsource.model import JSONValue
    from logsource.tail.joining import Group

HELD = 100
"""Most lines of a message between what tells of an error and its first frame."""
NEVER = re.compile(r"(?!)")
_BLANKS = (" ", "\t")


class Phase(Enum):
    """Where in a record its last line is."""

    TEXT = auto()
    """No error was seen."""
    HEADLINE = auto()
    """The first line, after which the next one belongs to the record, whatever it is."""
    MESSAGE = auto()
    """In the message of an error."""
    FRAMES = auto()
    """Behind a message."""
    LINK = auto()
    """Between two errors of a chain, the first of which is complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """How a language writes its errors. Patterns are matched at the start of a line, but for `mentions`."""

    always: re.Pattern[str]
    """It belongs to whatever is before it."""
    proof: re.Pattern[str] = NEVER
    """It stands behind a message only, so the lines that are held belong to the record, too."""
    errs: re.Pattern[str] = NEVER
    """An error begins in it."""
    mentions: re.Pattern[str] = NEVER
    """Searched in a first line: an error begins somewhere in it."""
    names: re.Pattern[str] = NEVER
    """As `errs`, in a first line only, and less sure: a class of one's own, as far as it looks like one."""
    below: re.Pattern[str] = NEVER
    """An error begins in it, and it belongs to the log line above it."""
    below_any: bool = True
    """`below` belongs to a first line of any kind, also to one that does not begin as log lines do."""
    below_calm: bool = True
    """`below` belongs also to a log line whose level is below a warning. Where crashes look like what is logged, they
    are told by it: the line before a crash is any."""
    closing: re.Pattern[str] = NEVER
    """An error's message that stands behind its frames: below an indented line."""
    link: re.Pattern[str] = NEVER
    """What is written between two errors of a chain."""
    inside: re.Pattern[str] = NEVER
    """It belongs to a record in which an error began."""
    headline: re.Pattern[str] = NEVER
    """A first line after which the next one belongs to it, whatever it is."""
    starts: re.Pattern[str]
    """It begins a record, certainly; see `preset_starts`."""
    turns: re.Pattern[str] = field(init=False)
    """All after which the record may be in another phase, but `proof`."""
    frames_first: bool = False
    """The message comes after the frames."""
    ends_with_message: bool = False
    """Nothing has to follow a message: what is held when an ordinary record begins belongs to it."""

    def __post_init__(self) -> None:
        """Compile what is asked of every line of a trace into one pattern."""
        parts = "|".join(f"(?:{one.pattern})" for one in (self.errs, self.below, self.link, self.closing))
        object.__setattr__(self, "turns", re.compile(parts))


def preset_starts(more: str | None = None) -> re.Pattern[str]:
    """Beginnings of ordinary records, and of those that only this language knows."""
    return re.compile(BEGINNING if more is None else f"{BEGINNING}|{more}", re.ASCII)


class Traces:
    """By the habits of a language."""

    def __init__(self, preset: Preset) -> None:
        self._preset = preset

    def begin(self, line: str) -> Group:
        """Begin a record."""
        return _Trace(self._preset, line)

    def resume(self, state: list[JSONValue]) -> Group | None:
        """Go on."""
        match state:
            case ["trace", str(phase), int(lines), list(known)] if (
                phase in Phase.__members__ and len(known) == 5
            ):
                return _Trace(self._preset, "").take_up(Phase[phase], lines, known)
        return None


class _Trace:
    __slots__ = (
        "_erring",
        "_first",
        "_indented",
        "_lines",
        "_phase",
        "_preset",
        "_suspect",
        "_told",
        "_unsure",
    )

    complete = False
    """A trace may always go on."""

    def __init__(self, preset: Preset, first: str) -> None:
        self._preset = preset
        self._first = first
        self._lines = 0
        """0 until anybody needs to know what the first line is: most records have one line and are over with it."""

    def _look(self) -> None:
        """Find out what the first line is."""
        preset, first = self._preset, self._first
        self._lines = 1
        self._indented = first[:1] in _BLANKS
        self._told = preset.starts.match(first) is not None
        """The first line certainly is one, so the lines without a beginning that follow may be its own."""
        self._suspect = self._told and not is_calm(first)
        self._unsure = False
        self._erring = preset.errs.match(first) is not None or preset.mentions.search(first) is not None
        if preset.headline.match(first):
            self._phase = Phase.HEADLINE
        elif self._erring:
            self._phase = Phase.FRAMES if preset.frames_first else Phase.MESSAGE
        elif preset.names.match(first):
            self._phase, self._unsure = Phase.MESSAGE, True
        else:
            self._phase = Phase.TEXT

    def extend(self, rest: str) -> None:
        """What a line is, its beginning has told."""

    def state(self, *, cut: bool) -> list[JSONValue]:  # noqa: ARG002 - see `extend`
        """All that was found out."""
        if not self._lines:
            self._look()
        known = [self._indented, self._told, self._suspect, self._unsure, self._erring]
        return ["trace", self._phase.name, min(self._lines, 2), known]

    def take_up(self, phase: Phase, lines: int, known: list[bool]) -> _Trace:
        """Go on where a `state` was."""
        self._phase, self._lines = phase, lines
        self._indented, self._told, self._suspect, self._unsure, self._erring = known
        return self

    @property
    def keeps_held(self) -> bool:
        """Whether a message may be the last that is seen of an error."""
        if not self._preset.ends_with_message:
            return False
        if not self._lines:
            self._look()
        return self._phase is Phase.MESSAGE and not self._unsure

    def judge(self, line: str, held: int) -> Verdict:
        """See `Preset`; the order of the questions is their precedence."""
        preset = self._preset
        indented = line[:1] in _BLANKS
        starts = not indented and preset.starts.match(line) is not None
        if not self._lines:
            if starts and not preset.headline.match(self._first):
                return Verdict.NEXT
            self._look()
        phase = self._phase
        if phase is Phase.HEADLINE:
            return Verdict.JOIN
        if starts:
            return Verdict.LAST if held and self.keeps_held else Verdict.NEXT
        if phase is Phase.TEXT and preset.below.match(line):
            return Verdict.JOIN if self._takes_error(held) else Verdict.NEXT
        always = preset.always.match(line) is not None
        if always and not held:
            return Verdict.JOIN
        return self._judge_odd(line, held, may_err=not indented and not always)

    def _judge_odd(self, line: str, held: int, *, may_err: bool) -> Verdict:
        """Of a line that is neither the beginning of a record nor in its place below another."""
        preset, phase = self._preset, self._phase
        if phase is not Phase.TEXT or held:
            if preset.proof.match(line):
                return Verdict.JOIN
            if phase is not Phase.TEXT and preset.inside.match(line):
                return Verdict.HOLD if held else Verdict.JOIN
        verdict = self._judge_error(line, held) if may_err else None
        if verdict is not None:
            return verdict
        if held >= HELD:
            return Verdict.NEXT
        if phase is Phase.MESSAGE or (phase is Phase.TEXT and self._suspect):
            return Verdict.HOLD
        return Verdict.NEXT if phase is Phase.TEXT or line.strip() else Verdict.HOLD

    def _judge_error(self, line: str, held: int) -> Verdict | None:
        """Whether an error that begins in this line is that of the record; None if none begins."""
        preset, phase = self._preset, self._phase
        if preset.below.match(line):
            if phase is Phase.LINK:
                return Verdict.JOIN
            if phase is Phase.MESSAGE and self._told and not preset.frames_first:
                return Verdict.HOLD if held < HELD else Verdict.NEXT
            if not (phase is Phase.FRAMES and preset.closing.match(line)):
                return Verdict.NEXT
        if phase is Phase.FRAMES and not held and self._closes(line):
            return Verdict.JOIN
        if preset.errs.match(line) or (self._unsure and preset.names.match(line)):
            return Verdict.NEXT
        return None

    def _takes_error(self, held: int) -> bool:
        """Whether an error below this text is its own."""
        if self._suspect:
            return True
        alone = self._lines == 1 and not held
        return alone and (self._preset.below_calm if self._told else self._preset.below_any)

    def add(self, line: str) -> None:
        """Find out what phase the record is in now."""
        if not self._lines:
            self._look()
        self._lines += 1
        phase = self._phase
        if phase is Phase.HEADLINE:
            self._phase = Phase.MESSAGE if self._erring or self._preset.errs.match(line) else Phase.TEXT
            self._suspect = self._suspect and not is_calm(line)
        elif self._preset.turns.match(line):
            self._turn(line)
        elif phase is not Phase.FRAMES and self._preset.proof.match(line):
            self._phase = Phase.FRAMES
        self._indented = line[:1] in _BLANKS

    def _turn(self, line: str) -> None:
        """The next error begins, or is announced, or says what it is."""
        preset = self._preset
        if preset.link.match(line):
            self._phase = Phase.LINK
        elif preset.errs.match(line) or preset.below.match(line):
            self._phase = Phase.FRAMES if preset.frames_first else Phase.MESSAGE
            self._unsure = False
        elif self._phase is Phase.FRAMES:
            self._phase = Phase.MESSAGE if self._closes(line) else Phase.FRAMES
        elif preset.proof.match(line):
            self._phase = Phase.FRAMES

    def _closes(self, line: str) -> bool:
        return self._indented and self._preset.closing.match(line) is not None
