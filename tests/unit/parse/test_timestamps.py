"""Texts of times become the right instant, or say by a named reason why not."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.errors import PackError
from logsource.parse.timestamps import BadTimestampError, compile_timestamp
from logsource.parse.timestamps.civil import show


def ms(text):
    return round(datetime.fromisoformat(text).timestamp() * 1000)


NEW_YEAR = ms("2026-01-01T05:00:00+00:00")


def read(formats, text, *, timezone="UTC", reference=NEW_YEAR):
    return show(compile_timestamp(formats, timezone=timezone).read(text, reference))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2025-10-11T22:14:15.003Z", "2025-10-11T22:14:15.003Z"),
        ("2025-10-11t22:14:15z", "2025-10-11T22:14:15.000Z"),
        ("2025-10-11 22:14:15,123", "2025-10-11T22:14:15.123Z"),
        ("2025-10-11 22:14:15.123456789 +02:00", "2025-10-11T20:14:15.123Z"),
        ("2025-10-11T22:14:15+0530", "2025-10-11T16:44:15.000Z"),
        ("2025-10-11T22:14:15-07", "2025-10-12T05:14:15.000Z"),
        ("2025-10-11T22:14", "2025-10-11T22:14:00.000Z"),
        ("2025-10-11", "2025-10-11T00:00:00.000Z"),
        ("20251011T221415Z", "2025-10-11T22:14:15.000Z"),
        ("2025/10/11 22:14:15", "2025-10-11T22:14:15.000Z"),
        ("2025-10-11 22:14:15 CEST", "2025-10-11T20:14:15.000Z"),
        ("2025-10-11T24:00:00Z", "2025-10-12T00:00:00.000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        (" 2025-10-11T22:14:15Z ", "2025-10-11T22:14:15.000Z"),
        ("1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.520Z"),
    ],
)
def test_iso_8601_as_logs_write_it(text, instant):
    assert read(["iso8601"], text) == instant


@pytest.mark.parametrize(
    ("name", "text", "instant"),
    [
        ("epoch_s", "1760220855", "2025-10-11T22:14:15.000Z"),
        ("epoch_s", "1760220855.5", "2025-10-11T22:14:15.500Z"),
        ("epoch_s", "1760220855.123456789", "2025-10-11T22:14:15.123Z"),
        ("epoch_ms", "1760220855123.9", "2025-10-11T22:14:15.123Z"),
        ("epoch_us", "1760220855123456", "2025-10-11T22:14:15.123Z"),
        ("epoch_ns", "1760220855123456789", "2025-10-11T22:14:15.123Z"),
        ("tai64n", "@4000000037c219bf2ef02e94", "1999-08-24T04:04:05.787Z"),
        ("%s", "1760220855", "2025-10-11T22:14:15.000Z"),
    ],
)
def test_counts_since_the_epoch(name, text, instant):
    assert read([name], text) == instant


@pytest.mark.parametrize(
    ("pattern", "text", "instant"),
    [
        ("%d/%b/%Y:%H:%M:%S %z", "10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36.000Z"),
        ("%d/%b/%Y:%H:%M:%S %z", "10/Oct/2000:13:55:36 +02:00", "2000-10-10T11:55:36.000Z"),
        ("%d/%b/%Y:%H:%M:%S %z", "10/Oct/2000:13:55:36 Z", "2000-10-10T13:55:36.000Z"),
        ("%a %b %d %H:%M:%S.%f %Y", "Sat Oct 11 14:32:52.123456 2025", "2025-10-11T14:32:52.123Z"),
        ("%a %b %e %H:%M:%S %Y", "Sat Oct  4 14:32:52 2025", "2025-10-04T14:32:52.000Z"),
        ("%A, %d %B %Y %I:%M:%S %p", "saturday, 11 OCTOBER 2025 12:05:06 am", "2025-10-11T00:05:06.000Z"),
        ("%d %b %y %l:%M%P", "11 Oct 25  2:05pm", "2025-10-11T14:05:00.000Z"),
        ("%Y%m%d%H%M%S", "20251011221415", "2025-10-11T22:14:15.000Z"),
        ("%Y%m%d%H%M%S%L", "20251011221415042", "2025-10-11T22:14:15.042Z"),
        ("%Y-%j %T", "2024-366 01:02:03", "2024-12-31T01:02:03.000Z"),
        ("%F %T,%3N", "2025-10-11 22:14:15,042", "2025-10-11T22:14:15.042Z"),
        ("%c", "Sat Oct 11 22:14:15 2025", "2025-10-11T22:14:15.000Z"),
        ("%D %R", "10/11/25 22:14", "2025-10-11T22:14:00.000Z"),
        ("%Y-%m-%d %H:%M:%S %Z", "2025-10-11 22:14:15 PDT", "2025-10-12T05:14:15.000Z"),
        ("%Y-%m-%d %H:%M:%S %Z", "2025-10-11 22:14:15 America/New_York", "2025-10-12T02:14:15.000Z"),
        ("%s.%f", "1760220855.25", "2025-10-11T22:14:15.250Z"),
        ("[%%] %Y-%m-%d", "[%] 2025-10-11", "2025-10-11T00:00:00.000Z"),
    ],
)
def test_strptime_patterns(pattern, text, instant):
    assert read([pattern], text) == instant


@pytest.mark.parametrize(
    ("pattern", "text", "instant"),
    [
        ("dd/MMM/yyyy:HH:mm:ss Z", "10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36.000Z"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2025-10-11T22:14:15.003+02:00", "2025-10-11T20:14:15.003Z"),
        ("yyyy-MM-dd HH:mm:ss,SSS", "2025-10-11 22:14:15,003", "2025-10-11T22:14:15.003Z"),
        ("yyyyMMddHHmmssSSS", "20251011221415042", "2025-10-11T22:14:15.042Z"),
        ("%Y%m%d %H%M%S%f", "20251011 221415042", "2025-10-11T22:14:15.042Z"),
        ("%Y%m%d%H%M%S%f", "20251011221415042123", "2025-10-11T22:14:15.042Z"),
        ("EEE MMM d HH:mm:ss z yyyy", "Sat Oct 4 22:14:15 UTC 2025", "2025-10-04T22:14:15.000Z"),
        ("MMM d, yyyy h:mm:ss a", "Feb 3, 2025 4:05:06 PM", "2025-02-03T16:05:06.000Z"),
        ("MMMM dd yyyy", "October 11 2025", "2025-10-11T00:00:00.000Z"),
        ("yyyy-MM-dd[ HH:mm]", "2025-10-11", "2025-10-11T00:00:00.000Z"),
        ("yyyy-MM-dd[ HH:mm]", "2025-10-11 22:14", "2025-10-11T22:14:00.000Z"),
        ("yy/MM/dd HH:mm:ss", "25/10/11 22:14:15", "2025-10-11T22:14:15.000Z"),
        ("dd 'o''clock' HH MM yyyy", "11 o'clock 22 10 2025", "2025-10-11T22:00:00.000Z"),
        ("MMM dd HH:mm:ss", "Oct 11 22:14:15", "2025-10-11T22:14:15.000Z"),
        ("D yyyy", "32 2025", "2025-02-01T00:00:00.000Z"),
    ],
)
def test_java_patterns(pattern, text, instant):
    assert read([pattern], text) == instant


@pytest.mark.parametrize(
    ("text", "reference", "instant"),
    [
        ("Dec 31 23:59:59", "2026-01-01T00:10:00+00:00", "2025-12-31T23:59:59.000Z"),
        ("Jan  1 00:00:01", "2026-01-01T00:10:00+00:00", "2026-01-01T00:00:01.000Z"),
        ("Jan  1 12:00:00", "2025-12-31T23:00:00+00:00", "2026-01-01T12:00:00.000Z"),  # a clock ahead of ours
        (
            "Jan  2 12:00:00",
            "2025-12-31T23:00:00+00:00",
            "2025-01-02T12:00:00.000Z",
        ),  # more than a day: last year's
        ("Feb 29 12:00:00", "2026-03-01T00:00:00+00:00", "2024-02-29T12:00:00.000Z"),
        ("Feb 29 12:00:00", "2103-03-01T00:00:00+00:00", "2096-02-29T12:00:00.000Z"),
        ("Oct 11 22:14:15", "2003-10-12T00:00:00+00:00", "2003-10-11T22:14:15.000Z"),  # an old file
    ],
)
def test_a_missing_year_is_the_latest_that_puts_the_time_before_the_reference(text, reference, instant):
    assert read(["syslog"], text, reference=ms(reference)) == instant


def test_a_missing_year_without_a_reference_is_an_error_and_no_guess():
    with pytest.raises(BadTimestampError) as caught:
        read(["syslog"], "Oct 11 22:14:15", reference=0)
    assert caught.value.reason == "missing_year"


@pytest.mark.parametrize(
    ("zone", "text", "instant"),
    [
        ("Europe/Berlin", "2025-07-01 12:00:00", "2025-07-01T10:00:00.000Z"),
        ("Europe/Berlin", "2025-12-01 12:00:00", "2025-12-01T11:00:00.000Z"),
        ("Europe/Berlin", "2025-03-30 02:30:00", "2025-03-30T01:30:00.000Z"),  # gap: offset before it
        ("Europe/Berlin", "2025-10-26 02:30:00", "2025-10-26T00:30:00.000Z"),  # fold: the earlier
        ("America/New_York", "2025-11-02 01:30:00", "2025-11-02T05:30:00.000Z"),
        ("Asia/Kolkata", "2025-07-01 12:00:00", "2025-07-01T06:30:00.000Z"),
        ("+05:45", "2025-07-01 12:00:00", "2025-07-01T06:15:00.000Z"),
    ],
)
def test_a_missing_zone_is_the_configured_one(zone, text, instant):
    assert read(["%Y-%m-%d %H:%M:%S"], text, timezone=zone) == instant


def test_an_abbreviation_tells_the_two_readings_of_a_fold_apart():
    pattern = ["%Y-%m-%d %H:%M:%S %Z"]
    assert read(pattern, "2025-10-26 02:30:00 CEST", timezone="Europe/Berlin") == "2025-10-26T00:30:00.000Z"
    assert read(pattern, "2025-10-26 02:30:00 CET", timezone="Europe/Berlin") == "2025-10-26T01:30:00.000Z"


def test_an_ambiguous_abbreviation_is_that_of_the_configured_zone():
    pattern = ["%Y-%m-%d %H:%M:%S %Z"]
    assert read(pattern, "2025-07-01 12:00:00 IST") == "2025-07-01T06:30:00.000Z"
    assert read(pattern, "2025-07-01 12:00:00 IST", timezone="Europe/Dublin") == "2025-07-01T11:00:00.000Z"


@pytest.mark.parametrize(
    ("formats", "text", "reason"),
    [
        (["iso8601"], "yesterday", "bad_timestamp"),
        (["iso8601"], "2025-02-30T00:00:00Z", "bad_timestamp"),
        (["iso8601"], "2025-13-01", "bad_timestamp"),
        (["iso8601"], "2025-10-11T25:00:00Z", "bad_timestamp"),
        (["iso8601"], "2025-10-11T24:00:01Z", "bad_timestamp"),
        (["iso8601"], "2025-10-11T24:00:00.5Z", "bad_timestamp"),
        (["iso8601"], "2025-10-11T10:61:00Z", "bad_timestamp"),
        (["iso8601"], "0000-01-01T00:00:00Z", "bad_timestamp"),
        (["iso8601"], "", "bad_timestamp"),
        (["iso8601"], "2" * 500, "bad_timestamp"),
        (["iso8601"], "２０２５-10-11", "bad_timestamp"),
        (["iso8601"], "1970-01-01T00:00:00Z", "ancient_timestamp"),
        (["epoch_s"], "0", "ancient_timestamp"),
        (["epoch_s"], "-5", "ancient_timestamp"),
        (["epoch_s"], "1760220855123", "future_timestamp"),  # milliseconds taken for seconds
        (["epoch_s"], "99999999999999999999", "future_timestamp"),
        (["iso8601"], "2099-01-01T00:00:00Z", "future_timestamp"),
        (["%Y-%m-%d %Z"], "2025-10-11 XYZT", "unknown_zone"),
        (["%Y-%m-%d %Z"], "2025-10-11 No/Where", "unknown_zone"),
        (["%Y-%m-%d %z"], "2025-10-11 +99:00", "unknown_zone"),
        (["%Y-%j"], "2025-366", "bad_timestamp"),
        (["%Y-%m-%d %I:%M %p"], "2025-10-11 13:00 PM", "bad_timestamp"),
    ],
)
def test_what_is_no_believable_time_says_why(formats, text, reason):
    with pytest.raises(BadTimestampError) as caught:
        read(formats, text)
    assert caught.value.reason == reason
    assert caught.value.detail


def test_the_far_future_is_only_known_by_a_reference():
    assert read(["iso8601"], "2099-01-01T00:00:00Z", reference=0) == "2099-01-01T00:00:00.000Z"


def test_formats_are_tried_in_order_and_the_telling_error_wins():
    formats = ["%d/%m/%Y", "iso8601", "epoch_s"]
    assert read(formats, "03/02/2025") == "2025-02-03T00:00:00.000Z"
    assert read(formats, "1760220855") == "2025-10-11T22:14:15.000Z"
    with pytest.raises(BadTimestampError) as caught:
        read(["iso8601", "%d/%m/%Y"], "2099-01-01")
    assert caught.value.reason == "future_timestamp"


@pytest.mark.parametrize(
    ("formats", "zone", "what"),
    [
        (["%Y-%m-%d %G"], "UTC", "%G is not supported"),
        (["%H:%M:%S"], "UTC", "states no day"),
        (["yyyy-MM-dd 'T"], "UTC", "no second '"),
        (["yyyy-MM-dd]"], "UTC", "']' without '['"),
        (["yyyy-MM-dd["], "UTC", "no ']'"),
        (["yyyy-QQ"], "UTC", "'QQ' is not supported"),
        (["%Y-%m-%d %"], "UTC", "without a directive"),
        ([], "UTC", "at least one format"),
        (["--"], "UTC", "no time format"),
        (["iso8601"], "Europe/Berln", "did you mean Europe/Berlin?"),
    ],
)
def test_a_bad_format_is_an_error_of_the_configuration(formats, zone, what):
    with pytest.raises(PackError, match=re.escape(what)):
        compile_timestamp(formats, timezone=zone)


LEAST = datetime(1972, 1, 1)  # noqa: DTZ001 - hypothesis wants naive bounds
MOST = datetime(2100, 1, 1)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("pattern", "text", "instant"),
    [
        ("%Y-%m-%d %H:%M.%S", "2025-10-11 22:14.15", "2025-10-11T22:14:15.000Z"),  # not a fraction
        ("HH:mm:ss.SSS dd.MM.yyyy", "22:14:15.042 11.10.2025", "2025-10-11T22:14:15.042Z"),
        ("%H:%M:%S.%f on %Y-%m-%d", "22:14:15.999999 on 2025-10-11", "2025-10-11T22:14:15.999Z"),
        ("yyyy-MM-dd HH:mm:ss,SSS Z", "2025-10-11 22:14:15,7 +0200", "2025-10-11T20:14:15.700Z"),
        ("iso8601", "2016-12-31T23:59:60.5Z", "2017-01-01T00:00:00.500Z"),
    ],
)
def test_fractions_are_added_to_remembered_seconds(pattern, text, instant):
    reader = compile_timestamp([pattern])
    assert [show(reader.read(text, NEW_YEAR)) for _ in range(2)] == [instant, instant]


def test_remembered_seconds_know_nothing_of_another_zone_or_a_missing_year():
    reader = compile_timestamp(["iso8601"])
    assert show(reader.read("2025-10-11T22:14:15.1+02:00", 0)) == "2025-10-11T20:14:15.100Z"
    assert show(reader.read("2025-10-11T22:14:15.1-02:00", 0)) == "2025-10-12T00:14:15.100Z"
    yearless = compile_timestamp(["%b %d %H:%M:%S.%f"])
    assert show(yearless.read("Dec 31 00:00:00.5", NEW_YEAR)) == "2025-12-31T00:00:00.500Z"
    assert show(yearless.read("Dec 31 00:00:00.5", NEW_YEAR - 86_400_000 * 365)) == "2024-12-31T00:00:00.500Z"


@given(st.lists(st.tuples(st.integers(0, 59), st.text("0123456789", min_size=1, max_size=9)), max_size=30))
@settings(max_examples=100, deadline=None)
def test_remembering_changes_no_instant(times):
    remembering = compile_timestamp(["%Y-%m-%d %H:%M:%S.%f"], timezone="Europe/Berlin")
    for second, fraction in times:
        text = f"2025-10-26 02:30:{second:02}.{fraction}"
        fresh = compile_timestamp(["%Y-%m-%d %H:%M:%S.%f"], timezone="Europe/Berlin")
        assert remembering.read(text, 0) == fresh.read(text, 0)
        assert remembering.read(text, 0) % 1000 == int(fraction[:3].ljust(3, "0"))


moments = st.datetimes(min_value=LEAST, max_value=MOST)


@given(moments)
@settings(max_examples=300, deadline=None)
def test_strptime_and_java_patterns_agree_with_the_standard_library(moment):
    moment = moment.replace(tzinfo=UTC)
    expected = int(moment.timestamp() * 1000 // 1)
    expected -= (
        expected - int((moment.replace(microsecond=0)).timestamp()) * 1000 - moment.microsecond // 1000
    )
    pairs = [
        ("%Y-%m-%d %H:%M:%S.%f %z", "%Y-%m-%d %H:%M:%S.%f %z"),
        ("%d/%b/%Y:%I:%M:%S.%f %p", "%d/%b/%Y:%I:%M:%S.%f %p"),
        ("yyyy DDD HH mm ss SSSSSS", "%Y %j %H %M %S %f"),
        ("EEEE, dd MMMM yyyy HH:mm:ss.SSSSSS", "%A, %d %B %Y %H:%M:%S.%f"),
        ("iso8601", "%Y-%m-%dT%H:%M:%S.%fZ"),
        ("iso8601", "%Y%m%dT%H%M%S,%f+0000"),
    ]
    for ours, theirs in pairs:
        assert compile_timestamp([ours]).read(moment.strftime(theirs), 0) == expected


@given(moments, st.integers(min_value=0, max_value=86_400_000 * 300))
@settings(max_examples=200, deadline=None)
def test_the_year_of_a_recent_line_is_always_found(moment, age_ms):
    written = int(moment.replace(microsecond=0, tzinfo=UTC).timestamp()) * 1000
    text = moment.strftime("%b %d %H:%M:%S")
    assert compile_timestamp(["syslog"]).read(text, written + age_ms) == written


LETTERS = st.text(alphabet="yMdHhmsSaEzZXDkK'[]-/:,. T%YbBjpfLN0123456789\x00é", max_size=14)


@given(LETTERS, st.text(max_size=40), st.integers(-(2**63), 2**63))
@settings(max_examples=800, deadline=None)
def test_no_format_and_no_text_does_more_than_raise_its_error(pattern, text, reference):
    try:
        reader = compile_timestamp([pattern])
    except PackError:
        return
    try:
        assert isinstance(reader.read(text, reference), int)
    except BadTimestampError as error:
        assert error.reason  # noqa: PT017 - an instant is as good an outcome


@given(st.sampled_from(["iso8601", "epoch_s", "epoch_ns", "syslog", "tai64n", "%Y-%m-%d %H:%M:%S %Z"]),
       st.text(alphabet="0123456789-+:. TZ,/@aFebOct", max_size=40), st.integers(-(2**63), 2**63))  # fmt: skip
@settings(max_examples=800, deadline=None)
def test_no_text_does_more_than_raise_the_error_of_the_named_formats(name, text, reference):
    try:
        assert isinstance(compile_timestamp([name], timezone="Europe/Berlin").read(text, reference), int)
    except BadTimestampError as error:
        assert error.reason  # noqa: PT017 - an instant is as good an outcome
