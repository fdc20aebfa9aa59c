"""`logsource check --tests`: the tests of parsers that stand in the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from logsource.config.load import Loaded
    from logsource.parse.cases import Coverage


def run_and_print(loaded: Loaded, *, quiet: bool) -> bool:
    """Run the tests, print what failed and which patterns no test used; whether all passed.

    Raises PackError when a parser that a test names cannot be built.
    """
    from logsource.parse.cases import run_tests, tested
    from logsource.parse.outcome import printable

    config = loaded.config
    if not config.tests:
        click.echo("no tests: write some under `tests:` (see config/reference.yaml)", err=True)
        return True
    names = dict.fromkeys([*config.parsers, *(test.parser for test in config.tests)])
    failures, coverage = run_tests(config.tests, {name: tested(name, config) for name in names})
    for failure in failures:
        parser = config.tests[failure.test].parser
        what = f"test of {parser} failed: {printable(failure.record, 160)}"
        click.echo(loaded.say(("tests", failure.test), what), err=True)
        for difference in failure.differences:
            click.echo(f"    {difference}", err=True)
    failed = {failure.test for failure in failures}
    if not quiet:
        _coverage(coverage)
        click.echo(f"tests: {len(config.tests) - len(failed)} of {len(config.tests)} passed")
    return not failures


def _coverage(coverage: list[Coverage]) -> None:
    """One line a parser; how many of its patterns the tests have used."""
    width = max((len(one.parser) for one in coverage), default=0)
    for one in coverage:
        missing = f", no test uses {', '.join(one.unused)}" if one.unused else ""
        used = len(one.patterns) - len(one.unused)
        click.echo(f"  {one.parser:<{width}}  {used} of {len(one.patterns)} patterns used{missing}")
        for pattern, branch in one.unreached:
            click.echo(f"  {'':<{width}}  pattern {pattern}: no test reaches {branch}")
