"""The manifests: valid for several versions of Kubernetes, in agreement with each other and with the agent."""

from __future__ import annotations

import json
import re

import kubernetes_validate
import pytest
import yaml

from logsource import __version__
from logsource.config.load import load
from logsource.metrics import Metrics
from logsource.web.ops import create_ops_app
from tests.deploy.tools import DEPLOY
from tests.support.agent import run_once
from tests.support.sink import Sink

HERE = DEPLOY / "kubernetes"
ENVIRONMENT = {"NODE_NAME": "node-1", "LOGSOURCE_COLLECTOR_URL": "https://collector.example.com"}
SIZES = {"Mi": 1024**2, "Gi": 1024**3}


def manifest(name):
    return yaml.safe_load((HERE / name).read_text())


KUSTOMIZATION = manifest("kustomization.yaml")
RESOURCES = KUSTOMIZATION["resources"]
DAEMONSET = manifest("daemonset.yaml")
POD = DAEMONSET["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]
CONFIG = load(HERE / "logsource.yaml", env=ENVIRONMENT).config


def config_map():
    """What kustomize makes of the generator, without the hash at the name's end."""
    (generator,) = KUSTOMIZATION["configMapGenerator"]
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": generator["name"], "namespace": KUSTOMIZATION["namespace"]},
        "data": {name: (HERE / name).read_text() for name in generator["files"]},
    }


@pytest.mark.parametrize("version", ["1.27", "1.31", "1.37"])
@pytest.mark.parametrize("name", RESOURCES)
def test_the_schema_of_kubernetes_accepts_the_manifest(name, version):
    kubernetes_validate.validate(manifest(name), version, strict=True)


def test_the_schema_accepts_the_generated_config_map():
    kubernetes_validate.validate(config_map(), "1.31", strict=True)


def test_the_schema_would_refuse_a_misspelt_key():
    wrong = json.loads(json.dumps(DAEMONSET))
    wrong["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="readynessProbe"):
        kubernetes_validate.validate(wrong, "1.31", strict=True)


def test_every_file_has_its_place_and_loads():
    others = {"README.md", "kustomization.yaml", "podmonitor.yaml", *config_map()["data"]}
    assert {path.name for path in HERE.iterdir()} == {*RESOURCES, *others}
    text = (HERE / "README.md").read_text()
    for path in HERE.glob("*.yaml"):
        assert isinstance(yaml.safe_load(path.read_text()), dict)
        assert f"`{path.name}`" in text


def test_labels_namespaces_and_names_agree():
    label = {"app.kubernetes.io/name": "logsource"}
    assert DAEMONSET["spec"]["selector"]["matchLabels"] == label
    assert label.items() <= POD["metadata"]["labels"].items()
    assert manifest("networkpolicy.yaml")["spec"]["podSelector"]["matchLabels"] == label
    monitor = manifest("podmonitor.yaml")
    assert monitor["spec"]["selector"]["matchLabels"] == label
    assert POD["metadata"]["labels"][monitor["spec"]["jobLabel"]] == "logsource", (
        "the job that the rules expect"
    )
    namespace = manifest("namespace.yaml")["metadata"]["name"]
    assert KUSTOMIZATION["namespace"] == namespace
    for name in (*RESOURCES, "podmonitor.yaml"):
        if name != "namespace.yaml":
            assert manifest(name)["metadata"]["namespace"] == namespace
    assert POD["spec"]["serviceAccountName"] == manifest("serviceaccount.yaml")["metadata"]["name"]
    (image,) = KUSTOMIZATION["images"]
    assert CONTAINER["image"] == image["name"]
    assert image["newTag"] == __version__
    assert f"{image['newName']}:{image['newTag']}" in (HERE / "README.md").read_text()


def test_probes_scrapers_and_policy_meet_the_agents_port_and_routes():
    (port,) = CONTAINER["ports"]
    host, number = CONFIG.web.listen.rsplit(":", 1)
    assert (host, int(number)) == ("0.0.0.0", port["containerPort"])
    routes = {route.path for route in create_ops_app(None, Metrics(), local_only=False).routes}
    probes = {
        name: CONTAINER[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert {name: probe["path"] for name, probe in probes.items()} == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }
    assert {probe["path"] for probe in probes.values()} <= routes
    assert {probe["port"] for probe in probes.values()} == {port["name"]}
    notes = POD["metadata"]["annotations"]
    assert notes["prometheus.io/port"] == number
    assert notes["prometheus.io/path"] in routes
    (endpoint,) = manifest("podmonitor.yaml")["spec"]["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["path"]) == (port["name"], notes["prometheus.io/path"])
    (rule,) = manifest("networkpolicy.yaml")["spec"]["ingress"]
    assert [one["port"] for one in rule["ports"]] == [port["name"]]


def test_the_volumes_hold_what_the_configuration_asks_for():
    volumes = {volume["name"]: volume for volume in POD["spec"]["volumes"]}
    mounts = {mount["name"]: mount for mount in CONTAINER["volumeMounts"]}
    assert volumes.keys() == mounts.keys()
    assert volumes["config"]["configMap"]["name"] == config_map()["metadata"]["name"]
    (*_, path) = CONTAINER["args"]
    assert path == f"{mounts['config']['mountPath']}/logsource.yaml"
    assert mounts["logs"]["readOnly"] is True
    assert volumes["logs"]["hostPath"]["path"] == mounts["logs"]["mountPath"]
    for source in CONFIG.sources:
        assert all(glob.startswith(mounts["logs"]["mountPath"] + "/") for glob in source.paths)
    assert str(CONFIG.agent.state_dir).startswith(mounts["state"]["mountPath"] + "/")
    assert "hostPath" in volumes["state"], "checkpoints outlive the pod"


def test_what_the_configuration_takes_from_the_environment_is_given():
    needed = set(re.findall(r"\$\{(\w+)\}", (HERE / "logsource.yaml").read_text()))
    given = {one["name"] for one in CONTAINER["env"]}
    secret = CONTAINER["envFrom"][0]["secretRef"]["name"]
    readme = (HERE / "README.md").read_text()
    assert f"create secret generic {secret} " in readme
    given |= set(re.findall(r"--from-literal=(\w+)=", readme))
    assert needed == given


def test_the_pod_may_do_little():
    own = CONTAINER["securityContext"]
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert own["allowPrivilegeEscalation"] is False
    assert own["readOnlyRootFilesystem"] is True
    assert own["privileged"] is False
    assert POD["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert POD["spec"]["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & POD["spec"].keys()


def test_an_end_in_order_fits_into_the_grace_period():
    assert POD["spec"]["terminationGracePeriodSeconds"] >= CONFIG.collector.drain_timeout + 10
    assert DAEMONSET["spec"]["updateStrategy"]["rollingUpdate"]["maxSurge"] == 0, (
        "one state directory, one agent"
    )


@pytest.mark.system
def test_the_configuration_reads_pods_and_not_the_agents_own_log(tmp_path):
    """A node's /var/log/pods in small, read by the installed agent with the shipped configuration."""
    line = "2026-01-02T03:04:05.678901234Z stdout F {}\n"
    for folder, name, text in (
        ("shop_web-1_u1/nginx", "0.log", "hello"),
        ("shop_web-1_u1/nginx", "0.log.20260102-030405.gz.tmp", "not a log"),
        ("shop_web-1_u1/sidecar", "12.log", "hello from the side"),
        ("logsource_logsource-x_u2/logsource", "0.log", "event=started"),
    ):
        path = tmp_path / "pods" / folder
        path.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(line.format(text))
    with Sink() as collector:
        text = (HERE / "logsource.yaml").read_text()
        for theirs, ours in (
            ("/var/log/pods", f"{tmp_path}/pods"),
            ("/var/lib/logsource", f"{tmp_path}/lib"),
            ("${NODE_NAME}", "node-1"),
            ("${LOGSOURCE_COLLECTOR_URL}", collector.url),
            ("0.0.0.0:9419", "127.0.0.1:0"),
        ):
            assert theirs in text
            text = text.replace(theirs, ours)
        config = tmp_path / "logsource.yaml"
        config.write_text(text)
        assert run_once(config).process.returncode == 0
        events = [json.loads(event["ue_pr"])["data"]["data"] for event in collector.events()]
    assert sorted(event["message"] for event in events) == ["hello", "hello from the side"]
    assert {event["stream"] for event in events} == {"stdout"}
