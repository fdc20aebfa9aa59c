"""What is wrong with a pack is said at once, with its place and what to do."""

import pytest

from logsource.cli.packs import own_checks
from logsource.errors import PackError
from logsource.parse.packs import load_pack
from logsource.parse.samples import golden_bytes, sample_files
from logsource.parse.verify import verify
from tests.support.packs import PROPERTIES, YAML, make_pack


def problems_of(folder) -> list[str]:
    try:
        pack = load_pack(folder)
    except PackError as error:
        return [line.replace(str(folder), "ACME") for line in str(error).splitlines()]
    return [line.replace(str(folder), "ACME") for line in verify(pack, own_checks([pack]))]


def accept(folder) -> None:
    pack = load_pack(folder)
    for sample in sample_files(pack):
        sample.golden.write_bytes(golden_bytes(sample, pack.parser))


def test_a_good_pack_has_no_problems(tmp_path):
    folder = make_pack(tmp_path)
    accept(folder)
    assert problems_of(folder) == []


def test_mistakes_of_the_file_itself(tmp_path):
    yaml = YAML.replace("title:", "titel:").replace("    regex: '(?P<time>[^ \\n]+) (?P<level>[A-Z]+)'\n", "")
    assert problems_of(make_pack(tmp_path, yaml=yaml)) == [
        "ACME/pack.yaml:1:1: title is missing",
        "ACME/pack.yaml:1:1: unknown key `titel` at the top level (did you mean title?)",
        "ACME/pack.yaml:10:5: patterns[1] must have one of regex and grok",
    ]


def test_all_mistakes_between_patterns_and_schema_at_once(tmp_path):
    yaml = YAML.replace("(?P<text>", "(?P<txet>").replace("(?P<level>[A-Z]+)'\n", "(?P<lvl>[A-Z]+)'\n", 1)
    yaml += "    set: {{code: 1000}}\nfields:\n  txt: {{from: text}}\n"
    found = problems_of(make_pack(tmp_path, yaml=yaml))
    assert found == [
        "ACME/pack.yaml:9:12: pattern coded captures txet, which the schema does not have (did you mean text?)",
        "ACME/pack.yaml:11:12: pattern bare captures lvl, which the schema does not have (did you mean level?)",
        (
            "ACME/pack.yaml:11:12: pattern bare does not give level, which the schema requires "
            "(capture it as level, or make it optional in the schema)"
        ),
        "ACME/pack.yaml:12:17: code: 1000 is outside [0, 999]",
        "ACME/pack.yaml:14:8: the schema has no field txt (did you mean text?)",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("(?P<code>[-0-9]+)", "([-0-9]+)", "ACME/pack.yaml:9:12: a group has no name; write (?:…) for groups that are not fields"),
        ("[-0-9]+)", "[-0-9]+{{2,1}})", "ACME/pack.yaml:9:12: not a regular expression: min repeat greater"),
        ("format: iso8601", "format: 'no%'", "ACME/pack.yaml:6:34: "),
        ("jsonschema/1-0-0", "jsonschema/2-0-0", "ACME/pack.yaml:4:9: no such schema: iglu:com.acme/acme/jsonschema/2-0-0"),
    ],
)  # fmt: skip
def test_one_mistake(tmp_path, old, new, expected):
    (found,) = problems_of(make_pack(tmp_path, yaml=YAML.replace(old, new)))
    assert found.startswith(expected)


def test_samples_without_golden_file(tmp_path):
    folder = make_pack(tmp_path)
    assert problems_of(folder) == [
        (
            "ACME/samples/a.jsonl: no outcomes are written down "
            "(if that is right, run `logsource packs accept acme` and review the difference)"
        )
    ]


def test_an_outcome_that_changed(tmp_path):
    folder = make_pack(tmp_path)
    accept(folder)
    golden = folder / "samples" / "a.jsonl"
    golden.write_text(golden.read_text().replace('"code":7', '"code":7.0'))
    (found,) = problems_of(folder)
    assert found.startswith("ACME/samples/a.log:1: 2026-01-02T03:04:05.678Z INFO 7 it works\n    expected")
    assert '"code":7.0' in found
    assert '"code":7,' in found


def test_a_line_more_than_outcomes(tmp_path):
    folder = make_pack(tmp_path)
    accept(folder)
    with (folder / "samples" / "a.log").open("a") as stream:
        stream.write("2026-01-02T03:04:06Z INFO\n")
    assert problems_of(folder)[0].startswith("ACME/samples/a.jsonl: 3 outcomes for 4 records")


def test_a_pattern_no_sample_uses(tmp_path):
    folder = make_pack(tmp_path, lines=["2026-01-02T03:04:05Z INFO 7 it works"])
    accept(folder)
    assert problems_of(folder) == [
        "ACME/pack.yaml: no sample uses pattern bare (add a line for it, or remove it)"
    ]


def test_a_pattern_with_exploding_time(tmp_path):
    yaml = YAML.replace("(?P<text>[^\\n]*)", "(?P<text>(?:[a-z]+ ?)*)")
    folder = make_pack(tmp_path, yaml=yaml)
    accept(folder)
    (found,) = problems_of(folder)
    assert found.startswith("ACME/pack.yaml: pattern coded takes more than 0.05 s on a line of")


def test_a_pattern_with_quadratic_time(tmp_path):
    yaml = YAML.replace("(?P<text>[^\\n]*)", "(?P<text>[^\\n]*) [^\\n]*x")
    folder = make_pack(
        tmp_path, yaml=yaml, lines=["2026-01-02T03:04:05Z INFO 7 a x", "2026-01-02T03:04:06Z WARN"]
    )
    accept(folder)
    (found,) = problems_of(folder)
    assert found.startswith("ACME/pack.yaml: pattern coded takes more than 0.05 s on a line of")


def test_schema_that_breaks_a_lint_rule(tmp_path):
    properties = {**PROPERTIES, "text": {"type": ["string", "null"], "maxLength": 20}}
    folder = make_pack(tmp_path, properties=properties)
    accept(folder)
    assert any("/properties/text: has no description" in found for found in problems_of(folder))


def test_what_the_schema_promises_beyond_lists_of_fields_is_checked_record_by_record(tmp_path):
    properties = {**PROPERTIES, "text": {**PROPERTIES["text"], "pattern": "^it"}}
    folder = make_pack(tmp_path, properties=properties, lines=["2026-01-02T03:04:05Z INFO 7 it works", "2026-01-02T03:04:05Z INFO 7 that works", "2026-01-02T03:04:06Z WARN"])  # fmt: skip
    accept(folder)
    assert problems_of(folder) == []
    outcomes = (folder / "samples" / "a.jsonl").read_text().splitlines()
    assert '"ok":true' in outcomes[0]
    assert '"reason":"bad_value","detail":"text: ' in outcomes[1]


def test_no_pack_at_all(tmp_path):
    with pytest.raises(PackError, match=r"not a parser pack: it has no pack\.yaml"):
        load_pack(tmp_path)


def test_samples_of_unknown_origin(tmp_path):
    folder = make_pack(tmp_path, yaml=YAML.replace("[a]", "[b, c]"))
    accept(folder)
    assert problems_of(folder) == [
        (
            "ACME/samples/a.log: nothing says where these lines come from "
            "(name a in an entry of origin in pack.yaml: written_by, if a program wrote them, and how)"
        ),
        "ACME/pack.yaml:3:21: origin: there is no sample file named b",
        "ACME/pack.yaml:3:24: origin: there is no sample file named c",
    ]


def test_one_sample_file_has_one_origin(tmp_path):
    yaml = YAML.replace("}}]", "}}, {{samples: [b, a], written_by: Acme 1.0, how: By running it.}}]", 1)
    assert problems_of(make_pack(tmp_path, yaml=yaml)) == [
        "ACME/pack.yaml:3:9: origin names a sample file twice: a list"
    ]
