"""Whatever a plugin does: it costs the line it was given, for a reason, and nothing else."""

import dataclasses
import datetime as dt
import gc
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from logsource.errors import PackError
from logsource.model import Line, Record, Reject
from logsource.parse import plugin as module
from logsource.parse.plugin import PluginParser
from logsource.parse.pluginresult import MAX_REASONS
from logsource.plugin import ParserPlugin

URI = "iglu:com.acme/x/jsonschema/1-0-0"
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False}


def parser(function, **attributes) -> PluginParser:
    made = type("Plugin", (), {"parse": lambda _self, line: function(line), **attributes})()
    return PluginParser("mine", made, find_schema=lambda uri: SCHEMA if uri == URI else None)


def parse(function, text: str = "x", **attributes):
    return parser(function, **attributes).parse(Line(text=text, offset=0))


def record(data, uri="iglu:com.acme/free/jsonschema/1-0-0", **more):
    return lambda _line: Record(uri, data, **more)


def raises(error):
    def function(_line):
        raise error

    return function


class Mute(Exception):
    def __str__(self):
        raise RuntimeError


class Base(BaseException):
    pass


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (ValueError("no"), "ValueError: no"),
        (SystemExit(3), "SystemExit: 3"),
        (GeneratorExit(), "GeneratorExit: "),
        (Base("base"), "Base: base"),
        (RecursionError("deep"), "RecursionError: deep"),
        (MemoryError(), "MemoryError: "),
        (Mute(), "Mute: (its message cannot be read)"),
    ],
)
def test_whatever_it_raises(error, detail):
    assert parse(raises(error)) == Reject("plugin_error", detail)


def test_a_keyboard_interrupt_of_its_own_is_a_mistake_and_ctrl_c_is_not():
    mine = parser(raises(KeyboardInterrupt()))
    # As `logsource try`, which Ctrl-C ends; a process in the background of a shell begins with SIGINT ignored.
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            mine.parse(Line(text="x", offset=0))
        signal.signal(signal.SIGINT, lambda *_: None)  # as the agent, which has a handler of its own
        assert mine.parse(Line(text="x", offset=0)) == Reject("plugin_error", "KeyboardInterrupt: ")
    finally:
        signal.signal(signal.SIGINT, previous)


@pytest.mark.parametrize(
    ("function", "detail"),
    [
        (lambda _: 5, "parse returned int, not a Record, a Reject or None"),
        (lambda _: {"a": 1}, "parse returned dict, not a Record, a Reject or None"),
        (record({"a": object()}), "the data of the record is not JSON"),
        (record({1: 2}), "the data of the record is not JSON"),
        (record({"a": "\ud800"}), "the data of the record is not JSON"),
        (record({"a": 2**64}), "the data of the record is not JSON"),
        (record([1]), "the data of the record is not JSON: list is no mapping"),
        (record({}, uri="com.acme/x"), "the schema of the record is no Iglu URI: 'com.acme/x'"),
        (record({}, uri=None), "the schema of the record is no Iglu URI: 'None'"),
        (record({}, timestamp_ms=1.5), "timestamp_ms is no number of milliseconds since 1970: '1.5'"),
        (record({}, timestamp_ms=True), "timestamp_ms is no number of milliseconds since 1970"),
        (record({}, timestamp_ms=-1), "timestamp_ms is no number of milliseconds since 1970"),
        (record({}, timestamp_ms=10**18), "timestamp_ms is no number of milliseconds since 1970"),
        (record({}, entities=({"schema": URI},)), "an entity has other members than schema and data"),
        (record({}, entities=({"schema": "x", "data": {}},)), "the schema of the record is no Iglu URI: 'x'"),
        (lambda _: Reject(None), "a Reject has a reason and a detail that are texts"),
    ],
)
def test_whatever_it_returns(function, detail):
    found = parse(function)
    assert found.reason == "plugin_error"
    assert found.detail.startswith(detail)


def test_what_json_can_carry_is_taken_in_its_form():
    @dataclasses.dataclass
    class Thing:
        at: dt.date

    entity = {"schema": URI, "data": {"a": 1}}
    found = parse(record({"a": (1, 2), "b": Thing(dt.date(2026, 1, 2))}, timestamp_ms=5, entities=(entity,)))
    assert found == Record(
        "iglu:com.acme/free/jsonschema/1-0-0", {"a": [1, 2], "b": {"at": "2026-01-02"}}, 5, (entity,)
    )


def test_what_it_changes_later_is_too_late():
    kept = {"a": [1]}
    found = parse(record(kept))
    kept["a"].append(2)
    kept["b"] = 3
    assert found.data == {"a": [1]}


def test_a_schema_that_is_at_hand_is_kept():
    assert parse(record({"a": 1}, uri=URI)) == Record(URI, {"a": 1})
    assert parse(record({"a": "x"}, uri=URI)) == Reject("bad_value", 'a: "x" is not of type "integer"')
    assert parse(record({"b": 1}, uri=URI)).reason == "bad_value"


def test_what_is_nested_too_deeply_would_be_lost_later():
    deep = value = {}
    for _ in range(40):
        value["a"] = value = {}
    assert parse(record(deep)) == Reject("bad_value", "nested more than 32 levels deep")


def test_reasons_become_labels_so_they_are_few_and_short():
    mine = parser(lambda line: Reject(line.text, "detail"))
    reasons = [
        mine.parse(Line(text=f"reason_{number}", offset=0)).reason for number in range(MAX_REASONS + 5)
    ]
    assert reasons[:MAX_REASONS] == [f"reason_{number}" for number in range(MAX_REASONS)]
    assert set(reasons[MAX_REASONS:]) == {"plugin_reject"}
    assert mine.parse(Line(text="reason_3", offset=0)).reason == "reason_3"
    assert parse(lambda _: Reject("Not A Word", "why")) == Reject("plugin_reject", "Not A Word: why")
    assert parse(lambda _: Reject("x" * 41)).reason == "plugin_reject"


def test_entities_keep_their_schemas_too():
    def with_entity(value):
        return record({"a": 1}, URI, entities=({"schema": URI, "data": {"a": value}},))

    assert parse(with_entity(2)).entities == ({"schema": URI, "data": {"a": 2}},)
    rejected = parse(with_entity("two"))
    assert rejected.reason == "bad_value"
    assert rejected.detail.startswith("entity a: ")


def test_a_schema_that_is_not_at_hand_is_said_once(caplog):
    mine = parser(record({"a": "anything"}))
    for _ in range(3):
        assert mine.parse(Line(text="x", offset=0)).data == {"a": "anything"}
    (message,) = caplog.messages
    assert "schema=iglu:com.acme/free/jsonschema/1-0-0" in message
    assert "pack_dirs" in message


def endless(_line):
    while True:
        try:
            sum(range(100))
        except Exception:  # noqa: BLE001 - what a plugin does
            continue


def stubborn(line):
    """Swallows what ends it, once."""
    try:
        endless(line)
    except BaseException:  # noqa: BLE001 - what a plugin does
        endless(line)


@pytest.mark.parametrize("function", [endless, stubborn])
def test_an_endless_loop_ends(function):
    mine = parser(function, timeout=0.05)
    for _ in range(3):
        assert mine.parse(Line(text="x", offset=0)) == Reject("plugin_timeout", "parse took more than 0.05 s")
    assert parse(record({})).data == {}


def test_what_waits_in_the_kernel_is_ended_too(caplog):
    """A plugin asks a service that never answers: nothing of Python runs meanwhile."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        mine = parser(lambda _: ours.recv(1), timeout=0.05)
        began = time.monotonic()
        for _ in range(3):
            assert mine.parse(Line(text="x", offset=7)).reason == "plugin_timeout"
        assert time.monotonic() - began < 10
    assert caplog.messages == [
        "event=plugin_timeout parser=mine offset=7 detail='parse took more than 0.05 s'"
    ]


PROFILED = """
import signal, sys
from logsource.parse.pluginwatch import PluginTimeoutError, Watch

def endless(_):
    while True:
        pass

try:
    Watch(0.05).run(endless, None)
except PluginTimeoutError:
    signal.alarm(20)  # what hangs in the interpreter itself can only be killed
    sys.setprofile(lambda *_: None)
    (lambda: None)()
"""


def test_who_profiles_or_traces_a_process_in_which_a_plugin_was_ended_does_not_hang():
    """CPython 3.11 would, if a notice of an exception of another thread were left standing."""
    done = subprocess.run([sys.executable, "-c", PROFILED], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_time_limit_never_strikes_after_the_plugin():
    """Plugins that end right when their time does: nothing may be raised outside of them."""

    def just_in_time(line):
        end = time.monotonic() + 0.02
        while time.monotonic() < end:
            pass
        return Record(URI, {"a": int(line.text)})

    mine = parser(just_in_time, timeout=0.02)
    outcomes = [mine.parse(Line(text=str(number), offset=0)) for number in range(60)]
    total = 0
    for number, outcome in enumerate(outcomes):
        total += sum(range(1000))  # bytecodes at which a late exception would be raised
        assert outcome in (
            Record(URI, {"a": number}),
            Reject("plugin_timeout", "parse took more than 0.02 s"),
        )
    assert total


def test_the_watching_thread_leaves_with_its_plugin():
    before = set(threading.enumerate())
    mine = parser(record({}), timeout=0.05)
    mine.parse(Line(text="x", offset=0))
    (watching,) = [one for one in set(threading.enumerate()) - before if one.name == "plugin-watch"]
    del mine
    gc.collect()
    watching.join(60)
    assert not watching.is_alive()


@pytest.mark.parametrize("timeout", [0, -1, 9, "1", True, None])
def test_a_time_limit_that_is_none(timeout):
    with pytest.raises(PackError, match="timeout must be seconds from 0 to 8, not"):
        parser(record({}), timeout=timeout)


def test_each_kind_of_mistake_is_logged_once(caplog):
    mine = parser(lambda line: raises({"v": ValueError(), "k": KeyError()}[line.text])(line))
    for text in "vkvkvk":
        mine.parse(Line(text=text, offset=0))
    assert [message.getMessage() for message in caplog.records] == ["event=plugin_error parser=mine"] * 2


def test_the_public_interface_is_what_parsers_are():
    def takes(plugin: ParserPlugin) -> object:
        return plugin.parse(Line(text="", offset=0))

    assert takes(parser(lambda _: None)) is None
    assert module.TIMEOUT <= module.MAX_TIMEOUT
