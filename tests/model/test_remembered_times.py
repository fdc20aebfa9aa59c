"""Invariant: what a time means does not depend on the times that were read before it, nor on how fast it was read."""

from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.parse.timestamps import BadTimestampError, compile_timestamp
from logsource.parse.timestamps.remembered import MAX_TEXTS, TextCache

FORMATS = [
    ["iso8601"],
    ["%d-%b-%Y %H:%M:%S.%f"],
    ["%Y/%m/%d %H:%M:%S,%f %z"],
    ["syslog", "iso8601"],
    ["epoch_s", "iso8601"],
    ["iso8601", "epoch_ms"],
    ["%m%d %H:%M:%S.%f", "%Y%m%d %H:%M:%S.%f"],
    ["tai64n", "%Y-%m-%d %H:%M:%S.%f", "iso8601"],
]
REFERENCE = 1_790_000_000_000
clock = st.sampled_from(
    ["03:04:05", "03:04:06", "23:59:60", "24:00:00", "25:00:00", "03:04:5", "3:04:05", "030405"]
)
day = st.sampled_from(
    [
        "2026-01-02",
        "2026/01/02",
        "02-Jan-2026",
        "Jan  2",
        "0102",
        "20260102",
        "2026-13-02",
        "2026-01-02T",
        "2026-01-02 x",
    ]
)
fraction = st.sampled_from(["", ".", ","]).flatmap(
    lambda point: st.text("0123456789٣", max_size=11).map(lambda digits: point + digits)
)
zone = st.sampled_from(["", "Z", "+01:00", "-0230", " +0000", " CET", ".5", ",5Z", "+01:00.5", " ", "é"])
text = st.one_of(
    st.builds("{}{}{}{}{}".format, day, st.sampled_from(["T", " ", "_", ""]), clock, fraction, zone),
    st.builds("{}{}".format, st.integers(-10, 2 * 10**13), fraction),
    st.sampled_from(["", "now", "@4000000037c219bf2ef02e94", "Jan  2 03:04:05", "." * 40, "0" * 200]),
)


def read(reader, one):
    try:
        return reader.read(one, REFERENCE)
    except BadTimestampError as error:
        return error.reason, error.detail


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FORMATS), st.lists(text, min_size=1, max_size=12))
def test_what_was_read_before_changes_nothing(formats, texts):
    remembering = compile_timestamp(formats)
    for one in [*texts, *texts]:
        assert read(remembering, one) == read(compile_timestamp(formats), one)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FORMATS), text)
def test_passing_over_formats_that_do_not_fit_changes_nothing(formats, one):
    """Format by format, the first that reads the text decides; what they all say is said by the last resort."""
    expected = None
    for name in formats:
        expected = read(compile_timestamp([name]), one)
        if isinstance(expected, int):
            break
    found = read(compile_timestamp(formats), one)
    if isinstance(expected, int):
        assert found == expected
    else:
        assert found in [read(compile_timestamp([name]), one) for name in formats]


SPRING, AUTUMN, WINTER = 1_774_000_000_000, 1_790_000_000_000, 1_799_000_000_000


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([["syslog"], ["%d/%b/%Y:%H:%M:%S %z"], ["%b %d %H:%M:%S %Z"], ["MMM dd HH:mm:ss"]]),
    st.lists(
        st.tuples(
            st.sampled_from(["Jan  2 03:04:05", "Dec 31 23:59:59", "Feb 29 01:00:00", "02/Jan/2026:03:04:05 +0100", "x"]),
            st.sampled_from([0, SPRING, AUTUMN, WINTER]),
        ),
        min_size=1,
        max_size=12,
    ),
)  # fmt: skip
def test_another_reference_may_mean_another_year(formats, asked):
    remembering = compile_timestamp(formats)
    for one, reference in [*asked, *asked]:
        outcomes = []
        for reader in (remembering, compile_timestamp(formats)):
            try:
                outcomes.append(reader.read(one, reference))
            except BadTimestampError as error:
                outcomes.append((error.reason, error.detail))
        assert outcomes[0] == outcomes[1]


def test_what_is_remembered_is_bounded():
    reads = []
    cache = TextCache(lambda text, reference_ms: reads.append(text) or reference_ms)
    asked = 2 * MAX_TEXTS + 5
    for number in range(asked):
        assert cache.read(str(number), 7) == 7
    assert cache.read(str(asked - 1), 7) == 7
    assert len(reads) == asked  # the last one was known
    assert cache.read("0", 7) == 7
    assert len(reads) == asked + 1  # the first one was not any more
