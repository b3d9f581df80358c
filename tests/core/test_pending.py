"""What else would be deployed: each thing that a container has otherwise than its files say, without secrets."""

from __future__ import annotations

from typing import Any

import pytest

from specter_tui.core.pending import Deployed, differences

CONTAINER: dict[str, Any] = {
    "Config": {
        "Image": "wiki:1",
        "Cmd": ["serve"],
        "Entrypoint": None,
        "User": "",
        "WorkingDir": "/app",
        "Env": ["PATH=/bin", "TOKEN=s3cret", "LEVEL=info"],
        "Labels": {"com.docker.compose.project": "apps", "a": "$1", "from.image": "x"},
    },
    "HostConfig": {
        "RestartPolicy": {"Name": "always"},
        "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]},
    },
    "Mounts": [
        {"Type": "bind", "Source": "/srv/www", "Destination": "/www"},
        {"Type": "volume", "Name": "apps_data", "Source": "/var/x", "Destination": "/data"},
        {"Type": "volume", "Name": "0a1b", "Destination": "/cache"},
    ],
    "NetworkSettings": {"Networks": {"apps_default": {}}},
}
IMAGE: dict[str, Any] = {
    "Config": {
        "Cmd": ["serve"],
        "Env": ["PATH=/bin"],
        "WorkingDir": "/app",
        "Labels": {"from.image": "x"},
        "Volumes": {"/cache": {}},
    }
}
SECTION: dict[str, Any] = {
    "image": "wiki:1",
    "command": None,
    "entrypoint": None,
    "restart": "always",
    "environment": {"TOKEN": "s3cret", "LEVEL": "info", "SHELL_ONLY": None},
    "labels": {"a": "$$1"},
    "ports": [{"target": 80, "published": "8080", "protocol": "tcp", "mode": "ingress"}],
    "volumes": [
        {"type": "bind", "source": "/srv/www", "target": "/www"},
        {"type": "volume", "source": "data", "target": "/data"},
    ],
    "networks": {"default": None},
}
ELSE = ("what it is, the container does not tell (its health check, a limit, a build, ...)",)


def told(**changes: Any) -> tuple[str, ...]:
    project = {
        "services": {"wiki": {**SECTION, **changes}},
        "volumes": {"data": {"name": "apps_data"}},
        "networks": {"default": {"name": "apps_default"}},
    }
    return differences(project, "wiki", Deployed(CONTAINER, IMAGE))


def test_what_is_alike_is_not_told() -> None:
    assert told() == ELSE


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"image": "wiki:2"}, ["image: wiki:1 -> wiki:2"]),
        ({"command": ["serve", "--password=hunter2"]}, ["command: serve -> serve --password=***"]),
        ({"entrypoint": ["/init"]}, ["entry point: none -> /init"]),
        ({"user": "1000"}, ["user: none -> 1000"]),
        ({"working_dir": "/srv"}, ["working folder: /app -> /srv"]),
        ({"restart": "on-failure:3"}, ["restart policy: always -> on-failure"]),
        ({"environment": {"TOKEN": "an0ther", "NEW": 1}}, ["LEVEL: taken away", "NEW: added", "TOKEN: another value"]),
        ({"labels": {"a": "2", "b.password": "hunter2"}}, ["label a: $1 -> 2", "label b.password: none -> ***"]),
        ({"labels": {"\x1b[31m[red]": "x"}}, ["label \\x1b[31m[red]: none -> x", "label a: $1 -> none"]),
        ({"ports": []}, ["port 8080:80/tcp: taken away"]),
        ({"ports": [{"target": 80, "published": "8080", "host_ip": "127.0.0.1"}]}, ["127.0.0.1:8080:80/tcp: added"]),
        ({"volumes": SECTION["volumes"][1:]}, ["mount /srv/www at /www: taken away"]),
        ({"networks": {"other": None}}, ["network other: added", "network apps_default: taken away"]),
        ({"networks": {}, "network_mode": "host"}, list(ELSE)),
    ],
)
def test_each_difference_is_one_sentence(changes: dict[str, Any], wanted: list[str]) -> None:
    found = told(**changes)
    assert all(any(one in sentence for sentence in found) for one in wanted), found
    text = "\n".join(found)
    assert "s3cret" not in text
    assert "hunter2" not in text
    assert "an0ther" not in text


@pytest.mark.parametrize("shape", [{}, {"Config": None, "Mounts": 1}, {"Config": {"Env": [1], "Labels": []}}])
def test_documents_of_another_shape_break_nothing(shape: dict[str, Any]) -> None:
    assert differences({}, "wiki", Deployed(shape, shape))
    assert differences(
        {"services": {"wiki": {"labels": 1, "ports": [1], "volumes": 1}}}, "wiki", Deployed(shape, shape)
    )


def test_nothing_of_a_container_is_ever_written_out() -> None:
    assert "s3cret" not in repr(Deployed(CONTAINER, IMAGE))
