"""The files of one source: what the globs find, compared with what is known.

    known locator                     the same file; its name may have changed (rotated)
    unknown locator, known content    a known file that was moved, copied or compressed
    unknown locator and content       a new file, or a generation that came and went unseen
    known file found nowhere          read on through its descriptor, or wait for it to come back

In doubt a file is read again, never skipped.
"""

from __future__ import annotations

import errno
import math
import os
from typing import TYPE_CHECKING

from logsource.tail.absence import Absence
from logsource.tail.adoption import still_adopted
from logsource.tail.delivered import Delivered
from logsource.tail.families import Families
from logsource.tail.find import Directories, Finder, is_regular
from logsource.tail.follower import Follower
from logsource.tail.framers import framers_of
from logsource.tail.generations import Generations
from logsource.tail.identity import stands_at
from logsource.tail.look import untouched
from logsource.tail.moving import Moving
from logsource.tail.newcomers import Newcomer, Newcomers
from logsource.tail.originals import has_original
from logsource.tail.orphans import Orphans
from logsource.tail.registry import Registry
from logsource.tail.resolved import resolved
from logsource.tail.siblings import Sibling, family_of, oldest_first
from logsource.tail.start import start_at_end
from logsource.tail.troubles import Troubles
from logsource.tail.unseen import Unseen
from logsource.tail.view import View

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from logsource.config.model import SourceConfig
    from logsource.tail.environment import Environment
    from logsource.tail.find import Finding
    from logsource.tail.identity import Locator
    from logsource.tail.state import FileState

ACCOUNT_EVERY = 60.0
"""Seconds between looks at the rows of vanished files while nothing else happens."""
OLD_RECHECK = 10.0
"""Seconds between looks at files that `ignore_older` leaves out: an append does not change their directory."""


class Source:
    """Everything known about one source's files."""

    def __init__(
        self, config: SourceConfig, states: Sequence[FileState], *, known: bool, environment: Environment
    ) -> None:
        self.config = config
        self.framers = framers_of(config)
        self.registry = Registry()
        self.moving = Moving(environment)
        directories = Directories(environment.mounts)
        self.finder = Finder(config.paths, config.exclude, directories)
        self.families = Families(config.olddir, self.finder, self.registry)
        self.troubles = Troubles(config.name, self.families.perhaps_of, environment)
        self.generations = Generations(
            config, self.registry, directories, self.finder, environment, self.troubles, self.moving
        )
        self.absence = Absence(config.name, self.registry, self.troubles, self.moving, environment)
        self.delivered = Delivered(config, self.registry, self.finder, environment, environment.undelivered)
        self.orphans = Orphans(self.registry, directories, config.olddir)
        self.unseen = Unseen(
            states,
            config=config,
            finder=self.finder,
            directories=directories,
            families=self.families,
            registry=self.registry,
            troubles=self.troubles,
            environment=environment,
        )
        self.newcomers = Newcomers(self.troubles, environment)
        self.directories: list[str] = []
        self._environment = environment
        self._seen: dict[str, tuple[int, Locator]] = {}
        self._groups: list[object] = []
        self._again: dict[str, float] = {}
        self._known = known
        self._first = True
        self._unsettled: set[str] = set()
        self._next_account = 0.0
        for state in states:
            follower = Follower(config.name, state, environment.descriptors)
            if state.head.length:  # else its row does not say what it is once it is moved
                follower.known_as = state.identity
            self.registry.add(follower)

    def scan(self, now: float) -> None:
        """Look for new, moved and vanished files."""
        finding = self.finder.find()
        self.directories = finding.directories
        retry = self.troubles.to_try(finding.problems, self.finder.literal, now)
        for path in self.registry.take_vacated(self._seen):
            self._again.setdefault(path, now)
        due = {path for path, at in self._again.items() if at <= now}
        denied = self.generations.denied.unattended(now)
        orphans = self.orphans.changed(now) | denied
        unseen = self.unseen.look(finding, now, settled=not self.newcomers)
        if not due and not retry and not orphans and not unseen and self._nothing_new(finding):
            self._meet_newcomers(now)
            if finding.complete and now >= self._next_account:
                self._next_account = now + ACCOUNT_EVERY
                self.absence.account()
            return
        # What an incomplete scan does not list is asked for once more, or it would count as seen for ever.
        for path in due if finding.complete else due.intersection(path for path, _ in finding):
            del self._again[path]
        view = View()
        for path, hint in finding:
            self._visit(path, hint, view, stat=path in due or path in retry)
        self.generations.here = view.here
        self._seen = view.seen if finding.complete else self._seen | view.seen
        families, self._unsettled = self._unsettled | self.generations.waiting, set()
        self.generations.waiting.clear()
        if finding.complete:
            families |= self._moved(view)
        ghosts = self._revive(view)
        families |= self._open_questions(view) | self.moving.families
        families |= orphans | {log for path in retry for log in self.families.perhaps_of(path)}
        families |= {family_of(ghost.state.path) for ghost in ghosts}
        over = self.orphans.over(families - denied, view.seen) if finding.complete else set()
        # A log before what may be its generation, and has a family of its own by its name: `app.log`, `app.1.log`.
        for family in sorted(families, key=lambda one: (len(one), one)):
            if family in over:
                self.moving.begin(family)
                self.moving.end(family)
            else:
                self._resolve(family, view, ghosts)
        unseen += self.unseen.behind_links(view, self.generations, now)
        self._receive(oldest_first([*view.fresh.values(), *unseen], self.families.of), set(unseen), now)
        self.troubles.ask(retry, self.registry.by_key.values(), now)
        self._groups = list(finding.groups) if finding.complete else []
        self._first, self._known = False, True
        self.orphans.note(now)
        if finding.complete:
            self.absence.account()

    def _resolve(self, family: str, view: View, ghosts: Sequence[Follower]) -> None:
        self.generations.resolve(family, [view.fresh[family]] if family in view.fresh else [], ghosts)
        for one in self.registry.family(family):
            self._environment.descriptors.relieve(one)

    def gone(self, follower: Follower) -> None:
        """A look found another file (or none) at the name of a closed file: the next scan has to find it."""
        follower.located = False
        self._unsettled.add(family_of(follower.state.path))
        self.moving.note(family_of(follower.state.path))
        self._again[follower.place] = -math.inf  # its directory may look as before

    def _nothing_new(self, finding: Finding) -> bool:
        groups = finding.groups
        return (
            not self._first
            and not self._unsettled
            and not self.generations.waiting
            and not self.moving.families
            and len(groups) == len(self._groups)
            and all(a is b for a, b in zip(groups, self._groups, strict=True))
            and all(hint for group in groups for _, hint in group)
        )

    def _visit(self, path: str, hint: int, view: View, *, stat: bool) -> None:
        known = self._seen.get(path)
        same = known is not None and hint and known[0] == hint and not self.registry.in_error(known[1])
        if not stat and (same or path in self.troubles):
            view.keep(path, known)
            return
        try:
            status = os.stat(path)
            if not is_regular(status):
                if path in self.finder.literal:
                    self.troubles.note(path, IsADirectoryError(errno.EISDIR, "not a regular file"))
                return
        except FileNotFoundError:
            return
        except OSError as error:
            self.troubles.note(path, error)
            view.keep(path, known)
            return
        locator = self._environment.mounts.locator(status)
        view.note(path, hint, locator, status)
        sibling = Sibling(path, locator, status.st_size, status.st_mtime_ns)
        still_adopted(self.generations, sibling)
        follower = self.registry.by_locator.get(locator)
        if locator in view.here:
            other = view.here[locator]
            if not stands_at(locator, other):
                # Deleted while the directory was listed; its inode was given to this file at once.
                view.seen.pop(other, None)
            elif follower is None or follower.place != path:
                return  # a hard link: one file under two names is read once
            view.fresh.pop(other, None)
        view.here[locator] = path
        if follower is None or not follower.surely_is(sibling):
            view.fresh[path] = sibling

    def _moved(self, view: View) -> set[str]:
        """Find the known files that are no longer where they were; return their families."""
        families: set[str] = set()
        self.families.aside.note(self.registry.by_key.values())
        for follower in list(self.registry.by_key.values()):
            state = follower.state
            if not follower.located:
                continue
            path = view.here.get(state.locator)
            if path is None:
                if not follower.rotated:
                    self._environment.event(
                        "rotation", self.config.name, label=self._kind(follower, view), path=state.path
                    )
                    follower.rotated = True
                    families.add(family_of(state.path))
                elif untouched(follower, self._environment.mounts):
                    continue  # a generation that `paths` do not name
                if follower.content is None:
                    follower.located = False
                    families.add(family_of(state.path))
            elif follower.rotated and path == follower.place == state.path and not follower.to_read:
                # It was out of sight only; or it was found first under a name that rotation gives.
                follower.rotated = self.families.look_rotated(path, view.seen)
            elif path != follower.place:
                if follower.place == state.path:
                    self._environment.event("rotation", self.config.name, label="rename", path=state.path)
                follower.place, state.name = path, resolved(path)
                follower.rotated = self.families.look_rotated(path, view.seen, state.path)
                self.registry.dirty.add(state.key)
                families.add(family_of(state.path))
        return families

    def _kind(self, follower: Follower, view: View) -> str:
        if follower.nameless:
            return "replace" if follower.place in view.seen else "delete"
        return "rename"

    def _revive(self, view: View) -> list[Follower]:
        """Open the known files that were found again; return the contents that were replaced meanwhile."""
        ghosts = []
        for path, sibling in view.fresh.items():
            follower = self.registry.by_locator.get(sibling.locator)
            if follower is None or follower.located:
                continue
            rotated = self.families.look_rotated(path, view.seen, follower.state.path)
            ghost = self.generations.recognise(sibling, live=not rotated)
            if ghost is not None:
                ghosts.append(ghost)
            self._environment.descriptors.relieve(follower)
        return ghosts

    def _open_questions(self, view: View) -> set[str]:
        """Families of known files that are not found again yet, and of new files that may be known content."""
        families = set()
        if self._first:
            # Rows come in any order; where there are several of a log, that of the files has to be found.
            families = {
                family_of(one.state.path)
                for one in self.registry.by_key.values()
                if not one.located or len(self.registry.family(family_of(one.state.path))) > 1
            }
        for path, sibling in view.fresh.items():
            follower = self.registry.by_locator.get(sibling.locator)
            if follower is None or follower.state.doubted or not follower.located:
                families.update(filter(self.registry.family, self.families.perhaps_of(path)))
        return families

    def _receive(self, fresh: Sequence[Sibling], unseen: Collection[Sibling], now: float) -> None:
        """Meet what is new of logs that are known; the others as far as there is time."""
        ends_count = self._first and not self._known and self.config.start_at == "end"
        strangers = []
        for one in fresh:
            log = self.families.of(one.path)
            if ends_count or self.registry.family(log):
                self._meet(one, now, rotated=one in unseen)
            else:
                strangers.append(Newcomer(log, one, now, one in unseen))
        self.newcomers.add(strangers)
        self._meet_newcomers(now)

    def _meet_newcomers(self, now: float) -> None:
        for sibling, rotated in self.newcomers.turns(now, self._again):
            self._meet(sibling, now, rotated=rotated)

    def _meet(self, sibling: Sibling, now: float, *, rotated: bool) -> None:
        """Decide about a file that nobody recognised; one that is `rotated` has a name that only rotation gives."""
        path = sibling.path
        if sibling.locator in self.registry.by_locator:
            return
        if self._is_old(sibling):
            return
        family, *others = self.families.perhaps_of(path)
        copies = self.generations.copies
        waits = any(map(self.moving.deferred, (family, *others))) or copies.awaits(sibling, family)
        waits = waits or copies.holds_back(sibling) or any(copies.may_be_cut(sibling, log) for log in others)
        if waits or has_original(sibling):
            self._again[path] = now
            return
        opened = self.generations.open(sibling, family)
        if opened is None:
            self._again.setdefault(path, now)
            if rotated:
                self.generations.denied.note(family, sibling)
            return
        content, compression = opened
        disturbed, is_troubled = self.generations.disturbed, self.generations.is_troubled
        if any(disturbed(log) or is_troubled(log, sibling, content) for log in (family, *others)):
            content.close()
            self._again[path] = now
            return
        self.troubles.over(path)
        copies.met(sibling)
        home = path if family == family_of(path) and not rotated else family
        rotated = rotated or self.families.look_rotated(path, self._seen)
        # What stands in a directory for old logs is followed as what it is, a generation of its log.
        follower = self.generations.follow(sibling, home, rotated=rotated)
        follower.state.compression = compression
        if rotated:
            self.families.settle(family_of(home), self._seen)
        try:
            if self._first and not self._known and self.config.start_at == "end":
                start_at_end(follower.state, content)
            follower.take(content)
        except OSError as error:
            content.close()
            self.troubles.note(path, error)
        self._environment.descriptors.relieve(follower)

    def _is_old(self, sibling: Sibling) -> bool:
        limit = self.config.ignore_older
        if limit is None or self._environment.clock.now_ms() - sibling.mtime_ns // 1_000_000 < limit * 1000:
            return False
        self._again[sibling.path] = self._environment.clock.monotonic() + OLD_RECHECK
        return True
