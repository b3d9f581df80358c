"""A real Traefik on both engines, through its own Docker provider: routes come and go with the containers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.contract.subject import APP, DECOY, Subject, eventually
from tests.live.images import traefik_binary, traefik_versions
from tests.traefik_process import TraefikProcess, traefik

Visit = Callable[[str], int]
_NUDGE_SECONDS = 2.0


@pytest.fixture(params=traefik_versions())
def visit(request: pytest.FixtureRequest, subject: Subject, tmp_path: Path) -> Iterator[Visit]:
    """The status that a host's visitor gets from a Traefik that follows the engine."""
    docker = {"endpoint": subject.host, "exposedByDefault": False}
    static = {"providers": {"docker": docker, "providersThrottleDuration": "50ms"}}
    with traefik(tmp_path, {}, static, path=str(traefik_binary(request.param))) as running:

        def ask(name: str) -> int:
            return _status(running, f"{name}.test")

        _until_it_follows(subject, ask)
        yield ask


def _status(running: TraefikProcess, host: str) -> int:
    url = f"http://127.0.0.1:{running.ports['web']}/"
    try:
        return httpx.get(url, headers={"Host": host}, timeout=1, trust_env=False).status_code
    except httpx.TransportError:  # the address of a container that has just gone answers nobody
        return 0


def _until_it_follows(subject: Subject, visit: Visit) -> None:
    """Traefik lists, then subscribes to what happens from then on: a change in between would be lost to it.

    So a container that no test looks at is stopped and started until Traefik takes notice.
    """
    eventually(lambda: visit(DECOY) == 200, "Traefik has listed the containers")
    for _ in range(10):
        subject.wire.post(f"/containers/{DECOY}/stop")
        noticed = _within(lambda: visit(DECOY) == 404)
        subject.wire.post(f"/containers/{DECOY}/start")
        if noticed:
            eventually(lambda: visit(DECOY) == 200, "the decoy is back")
            return
    raise AssertionError("Traefik does not follow the events")


def _within(condition: Callable[[], bool]) -> bool:
    ends = time.monotonic() + _NUDGE_SECONDS
    while time.monotonic() < ends:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_a_route_follows_its_container(subject: Subject, visit: Visit) -> None:
    def until(status: int, what: str) -> None:
        eventually(lambda: visit(APP) == status, what)

    until(200, "a healthy container has a route")
    subject.set_healthy(False)
    until(404, "an unhealthy one has none")
    subject.set_healthy(True)
    until(200, "it is healthy again")
    subject.wire.post(f"/containers/{APP}/stop")
    until(404, "a stopped one has no route")
    subject.wire.post(f"/containers/{APP}/start")
    until(200, "it was started and is healthy")
    subject.wire.post(f"/containers/{APP}/kill")
    until(404, "a killed one has no route")
    subject.wire.post(f"/containers/{APP}/restart")
    until(200, "it was restarted")
    before = subject.inspect(APP)["State"]["Pid"]
    subject.wire.post(f"/containers/{APP}/restart")
    until(200, "it was restarted while it ran")
    assert subject.inspect(APP)["State"]["Pid"] != before


def test_traefik_sees_the_containers_address(subject: Subject, visit: Visit) -> None:
    address = subject.inspect(APP)["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
    assert visit(APP) == 200
    assert address.startswith("127." if subject.name == "local" else "172.")
    assert visit("nobody") == 404
