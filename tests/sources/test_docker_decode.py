"""Docker's JSON into core models, on recorded shapes and on anything else that JSON can hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specter_tui.core.model import ContainerHealth, ContainerNetwork, PublishedPort
from specter_tui.core.text import visible
from specter_tui.sources.docker_decode import ListingDecoder, decode_container, decode_detail

# As an engine 20.10 (API 1.41) gave it.
LISTED: dict[str, Any] = {
    "Id": "6a114e992cab3fbdf38c76f5924b255a272c4e246c9f56d1799433e3bb909250",
    "Names": ["/proxy/app", "/app"],
    "Image": "app:1",
    "Created": 1795384944,
    "Ports": [
        {"IP": "127.0.0.1", "PrivatePort": 80, "PublicPort": 18999, "Type": "tcp"},
        {"PrivatePort": 443, "Type": "tcp"},
        {"IP": "::", "PrivatePort": 53, "PublicPort": 53, "Type": "udp"},
    ],
    "Labels": {"traefik.enable": "true", "traefik.http.middlewares.a.basicauth.users": "bob:$apr1$x", "API_TOKEN": "t"},
    "State": "running",
    "Status": "Up 3 seconds (healthy)",
    "HostConfig": {"NetworkMode": "traefik-proxy"},
    "NetworkSettings": {
        "Networks": {
            "traefik-proxy": {"IPAddress": "172.19.0.2", "GlobalIPv6Address": "", "IPAMConfig": None},
            "back": {"IPAddress": "172.20.0.2", "GlobalIPv6Address": "fd00::2"},
        }
    },
    "Mounts": [],
}
INSPECTED: dict[str, Any] = {
    "Id": "6a11",
    "RestartCount": 3,
    "Path": "/bin/app",
    "Args": ["--db", "postgres://bob:hunter2@db/x"],
    "State": {
        "ExitCode": 137,
        "OOMKilled": True,
        "Error": "",
        "StartedAt": "2026-11-22T21:00:00.123456789Z",
        "FinishedAt": "0001-01-01T00:00:00Z",
        "Health": {"Status": "healthy", "Log": [{"ExitCode": 1, "Output": "no answer\n"}]},
    },
    "Config": {"Env": ["PASSWORD=hunter2", "EMPTY", "A=b=hunter2"], "Labels": {"API_TOKEN": "hunter2", "a": "b"}},
    "Mounts": [{"Type": "bind", "Source": "/srv", "Destination": "/data"}],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def test_a_container_as_the_engine_lists_it() -> None:
    one = decode_container(LISTED)
    assert one.name == "app"
    assert one.health is ContainerHealth.HEALTHY
    assert one.created == datetime.fromtimestamp(1795384944, UTC)
    assert one.networks == (
        ContainerNetwork("back", "172.20.0.2", "fd00::2"),
        ContainerNetwork("traefik-proxy", "172.19.0.2"),
    )
    assert one.network_mode == "traefik-proxy"
    assert one.published == (PublishedPort("127.0.0.1", 18999, 80, "tcp"), PublishedPort("::", 53, 53, "udp"))
    assert one.label("traefik.enable") == "true"
    assert "apr1" not in repr(one)
    assert one.label("API_TOKEN") == "***"


@pytest.mark.parametrize(
    ("status", "health"),
    [
        ("Up 2 hours (healthy)", ContainerHealth.HEALTHY),
        ("Up 2 hours (unhealthy)", ContainerHealth.UNHEALTHY),
        ("Up 2 seconds (health: starting)", ContainerHealth.STARTING),
        ("Up 2 hours", ContainerHealth.NONE),
        ("Exited (0) 2 hours ago", ContainerHealth.NONE),
        ("", ContainerHealth.NONE),
    ],
)
def test_health_from_the_status_sentence(status: str, health: ContainerHealth) -> None:
    assert decode_container({**LISTED, "Status": status}).health is health


def test_the_health_object_of_newer_engines_wins() -> None:
    newer = {**LISTED, "Health": {"Status": "unhealthy", "FailingStreak": 4}}
    assert decode_container(newer).health is ContainerHealth.UNHEALTHY


def test_what_go_leaves_out_is_empty() -> None:
    one = decode_container({"Id": "0123456789abcdef", "Created": 1})
    assert (one.name, one.networks, one.published, one.labels) == ("0123456789ab", (), (), ())


@pytest.mark.parametrize(
    "change",
    [
        {"Ports": "all"},
        {"Ports": [{"PublicPort": "80"}]},
        {"Ports": [{"PublicPort": 80, "PrivatePort": 70000}]},
        {"Id": ""},
        {"Id": 3},
        {"Created": "yesterday"},
        {"Created": 10**30},
        {"Labels": {"a": 1}},
        {"Names": ["/a", 1]},
        {"NetworkSettings": {"Networks": []}},
        {"Health": {"Status": "odd"}},
    ],
)
def test_half_a_container_is_none(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decode_container({**LISTED, **change})


@settings(deadline=None)
@given(st.lists(JSON | st.fixed_dictionaries({"Id": JSON, "Created": JSON, "Ports": JSON, "Labels": JSON}), max_size=6))
def test_every_element_is_a_container_or_a_problem(items: list[object]) -> None:
    containers, problems = ListingDecoder().decode([*items, LISTED])
    assert len(problems) == sum(not _is_container(one) for one in items)
    assert "app" in [one.name for one in containers]
    assert all(visible(one) == one for one in problems)


def _is_container(item: object) -> bool:
    try:
        decode_container(item)
    except ValueError:
        return False
    return True


def test_only_what_changed_is_decoded_anew() -> None:
    decoder = ListingDecoder()
    other = {**LISTED, "Id": "b" * 64, "Names": ["/other"]}
    (app, _), _ = decoder.decode([LISTED, other])
    (same, changed), _ = decoder.decode([json.loads(json.dumps(LISTED)), {**other, "Status": "Exited (0)"}])
    assert same is app
    assert changed.status == "Exited (0)"
    assert decoder.decode([LISTED])[0] == (app,)
    assert decoder.decode([]) == ((), ())


def test_an_inspection_holds_no_secret() -> None:
    detail = decode_detail(INSPECTED)
    assert detail.environment == (("A", "***"), ("EMPTY", "***"), ("PASSWORD", "***"))
    assert "hunter2" not in repr(detail)
    assert json.loads(detail.document)["Config"]["Labels"] == {"API_TOKEN": "***", "a": "b"}
    assert detail.command == ("/bin/app", "--db", "postgres://***@db/x")
    assert detail.started_at == datetime(2026, 11, 22, 21, 0, 0, 123456, UTC)
    assert detail.finished_at is None
    assert (detail.restart_count, detail.exit_code, detail.oom_killed) == (3, 137, True)
    assert detail.health_log == ("exit 1: no answer",)
    assert (detail.mounts[0].source, detail.mounts[0].destination) == ("/srv", "/data")


@settings(deadline=None)
@given(JSON | st.fixed_dictionaries({"State": JSON, "Config": JSON, "Mounts": JSON}))
def test_an_odd_inspection_is_a_value_error_at_most(item: object) -> None:
    try:
        decode_detail(item)
    except ValueError:
        return
