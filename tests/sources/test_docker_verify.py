"""The verify service's policy is judged where its environment is read, once of each container, and goes no further."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from specter_tui.core.settings import DockerSettings
from specter_tui.core.verify_policy import DefaultPolicy, judge_policy
from specter_tui.sources.docker_engine import DockerEngine
from tests.fake_engine import FakeEngine, fake_engine
from verify_service.request.policy import chosen

URL = "http://descope-auth:3000/verify"
PROJECT = "DESCOPE_PROJECT_ID=P2x"


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeEngine]:
    with fake_engine(tmp_path) as engine:
        yield engine


def container(name: str, service: str = "", state: str = "running") -> dict[str, Any]:
    labels = {"com.docker.compose.service": service} if service else {}
    status = "Up 3 hours" if state == "running" else "Exited (0) 3 hours ago"
    return {
        "Id": f"{name}-id", "Names": [f"/{name}"], "Image": "x", "State": state, "Status": status, "Created": 1,
        "Labels": labels,
    }  # fmt: skip


def asked(fake: FakeEngine) -> list[str]:
    return [path.split("/")[-2] for path in fake.asked if path.endswith("-id/json")]


@pytest.mark.parametrize(
    ("environment", "policy"),
    [
        ([PROJECT], DefaultPolicy.OPEN),
        ([PROJECT, "DEFAULT_POLICY="], DefaultPolicy.OPEN),
        ([PROJECT, "DEFAULT_POLICY=mode=401"], DefaultPolicy.OPEN),
        ([PROJECT, "DEFAULT_POLICY=any"], DefaultPolicy.CHOSEN),
        ([PROJECT, "DEFAULT_POLICY=emails=alice@example.com"], DefaultPolicy.CHOSEN),
        (["PATH=/bin"], DefaultPolicy.NONE),
        (None, DefaultPolicy.NONE),
        ([7], DefaultPolicy.NONE),
    ],
)
async def test_the_environment_tells(fake: FakeEngine, environment: object, policy: DefaultPolicy) -> None:
    fake.answers["/containers/json"] = lambda h: h.give([container("descope-auth")])
    fake.answers["-id/json"] = lambda h: h.give({"Config": {"Env": environment}})
    source = DockerEngine(DockerSettings(host=fake.host), 5.0, verify_url=URL, environment={})
    read = await source.read()
    assert read.containers[0].default_policy is policy
    assert "alice" not in repr(read)
    assert await source.read() is read
    assert asked(fake) == ["descope-auth-id"], "an environment never changes"
    await source.close()


async def test_only_the_running_containers_of_its_name_are_looked_at(fake: FakeEngine) -> None:
    found = [
        container("specter-descope-auth-1", "descope-auth"), container("descope-auth", state="exited"),
        container("app", "app"), container("descope-auth-2"),
    ]  # fmt: skip
    fake.answers["/containers/json"] = lambda h: h.give(found)
    fake.answers["-id/json"] = lambda h: h.give({"Config": {"Env": [PROJECT]}})
    source = DockerEngine(DockerSettings(host=fake.host), 5.0, verify_url=URL, environment={})
    told = {one.name: one.default_policy for one in (await source.read()).containers}
    assert {name for name, policy in told.items() if policy is DefaultPolicy.OPEN} == {"specter-descope-auth-1"}
    assert asked(fake) == ["specter-descope-auth-1-id"]
    await source.close()


@pytest.mark.parametrize(("status", "policy"), [(403, DefaultPolicy.UNKNOWN), (404, DefaultPolicy.NONE)])
async def test_an_engine_that_does_not_tell(fake: FakeEngine, status: int, policy: DefaultPolicy) -> None:
    fake.answers["/containers/json"] = lambda h: h.give([container("descope-auth")])
    fake.answers["-id/json"] = lambda h: h.give({"message": "no"}, status)
    source = DockerEngine(DockerSettings(host=fake.host), 5.0, verify_url=URL, environment={})
    assert (await source.read()).containers[0].default_policy is policy
    await source.close()


@pytest.mark.parametrize(
    "text",
    ["", " ", "any", " any ", "any&mode=401", "mode=401", "mode=redirect", "roles=a", "roles=a&mode=401",
     "mode=401&domains=b.test", "tenant=any"],
)  # fmt: skip
def test_the_service_itself_judges_so(text: str) -> None:
    assert (judge_policy(text) is DefaultPolicy.CHOSEN) is chosen(text)
