"""Records and lines that are longer than they may be: each part says that it is one, each cut is counted, nothing is lost.

The same whatever was there when the file was read, and whenever the agent was killed: every case is told of a file that is
there at once, of one that grows line by line, and of one that grows while the agent is killed behind each line.
"""

from __future__ import annotations

import pytest

from tests.support.tailing import source, write
from tests.support.toolong import BODY, CASES, KEEP, configured, end_of, told


@pytest.mark.parametrize("name", CASES)
def test_every_part_of_what_was_cut_says_so(log, follow, name):
    case = CASES[name]
    write(log, case.lines, end=end_of(case))
    tailing = follow(source=configured(case)).step(3)
    tailing.step(2, seconds=KEEP + 1)
    assert told(tailing) == case.records
    assert tailing.cuts() == case.cuts


@pytest.mark.parametrize("killed", [False, True], ids=["running", "killed"])
@pytest.mark.parametrize("name", CASES)
def test_the_same_line_by_line(log, follow, name, killed):
    """An agent that was killed knows nothing but the row of the file: the flag of the second part is in it."""
    case = CASES[name]
    write(log, case.lines, end=end_of(case))
    at_once = follow(log, source=configured(case)).step(3).step(2, seconds=KEEP + 1)
    path = log.with_name("grows.log")
    path.touch()
    tailing = follow(path, source=configured(case))
    for one in case.lines:
        write(path, [one], end=end_of(case))
        tailing.step(seconds=0.1)
        if killed:
            tailing.crash()
    tailing.step(3, seconds=0.1).step(2, seconds=KEEP + 1)
    assert told(tailing) == case.records
    assert [one.id[2] for one in tailing.got] == [one.id[2] for one in at_once.got]
    assert tailing.abandoned() == at_once.abandoned()
    assert tailing.cuts() == case.cuts


@pytest.mark.parametrize("name", CASES)
def test_the_same_once(log, follow, name):
    case = CASES[name]
    write(log, case.lines, end=end_of(case))
    tailing = follow(source=configured(case), once=True).step()
    assert told(tailing) == case.records
    assert tailing.cuts() == case.cuts


OTHER_RULES = {
    "plain": None,
    "start": {"start": "^A"},
    "end": {"end": ";$"},
    "count": {"count": 3},
    "json": {"json": True},
    "indent": {"preset": "indent"},
    "java": {"preset": "java"},
}


@pytest.mark.parametrize("after", OTHER_RULES)
@pytest.mark.parametrize("before", [name for name, rule in OTHER_RULES.items() if rule])
def test_another_rule_after_a_restart_loses_nothing(log, follow, before, after):
    """What the row says of a record that was cut means nothing to another rule."""
    lines = ["{", *BODY[:4], "A", "{", " 1", "}", "end"]
    rules = {name: None if rule is None else {**rule, "max_lines": 2} for name, rule in OTHER_RULES.items()}
    tailing = follow(source={"multiline": rules[before]})
    write(log, lines[:4])
    tailing.step(seconds=0.1)
    tailing.configs = (source(log, multiline=rules[after]),)
    tailing.crash()
    write(log, lines[4:])
    tailing.step(3)
    assert "\n".join(tailing.texts()).split("\n") == lines
    assert len({one.id for one in tailing.got}) == len(tailing.got)
