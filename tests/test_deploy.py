"""What lies in deploy/, looked at by the tools that know its forms."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from rag.settings import Settings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
MANIFESTS = sorted(set((DEPLOY / "kubernetes").glob("*.yaml")) - {DEPLOY / "kubernetes" / "kustomization.yaml"})
RELEASES = ("1.34", "1.37")
"""Of Kubernetes."""


def tool(name: str) -> str:
    """The tool's path, beside this Python or in PATH; without it the test is skipped."""
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return shutil.which(name, path=beside) or pytest.skip(f"{name} is not here: pip install “standardiste[deploy]”")


def assert_content(run: list[str]) -> None:
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_yaml_is_well_formed():
    assert_content([tool("yamllint"), "--strict", "-c", "deploy/yamllint.yaml", "deploy"])


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda file: file.name)
def test_kubernetes_knows_every_field(manifest, release):
    assert_content([tool("kubernetes-validate"), "--strict", "-k", release, str(manifest)])


def test_a_wrong_manifest_would_be_noticed(tmp_path):
    wrong = tmp_path / "page.yaml"
    wrong.write_text((DEPLOY / "kubernetes" / "page.yaml").read_text().replace("periodSeconds", "periodSecond"))
    done = subprocess.run([tool("kubernetes-validate"), "--strict", "-k", RELEASES[-1], wrong], capture_output=True)
    assert done.returncode != 0


def test_compose_knows_every_field():
    assert_content([tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "deploy/compose.yaml"])


def test_the_dockerfile_has_nothing_to_mend():
    assert_content([tool("hadolint"), "deploy/Dockerfile"])


def test_nginx_takes_the_proxy_s_settings(tmp_path):
    settings = tmp_path / "nginx.conf"
    settings.write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}} "
        f"http {{ access_log off; {(DEPLOY / 'nginx.conf').read_text()} }}"
    )
    nginx = shutil.which("nginx") or pytest.skip("nginx is not here: apt-get install nginx-light")
    assert_content([nginx, "-t", "-c", str(settings)])


def test_every_setting_named_is_one_that_is_read():
    known = {f"STANDARDISTE_{setting.name.upper()}" for setting in fields(Settings)}
    for file in (*(ROOT / "page").glob("*.py"), *(ROOT / "embeddings").glob("*.py")):
        known |= set(re.findall(r"\"(STANDARDISTE_[A-Z_]+)\"", file.read_text(encoding="utf-8")))
    named = {
        name
        for file in DEPLOY.rglob("*")
        if file.is_file()
        for name in re.findall(r"STANDARDISTE_[A-Z_]+", file.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= known


def test_names_agree_between_the_manifests():
    parts = [part for file in MANIFESTS for part in yaml.safe_load_all(file.read_text(encoding="utf-8"))]
    services = {part["metadata"]["name"]: part["spec"] for part in parts if part["kind"] == "Service"}
    config = next(part for part in parts if part["kind"] == "ConfigMap")["data"]
    workloads = [part for part in parts if part["kind"] in ("Deployment", "StatefulSet")]
    labels = [part["spec"]["template"]["metadata"]["labels"] for part in workloads]
    assert all(service["selector"] in labels for service in services.values())
    sibling = re.fullmatch(r"http://([\w-]+):(\d+)", config["STANDARDISTE_SIBLINGS"])
    assert services[sibling[1]]["clusterIP"] == "None"
    assert services[sibling[1]]["ports"][0]["port"] == int(sibling[2])
    model = next(part for part in workloads if part["kind"] == "StatefulSet")
    named = [f"http://model-{n}.model:8000/v1" for n in range(model["spec"]["replicas"])]
    assert config["STANDARDISTE_ENDPOINT"].split(",") == named
    assert services[model["spec"]["serviceName"]]["clusterIP"] == "None"
    (page,) = next(part for part in workloads if part["kind"] == "Deployment")["spec"]["template"]["spec"]["containers"]
    assert page["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert page["livenessProbe"]["httpGet"]["path"] == "/healthz"
    # Processes with one address find each other by the port that they listen on themselves.
    assert page["ports"][0]["containerPort"] == int(sibling[2])
