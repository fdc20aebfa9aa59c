"""Several registries: who is asked first, what is remembered for how long, and what is said when all fail."""

from __future__ import annotations

import threading
import time

import orjson
import pytest

from logsource.config.resolver import load_resolver
from logsource.event.iglu import parse_uri
from logsource.event.registries import open_resolver
from logsource.event.resolver import NOT_FOUND_SECONDS, SchemaUnresolved, local_repositories
from logsource.event.validate import Validators
from tests.support.clocks import ManualClock
from tests.support.collecting import THING, USER, acme_repository, write_schema
from tests.support.schemaregistry import SchemaRegistry, embedded, http, resolver_file
from tests.support.sink import Answer

URI = parse_uri(THING)
NEVER = "iglu:com.acme/never/jsonschema/1-0-0"
NUMBER = {"n": {"type": "integer", "minimum": 0, "maximum": 9, "description": "d"}}


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def opened(tmp_path, clock):
    """Open a resolver over some registries; all are closed at the end."""
    made = []

    def opener(*registries, directories=(), builtin=False, timeout=3.0, **data):
        config = load_resolver(resolver_file(tmp_path / "resolver.json", *registries, **data), env={})
        local = local_repositories(directories, builtin=builtin)
        one = open_resolver(config, local, clock=clock, timeout=timeout)
        made.append(one)
        return one

    yield opener
    for one in made:
        one.close()


def repository(directory, description, key=THING):
    """A static repository whose schema tells by its description where it came from."""
    write_schema(directory / "schemas", key, NUMBER, description=description)
    return directory


ORDER = [
    # registries as (name, kind, priority, prefixes), and in which order they are asked for com.acme.logs
    ([("a", "http", 2, ()), ("b", "http", 1, ())], "ba"),
    ([("a", "http", 1, ()), ("b", "embedded", 9, ())], "ba"),
    ([("a", "embedded", 0, ()), ("b", "http", 9, ("com.acme",))], "ba"),
    ([("a", "http", 0, ("com.other",)), ("b", "http", 5, ("com.acme.logs",))], "ba"),
    ([("a", "http", 5, ("com.acme",)), ("b", "embedded", 9, ("com",)), ("c", "http", 1, ("com.acme.logs",))], "bca"),
    ([("a", "http", 1, ()), ("b", "http", 1, ())], "ab"),
    ([("a", "http", 0, ("com.acme.logs.web",)), ("b", "http", 1, ())], "ab"),
    ([("a", "http", -1, ()), ("b", "http", 0.5, ()), ("c", "http", 0, ())], "acb"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), ORDER)
def test_the_order_of_iglu_clients(tmp_path, opened, given, expected):
    """By vendor prefix, then what is near, then by priority; nobody has it, so all are asked."""
    registries = [
        http(name, "http://127.0.0.1:9/" + name, priority=priority, prefixes=prefixes)
        if kind == "http"
        else embedded(name, tmp_path / name, priority=priority, prefixes=prefixes)
        for name, kind, priority, prefixes in given
    ]
    resolver = opened(*registries)
    asked = []
    for registry in resolver._registries:
        object.__setattr__(registry, "repository", Recorder(registry.repository, asked))
    assert resolver.fetch(parse_uri("iglu:com.acme.logs/x/jsonschema/1-0-0")) is None
    assert "".join(asked) == expected


class Recorder:
    """A repository that has nothing and notes that it was asked."""

    remote = False

    def __init__(self, inner, asked) -> None:
        self.name = inner.name
        self._asked = asked

    def fetch(self, _uri):
        self._asked.append(self.name)

    def uris(self):
        return iter(())


def test_the_first_that_has_it_wins_and_nobody_else_is_asked(tmp_path, opened):
    with (
        SchemaRegistry(repository(tmp_path / "one", "from one")) as one,
        SchemaRegistry(repository(tmp_path / "two", "from two")) as two,
    ):
        resolver = opened(http("one", one.url, priority=1), http("two", two.url, priority=0))
        assert resolver.fetch(URI)["description"] == "from two"
        assert one.asked == []
        assert resolver.remote


def test_named_directories_and_our_packs_come_before_all_registries(tmp_path, opened):
    log_line = "iglu:io.logsource/log_line/jsonschema/1-0-0"
    with SchemaRegistry(repository(tmp_path / "net", "net")) as net:
        resolver = opened(
            http("net", net.url, prefixes=("com.acme", "io.logsource")),
            directories=[repository(tmp_path / "mine", "mine")],
            builtin=True,
        )
        assert resolver.fetch(URI)["description"] == "mine"
        assert resolver.fetch(parse_uri(log_line)) is not None
        assert net.asked == []
        assert URI in resolver.uris()


def test_a_failing_registry_does_not_hide_the_schema_of_another(tmp_path, opened):
    with (
        SchemaRegistry(tmp_path / "none") as down,
        SchemaRegistry(repository(tmp_path / "two", "from two")) as two,
    ):
        down.trouble = Answer(500)
        resolver = opened(http("down", down.url), http("two", two.url, priority=1))
        assert resolver.fetch(URI)["description"] == "from two"


def test_a_failure_is_not_taken_for_not_found(tmp_path, opened, clock):
    with SchemaRegistry(tmp_path / "none") as central, SchemaRegistry(acme_repository(tmp_path)) as acme:
        acme.trouble = Answer(503)
        resolver = opened(http("Iglu Central", central.url), http("Acme", acme.url))
        validators = Validators(resolver)
        judged = validators.judge(THING, {"name": "n"})
        assert judged.problems == (
            (
                f"schema {THING} could not be resolved: Acme: {acme.url} answered 503 Service Unavailable; "
                "not found in Iglu Central"
            ),
        )
        assert [lookup.json() for lookup in judged.lookups] == [
            {
                "repository": "Iglu Central",
                "errors": [{"error": "NotFound"}],
                "attempts": 1,
                "lastAttempt": "2023-11-14T22:13:20.000Z",
            },
            {
                "repository": "Acme",
                "errors": [
                    {"error": "RepoFailure", "message": f"{acme.url} answered 503 Service Unavailable"}
                ],
                "attempts": 1,
                "lastAttempt": "2023-11-14T22:13:20.000Z",
            },
        ]
        with pytest.raises(SchemaUnresolved, match="could not be resolved: Acme"):
            resolver.fetch(URI)
        acme.trouble = None
        clock.advance(0.6)
        assert validators.problems(THING, {"name": "n"}) == ()
        assert central.asked == [URI.path]  # it has said that it has none, a moment ago


def test_not_found_anywhere_names_who_was_asked(tmp_path, opened):
    with SchemaRegistry(tmp_path / "none") as central:
        resolver = opened(http("Iglu Central", central.url), builtin=True)
        assert resolver.fetch(URI) is None
        assert Validators(resolver).problems(THING, {}) == (
            f"schema {THING} was not found in any schema repository (asked: built-in packs, Iglu Central)",
        )


def test_not_found_holds_for_a_short_time_only(tmp_path, opened, clock):
    with SchemaRegistry(tmp_path / "acme") as acme:
        resolver = opened(http("Acme", acme.url), cacheTtl=3600)
        validators = Validators(resolver)
        for _ in range(3):
            assert "was not found" in validators.problems(THING, {"n": 1})[0]
        assert acme.sink.count == 1
        repository(tmp_path / "acme", "published now")
        clock.advance(NOT_FOUND_SECONDS + 0.1)
        assert validators.problems(THING, {"n": 1}) == ()


def test_a_schema_is_fetched_once_and_again_after_its_time(tmp_path, opened, clock):
    with SchemaRegistry(repository(tmp_path / "acme", "first")) as acme:
        resolver = opened(http("Acme", acme.url), cacheTtl=60)
        validators = Validators(resolver)
        for number in range(50):
            assert validators.problems(THING, {"n": number % 10}) == ()
        assert acme.sink.count == 1
        write_schema(tmp_path / "acme" / "schemas", THING, {"n": {**NUMBER["n"], "maximum": 5}})
        clock.advance(59)
        assert validators.problems(THING, {"n": 9}) == ()
        clock.advance(2)
        assert validators.problems(THING, {"n": 9}) == ("/n: 9 is greater than the maximum of 5",)
        assert acme.sink.count == 2


def test_without_a_time_a_schema_is_kept_for_ever(tmp_path, opened, clock):
    with SchemaRegistry(repository(tmp_path / "acme", "first")) as acme:
        validators = Validators(opened(http("Acme", acme.url), cacheTtl=None))
        for _ in range(3):
            assert validators.problems(THING, {"n": 1}) == ()
            clock.advance(1_000_000)
        assert acme.sink.count == 1


def test_what_was_known_holds_while_its_registry_is_down(tmp_path, opened, clock):
    with SchemaRegistry(repository(tmp_path / "acme", "first")) as acme:
        validators = Validators(opened(http("Acme", acme.url), cacheTtl=60))
        assert validators.problems(THING, {"n": 1}) == ()
        acme.trouble = Answer(500)
        for _ in range(5):
            clock.advance(61)
            assert validators.problems(THING, {"n": 1}) == ()
        assert acme.sink.count == 6  # it was asked, each time
        acme.trouble = Answer(404)
        clock.advance(61)
        assert "was not found" in validators.problems(THING, {"n": 1})[0]  # it says so itself: it is gone


def test_the_cache_holds_the_latest_used(tmp_path, opened):
    keys = [parse_uri(f"iglu:com.acme/t{number}/jsonschema/1-0-0") for number in range(4)]
    for key in keys:
        repository(tmp_path / "acme", "d", str(key))
    with SchemaRegistry(tmp_path / "acme") as acme:
        resolver = opened(http("Acme", acme.url), size=2)
        for index in (0, 1, 0, 2, 0, 1):
            assert resolver.fetch(keys[index]) is not None
        assert [path.split("/")[1] for path in acme.asked] == ["t0", "t1", "t2", "t1"]


def test_no_cache_at_all_is_possible(tmp_path, opened):
    with SchemaRegistry(repository(tmp_path / "acme", "d")) as acme:
        validators = Validators(opened(http("Acme", acme.url), size=0))
        for _ in range(3):
            assert validators.problems(THING, {"n": 1}) == ()
        assert acme.sink.count == 3


def test_many_who_want_the_same_schema_ask_once(tmp_path, opened):
    with SchemaRegistry(repository(tmp_path / "acme", "d")) as acme:
        resolver = opened(http("Acme", acme.url), timeout=10.0)
        go = threading.Event()
        answer = orjson.dumps(orjson.loads((tmp_path / "acme" / "schemas" / URI.path).read_bytes()))
        acme.trouble = Answer(200, answer, hold=go)
        got: list[str] = []
        threads = [
            threading.Thread(target=lambda: got.append(resolver.fetch(URI)["description"])) for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        acme.sink.wait_for(lambda: acme.sink.count == 1)
        go.set()
        for thread in threads:
            thread.join(60)
        assert got == ["d"] * 12
        assert acme.sink.count == 1
        assert resolver._flights == {}


def test_patience_bounds_the_time_for_many_schemas(tmp_path, opened, clock):
    """Each answer comes in time; a thousand of them would not."""
    with SchemaRegistry(repository(tmp_path / "acme", "d")) as acme:
        resolver = opened(http("Acme", acme.url), directories=[repository(tmp_path / "near", "near", USER)])
        with resolver.patience(10):
            assert resolver.fetch(URI) is not None
            clock.advance(10.1)
            with pytest.raises(SchemaUnresolved, match=r"Acme: was not asked: .* took too long"):
                resolver.fetch(parse_uri(NEVER))
            assert resolver.fetch(URI) is not None  # known
            assert resolver.fetch(parse_uri(USER)) is not None  # at hand
        clock.advance(1)
        assert resolver.fetch(parse_uri(NEVER)) is None
        assert acme.asked == [URI.path, NEVER.removeprefix("iglu:")]


def test_a_schema_that_is_no_draft_4_cannot_be_used_and_says_why(tmp_path, opened):
    write_schema(tmp_path / "acme" / "schemas", THING, NUMBER, type="objekt")
    with SchemaRegistry(tmp_path / "acme") as acme:
        [problem] = Validators(opened(http("Acme", acme.url))).problems(THING, {})
        assert problem.startswith(f"schema {THING} cannot be used: ")


def test_a_broken_file_in_a_named_directory_is_said_and_not_passed_over(tmp_path, opened):
    repository(tmp_path / "mine", "mine")
    (tmp_path / "mine" / "schemas" / URI.path).write_text("{")
    with SchemaRegistry(repository(tmp_path / "net", "net")) as net:
        resolver = opened(http("net", net.url), directories=[tmp_path / "mine"])
        with pytest.raises(SchemaUnresolved, match="not JSON"):
            resolver.fetch(URI)
        repository(tmp_path / "mine", "mended")
        assert resolver.fetch(URI)["description"] == "mended"


def test_a_directory_that_is_not_there_is_no_not_found(tmp_path, opened):
    """Such as a path inside of a jar, in the file of a pipeline."""
    with SchemaRegistry(repository(tmp_path / "net", "net")) as net:
        resolver = opened(embedded("jar", "/no/such/place", prefixes=("com.acme",)), http("net", net.url))
        assert resolver.fetch(URI)["description"] == "net"
        with pytest.raises(
            SchemaUnresolved, match="jar: /no/such/place: no such directory; not found in net"
        ):
            resolver.fetch(parse_uri(NEVER))


def test_looking_for_schemas_of_a_dead_registry_takes_one_time_out_not_many(tmp_path, opened):
    with SchemaRegistry(tmp_path / "none") as dead:
        never = threading.Event()
        dead.trouble = Answer(hold=never)
        resolver = opened(http("dead", dead.url), timeout=0.3)
        started = time.monotonic()
        for number in range(200):
            with pytest.raises(SchemaUnresolved, match=r"no answer within 0\.3 s"):
                resolver.fetch(parse_uri(f"iglu:a/b{number}/jsonschema/1-0-0"))
        assert time.monotonic() - started < 30, "of a minute"
        never.set()


def test_a_superseded_schema_is_taken_for_its_successor(tmp_path, opened, clock):
    """As enrich does: who names a version with a mistake is judged by the version that mended it."""
    mended = THING.replace("1-0-0", "1-0-1")
    with SchemaRegistry(tmp_path / "acme") as acme:
        write_schema(tmp_path / "acme" / "schemas", THING, {}, **{"$supersededBy": "1-0-1"})
        validators = Validators(opened(http("Acme", acme.url), cacheTtl=60))
        assert validators.problems(THING, {"n": 1}) == (
            f"schema {mended} was not found in any schema repository (asked: Acme)",
        )
        repository(tmp_path / "acme", "mended", mended)
        clock.advance(NOT_FOUND_SECONDS + 1)
        assert validators.problems(THING, {"n": 1}) == ()
        assert validators.problems(THING, {"n": -1}) == ("/n: -1 is less than the minimum of 0",)


@pytest.mark.parametrize("by", ["1-0-0", "0-0-9", "x", 7])
def test_a_successor_that_is_no_later_version_is_a_reason(tmp_path, opened, by):
    write_schema(tmp_path / "schemas", THING, NUMBER, **{"$supersededBy": by})
    [problem] = Validators(opened(directories=[tmp_path])).problems(THING, {"n": 1})
    assert problem == f"schema {THING} cannot be used: its $supersededBy is {by!r}, which is no later version"
