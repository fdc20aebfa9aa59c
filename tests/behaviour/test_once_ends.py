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
