"""The rules as Prometheus judges them, and as the metrics and the runbook know them."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.deploy.series import OF_PROMETHEUS, OF_SCRAPING, grouping_in, known, matchers_in, names_in
from tests.deploy.tools import DEPLOY, run

HERE = DEPLOY / "prometheus"
GROUPS = yaml.safe_load((HERE / "rules.yaml").read_text())["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = [rule for rule in RULES if "alert" in rule]
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
RUNBOOK = (DEPLOY / "RUNBOOK.md").read_text()


def name_of(rule):
    return rule.get("alert") or rule["record"]


def anchors(markdown):
    """Anchors that a renderer makes of headings."""
    headings = re.findall(r"^#+ (.+)$", markdown, re.MULTILINE)
    return {"#" + re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_promtool_accepts_the_rules_and_the_scrape_job():
    status, said = run("promtool", "check", "rules", "--lint-fatal", HERE / "rules.yaml")
    assert status == 0, said
    assert f"SUCCESS: {len(RULES)} rules found" in said
    status, said = run("promtool", "check", "config", HERE / "scrape.yaml")
    assert status == 0, said


def test_the_rules_pass_their_unit_tests():
    status, said = run("promtool", "test", "rules", "rules.test.yaml", cwd=HERE)
    assert status == 0, said
    assert "SUCCESS" in said


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_every_series_of_a_rule_exists_and_has_the_labels_asked_for(rule):
    series = known()
    names = names_in(rule["expr"])
    assert names, "an expression asks for something"
    assert names <= series.keys() | RECORDED | OF_PROMETHEUS
    for name, label in matchers_in(rule["expr"]):
        assert label in series.get(name, set()) | OF_SCRAPING, f"{name} has no label {label}"
    everywhere = set().union(*series.values()) | OF_SCRAPING
    assert set(grouping_in(rule["expr"])) <= everywhere


@pytest.mark.parametrize("rule", ALERTS, ids=name_of)
def test_every_alert_says_what_it_is_and_where_to_read_on(rule):
    notes = rule["annotations"]
    assert notes.keys() == {"summary", "description", "runbook"}
    assert notes["runbook"] == f"#{rule['alert'].lower()}"
    assert notes["runbook"] in anchors(RUNBOOK)
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert "{{ $labels.instance }}" in notes["summary"] or rule["expr"].startswith("absent")


@pytest.mark.parametrize("rule", ALERTS, ids=name_of)
def test_every_alert_is_rung_by_a_unit_test(rule):
    tests = yaml.safe_load((HERE / "rules.test.yaml").read_text())["tests"]
    rung = {
        one["alertname"] for test in tests for one in test.get("alert_rule_test", []) if one["exp_alerts"]
    } | {
        found
        for test in tests
        for one in test.get("promql_expr_test", [])
        for sample in one["exp_samples"]
        for found in re.findall(r'alertname="(\w+)"', sample["labels"])
    }
    assert rule["alert"] in rung


def test_the_runbook_has_a_section_for_each_alert_and_no_others():
    assert set(re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)) == {rule["alert"] for rule in ALERTS}


def test_links_inside_the_runbook_lead_somewhere():
    links = set(re.findall(r"\]\((#[^)]+)\)", RUNBOOK))
    assert links
    assert links <= anchors(RUNBOOK)


def test_the_judge_of_expressions_finds_what_is_wrong():
    """Else every test above could pass for nothing."""
    wrong = 'sum without (schema) (rate(logsource_evnts_total{source="a",shcema!~"b.*"}[5m])) > 0 and on (job, instence) x'
    assert names_in(wrong) == {"logsource_evnts_total", "x"}
    assert list(matchers_in(wrong)) == [
        ("logsource_evnts_total", "source"),
        ("logsource_evnts_total", "shcema"),
    ]
    assert list(grouping_in(wrong)) == ["schema", "job", "instence"]
