"""The verify service's image and compose/verify.yml on a real engine."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.live.harness import ROOT, compose_environment, eventually
from tests.live.python_image import LOCK
from tests.live.verify_container import USER, address, give_secret
from tests.live_engine import Engine

pytestmark = pytest.mark.live

SETTINGS = {"DESCOPE_PROJECT_ID": "P2image", "COOKIE_DOMAIN": "starfleet.test"}
SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def services(engine: Engine, image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Any]]:
    """Two replicas, started by compose/verify.yml as it stands."""
    root = tmp_path_factory.mktemp("verify")
    (root / "compose").mkdir()
    shutil.copy(ROOT / "compose/verify.yml", root / "compose")
    give_secret(root, SECRET)
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


def run(
    engine: Engine, image: str, *command: str, environment: Mapping[str, str] = {}, read_only: bool = True, **more: Any
) -> tuple[int, str]:
    """One container to its end: its exit code and both outputs."""
    client = engine.client()
    try:
        container = client.containers.run(
            image, list(command[1:]), entrypoint=list(command[:1]) or None, environment=dict(environment), detach=True,
            read_only=read_only, network_mode="none", **more,
        )  # fmt: skip
        try:
            ended = container.wait(timeout=60)
            return int(ended["StatusCode"]), container.logs().decode()
        finally:
            container.remove(force=True)
    finally:
        client.close()


def ask(container: Any, path: str, headers: Mapping[str, str] = {}) -> tuple[int, Mapping[str, str], str]:
    request = urllib.request.Request(f"http://{address(container)}:3000{path}", headers=dict(headers))

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
    for absent in ("specter_tui", "textual", "docker", "cloudflare", "pip", "setuptools"):
        code, out = run(engine, image, "/opt/verify/bin/python", "-c", f"import {absent}")
        assert (code, out.splitlines()[-1]) == (1, f"ModuleNotFoundError: No module named '{absent}'")


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


def test_the_kernel_holds_it_to_that(services: list[Any]) -> None:
    for container in services:
        pid = container.attrs["State"]["Pid"]
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        status = {key: value.split() for key, _, value in (line.partition(":") for line in lines)}
        assert status["Uid"] == status["Gid"] == [str(USER)] * 4
        assert status["Groups"] in ([], [str(USER)])
        assert {int(status[name][0], 16) for name in ("CapBnd", "CapEff", "CapPrm", "CapInh", "CapAmb")} == {0}
        assert (status["NoNewPrivs"], status["Seccomp"]) == (["1"], ["2"])
        mounts = [line.split() for line in Path(f"/proc/{pid}/mounts").read_text().splitlines()]
        assert [fields[3].split(",")[0] for fields in mounts if fields[1] == "/"] == ["ro"]
        assert [one["Destination"] for one in container.attrs["Mounts"] if one["RW"]] == []


def test_nothing_in_it_is_its_users_to_change(engine: Engine, image: str) -> None:
    """Not even where somebody runs it with a file system that can be written."""
    listing = (
        "import os; print(*[path for top in ('/opt', '/usr', '/etc', '/bin') for folder, _, files in os.walk(top)"
        " for path in (folder, *(os.path.join(folder, one) for one in files))"
        " if not os.path.islink(path) and os.access(path, os.W_OK)])"
    )
    assert run(engine, image, "/opt/verify/bin/python", "-c", listing, read_only=False) == (0, "\n")
    code, out = run(engine, image, "/opt/verify/bin/python", "-c", "import os; print(os.getuid(), os.getgid())")
    assert (code, out) == (0, f"{USER} {USER}\n")


def test_a_secret_that_it_may_not_read_is_said(engine: Engine, image: str, tmp_path: Path) -> None:
    secret = tmp_path / "session-secret"
    secret.write_text(SECRET)
    secret.chmod(0o400)  # and it is root's
    settings = {**SETTINGS, "SESSION_SECRET_FILE": "/run/secrets/session-secret"}
    mounts = {str(secret): {"bind": "/run/secrets/session-secret", "mode": "ro"}}
    told = (2, "specter-verify: SESSION_SECRET_FILE can't be read: Permission denied\n")
    assert run(engine, image, environment=settings, volumes=mounts) == told


def test_its_check_needs_no_shell_and_tells_a_service_that_hangs(services: list[Any]) -> None:
    container = services[0]
    check = container.attrs["Config"]["Healthcheck"]["Test"][1:]
    assert container.exec_run(check).exit_code == 0
    container.kill("SIGSTOP")
    try:
        assert container.exec_run(check).exit_code == 1
    finally:
        container.kill("SIGCONT")


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
