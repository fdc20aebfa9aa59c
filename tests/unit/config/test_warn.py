"""Warnings: allowed, but probably not meant."""

from __future__ import annotations

import grp
import os
from pathlib import Path

import pytest

from logsource.config.load import load
from logsource.config.warn import Matched, warnings
from tests.support.schemaregistry import embedded, http, resolver_file


class Host:
    """A machine with a log, a state directory and a configuration that has nothing to warn about."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "app.log"
        self.log.write_text("line\n")
        self.state = folder / "state"
        self.state.mkdir(mode=0o700)
        self.forbidden: set[Path] = set()
        self.matched = Matched([str(self.log)])
        self.url = "https://collector.example.com"
        self.cores = 4
        self.group = ""

    def warnings(self, collector: str = "", rest: str = "", *, workers: int = 1) -> list[str]:
        path = self.folder / "logsource.yaml"
        path.write_text(
            f"agent: {{state_dir: {self.state}, workers: {workers}, track_group: '{self.group}'}}\n"
            f"collector:\n  url: {self.url}\n{collector}"
            f"sources:\n  - name: app\n    paths: [{self.folder}/*.log]\n{rest}"
        )
        path.chmod(0o644)
        loaded = load(path, env={"TOKEN": "s3cret"})
        found = warnings(loaded, lambda _: self.matched, allowed=self.allowed, cores=self.cores)
        return [warning.replace(str(self.folder), "DIR") for warning in found]

    def allowed(self, path: str | Path, mode: int) -> bool:
        return Path(path) not in self.forbidden and os.access(path, mode)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_nothing_to_warn_about(host: Host):
    assert host.warnings() == []


@pytest.mark.parametrize(
    ("paths", "keys", "warned"),
    [
        ("app.log", "after_delivery: delete", True),
        ("app.log", "after_delivery: move\n    move_to: /srv/read", True),
        ("app.log*", "after_delivery: delete", False),
        ("app.log.1.gz", "after_delivery: delete", False),
        ("app.log", "after_delivery: delete\n    ignore_older: 1h", False),
        ("app.log", "ignore_older: 1h", False),
    ],
)
def test_files_that_would_never_be_deleted(host: Host, paths: str, keys: str, warned: bool):
    rest = f"  - name: old\n    paths: ['{host.folder}/{paths}']\n    {keys}\n"
    found = [one for one in host.warnings(rest=rest) if "rotated" in one]
    assert len(found) == warned
    if warned:
        done = "moves" if "move" in keys else "deletes"
        what = f"source old: after_delivery {done} rotated files, and paths name none"
        assert found[0].endswith(f"{what} (write DIR/app.log* if they are called so)")


@pytest.mark.parametrize(
    ("move_to", "forbidden", "said"),
    [
        ("DIR/gone", None, "move_to DIR/gone is missing (mkdir -p DIR/gone)"),
        ("DIR/app.log", None, "move_to DIR/app.log is not a directory (mkdir -p DIR/app.log)"),
        (
            "/proc",
            None,
            (
                "move_to /proc is on another file system than DIR "
                "(a file is moved by another name, never copied: choose a directory there)"
            ),
        ),
        ("DIR/state", "state", "move_to DIR/state cannot be written (setfacl -m u:logsource:rwx DIR/state)"),
        ("DIR/state", ".", "after_delivery cannot move files of DIR (setfacl -m u:logsource:rwx DIR)"),
        ("DIR/state", None, None),
    ],
)
@pytest.mark.parametrize("matched", [True, False])
def test_where_delivered_files_cannot_go(host: Host, move_to, forbidden, said, matched: bool):
    host.matched = Matched([str(host.log)] if matched else [])
    if forbidden is not None:
        host.forbidden = {host.folder / forbidden}
    target = move_to.replace("DIR", str(host.folder))
    found = host.warnings(rest=f"    after_delivery: move\n    move_to: {target}\n")
    about = [one.partition("source app: ")[2] for one in found if "move" in one]
    assert about == ([] if said is None else [said])


def test_files_that_cannot_be_deleted_for_their_directory(host: Host):
    host.forbidden = {host.folder}
    (found,) = [one for one in host.warnings(rest="    after_delivery: delete\n") if "after_delivery" in one]
    assert "source app: after_delivery cannot delete files of DIR (" in found


def test_more_parsing_processes_than_cores(host: Host):
    assert host.warnings(workers=4) == []
    (warning,) = host.warnings(workers=5)
    what = "agent.workers is 5, but there are 4 cores (more only take memory: workers: 4)"
    assert warning.startswith("DIR/logsource.yaml:1:")
    assert warning.endswith(f": {what}")
    host.cores = 1
    (warning,) = host.warnings(workers=2)
    assert warning.endswith("agent.workers is 2, but there is 1 core (more only take memory: workers: 1)")


def test_no_file_matches(host: Host):
    host.matched = Matched([])
    (warning,) = host.warnings()
    assert warning == (
        "DIR/logsource.yaml:6:12: source app: no file matches now (new files are found when they appear)"
    )


def test_unreadable_file_names_the_fix(host: Host):
    host.forbidden.add(host.log)
    (warning,) = host.warnings()
    assert warning.startswith("DIR/logsource.yaml:6:12: source app: DIR/app.log cannot be read")
    assert "setfacl -m u:logsource:r DIR/app.log" in warning


def test_many_unreadable_files_are_counted(host: Host):
    logs = [host.folder / f"{number}.log" for number in range(9)]
    for log in logs:
        log.write_text("")
    host.forbidden.update(logs)
    host.matched = Matched([str(log) for log in logs])
    found = host.warnings()
    assert len(found) == 4
    assert found[-1].endswith("6 more files cannot be read")


def test_directory_that_cannot_be_listed(host: Host):
    host.matched = Matched([], [str(host.folder)])
    (warning,) = host.warnings()
    assert "source app: DIR cannot be listed (setfacl -m u:logsource:rx DIR" in warning


def test_a_directory_that_two_globs_lead_to_is_named_once(host: Host):
    host.matched = Matched([], [str(host.folder), str(host.folder)])
    assert len(host.warnings()) == 1


def test_state_dir_that_cannot_be_made(host: Host):
    host.state.rmdir()
    host.forbidden.add(host.folder)
    (warning,) = host.warnings()
    assert warning == (
        "DIR/logsource.yaml:1:20: agent.state_dir DIR/state cannot be written "
        "(make it for the agent's user: install -d -m 0700 -o logsource DIR/state)"
    )


def test_state_dir_that_others_use_is_not_to_be_closed_to_them(host: Host):
    host.state.chmod(0o1777)
    (host.state / "of_somebody").touch()
    (warning,) = host.warnings()
    assert warning == (
        "DIR/logsource.yaml:1:20: agent.state_dir DIR/state is open to other users and holds of_somebody "
        "(the agent will refuse it; choose a directory of its own, such as DIR/state/logsource)"
    )
    (host.state / "outbox").mkdir()  # an agent's after all
    (warning,) = host.warnings()
    assert warning.endswith("(it holds log lines: chmod 0700 DIR/state)")


def test_state_dir_that_is_a_file(host: Host):
    host.state.rmdir()
    host.state.write_text("")
    (warning,) = host.warnings()
    assert "agent.state_dir DIR/state is not a directory" in warning


def test_state_dir_open_to_others(host: Host):
    host.state.chmod(0o755)
    (warning,) = host.warnings()
    assert (
        "agent.state_dir DIR/state is open to other users (it holds log lines: chmod 0700 DIR/state)"
        in warning
    )


def test_state_dir_that_a_group_may_enter(host: Host):
    host.state.chmod(0o710)
    (warning,) = host.warnings()
    assert "is open to other users" in warning
    host.group = grp.getgrgid(os.getegid()).gr_name
    assert host.warnings() == []
    host.state.chmod(0o750)
    (warning,) = host.warnings()
    assert "is open to other users" in warning


def test_track_group_that_is_none(host: Host):
    host.group = "no-such-group-here"
    (warning,) = host.warnings()
    assert "there is no group no-such-group-here (groupadd --system no-such-group-here)" in warning


def test_secret_in_a_file_for_everybody(host: Host):
    (warning,) = host.warnings("  headers: {Authorization: Bearer hunter2}\n")
    assert warning.startswith("DIR/logsource.yaml:4:12: a secret stands in a file that every user can read")
    assert "hunter2" not in warning


def test_secret_from_the_environment_is_fine(host: Host):
    assert host.warnings("  headers: {Authorization: 'Bearer ${TOKEN}'}\n") == []


def test_certificate_that_is_not_there_and_verification_off(host: Host):
    found = host.warnings("  tls: {ca: /no/such/ca.pem, verify: false}\n")
    assert [warning.split(": ", 1)[1] for warning in found] == [
        "collector.tls.ca /no/such/ca.pem cannot be read (check path and rights)",
        "the collector's certificate is not verified (name its CA with collector.tls.ca instead)",
    ]


def test_memory_storage(host: Host):
    (warning,) = host.warnings(rest="outbox: {storage: memory}\n")
    assert "events not yet sent are lost when the agent ends" in warning


@pytest.mark.parametrize("listen", ["0.0.0.0:9419", "'[::]:9419'", "web-01:9419"])
def test_metrics_for_everybody(host: Host, listen: str):
    (warning,) = host.warnings(rest=f"web: {{listen: {listen}}}\n")
    assert warning.startswith("DIR/logsource.yaml:7:15: web.listen ")
    assert "can be reached from other machines" in warning


@pytest.mark.parametrize("listen", ["localhost:1", "127.0.0.2:1", "'[::1]:1'", "''"])
def test_metrics_for_this_machine(host: Host, listen: str):
    assert host.warnings(rest=f"web: {{listen: {listen}}}\n") == []


def test_secrets_without_encryption(host: Host):
    rest = "  headers: {Authorization: 'Bearer ${TOKEN}'}\n"
    assert host.warnings(rest) == []
    host.url = "http://collector.example.com"
    (warning,) = host.warnings(rest)
    assert warning == (
        "DIR/logsource.yaml:3:8: headers and passwords are sent without encryption (write https://)"
    )
    host.url = "http://127.0.0.1:9090"
    assert host.warnings(rest) == []


def test_limit_that_the_disk_cannot_hold(host: Host):
    (warning,) = host.warnings(rest="outbox: {max_size: 9000TiB}\n")
    assert warning.startswith("DIR/logsource.yaml:7:20: outbox.max_size is 9000TiB, but DIR/state has ")


def resolver(host: Host, uri: str, apikey: str, mode: int = 0o600) -> str:
    """A resolver file; the lines of a configuration that name it."""
    file = resolver_file(host.folder / "resolver.json", http("Acme", uri, apikey=apikey))
    file.chmod(mode)
    return f"schemas: {{resolver: {file}}}\n"


@pytest.mark.parametrize(
    ("uri", "apikey", "mode", "expected"),
    [
        ("https://iglu.example.com/api", "k3y", 0o600, None),
        ("http://127.0.0.1:8081/api", "k3y", 0o600, None),
        (
            "http://iglu.example.com/api",
            "k3y",
            0o600,
            "DIR/resolver.json: the apikey or password of Acme is sent without encryption (write https://)",
        ),
        ("https://iglu.example.com/api", "k3y", 0o644, "a secret stands in DIR/resolver.json, which every user can read"),
        ("https://iglu.example.com/api", "${HOME}", 0o644, None),
        (
            "https://iglu.example.com/api",
            "${NOT_SET_ANYWHERE}",
            0o600,
            "DIR/resolver.json:13:24: the environment variable NOT_SET_ANYWHERE is not set",
        ),
    ],
)  # fmt: skip
def test_a_resolver_file_is_looked_at_and_no_registry_is_asked(host: Host, uri, apikey, mode, expected):
    found = host.warnings(rest=resolver(host, uri, apikey, mode))
    assert len(found) == (expected is not None)
    assert all(one.startswith("DIR/logsource.yaml:7:21: ") and expected in one for one in found)
    assert "k3y" not in "".join(found)


def test_a_directory_of_a_resolver_file_that_is_not_there(host: Host):
    (host.folder / "drafts").mkdir()
    names = ("drafts", "nowhere", "/iglu-client-embedded")
    file = resolver_file(host.folder / "resolver.json", *(embedded(name, name) for name in names))
    (warning,) = host.warnings(rest=f"schemas: {{resolver: {file}}}\n")
    assert "DIR/resolver.json: nowhere: there is no directory DIR/nowhere (relative ones are" in warning


def test_a_resolver_file_that_is_not_there(host: Host):
    (warning,) = host.warnings(rest=f"schemas: {{resolver: {host.folder}/none.json}}\n")
    assert "DIR/none.json: cannot be read: No such file or directory" in warning
