"""IIS is started again with other fields, and the agent is killed behind that: its columns keep their names."""

from __future__ import annotations

import orjson
import pytest

from tests.support.agent import AgentProcess, run_once, source, write_config
from tests.support.sink import Sink
from tests.support.teaching import Iis

pytestmark = pytest.mark.system


def names_and_numbers(sink: Sink) -> list[tuple[str, str, str]]:
    """Of each event, in the order of its line: the names of its columns, and its number."""
    fields = [orjson.loads(event["ue_pr"])["data"]["data"]["fields"] for event in sink.events()]
    found = [(*fields_of, list(fields_of.values())[1]) for fields_of in fields]
    return sorted(found, key=lambda one: int(one[2]))


def expected(iis: Iis) -> list[tuple[str, str, str]]:
    return [(f"name{header}", f"number{header}", number) for header, number in iis.expected]


def test_killed_behind_a_header_in_the_middle_of_a_file(tmp_path):
    iis = Iis(tmp_path / "u_ex.log")
    iis.header()
    iis.log(50)
    with Sink() as sink:

        def all_came() -> bool:
            return len(set(names_and_numbers(sink))) == len(iis.expected)

        two = {"workers": 2}
        config = write_config(
            tmp_path, sink.url, source(iis.path, parser="sheet", start_at="beginning"), agent=two
        )
        config.write_text(config.read_text() + "parsers: {sheet: {csv: {w3c: true}}}\n")
        with AgentProcess(config) as agent:
            sink.wait_for(all_came)
            iis.header()
            iis.log(5)
            sink.wait_for(all_came)
            agent.kill()
        iis.log(5)
        assert run_once(config).process.returncode == 0
        iis.log(1)
        assert run_once(config).process.returncode == 0
        found = names_and_numbers(sink)
    assert sorted(set(found), key=lambda one: int(one[2])) == expected(iis)
