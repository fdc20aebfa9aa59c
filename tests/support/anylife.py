"""An agent that is stepped by hand through a life of trouble: crashes at any point, moody answers, a reload.

The clock is the test's; files, the outbox and HTTP are real. What must come out is said by a second agent with the same
configuration, which finds the same logs complete, is never disturbed, and has a collector that takes everything.
"""

from __future__ import annotations

import base64
import re
import time
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson
import yaml

from logsource.agent.agent import Agent
from logsource.config.load import load_config
from logsource.parse.resolve import known_parsers
from logsource.pipeline import Progress
from tests.support.anyconfig import any_config, any_content
from tests.support.clocks import ManualClock
from tests.support.sink import OK, Answer, Sink

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from logsource.model import Batch
    from tests.support.sink import SinkRequest

_FILE_ID = re.compile(rb'"file_id":"[0-9a-f]{32}"')
MOODS = ("ok",) * 8 + ("503", "429", "404", "302", "reset", "lost answer")
"""`lost answer`: the events are taken, and the agent does not learn of it."""


class Crash(BaseException):
    """The process ends here."""


def decoded(event: dict[str, str]) -> dict[str, str]:
    """The same event without base64."""
    for packed, plain in (("ue_px", "ue_pr"), ("cx", "co")):
        if packed in event:
            event[plain] = base64.urlsafe_b64decode(event.pop(packed)).decode()
    return event


def place(event: dict[str, str]) -> tuple[str, str, int]:
    """Source, path and offset: what an event's id stands for."""
    entities = orjson.loads(event["co"])["data"]
    origin = next(one["data"] for one in entities if "/log_source/" in one["schema"])
    return origin["source"], origin["path"], origin["offset"]


def content(event: dict[str, str]) -> bytes:
    """An event without what may differ between two agents: ids, and the time of reading."""
    rest = {key: value for key, value in event.items() if key not in ("eid", "stm")}
    if "ttm" not in rest:
        del rest["dtm"]
    return _FILE_ID.sub(
        b'"file_id":""', orjson.dumps(rest, option=orjson.OPT_SORT_KEYS).replace(b'\\"', b'"')
    )


class Judge:
    """A collector's memory: what came, what was taken, and the moods it is in until it is `calm`."""

    def __init__(self, chance: Random, *, largest: int) -> None:
        """Answers 413 to bodies over `largest` bytes."""
        self.calm = False
        self.taken: dict[str, bytes] = {}
        """Event id → content of the events that were answered with 200."""
        self.events: dict[str, dict[str, str]] = {}
        """Event id → the event as it came, of all that came."""
        self.places: dict[str, tuple[str, str, int]] = {}
        self.changed: list[str] = []
        """Ids that came with two contents."""
        self.answers: Counter[str] = Counter()
        self._chance = chance
        self._largest = largest

    def answer(self, request: SinkRequest) -> Answer:
        events = [decoded(event) for event in request.events()]
        contents = {event["eid"]: content(event) for event in events}
        for event in events:
            eid = event["eid"]
            if eid in self.events and content(self.events[eid]) != contents[eid]:
                self.changed.append(eid)
            self.events.setdefault(eid, event)
            self.places[eid] = place(event)
        mood = "ok" if self.calm else self._chance.choice(MOODS)
        if self.refuses(contents.values()):
            mood = "400"
        elif max(len(request.body), len(request.target)) > self._largest:
            mood = "413"
        self.answers[mood] += 1
        if mood in ("ok", "lost answer"):
            self.taken |= contents
        if mood in ("reset", "lost answer"):
            return Answer(reset=True)
        return (
            OK
            if mood == "ok"
            else Answer(int(mood), b"not now", {"Retry-After": "1"} if mood == "429" else {})
        )

    def refuses(self, contents: Any) -> bool:
        """Whether one of these is a culprit: always the same ones, but few of many."""
        return any(zlib.crc32(one) % 97 == 0 for one in contents)


class _Doomed:
    """A store or an output that crashes the process before or after one of its calls."""

    def __init__(self, real: Any, fuse: Fuse) -> None:
        self._real = real
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def commit(self, **parts: Any) -> None:
        self._fuse.burn()
        self._real.commit(**parts)
        self._fuse.burn()

    def send(self, batch: Batch) -> Any:
        self._fuse.burn()
        delivery = self._real.send(batch)
        self._fuse.burn()
        return delivery


class Fuse:
    """Crashes at the n-th point that is passed."""

    def __init__(self, length: int | None) -> None:
        self.left = length

    def burn(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Crash


class Life:
    """Runs of one agent over one state directory."""

    def __init__(self, path: Path, url: str, *, overrides: dict[str, Any] | None = None) -> None:
        document = yaml.safe_load(path.read_text())
        document["collector"]["url"] = url
        for key, value in (overrides or {}).items():
            document["agent"][key] = value
        self._path = path.with_suffix(f".{len(url)}{url[-5:].replace(':', '')}.yaml")
        self._path.write_text(yaml.safe_dump(document))
        self.clock = ManualClock(time.time_ns() // 1_000_000)  # files have the real time

    def config(self, **collector: Any) -> Any:
        """The configuration, with other limits perhaps."""
        if collector:
            document = yaml.safe_load(self._path.read_text())
            document["collector"] |= collector
            self._path.write_text(yaml.safe_dump(document))
        return load_config(self._path, env={}, known_parsers=known_parsers)

    def run(
        self, *, once: bool, steps: int, fuse: int | None = None, during: Any = lambda agent: None
    ) -> Outcome:
        """Start, step so often (or until all is delivered), and stop in order, or crash when the fuse has burnt."""
        agent = Agent(self.config(), once=once, clock=self.clock)
        burning = Fuse(fuse)
        agent._pipeline._store = _Doomed(agent._store, burning)
        agent._emitter.use(_Doomed(agent._output, burning), agent._config.collector.retry)
        agent._stage.start()
        try:
            done = self._steps(agent, steps, during)
        except Crash:
            self._crash(agent)
            return Outcome(done=False)
        burning.left = None
        agent._emitter.release_held()
        outcome = Outcome(
            done=done,
            tallies=agent._store.tallies(),
            dead=[(one.reason, decoded(orjson.loads(one.event))) for one in agent._store.dead_letters()],
            outbox=agent._store.stats().events,
            fell_back=sum(one.fell_back for one in getattr(agent._stage, "_renderers", {}).values()),
        )  # fmt: skip
        agent.close()
        return outcome

    def _steps(self, agent: Agent, steps: int, during: Any) -> bool:
        for _ in range(steps):
            during(agent)
            progress = agent._pipeline.step()
            for _ in range(40):
                if not agent._emitter.step():
                    break
            if progress is Progress.IDLE and agent._tail.at_end() and agent._emitter.drained:
                return True
            if progress is not Progress.COMMITTED:
                self.clock.advance(max(0.05, min(agent._tail.wait_hint(), agent._emitter.wait_hint(), 1.0)))
        return False

    def _crash(self, agent: Agent) -> None:
        """kill -9: nothing is flushed."""
        agent._stage.close()
        agent._tail.close()
        agent._output.close()
        agent._store._rows._connection.close()
        agent._store._lock.release()


class Outcome:
    """What a run left behind."""

    def __init__(
        self, *, done: bool, tallies: Any = None, dead: Any = (), outbox: int = 0, fell_back: int = 0
    ) -> None:
        self.done = done
        self.tallies = tallies or {}
        self.dead = list(dead)
        self.outbox = outbox
        self.fell_back = fell_back


def live(directory: Path, chance: Random, *, workers: float = 0.0) -> tuple[Outcome, Judge, Outcome, Judge]:
    """One life and its reference. Raises ConfigError when the configuration that was drawn is none."""
    path = directory / "logsource.yaml"
    document = any_config(directory, "http://127.0.0.1:1", chance, workers=workers)
    path.write_text(yaml.safe_dump(document))
    load_config(path, env={}, known_parsers=known_parsers)
    moody = Judge(chance, largest=chance.choice((10**7, 10**7, 60_000, 3000)))
    calm = Judge(chance, largest=10**7)
    calm.calm = True
    calm.refuses = lambda contents: False  # type: ignore[method-assign]
    logs = [
        (directory / source["name"] / f"{number}.log", any_content(source, chance))
        for source in document["sources"]
        for number in range(chance.choice((1, 1, 2)))
    ]
    for file, _ in logs:
        file.parent.mkdir(exist_ok=True)
    with Sink(moody.answer, record=False) as sink:
        life = Life(path, sink.url)
        result = _troubled(life, logs, moody, chance)
    with Sink(calm.answer, record=False) as sink:
        twin = Life(path, sink.url, overrides={"state_dir": str(directory / "twin"), "workers": 1})
        wanted = twin.run(once=True, steps=3000)
    return result, moody, wanted, calm


def _troubled(life: Life, logs: list[tuple[Path, list[bytes]]], judge: Judge, chance: Random) -> Outcome:
    pieces = [(file, piece) for file, parts in logs for piece in parts]
    chance.shuffle(pieces)
    left: dict[Path, list[bytes]] = {file: list(parts) for file, parts in logs}

    def during(agent: Agent) -> None:
        if pieces and chance.random() < 0.4:
            file, _ = pieces.pop()
            with file.open("ab") as log:
                log.write(left[file].pop(0))
        if chance.random() < 0.02:
            life.clock.jump(chance.choice((-3600, 3600, -86_400 * 400)))
        if chance.random() < 0.02:
            limit = chance.choice((1, 3))
            agent._reload(lambda: life.config(concurrency=limit))

    for _ in range(chance.choice((0, 1, 2, 4))):
        life.run(
            once=False,
            steps=chance.choice((3, 10, 40)),
            fuse=chance.choice((None, 0, 1, 2, 3, 5, 9)),
            during=during,
        )
    while pieces:
        file, _ = pieces.pop()
        with file.open("ab") as log:
            log.write(left[file].pop(0))
    life.run(once=True, steps=chance.choice((3, 30)), fuse=chance.choice((None, 2, 6)))
    judge.calm = True
    return life.run(once=True, steps=3000)
