"""Regular expressions that would take very long to compile are found out by looking at them once."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from logsource.config.model import ParserConfig
from logsource.config.regexsize import LARGEST, pieces, too_large
from logsource.errors import PackError
from logsource.parse.custom import build_custom
from logsource.parse.grok.compile import compile_grok
from logsource.parse.grok.library import GrokLibrary
from logsource.parse.rx.oneway import one_way
from logsource.parse.rx.python import read_python


def nested(count: int, quantifier: str) -> str:
    return "(?:" * count + "a" + f"b){quantifier}" * count


class TestPieces:
    @pytest.mark.parametrize(
        ("pattern", "number"),
        [
            ("", 0),
            ("abc", 3),
            (r"[a-z]+\d{3}.", 3),
            ("(ab)", 2),
            ("(ab)*", 2),
            ("(ab)?", 2),
            ("(ab){0,5}", 2),
            ("(ab)+", 4),
            ("(ab)++", 4),
            ("(ab){3}", 8),
            ("(ab){3,}?", 8),
            ("((a)+b){2}", 9),
            (r"\(a\)+[(+)]+(?#no a+)", 4),
            ("(?P<name>a)+(?<other>b)+(?i:c)(?=d)(?>e)", 7),
            ("a{,3}b{x}", 5),
        ],
    )
    def test_what_is_written_out(self, pattern, number):
        assert pieces(pattern) == number

    @pytest.mark.parametrize("quantifier", ["+", "++", "{1,3}"])
    def test_groups_multiply(self, quantifier):
        counts = [pieces(nested(count, quantifier)) for count in (4, 8, 12)]
        assert counts == [46, 766, 12_286]

    def test_it_is_one_pass_however_much_it_is(self):
        class Counted(str):
            __slots__ = ()
            looks = 0

            def __getitem__(self, key):
                Counted.looks += 1
                return super().__getitem__(key)

        pattern = Counted(nested(5_000, "{9}"))
        assert pieces(pattern) > 9**4_000
        assert Counted.looks <= 2 * len(pattern)
        assert "over a billion" in too_large(pattern)

    @given(st.text(st.sampled_from("()[]{}|?*+\\ab1,#<:^"), max_size=40))
    def test_any_text_has_some_size(self, text):
        assert pieces(text) >= 0

    @pytest.mark.parametrize(
        "pattern", [nested(12, "+"), nested(8, "{2}"), "(?:[a-z]{2,8}[.-]){1,300}[a-z]+"]
    )
    def test_what_is_allowed_compiles(self, pattern):
        assert too_large(pattern) == ""
        assert regex.compile(pattern)


@pytest.mark.parametrize("quantifier", ["+", "{2}", "{1,3}", "++"])
class TestWhatIsTooLarge:
    def test_in_a_users_expression(self, quantifier):
        config = ParserConfig.model_validate({"regex": f"(?P<x>{nested(25, quantifier)})"})
        with pytest.raises(
            PackError,
            match=r"pattern 1: becomes .* pieces when it is compiled, and 100,000 are allowed \(groups",
        ):
            build_custom("mine", config, schema_dirs=())

    def test_in_grok(self, quantifier):
        with pytest.raises(PackError, match=r"becomes .* pieces when it is compiled"):
            compile_grok(nested(25, quantifier), library=GrokLibrary.builtin(ecs=False))


def test_the_largest_of_the_library_is_far_away():
    library = GrokLibrary.builtin(ecs=True)
    sizes = {name: pieces(compile_grok(f"%{{{name}}}", library=library).regex) for name in library.patterns}
    assert max(sizes.values()) < LARGEST / 10, max(sizes, key=sizes.__getitem__)


def test_whether_a_pattern_matches_in_one_way_is_asked_of_small_ones_only():
    """Numbers that repeat inside of each other are written out there, too: 64 * 64 * 64 parts."""
    assert one_way(read_python("(?:(?:ab){8}){8}"))
    assert not one_way(read_python("(?:(?:(?:ab){64}){64}){64}"))
