"""Which command is run for a project, and what is told of one that fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from specter_tui.core.compose import Origin
from specter_tui.core.errors import SourceError
from specter_tui.effects.compose_cli import ComposeCli, command_of

ORIGIN = Origin("apps", "wiki", ("/srv/a b.yml", "/srv/$(id).yml"), "/srv", ("/srv/x.env",), "abc", "2.24.6")


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    """A `docker` that writes its arguments down and answers what a test puts beside it."""
    program = tmp_path / "docker"
    program.write_text(
        f'#!/bin/sh\nfor one in "$@"; do echo "$one"; done >> {tmp_path}/said\n'
        f"cat {tmp_path}/answer\ncat {tmp_path}/error >&2\nexit $(cat {tmp_path}/code)\n"
    )
    program.chmod(0o755)
    for name, text in (("answer", ""), ("error", ""), ("code", "0")):
        (tmp_path / name).write_text(text)
    return tmp_path


def cli(docker: Path) -> ComposeCli:
    return ComposeCli("unix:///x.sock", environment={"PATH": f"{docker}:/usr/bin:/bin"})


def test_the_command_means_the_same_project() -> None:
    assert command_of(ORIGIN) == [
        *("docker", "compose", "--ansi=never", "--project-name=apps", "--project-directory=/srv"),
        *("--file=/srv/a b.yml", "--file=/srv/$(id).yml", "--env-file=/srv/x.env", "--profile=*"),
    ]


async def test_up_touches_the_one_service_and_no_shell_sees_it(docker: Path) -> None:
    await cli(docker).up(ORIGIN, 3)
    said = (docker / "said").read_text().splitlines()
    assert said == [
        *command_of(ORIGIN)[1:],
        *("up", "-d", "--no-deps", "--no-build", "--pull=never", "--scale=wiki=3", "--", "wiki"),
    ]


async def test_labels_are_read_as_containers_get_them(docker: Path) -> None:
    labels = {"a.$$b": "Host(`x`) $$1", "n": 1}
    (docker / "answer").write_text(json.dumps({"services": {"wiki": {"labels": labels}}}))
    assert (await cli(docker).effective(ORIGIN)).labels == {"a.$b": "Host(`x`) $1", "n": "1"}


@pytest.mark.parametrize(
    "answer", ["", "[]", "{}", '{"services": {"wiki": 1}}', '{"services": {"wiki": {"labels": 1}}}']
)
async def test_an_answer_of_another_shape(docker: Path, answer: str) -> None:
    (docker / "answer").write_text(answer)
    with pytest.raises(SourceError, match="another shape"):
        await cli(docker).effective(ORIGIN)


async def test_the_hash(docker: Path) -> None:
    (docker / "answer").write_text("wiki 0123abc\n")
    assert await cli(docker).config_hash(ORIGIN) == "0123abc"


async def test_a_failure_is_told_without_secrets_and_control_characters(docker: Path) -> None:
    (docker / "code").write_text("1")
    (docker / "error").write_text("first\n\x1b[31mpassword=hunter2 is wrong\n")
    with pytest.raises(SourceError) as caught:
        await cli(docker).check(ORIGIN)
    told = caught.value.sentence()
    assert told.startswith("docker compose config failed: first / \\x1b[31m")
    assert "hunter2" not in told


async def test_no_docker_at_all(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="can't be started"):
        await ComposeCli(environment={"PATH": str(tmp_path)}).version()


async def test_a_docker_without_compose_is_said_and_not_its_usage(tmp_path: Path) -> None:
    """What 20.10 and 28 write."""
    for told in (
        "unknown flag: --short\\n\\nUsage:  docker [OPTIONS] COMMAND [ARG...]",
        "docker: 'compose' is not a docker command.\\nSee 'docker --help'",
    ):
        (tmp_path / "docker").write_text(f'#!/bin/sh\nprintf "{told}" >&2\nexit 125\n')
        (tmp_path / "docker").chmod(0o755)
        with pytest.raises(SourceError) as caught:
            await ComposeCli(environment={"PATH": f"{tmp_path}:/usr/bin:/bin"}).version()
        assert caught.value.sentence() == (
            "Docker Compose is not installed; install its plugin (docker-compose-plugin)"
        )
