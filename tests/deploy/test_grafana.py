"""The board: it loads, asks only for what exists, and no panel lies on another."""

from __future__ import annotations

import json
import re
from itertools import combinations

import pytest
import yaml

from logsource.series import PREFIX, SERIES
from tests.deploy.series import OF_PROMETHEUS, OF_SCRAPING, grouping_in, known, matchers_in, names_in
from tests.deploy.tools import DEPLOY, run

BOARD = json.loads((DEPLOY / "grafana/logsource.json").read_text())
PANELS = BOARD["panels"]
SHOWN = [panel for panel in PANELS if panel["type"] != "row"]
VARIABLES = {one["name"]: one for one in BOARD["templating"]["list"]}
EXPRESSIONS = [
    (f"{panel['title']} {target['refId']}", target["expr"]) for panel in SHOWN for target in panel["targets"]
] + [(f"annotation {one['name']}", one["expr"]) for one in BOARD["annotations"]["list"]]
COLUMNS = 24


def filled_in(expression):
    """As Grafana sends it, once the variables have values."""
    text = expression.replace("$__rate_interval", "5m").replace("$__interval", "1m")
    for name in VARIABLES:
        text = re.sub(rf"\$\{{?{name}\b\}}?", "x", text)
    return text


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS, ids=[where for where, _ in EXPRESSIONS])
def test_every_expression_asks_for_series_and_labels_that_exist(where, expression):
    series = known()
    names = names_in(expression)
    assert names, "an expression asks for something"
    assert names <= series.keys() | OF_PROMETHEUS
    for name, label in matchers_in(expression):
        assert label in series.get(name, set()) | OF_SCRAPING, f"{name} has no label {label}"
    assert set(grouping_in(expression)) <= set().union(*series.values()) | OF_SCRAPING
    assert "$" not in filled_in(expression), "a variable that the board does not have"


def test_prometheus_parses_every_expression(tmp_path):
    rules = [
        {"record": f"board:{number}", "expr": filled_in(expression)}
        for number, (_, expression) in enumerate(EXPRESSIONS)
    ]
    path = tmp_path / "board.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": rules}]}))
    status, said = run("promtool", "check", "rules", path)
    assert status == 0, said
    assert f"SUCCESS: {len(EXPRESSIONS)} rules found" in said


def test_every_series_of_ours_is_on_the_board():
    asked = {name.removesuffix("_bucket") for _, expression in EXPRESSIONS for name in names_in(expression)}
    assert {PREFIX + series.name for series in SERIES} <= asked


def test_panels_lie_on_the_grid_and_not_on_each_other():
    for panel in PANELS:
        at = panel["gridPos"]
        assert at["w"] > 0
        assert at["h"] > 0
        assert at["x"] >= 0
        assert at["x"] + at["w"] <= COLUMNS, panel["title"]
    for one, other in combinations(PANELS, 2):
        a, b = one["gridPos"], other["gridPos"]
        apart = (
            a["x"] + a["w"] <= b["x"]
            or b["x"] + b["w"] <= a["x"]
            or a["y"] + a["h"] <= b["y"]
            or b["y"] + b["h"] <= a["y"]
        )
        assert apart, f"{one['title']} lies on {other['title']}"


def test_panels_are_told_apart_and_explained():
    ids = [panel["id"] for panel in PANELS]
    titles = [panel["title"] for panel in PANELS]
    assert len(set(ids)) == len(ids)
    assert len(set(titles)) == len(titles)
    for panel in SHOWN:
        assert panel["description"].endswith(".")
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        if panel["type"] != "table":
            assert panel["fieldConfig"]["defaults"]["unit"]


def test_the_variables_are_filled_from_series_that_exist():
    assert VARIABLES["datasource"]["type"] == "datasource"
    for name in ("job", "instance", "source"):
        query = VARIABLES[name]["query"]["query"]
        asked, label = re.fullmatch(r"label_values\((.+), (\w+)\)", query).groups()
        (series,) = names_in(asked)
        assert label in known()[series] | OF_SCRAPING
        assert f'${name}"' in "".join(expression for _, expression in EXPRESSIONS)
