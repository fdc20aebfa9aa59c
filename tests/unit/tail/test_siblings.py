"""Names that rotation gives, and their order in time."""

from __future__ import annotations

import errno
import os

import pytest

from logsource.tail.find import Directories
from logsource.tail.identity import Locator
from logsource.tail.siblings import Sibling, family_of, generation, in_order, logs_before_extension, siblings


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
    ("name", "suffix"),
    [
        ("messages.1.log", ".1"),
        ("messages-20260102.log.gz", "-20260102.gz"),
        ("messages.log", None),
        ("messages.1.sock", None),
        ("messages-debug.log", None),
    ],
)
def test_generation_with_an_extension_that_was_added(name, suffix):
    assert generation("/var/log/messages", name) == suffix


@pytest.mark.parametrize(
    ("name", "logs"),
    [
        ("app.1.log.gz", ["app", "app.log"]),
        ("app.out.1.log", ["app.out", "app.out.log"]),
        ("app.log", []),
        ("app.log.1", []),
        ("app-debug.log", []),
    ],
)
def test_logs_before_extension(name, logs):
    assert sorted(logs_before_extension(f"/l/{name}")) == [f"/l/{log}" for log in logs]


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


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_where_a_link_leads_when_its_server_has_no_answer_is_not_nowhere(tmp_path, monkeypatch, failing):
    """Whoever asks is told to ask again, or told of everything."""
    pod, link = tmp_path / "pod", tmp_path / "web.log"
    pod.mkdir()
    (tmp_path / "middle").symlink_to(pod / "0.log")
    link.symlink_to("middle")
    for name in ("0.log", "0.log.20260102-030400"):
        (pod / name).touch()
    lstat, asked, moved = os.lstat, [], []

    def fails(path, **options):
        asked.append(path)
        if len(asked) == failing:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), path)
        return lstat(path, **options)

    with monkeypatch.context() as patched:
        patched.setattr(os, "lstat", fails)
        found = siblings(str(link), [], Directories(), lambda: moved.append(True))
    assert len(asked) >= failing
    assert moved or [one.path for one in found] == [str(pod / "0.log.20260102-030400")]
