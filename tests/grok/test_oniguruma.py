"""Where the regular expressions of grok (Onigmo, Ruby's syntax) differ from Python's, one by one.

Every expectation was checked against Ruby 3.1 with `Regexp.new(pattern, Regexp::MULTILINE)`, which is how
Logstash compiles grok.
"""

import re

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.errors import PackError
from logsource.parse.grok import GrokLibrary, compile_grok

NONE = GrokLibrary({})

# pattern, text, span of the match (None: no match)
CASES = [
    # Sets nest and intersect.
    ("[[[:alnum:]]_]+", "-a1_é-", (1, 5)),
    ("[a-z&&[^aeiou]]+", "abcde", (1, 4)),
    ("[a-z&&[b-y]&&[^c]]+", "abcd", (1, 2)),
    ("[^a-c[d1]]+", "abd1xyz", (4, 7)),
    ("[&&a]", "a&", None),
    ("[]a]+", "a]b", (0, 2)),
    ("[a\\-z]+", "a-z", (0, 3)),
    ("[\\w.-]+", "é-a.b", (1, 5)),
    ("[[:^digit:]]+", "12ab", (2, 4)),
    ("[\\d-]+", "a1-2", (1, 4)),
    # POSIX brackets know Unicode, the short classes are ASCII.
    ("[[:alpha:]]+", "1äöü2", (1, 4)),
    ("[[:upper:]]+", "aÄÖb", (1, 3)),
    ("[[:digit:]]+", "a٣4", (1, 3)),
    ("[[:space:]]+", "a\u00a0\u2003b", (1, 3)),
    ("[[:punct:]]+", "a$«»b", (1, 4)),
    ("[[:xdigit:]]+", "xfF0g", (1, 4)),
    ("[[:cntrl:]]+", "a\x01\x85b", (1, 3)),
    ("[[:word:]]+", "-ä_1-", (1, 4)),
    ("\\w+", "äa_1ö", (1, 4)),
    ("\\d+", "٣42", (1, 3)),
    ("\\s+", "\u00a0 \t\x0bx", (1, 4)),
    ("\\W+", "aäb", (1, 2)),
    ("\\S+", " \u00a0a ", (1, 3)),
    # ... but the word boundary knows Unicode.
    ("\\bb", "äb b", (3, 4)),
    ("\\B", "", (0, 0)),
    # \h is a hexadecimal digit.
    ("\\h+", "xyz09afAFg", (3, 9)),
    ("\\H+", "09xyz", (2, 5)),
    ("[\\h:]+", "x0a:1y", (1, 5)),
    # Lines: ^ and $ at every line; \A, \z, \Z at the ends of the text.
    ("^b$", "a\nb\nc", (2, 3)),
    ("\\Ab", "a\nb", None),
    ("a\\Z", "a\n", (0, 1)),
    ("a\\z", "a\n", None),
    # The dot matches a newline, as Logstash has it; (?m) is the same, (?-m) takes it back.
    ("a.b", "a\nb", (0, 3)),
    ("(?m)a.b", "a\nb", (0, 3)),
    ("(?-m:a.b)", "a\nb", None),
    (".*", "a\nb", (0, 3)),
    # Flags reach over the alternation that follows them, to the end of the group.
    ("a(?i)b|c", "aC", (0, 2)),
    ("a(?i)b|c", "C", None),
    ("(?i:A)b", "ab", (0, 2)),
    ("(?x) a  b # comment", "ab", (0, 2)),
    ("a(?#comment)b", "ab", (0, 2)),
    ("(?i)[^a]", "A", None),
    # Quantifiers.
    ("a{,2}b", "aaab", (1, 4)),
    ("a{2}+b", "aaaab", (0, 5)),
    ("a++a", "aaa", None),
    ("a{1,2}+a", "aaa", (0, 3)),
    ("(?:ab){2}?c", "c", (0, 1)),
    ("a**b", "aab", (0, 3)),
    ("a{x}", "a{x}", (0, 4)),
    ("{a}", "{a}", (0, 3)),
    # Groups and escapes.
    ("(?>a+)ab", "aaab", None),
    ("(?<q>['\"]).*?\\k<q>", "say \"it's\" x", (4, 10)),
    ("(a)(b)\\2\\1", "abba", (0, 4)),
    ("(?<=a|bc)d", "bcd", (2, 3)),
    ("(?<!a|bc)d", "bcd", None),
    ("\\x41\\u00e9\\t\\101", "Aé\tA", (0, 4)),
    ("\\xC3\\xA9{2}", "aéé", (1, 3)),
    ("[\\xC3\\xA9a]+", "aéÃ", (0, 2)),
    ("\\xE2\\x82\\xAC|\\xF0\\x9F\\x90\\x98", "a🐘", (1, 2)),
    ("\\p{Lu}\\P{Lu}\\p{^Lu}", "Aab", (0, 3)),
    ("\\p{Alpha}+", "1äb", (1, 3)),
    ("a\\Rb", "a\r\nb", (0, 4)),
    ("(?<a>x)?(?(<a>)y|z)", "xy", (0, 2)),
    ("\\/\\-\\%\\@", "/-%@", (0, 4)),
]  # fmt: skip


@pytest.mark.parametrize("engine", [re, regex], ids=["re", "regex"])
@pytest.mark.parametrize(("pattern", "text", "span"), CASES)
def test_one_difference(engine, pattern, text, span):
    found = engine.compile(compile_grok(pattern, library=NONE).regex).search(text)
    assert (found.span() if found else None) == span


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("(?~abc)", "absent operator"),
        ("a\\Kb", "\\K has no equivalent"),
        ("\\Ga", "\\G has no equivalent"),
        ("\\X", "\\X has no equivalent"),
        ("(?<a>x)\\g<a>", "\\g has no equivalent"),
        ("(?<a>x)\\1", "cannot be referred to by number"),
        ("\\k<b>", "no group 'b'"),
        ("(a", "no ')' closes"),
        ("a)", "unbalanced ')'"),
        ("[a", "no ']' closes"),
        ("[]", "an empty set"),
        ("[b-a]", "ends before it begins"),
        ("[a-\\d]", "cannot be the end of a range"),
        ("[[:foo:]]", "no class [:foo:]"),
        ("\\p{Foo}", "no character property"),
        ("*a", "nothing before '*'"),
        ("a{5,2}", "smaller repetition count"),
        ("(?u:\\w)", "(?u)"),
        ("(?<a>b\\k<a>)", "cannot be translated"),
        ("(?<=a+)b", "cannot be translated"),
        ("(" * 300 + ")" * 300, "nested too deeply"),
        ("a{200000}", "repetition count over"),
    ],
)
def test_what_cannot_be_translated_is_said_with_its_place(pattern, what):
    with pytest.raises(PackError, match=re.escape(what)):
        compile_grok(pattern, library=NONE)


@given(st.text(alphabet="ab1()[]{}*+?|^$\\.&:<>=!#%i-mx,kpdswhR_ \n", max_size=16))
@settings(max_examples=1500, deadline=None)
def test_any_text_compiles_or_is_a_pack_error(pattern):
    try:
        compiled = compile_grok(pattern, library=NONE)
    except PackError:
        return
    regex.compile(compiled.regex).search("ab1 %{a}", timeout=5)
    assert re.compile(compiled.regex).groups >= len(compiled.captures)
