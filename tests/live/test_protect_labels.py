"""Protecting by labels on the real stack: what is refused, what is done, and what is taken back when it fails."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from docker.models.containers import Container

from specter_tui.core.errors import RefusedError, SourceError
from specter_tui.core.proof import ProofVerdict
from tests.live.harness import DOMAIN, SESSION, Stack, eventually
from tests.live.protecting import Protecting

pytestmark = [pytest.mark.live, pytest.mark.timeout(300, func_only=True)]


@pytest.fixture
def protecting(stack: Stack, verified: Container, tmp_path: Path) -> Protecting:
    return Protecting.over(stack, tmp_path)


def file_of(stack: Stack, name: str) -> Path:
    return stack.root / "projects" / name / "compose.yml"


def test_an_open_application_is_protected_and_opened_again_byte_for_byte(stack: Stack, protecting: Protecting) -> None:
    with stack.application("wiki") as host:
        before = file_of(stack, "wiki").read_bytes()
        assert stack.get(host).status == 200

        async def go() -> None:
            work = (await protecting.plan(host)).work
            assert work.protects
            assert file_of(stack, "wiki").read_bytes() == before
            await protecting.apply(work)
            (proof,) = await protecting.verify(work)
            assert proof.verdict is ProofVerdict.TURNED_AWAY

        asyncio.run(go())
        assert stack.get(host, headers={"Accept": "text/html"}).status == 307
        assert stack.get(host, headers={"Cookie": SESSION}).status == 200

        with pytest.raises(RefusedError, match="already"):
            asyncio.run(protecting.plan(host))

        async def back() -> None:
            work = (await protecting.plan(host, protects=False)).work
            await protecting.apply(work)
            (proof,) = await protecting.verify(work)
            assert proof.verdict is ProofVerdict.OPEN

        asyncio.run(back())
        assert file_of(stack, "wiki").read_bytes() == before
        assert stack.get(host).status == 200


def test_replicas_stay_as_many_as_they_are(stack: Stack, protecting: Protecting) -> None:
    with stack.application("many") as host:
        folder = file_of(stack, "many").parent
        stack.compose("up", "-d", "--wait", "--scale", "many=3", folder=folder)

        async def go() -> None:
            work = (await protecting.plan(host)).work
            assert work.services[0].replicas == 3
            await protecting.apply(work)
            await protecting.verify(work)

        asyncio.run(go())
        assert len(stack.compose("ps", "-q", folder=folder).split()) == 3


def test_changes_that_wait_to_be_deployed_are_refused_unless_they_are_included(
    stack: Stack, protecting: Protecting
) -> None:
    with stack.application("late") as host:
        file = file_of(stack, "late")
        document = json.loads(file.read_text())
        document["services"]["late"]["environment"] = {"NEW": "1"}
        file.write_text(json.dumps(document))
        with pytest.raises(RefusedError, match="other changes would be deployed too"):
            asyncio.run(protecting.plan(host))
        planned = asyncio.run(protecting.plan(host, include_pending=True))
        assert "changed after the container was made" in planned.pending[0]


def test_the_stacks_own_services_come_from_an_include(protecting: Protecting) -> None:
    with pytest.raises(RefusedError, match="include"):
        asyncio.run(protecting.plan(f"whoami.{DOMAIN}", protects=False))


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


def test_a_file_that_changes_after_the_plan_is_left_alone(stack: Stack, protecting: Protecting) -> None:
    with stack.application("moving") as host:
        file = file_of(stack, "moving")

        async def go() -> None:
            work = (await protecting.plan(host)).work
            changed = file.read_bytes() + b"\n"
            file.write_bytes(changed)
            with pytest.raises(RefusedError, match="changed meanwhile"):
                await protecting.apply(work)
            assert file.read_bytes() == changed

        asyncio.run(go())
        assert stack.get(host).status == 200


def test_what_fails_halfway_is_taken_back(stack: Stack, protecting: Protecting) -> None:
    """Compose can't make the container: the verification fails, the file is as before and the host answers again."""
    with stack.application("half") as host:
        file = file_of(stack, "half")
        before = file.read_bytes()

        async def go() -> None:
            work = (await protecting.plan(host)).work
            await protecting.apply(work)
            client = stack.engine.client()
            try:  # as an application that does not come up with its new labels
                client.containers.get("half-half-1").kill()
            finally:
                client.close()
            with pytest.raises(SourceError, match="0 of 1 containers of half are up"):
                await protecting.verify(work)
            await protecting.rollback(work)

        asyncio.run(go())
        assert file.read_bytes() == before
        eventually(lambda: stack.get(host).status == 200, "open as before")
