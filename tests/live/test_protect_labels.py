"""Protecting by labels on the real stack: what is refused, what is done, and what is taken back when it fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.models.containers import Container

from specter_tui.core.actions import Plan
from specter_tui.core.errors import RefusedError, SourceError
from specter_tui.core.pending import PendingError
from specter_tui.effects.compose_cli import ComposeCli
from specter_tui.effects.trusted_file import TrustedFiles
from tests.live.harness import DOMAIN, NETWORK, SESSION, Stack, eventually
from tests.live.protecting import Protecting, protecting_over
from tests.real import WHOLE_MATRIX, takes_long

pytestmark = [pytest.mark.live, pytest.mark.timeout(300, func_only=True)]
HTML = {"Accept": "text/html"}


@pytest.fixture
def protecting(
    stack: Stack, verified: Container, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Protecting]:
    with protecting_over(stack, tmp_path, monkeypatch) as running:
        yield running


def file_of(stack: Stack, name: str) -> Path:
    return stack.root / "projects" / name / "compose.yml"


async def protect(protecting: Protecting, host: str) -> tuple[str, ...]:
    return await protecting.run(await protecting.plan(host))


def test_an_open_application_is_protected_and_opened_again_byte_for_byte(stack: Stack, protecting: Protecting) -> None:
    with stack.application("wiki") as host:
        before = file_of(stack, "wiki").read_bytes()
        plan = asyncio.run(protecting.plan(host))
        assert file_of(stack, "wiki").read_bytes() == before
        assert "got 200" in plan.proof
        assert (plan.opens, plan.hosts) == ((), (host,))
        proof = asyncio.run(protecting.run(plan))
        assert f"got 307 to auth.{DOMAIN}" in proof[0]
        assert stack.get(host, headers=HTML).status == 307
        assert stack.get(host, headers={"Cookie": SESSION}).status == 200
        assert protecting.action.asked.hosts() == (host,)
        with pytest.raises(RefusedError, match="already"):
            asyncio.run(protecting.plan(host))

        opening = asyncio.run(protecting.plan(host, "unprotect"))
        assert opening.opens == (host,)
        asyncio.run(protecting.run(opening))
        assert file_of(stack, "wiki").read_bytes() == before
        assert stack.get(host).status == 200
        assert not protecting.action.asked.hosts()


def test_taking_it_back_takes_its_own_lines_out(stack: Stack, protecting: Protecting) -> None:
    with stack.application("edited") as host:
        file = file_of(stack, "edited")
        plan = asyncio.run(protecting.plan(host))
        before = file.read_bytes()
        asyncio.run(protecting.run(plan))
        file.write_bytes(file.read_bytes() + b"# a note\n")
        back = asyncio.run(protecting.reverse(plan))
        assert (back.action, back.opens, back.undoes) == ("unprotect", (host,), "journal-id")
        asyncio.run(protecting.run(back))
        assert file.read_bytes() == before + b"# a note\n"
        assert stack.get(host).status == 200


def test_replicas_stay_as_many_as_they_are(stack: Stack, protecting: Protecting) -> None:
    with stack.application("many") as host:
        folder = file_of(stack, "many").parent
        stack.compose("up", "-d", "--wait", "--scale", "many=3", folder=folder)
        asyncio.run(protect(protecting, host))
        assert len(stack.compose("ps", "-q", folder=folder).split()) == 3


def test_changes_that_wait_to_be_deployed_are_refused_unless_they_are_included(
    stack: Stack, protecting: Protecting
) -> None:
    with stack.application("late") as host:
        file = file_of(stack, "late")
        document = json.loads(file.read_text())
        document["services"]["late"]["environment"] = {"NEW": "1"}
        file.write_text(json.dumps(document))
        with pytest.raises(PendingError, match="other changes would be deployed too") as caught:
            asyncio.run(protecting.plan(host))
        assert caught.value.details == (
            "late: the compose files, or variables in them, were changed after the container was made",
            "late: variable NEW: added",
        )
        plan = asyncio.run(protecting.plan(host, include_pending=True))
        assert plan.risks[1:3] == caught.value.details


def test_the_stacks_own_services_come_from_an_include(protecting: Protecting) -> None:
    with pytest.raises(RefusedError, match="include"):
        asyncio.run(protecting.plan(f"whoami.{DOMAIN}", "unprotect"))


def test_the_sign_in_and_traefiks_own_are_refused(protecting: Protecting) -> None:
    for name, why in ((f"traefik.{DOMAIN}", "already"), ("web-to-websecure@internal", "Traefik's own")):
        with pytest.raises(RefusedError, match=why):
            asyncio.run(protecting.plan(name))


def test_files_that_others_can_write_are_refused(stack: Stack, protecting: Protecting) -> None:
    with stack.application("loose") as host:
        file_of(stack, "loose").chmod(0o666)
        with pytest.raises(RefusedError, match="others can write"):
            asyncio.run(protecting.plan(host))


def test_a_file_that_is_gone_is_refused(stack: Stack, protecting: Protecting) -> None:
    with stack.application("gone") as host:
        file = file_of(stack, "gone")
        moved = file.rename(file.with_name("moved.yml"))
        try:
            with pytest.raises((RefusedError, SourceError)):
                asyncio.run(protecting.plan(host))
        finally:
            moved.rename(file)


def test_a_container_that_only_claims_a_compose_file_is_refused(stack: Stack, protecting: Protecting) -> None:
    """As an image could: its labels name a file that is none of its own making."""
    labels = {
        "traefik.enable": "true",
        "traefik.http.routers.liar.rule": f"Host(`liar.{DOMAIN}`)",
        "traefik.http.routers.liar.entrypoints": "websecure",
        "traefik.http.services.liar.loadbalancer.server.port": "8000",
        "com.docker.compose.project": "liar",
        "com.docker.compose.service": "liar",
        "com.docker.compose.project.config_files": "/etc/passwd",
        "com.docker.compose.project.working_dir": "/etc",
    }
    client = stack.engine.client()
    container = client.containers.run(
        "specter-test/busybox:1", ["httpd", "-f", "-p", "8000"], network=NETWORK, detach=True, labels=labels, init=True
    )
    try:
        stack.wait_for_router("liar@docker")
        with pytest.raises((RefusedError, SourceError)) as caught:
            asyncio.run(protecting.plan(f"liar.{DOMAIN}"))
        assert "root:" not in caught.value.sentence()
    finally:
        container.remove(force=True)
        client.close()


def test_a_file_that_changes_after_the_plan_is_left_alone(stack: Stack, protecting: Protecting) -> None:
    with stack.application("moving") as host:
        file = file_of(stack, "moving")
        plan = asyncio.run(protecting.plan(host))
        changed = file.read_bytes() + b"\n"
        file.write_bytes(changed)
        assert asyncio.run(protecting.action.fingerprint(plan)) != plan.fingerprint
        with pytest.raises(RefusedError, match="changed by somebody else"):
            asyncio.run(protecting.action.apply(plan, protecting.told.append))
        assert file.read_bytes() == changed
        assert stack.get(host).status == 200


def test_a_container_that_does_not_come_up_is_put_back(stack: Stack, protecting: Protecting) -> None:
    with stack.application("half") as host:
        file = file_of(stack, "half")
        before = file.read_bytes()
        plan = asyncio.run(protecting.plan(host))

        async def go() -> None:
            await protecting.action.apply(plan, protecting.told.append)
            client = stack.engine.client()
            try:
                client.containers.get("half-half-1").kill()
            finally:
                client.close()
            with pytest.raises(SourceError, match="0 of 1 containers of half are up"):
                await protecting.action.verify(plan, protecting.told.append)
            await protecting.action.rollback(plan, protecting.told.append)

        asyncio.run(go())
        assert_as_before(stack, protecting, host, file, before)


def assert_as_before(stack: Stack, protecting: Protecting, host: str, file: Path, before: bytes) -> None:
    assert file.read_bytes() == before
    assert [one.name for one in file.parent.iterdir()] == [file.name]
    eventually(lambda: stack.get(host).status == 200, "open as before")
    assert not protecting.action.asked.hosts()


def test_compose_that_fails_is_taken_back(
    stack: Stack, protecting: Protecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stack.application("fails") as host:
        file = file_of(stack, "fails")
        before = file.read_bytes()
        plan = asyncio.run(protecting.plan(host))
        real, calls = ComposeCli._run, []

        async def failing(self: ComposeCli, command: list[str], seconds: float) -> str:
            if "up" in command:
                calls.append(command)
                if len(calls) == 1:
                    command = [*command[:-1], "no-such-service"]
            return await real(self, command, seconds)

        monkeypatch.setattr(ComposeCli, "_run", failing)
        with pytest.raises(SourceError, match="no-such-service"):
            asyncio.run(protecting.run(plan))
        assert_as_before(stack, protecting, host, file, before)
        assert len(calls) == 1, "the containers were never made anew"


def test_a_probe_that_still_gets_in_is_taken_back(stack: Stack, protecting: Protecting) -> None:
    """Another router of the same rule answers first: Traefik shows the middleware, and visitors still get in."""
    with stack.application("sly") as host:
        file = file_of(stack, "sly")
        before = file.read_bytes()
        plan = asyncio.run(protecting.plan(host))

        async def go() -> None:
            await protecting.action.apply(plan, protecting.told.append)
            shadow = {
                "http": {
                    "routers": {
                        "shadow": {
                            "rule": f"Host(`{host}`)",
                            "entryPoints": ["websecure"],
                            "priority": 9000,
                            "service": "sly-sly@docker",
                            "tls": {},
                        }
                    }
                }
            }
            overlay = stack.root / "traefik/dynamic/shadow.yml"
            overlay.write_text(json.dumps(shadow))
            try:
                stack.wait_for_router("shadow@file")
                with pytest.raises(SourceError, match="not proved"):
                    await protecting.action.verify(plan, protecting.told.append)
                await protecting.action.rollback(plan, protecting.told.append)
            finally:
                overlay.unlink()
                stack.wait_for_router("shadow@file", present=False)

        asyncio.run(go())
        assert_as_before(stack, protecting, host, file, before)


@takes_long
def test_a_traefik_that_does_not_notice_is_taken_back(stack: Stack, protecting: Protecting) -> None:
    """The filter before the engine's socket stands still, so Traefik hears nothing of the new container."""
    with stack.application("unheard") as host:
        file = file_of(stack, "unheard")
        before = file.read_bytes()
        plan = asyncio.run(protecting.plan(host))
        client = stack.engine.client()
        proxy = client.containers.get("specter-socket-proxy-1")
        proxy.pause()
        try:
            with pytest.raises(SourceError, match="Traefik does not show descope-verify@docker on unheard@docker"):
                asyncio.run(protecting.run(plan))
        finally:
            proxy.unpause()
            client.close()
        assert_as_before(stack, protecting, host, file, before)


PLACES = ((TrustedFiles, "replace"), (ComposeCli, "check"), (ComposeCli, "up"))


def test_killed_between_any_two_steps_it_is_finished_or_taken_back(
    stack: Stack, protecting: Protecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever raises before the file, before the check, before `up` and after it stands for SIGKILL there."""
    with stack.application("killed") as host:
        file = file_of(stack, "killed")
        before = file.read_bytes()
        for place, name in PLACES if WHOLE_MATRIX else PLACES[-1:]:
            for finished in (False, True):
                plan = asyncio.run(protecting.plan(host))
                with monkeypatch.context() as patch:
                    patch.setattr(place, name, _killed)
                    with pytest.raises(KeyboardInterrupt):
                        asyncio.run(protecting.action.apply(plan, protecting.told.append))
                if finished:
                    proof = asyncio.run(_finished(protecting, plan))
                    assert "got 307" in proof[0]
                    plan = asyncio.run(protecting.reverse(plan))
                    asyncio.run(protecting.run(plan))
                else:
                    asyncio.run(protecting.action.rollback(plan, protecting.told.append))
                assert_as_before(stack, protecting, host, file, before)


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


async def _finished(protecting: Protecting, plan: Plan) -> tuple[str, ...]:
    await protecting.action.apply(plan, protecting.told.append)
    return await protecting.action.verify(plan, protecting.told.append)


def test_a_verify_service_that_does_not_run_is_no_protection(
    stack: Stack, protecting: Protecting, verified: Container
) -> None:
    with stack.application("alone") as host:
        verified.stop(timeout=1)
        try:
            with pytest.raises(RefusedError, match="the verify service does not run"):
                asyncio.run(protecting.plan(host))
        finally:
            verified.start()
            eventually(lambda: stack.get(f"whoami.{DOMAIN}", headers=HTML).status == 307, "verify is back")
