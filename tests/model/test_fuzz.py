"""The targets of `make fuzz` in their short form: nothing raises and nothing hangs, whatever the bytes are."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, WORDS, Hang, bounded, seeds

SHORT = {"packs": 150, "learning": 150}
"""Targets that do more with one input get fewer."""


def inputs(target: str) -> st.SearchStrategy[bytes]:
    """Ordinary inputs, parts of them joined with words that mean something, and anything."""
    seed = st.sampled_from(seeds(target))
    part = st.one_of(
        st.builds(
            lambda one, low, high: one[min(low, high) : max(low, high)],
            seed,
            st.integers(0, 80),
            st.integers(0, 80),
        ),
        st.sampled_from([word.encode() for word in WORDS]),
        st.binary(max_size=6),
        st.just(b"\0"),
    )
    return seed | st.lists(part, max_size=8).map(b"".join)


@pytest.mark.parametrize("target", TARGETS)
def test_no_input_does_more_than_be_refused(target):
    @settings(max_examples=SHORT.get(target, 600), deadline=None)
    @given(inputs(target))
    def run(data):
        with bounded():
            TARGETS[target](data)

    run()


def test_what_hangs_would_be_found():
    with pytest.raises(Hang), bounded(0.05):
        re.fullmatch("(a+)+b", "a" * 60)  # for ever, inside of C
