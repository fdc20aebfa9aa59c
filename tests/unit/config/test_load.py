"""A whole file: what comes out, and what is said when it cannot be read at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsource.config.load import MAX_BYTES, SMALLEST, load, load_config
from logsource.config.model import Config
from logsource.errors import ConfigError

MINIMAL = """\
collector:
  url: https://collector.example.com
sources:
  - name: web
    paths: [/var/log/nginx/*.log]
"""


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "logsource.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def problems(path: Path, **env: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load_config(path, env=env)
    return [problem.replace(str(path.parent), "DIR") for problem in raised.value.problems]


def test_minimal_configuration_has_the_defaults(tmp_path: Path):
    config = load_config(write(tmp_path, MINIMAL), env={})
    assert config.collector.url == "https://collector.example.com"
    assert config.collector.timeout == 10.0
    assert config.collector.retry.max == 60.0
    assert config.outbox.max_size == 1024**3
    assert config.sources[0].parser == "plain"
    assert config.web.listen == "127.0.0.1:9419"


def test_defaults_obey_their_own_rules(tmp_path: Path):
    config = load_config(write(tmp_path, MINIMAL), env={})
    assert Config.model_validate(config.model_dump(by_alias=True)) == config


def test_a_configuration_cannot_be_changed(tmp_path: Path):
    config = load_config(write(tmp_path, MINIMAL), env={})
    with pytest.raises(ValueError, match="frozen"):
        config.collector.url = "https://other.example.com"


def test_units_are_converted(tmp_path: Path):
    text = MINIMAL.replace("sources:", "  timeout: 1500ms\n  byte_limit_post: 64KiB\nsources:")
    collector = load_config(write(tmp_path, text), env={}).collector
    assert collector.timeout == 1.5
    assert collector.byte_limit_post == 65536


def test_values_from_the_environment_get_the_type_of_their_field(tmp_path: Path):
    text = MINIMAL.replace(
        "sources:",
        "  app_id: ${ID}\n  concurrency: ${N}\n  base64: ${FLAG}\n  timeout: ${T}\n  byte_limit_post: ${B}\nsources:",
    )
    env = {"ID": "2024", "N": "7", "FLAG": "true", "T": "3s", "B": "4096"}
    collector = load_config(write(tmp_path, text), env=env).collector
    assert collector.app_id == "2024"  # text stays text, even if it looks like a number
    assert (collector.concurrency, collector.base64, collector.timeout) == (7, True, 3.0)
    assert collector.byte_limit_post == 4096


def test_anchors_share_settings_between_sources(tmp_path: Path):
    text = """\
collector: {url: https://collector.example.com}
sources:
  - &web {name: a, paths: [/a.log], max_line: 64KiB, skip_empty: false}
  - <<: *web
    name: b
"""
    first, second = load_config(write(tmp_path, text), env={}).sources
    assert (second.name, second.paths, second.max_line) == ("b", first.paths, 65536)


def test_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path):
    data = b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode()
    assert load_config(write(tmp_path, data), env={}).sources[0].name == "web"


def test_missing_file(tmp_path: Path):
    path = tmp_path / "none.yaml"
    assert problems(path) == [f"DIR/none.yaml: no such file (begin with {SMALLEST})"]


def test_the_configuration_to_begin_with_is_one(tmp_path: Path):
    (source,) = load_config(write(tmp_path, SMALLEST), env={}).sources
    assert source.paths == ["/var/log/app.log"]


def test_directory(tmp_path: Path):
    with pytest.raises(
        ConfigError, match=r"is a directory, not a file \(name the file in it, such as .*/logsource.yaml\)"
    ):
        load_config(tmp_path, env={})


def test_endless_file_is_not_read_to_its_end():
    with pytest.raises(ConfigError, match=f"is larger than {MAX_BYTES} bytes"):
        load_config(Path("/dev/zero"), env={})


def test_problems_come_in_the_order_of_the_file(tmp_path: Path):
    text = (
        MINIMAL.replace("name: web", "name: w b").replace("https:", "ftp:")
        + "zebra: 1\nagent: {workers: 0}\n"
    )
    lines = [int(problem.split(":")[1]) for problem in problems(write(tmp_path, text))]
    assert lines == [2, 4, 6, 7]


def test_a_broken_list_item_does_not_hide_the_next_one(tmp_path: Path):
    text = MINIMAL + "  - 5\n  - {name: x, paths: [relative]}\n"
    found = problems(write(tmp_path, text))
    assert len(found) == 2
    assert found[0].startswith("DIR/logsource.yaml:6:5: sources[1] must be a mapping")
    assert found[1].startswith("DIR/logsource.yaml:7:23: sources[2].paths[0] must be an absolute path")


def test_parsers_are_judged_by_those_who_know_them(tmp_path: Path):
    path = write(tmp_path, MINIMAL + f"    parser: own_pack\npack_dirs: [{tmp_path}]\n")
    asked = []

    def known(pack_dirs):
        asked.append(list(pack_dirs))
        return ["own_pack"]

    assert load_config(path, env={}, known_parsers=known).sources[0].parser == "own_pack"
    assert asked == [[tmp_path]]
    with pytest.raises(ConfigError, match="there is no parser 'own_pack'"):
        load_config(path, env={}, known_parsers=lambda _: ["other"])
    assert load_config(path, env={}).sources[0].parser == "own_pack"  # nobody to ask


def test_parsers_of_the_file_itself_are_known(tmp_path: Path):
    text = MINIMAL + "    parser: app\nparsers: {app: {json: true}}\n"
    assert load_config(write(tmp_path, text), env={}, known_parsers=lambda _: []).parsers["app"].json_ is True


def test_later_checks_can_point_into_the_file(tmp_path: Path):
    loaded = load(write(tmp_path, MINIMAL), env={})
    said = loaded.say(("sources", 0, "paths", 0), "nobody writes there", "check it")
    assert said == f"{tmp_path}/logsource.yaml:5:13: nobody writes there (check it)"
    assert loaded.locate("sources", 0, "parser").line == 4  # it is not in the file: the nearest thing that is
