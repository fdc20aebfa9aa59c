"""The generations of one log: which file on disk is which known content, and which were never seen.

Oldest first:  app.log.3.gz  known and finished
               app.log.2     known: read the rest
               app.log.1     never seen: read from 0
               app.log       new: read from 0
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from logsource.tail.candidates import find_candidates
from logsource.tail.compared import Compared
from logsource.tail.copies import Copies
from logsource.tail.cuts import after_cuts
from logsource.tail.denied import Denied
from logsource.tail.follower import Follower
from logsource.tail.ghosts import Ghosts, is_open
from logsource.tail.holes import Holes
from logsource.tail.identity import NOWHERE
from logsource.tail.linked import true_name
from logsource.tail.lost import match_lost
from logsource.tail.lostend import proven_until
from logsource.tail.missed import follow_missed, settle_doubts
from logsource.tail.open import open_listed
from logsource.tail.shortcopy import match_beginnings
from logsource.tail.siblings import family_of, siblings
from logsource.tail.state import FileState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logsource.config.model import SourceConfig
    from logsource.tail.content import Content
    from logsource.tail.environment import Environment
    from logsource.tail.find import Directories, Finder
    from logsource.tail.identity import Locator
    from logsource.tail.moving import Moving
    from logsource.tail.registry import Registry
    from logsource.tail.siblings import Sibling
    from logsource.tail.troubles import Troubles

RELISTINGS = 3
"""Most further looks for the copy of a truncated file: it is made, shifted and compressed while we look."""


@dataclass(slots=True)
class Generations:
    """Recognises the generations of the logs of one source."""

    config: SourceConfig
    registry: Registry
    directories: Directories
    finder: Finder
    environment: Environment
    troubles: Troubles
    moving: Moving
    waiting: set[str] = field(default_factory=set)
    """Logs with a file that may be a copy: they have to be looked at again."""
    unsure: set[str] = field(default_factory=set)
    """Logs with a file that is left alone for a while, and may turn out to be a generation that nobody knows."""
    here: Mapping[Locator, str] = field(default_factory=dict)
    """Where the latest look at `paths` found a file."""
    copies: Copies = field(init=False)
    ghosts: Ghosts = field(init=False)
    denied: Denied = field(init=False)
    unlike: Compared = field(default_factory=Compared)
    """Of what no file is a copy that is too short."""
    holes: Holes = field(default_factory=Holes)
    compared: Compared = field(default_factory=Compared)
    _picture: dict[str, list[tuple[str, Locator]]] = field(default_factory=dict)
    """By log: which file stood where at the latest look."""

    def __post_init__(self) -> None:
        self.copies = Copies(self.registry, self.environment, self.holes)
        parts = self.config.name, self.registry, self.troubles, self.moving, self.environment
        self.ghosts, self.denied = Ghosts(*parts), Denied(*parts, directories=self.directories)

    def resolve(self, family: str, live: Sequence[Sibling] = (), ghosts: Sequence[Follower] = ()) -> None:
        """Find every known generation of a log, and follow those that came and went unseen.

        `live` are new files under names that writers use. `ghosts` are contents that were just found to be
        replaced; the followers that held them prove nothing about what was read before.
        """
        members, troubled = self.registry.family(family), self.troubles.count
        self.moving.begin(family)
        self.unsure.discard(family)
        self._picture.pop(family, None)
        if not members and not self.denied.of(family):
            self.moving.end(family)
            return
        candidates, mine = after_cuts(self, family, members, ghosts)
        renewed = {one.state.file_id for one in mine}
        match_lost(self, family, candidates, live)
        for _ in range(RELISTINGS):
            if all(one.located for one in mine):
                break
            # The rotation may still go on: what was copied or compressed since then stands in no listing of ours.
            self.directories.refresh()
            listed, candidates = candidates, find_candidates(self, family, members)
            if candidates == listed:
                break
            match_lost(self, family, candidates, live)
        for sibling in candidates:
            self.recognise(sibling, live=False, last_resort=True)
        match_beginnings(self, family, mine, candidates)
        proof = [
            one
            for one in members
            if one.located and not one.rotated and not one.state.doubted and one.state.file_id not in renewed
        ]
        unexplained = any(is_open(one) for one in members)
        self._picture[family] = [
            *((one.path, one.locator) for one in (*candidates, *live)),
            *((one.place, one.state.locator) for one in members if one.located and not one.rotated),
        ]
        missed: list[Follower] = []
        self.denied.find(family, candidates)
        if (unexplained or not proof or self.denied.of(family)) and not self.moving.noted(family):
            missed = follow_missed(self, family, candidates, proven=bool(proof) and not unexplained)
        if not proof and self._listed_anew(family) - {(one.path, one.locator) for one in candidates}:
            self.moving.note(family)  # a generation came while we looked; it may be the one that is missing
        if self.troubles.count > troubled and not self.troubles.of(family):
            self.moving.note(family)  # a file that can be read could not be when it was compared
        self._conclude(family, members, missed, proven=bool(proof))
        self.moving.end(family)
        self.registry.sort(family, [one.locator for one in (*candidates, *live)])
        self.ghosts.settle(family, mine, missed)
        self.denied.settle(family, candidates)

    def _conclude(
        self, family: str, members: Sequence[Follower], missed: Sequence[Follower], *, proven: bool
    ) -> None:
        """Settle the doubts; or begin to doubt: what is known by now must not hide, at the next look, what is not yet."""
        if not (self.disturbed(family) or self.moving.seen(family) or family in self.waiting):
            settle_doubts(members)
            return
        for one in () if proven else members:
            if (one in missed or (one.located and not one.rotated)) and not one.state.doubted:
                one.state.doubted = True
                self.registry.dirty.add(one.state.key)

    def replace_content(self, follower: Follower) -> None:
        """The content of an open file was replaced: go on with the next epoch, from 0.

        What was not read of the old content may live on in a copy (copytruncate); that is read first.
        """
        self.resolve(family_of(follower.state.path), ghosts=[self.renew(follower)])

    def check_doubted(self, follower: Follower) -> None:
        """An empty log was written to: see whether a generation came and went meanwhile."""
        self.directories.refresh()
        self.resolve(family_of(follower.state.path))

    def _listed_anew(self, family: str) -> set[tuple[str, Locator]]:
        self.directories.refresh()
        found = siblings(family, self.config.olddir, self.directories, lambda: self.moving.note(family))
        return {(one.path, one.locator) for one in found}

    def disturbed(self, family: str) -> bool:
        """Whether a log is not any more as the latest look found it; then nothing new of it is to be concluded."""
        members = self.registry.family(family)
        self.moving.compare(family, self._picture.get(family, ()))
        self.moving.compare_contents(family, [one for one in members if one.located and not one.rotated])
        return self.moving.noted(family)

    def is_troubled(self, family: str, sibling: Sibling, content: Content) -> bool:
        """Whether this is what a file holds that cannot be looked at now, so that nobody knows where it is."""
        members = [one for one in self.registry.family(family) if one.error or one.place in self.troubles]
        try:
            return any(one.state.head.length and one.holds(content) for one in members)
        except OSError as error:
            self.troubles.note(sibling.path, error)
            return True

    def follow(self, sibling: Sibling, path: str, *, rotated: bool) -> Follower:
        """Follow a file nobody knows, from its first byte."""
        key = self.environment.new_id()
        state = FileState(
            key=key,
            file_id=key,
            locator=sibling.locator,
            path=path,
            name=true_name(self, sibling.path),
            found_ms=self.environment.clock.now_ms(),
            written_ms=sibling.mtime_ns // 1_000_000,
            # An older one may be in none of the looks so far, or be left alone because it is not whole.
            doubted=self.moving.seen(family_of(path)) or family_of(path) in self.unsure,
        )
        follower = Follower(self.config.name, state, self.environment.descriptors)
        follower.place, follower.located, follower.rotated = sibling.path, True, rotated
        self.registry.add(follower)
        self.registry.dirty.add(key)
        self.environment.event("found", self.config.name, path=path, detail=sibling.path)
        return follower

    def open(self, sibling: Sibling, family: str) -> tuple[Content, str] | None:
        """Open a file of a log that a listing named; None when it cannot be read or is not there any more."""
        try:
            opened = open_listed(sibling.path, sibling.locator)
        except FileNotFoundError:
            opened = None
        except OSError as error:
            self.troubles.note(sibling.path, error)
            return None
        else:
            self.troubles.over(sibling.path)
        if opened is None:
            self.moving.note(family)
        else:
            self.holes.tell(sibling, opened[0])
        return opened

    def recognise(self, sibling: Sibling, *, live: bool, last_resort: bool = False) -> Follower | None:
        """Settle what a file at a known locator is; the ghost of its old content if that was replaced."""
        follower = self.registry.by_locator.get(sibling.locator)
        if follower is None:
            return None
        if follower.surely_is(sibling):
            if not live and not follower.rotated and sibling.path != follower.place:
                follower.rotated = True
                self.environment.event("rotation", self.config.name, label="rename", path=follower.state.path)
            self._moved_to(follower, sibling)
            return None
        if not follower.state.head.length and self._is_unproven(
            follower, sibling, live=live, last_resort=last_resort
        ):
            return None
        opened = self.open(sibling, family_of(follower.state.path))
        if opened is None:
            return None
        content, compression = opened
        try:
            same = compression == follower.state.compression and follower.attach(content)
            mine = live and follower.state.path == sibling.path
            proven = proven_until(follower, content) if mine and not same else None
        except OSError as error:  # nothing is known of it now
            content.close()
            self.troubles.note(sibling.path, error)
            return None
        if same:
            self._moved_to(follower, sibling)
            follower.located, follower.rotated = True, not live
            self.registry.found_again(follower)
            follower.state.doubted |= not follower.state.head.length
            return None
        content.close()
        if mine:
            ghost = self.renew(follower, proven)
            self._moved_to(follower, sibling)
            follower.located, follower.rotated = True, False
            self.registry.found_again(follower)
            return ghost
        self.registry.unplace(follower)  # the inode was given to another file
        return None

    def _is_unproven(self, follower: Follower, sibling: Sibling, *, live: bool, last_resort: bool) -> bool:
        """Nothing was read of a file: whether more than its inode is needed to say that this is it."""
        if not live and not last_resort:
            return True  # see first whether it is what somebody else lost
        family = family_of(follower.state.path)
        if not live and self.copies.awaits(sibling, family):
            self.waiting.add(family)
            return True  # or is going to lose
        if sibling.path in (follower.state.path, follower.place):
            return False
        alike = self._is_born_alike(follower, sibling)
        if alike is False:
            self.registry.unplace(follower)
        return not alike

    def _is_born_alike(self, follower: Follower, sibling: Sibling) -> bool | None:
        """Whether this is certainly the inode that a follower had; None when it cannot be asked now."""
        born, family = follower.state.birth, family_of(follower.state.path)
        if not (born.created_ns or born.generation):
            return False
        if (opened := self.open(sibling, family)) is None:
            return None
        with closing(opened[0]) as content:
            return content.birth() == born

    def _moved_to(self, follower: Follower, sibling: Sibling) -> None:
        follower.place = sibling.path
        if sibling.locator != follower.state.locator:
            return  # found at a second place; the row is of the original as long as that is held open
        name = true_name(self, sibling.path)
        if follower.state.name != name or follower.state.absent_ms:
            follower.state = replace(follower.state, name=name, absent_ms=0)
            self.registry.dirty.add(follower.state.key)

    def renew(self, follower: Follower, proven: FileState | None = None) -> Follower:
        """Start the next epoch of a follower; return a follower of what it held before, as yet nowhere.

        `proven`: what of it is still there, and need not be read again.
        """
        old = follower.state
        ghost = Follower(
            self.config.name,
            replace(old, key=self.environment.new_id(), locator=NOWHERE),
            self.environment.descriptors,
        )
        ghost.rotated = True
        anew = FileState(
            key=old.key,
            file_id=old.key,
            locator=old.locator,
            path=old.path,
            name=old.name,
            compression=old.compression,
            found_ms=old.found_ms,
            began_ms=self.environment.clock.now_ms(),
        )
        # The next epoch of a copy's identity belongs to the file it was copied from; so it gets its own.
        epoch = old.epoch + 1 if old.key == old.file_id else 0
        follower.restart(replace(proven or anew, file_id=old.key, epoch=epoch))
        self.registry.dirty.add(old.key)
        self.registry.add(ghost, instead_of=follower)
        return ghost
