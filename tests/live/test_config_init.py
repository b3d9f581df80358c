"""`config init` beside the running stack: what it proposes is where the stack really is."""

from __future__ import annotations

from pathlib import Path

import pytest

from specter_tui.config import Options, load
from tests.cli.test_main import run
from tests.live.harness import Stack

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]


def test_the_running_traefik_is_found_and_its_files_through_its_mounts(stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    done = run("--config", str(path), "config", "init", DOCKER_HOST=stack.engine.host)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Found in the container traefik." in done.stdout
    traefik = load(Options(config=str(path)), {}, root=False).settings.traefik
    assert traefik.api_url == f"http://127.0.0.1:{stack.ports.api}"
    assert traefik.acme_files == (str(stack.root / "traefik/acme/acme.json"),)
    assert traefik.dynamic_dir == str(stack.root / "traefik/dynamic")
    checked = run("--config", str(path), "config", "check", DOCKER_HOST=stack.engine.host)
    assert checked.returncode == 0
    assert f"\nacme        {traefik.acme_files[0]}\n" in checked.stdout


def test_what_it_wrote_is_enough_to_read_the_routes(stack: Stack, tmp_path: Path) -> None:
    path = str(tmp_path / "config.toml")
    assert run("--config", path, "config", "init", DOCKER_HOST=stack.engine.host).returncode == 0
    done = run("--config", path, "status", "dashboard@docker", DOCKER_HOST=stack.engine.host)
    assert done.returncode == 0
    assert f"traefik.{stack.domain}" in done.stdout
