"""The installed agent and a job that says the same every night, however it writes its log; kill -9 between the nights."""

import itertools

from tests.support.agent import AgentProcess, source, write_config
from tests.support.sink import Sink

SAID = ["backup started", "backup ok"]


def deleted(log):
    log.unlink()
    in_place(log)


def replaced(log):
    fresh = log.with_name("fresh")
    in_place(fresh)
    fresh.rename(log)


def in_place(log):
    log.write_text("".join(f"{line}\n" for line in SAID))


def read_again(sink, nights):
    sink.wait_for(lambda: len({event["eid"] for event in sink.events()}) >= len(SAID) * nights)


def test_every_night_is_delivered_once(tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    log = folder / "job.log"
    in_place(log)
    nights = itertools.count(1)
    with Sink() as sink:
        config = write_config(tmp_path, sink.url, source(log))
        for ways in ([deleted, in_place], [replaced, in_place]):
            with AgentProcess(config) as agent:
                read_again(sink, night := next(nights))
                for way in ways:
                    agent.still_runs_after(1.2)  # it was read, and is at rest: its bell is in place
                    way(log)
                    read_again(sink, night := next(nights))
                agent.still_runs_after(1.2)
                agent.kill()
            replaced(log)
        with AgentProcess(config) as agent:
            read_again(sink, night := next(nights))
            log.touch()
            agent.still_runs_after(1.2)
            assert agent.metric("logsource_accounting_imbalance") == 0
            assert agent.stop() == 0
    ids = [event["eid"] for event in sink.events()]
    assert len(set(ids)) == len(SAID) * night
