"""Which logs are concerned by a new name in their directory."""

from __future__ import annotations

import pytest

from logsource.tail.arrivals import Arrivals
from logsource.tail.find import Directories


@pytest.fixture
def look(tmp_path):
    directories = Directories()

    def _look():
        directories.refresh()
        return directories.list(str(tmp_path))

    return _look


@pytest.fixture
def arrivals(tmp_path, look):
    arrivals = Arrivals()
    (tmp_path / "app.log.1").touch()
    arrivals.note(look())
    for name in ("app.log", "app-2.log", "other.log", "plain"):
        arrivals.add(f"{tmp_path}/{name}")
    arrivals.concerned()
    return arrivals


@pytest.mark.parametrize(
    ("name", "concerned"),
    [
        ("app.log.2.gz", {"app.log"}),
        ("app.2.log", {"app.log"}),
        ("app-2.log.1", {"app.log", "app-2.log"}),  # `app-2.log` may be a generation of `app.log`
        ("plain.1", {"plain"}),
        ("plain", {"plain"}),
        ("ap.log", set()),
        ("new.log", set()),
    ],
)
def test_a_new_name_concerns_the_logs_that_it_begins_like(tmp_path, arrivals, look, name, concerned):
    (tmp_path / name).touch()
    arrivals.note(look())
    assert arrivals.concerned() == {f"{tmp_path}/{one}" for one in concerned}
    assert arrivals.concerned() == set(), "it is not new any more"


def test_a_name_that_went_and_came_again_is_new(tmp_path, arrivals, look):
    old = tmp_path / "app.log.1"
    old.rename(tmp_path.parent / "elsewhere")
    arrivals.note(look())
    assert arrivals.concerned() == set()
    (tmp_path.parent / "elsewhere").rename(old)
    arrivals.note(look())
    assert arrivals.concerned() == {f"{tmp_path}/app.log"}


def test_a_name_that_leads_to_another_file_is_new(tmp_path, arrivals, look):
    (tmp_path / "next").touch()
    arrivals.note(look())
    arrivals.concerned()
    (tmp_path / "next").rename(tmp_path / "app.log.1")
    arrivals.note(look())
    assert arrivals.concerned() == {f"{tmp_path}/app.log"}


def test_everything_is_new_in_a_directory_that_could_not_be_listed(tmp_path, arrivals, look):
    arrivals.note(None)
    arrivals.note(look())
    assert arrivals.concerned() == {f"{tmp_path}/app.log"}


def test_what_is_not_waited_for_any_more_is_not_concerned(tmp_path, arrivals, look):
    assert not arrivals.discard(f"{tmp_path}/app.log")
    (tmp_path / "app.log.3").touch()
    arrivals.note(look())
    assert arrivals.concerned() == set()
    assert not arrivals.discard(f"{tmp_path}/app-2.log")
    assert not arrivals.discard(f"{tmp_path}/other.log")
    assert arrivals.discard(f"{tmp_path}/plain"), "that was the last one"
