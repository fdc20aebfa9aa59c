"""Grok as Logstash's users know it: references, captures, conversions, libraries, errors."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.errors import PackError
from logsource.model import Reject
from logsource.parse.blocksafe import block_safe
from logsource.parse.grok import GrokLibrary, GrokParser, compile_grok, raw_match
from logsource.parse.grok.library import one_name
from logsource.parse.grok.references import field_path
from logsource.parse.ruby import ruby_to_f, ruby_to_i

LIBRARY = GrokLibrary.builtin(ecs=True)


def match(pattern, text, **options):
    keep_empty = options.pop("keep_empty_captures", False)
    return raw_match(compile_grok(pattern, library=LIBRARY, **options), text, keep_empty_captures=keep_empty)


class TestCaptures:
    def test_named_captures_only(self):
        assert match("%{IP:client} %{WORD} %{WORD:verb}", "10.0.0.1 x GET") == {
            "client": "10.0.0.1",
            "verb": "GET",
        }

    def test_all_captures_on_demand(self):
        assert match("%{INT} %{WORD:verb}", "7 GET", named_captures_only=False) == {"INT": "7", "verb": "GET"}

    def test_oniguruma_captures(self):
        assert match("(?<queue_id>[0-9A-F]{4,}) (?<[a][b]>x)", "BEEF1 x") == {
            "queue_id": "BEEF1",
            "a": {"b": "x"},
        }

    def test_conversions_are_rubys(self):
        pattern = "%{DATA:i:int}\\|%{DATA:f:float}\\|%{DATA:s:string}\\|%{GREEDYDATA:j:int}"
        assert match(pattern, "12abc|1.5e1x|7|none") == {"i": 12, "f": 15.0, "s": "7", "j": 0}

    def test_text_behind_the_name_is_ignored(self):
        assert match("%{INT:n!whatever it says} %{WORD:w?}", "1 a") == {"n": "1", "w": "a"}

    def test_the_same_name_again_makes_an_array_in_the_order_of_names(self):
        assert match("%{WORD:a} %{WORD:a} %{WORD:a}", "x y z") == {"a": ["x", "y", "z"]}
        assert match("%{WORD:a} %{INT:a} %{WORD:a}", "x 1 z") == {
            "a": ["x", "z", "1"]
        }  # WORD:a comes first, twice
        assert match("%{INT:n:int} %{INT:n:int}", "1 2") == {"n": [1, 2]}

    def test_only_the_branch_that_took_part_counts(self):
        assert match("(?:%{INT:n}|%{WORD:n})", "abc") == {"n": "abc"}
        assert match("%{WORD:a}( %{INT:b})?", "abc") == {"a": "abc"}

    def test_empty_captures_are_left_out_unless_asked_for(self):
        assert match("<%{DATA:a}>%{DATA:b}<", "<>x<") == {"b": "x"}
        assert match("<%{DATA:a}>%{DATA:b}<", "<>x<", keep_empty_captures=True) == {"a": "", "b": "x"}

    def test_captures_that_took_no_part_are_null_when_empty_ones_are_kept(self):
        assert match("%{WORD:a}( %{INT:b:int})?", "abc", keep_empty_captures=True) == {"a": "abc", "b": None}
        assert match("x(?<[a][b]>y)?", "x", keep_empty_captures=True) == {"a": {"b": None}}
        either = "(?:%{INT:n}|%{WORD:n})"
        assert match(either, "abc", keep_empty_captures=True) == {"n": "abc"}  # null first, then the text
        assert match(either, "12", keep_empty_captures=True) == {"n": ["12", None]}
        assert match("(?:%{INT:n:int}|%{WORD:n})", "12", keep_empty_captures=True) == {"n": 12}

    def test_nested_captures_keep_the_outer_and_the_inner(self):
        assert match("(?<t>%{INT:h}:%{INT:m})", "12:30") == {"t": "12:30", "h": "12", "m": "30"}

    def test_a_field_that_is_a_value_holds_no_others(self):
        assert match("%{WORD:a} %{WORD:[a][b]} %{WORD:c}", "x y z") == {"a": "x", "c": "z"}
        assert match("%{WORD:[a][b]} %{WORD:a}", "x y") == {"a": {"b": "x"}}

    def test_the_match_may_be_anywhere_unless_anchored(self):
        assert match("%{IP:ip}", "from 10.0.0.1 on") == {"ip": "10.0.0.1"}
        assert match("^%{IP:ip}", "from 10.0.0.1") is None

    def test_keep_drops_the_others_and_their_groups(self):
        compiled = compile_grok(
            "%{COMBINEDAPACHELOG}", library=LIBRARY, keep=["http.response.status_code", "[source][address]"]
        )
        assert [capture.path for capture in compiled.captures] == [
            ("source", "address"),
            ("http", "response", "status_code"),
        ]
        assert re.compile(compiled.regex).groups == 2

    def test_a_dropped_group_that_the_pattern_refers_to_stays(self):
        compiled = compile_grok("(?<q>[\"'])(?<text>.*?)\\k<q>", library=LIBRARY, keep=["text"])
        assert raw_match(compiled, "say 'it'") == {"text": "it"}

    def test_plain_groups_do_not_capture(self):
        assert re.compile(compile_grok("(a)(%{INT:n})(?<m>b)", library=LIBRARY).regex).groups == 2


class TestLibraries:
    def test_definitions_hide_what_was_there(self):
        library = LIBRARY.with_definitions({"WORD": "[xy]+", "PAIR": "%{WORD:a}-%{WORD:b}"})
        assert raw_match(compile_grok("^%{PAIR}$", library=library), "x-y") == {"a": "x", "b": "y"}
        assert raw_match(compile_grok("^%{PAIR}$", library=library), "a-b") is None

    def test_a_definition_inside_of_the_pattern(self):
        assert match("%{HEX4=\\h{4}}-(?<b>%{HEX4})", "beef-cafe") == {"b": "cafe"}

    def test_a_directory_of_patterns(self, tmp_path):
        (tmp_path / "extra").write_text(
            "# comment\n\nPOSTFIX_ID\t[0-9A-F]{10,11}\nBROKEN\n  QUEUE   %{POSTFIX_ID:id}: \n"
        )
        library = LIBRARY.with_dir(tmp_path)
        assert raw_match(compile_grok("%{QUEUE}", library=library), "BEF25A72965: x") == {"id": "BEF25A72965"}

    def test_blanks_at_the_end_of_a_definition_belong_to_it(self, tmp_path):
        (tmp_path / "p").write_bytes(b"TAG \\[%{WORD:tag}\\] \r\nREST %{TAG}(?<rest>.*)\r\n")
        library = LIBRARY.with_dir(tmp_path)
        assert raw_match(compile_grok("^%{REST}$", library=library), "[a] b") == {"tag": "a", "rest": "b"}
        assert raw_match(compile_grok("^%{REST}$", library=library), "[a]b") is None

    def test_a_bar_means_alternation_in_the_files_of_users(self, tmp_path):
        (tmp_path / "p").write_text("AB (?<ab>a|b)\n")
        assert raw_match(compile_grok("^%{AB}$", library=LIBRARY.with_dir(tmp_path / "p")), "b") == {
            "ab": "b"
        }

    def test_a_missing_directory_is_an_error(self, tmp_path):
        with pytest.raises(PackError, match="no such directory"):
            LIBRARY.with_dir(tmp_path / "none")

    def test_an_unreadable_file_is_an_error(self, tmp_path):
        (tmp_path / "p").write_bytes(b"X \xff\n")
        with pytest.raises(PackError, match="cannot read"):
            LIBRARY.with_dir(tmp_path)

    @pytest.mark.parametrize(
        ("text", "legacy", "ecs"),
        [
            ("%{INT:a|[b][c]:int}", "%{INT:a}", "%{INT:[b][c]:int}"),
            ("%{INT:a|}", "%{INT:a}", "%{INT}"),
            ("(?<|[b]>x)", "(?:x)", "(?<[b]>x)"),
            ("(?:a|b)(?<c>d|e)(?<=f|g)", "(?:a|b)(?<c>d|e)(?<=f|g)", "(?:a|b)(?<c>d|e)(?<=f|g)"),
        ],
    )
    def test_two_names_of_one_capture(self, text, legacy, ecs):
        assert one_name(text, ecs=False) == legacy
        assert one_name(text, ecs=True) == ecs


class TestErrors:
    def test_an_unknown_name_has_a_hint_and_a_place(self):
        with pytest.raises(
            PackError,
            match=re.escape(
                "%{COMBINDAPACHELOG} is not a known pattern; did you mean %{COMBINEDAPACHELOG}? at character 3"
            ),
        ):
            compile_grok("x %{COMBINDAPACHELOG}", library=LIBRARY)

    def test_an_error_inside_of_a_definition_names_it(self):
        library = LIBRARY.with_definitions({"A": "%{B}", "B": "(x"}, origin="my.yaml")
        with pytest.raises(PackError, match=re.escape("grok pattern B (my.yaml): no ')' closes this group")):
            compile_grok("%{A}", library=library)

    def test_recursion_is_found(self):
        library = LIBRARY.with_definitions({"A": "a%{B}", "B": "b%{A}"})
        with pytest.raises(PackError, match=re.escape("%{A} refers to itself (A → B → A)")):
            compile_grok("%{A}", library=library)

    def test_repetitions_of_repetitions_are_bounded(self):
        assert compile_grok("s" + "+" * 12 + " %{INT:x}", library=LIBRARY).captures
        with pytest.raises(PackError, match=r"becomes .* pieces when it is compiled"):
            compile_grok("#Fields" + "+" * 70 + ":", library=LIBRARY)
        with pytest.raises(PackError, match="when it is compiled"):
            compile_grok("(?:" * 40 + "s" + ")+" * 40, library=LIBRARY)

    def test_an_explosion_of_references_is_stopped(self):
        bomb = {f"L{level}": f"%{{L{level + 1}}}" * 10 for level in range(8)} | {"L8": "x"}
        with pytest.raises(PackError, match="more than 10000 references"):
            compile_grok("%{L0}", library=LIBRARY.with_definitions(bomb))


def test_pattern_files_may_be_named_by_a_glob(tmp_path):
    (tmp_path / "a.pat").write_text("MINE [a-z]+\n")
    (tmp_path / "b.pat").write_text("OURS %{MINE}-%{INT}\n")
    (tmp_path / "c.txt").write_text("BROKEN (\n")
    library = LIBRARY.with_dir(tmp_path / "*.pat")
    assert raw_match(compile_grok("%{OURS:x}", library=library), "ab-7") == {"x": "ab-7"}
    assert "BROKEN" not in library.patterns
    with pytest.raises(PackError, match="no such directory of grok patterns, and no file of this name"):
        LIBRARY.with_dir(tmp_path / "*.grok")


class TestParser:
    def test_patterns_are_tried_in_order(self):
        parser = GrokParser([compile_grok(p, library=LIBRARY) for p in ("^%{INT:n:int}$", "^%{WORD:w}$")])
        assert parser.fields("12") == {"n": 12}
        assert parser.fields("ab") == {"w": "ab"}
        assert parser.fields("a b") == Reject("no_match", "none of the patterns matches")

    def test_all_patterns_add_their_fields_without_break_on_match(self):
        patterns = [
            compile_grok(p, library=LIBRARY) for p in ("user=%{WORD:user}", "ip=%{IP:ip}", "(?<user>root)")
        ]
        parser = GrokParser(patterns, break_on_match=False)
        assert parser.fields("ip=10.0.0.1 user=bob") == {"user": "bob", "ip": "10.0.0.1"}
        assert parser.fields("user=root") == {"user": ["root", "root"]}
        assert parser.fields("nothing") == Reject("no_match", "none of the patterns matches")

    def test_a_pattern_that_runs_wild_is_stopped(self):
        parser = GrokParser([compile_grok("^(?:(?:a|a)+b?)+$", library=LIBRARY)], timeout=0.05)
        result = parser.fields("a" * 60 + "!")
        assert isinstance(result, Reject)
        assert result.reason == "timeout"

    def test_what_the_compiler_writes_is_good_for_blocks(self):
        for name in ("COMBINEDAPACHELOG", "SYSLOGLINE", "HAPROXYHTTP", "NAGIOSLOGLINE"):
            compiled = compile_grok(f"^%{{{name}}}$", library=LIBRARY)
            safe = block_safe(compiled.regex)
            assert safe is not None
            assert re.compile(safe).groups == len(compiled.captures)


# Checked against Ruby 3.1's String#to_i and String#to_f.
@pytest.mark.parametrize(
    ("text", "integer", "number"),
    [
        ("12", 12, 12.0), ("-7x", -7, -7.0), ("+3", 3, 3.0), ("", 0, 0.0), ("abc", 0, 0.0), ("1_000", 1000, 1000.0),
        ("1__0", 1, 1.0), ("_1", 0, 0.0), ("  42", 42, 42.0), ("0x1A", 0, 0.0), ("1.5e3", 1, 1500.0), ("1e", 1, 1.0),
        ("1.", 1, 1.0), (".5", 0, 0.5), ("1.5.6", 1, 1.5), ("- 1", 0, 0.0), ("٣", 0, 0.0), ("1e400", 1, float("inf")),
        ("12.5.", 12, 12.5), ("1e-2", 1, 0.01), ("1_0.2_5", 10, 10.25),
    ],
)  # fmt: skip
def test_to_i_and_to_f(text, integer, number):
    assert ruby_to_i(text) == integer
    assert ruby_to_f(text) == number


def test_an_absurd_integer_does_not_raise():
    assert ruby_to_i("9" * 100_000) == 0


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ("a", ("a",)),
        ("[a]", ("a",)),
        ("[a][b]", ("a", "b")),
        ("a.b", ("a.b",)),
        ("[a", ("[a",)),
        ("[@metadata][x]", ("@metadata", "x")),
    ],
)
def test_field_references(reference, path):
    assert field_path(reference) == path


@given(st.text(alphabet="%{}:=INTWORDAa[]()<>?|*+\\.:int ", max_size=24), st.text(max_size=20))
@settings(max_examples=800, deadline=None)
def test_any_pattern_with_references_compiles_or_is_a_pack_error(pattern, text):
    try:
        compiled = compile_grok(pattern, library=LIBRARY)
    except PackError:
        return
    result = raw_match(compiled, text, timeout=5)
    assert result is None or isinstance(result, dict)
