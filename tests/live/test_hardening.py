"""What each container of the stack may do, as the engine runs it and not as the files say it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker.models.containers import Container

from tests.live.harness import Stack

pytestmark = [pytest.mark.live, pytest.mark.timeout(300, func_only=True)]

NAMES = ["traefik", "specter-socket-proxy-1", "specter-whoami-1", "specter-whoami-2"]


@pytest.fixture(params=NAMES)
def container(request: pytest.FixtureRequest, stack: Stack) -> Iterator[Container]:
    client = stack.engine.client()
    try:
        yield client.containers.get(request.param)
    finally:
        client.close()


def process_status(container: Container) -> dict[str, str]:
    """What the kernel says of the container's first process."""
    pid = container.attrs["State"]["Pid"]
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def test_no_capabilities_and_none_to_be_gained(container: Container) -> None:
    status = process_status(container)
    bind_low_ports = 1 << 10
    expected = bind_low_ports if container.name == "traefik" else 0
    assert int(status["CapBnd"], 16) == expected
    assert int(status["CapEff"], 16) & ~expected == 0
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


def test_the_root_file_system_is_read_only(container: Container) -> None:
    pid = container.attrs["State"]["Pid"]
    mounts = [line.split() for line in Path(f"/proc/{pid}/mounts").read_text().splitlines()]
    assert [fields[3].split(",")[0] for fields in mounts if fields[1] == "/"] == ["ro"]
    writable = {"/acme"} if container.name == "traefik" else set()
    if container.name == "specter-socket-proxy-1":
        writable = {"/run/docker.sock", "/var/run/docker.sock"}
    ours = {mount["Destination"] for mount in container.attrs["Mounts"] if mount["RW"]}
    assert ours <= writable


def test_nothing_is_privileged_or_shares_the_host(container: Container) -> None:
    config: dict[str, Any] = container.attrs["HostConfig"]
    assert config["Privileged"] is False
    assert {config[key] for key in ("PidMode", "UTSMode", "UsernsMode")} == {""}
    assert config["IpcMode"] in {"private", "shareable"}
    sockets = [mount for mount in container.attrs["Mounts"] if mount["Destination"].endswith("docker.sock")]
    assert bool(sockets) is (container.name == "specter-socket-proxy-1")


def test_limits_restarts_and_logs(container: Container) -> None:
    config: dict[str, Any] = container.attrs["HostConfig"]
    assert config["Memory"] > 0
    assert config["NanoCpus"] > 0
    assert 0 < config["PidsLimit"] <= 256
    assert config["RestartPolicy"]["Name"] == "always"
    assert config["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "5"}}
    assert container.attrs["RestartCount"] == 0


def test_no_secret_is_in_a_container_environment(container: Container) -> None:
    assert not [one for one in container.attrs["Config"]["Env"] or () if "TOKEN=" in one]


def test_file_modes_on_the_server(stack: Stack) -> None:
    modes = {"traefik/acme": 0o700, "secrets": 0o700, "traefik/acme/acme.json": 0o600, "compose/.env": 0o600}
    modes |= {"secrets/cloudflare-token": 0o600, "compose/whoami/cgi-bin/index.cgi": 0o755}
    assert {name: stat.S_IMODE((stack.root / name).stat().st_mode) for name in modes} == modes
    others_write = stat.S_IWGRP | stat.S_IWOTH
    for top in ("compose", "traefik"):
        for path in (stack.root / top).rglob("*"):
            assert not path.stat().st_mode & others_write, path
            assert path.stat().st_uid == os.getuid()
