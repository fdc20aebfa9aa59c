"""A process that commits numbered batches until it is killed: `python -m tests.support.committer STATE_DIR`.

Number n is committed with a checkpoint at offset n+1 and a tally of one line; one line is printed after
each step. Now and then it takes and acknowledges, splits, or flushes, as an agent does.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from pathlib import Path

from logsource.clock import SystemClock
from logsource.model import Checkpoint, DeadLetter, Tally
from logsource.store.disk import DiskStore
from tests.support.bodies import batch, event

FILE_ID = "f" * 32


def main(state: Path, seed: int) -> None:
    choose = random.Random(seed)
    store = DiskStore.open(state, capacity=2**30, sync="normal", clock=SystemClock())
    points = store.checkpoints()
    number = points[0].offset if points else 0
    while True:
        count = choose.randrange(1, 5)
        numbers = range(number, number + count)
        store.commit(
            batches=[batch(*numbers[: count // 2])] * (count > 1)
            + [batch(*numbers[count // 2 :], padding=3000)],
            checkpoints=[Checkpoint(file_id=FILE_ID, source="web", offset=number + count, state={"v": 1})],
            tallies={"web": Tally(read=count, events=Counter(s=count))},
        )
        number += count
        action = choose.randrange(6)
        taken = store.take() if action < 4 else None
        if action == 0 and taken is not None:
            print("delivered", *_numbers(taken.body), flush=True)
            store.acknowledge(taken)
        elif action == 1 and taken is not None and taken.events > 1:
            first, *others = _numbers(taken.body)
            letter = DeadLetter(event=event(first), reason="rejected_400", detail="", at_ms=1)
            store.replace(taken, [batch(*others)], [letter])
        elif taken is not None:
            store.release(taken)
        elif action == 5:
            store.flush()
        print("committed", number, flush=True)


def _numbers(body: bytes) -> list[int]:
    import orjson

    return [int(one["eid"]) for one in orjson.loads(body)["data"]]


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
