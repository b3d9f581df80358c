"""Protecting by the overlay on the real stack: it holds, it is taken back, and it never stands where it is not safe."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.models.containers import Container

from specter_tui.core.errors import RefusedError, SourceError
from specter_tui.core.findings.file_provider import refused_now
from specter_tui.core.overlay import FILE_NAME
from specter_tui.core.shadow_names import shadow_id
from tests.live.harness import DOMAIN, Stack, eventually
from tests.live.protecting import Protecting, protecting_over
from tests.live.visitors import Visitors
from tests.real import takes_long

pytestmark = [pytest.mark.live, pytest.mark.timeout(300, func_only=True)]
HTML = {"Accept": "text/html"}
REQUESTS = 10_000


@pytest.fixture
def protecting(
    stack: Stack, verified: Container, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Protecting]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with protecting_over(stack, tmp_path / "specter", monkeypatch) as running:
        yield running


def overlay_of(stack: Stack) -> Path:
    return stack.root / "traefik/dynamic" / FILE_NAME


def cover(protecting: Protecting, name: str, action: str = "protect") -> tuple[str, ...]:
    return asyncio.run(protecting.run(asyncio.run(protecting.plan(name, action, via="overlay"))))


def status_of(stack: Stack, host: str) -> int:
    return stack.get(host, headers=HTML).status


def codes(protecting: Protecting) -> set[tuple[str, str]]:
    return {(one.code, one.subject.id) for one in asyncio.run(protecting.look()).findings}


def test_it_holds_while_verify_is_away_and_is_taken_back_byte_for_byte(
    stack: Stack, protecting: Protecting, verified: Container
) -> None:
    with stack.application("quick") as host:
        plan = asyncio.run(protecting.plan(host, via="overlay"))
        assert not overlay_of(stack).exists()
        assert "got 200" in plan.proof
        proof = asyncio.run(protecting.run(plan))
        assert f"got 307 to auth.{DOMAIN}" in proof[0]
        assert ("overlay-only", host) in codes(protecting)
        verified.stop(timeout=1)
        try:
            assert status_of(stack, host) == 500
        finally:
            verified.start()
            eventually(lambda: status_of(stack, host) == 307, "verify is back")
        back = asyncio.run(protecting.reverse(plan))
        assert (back.action, back.opens, back.undoes) == ("unprotect", (host,), "journal-id")
        asyncio.run(protecting.run(back))
        assert not overlay_of(stack).exists()
        assert status_of(stack, host) == 200
        assert not protecting.overlay.asked.hosts()
        assert ("overlay-only", host) not in codes(protecting)


@takes_long
def test_nobody_gets_in_while_the_application_and_verify_are_redeployed(
    stack: Stack, protecting: Protecting, verified: Container
) -> None:
    with stack.application("covered") as host:
        cover(protecting, host)
        visitors = Visitors(stack, host, REQUESTS)
        try:
            eventually(lambda: visitors.count > 100, "visitors come")
            stack.compose("up", "-d", "--force-recreate", "--wait", folder=stack.root / "projects/covered")
            verified.restart(timeout=1)
            eventually(lambda: visitors.count >= REQUESTS, "as many have come as shall", 100)
            opening = asyncio.run(protecting.plan(host, "unprotect", via="overlay"))
            answers, reached, confirmed = dict(visitors.answers), visitors.reached, time.monotonic()
            asyncio.run(protecting.run(opening))
            eventually(lambda: visitors.reached > 0, "it is open again")
        finally:
            visitors.finish()
        assert reached == 0
        assert visitors.first_reached > confirmed
        assert set(answers) <= {307, 404, 500, 502, 503, 504}, answers


@takes_long
def test_labels_replace_it_and_the_host_is_never_open_in_between(stack: Stack, protecting: Protecting) -> None:
    with stack.application("moves") as host:
        cover(protecting, host)
        visitors = Visitors(stack, host)
        try:
            asyncio.run(protecting.run(asyncio.run(protecting.plan(host))))
            assert ("overlay-only", host) not in codes(protecting)
            with pytest.raises(RefusedError, match="already"):
                asyncio.run(protecting.plan(host, via="overlay"))
            plan = asyncio.run(protecting.plan(host, "unprotect", via="overlay"))
            assert plan.opens == ()
            proof = asyncio.run(protecting.run(plan))
        finally:
            visitors.finish()
        assert "got 307" in proof[0]
        assert visitors.reached == 0
        assert not overlay_of(stack).exists()
        assert protecting.action.asked.hosts() == (host,)
        with pytest.raises(RefusedError, match="not protected by the overlay"):
            asyncio.run(protecting.plan(host, "unprotect", via="overlay"))


@takes_long
def test_several_hosts_share_the_file_and_one_that_is_not_the_last_is_taken_out(
    stack: Stack, protecting: Protecting
) -> None:
    with stack.application("one") as first, stack.application("two") as second:
        plan = asyncio.run(protecting.plan(first, via="overlay"))
        asyncio.run(protecting.run(plan))
        alone = overlay_of(stack).read_bytes()
        cover(protecting, second)
        asyncio.run(protecting.run(asyncio.run(protecting.reverse(plan))))
        assert (status_of(stack, first), status_of(stack, second)) == (200, 307)
        cover(protecting, first)
        cover(protecting, second, "unprotect")
        assert overlay_of(stack).read_bytes() == alone
        cover(protecting, first, "unprotect")


# Each has the syntax of Go's templates, of YAML or of a terminal in it, or something that has to be copied beside it.
ODD = {
    "paths": {"rule": f"Host(`paths.{DOMAIN}`) && !Path(`/{{{{ .x }}}}`) && !PathPrefix(`/a: b # \"c\" 'd'`)"},
    "marks": {"rule": f"Host(`marks.{DOMAIN}`) && !Path(`/[red]\\u2028\u202e %$$`)"},
    "chained": {"middlewares": "security-headers@file"},
    "options": {"tls.options": "strict@file"},
}


def _labels(name: str, more: dict[str, str]) -> dict[str, str]:
    router = f"traefik.http.routers.{name}"
    found = {f"{router}.rule": f"Host(`{name}.{DOMAIN}`)", f"{router}.entrypoints": "websecure"}
    return {"traefik.enable": "true", **found, **{f"{router}.{key}": value for key, value in more.items()}}


@takes_long
def test_hostile_rules_chains_and_tls_options_are_copied_exactly(stack: Stack, protecting: Protecting) -> None:
    strict = stack.root / "traefik/dynamic/strict.yml"
    strict.write_text("tls: {options: {strict: {minVersion: VersionTLS13}}}\n")
    try:
        with stack.project("odd", {name: {"labels": _labels(name, more)} for name, more in ODD.items()}):
            for name in ODD:
                stack.wait_for_router(f"{name}@docker", status="enabled")
                cover(protecting, f"{name}.{DOMAIN}")
            routers = stack.api("/api/rawdata")["routers"]
            for name in ODD:
                ours, bare = routers[shadow_id(f"{name}@docker")], routers[f"{name}@docker"]
                for key in ("rule", "tls", "using", "status"):
                    assert ours.get(key) == bare.get(key), (name, key)
                assert [one for one in ours["middlewares"] if "specter-verify" not in one] == bare["middlewares"]
                cover(protecting, f"{name}.{DOMAIN}", "unprotect")
    finally:
        strict.unlink()


@takes_long
def test_a_folder_that_can_not_be_loaded_is_refused_or_found_out(stack: Stack, protecting: Protecting) -> None:
    with stack.application("broken") as host:
        bad = stack.root / "traefik/dynamic/bad.yml"
        plan = asyncio.run(protecting.plan(host, via="overlay"))
        bad.write_text("http: {routers: {x: {rulle: y}}}\n")  # valid YAML that Traefik refuses
        try:
            with pytest.raises(SourceError) as caught:
                asyncio.run(protecting.run(plan))
            assert f"Traefik does not show {shadow_id('broken@docker')}" in caught.value.sentence()
            assert not overlay_of(stack).exists()
            with pytest.raises(RefusedError, match=r"bad\.yml"):
                asyncio.run(protecting.plan(host, via="overlay"))
            bad.write_text("http:\n\trouters: {}\n")
            with pytest.raises(RefusedError, match=r"bad\.yml"):
                asyncio.run(protecting.plan(host, via="overlay"))
        finally:
            bad.unlink()
        eventually(lambda: status_of(stack, host) == 200, "as before")
        eventually(lambda: not refused_now(asyncio.run(protecting.look())), "a bad file that is gone is known to be")


@takes_long
def test_a_probe_that_still_gets_in_is_taken_back(stack: Stack, protecting: Protecting) -> None:
    with stack.application("past") as host:
        plan = asyncio.run(protecting.plan(host, via="overlay"))
        other = stack.root / "traefik/dynamic/other.yml"

        async def go() -> None:
            await protecting.overlay.apply(plan, protecting.told.append)
            other.write_text(
                f"http: {{routers: {{other: {{rule: 'Host(`{host}`)', entryPoints: [websecure], priority: 9000, "
                "service: past-past@docker, tls: {}}}}\n"
            )
            try:
                stack.wait_for_router("other@file")
                with pytest.raises(SourceError, match="not proved"):
                    await protecting.overlay.verify(plan, protecting.told.append)
            finally:
                other.unlink()
                stack.wait_for_router("other@file", present=False)
            await protecting.overlay.rollback(plan, protecting.told.append)

        asyncio.run(go())
        assert not overlay_of(stack).exists()
        assert status_of(stack, host) == 200


@takes_long
def test_its_loss_is_an_error_for_as_long_as_it_lasts(stack: Stack, protecting: Protecting) -> None:
    with stack.application("lost") as host:
        eventually(lambda: not refused_now(asyncio.run(protecting.look())), "what an earlier test broke is settled")
        cover(protecting, host)
        written = overlay_of(stack).read_bytes()
        overlay_of(stack).unlink()
        stack.wait_for_router(shadow_id("lost@docker"), present=False)
        assert ("protection-lost", host) in codes(protecting)
        overlay_of(stack).write_bytes(written)
        stack.wait_for_router(shadow_id("lost@docker"))
        assert ("protection-lost", host) not in codes(protecting)
        eventually(lambda: not refused_now(asyncio.run(protecting.look())), "the same")
        cover(protecting, host, "unprotect")
