"""What container runtimes cut apart is put together: logs of Docker and Podman, and what they can come to."""

from __future__ import annotations

import gzip
import re
from itertools import accumulate
from pathlib import Path

import orjson
import pytest

from logsource.tail.framers import framers_of
from logsource.tail.framing import Window
from tests.support.tailing import source, write

LOGS = Path(__file__).parent / "containers"
PIECE = 16384
KINDS = {"docker": "docker", "podman": "cri"}


def runtime_log(name: str) -> bytes:
    return gzip.decompress((LOGS / f"{name}.log.gz").read_bytes())


def line(name: str, size: int) -> str:
    """As `writer.go` writes it."""
    head = f"{name}:"
    return "x" * size if size <= len(head) + 1 else head + "x" * (size - len(head) - 1) + "."


def docker(text: str, stream: str = "stdout", time: str = "2026-01-02T03:04:05.678901234Z") -> str:
    return orjson.dumps({"log": text, "stream": stream, "time": time}).decode()


def cri(tag: str, text: str, stream: str = "stdout", time: str = "2026-01-02T03:04:05.678901234Z") -> str:
    return f"{time} {stream} {tag} {text}"


SIZES = [0, 1, 16383, 16384, 16385, 32767, 32768, 32769, 100000, 5]
TEXT = [
    b"a" * 16383 + "ü".encode() + b"b" * 10,
    "ü".encode() * 20000,
    b"x" + "€".encode() * 12000,
    b"windows",
    b"c" * 16383,
    b"d" * 16384,
    b"nul\0inside",
    b"\0",
    b"bad \xff\xfe bytes",
    b"\xff" * 16390 + b"end",
    'quotes " \\ \u2028 <&> \x1b[31mred\x1b[0m\ttab'.encode(),
]
STREAMS = [line(f"{stream}{number}", 40000) for number in range(3) for stream in "oe"]
LONG = line("long", 20000)
EDGE = line("edge", PIECE)
HALF = "half a li"


def as_docker_kept(raw: bytes) -> str:
    """Docker makes JSON of each piece, and U+FFFD of what is no character in it."""
    return "".join(raw[at : at + PIECE].decode("utf-8", "replace") for at in range(0, len(raw), PIECE))


EXPECTED = {
    "docker_sizes": [line(f"s{number}", size) for number, size in enumerate(SIZES)],
    "podman_sizes": [line(f"s{number}", size) for number, size in enumerate(SIZES)],
    "docker_tty": [line(f"s{number}", size) for number, size in enumerate(SIZES)],
    "docker_text": [as_docker_kept(raw) for raw in TEXT],
    "podman_text": [raw.decode("utf-8", "replace") for raw in TEXT],
    "docker_streams": [one[:20000] + f"short {one[1]}" * (one[0] == "e") + one[20000:] for one in STREAMS],
    "podman_streams": [one[:20000] + f"short {one[1]}" * (one[0] == "e") + one[20000:] for one in STREAMS],
    "podman_slow": ["one two three", "four"],
    "docker_crash": ["whole", HALF, "whole", HALF],
    "docker_crashlong": ["whole", LONG, "whole", LONG],
    "docker_crashedge": [EDGE, EDGE],
    # Here nothing tells that the container was started again, three seconds later.
    "podman_crash": ["whole", HALF + "whole", HALF],
    "podman_crashlong": ["whole", LONG + "whole", LONG],
    "podman_crashedge": [EDGE + EDGE],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_lines_of_a_program_in_a_container(log, follow, name):
    log.write_bytes(runtime_log(name))
    tailing = follow(source={"container": KINDS[name.partition("_")[0]]}).step(10)
    assert tailing.texts() == EXPECTED[name]
    assert tailing.texts() == follow(source={"container": "auto"}).step(10).texts()


FAST = [[line(f"w{writer}-{number:03d}", 1 + number * 1700) for number in range(40)] for writer in range(2)]


@pytest.mark.parametrize("runtime", KINDS)
def test_two_fast_writers(log, follow, runtime):
    """One stream or the other is always within a line, for 760 KB: as far as three lines of `max_line` may reach."""
    log.write_bytes(runtime_log(f"{runtime}_fast"))
    texts = follow(source={"container": KINDS[runtime], "max_line": 1 << 20}).step(10).texts()
    for writer, written in enumerate(FAST):
        assert [text for text in texts if text.startswith(f"w{writer}-")] == written[1:]
    assert texts.count("x") == 2
    assert len(texts) == 80


@pytest.mark.parametrize("runtime", KINDS)
def test_two_fast_writers_beyond_the_limit(log, follow, runtime):
    """Then a line comes in parts, but nothing is lost or doubled."""
    log.write_bytes(runtime_log(f"{runtime}_fast"))
    texts = follow(source={"container": KINDS[runtime], "max_line": 70_000}).step(10).texts()
    assert len(texts) < 100
    assert sum(map(len, texts)) == sum(len(text) for written in FAST for text in written)
    assert sum(text in FAST[0] or text in FAST[1] for text in texts) > 60


@pytest.mark.parametrize("runtime", KINDS)
def test_a_restart_at_every_piece_splits_loses_and_doubles_nothing(log, follow, runtime):
    for name in ("sizes", "streams"):
        expected, raw = EXPECTED[f"{runtime}_{name}"], runtime_log(f"{runtime}_{name}")
        path = log.with_name(name)
        path.touch()
        tailing = follow(path, source={"container": KINDS[runtime]})
        for piece in raw.splitlines(keepends=True):
            with path.open("ab") as file:
                file.write(piece)
            tailing.step(seconds=0.1).crash()
        tailing.step(10)
        assert tailing.texts() == expected
        assert len({one.id for one in tailing.got}) == len(expected)


@pytest.mark.parametrize("name", [*EXPECTED, "docker_ticks", "podman_ticks"])
@pytest.mark.parametrize("multiline", [None, {"preset": "java"}], ids=["lines", "java"])
def test_the_same_records_whatever_was_there_when_the_file_was_read(name, multiline):
    """Looked at after each piece, and after half of each; nothing but the offset is kept."""
    config = source(LOGS / name, container=KINDS[name.partition("_")[0]], multiline=multiline)
    raw = runtime_log(name)
    ends = list(accumulate(len(piece) for piece in raw.splitlines(keepends=True)))
    cuts = sorted({*ends, *(end - 7 for end in ends)} - {len(raw)})

    def framed(sizes: list[int]) -> list[tuple[int, str]]:
        framer = framers_of(config)(b"")[0]
        done, found = 0, []
        for size in [*sizes, len(raw)]:
            while True:
                window = Window(data=raw[:size], start=done, offset=done, idle=size == len(raw))
                got = framer.frame(window)
                if not got.used:
                    break
                found += [(one.offset, one.text) for one in got.lines or ()]
                done += got.used
        return found

    assert framed(cuts) == framed([])


@pytest.mark.parametrize("runtime", KINDS)
def test_traces_on_one_stream_while_the_other_goes_on(log, follow, runtime):
    log.write_bytes(runtime_log(f"{runtime}_ticks"))
    source_keys = {"container": KINDS[runtime], "multiline": {"preset": "java"}}
    texts = [text for text in follow(source=source_keys).step(10).texts() if text]
    ticks = [text for text in texts if "tick" in text]
    assert ticks == [f"2026-01-02T03:04:05Z INFO tick {number}" for number in range(len(ticks))]
    traces = [text for text in texts if "tick" not in text]
    assert len(traces) == 4
    assert len(ticks) > 20
    for number, trace in enumerate(traces):
        assert re.match(rf"2026-11-22 [\d:.]+ SEVERE shop - order {number} failed: (x*)\n", trace)
        assert trace.count("x" * 1000) == number * 9
        assert trace.split("\n")[1:4] == [
            "java.lang.IllegalStateException: could not start:",
            "- no database",
            "- no cache",
        ]
        assert trace.count("\nCaused by: ") == 2
        assert trace.endswith("\t... 2 more")


def test_a_line_of_pieces_is_judged_as_a_whole(log, follow):
    """What a pattern looks for may stand in the second piece, or at the end of the line."""
    long = "x" * PIECE
    write(
        log,
        [
            docker("A1 " + long),
            docker(" and B\\\n"),
            docker("A2\n"),
            docker("A3 " + long),
            docker(" B\n"),
            docker("A4\n"),
        ],
    )
    tailing = follow(source={"container": "docker", "multiline": {"join_next": r"\\$"}}).step(3)
    assert tailing.texts() == [f"A1 {long} and B\\\nA2", f"A3 {long} B", "A4"]
    tailing = follow(source={"container": "docker", "multiline": {"start": "B"}}).step(3)
    assert tailing.texts() == [f"A1 {long} and B\\\nA2", f"A3 {long} B\nA4"]


def test_pieces_and_streams(log, follow):
    long = "a" * PIECE
    write(log, [docker(long), docker("err one\n", "stderr"), docker("b\n"), docker("out two\n"), "no json"])
    tailing = follow(source={"container": "docker"}).step(2)
    assert tailing.texts() == [long + "b", "err one", "out two", "no json"]
    first = next(one for chunk in tailing.chunks for one in chunk.lines)
    assert first.reference_ms == 1767323045678


def test_a_language_on_top_of_pieces(log, follow):
    write(
        log,
        [
            cri("F", "ERROR boom"),
            cri("F", "java.lang.Error: x"),
            cri("F", "other", "stderr"),
            cri("P", "\tat com.acme.A"),
            cri("F", "\tat err", "stderr"),
            cri("F", ".run(A.java:1)"),
            cri("F", "INFO fine"),
        ],
    )
    tailing = follow(source={"container": "cri", "multiline": {"preset": "java"}}).step(3)
    assert tailing.texts() == [
        "ERROR boom\njava.lang.Error: x\n\tat com.acme.A.run(A.java:1)",
        "other\n\tat err",
        "INFO fine",
    ]


def test_streams_that_interleave_survive_a_restart(log, follow):
    write(log, [cri("F", "out 1"), cri("P", "err par", "stderr"), cri("F", "out 2"), cri("F", "out 3")])
    tailing = follow(source={"container": "auto"}).step()
    assert tailing.texts() == ["out 1"]
    tailing.crash()
    write(log, [cri("F", "tial", "stderr"), cri("F", "out 4")])
    tailing.step()
    assert tailing.texts() == ["out 1", "err partial", "out 2", "out 3", "out 4"]


def test_a_missing_last_piece_is_not_waited_for_for_ever(log, follow):
    write(log, [cri("P", "begun"), cri("F", "err", "stderr")])
    assert follow(source={"container": "cri"}).step(10).texts() == ["begun", "err"]


def test_the_rest_of_a_line_is_waited_for_longer_than_the_rest_of_a_record(log, follow):
    write(log, [cri("F", "A1", "stderr"), cri("P", "A2 Connecting … ")])
    keys = {"container": "cri", "multiline": {"start": "^A", "flush_after": 1.0}}
    tailing = follow(source=keys).step(3, seconds=1.1)
    assert tailing.texts() == ["A1"]
    write(log, [cri("F", "done")])
    assert tailing.step(2, seconds=1.1).texts() == ["A1", "A2 Connecting … done"]
    write(log, [cri("P", "A3")])
    assert tailing.step(3, seconds=1.1).texts()[2:] == []
    assert tailing.step(3, seconds=1.1).texts()[2:] == ["A3"]


def test_a_piece_that_comes_much_later_is_another_line(log, follow):
    at = "2026-01-02T03:04:{}+00:00".format
    write(
        log,
        [
            cri("P", "half a li", time=at("05.678901234")),
            cri("F", "started again", time=at("11.5")),
            cri("P", "Connecting … ", time=at("12.000000001")),
            cri("F", "done", time=at("16.999999999")),
        ],
    )
    tailing = follow(source={"container": "cri"}).step(3)
    assert tailing.texts() == ["half a li", "started again", "Connecting … done"]
    times = [one.reference_ms for chunk in tailing.chunks for one in chunk.lines]
    assert times == [1767323045678, 1767323051500, 1767323052000]


def test_json_of_two_streams_is_balanced_for_each(log, follow):
    pieces = [("{\n", "stdout"), ("[\n", "stderr"), ('"out": 1\n', "stdout"), ("2\n", "stderr")]
    write(log, [docker(*piece) for piece in [*pieces, ("}\n", "stdout"), ("]\n", "stderr")]])
    tailing = follow(source={"container": "docker", "multiline": {"json": True}}).step()
    assert tailing.texts() == ['{\n"out": 1\n}', "[\n2\n]"]


def test_a_stream_that_stops_within_a_line_does_not_hold_up_the_other(log, follow):
    """Its end is not waited for longer than the limits say, and the other stream's records are whole."""
    keys = {"container": "cri", "max_line": 1024, "multiline": {"start": "^A", "max_size": 1024}}
    others = [f"A{number}\n {'y' * 100}\n z" for number in range(60)]
    lines = [cri("P", "A of stderr", "stderr")]
    lines += [cri("F", one) for other in others for one in other.split("\n")]
    write(log, lines)
    tailing = follow(source=keys, block_size=1 << 16).step(1)
    assert tailing.texts() == ["A of stderr", *others[:-1]], "only the last may go on"
    tailing.step(3)
    assert tailing.texts() == ["A of stderr", *others]
