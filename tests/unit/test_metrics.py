"""Every series that other tools rely on is there, documented, and counts what it says."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from logsource import __version__
from logsource.metrics import MAX_CHILDREN, Levels, Metrics
from logsource.model import Tally
from logsource.series import SERIES

PROMISED = {
    "lines_read_total": ("source",),
    "bytes_read_total": ("source",),
    "events_total": ("source", "schema"),
    "rejected_total": ("source", "reason"),
    "unparsed_total": ("source", "reason"),
    "dropped_total": ("source", "reason"),
    "lag_bytes": ("source",),
    "lag_seconds": ("source",),
    "unfinished_bytes": ("source",),
    "files": ("source", "state"),
    "rotations_total": ("source", "kind"),
    "unread_bytes_abandoned_total": ("source", "reason"),
    "cuts_total": ("source", "limit"),
    "replaced_characters_total": ("source",),
    "reopened_files_total": ("source", "reason"),
    "delivered_files_total": ("source", "action"),
    "outbox_events": (),
    "outbox_bytes": (),
    "outbox_capacity_bytes": (),
    "outbox_oldest_age_seconds": ("output",),
    "events_sent_total": ("output",),
    "requests_total": ("output", "code"),
    "request_seconds": ("output",),
    "retries_total": ("output",),
    "dead_letters_total": ("output", "reason"),
    "dead_letters": (),
    "accounting_imbalance": (),
    "output_blocked": ("output",),
    "read_paused": (),
    "regex_timeouts_total": ("parser",),
    "worker_restarts_total": ("reason",),
    "config_reload_success": (),
}
"""The contract with dashboards and alerts; `build_info` has labels of our choice."""


def busy() -> Metrics:
    """Metrics of an agent that has done a bit of everything."""
    metrics = Metrics()
    metrics.levels = lambda: Levels(
        outbox_events=5,
        outbox_bytes=600,
        outbox_capacity_bytes=1000,
        dead_letters=2,
        read_paused=True,
        outbox_oldest_age_seconds={"collector": 1.5},
        output_blocked={"collector": True},
        lag_bytes={"web": 77},
        unfinished_bytes={"web": 7},
        lag_seconds={"web": 0.5},
        files={("web", "active"): 3, ("web", "unreadable"): 1},
    )
    tally = Tally(
        read=10,
        bytes=900,
        events=Counter({"io.logsource/nginx_access/1-0-0": 7}),
        rejected=Counter({"no_match": 1}),
        dropped=Counter({"empty": 2}),
        unparsed=Counter({"no_match": 3}),
    )
    metrics.record_tally("web", tally)
    metrics.record_request("collector", "200", 0.03, 7)
    metrics.record_request("collector", "503", 0.2, 0)
    metrics.record_retry("collector")
    metrics.record_dead("collector", "too_large", 2)
    metrics.record_rotation("web", "rename")
    metrics.record_abandoned("web", "truncated", 40)
    metrics.record_cut("web", "max_lines", 5)
    metrics.record_replaced("web", 3)
    metrics.record_reopened("web", "stale_handle")
    metrics.record_delivered_file("web", "move")
    metrics.record_worker_restart("crash")
    metrics.record_regex_timeout("app")
    return metrics


def samples(metrics: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = text_string_to_metric_families(metrics.render().decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return samples(metrics)[(f"logsource_{name}", frozenset(labels.items()))]


def test_promised_series_are_defined_with_their_labels_and_a_meaning():
    defined = {series.name: series for series in SERIES}
    assert {name: series.labels for name, series in defined.items() if name != "build_info"} == PROMISED
    assert "build_info" in defined
    for series in SERIES:
        assert series.meaning.endswith("."), series.name
        assert (series.kind == "counter") == series.name.endswith("_total")


@pytest.mark.parametrize("name", [*PROMISED, "build_info"])
def test_promised_series_show_up_in_a_scrape(name: str):
    text = busy().render().decode()
    kind, meaning = next((series.kind, series.meaning) for series in SERIES if series.name == name)
    assert f"# HELP logsource_{name} {meaning}\n" in text
    assert f"# TYPE logsource_{name} {kind}\n" in text
    sample = f"logsource_{name}_count" if kind == "histogram" else f"logsource_{name}"
    assert any(line.startswith((sample + " ", sample + "{")) for line in text.splitlines())


def test_nothing_of_ours_is_undocumented():
    names = {f"logsource_{series.name}" for series in SERIES}
    for line in busy().render().decode().splitlines():
        if line.startswith("# TYPE logsource_"):
            assert line.split()[2] in names
    assert "_created" not in busy().render().decode()


def test_values():
    metrics = busy()
    assert value(metrics, "lines_read_total", source="web") == 10
    assert value(metrics, "bytes_read_total", source="web") == 900
    assert value(metrics, "events_total", source="web", schema="io.logsource/nginx_access/1-0-0") == 7
    assert value(metrics, "rejected_total", source="web", reason="no_match") == 1
    assert value(metrics, "dropped_total", source="web", reason="empty") == 2
    assert value(metrics, "unparsed_total", source="web", reason="no_match") == 3
    assert value(metrics, "events_sent_total", output="collector") == 7
    assert value(metrics, "requests_total", output="collector", code="503") == 1
    assert value(metrics, "request_seconds_count", output="collector") == 2
    assert value(metrics, "request_seconds_bucket", output="collector", le="0.05") == 1
    assert value(metrics, "dead_letters_total", output="collector", reason="too_large") == 2
    assert value(metrics, "unread_bytes_abandoned_total", source="web", reason="truncated") == 40
    assert value(metrics, "cuts_total", source="web", limit="max_lines") == 5
    assert value(metrics, "replaced_characters_total", source="web") == 3
    assert value(metrics, "reopened_files_total", source="web", reason="stale_handle") == 1
    assert value(metrics, "delivered_files_total", source="web", action="move") == 1
    assert value(metrics, "read_paused") == 1
    assert value(metrics, "output_blocked", output="collector") == 1
    assert value(metrics, "files", source="web", state="active") == 3
    assert value(metrics, "outbox_oldest_age_seconds", output="collector") == 1.5
    assert value(metrics, "config_reload_success") == 1
    metrics.record_reload(success=False)
    assert value(metrics, "config_reload_success") == 0


def test_schemas_are_shown_in_their_short_form():
    metrics = Metrics()
    for schema in ("iglu:com.acme/my_line/jsonschema/1-0-2", "com.acme/my_line/1-0-2"):
        metrics.record_tally("web", Tally(read=1, events=Counter({schema: 1})))
    assert value(metrics, "events_total", source="web", schema="com.acme/my_line/1-0-2") == 2


def test_counters_begin_at_zero_with_the_process():
    metrics = Metrics()
    metrics.declare_source("web")
    metrics.declare_output("collector")
    assert value(metrics, "lines_read_total", source="web") == 0
    assert value(metrics, "retries_total", output="collector") == 0
    assert value(metrics, "request_seconds_count", output="collector") == 0


def test_two_agents_in_one_process_do_not_mix():
    first, second = busy(), Metrics()
    second.declare_source("web")
    assert value(second, "lines_read_total", source="web") == 0
    assert value(first, "lines_read_total", source="web") == 10


@pytest.mark.parametrize(
    "hostile", ["/var/log/x y", 'a"} 1\nfake 2', "", "x" * 100, "é", "203.0.113.9/24?q=1"]
)
def test_labels_never_carry_paths_or_raw_values(hostile: str):
    metrics = Metrics()
    metrics.record_tally("web", Tally(read=1, dropped=Counter({hostile: 1}), events=Counter({hostile: 1})))
    assert value(metrics, "dropped_total", source="web", reason="other") == 1
    assert value(metrics, "events_total", source="web", schema="other") == 1
    assert not hostile or hostile not in metrics.render().decode()


def test_number_of_label_values_is_bounded():
    metrics = Metrics()
    for number in range(MAX_CHILDREN + 50):
        metrics.record_dead("collector", f"reason_{number}")
    lines = metrics.render().decode().splitlines()
    counts = [line for line in lines if line.startswith("logsource_dead_letters_total{")]
    assert len(counts) == MAX_CHILDREN + 1
    assert value(metrics, "dead_letters_total", output="other", reason="other") == 50


def test_a_scrape_survives_a_store_that_is_gone(caplog: pytest.LogCaptureFixture):
    metrics = busy()

    def gone() -> Levels:
        raise OSError("disk is gone")

    metrics.levels = gone
    assert value(metrics, "lines_read_total", source="web") == 10
    assert ("logsource_outbox_events", frozenset()) not in samples(metrics)
    assert "levels_unavailable" in caplog.text


def test_build_and_process_are_shown():
    text = busy().render().decode()
    assert f'version="{__version__}"' in text
    assert "process_cpu_seconds_total" in text
    assert "process_resident_memory_bytes" in text


def test_promtool_finds_nothing_to_complain_about():
    unpacked = Path(__file__).parents[2] / ".venv/system/usr/bin/promtool"
    promtool = shutil.which("promtool") or str(unpacked)
    done = subprocess.run(
        [promtool, "check", "metrics"], input=busy().render(), capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, b""), "`make system-deps` brings promtool"
