"""The journal, read through `journalctl -o json` as a child process, from a cursor on.

`journalctl --follow` shows the current boot only (unless the journals of other machines are mixed in), so
every start first reads what is there to its end, boots before this one included, and follows then.

Not by `--after-cursor`: where the entry of the cursor is gone (vacuumed, or `matches` are others now) journalctl
seeks to the next one that is there, and versions before 254 skip that as if it were the cursor's.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from typing import TYPE_CHECKING, NoReturn

from logsource.tail.framing import TRUNCATED
from logsource.tail.inputs.inbox import Message
from logsource.tail.inputs.receiver import ReceiveError, Receiver

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logsource.tail.inputs.inbox import Inbox

READ_SIZE = 262_144
ENTRY_LIMIT = 4 * 1024 * 1024
"""Bytes of an entry as JSON; a core dump may be an entry of gigabytes, and bytes are written as numbers."""
ANSWER_WITHIN = 60.0
"""Seconds for the one question that is asked and waited for: where the journal ends now."""
STOP_WITHIN = 5.0
WORDS = 500
"""Characters of what the child said, in messages for people."""
_CURSOR = re.compile(rb'"__CURSOR"\s*:\s*"([^"\\]+)"')
"""Inside of a JSON string a quote has a backslash before it, so this matches the field and nothing else."""
_CURSOR_LENGTH = 400
"""Bytes that hold a cursor with its name, for a search over the edge of two reads."""


def cursor_of(entry: bytes) -> str | None:
    """Cursor of an entry; None if it has none."""
    found = _CURSOR.search(entry)
    return found[1].decode("ascii", "replace") if found is not None else None


class JournalReceiver(Receiver):
    """Runs journalctl, and runs it again when it ends."""

    def __init__(
        self,
        program: str,
        matches: Sequence[str],
        *,
        cursor: str | None,
        from_end: bool,
        once: bool,
        which: Sequence[str] = (),
        entry_limit: int = ENTRY_LIMIT,
    ) -> None:
        """Start behind `cursor`; without one at the oldest entry, or (`from_end`) behind the newest there is.

        `which`: options of journalctl that say which journal.
        """
        super().__init__("journald")
        self.inbox: Inbox | None = None
        self.on_begin: Callable[[str], None] = lambda _: None
        """Told of the cursor behind which reading begins, when that was asked of the journal."""
        self._program = program
        self._matches = list(matches)
        self._which = list(which)
        self._cursor = cursor
        self._from_end = from_end
        self._once = once
        self._entry_limit = entry_limit
        self._child: subprocess.Popen[bytes] | None = None
        self._known: str | None = None
        """Cursor of an entry that the child may begin with although it was taken before."""
        self._following = False
        self._failure = ""
        self._rest = b""
        self._cut: _Cut | None = None
        self._said = b""

    def _open(self) -> None:
        if self._failure:
            raise ReceiveError(self._failure)
        if self.inbox is None or self.inbox.closed:
            return
        if self._cursor is None and self._from_end:
            self._find_end()
        self._spawn(follow=False)

    def _shut(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        assert child.stdout is not None
        assert child.stderr is not None
        for stream in (child.stdout, child.stderr):
            with contextlib.suppress(KeyError):  # its end was seen already
                self._unregister(stream)
            stream.close()
        child.terminate()
        try:
            child.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _command(self, *options: str) -> list[str]:
        # --all: without it, fields of more than 4096 bytes are left out.
        start = [] if self._cursor is None else [f"--cursor={self._cursor}"]
        fixed = [self._program, "--output=json", "--no-pager", "--quiet", "--all", *self._which]
        return [*fixed, *options, *start, "--", *self._matches]

    def _spawn(self, *, follow: bool) -> None:
        options = ["--follow", "--no-tail"] if follow else []
        self._following = follow
        self._known = self._cursor
        self._rest, self._cut, self._said = b"", None, b""
        try:
            self._child = subprocess.Popen(  # noqa: S603 - an argument list, no shell; matches cannot be options
                self._command(*options),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
            )
        except OSError as error:
            self._give_up(f"{self._program} cannot be run: {error.strerror}")
        self._register(self._child.stdout, self._ready)
        self._register(self._child.stderr, self._listen)

    def _find_end(self) -> None:
        """Ask for the newest entry, so that a restart before the first new one begins at the same place."""
        try:
            answer = subprocess.run(  # noqa: S603 - see above
                self._command("--lines=1"),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=ANSWER_WITHIN,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            self._give_up(f"{self._program} cannot be run: {error}")
        if answer.returncode:
            self._give_up(_ended(answer.returncode, answer.stderr))
        lines = answer.stdout.splitlines()
        self._cursor = cursor_of(lines[-1]) if lines else None
        self._from_end = self._cursor is None
        if self._cursor is not None:
            self.on_begin(self._cursor)

    def _ready(self) -> None:
        assert self._child is not None
        assert self._child.stdout is not None
        data = os.read(self._child.stdout.fileno(), READ_SIZE)
        if data:
            self._take(data)
        else:
            self._child_ended(self._child)

    def _listen(self) -> None:
        assert self._child is not None
        assert self._child.stderr is not None
        said = os.read(self._child.stderr.fileno(), READ_SIZE)
        if said:
            self._said = (self._said + said)[-WORDS:]
        else:
            self._unregister(self._child.stderr)

    def _child_ended(self, child: subprocess.Popen[bytes]) -> None:
        """Nothing more comes from it: go on to follow, or try again."""
        try:
            status = child.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            status = -1
        assert child.stderr is not None
        os.set_blocking(child.stderr.fileno(), False)
        with contextlib.suppress(BlockingIOError):
            self._said = (self._said + os.read(child.stderr.fileno(), READ_SIZE))[-WORDS:]
        why = _ended(status, self._said)
        following = self._following
        self._shut()
        if status or following:
            self._give_up(why)
        if self._once:
            assert self.inbox is not None
            self.inbox.close()
        else:
            self._spawn(follow=True)

    def _give_up(self, why: str) -> NoReturn:
        """For now; `run --once` ends, and says that it was not complete."""
        if self._once and self.inbox is not None:
            self._failure = why
            self.inbox.close()
        raise ReceiveError(why)

    def _take(self, data: bytes) -> None:
        """Entries are lines; the last one may be unfinished."""
        assert self.inbox is not None
        messages: list[Message] = []
        if self._cut is not None:
            passed, end, data = data.partition(b"\n")
            self._cut.passed(passed)
            if not end:
                return
            messages.append(self._cut.message())
            self._cut = None
        *lines, rest = (self._rest + data).split(b"\n")
        for line in lines:
            if len(line) > self._entry_limit:
                messages.append(_Cut(line, self._entry_limit).message())
            elif line:
                messages.append(Message(line))
        if len(rest) > self._entry_limit:
            self._cut, rest = _Cut(rest, self._entry_limit), b""
        self._rest = rest
        if messages and self._known is not None:
            known, self._known = self._known, None
            if cursor_of(messages[0].data) == known:
                del messages[0]
        if messages:
            self._cursor = next(
                (found for one in reversed(messages) if (found := cursor_of(one.data))), self._cursor
            )
            self._received()
            self.inbox.put(messages)


class _Cut:
    """An entry that is too long: its beginning, and its cursor, which may stand anywhere in it."""

    def __init__(self, data: bytes, limit: int) -> None:
        self._kept = data[:limit]
        self._left_out = 0
        self._edge = self._kept[-_CURSOR_LENGTH:]
        self._cursor = _CURSOR.search(self._kept)
        self._found = b""
        self.passed(data[limit:])

    def passed(self, data: bytes) -> None:
        """More of it, to be left out."""
        self._left_out += len(data)
        if self._cursor is None and (found := _CURSOR.search(self._edge + data)):
            self._cursor, self._found = found, b"... " + found[0]
        self._edge = (self._edge + data)[-_CURSOR_LENGTH:]

    def message(self) -> Message:
        """What becomes of it: with the cursor behind it, the whole can be found in the journal."""
        return Message(self._kept + self._found, TRUNCATED, self._left_out)


def _ended(status: int, said: bytes) -> str:
    words = said.decode("utf-8", "replace").strip().splitlines()
    return f"journalctl ended with status {status}" + (f": {words[-1]}" if words else "")
