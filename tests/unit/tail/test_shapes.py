"""Which names may come between two that a link led to."""

from __future__ import annotations

import pytest

from logsource.tail.shapes import between, like_one, ring


def fits(shape, path):
    parts = path.split("/")[1:]
    return len(parts) == len(shape.parts) and all(
        part == name if isinstance(part, str) else part.fullmatch(name)
        for part, name in zip(shape.parts, parts, strict=True)
    )


@pytest.mark.parametrize(
    ("last", "now", "one", "other"),
    [
        ("/l/access.1795300000", "/l/access.1795300300", "/l/access.1795300100.gz", "/l/error.1795300100"),
        ("/l/web1-20261119.log", "/l/web1-20261122.log", "/l/web1-20261120.log", "/l/web2-20261120.log"),
        ("/l/2026-11-30T23", "/l/2026-12-01T02", "/l/2026-12-01T00", "/l/2027-12-01T00"),
        ("/l/2026/11/30/a.log", "/l/2026/12/01/a.log", "/l/2026/12/02/a.log", "/l/2026/12/02/b.log"),
        ("/l/a-Jun-2026", "/l/a-Aug-2026", "/l/a-Jul-2026", "/l/a-jul-2026"),
        ("/l/20261119-web1.log", "/l/20261122-web1.log", "/l/20261120-web1.log", "/l/20261120-web2.log"),
    ],
)
def test_what_differs_may_be_another(last, now, one, other):
    shape = between(last, now)
    assert fits(shape, one)
    assert not fits(shape, other)


@pytest.mark.parametrize("now", ["/l/a.log", "/l/b-2.log", "/m/a-2.log", "/l/a-2.log.old"])
def test_names_of_another_kind_tell_nothing(now):
    assert between("/l/a-1.log", now) is None


def test_a_ring():
    shape = ring("/l/access", "/l/access.2")
    assert shape.reused
    assert fits(shape, "/l/access.1")
    assert not fits(shape, "/l/access.1795300000")
    assert ring("/l/access", "/l/error.2") is None


@pytest.mark.parametrize(
    ("now", "one", "other"),
    [
        ("/l/access.1795300000", "/l/access.1795300300", "/k/access.1795300300"),
        ("/l/app-3-20261122.log", "/l/app-3-20261121.log", "/l/app-4-20261121.log"),
        ("/l/x-11.10.2026.log", "/l/x-12.11.2026.log", "/l/y-12.11.2026.log"),
        ("/l/2026/11/22/a.log", "/l/2026/11/23/a.log", "/l/2026/11/23/b.log"),
    ],
)
def test_of_one_name_only_a_date_may_be_another(now, one, other):
    shape = like_one("/l/current", now, dated=True)
    assert fits(shape, one)
    assert not fits(shape, other)


def test_without_a_date_it_is_the_only_one():
    assert not fits(like_one("/l/current", "/l/worker-3.log", dated=True), "/l/worker-4.log")
