"""More logs than descriptors: which one is closed for another."""

from __future__ import annotations

import pytest

from tests.support.tailing import Tailing, descriptors, numbered, source, write

MOST = 3


@pytest.fixture
def follow(opened):
    def _follow(*paths, **options):
        opened.append(Tailing(source(*paths), max_open=MOST, **options))
        return opened[-1]

    return _follow


@pytest.fixture
def logs(tmp_path):
    return {name: tmp_path / f"{name}.log" for name in "abcdef"}


def held(logs):
    return {name for name, log in logs.items() if log.exists() and descriptors(log)}


def test_the_one_that_was_read_longest_ago_is_closed(tmp_path, logs, follow):
    tailing = follow(tmp_path / "*.log")
    for name in "abcbad":
        write(logs[name], [name])
        tailing.step()
    assert held(logs) == {"a", "b", "d"}
    write(logs["e"], ["e"])
    tailing.step()
    assert held(logs) == {"a", "d", "e"}
    write(logs["c"], ["c"])
    tailing.step()
    assert held(logs) == {"d", "e", "c"}
    assert "".join(tailing.texts()) == "abcbadec"


def test_a_descriptor_with_unread_bytes_is_kept_while_another_has_none(tmp_path, logs, follow):
    tailing = follow(tmp_path / "*.log")
    for name in "abc":
        write(logs[name], [name])
        tailing.step()
    tailing.paused = True
    write(logs["a"], ["a is the oldest, and has something to say"])
    tailing.step()
    write(logs["d"], ["d"])
    tailing.step()
    assert "a" in held(logs)
    assert "b" not in held(logs)
    assert len(held(logs)) == MOST
    logs["a"].unlink()
    for name in "ef":
        write(logs[name], [name])
        tailing.step()
    tailing.paused = False
    tailing.step(3)
    assert sorted(tailing.texts()) == ["a", "a is the oldest, and has something to say", *"bcdef"]
    assert not tailing.abandoned()


def test_a_file_without_a_name_is_never_closed_before_its_end_is_proven(tmp_path, logs, follow):
    tailing = follow(tmp_path / "*.log")
    with logs["a"].open("ab", buffering=0) as file:
        file.write(b"a\n")
        tailing.step()
        logs["a"].unlink()
        tailing.step()
        for name in "bcdef":
            write(logs[name], [name])
            tailing.step()
        file.write(b"a again\n")
        tailing.step(2)
    assert sorted(tailing.texts()) == ["a", "a again", "b", "c", "d", "e", "f"]
    assert len(held(logs)) == MOST - 1
    tailing.step(120)
    write(logs["b"], ["b"])
    write(logs["c"], ["c"])
    tailing.step(2)
    assert len(held(logs)) == MOST, "its descriptor was given back"


def test_all_have_unread_bytes_and_all_are_read(tmp_path, follow):
    names = [f"{number:02d}" for number in range(30)]
    tailing = follow(tmp_path / "*")
    for turn in range(5):
        for name in names:
            write(tmp_path / name, numbered(turn * 1000, 1000, name))
        tailing.step(3)
        assert sum(len(descriptors(tmp_path / name)) for name in names) <= MOST
    for name in names:
        assert tailing.texts(str(tmp_path / name)) == numbered(0, 5000, name)
