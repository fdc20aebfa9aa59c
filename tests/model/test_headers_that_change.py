"""Any program of headers, lines, rotations, steps that are refused, reloads and kills: each line has its own header's names."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.support.teaching import Iis, Reader

ACTIONS = ["header", "header", "log", "log", "many", "step", "step", "refuse", "crash", "reload", "rotate"]


@given(
    actions=st.lists(st.sampled_from(ACTIONS), max_size=30),
    block_size=st.sampled_from([64, 200, 4096]),
    part=st.sampled_from([16, 1 << 20]),
)
def test_a_line_has_the_names_of_the_last_header_before_it(actions, block_size, part):
    with tempfile.TemporaryDirectory() as folder:
        iis = Iis(Path(folder) / "u_ex.log")
        iis.header()
        agent = Reader(iis.path, block_size=block_size, part=part)
        agent.step()
        do = {
            "header": iis.header,
            "log": lambda: iis.log(2),
            "many": lambda: iis.log(60),
            "step": agent.step,
            "refuse": agent.refuse,
            "crash": agent.crash,
            "reload": agent.reload,
            "rotate": iis.rotate,
        }
        for action in actions:
            do[action]()
        agent.crash().settle()
        agent.tail.close()
        assert agent.named() == iis.expected
