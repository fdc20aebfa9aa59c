"""Whatever stands in a resolver file: problems with their place, never another exception, never the secret."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logsource.config.resolver import SCHEMA, load_resolver
from logsource.errors import ConfigError

SECRET = "s3cr3t-4711"
WORDS = st.sampled_from(
    ["http", "embedded", "uri", "path", "apikey", "name", "priority", "vendorPrefixes", "connection"]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
ANYTHING = st.recursive(
    SCALARS | st.sampled_from(["https://a.example/api", "${HOME}", "${", "$$"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
REGISTRY = st.fixed_dictionaries(
    {},
    optional={
        "name": ANYTHING,
        "priority": ANYTHING,
        "vendorPrefixes": ANYTHING,
        "connection": ANYTHING
        | st.fixed_dictionaries(
            {"http": st.fixed_dictionaries({}, optional={"uri": ANYTHING, "apikey": ANYTHING})}
        ),
    },
)
DATA = st.fixed_dictionaries(
    {},
    optional={
        "cacheSize": ANYTHING,
        "cacheTtl": ANYTHING,
        "repositories": ANYTHING | st.lists(REGISTRY, max_size=3),
    },
)
FILES = ANYTHING | st.fixed_dictionaries({"schema": st.just(SCHEMA) | ANYTHING, "data": DATA | ANYTHING})
QUIET = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def attempt(path, text: str) -> list[str]:
    path.write_text(text)
    try:
        load_resolver(path, env={"SECRET": SECRET})
    except ConfigError as error:
        return error.problems
    return []


@given(FILES)
@QUIET
def test_any_json(tmp_path, content):
    path = tmp_path / "resolver.json"
    for problem in attempt(path, json.dumps(content)):
        assert problem.startswith(f"{path}:")
        assert "\n" not in problem


@given(st.text(max_size=40))
@QUIET
def test_any_text(tmp_path, text):
    attempt(tmp_path / "resolver.json", text.encode("utf-8", "replace").decode())


@given(st.data())
@QUIET
def test_a_secret_is_in_no_message_wherever_it_stands(tmp_path, data):
    """From the environment, in every place that may hold a text."""
    good = {
        "name": "a",
        "priority": 1,
        "vendorPrefixes": ["com.acme"],
        "connection": {"http": {"uri": "https://a.example/api", "apikey": "k"}},
    }
    secret = data.draw(st.sampled_from(["${SECRET}", "x ${SECRET}\u00e4", "ftp://${SECRET}@a b"]))
    place = data.draw(st.sampled_from(["name", "priority", "vendorPrefixes", "uri", "apikey", "extra"]))
    if place in {"uri", "apikey"}:
        good["connection"]["http"][place] = secret
    else:
        good[place] = [secret] if place == "vendorPrefixes" else secret
    good["priority"] = data.draw(st.sampled_from([good["priority"], "high"]))
    text = json.dumps({"schema": SCHEMA, "data": {"cacheSize": 1, "repositories": [good, good]}})
    problems = attempt(tmp_path / "resolver.json", text)
    assert problems  # two of one name at least
    if place != "name":
        assert SECRET not in "\n".join(problems)
