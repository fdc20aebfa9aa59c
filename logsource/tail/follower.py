"""One file that is followed: what is committed of it, what is known of it, and its open handle."""

from __future__ import annotations

import errno
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.tail.adoption import held_by
from logsource.tail.birth import UNKNOWN
from logsource.tail.compressed import CompressedContent, hole_of
from logsource.tail.copied import written_anew
from logsource.tail.identity import GUARD_MAX, fits
from logsource.tail.open import open_content

if TYPE_CHECKING:
    from logsource.model import Chunk
    from logsource.tail.birth import Birth
    from logsource.tail.content import Content
    from logsource.tail.descriptors import Descriptors
    from logsource.tail.framing import Cuts, Framer
    from logsource.tail.siblings import Sibling
    from logsource.tail.state import FileState


@dataclass(slots=True)
class Pending:
    """A chunk that was read, and what becomes of the file once it is committed."""

    chunk: Chunk
    after: FileState
    guard: bytes
    left_out: int = 0
    """Bytes of a cut record that this chunk passes over."""
    replaced: int = 0
    """Characters that stand for bytes that mean nothing in the file's encoding."""
    nuls: int = 0
    cuts: Cuts | None = None


class Follower:
    """A file that is followed, open or not."""

    __slots__ = (
        "_descriptors",
        "adopted",
        "adopted_seen",
        "again_at",
        "backlog",
        "begun",
        "behind_since",
        "broken_off",
        "content",
        "deaf",
        "error",
        "failed_ns",
        "failed_reading",
        "framer",
        "grown_at",
        "guard",
        "hole",
        "known_as",
        "located",
        "met_live",
        "mtime_ns",
        "nlink",
        "opened_at",
        "pending",
        "place",
        "proofs",
        "quiet_at",
        "quiet_seen",
        "rang",
        "removed",
        "replaced",
        "retry_at",
        "retry_wait",
        "rotated",
        "short_since",
        "shrunk",
        "size",
        "source",
        "state",
        "stuck",
        "unread_since",
    )

    def __init__(self, source: str, state: FileState, descriptors: Descriptors) -> None:
        self.source = source
        self.state = state
        self.content: Content | None = None
        self._descriptors = descriptors
        self.removed = False
        """Forgotten; whoever still has it in a list lets it go."""
        self.short_since = 0.0
        """Since when it gives fewer bytes than it has; 0 when it does not."""
        self.framer: Framer | None = None
        self.begun = False
        """Whether something of it was read since the agent was started, so that its parser knows what its columns are."""
        self.known_as: tuple[str, int] | None = None
        """Identity under which events of it were committed."""
        self.guard, self.replaced = b"", False
        """Opened, and it is not what was committed."""
        self.shrunk = 0
        """Bytes that were seen, not read, and cut off since."""
        self.size, self.mtime_ns, self.nlink = state.size, 0, 1
        self.place = state.name
        """The path under which it was last found; `state.name` is the same with links resolved."""
        self.located = False
        """Seen somewhere (or held open) at the last complete scan."""
        self.rotated = False
        """No longer under a name a writer would open."""
        self.adopted: FileState | None = None
        """Where the content is found once our descriptor of the original is closed (it was copied, or compressed)."""
        self.adopted_seen: Sibling | None = None
        """The file there when it was last compared."""
        self.pending: Pending | None = None
        self.unread_since: float | None = None
        self.behind_since: float | None = None
        self.backlog: bool | None = None
        """It was found full of old lines and not yet read to its end; None until somebody looked."""
        self.deaf = self.rang = self.broken_off = False
        """Its bell did not ring when it was written to; or it rang, and nobody has looked since; or it is an archive whose
        end was not there when all of it was read."""
        self.met_live = False
        """It had a name that a writer would open when it was found."""
        self.grown_at = self.quiet_at = self.opened_at = 0.0
        self.stuck = -1
        """Size at which no complete record was found; reading again makes sense when it has changed."""
        self.again_at = math.inf
        """When it makes sense to read again although nothing was added (an open multiline record)."""
        self.hole = -1 if state.offset else 0
        """How many NULs were found at the very start so far; -1 once it is known where the content begins."""
        self.proofs, self.quiet_seen = 0, (-1, 0)
        self.error = ""
        """Why it cannot be looked at or read now."""
        self.failed_ns, self.failed_reading = 0, False
        """When it was written to before the error; whether that came from reading, so that a look proves nothing."""
        self.retry_at = self.retry_wait = 0.0

    @property
    def unread(self) -> int:
        """Bytes seen and not committed."""
        return self.size - self.state.offset

    @property
    def to_read(self) -> bool:
        """Whether there are bytes at which no reading has stopped, as it does at a last line without an end."""
        return self.unread > 0 and self.stuck != self.size

    @property
    def remote(self) -> bool:
        """Whether it is on the file system of another machine."""
        return self.state.locator.device < 0

    @property
    def nameless(self) -> bool:
        """Whether we hold a file that has no name any more."""
        held = held_by(self)
        return held is not None and held[1] == 0

    @property
    def endangered(self) -> bool:
        """Whether it was rotated away since it was found: whoever rotates may delete it next."""
        return self.rotated and self.met_live

    def surely_is(self, sibling: Sibling) -> bool:
        """Whether a file with our inode is ours; when we do not hold it open, the inode may be given away."""
        if self.located and self.content is None:
            # After an error it is only known how it was before.
            seen = (self.mtime_ns, self.failed_ns if self.error else 0)
            self.located = self.place == sibling.path and (sibling.mtime_ns in seen or seen == (0, 0))
        return self.located

    @property
    def exhausted(self) -> bool:
        """Whether everything was looked at, although not all of it is a record (a file of NULs)."""
        return self.stuck == self.size and (self.hole < 0 or self.hole >= self.size)

    def open(self) -> bool:
        """Open the file at its name. False when another file is there now; other errors are OSError."""
        if self.content is not None:
            return True
        state = self.state
        try:
            content, compression = open_content(state.name)
        except FileNotFoundError:
            return False
        ours = False
        if self.remote:
            content.distrust()
        try:
            if not state.offset and not state.head.length:
                state.compression = compression  # nothing was read: it may be packed differently by now
            ours = compression == state.compression and state.locator.is_of(content.stat())
            ours = ours and not self.reborn(content)
            # Nobody goes on writing under a name that rotation gave: the inode belongs to another file, which may be
            # anything, a copy in the making too.
            ours = ours and (not self.rotated or self.holds(content))
        finally:
            if not ours:
                content.close()
        if ours:
            self.take(content)
        return ours

    def open_anew(self) -> None:
        """Have a new descriptor, if the name still leads to what the old one is of. Errors are OSError."""
        if self.content is None or self.pending is not None or self.state.compression or self.nlink == 0:
            return
        held = self.content
        self.content = None
        try:
            if self.open():
                held.close()
        finally:
            if self.content is None:
                self.content = held

    def holds(self, content: Content) -> bool:
        """Whether this is the content that was committed so far; not, if an archive is damaged before that.

        Any other error of reading is an OSError: nothing is known then.
        """
        state = self.state
        try:
            if state.base and isinstance(content, CompressedContent) and hole_of(content) != state.base:
                return False  # as good as its head: that stands behind megabytes that would be unpacked
            return fits(content, state.base, (*state.heads, state.head), state.guard, state.offset)
        except OSError as error:
            if error.errno == errno.EBADMSG:
                return False
            raise

    def reborn(self, content: Content) -> bool:
        """Whether a file with our inode number is another one that was given the number, though it may hold the same.

        Where inodes have no birth, that it was seen to be absent is a reason to ask.
        """
        state = self.state
        if not state.absent_ms and (self.remote or not state.birth.differs(content.birth())):
            return False
        return written_anew(state, self.written_ms, content, state.locator)

    @property
    def written_ms(self) -> int:
        """When the file was written to, as far as anybody saw."""
        return max(self.state.written_ms, self.mtime_ns // 1_000_000)

    def attach(self, content: Content) -> bool:
        """Follow this open file if it holds what was committed; otherwise leave it to the caller."""
        if self.reborn(content):
            return False
        if self._is_same_archive(content):
            # How long it is, only unpacking tells: at its turn, if it was not read to its end yet.
            status, offset = content.stat(), self.state.offset
            self.size = offset if self.state.finished else content.length(status, offset)
            self.mtime_ns = status.st_mtime_ns
            content.close()
            return True
        if not self.holds(content):
            return False
        self.take(content)
        return True

    def _is_same_archive(self, content: Content) -> bool:
        """Whether nobody touched this compressed file since it was read; then it is not unpacked to compare it.

        One of which nothing was read (an empty log, compressed) is: looks that find nothing new to read would leave it
        at a guess how long it is.
        """
        state = self.state
        if (
            not state.compression
            or not state.offset
            or not (state.birth.created_ns or state.birth.generation)
        ):
            return False
        written_ms = content.stat().st_mtime_ns // 1_000_000
        return written_ms == state.written_ms and state.birth == self.born(content)

    def take(self, content: Content) -> None:
        """Read from this open file from now on. If it cannot be read, it is closed, and that is an OSError."""
        length = min(GUARD_MAX, self.state.offset)
        try:
            guard = b"" if not length else content.read(self.state.offset - length, length)
        except OSError:
            content.close()
            raise
        self.content, self.guard = content, guard
        self.state.birth = self.born(content)
        self._descriptors.hold(self)
        self.replaced = not self.state.guard.fits(self.guard)
        self.stuck = -1
        if self.state.offset:
            self.hole = -1

    def born(self, content: Content) -> Birth:
        """Return the birth of an open file, as far as it can be believed."""
        return UNKNOWN if self.remote else content.birth()  # other machines may make up what we ask for

    def restart(self, state: FileState) -> None:
        """Begin again with another content of the same open file."""
        self.state = state
        if self.content is not None:
            self.state.birth = self.born(self.content)
        self.guard = b""
        self.size = self.mtime_ns = 0
        self.hole = -1 if state.offset else 0
        self.framer = None
        self.replaced = self.begun = False
        self.pending = self.unread_since = self.behind_since = None
        self.stuck = -1
        self.proofs = 0

    def release(self) -> None:
        """Close the descriptor."""
        if self.content is not None:
            self.content.close()
            self.content = None
            self._descriptors.closed(self)

    def committed(self, now: float) -> None:
        """Go on behind the pending chunk."""
        pending = self.pending
        assert pending is not None
        was, self.state = self.state, pending.after
        # Meanwhile a look may have learned more of the head, and a scan may have found the file elsewhere.
        if was.head.length > self.state.head.length:
            self.state.head, self.state.heads, self.state.dated_ms = was.head, was.heads, was.dated_ms
        self.state.locator, self.state.birth = was.locator, was.birth
        self.state.name, self.state.doubted = was.name, was.doubted
        self.guard, self.known_as = pending.guard, self.state.identity
        self.pending = None
        self.stuck = -1
        self.proofs = 0
        self.unread_since = now if self.unread > 0 else None
        if self.unread <= 0:
            self.behind_since = None

    def unlearn(self) -> None:
        """The next look has to see the file as grown, and do whatever this one could not finish."""
        self.failed_ns = self.mtime_ns or self.failed_ns
        self.size, self.mtime_ns = self.state.offset, 0

    def rolled_back(self) -> None:
        """Forget the pending chunk; its bytes are still in the file."""
        self.pending = None
        self.stuck = -1
