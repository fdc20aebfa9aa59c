"""Generations of a log that came and went unseen: younger than the youngest that is known, and read by nobody yet."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from logsource.tail.copied import older, was_complete_before, was_written_before, written_anew
from logsource.tail.copies import COPY_WAIT
from logsource.tail.identity import HEAD_MAX
from logsource.tail.look import look
from logsource.tail.lookalikes import is_another_log
from logsource.tail.originals import has_original, originals
from logsource.tail.recopied import copied_anew, goes_on, is_shorter, move_on
from logsource.tail.shortcopy import holds_beginning
from logsource.tail.siblings import closed_folders

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from logsource.tail.content import Content
    from logsource.tail.follower import Follower
    from logsource.tail.generations import Generations
    from logsource.tail.siblings import Sibling

MOST_YOUNGER = 4
"""Generations that may have been copied anew of the same log: logrotate is not killed so often in a row."""


def follow_missed(
    generations: Generations, family: str, candidates: Sequence[Sibling], *, proven: bool
) -> list[Follower]:
    """Follow what was missed, oldest first, and return it: all of it or, if the log moves meanwhile, nothing.

    A younger one that is known would hide that an elder one is not. `proven`: nothing was, but what was denied earlier.
    """
    candidates = generations.copies.leftovers.others(family, candidates)
    found: list[tuple[Sibling, Content, str]] = []
    followed: list[Follower] = []
    try:
        complete = all(
            _examine(generations, family, one, next_one, found)
            for one, next_one in _younger(generations, family, candidates, proven=proven)
        )
        if not complete or generations.disturbed(family):
            return []
        path = family if generations.finder.matches(family) else ""
        while found:
            sibling, content, compression = found.pop(0)
            generations.copies.met(sibling)
            _explain(generations, family)
            follower = generations.follow(sibling, path or sibling.path, rotated=True)
            follower.state.compression = compression
            followed.append(follower)
            try:
                follower.take(content)
                # A row without a head proves nothing, should this be the last that is committed of it.
                look(follower, generations.environment.clock.monotonic())
            except OSError as error:
                generations.troubles.note(sibling.path, error)
                if _held_up(generations, family, sibling):
                    follower.release()
                    generations.registry.remove(followed.pop())
                    break
                follower.unlearn()
            generations.denied.read(family, sibling, late=True)
    finally:
        for _, content, _ in found:
            content.close()
    return followed


def _explain(generations: Generations, family: str) -> None:
    """A log that could not be read once before it was rotated was seen to have a size; nothing of that is lost now."""
    for one in generations.registry.family(family):
        state = one.state
        if not one.located and not state.head.length and state.size > state.offset:
            one.state = replace(state, size=state.offset)
            generations.registry.dirty.add(state.key)
            return


def _examine(
    generations: Generations,
    family: str,
    sibling: Sibling,
    younger: Sequence[Sibling],
    found: list[tuple[Sibling, Content, str]],
) -> bool:
    """Add a file to what was found if nobody knows its content; False when it moved meanwhile.

    `younger` are the next generations that hold anything.
    """
    if generations.copies.awaits(sibling, family) or generations.copies.holds_back(sibling):
        if generations.copies.awaits_for_now(sibling, family):
            generations.waiting.add(family)
            generations.unsure.add(family)
        return _may_wait(generations, family, sibling)
    opened = generations.open(sibling, family)
    if opened is None:
        return _put_off(generations, family, sibling)
    content, compression = opened
    # What was deleted on its server a moment ago is known by a stale handle only, and may be what was packed here.
    remote = sibling.locator.device < 0
    if (
        remote
        and generations.is_troubled(family, sibling, content)
        and _held_up(generations, family, sibling)
    ):
        content.close()
        return False
    known = True  # or so it seems, if it cannot be read now
    with generations.troubles.noting(sibling.path):
        members = generations.registry.family(family)
        equal = [one for one in members if one.state.head.length and one.holds(content)]
        now_ms = generations.environment.clock.now_ms()
        log_born_ns = generations.registry.log_born_ns(family)
        shorter = next((one for one in equal if is_shorter(one, sibling, content, log_born_ns)), None)
        if shorter is not None:
            return move_on(generations, shorter, sibling, content, compression)
        same = any(not _says_the_same(one, sibling, content, log_born_ns, now_ms) for one in equal)
        lost = [] if compression or same else generations.registry.lost(family)
        if holds_beginning(lost, content) and generations.copies.grows(sibling):
            content.close()
            generations.waiting.add(family)
            generations.moving.note(family)
            return not generations.moving.holds(family)
        if equal and not same and _may_be_copied(generations, family, sibling, content):
            content.close()
            return False
        known = same or copied_anew(sibling, content, younger, log_born_ns, generations.holes)
    if sibling.path in generations.troubles:
        content.close()
        return _put_off(generations, family, sibling)  # deleted on the server while we read, for one
    if known:
        content.close()
        generations.denied.read(family, sibling, late=False)
    else:
        found.append((sibling, content, compression))
    return True


def _may_wait(generations: Generations, family: str, sibling: Sibling) -> bool:
    """As `_put_off`, of a file that is left alone for a while: because nobody can tell what it holds, perhaps."""
    opened = generations.open(sibling, family)
    if opened is not None:
        content, compression = opened
        with generations.troubles.noting(sibling.path):
            content.read(0, 0 if compression else HEAD_MAX)
        content.close()
    return _put_off(generations, family, sibling)


def _put_off(generations: Generations, family: str, sibling: Sibling) -> bool:
    """Remember what cannot be read, for the time when it can be; False when another look is to come first."""
    if _held_up(generations, family, sibling) or generations.moving.noted(family):
        return False
    generations.denied.note(family, sibling)
    return True


def _held_up(generations: Generations, family: str, sibling: Sibling) -> bool:
    """Whether to look again before younger generations are followed: another machine's file could not be judged now."""
    if sibling.locator.device >= 0:
        return False
    generations.moving.note(family)
    return generations.moving.holds(family)


def _says_the_same(one: Follower, sibling: Sibling, content: Content, log_born_ns: int, now_ms: int) -> bool:
    """Whether this is another file than a generation that is in its place, though both hold the same.

    Of a live log there may be copies that nobody asked to have read, but none that is older than the log.
    """
    if not one.located or (one.remote and one.nameless):
        return was_complete_before(one, sibling, content, log_born_ns=log_born_ns, now_ms=now_ms)
    if not one.rotated:
        return older(content, sibling, one.state.birth) or was_written_before(one, sibling, now_ms)
    if 0 < log_born_ns <= sibling.mtime_ns:
        # What copytruncate leaves: it has the time of the log, and the log was there at that time.
        return goes_on(one, sibling, content, log_born_ns)
    return written_anew(one.state, one.written_ms, content, sibling.locator, gone=False)


def _may_be_copied(generations: Generations, family: str, sibling: Sibling, content: Content) -> bool:
    """Whether somebody may be copying a generation this very moment, and its original is about to go."""
    age_ms = generations.environment.clock.now_ms() - sibling.mtime_ns // 1_000_000
    dated_back = sibling.mtime_ns < content.birth().created_ns  # it has the time of something else
    if dated_back or age_ms > COPY_WAIT * 1000 or not generations.copies.grows(sibling):
        return False
    generations.waiting.add(family)
    generations.moving.note(family)
    return generations.moving.holds(family)


def settle_doubts(members: Iterable[Follower]) -> None:
    """What was missed is followed now. Not so while a log moves: then the next look has to have the same doubts."""
    for one in members:
        if one.state.doubted:
            one.state.doubted = False
            one.state.written_ms = max(one.state.written_ms, one.mtime_ns // 1_000_000)


def _younger(
    generations: Generations, family: str, candidates: Sequence[Sibling], *, proven: bool
) -> Iterator[tuple[Sibling, Sequence[Sibling]]]:
    by_locator = generations.registry.by_locator
    members = generations.registry.family(family)
    # What was begun in doubt was begun while elder generations may have been missing: it hides none of them. Nor does what
    # was not read and is nowhere, for it may be one of them. A log that was seen to be empty tells when that was.
    sure = [one for one in members if (one.located if not one.state.head.length else not one.state.doubted)]
    known = [
        index
        for index, one in enumerate(candidates)
        if (follower := by_locator.get(one.locator)) is not None and not follower.state.doubted
    ]
    since_ms = max((one.state.written_ms for one in sure), default=_seen_ms(members) if members else 0)
    proven = proven or not members
    closed = closed_folders(family, generations.config.olddir, generations.directories) if not proven else ()
    for folder, error in closed:
        generations.denied.note_folder(family, folder, error, since_ms)
    for index, sibling in enumerate(candidates):
        if sibling.locator in by_locator or _waits_for_original(generations, family, sibling, candidates):
            continue
        if not _asked_for(generations, family, sibling):
            continue
        if is_another_log(generations, family, sibling.path):
            continue
        # Younger than the youngest known generation, or written after what was last read of any.
        missed = (known and index > known[-1]) or sibling.mtime_ns // 1_000_000 >= since_ms
        if (missed and not proven) or generations.denied.holds(family, sibling):
            yield sibling, [one for one in candidates[index + 1 :] if one.size][:MOST_YOUNGER]


def _waits_for_original(
    generations: Generations, family: str, sibling: Sibling, candidates: Sequence[Sibling]
) -> bool:
    """Whether the original of an archive is read instead. One that was not listed with it came or went meanwhile."""
    note = partial(generations.moving.note, family)
    if not has_original(sibling, note):
        return False
    if sibling.locator.device < 0 and originals(sibling.path):
        listed = {family, *(one.path for one in candidates)}
        if listed.isdisjoint(originals(sibling.path)):
            note()
    return True


def _seen_ms(members: Sequence[Follower]) -> int:
    """When anything was seen of a log first: what was written before is history. Rows of earlier versions do not tell."""
    return min(
        (one.state.found_ms if one.state.head.length and one.state.doubted else 0) or one.state.written_ms
        for one in members
    )


def _asked_for(generations: Generations, family: str, sibling: Sibling) -> bool:
    """Whether `paths` name the log, or this file under this name or one that it may have had before.

    Where they name some archives and not their log, nobody wants the other ones: another agent may follow the log.
    But what is `app.log.1.gz` now was asked for by `app.log.?`.
    """
    matches = generations.finder.matches
    if matches(family) or matches(sibling.path):
        return True
    folder, name = os.path.dirname(family), os.path.basename(sibling.path)
    while name := name.rpartition(".")[0]:
        if matches(os.path.join(folder, name)):
            return True
    return False
