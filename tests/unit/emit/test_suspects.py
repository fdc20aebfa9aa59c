"""Who is buried, who is held, who gets a second chance."""

from __future__ import annotations

from logsource.emit.suspects import BURY_IN_A_ROW, HELD_MAX, Suspects, Verdict
from logsource.model import Batch


def single(key: int) -> Batch:
    return Batch(body=b"", events=1, key=key)


def test_some_in_a_row_are_buried_then_held_then_slowly():
    suspects = Suspects()
    verdicts = [suspects.rejected(single(n)) for n in range(1, BURY_IN_A_ROW + 4)]
    assert verdicts == [
        *[Verdict.BURY] * BURY_IN_A_ROW,
        Verdict.HOLD,
        Verdict.HOLD_SLOWLY,
        Verdict.HOLD_SLOWLY,
    ]
    assert suspects.rejecting


def test_an_accepted_event_is_proof_and_what_is_then_rejected_again_is_buried():
    suspects = Suspects()
    for n in range(1, BURY_IN_A_ROW + 41):
        suspects.rejected(single(n))
    held = suspects.accepted(single(999))
    assert len(held) == 40
    assert not suspects.rejecting
    assert [suspects.rejected(one) for one in held] == [Verdict.BURY] * 40
    # The proof is used up: the same rules hold again for new ones.
    verdicts = [suspects.rejected(single(1000 + n)) for n in range(BURY_IN_A_ROW + 1)]
    assert verdicts[-1] is Verdict.HOLD


def test_accepted_in_between_starts_the_count_anew():
    suspects = Suspects()
    for n in range(1, 100):
        assert suspects.rejected(single(n)) is Verdict.BURY
        assert suspects.accepted(single(1000)) == []


def test_too_many_are_given_back_and_giving_back_is_no_proof():
    suspects = Suspects()
    for n in range(1, BURY_IN_A_ROW + HELD_MAX + 1):
        suspects.rejected(single(n))
    assert suspects.give_back(only_if_many=True) == []
    suspects.rejected(single(5000))
    assert len(suspects.give_back(only_if_many=True)) == HELD_MAX + 1
    assert not suspects.rejecting
    assert suspects.rejected(single(5000)) is Verdict.HOLD
