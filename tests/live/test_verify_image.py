"""The verify service's image and compose/verify.yml on a real engine."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.live.harness import ROOT, compose_environment, eventually
from tests.live.python_image import LOCK, verify_image
from tests.live_engine import Engine

pytestmark = pytest.mark.live

SETTINGS = {"DESCOPE_PROJECT_ID": "P2image", "COOKIE_DOMAIN": "starfleet.test"}
SECRET = "0123456789abcdef0123456789abcdef"
USER = 10001


@pytest.fixture(scope="module")
def image(engine: Engine) -> str:
    return verify_image(engine)


@pytest.fixture(scope="module")
def services(engine: Engine, image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Any]]:
    """Two replicas, started by compose/verify.yml as it stands."""
    root = tmp_path_factory.mktemp("verify")
    (root / "compose").mkdir()
    shutil.copy(ROOT / "compose/verify.yml", root / "compose")
    secret = root / "secrets/session-secret"
    secret.parent.mkdir()
    secret.write_text(SECRET)
    shutil.chown(secret, USER, USER)
    secret.chmod(0o400)
    environment = compose_environment(engine, root / "docker-config")
    values = {
        "VERIFY_IMAGE": image,
        "VERIFY_REPLICAS": "2",
        "DOMAIN": "starfleet.test",
        "DESCOPE_PROJECT_ID": "P2image",
    }
    command = ["docker", "compose", "--file", "compose/verify.yml"]

    def compose(*arguments: str) -> None:
        done = subprocess.run(
            [*command, *arguments], cwd=root, env={**environment, **values}, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr

    client = engine.client()
    try:
        compose("up", "-d")
        found = client.containers.list(all=True, filters={"label": "com.docker.compose.service=descope-auth"})
        eventually(lambda: all(_health(one) == "healthy" for one in found), "the health checks", 60)
        yield found
    finally:
        compose("down", "--timeout", "5")
        client.close()


def _health(container: Any) -> str:
    container.reload()
    assert container.attrs["State"]["Status"] == "running", container.logs().decode()
    return str(container.attrs["State"]["Health"]["Status"])


def run(engine: Engine, image: str, *command: str, environment: Mapping[str, str] = {}) -> tuple[int, str]:
    """One container to its end: its exit code and both outputs."""
    client = engine.client()
    try:
        container = client.containers.run(
            image, list(command[1:]), entrypoint=list(command[:1]) or None, environment=dict(environment), detach=True,
            read_only=True, network_mode="none",
        )  # fmt: skip
        try:
            ended = container.wait(timeout=60)
            return int(ended["StatusCode"]), container.logs().decode()
        finally:
            container.remove(force=True)
    finally:
        client.close()


def ask(container: Any, path: str, headers: Mapping[str, str] = {}) -> tuple[int, Mapping[str, str], str]:
    address = container.attrs["NetworkSettings"]["Networks"]["traefik-proxy"]["IPAddress"]
    request = urllib.request.Request(f"http://{address}:3000{path}", headers=dict(headers))

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_arguments: Any) -> None:
            return None

    try:
        with urllib.request.build_opener(Stay).open(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


def test_it_holds_the_lock_files_packages_and_nothing_else(engine: Engine, image: str) -> None:
    listing = (
        "import importlib.metadata as m; print(*sorted({d.name.lower().replace('_', '-') for d in m.distributions()}))"
    )
    code, out = run(engine, image, "/opt/verify/bin/python", "-c", listing)
    wanted = re.findall(r"^([a-z0-9._-]+)==", (ROOT / LOCK).read_text(), re.MULTILINE)
    assert (code, set(out.split())) == (0, set(wanted))
    code, out = run(engine, image, "/opt/verify/bin/python", "-c", "import specter_tui")
    assert code == 1
    assert "No module named 'specter_tui'" in out


def test_a_missing_setting_ends_it_with_2(engine: Engine, image: str) -> None:
    assert run(engine, image, environment=SETTINGS) == (2, "specter-verify: SESSION_SECRET is not set\n")


def test_compose_runs_it_locked_down_and_healthy(services: list[Any]) -> None:
    assert len(services) == 2
    for container in services:
        container.reload()
        assert container.attrs["State"]["Health"]["Status"] == "healthy"
        assert container.attrs["Config"]["User"] == f"{USER}:{USER}"
        assert container.attrs["HostConfig"]["ReadonlyRootfs"] is True
        assert container.attrs["HostConfig"]["CapDrop"] == ["ALL"]
        check = container.attrs["Config"]["Healthcheck"]["Test"]
        assert check[0] == "CMD", "no shell"
        assert SECRET not in json.dumps(container.attrs)


def test_it_answers_in_its_container(services: list[Any]) -> None:
    asked = {"X-Forwarded-Method": "GET", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "app.starfleet.test"}
    for container in services:
        status, headers, _ = ask(container, "/verify", asked | {"X-Forwarded-Uri": "/x", "Sec-Fetch-Mode": "navigate"})
        assert status == 307
        assert headers["Location"].startswith("https://auth.starfleet.test/?redirect=")
        assert ask(container, "/healthz")[0] == 200
        assert ask(container, "/readyz")[0] == 503, "nobody answers for Descope here"
        status, _, page = ask(container, "/?redirect=https://app.starfleet.test/")
        assert status == 200
        assert "P2image" in page


def test_sigterm_ends_it_in_order(services: list[Any]) -> None:
    container = services[0]
    container.kill("SIGTERM")

    def ended() -> bool:
        container.reload()
        return bool(container.attrs["State"]["Status"] == "exited")

    eventually(ended, "the end of the service")
    assert container.attrs["State"]["ExitCode"] == 0
    assert '"event": "stopping"' in container.logs().decode()
