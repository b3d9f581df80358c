"""The protected site in containers: the stack of compose/ on a real engine, with the verify service's image in it.

The emulated Descope and the application stay in the tests' process, where tests look into them: a relay in a container
leads to both by the bridge's own address, which nobody but the engine's containers and this machine reaches.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from docker.models.containers import Container

from tests.live.harness import DOMAIN, NETWORK, Stack, eventually
from tests.live.images import HAPROXY_IMAGE
from tests.live.verify_parts import running_parts
from tests.live.verify_site import ADMINS, GUARDS, OPEN, VerifySite, compose_file, forward_auth, settings, status_of

USER: Final = 10001  # of the image
DESCOPE: Final = "descope.localhost"  # for browsers this is loopback (RFC 6761), on the network it is the relay
_VERIFY: Final = "descope-auth"
_FILE: Final = "compose/verify.yml"
_SECRET: Final = "SESSION_SECRET"
_VARIABLE: Final = re.compile(r"\$\{(\w+)")
_RELAY: Final = """
defaults
    mode tcp
    timeout connect 5s
    timeout client 1m
    timeout server 1m
listen application
    bind :8000
    server here {gateway}:{application}
listen descope
    bind :{descope}
    server here {gateway}:{descope}
"""


class VerifyContainer:
    """The service as an operator runs it: by compose/verify.yml, with its settings as variables of that file."""

    def __init__(self, stack: Stack, image: str) -> None:
        self._stack = stack
        self._image = image
        self._names = {name: _VARIABLE.match(value) for name, value in _environment().items()}
        self._earlier = ""
        self.running = False

    @property
    def base_url(self) -> str:
        """Where it answers itself: its address on the bridge."""
        return f"http://{address(self.container())}:3000"

    @property
    def log(self) -> str:
        """All that it wrote so far, in containers of before too."""
        return self._earlier + (self.container().logs().decode(errors="replace") if self.running else "")

    def container(self) -> Container:
        """The one that runs now."""
        client = self._stack.engine.client()
        try:
            (found,) = client.containers.list(all=True, filters={"label": f"com.docker.compose.service={_VERIFY}"})
            return found
        finally:
            client.close()

    def start(self, settings: Mapping[str, str]) -> None:
        """Starts it, and waits for its health check, its router and its server."""
        give_secret(self._stack.root, settings[_SECRET])
        values = {self._variable(name): value for name, value in settings.items() if name != _SECRET}
        self._compose("up", "-d", "--wait", **values)
        self.running = True
        servers = [{"url": self.base_url}]

        def known() -> bool:
            service = self._stack.api(f"/api/http/services/{_VERIFY}@docker")
            return bool(service.get("loadBalancer", {}).get("servers") == servers)

        eventually(known, "Traefik's knowledge of the verify service")
        eventually(lambda: status_of(f"{servers[0]['url']}/healthz") == 200, "the verify service")

    def stop(self) -> None:
        """Stops it by SIGTERM, and removes it, so that the next one gets its own settings."""
        self._compose("stop")
        container = self.container()
        self._earlier = self.log
        self.running = False
        assert container.attrs["State"]["ExitCode"] == 0, self._earlier
        self._compose("rm", "--force")

    def _compose(self, *arguments: str, **values: str) -> None:
        environment = {**self._stack.environment, "VERIFY_IMAGE": self._image, "DESCOPE_PROJECT_ID": "any", **values}
        replace(self._stack, environment=environment).compose("--file", _FILE, *arguments)

    def _variable(self, setting: str) -> str:
        found = self._names[setting]
        assert found is not None, f"{_FILE} has no variable for {setting}"
        return found[1]


@contextmanager
def running_containers(stack: Stack, image: str) -> Iterator[VerifySite]:
    """The site in a stack that is up, ready; the stack is left as it was."""
    gateway = _gateway(stack)
    with running_parts(address=gateway) as (background, descope, application):
        relay = _relay(stack.root, gateway, application.port, descope.port)
        with stack.project("site", {"relay": relay}):
            for name in (*GUARDS, OPEN):
                stack.wait_for_router(f"{name}@docker")
            service, https = VerifyContainer(stack, image), stack.ports.https
            chosen = settings(https, f"http://{DESCOPE}:{descope.port}")
            site = VerifySite(stack.authority, https, background, descope, application, service, chosen)
            try:
                site.start()
                site.until_ready()
                yield site
            finally:
                site.stop()


def give_secret(root: Path, text: str) -> None:
    """What an operator does before the first start: the file is the image's user's, and nobody else reads it."""
    secret = root / "secrets/session-secret"
    secret.parent.mkdir(exist_ok=True)
    secret.unlink(missing_ok=True)
    secret.write_text(text)
    shutil.chown(secret, USER, USER)
    secret.chmod(0o400)


def address(container: Container) -> str:
    """Where a container is on the proxy's network."""
    return str(container.attrs["NetworkSettings"]["Networks"][NETWORK]["IPAddress"])


def _environment() -> Mapping[str, str]:
    environment: Mapping[str, str] = compose_file("verify.yml")["services"][_VERIFY]["environment"]
    return environment


def _gateway(stack: Stack) -> str:
    client = stack.engine.client()
    try:
        return str(client.networks.get(NETWORK).attrs["IPAM"]["Config"][0]["Gateway"])
    finally:
        client.close()


def _relay(root: Path, gateway: str, application: int, descope: int) -> Mapping[str, Any]:
    """One container with the labels of every host; people's browsers reach Descope by it too."""
    folder = root / "projects/site-relay"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "relay.cfg").write_text(_RELAY.format(gateway=gateway, application=application, descope=descope))
    return {
        "image": HAPROXY_IMAGE,
        "command": ["haproxy", "-f", "/etc/haproxy/relay.cfg"],
        "volumes": [f"{folder}:/etc/haproxy:ro"],
        "ports": [f"127.0.0.1:{descope}:{descope}"],
        "networks": {NETWORK: {"aliases": [DESCOPE]}},
        "healthcheck": {"disable": True},
        "labels": _labels(),
    }


def _labels() -> Mapping[str, str]:
    guard = f"traefik.http.middlewares.{ADMINS}.forwardauth."
    options = forward_auth()
    labels = {
        "traefik.enable": "true",
        "traefik.http.services.application.loadbalancer.server.port": "8000",
        **{f"{guard}{name}": value for name, value in options.items()},
        f"{guard}address": f"{options['address']}?{GUARDS['admin']}",
    }
    for name in (*GUARDS, OPEN):
        router = f"traefik.http.routers.{name}."
        labels |= {f"{router}rule": f"Host(`{name}.{DOMAIN}`)", f"{router}entrypoints": "websecure"}
        labels[f"{router}service"] = "application"
        if name in GUARDS:
            labels[f"{router}middlewares"] = ADMINS if GUARDS[name] else "descope-verify@docker"
    return labels
