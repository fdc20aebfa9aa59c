"""Several lines, one record: patterns, languages, limits, idle flush, restarts, containers."""

from __future__ import annotations

import orjson
import pytest

from logsource.errors import ConfigError
from logsource.tail.presets import PRESETS
from tests.support.tailing import Tailing, source, write

FLUSH = 1.0


RECORDS = ["2026-01-01 one", "2026-01-02 two\n  more\nand more", "2026-01-03 three\n  end"]


@pytest.mark.parametrize(
    ("multiline", "records"),
    [
        ({"start": r"^\d{4}-"}, RECORDS),
        ({"continue": r"^\s|^and"}, RECORDS),
        ({"end": r";$"}, ["a;", "b\nc;", "d\n;"]),
        ({"join_next": r"\\$"}, ["a", "b\\\nc\\\nd", "e"]),
        ({"start": "^BEGIN", "end": "^END"}, ["BEGIN\nx\nEND", "BEGIN\nEND"]),
        ({"count": 3}, ["a\nb\nc", "\n\n", "d\ne"]),
        ({"count": 1}, ["a", "b"]),
        ({"json": True}, ['{"a": 1}', '{\n  "b": [\n    {"c": "}"}\n  ]\n}', "text [", "[\n]", "end"]),
        ({"preset": "indent"}, ["a\n b\n\tc", "d", "e\n f"]),
    ],
)
def test_patterns(log, follow, multiline, records):
    write(log, records)
    assert follow(source={"multiline": multiline}).step(3).texts() == records


TRACES = {
    "indent": ["top\n  second\n\tthird"],
    "java": [
        (
            "2026-01-01 ERROR request failed\njava.lang.IllegalStateException: broken\n"
            "\tat com.acme.Shop.buy(Shop.java:12)\n\t... 3 more\nCaused by: java.io.IOException: disk\n"
            "\tat com.acme.Disk.write(Disk.java:7)\n\tSuppressed: java.lang.Error: x"
        ),
        'Exception in thread "main" java.lang.NullPointerException\n\tat com.acme.Main.main(Main.java:3)',
    ],
    "python": [
        (
            "ERROR:root:failed\nTraceback (most recent call last):\n"
            "  File \"a.py\", line 1, in <module>\n    run()\nKeyError: 'x'\n\n"
            "During handling of the above exception, another exception occurred:\n\n"
            "Traceback (most recent call last):\n"
            '  File "a.py", line 3, in <module>\n    raise ValueError("y")\nValueError: y'
        ),
        'WARN again\nTraceback (most recent call last):\n  File "b.py", line 1, in f\n    g()\nmy.pkg.Odd',
    ],
    "go": [
        (
            "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\n"
            "main.f(...)\n\t/src/main.go:8\nmain.main()\n\t/src/main.go:4 +0x1d\nexit status 2"
        ),
        (
            "http: panic serving 127.0.0.1:1: boom\ngoroutine 7 [running]:\n"
            "net/http.(*conn).serve.func1(0xc0)\n\t/go/server.go:1801 +0xb9\ncreated by net/http.(*Server).Serve\n"
            "\t/go/server.go:2969 +0x36c"
        ),
        (  # the record that a panic's message of several lines leaves behind it
            "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x64c982]\n\ngoroutine 1 [running]:\n"
            "main.(*T[...]).M(0xc000014020?, 0x6c2b3d?)\n\t/src/main.go:5 +0x2\npanic({0x6a2d80, 0xc000114018})\n"
            "\t/usr/lib/go-1.19/src/runtime/panic.go:884 +0x212\nmain.main()\n\t/src/main.go:17 +0x205\nexit status 2"
        ),
    ],
    "ruby": [
        "app.rb:3:in `block': undefined method (NoMethodError)\n\tfrom app.rb:1:in `each'\n\tfrom app.rb:1:in `<main>'",
        "E, failed: divided by 0\nlib/calc.rb:10:in `div'\nlib/calc.rb:2:in 'Calc#run'",
        (  # full_message with a cause, Ruby 3.1
            "app.rb:6:in `rescue in <main>': wrapped (RuntimeError)\n\tfrom app.rb:6:in `<main>'\n"
            "app.rb:2:in `a': bad (ArgumentError)\n\tfrom app.rb:6:in `<main>'"
        ),
        (
            "#<Thread:0x00007f275ed77b70 app.rb:10 run> terminated with exception (report_on_exception is true):\n"
            "app.rb:10:in `block in dies': undefined method `foo' for nil:NilClass (NoMethodError)\n\n"
            "  nil.foo\n     ^^^^\n\tfrom app.rb:9:in `dies'"
        ),
    ],
    "node": [
        "TypeError: x is not a function\n    at run (/app/a.js:1:2)\n    at main (/app/b.js:3:4) {\n  code: 'E'\n}",
        "/app/a.js:10\n    throw new Error('boom')\n    ^\n\nError: boom\n    at run (/app/a.js:10:5)",
        (  # an error class of one's own, thrown where nothing is indented; Node.js 20
            "/app/a.js:7\nfs.readFile('/x', () => { throw new Refused('no') });\n                          ^\n\n"
            "Refused: no\n    at ReadFileContext.callback (/app/a.js:7:32) {\n  code: 'E_X'\n}\n\nNode.js v20.20.2"
        ),
        (
            "node:internal/process/promises:288\n            triggerUncaughtException(err, true);\n            ^\n\n"
            "[UnhandledPromiseRejection: This error originated by throwing inside of an async function.] {\n"
            "  code: 'ERR_UNHANDLED_REJECTION'\n}\n\nNode.js v20.20.2"
        ),
    ],
    "dotnet": [
        (
            "fail: request 7\nSystem.InvalidOperationException: bad\n   at Acme.Shop.Buy() in /src/Shop.cs:line 4\n"
            " ---> System.IO.IOException: disk\n   --- End of inner exception stack trace ---\n"
            "--- End of stack trace from previous location ---\n   at Acme.Main()"
        ),
    ],
    "php": [
        (
            "PHP Fatal error:  Uncaught Exception: boom in /app/a.php:3\nStack trace:\n#0 /app/a.php(7): f()\n"
            "#1 {main}\n  thrown in /app/a.php on line 3"
        ),
        (
            "InvalidArgumentException: bad in /app/a.php:3\nStack trace:\n#0 /app/a.php(5): a()\n#1 {main}\n\n"
            "Next RuntimeException: wrapped in /app/a.php:5\nStack trace:\n#0 {main}"
        ),
        "PHP Warning:  odd in /app/b.php\nPHP Stack trace:\nPHP   1. {main}() /app/b.php:0",
    ],
    "rust": [
        (
            "thread 'main' panicked at src/main.rs:2:5:\nboom\nstack backtrace:\n   0: rust_begin_unwind\n"
            "             at /rustc/library/std/src/panicking.rs:617:5\nnote: run with `RUST_BACKTRACE=full`"
        ),
    ],
    "dart": [
        (
            "Unhandled exception:\nBad state: no element\n#0      main (file:///app.dart:3:5)\n<asynchronous suspension>\n"
            "#1      _start (dart:isolate:1)"
        ),
    ],
}


def test_every_preset_has_a_sample():
    assert TRACES.keys() == PRESETS.keys()


@pytest.mark.parametrize("preset", PRESETS)
def test_language_presets(log, follow, preset):
    records = ["2026-01-01 INFO before"]
    for trace in TRACES[preset]:
        records += [trace, "2026-01-01 INFO between: nothing (here)"]
    write(log, records)
    assert follow(source={"multiline": {"preset": preset}}).step(3).texts() == records


def test_a_record_is_given_out_when_the_file_was_idle_since_its_last_line(log, follow):
    tailing = follow(source={"multiline": {"start": "^A", "flush_after": FLUSH}})
    write(log, ["A1"])
    tailing.step(seconds=1.1)
    for number in range(5):
        write(log, [f" {number}"])
        tailing.step(2, seconds=0.4)
    assert tailing.texts() == [], "each line starts the wait anew"
    tailing.step(2, seconds=0.4)
    assert tailing.texts() == ["A1\n 0\n 1\n 2\n 3\n 4"]


def test_a_restart_never_splits_a_record(log, follow):
    tailing = follow(source={"multiline": {"start": "^A", "flush_after": 60.0}})
    write(log, ["A1", " 1", "A2", " 2"])
    tailing.step()
    assert tailing.texts() == ["A1\n 1"]
    tailing.crash()
    write(log, [" 3", "A3"])
    tailing.step()
    assert tailing.texts() == ["A1\n 1", "A2\n 2\n 3"]
    assert [one.id[2] for one in tailing.got] == [0, 6]


def test_limits_of_lines_and_bytes_lose_nothing(log, follow):
    lines = ["A"] + [f" {number:04d}" for number in range(50)]
    write(log, lines)
    tailing = follow(source={"multiline": {"start": "^A", "max_lines": 10}}).step(3)
    assert [text.count("\n") + 1 for text in tailing.texts()] == [10, 10, 10, 10, 10, 1]
    assert "\n".join(tailing.texts()).split("\n") == lines


JSON_RECORDS = [
    '{"one": 1}',
    '{\n  "message": "brackets in strings do not count: }]{[ and \\\\\\" neither",\n  "path": "C:\\\\"\n}',
    "[\n{},\n{}\n]",
    "[warning] a line of text with one { stands alone",
    '  {"indented":\n{"deep": [[[\n]]]}}',
    "[2026-01-02 03:04:05] {",
    "[1,\n-2.5e-3, true\n]",
    "} closes nothing",
]


def test_balanced_json_whatever_the_size_of_the_pieces(log, follow):
    tailing = follow(source={"multiline": {"json": True, "flush_after": 60.0}})
    for byte in "".join(record + "\n" for record in JSON_RECORDS).encode():
        with log.open("ab") as file:
            file.write(bytes([byte]))
        tailing.step(seconds=0.1)
    assert tailing.texts() == JSON_RECORDS, "a closed record does not wait for the next"


@pytest.mark.parametrize(
    ("multiline", "records"),
    [
        ({"count": 4}, [f"{n}\n b\n c\n d" for n in range(40)]),
        ({"json": True}, [f'{{\n "n": {n},\n "list": [\n  1\n ]\n}}' for n in range(40)]),
    ],
    ids=["count", "json"],
)
def test_a_restart_after_any_line_splits_no_record(log, follow, multiline, records):
    tailing = follow(source={"multiline": {**multiline, "flush_after": 60.0}})
    for line in "\n".join(records).split("\n"):
        write(log, [line])
        tailing.step(seconds=0.1).crash()
    tailing.step()
    assert tailing.texts() == records
    starts = [sum(len(record) + 1 for record in records[:n]) for n in range(len(records))]
    assert [one.id[2] for one in tailing.got] == starts


@pytest.mark.parametrize("multiline", [{"count": 60}, {"json": True}], ids=["count", "json"])
def test_unfinished_groups_are_given_out_at_the_limits_and_when_idle(log, follow, multiline):
    lines = ["{"] + [f' "{number:04d}": [' for number in range(50)]
    write(log, lines)
    tailing = follow(source={"multiline": {**multiline, "max_lines": 20, "flush_after": FLUSH}})
    tailing.step(2, seconds=0.4)
    assert tailing.texts()[0].count("\n") == 19, "the limit does not wait"
    tailing.step(3)
    assert "\n".join(tailing.texts()).split("\n") == lines, "nothing is lost"


def test_a_group_that_stays_short_is_given_out_when_idle_and_counting_begins_anew(log, follow):
    tailing = follow(source={"multiline": {"count": 3, "flush_after": FLUSH}})
    write(log, ["a", "b"])
    tailing.step(3)
    write(log, ["c", "d", "e"])
    tailing.step(seconds=0.1)
    assert tailing.texts() == ["a\nb", "c\nd\ne"]


def test_a_json_record_of_many_lines_is_limited_by_its_bytes(log, follow):
    lines = ["["] + [f" {number:05d}," for number in range(3000)] + ["]"]
    write(log, lines)
    tailing = follow(source={"multiline": {"json": True, "max_lines": 9999, "max_size": 15_000}}).step(3)
    assert "\n".join(tailing.texts()).split("\n") == lines
    assert max(len(text) for text in tailing.texts()) <= 15_000


def test_json_of_two_streams_is_balanced_for_each(log, follow):
    write(
        log,
        [
            docker("{\n"),
            docker("[\n", "stderr"),
            docker('"out": 1\n'),
            docker("2\n", "stderr"),
            docker("}\n"),
            docker("]\n", "stderr"),
        ],
    )
    tailing = follow(source={"container": "docker", "multiline": {"json": True}}).step()
    assert sorted(tailing.texts()) == ["[\n2\n]", '{\n"out": 1\n}']


def test_a_record_larger_than_a_block(log, follow):
    lines = ["A"] + [f" {number:05d}" for number in range(3000)]
    write(log, [*lines, "A end"])
    tailing = follow(source={"multiline": {"start": "^A", "max_lines": 9999, "max_size": 15_000}}).step(3)
    assert "\n".join(tailing.texts()).split("\n") == [*lines, "A end"]
    assert max(len(text) for text in tailing.texts()) <= 15_000
    assert len(tailing.texts()) == 3


def test_a_cut_line_ends_its_record(log, follow):
    write(log, ["A", " " + "x" * 5000, " after", "A2"])
    tailing = follow(source={"max_line": 1024, "multiline": {"start": "^A"}}).step(3)
    assert tailing.texts() == ["A\n " + "x" * 1023, " after", "A2"]
    assert tailing.got[0].flags == {"truncated"}


def test_once_gives_out_the_open_record(log, follow):
    write(log, ["A", " 1"], end="\n")
    write(log, [" half"], end="")
    tailing = follow(source={"multiline": {"start": "^A"}}, once=True).step()
    assert tailing.texts() == ["A\n 1\n half"]
    assert tailing.got[0].flags == {"unterminated"}


def test_an_unknown_preset_is_named(log):
    with pytest.raises(ConfigError, match=r"unknown preset 'cobol' \(there are: indent, java"):
        Tailing(source(log, multiline={"preset": "cobol"}))


def test_a_pattern_that_explodes_is_stopped(log, follow):
    write(log, ["a" * 30 + "!", "b"])
    assert follow(source={"multiline": {"start": "^(a+)+$|b"}}).step(3).texts() == ["a" * 30 + "!", "b"]


def test_custom_delimiters(log, follow):
    log.write_bytes(b"one\x00two\nthree\x00\x00four")
    tailing = follow(source={"delimiter": "\x00"}).step()
    assert tailing.texts() == ["one", "two\nthree", ""]


def docker(text: str, stream: str = "stdout") -> str:
    return orjson.dumps({"log": text, "stream": stream, "time": "2026-01-02T03:04:05.678901234Z"}).decode()


def test_docker_pieces_and_streams(log, follow):
    write(
        log, [docker("a" * 100), docker("err one\n", "stderr"), docker("b\n"), docker("out two\n"), "no json"]
    )
    tailing = follow(source={"container": "docker"}).step(2)
    assert tailing.texts() == ["a" * 100 + "b", "err one", "out two", "no json"]
    first = next(line for chunk in tailing.chunks for line in chunk.lines)
    assert first.reference_ms == 1767323045678


def test_cri_pieces_and_streams_with_a_language_on_top(log, follow):
    def cri(tag, text, stream="stdout"):
        return f"2026-01-02T03:04:05.678901234Z {stream} {tag} {text}"

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
    write(log, [docker("out 1\n"), docker("err par", "stderr"), docker("out 2\n"), docker("out 3\n")])
    tailing = follow(source={"container": "auto"}).step()
    assert tailing.texts() == ["out 1"]
    tailing.crash()
    write(log, [docker("tial\n", "stderr"), docker("out 4\n")])
    tailing.step()
    assert tailing.texts() == ["out 1", "err partial", "out 2", "out 3", "out 4"]


def test_a_missing_last_piece_is_not_waited_for_for_ever(log, follow):
    write(log, [docker("begun"), docker("err\n", "stderr")])
    assert follow(source={"container": "docker"}).step(10).texts() == ["begun", "err"]


def test_a_restart_does_not_shorten_the_wait_for_more_lines(log, follow):
    """The size of a file with an open record may be known from before; how long it has been idle is not."""
    tailing = follow(source={"multiline": {"start": "^A", "flush_after": FLUSH}})
    write(log, ["A1", "A2", " 2"])
    tailing.step(seconds=0.1).step(seconds=0.1)
    assert next(iter(tailing.rows.values())).state["size"] == log.stat().st_size
    tailing.crash().step(3, seconds=0.2)
    assert tailing.texts() == ["A1"]
    write(log, [" more"])
    tailing.step(2)
    assert tailing.texts() == ["A1", "A2\n 2\n more"]
