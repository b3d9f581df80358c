"""The demo on a real engine, before it is started: the files of its stack, and what it says when a part is missing."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from specter_tui.core.stack import SOURCES, StackParameters, render
from specter_tui.demo.folder import DemoError
from specter_tui.demo.layout import NOWHERE
from specter_tui.demo.on_docker.descope import descope_files
from specter_tui.demo.on_docker.document import COMPOSE_FILE, FOLDER_LABEL, Plan, adapted, prefixed
from specter_tui.demo.on_docker.engine import DockerCommand, find_docker
from specter_tui.demo.on_docker.system import IMAGES
from specter_tui.demo.sample import DOMAIN, sample_apps
from tests.demo.processes import born, survivors_of
from verify_service.config import read

ROOT = Path(__file__).parents[2]
ELSEWHERE = (
    "demo --docker needs an engine of this machine, and tcp://v is elsewhere; unset DOCKER_HOST and DOCKER_CONTEXT, "
    "or leave --docker out"
)
PLAN = Plan("specter-demo-0123abcd", "/tmp/specter-demo-0123abcd", "1000:100", 8000, 8443, 8080, 8300)


def texts() -> dict[str, str]:
    files = render(
        {path: (ROOT / path).read_text(encoding="utf-8") for path in SOURCES},
        StackParameters(DOMAIN, f"ops@{DOMAIN}", NOWHERE),
    )
    return {one.path: one.text for one in adapted(files, sample_apps("secret", regexp=True), PLAN, "{}")}


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(texts()[COMPOSE_FILE])
    return found


def test_nothing_that_an_engine_has_once_is_called_as_in_a_real_stack() -> None:
    compose = document()
    assert compose["name"] == PLAN.project
    assert all(one["name"].startswith(PLAN.project) for one in compose["networks"].values())
    assert not [name for name, one in compose["services"].items() if "container_name" in one]
    for service in compose["services"].values():
        for key in service["labels"]:
            kind, _, name = key.partition(".")[2].partition(".")[2].partition(".")
            if kind in {"routers", "middlewares", "services"}:
                assert name.startswith("demo-abcd-"), key


def test_edge_stays_the_network_whose_name_comes_first() -> None:
    networks = document()["networks"]
    assert networks["specter-edge"]["name"] == min(one["name"] for one in networks.values())


def test_everything_carries_the_demos_own_label_and_stays_away_after_a_restart_of_the_machine() -> None:
    compose = document()
    parts = [*compose["services"].values(), *compose["networks"].values(), *compose["volumes"].values()]
    assert {one["labels"][FOLDER_LABEL] for one in parts} == {PLAN.folder}
    assert {one["restart"] for one in compose["services"].values()} == {"no", "on-failure"}


def test_ports_are_published_on_loopback_only() -> None:
    published = [port for one in document()["services"].values() for port in one.get("ports", ())]
    assert sorted(published) == [
        "127.0.0.1:8000:80",
        "127.0.0.1:8080:8080",
        "127.0.0.1:8300:8300",
        "127.0.0.1:8443:443",
    ]


def test_the_verify_service_is_that_of_the_stack_with_settings_for_the_demo_alone() -> None:
    compose = document()
    stack = YAML(typ="safe").load((ROOT / "compose/verify.yml").read_text(encoding="utf-8"))["services"]["descope-auth"]
    verify = compose["services"]["descope-auth"]
    for kept in ("read_only", "cap_drop", "security_opt", "deploy", "stop_grace_period", "secrets", "networks"):
        assert verify[kept] == stack[kept], kept
    assert "build" not in verify
    assert "${" not in json.dumps(verify["environment"]), "nothing of a person's own settings"
    read({**verify["environment"], "SESSION_SECRET_FILE": "", "SESSION_SECRET": "0123456789abcdef" * 2})
    assert verify["environment"]["AUTH_HOST"] == f"auth.{DOMAIN}:8443"
    assert compose["services"]["descope"]["image"] == verify["image"] == "${VERIFY_IMAGE}"
    assert {one["user"] for one in (verify, compose["services"]["descope"])} == {PLAN.user}, "who owns the files"
    assert compose["secrets"]["session-secret"] == {"file": "../secrets/session-secret"}


def test_the_emulated_descope_is_reached_by_one_address_from_both_sides() -> None:
    services = document()["services"]
    host = services["descope-auth"]["environment"]["DESCOPE_BASE_URI"]
    (alias,) = services["descope"]["networks"]["traefik-proxy"]["aliases"]
    assert host == f"http://{alias}:8300"
    assert alias.endswith(".localhost"), "loopback to a browser"
    assert not f".{alias}".endswith(f".{DOMAIN}"), "no cookie of the site goes there"


def test_the_emulated_descopes_program_is_all_that_it_needs(tmp_path: Path) -> None:
    """In its container there is the verify service's environment, and nothing else of this program."""
    for name, text in descope_files().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    program = (
        "import sys; import specter_tui.demo.descope.__main__ as one; print(one.__file__);"
        "print(*{name.partition('.')[0] for name in sys.modules} & {'textual', 'docker', 'cloudflare', 'msgspec'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": f"{tmp_path}/compose/descope"},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout == f"{tmp_path}/compose/descope/specter_tui/demo/descope/__main__.py\n\n"


def test_the_demos_traefik_looks_at_its_own_project_alone_and_orders_nothing() -> None:
    static = json.loads(texts()["traefik/traefik.yml"])
    docker = static["providers"]["docker"]
    assert docker["constraints"] == f"Label(`com.docker.compose.project`,`{PLAN.project}`)"
    assert docker["endpoint"] == f"tcp://socket-proxy.{PLAN.project}-socket:2375"
    assert docker["network"] == f"{PLAN.project}-proxy"
    assert static["entryPoints"]["traefik"]["address"] == f"traefik.{PLAN.project}-edge:8080"
    assert static["certificatesResolvers"]["letsencrypt"]["acme"]["caServer"] == NOWHERE


def test_labels_refer_to_what_they_are_called_now() -> None:
    labels = {
        "traefik.enable": "true",
        "traefik.http.routers.wiki.rule": "Host(`wiki.test`)",
        "traefik.http.routers.wiki.middlewares": "descope-verify@docker, headers@file,family",
        "traefik.http.routers.wiki.service": "api@internal",
        "traefik.http.routers.git.service": "git",
        "traefik.http.middlewares.family.basicauth.users": "a:b",
    }
    assert prefixed(labels, "x-") == {
        "traefik.enable": "true",
        "traefik.http.routers.x-wiki.rule": "Host(`wiki.test`)",
        "traefik.http.routers.x-wiki.middlewares": "x-descope-verify@docker,headers@file,x-family",
        "traefik.http.routers.x-wiki.service": "api@internal",
        "traefik.http.routers.x-git.service": "x-git",
        "traefik.http.middlewares.x-family.basicauth.users": "a:b",
    }


@pytest.mark.parametrize(("variable", "image"), IMAGES.items())
def test_the_images_are_those_of_the_stack(variable: str, image: str) -> None:
    compose = "".join((ROOT / f"compose/{name}.yml").read_text(encoding="utf-8") for name in ("traefik", "whoami"))
    assert f"${{{variable}:-{image}}}" in compose


def docker_that(folder: Path, script: str) -> dict[str, str]:
    """An environment whose docker program is this shell script."""
    program = folder / "docker"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return {"PATH": str(folder)}


async def test_without_the_docker_program_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(DemoError) as caught:
        await find_docker({"PATH": str(tmp_path)})
    assert caught.value.sentence() == ("demo --docker needs the docker program; install Docker, or leave --docker out")


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (
            "echo noise >&2; echo 'no such socket' >&2; exit 1",
            "demo --docker needs a Docker Engine that answers (no such socket); start it, or leave --docker out",
        ),
        (
            '[ "$1" = compose ] && exit 1; exit 0',
            "demo --docker needs Docker Compose; install the docker-compose-plugin",
        ),
        (
            "echo tcp://v",
            ELSEWHERE,
        ),
    ],
)
async def test_what_is_missing_is_one_sentence(tmp_path: Path, script: str, sentence: str) -> None:
    with pytest.raises(DemoError) as caught:
        await find_docker(docker_that(tmp_path, script))
    assert caught.value.sentence() == sentence


async def test_a_command_that_is_given_up_ends_with_all_that_it_started(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plugin")
    environment = docker_that(tmp_path, f"sh -c 'echo $$ > {tmp_path}/plugin; exec sleep 100' & wait")
    docker = DockerCommand(f"{tmp_path}/docker", {**environment, "PATH": os.defpath})
    command = asyncio.create_task(docker.run("compose", "up"))
    plugin = int(await asyncio.to_thread((tmp_path / "plugin").read_text))
    family = {(plugin, born(plugin))}
    command.cancel()
    with pytest.raises(asyncio.CancelledError):
        await command
    assert survivors_of(family) == set()
