"""Which settings the containers propose, and what they must not."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from specter_tui.config.document import parse
from specter_tui.core.discovery import propose, toml_lines, traefik_containers
from specter_tui.core.model import Container, ContainerDetail, ContainerNetwork, Mount, PublishedPort
from tests.builders import a_container, a_port


def a_traefik(name: str = "traefik", **changes: Any) -> Container:
    values: dict[str, Any] = {
        "id": f"id-{name}",
        "image": "traefik:v2.11",
        "networks": (ContainerNetwork("specter-edge"), ContainerNetwork("traefik-proxy")),
        "published": (PublishedPort("127.0.0.1", 18080, 8080, "tcp"), a_port(443)),
    }
    return a_container(name, **(values | changes))


def a_detail(
    *command: str, mounts: tuple[tuple[str, str], ...] = (), of: str = "traefik"
) -> dict[str, ContainerDetail]:
    detail = ContainerDetail(
        id=f"id-{of}",
        restart_count=0,
        exit_code=0,
        oom_killed=False,
        error="",
        started_at=None,
        finished_at=None,
        command=("/entrypoint.sh", "traefik", *command),
        mounts=tuple(Mount(*one) for one in mounts),
        environment=(),
        health_log=(),
        document="{}",
    )
    return {detail.id: detail}


def found(container: Container, details: dict[str, ContainerDetail]) -> dict[str, object]:
    return dict(propose([container], details).values)


def test_the_stack_of_this_project_is_found_through_its_mounts() -> None:
    mounts = (
        ("/opt/specter/traefik/traefik.yml", "/etc/traefik/traefik.yml"),
        ("/opt/specter/traefik/dynamic", "/etc/traefik/dynamic"),
        ("/opt/specter/traefik/acme", "/acme"),
    )
    proposal = propose([a_container("wiki"), a_traefik()], a_detail(mounts=mounts))
    assert proposal.traefik == "traefik"
    assert dict(proposal.values) == {
        "traefik.api_url": "http://127.0.0.1:18080",
        "traefik.acme_files": ("/opt/specter/traefik/acme/acme.json",),
        "traefik.dynamic_dir": "/opt/specter/traefik/dynamic",
        "docker.network": "traefik-proxy",
    }
    assert any("guess" in note for note in proposal.notes)


def test_arguments_say_it_exactly_in_either_spelling() -> None:
    mounts = (("/srv/le", "/letsencrypt"), ("/srv/le/deep", "/letsencrypt/deep"), ("/srv/conf", "/conf"))
    details = a_detail(
        "--certificatesResolvers.a.acme.storage=/letsencrypt/a.json",
        "--certificatesresolvers.b.acme.storage",
        "/letsencrypt/deep/b.json",
        "--providers.file.directory=/conf/dyn",
        "--providers.docker.network=edge",
        "--entrypoints.traefik.address=:9000",
        mounts=mounts,
    )
    container = a_traefik(published=(PublishedPort("::", 9001, 9000, "tcp"),))
    assert found(container, details) == {
        "traefik.api_url": "http://127.0.0.1:9001",
        "traefik.acme_files": ("/srv/le/a.json", "/srv/le/deep/b.json"),
        "traefik.dynamic_dir": "/srv/conf/dyn",
        "docker.network": "edge",
    }


def test_a_path_that_no_mount_reaches_is_not_invented() -> None:
    details = a_detail("--certificatesresolvers.a.acme.storage=/acme.json", mounts=(("/srv", "/acme"),))
    proposal = propose([a_traefik()], details)
    assert "traefik.acme_files" not in dict(proposal.values)
    assert any("/acme.json is not on this machine" in note for note in proposal.notes)


def test_an_api_that_is_not_published_is_said_not_guessed() -> None:
    proposal = propose([a_traefik(published=())], a_detail())
    assert "traefik.api_url" not in dict(proposal.values)
    assert any("127.0.0.1:8080:8080" in note for note in proposal.notes)


def test_addresses_of_the_api() -> None:
    assert found(a_traefik(network_mode="host", published=()), a_detail())["traefik.api_url"] == "http://127.0.0.1:8080"
    inner = a_traefik(published=(PublishedPort("10.0.0.5", 8080, 8080, "tcp"),))
    assert found(inner, a_detail())["traefik.api_url"] == "http://10.0.0.5:8080"
    six = a_traefik(published=(PublishedPort("fd00::1", 8080, 8080, "tcp"),))
    assert found(six, a_detail())["traefik.api_url"] == "http://[fd00::1]:8080"


def test_what_is_a_traefik_and_what_only_sounds_like_one() -> None:
    yes = [
        a_container("a", image="docker.io/library/traefik@sha256:00"),
        a_container("b", image="registry:5000/mirror/traefik:v3"),
        a_container("c", image="own/edge", labels=(("org.opencontainers.image.title", "Traefik"),)),
        a_container("d", image="own/edge", labels=(("com.docker.compose.service", "traefik"),)),
        a_container("traefik", image="own/edge"),
    ]
    no = [a_container("x", image="traefik/whoami"), a_container("y", image="thomseddon/traefik-forward-auth:2")]
    assert {one.name for one in traefik_containers([*no, *yes])} == {"a", "b", "c", "d", "traefik"}


def test_several_are_said_and_a_running_one_is_taken() -> None:
    proposal = propose([a_traefik("a", state="exited"), a_traefik("b"), a_traefik("c")], a_detail(of="b"))
    assert proposal.traefik == "b"
    assert any("also runs in c, a" in note for note in proposal.notes)


def test_none_and_stopped_and_not_inspected_are_said() -> None:
    assert propose([], {}).lines[0].startswith("# No container runs Traefik")
    assert any("not running (exited)" in note for note in propose([a_traefik(state="exited")], {}).notes)
    assert any("not inspected" in note for note in propose([a_traefik()], {}).notes)


def test_another_machines_files_are_not_proposed() -> None:
    proposal = propose([a_traefik()], a_detail(mounts=(("/srv", "/acme"),)), remote=True)
    assert proposal.values == ()
    assert any("another machine" in note for note in proposal.notes)


def test_what_was_not_found_is_there_to_be_filled_in() -> None:
    lines = propose([], {}).lines
    assert '# api_url = "http://127.0.0.1:8080"' in lines
    assert parse("config.toml", "\n".join(lines)).base == {}


def test_hostile_values_are_left_out_or_escaped() -> None:
    mounts = (("/srv/\x1b[31m", "/acme"), ('/srv/"]\nread_only = true', "/dynamic"))
    proposal = propose([a_traefik(name="traefik", image="traefik")], a_detail(mounts=mounts))
    assert "traefik.acme_files" not in dict(proposal.values)
    assert all("\n" not in line and "\x1b" not in line for line in proposal.lines)


def test_the_lines_are_a_configuration() -> None:
    lines = propose([a_traefik()], a_detail(mounts=(("/o'p\"t\\x", "/acme"),))).lines
    document = parse("config.toml", "\n".join(lines))
    assert document.base["traefik.acme_files"] == ("/o'p\"t\\x/acme.json",)


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_survives_being_written_as_toml(text: str) -> None:
    assert tomllib.loads("\n".join(toml_lines({"a.b": text, "a.c": (text, text)}))) == {
        "a": {"b": text, "c": [text, text]}
    }
