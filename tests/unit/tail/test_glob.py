"""Patterns: braces, `**`, classes, hidden files; directories listed only when they changed."""

from __future__ import annotations

import pytest

from logsource.tail.find import Directories, Finder
from logsource.tail.glob import expand_braces, name_regex, path_regex


@pytest.mark.parametrize(
    ("pattern", "expanded"),
    [
        ("/a/b", ["/a/b"]),
        ("/a/{b,c}", ["/a/b", "/a/c"]),
        ("/{a,b}/{c,d}", ["/a/c", "/a/d", "/b/c", "/b/d"]),
        ("/a/{b,c{d,e}}f", ["/a/bf", "/a/cdf", "/a/cef"]),
        ("/a/{b}", ["/a/{b}"]),
        ("/a/{b,c", ["/a/{b,c"]),
        ("/a/b}", ["/a/b}"]),
        ("/a/{,x}.log", ["/a/.log", "/a/x.log"]),
    ],
)
def test_braces(pattern, expanded):
    assert expand_braces(pattern) == expanded


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("*.log", "a.log", True),
        ("*.log", ".a.log", False),
        (".*.log", ".a.log", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("[a-c]x", "bx", True),
        ("[!a-c]x", "bx", False),
        ("[!a-c]x", "dx", True),
        ("[]]x", "]x", True),
        ("a[b", "a[b", True),
        ("a.c", "abc", False),
        ("[^a]", "^", True),
    ],
)
def test_names(pattern, name, matches):
    assert bool(name_regex(pattern).fullmatch(name)) is matches


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/a/**/x", "/a/x", True),
        ("/a/**/x", "/a/b/c/x", True),
        ("/a/*/x", "/a/b/c/x", False),
        ("**/x", "/a/b/x", True),
        ("/a/**", "/a/b/c", True),
        ("/a/*.gz", "/a/b.gz", True),
    ],
)
def test_paths(pattern, path, matches):
    assert bool(path_regex(pattern).fullmatch(path)) is matches


def found(finder):
    return sorted(one.path for one in finder.find())


def test_recursion_does_not_follow_links_in_circles(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x.log").touch()
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path / "a")
    assert found(Finder([f"{tmp_path}/**/*.log"], [], Directories())) == [f"{tmp_path}/a/b/x.log"]


def test_an_unchanged_directory_gives_the_same_list(tmp_path):
    (tmp_path / "x.log").touch()
    finder = Finder([f"{tmp_path}/*.log"], [], Directories())
    first, second = finder.find(), finder.find()
    assert first.groups[0] is second.groups[0]
    (tmp_path / "y.log").touch()
    third = finder.find()
    assert third.groups[0] is not first.groups[0]
    assert len(third.groups[0]) == 2


def test_a_file_replaced_under_the_same_name_is_noticed(tmp_path):
    (tmp_path / "x.log").write_text("old")
    finder = Finder([f"{tmp_path}/*.log"], [], Directories())
    before = finder.find().groups
    (tmp_path / "new").write_text("new")
    (tmp_path / "new").rename(tmp_path / "x.log")
    assert finder.find().groups != before


def test_excludes_and_what_would_match(tmp_path):
    finder = Finder([f"{tmp_path}/{{a,b}}*.log"], ["**/*debug*"], Directories())
    assert finder.matches(f"{tmp_path}/a1.log")
    assert not finder.matches(f"{tmp_path}/c1.log")
    assert not finder.matches(f"{tmp_path}/a-debug.log")


@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        ("{}/old", ["a/x.log", "b/old.log", "b/tmp-1/x.log", "x.log"]),
        ("{}/b/../old/", ["a/x.log", "b/old.log", "b/tmp-1/x.log", "x.log"]),
        ("**/old", ["a/x.log", "b/old.log", "b/tmp-1/x.log", "x.log"]),
        ("**/{{b,old}}/**", ["a/x.log", "x.log"]),
        ("**/tmp-*/", ["a/x.log", "b/old.log", "old/deep/x.log", "old/x.log", "x.log"]),
        ("{}/*", ["a/x.log", "b/old.log", "b/tmp-1/x.log", "old/deep/x.log", "old/x.log"]),
        ("{}//x.log", ["a/x.log", "b/old.log", "b/tmp-1/x.log", "old/deep/x.log", "old/x.log"]),
        ("{}/**", []),
    ],
)
def test_a_directory_is_left_out_with_all_below_it(tmp_path, exclude, left):
    for name in ("x.log", "a/x.log", "b/old.log", "b/tmp-1/x.log", "old/x.log", "old/deep/x.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    finder = Finder([f"{tmp_path}/**/*.log"], [exclude.format(tmp_path)], Directories())
    assert found(finder) == [f"{tmp_path}/{name}" for name in left]
    every = found(Finder([f"{tmp_path}/**/*.log"], [], Directories()))
    assert [path for path in every if finder.matches(path)] == found(finder)


def test_a_directory_that_is_left_out_need_not_be_readable(tmp_path):
    finder = Finder([f"{tmp_path}/**/*.log"], ["**/private"], Directories())
    (tmp_path / "a").mkdir()
    (tmp_path / "private").mkdir()
    finding = finder.find()
    assert finding.complete
    assert finding.directories == [str(tmp_path), f"{tmp_path}/a"]


def test_dots_in_paths_are_normalised(tmp_path):
    (tmp_path / "x.log").touch()
    assert found(Finder([f"{tmp_path}/../{tmp_path.name}/./x.log"], [], Directories())) == [
        f"{tmp_path}/x.log"
    ]
