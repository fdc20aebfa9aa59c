"""Names that rotation gives, and their order in time."""

from __future__ import annotations

import pytest

from logsource.tail.identity import Locator
from logsource.tail.siblings import Sibling, family_of, generation, in_order


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("app.log", "app.log"),
        ("app.log.1", "app.log"),
        ("app.log.12.gz", "app.log"),
        ("app.log.gz", "app.log"),
        ("app.log-20260102", "app.log"),
        ("app.log-20260102.zst", "app.log"),
        ("app.log-20260102-1700000000", "app.log"),
        ("app.log.2026-01-02_03", "app.log"),
        ("app.log.old", "app.log"),
        ("syslog.1", "syslog"),
        ("app-2026-01-02.log", "app-2026-01-02.log"),
        ("catalina.out", "catalina.out"),
        ("app.json", "app.json"),
    ],
)
def test_family(name, family):
    assert family_of(f"/var/log/{name}") == f"/var/log/{family}"


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("app.log.1", ".1"),
        ("app.log-20260102.gz", "-20260102.gz"),
        ("app-20260102.log", "-20260102"),
        ("app-2026-01-02.log.gz", "-2026-01-02.gz"),
        ("app.1.log", ".1"),
        ("app.log", None),
        ("app.log.tmp", ".tmp"),
        ("app.log.1.gz.tmp", None),
        ("apple.log.1", None),
        ("app-debug.log", None),
        ("myapp.log.1", None),
    ],
)
def test_generation(name, suffix):
    assert generation("/var/log/app.log", name) == suffix


@pytest.mark.parametrize(
    "oldest_first",
    [
        [".10.gz", ".9.gz", ".2", ".1"],
        ["-20251231.gz", "-20260101.gz", "-20260102"],
        [".2026-01-01", ".2026-01-02"],
    ],
)
def test_order_by_name(oldest_first):
    # All written at the same tick, as far as the file system can tell.
    pairs = [(suffix, Sibling(suffix, Locator(1, n), 0, 5)) for n, suffix in enumerate(sorted(oldest_first))]
    assert [suffix for suffix, _ in in_order(pairs)] == oldest_first


def test_order_of_mixed_names_is_by_time():
    pairs = [
        (name, Sibling(name, Locator(1, mtime), 0, mtime))
        for name, mtime in [(".1", 3), ("-20260101", 1), (".old", 2)]
    ]
    assert [suffix for suffix, _ in in_order(pairs)] == ["-20260101", ".old", ".1"]
