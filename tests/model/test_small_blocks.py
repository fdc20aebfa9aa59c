"""Invariant: fast path ≡ slow path for small blocks of tampered lines of every pack, with filters and kinds of events.

The sizes are those around which the column engine changes its way. A long form: `python -m tests.model.test_small_blocks
SECONDS` (it prints what differs, with the seed that repeats it).
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from urllib.parse import unquote

import orjson
import pytest
from pydantic import ValidationError

from logsource.errors import LogsourceError
from logsource.parse.packs import PackIndex
from tests.support.anyconfig import OWN, OWN_LINES, packs, samples_of
from tests.support.anysource import any_source
from tests.support.collecting import NOW_MS
from tests.support.hostile import block
from tests.support.rendering import chunk_of, renderer

BLOCKS = 8
"""Of each configuration of a pack."""
LATER = 1_798_000_000_000
"""Samples of packs are of times before; the times of many would be those of the future at NOW_MS."""
PACKS = {pack.name: pack for pack in PackIndex().all()}


def difference(pack: str, seed: int, blocks: int = BLOCKS) -> str | None:
    """What the two ways make differently of some blocks; None when the configuration that was drawn is none."""
    chance = random.Random(f"{pack} {seed}")
    source = any_source(PACKS[pack], chance) if seed % 3 else {}
    try:
        fast, slow = (renderer(pack, columns=columns, **source) for columns in (True, False))
    except (LogsourceError, ValidationError):
        return None
    for number in range(blocks):
        ending = chance.choice((b"", b"", b"\r"))
        lines = [line + ending for line in block(samples_of(pack), chance)]
        now_ms = chance.choice((LATER, LATER, NOW_MS))
        chunk = chunk_of(lines, start=chance.choice((0, 77, 2**40)), now_ms=now_ms)
        made, wanted = fast.render(chunk), slow.render(chunk)
        where = f"{pack} {seed} block {number} {source} {lines}"[:3000]
        if fast.fell_back:
            return f"the column engine failed: {where}"
        if made != wanted:
            return f"differs: {where}"
        if made.tally.imbalance or made.tally.read != len(lines):
            return f"lines are not accounted for: {where}"
        for event in orjson.loads(b"[" + made.events + b"]"):
            for text in (event.get("ue_pr"), event.get("co")):
                orjson.loads(text or "{}")
    return ""


@pytest.mark.parametrize("pack", packs())
def test_tampered_lines_in_small_blocks(pack):
    found = [difference(pack, seed) for seed in (0, 1, 2)]
    assert "" in found  # one without filters at least
    assert not any(found)


@pytest.mark.parametrize("name", sorted(OWN))
def test_tampered_lines_of_parsers_of_ones_own(name):
    fast, slow = (renderer(name, columns=columns, parsers=OWN) for columns in (True, False))
    for seed in range(15):
        chunk = chunk_of(block(OWN_LINES, random.Random(seed)))
        made = fast.render(chunk)
        assert made == slow.render(chunk), f"{name} {seed}"
        assert made.tally.imbalance == 0
    assert fast.fell_back == 0


@pytest.mark.parametrize("text", ["%C3%BC", "%E2%82%AC"])
def test_what_is_decoded_is_not_ascii_although_its_line_is(text):
    """Beside a line beyond ASCII, which is rendered apart, the others were written as if they held nothing beyond it."""
    usual = (
        '198.51.100.7 - - [22/Nov/2026:04:09:21 +0000] "GET /r?u=https%3A%2F%2Fwww.example.com%2F'
        f'{text}&cid=7 HTTP/1.1" 302 694 "-" "curl/8"'
    )
    lines = [usual] * 20
    lines[7] = usual.replace("curl", "ö")
    fast, slow = (renderer("click_redirect", columns=columns) for columns in (True, False))
    made = fast.render(chunk_of(lines, now_ms=LATER))
    assert made == slow.render(chunk_of(lines, now_ms=LATER))
    assert fast.fell_back == 0
    assert unquote(text) in made.events.decode()


@pytest.mark.parametrize("size", [1, 2, 3, 8, 9])
@pytest.mark.parametrize("value", ["1,2", "0,0", ",", ",,", "1,,2"])
def test_a_comma_in_a_number_is_no_number(size, value):
    """Columns of numbers are looked at with commas between them; a comma of their own went through as it was."""
    lines = [f"n={value}" if row == size // 2 else "n=7" for row in range(size)]
    parsers = {"numbers": {"regex": r"n=(?P<n>.*)", "types": {"n": "integer"}}}
    fast, slow = (renderer("numbers", columns=columns, parsers=parsers) for columns in (True, False))
    made = fast.render(chunk_of(lines))
    assert made == slow.render(chunk_of(lines))
    records = [orjson.loads(event["ue_pr"]) for event in orjson.loads(b"[" + made.events + b"]")]
    assert len(records) == size


def main(seconds: float) -> None:
    """Look for differences as long as that."""
    until, seed, results = time.monotonic() + seconds, 1000, Counter[str]()
    while time.monotonic() < until:
        seed += 1
        found = difference(random.Random(seed).choice(packs()), seed, blocks=40)
        results["no configuration" if found is None else "different" if found else "equal"] += 1
        if found:
            print(found)
    print(dict(results))


if __name__ == "__main__":
    main(float(sys.argv[1]))
