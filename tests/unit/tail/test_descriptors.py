"""What it costs to find the file that is closed for another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logsource.tail.descriptors import Descriptors
from logsource.tail.follower import Follower
from logsource.tail.identity import Locator
from logsource.tail.open import open_content
from logsource.tail.state import FileState


class Counting(Descriptors):
    """Counts the files that are asked what closing them would cost."""

    asked = 0

    def _assess(self, one):
        self.asked += 1
        super()._assess(one)


@pytest.fixture
def hold(tmp_path):
    """Hold so many files that nobody may close, or that all have unread bytes."""
    held = []
    path = tmp_path / "app.log"
    path.write_text("line\n")

    def _hold(count, *, nlink, size):
        descriptors = Counting(count)
        for number in range(count + 1):
            state = FileState(
                key=str(number),
                file_id=str(number),
                locator=Locator(1, number),
                path=str(path),
                name=str(path),
            )
            follower = Follower("app", state, descriptors)
            held.append(follower)
            content, _ = open_content(str(path))
            follower.take(content)
            follower.nlink, follower.size = nlink, size
        return descriptors, held[-1]

    yield _hold
    for follower in held:
        follower.release()


@pytest.mark.parametrize(("nlink", "size", "left"), [(0, 0, 1), (1, 5, 0)], ids=["nameless", "unread"])
def test_room_for_one_more_costs_the_same_for_any_number(hold, nlink, size, left):
    costs = []
    for count in (20, 200):
        descriptors, reader = hold(count, nlink=nlink, size=size)
        descriptors.make_room(reader)  # the first one learns what they all are
        assert descriptors.open == count + left
        content, _ = open_content(reader.place)
        another = Follower("app", replace(reader.state, key="another"), descriptors)
        another.take(content)
        descriptors.asked = 0
        descriptors.make_room(another)
        costs.append(descriptors.asked)
        assert descriptors.open == count + 2 * left
        another.release()
    assert costs[0] == costs[1]


def test_the_first_that_was_seen_without_a_name_is_the_longest_silent(hold):
    descriptors, last = hold(8, nlink=0, size=0)
    everyone = list(descriptors._queues)
    for second, one in enumerate(everyone):
        descriptors.seen(one, float(second))
    assert descriptors.longest_silent(100.0) is everyone[0]
    assert descriptors.longest_silent(-1.0) is None, "not silent for long enough"
    descriptors.heard(everyone[0], 50.0)
    descriptors.used(everyone[1])
    descriptors.seen(everyone[1], 60.0)
    assert descriptors.longest_silent(100.0) is everyone[2]
    for one in everyone[2:]:
        one.release()
    assert last.content is None
    assert descriptors.longest_silent(100.0) is None, "a quarter may stay"
