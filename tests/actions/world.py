"""A real engine with two containers behind a real Traefik, and the command line over them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from docker.models.containers import Container

from tests.live_engine import Engine, build_busybox_image
from tests.traefik_process import TraefikProcess, traefik

IMAGE: Final = "specter-acting:1"
HOST: Final = "wiki.example.org"
# It is healthy while /tmp/bad is not there; these do something to every life but the first.
SERVE: Final = "httpd -f -p 80 -h /www"
SLOW: Final = f"if test -f /tmp/n; then touch /tmp/bad; (sleep 10; rm /tmp/bad) & fi; touch /tmp/n; {SERVE}"
SICK: Final = f"if test -f /tmp/n; then touch /tmp/bad; fi; touch /tmp/n; {SERVE}"
GONE: Final = f"if test -f /tmp/n; then exit 3; fi; touch /tmp/n; {SERVE}"
_CHANGES: Final = (
    'HEALTHCHECK --interval=300ms --timeout=2s --retries=2 CMD ["/bin/busybox","test","!","-f","/tmp/bad"]',
)


@dataclass
class World:
    """The parts; `run` is the command line in a process of its own."""

    engine: Engine
    folder: Path
    config: Path
    traefik: TraefikProcess

    @property
    def state(self) -> Path:
        return self.folder / "state" / "specter"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPECTER_", "DOCKER_"))}
        return {**kept, "XDG_STATE_HOME": str(self.folder / "state"), "TERM": "xterm"}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "specter_tui", "--config", str(self.config), *arguments]

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            **options,
        )

    def told(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """The JSON document of a command that ends with this code."""
        done = self.run(*arguments, "--json")
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        return found

    def container(self, name: str = "wiki") -> Container:
        client = self.engine.client()
        try:
            return client.containers.get(name)
        finally:
            client.close()

    def life(self, name: str = "wiki") -> str:
        return str(self.container(name).attrs["State"]["StartedAt"])

    def make(self, name: str = "wiki", script: str = SERVE, *, host: str = HOST, **options: Any) -> Container:
        """A container behind Traefik, healthy and shown there."""
        client = self.engine.client()
        try:
            made = client.containers.run(
                IMAGE,
                ["/bin/busybox", "sh", "-c", script],
                name=name,
                detach=True,
                stop_signal="SIGKILL",
                labels={
                    "traefik.enable": "true",
                    f"traefik.http.routers.{host.partition('.')[0]}.rule": f"Host(`{host}`)",
                    f"traefik.http.services.{host.partition('.')[0]}.loadbalancer.server.port": "80",
                },
                **options,
            )
        finally:
            client.close()
        self.eventually(lambda: self.container(name).attrs["State"].get("Health", {}).get("Status") == "healthy")
        networks = self.container(name).attrs["NetworkSettings"]["Networks"]
        address = next(iter(networks.values()))["IPAddress"]
        self.traefik.eventually(
            "/api/http/services",
            lambda told: any(f"http://{address}:80" in one.get("serverStatus", {}) for one in told),
        )
        return made

    def eventually(self, condition: Any, seconds: float = 30) -> None:
        ends = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends
            time.sleep(0.1)

    def clear(self) -> None:
        client = self.engine.client()
        for one in client.containers.list(all=True):
            one.remove(force=True)
        client.close()


@contextmanager
def running_world(engine: Engine, folder: Path) -> Iterator[World]:
    """The parts without containers; Traefik reads the engine."""
    build_busybox_image(engine, IMAGE, _CHANGES)
    docker = {"endpoint": engine.host, "exposedByDefault": False}
    with traefik(folder / "traefik", {}, {"providers": {"docker": docker}}) as running:
        config = folder / "config.toml"
        config.write_text(
            f'[traefik]\napi_url = "{running.api_url}"\nacme_files = []\n[docker]\nhost = "{engine.host}"\n'
            "[probe]\nenabled = false\n"
        )
        yield World(engine, folder, config, running)
