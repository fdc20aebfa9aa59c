from __future__ import annotations

from pathlib import Path

import yaml

from logsource.config.find import SYSTEM_PATH, find_config
from logsource.config.load import load, load_config
from logsource.config.show import MASK, mask_url, masked

TEXT = """\
collector:
  url: https://user:hunter2@collector.example.com/base
  headers: {Authorization: Bearer hunter2, X-Token: 'a ${TOKEN}'}
  timeout: 1500ms
sources:
  - {name: app, paths: ['/var/log/${TOKEN}.log'], ignore_older: 7d}
outbox: {max_size: 64MiB}
"""


def test_shown_configuration_has_no_secret(tmp_path: Path):
    path = tmp_path / "logsource.yaml"
    path.write_text(TEXT)
    shown = masked(load(path, env={"TOKEN": "s3cret"}))
    text = yaml.safe_dump(shown)
    assert "hunter2" not in text
    assert "s3cret" not in text
    assert shown["collector"]["url"] == f"https://{MASK}@collector.example.com/base"
    assert shown["collector"]["headers"] == {"Authorization": MASK, "X-Token": "a ${TOKEN}"}
    assert shown["sources"][0]["paths"] == ["/var/log/${TOKEN}.log"]
    assert (shown["collector"]["timeout"], shown["outbox"]["max_size"]) == ("1500ms", "64MiB")


def test_shown_configuration_without_secrets_is_the_same_configuration(tmp_path: Path):
    path = tmp_path / "logsource.yaml"
    path.write_text(
        "collector: {url: 'https://c.example.com'}\nsources: [{name: a, paths: [/a], multiline: {preset: java}}]\n"
    )
    loaded = load(path, env={})
    again = tmp_path / "again.yaml"
    again.write_text(yaml.safe_dump(masked(loaded), sort_keys=False))
    assert load_config(again, env={}) == loaded.config


def test_mask_of_urls():
    assert mask_url("https://c.example.com/x") == "https://c.example.com/x"
    assert mask_url("http://me@c.example.com:8080") == f"http://{MASK}@c.example.com:8080"
    assert mask_url("http://a:b@c@[::1]:80/") == f"http://{MASK}@[::1]:80/"


def test_the_variable_wins_even_if_its_file_is_missing(tmp_path: Path):
    (tmp_path / "logsource.yaml").write_text("")
    assert find_config({"LOGSOURCE_CONFIG": "/no/such.yaml"}, tmp_path) == Path("/no/such.yaml")


def test_then_the_working_directory(tmp_path: Path):
    (tmp_path / "logsource.yaml").write_text("")
    assert find_config({}, tmp_path) == tmp_path / "logsource.yaml"


def test_then_the_system(tmp_path: Path):
    expected = SYSTEM_PATH if SYSTEM_PATH.exists() else None
    assert find_config({}, tmp_path) == expected
