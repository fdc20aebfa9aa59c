"""`run --once` where the outbox has no room and nobody will make any: it ends, and says that not all was read."""

from __future__ import annotations

import gzip
import random

import pytest

from logsource.agent.agent import Agent
from logsource.config.load import load_config
from logsource.parse.resolve import known_parsers
from tests.support.agent import source, write_config
from tests.support.sink import Answer, Sink


@pytest.fixture
def log(tmp_path):
    """Three megabytes that do not compress well."""
    path = tmp_path / "web.log"
    chance = random.Random(5)
    path.write_text("".join(f"{number} {chance.randbytes(400).hex()}\n" for number in range(4000)))
    return path


def agent(directory, sink, *, once=True, **keys):
    config = write_config(
        directory,
        sink.url,
        source(directory / "web.log", **keys),
        outbox={"max_size": "64KiB"},
        drain_timeout="200ms",
    )
    return Agent(load_config(config, env={}, known_parsers=known_parsers), once=once)


def test_the_collector_refuses_everything(tmp_path, log):
    with Sink(lambda request: Answer(404)) as sink:
        result = agent(tmp_path, sink).run()
    assert not result.complete
    assert result.sent == 0
    assert 0 < result.outbox == result.totals.read < 4000


def test_the_dead_letters_are_too_many(tmp_path, log):
    with Sink() as sink:
        result = agent(tmp_path, sink, parser="nginx_access", unmatched="dead_letter").run()
        assert not result.complete
        assert 0 < result.dead < 4000
        assert result.dead == result.totals.rejected.total() == result.totals.read
        again = agent(tmp_path, sink, parser="nginx_access", unmatched="dead_letter").run()
    assert not again.complete, "the dead letters of the run before are in the way"
    assert again.totals.read == 0


def test_room_that_comes_late_is_used(tmp_path, log):
    with Sink() as sink:
        result = agent(tmp_path, sink).run()
    assert result.complete
    assert result.sent == 4000


def test_an_archive_that_breaks_off_is_not_all_there_was(tmp_path, caplog):
    whole = gzip.compress("".join(f"line {number}\n" for number in range(4000)).encode())
    (tmp_path / "web.log").write_bytes(whole[: len(whole) // 2])
    with Sink() as sink:
        result = agent(tmp_path, sink).run()
        assert not result.complete
        assert result.unreadable == 1
        assert 0 < result.sent < 4000
        assert "event=broken_off" in caplog.text
        assert str(tmp_path / "web.log") in caplog.text
        (tmp_path / "web.log").write_bytes(whole)
        again = agent(tmp_path, sink).run()
    assert again.complete
    assert result.sent + again.sent == 4000


@pytest.fixture
def packed(tmp_path):
    """A log that an agent has read, written to and packed since."""
    path = tmp_path / "web.log"
    path.write_text("".join(f"line {number}\n" for number in range(100)))
    with Sink() as sink:
        assert agent(tmp_path, sink, paths=[f"{path}*"]).run().complete
    with path.open("a") as log:
        log.write("".join(f"line {number}\n" for number in range(100, 300)))
    whole = gzip.compress(path.read_bytes())
    path.unlink()
    return whole


@pytest.mark.parametrize("log_goes_on", [True, False], ids=["the log goes on", "there is no log"])
@pytest.mark.parametrize("size", [0, 10, 18, 60, 400], ids="{} bytes".format)
def test_an_archive_of_a_known_log_of_which_the_end_is_missing_is_named(
    tmp_path, packed, caplog, size, log_goes_on
):
    if log_goes_on:
        (tmp_path / "web.log").write_text("new\n")
    archive = tmp_path / "web.log.1.gz"
    archive.write_bytes(packed[:size])
    with Sink() as sink:
        result = agent(tmp_path, sink, paths=[f"{tmp_path}/web.log*"]).run()
    assert (result.complete, result.unreadable) == (False, 1)
    (line,) = [line for line in caplog.text.splitlines() if "event=broken_off" in line]
    assert str(archive) in line


def test_an_archive_of_which_the_original_is_still_there_is_not_waited_for(tmp_path, packed):
    (tmp_path / "web.log.1").write_bytes(gzip.decompress(packed))
    (tmp_path / "web.log").write_text("new\n")
    (tmp_path / "web.log.1.gz").write_bytes(packed[:10])  # gzip was killed
    with Sink() as sink:
        result = agent(tmp_path, sink, paths=[f"{tmp_path}/web.log*"]).run()
    assert result.complete
    assert result.sent == 201


def test_an_archive_without_a_byte_is_none(tmp_path, caplog):
    (tmp_path / "web.log").write_text("line\n")
    (tmp_path / "old.log.gz").touch()
    with Sink() as sink:
        result = agent(tmp_path, sink, paths=[f"{tmp_path}/*.log*"]).run()
    assert (result.complete, result.unreadable, result.sent) == (False, 1, 1)
    assert f"event=broken_off source=web path={tmp_path / 'old.log.gz'}" in caplog.text
