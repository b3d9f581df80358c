"""From the moment protection is reported until it is taken back no anonymous request reaches the application."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.models.containers import Container

from tests.live.harness import Stack, eventually
from tests.live.protecting import Protecting, protecting_over
from tests.live.visitors import Visitors

pytestmark = [pytest.mark.live, pytest.mark.timeout(300, func_only=True)]
REQUESTS = 10_000


@pytest.fixture
def protecting(
    stack: Stack, verified: Container, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Protecting]:
    with protecting_over(stack, tmp_path, monkeypatch) as running:
        yield running


def test_nobody_gets_in_while_the_application_and_verify_are_redeployed(
    stack: Stack, protecting: Protecting, verified: Container
) -> None:
    with stack.application("held") as host:
        folder = stack.root / "projects/held"
        assert "HTTP_" in stack.get(host).body, "the application tells what it was asked"
        plan = asyncio.run(protecting.plan(host))
        asyncio.run(protecting.run(plan))
        visitors = Visitors(stack, host, REQUESTS)
        try:
            eventually(lambda: visitors.count > 100, "visitors come")
            stack.compose("up", "-d", "--force-recreate", "--wait", folder=folder)
            verified.restart(timeout=1)
            stack.compose("restart", folder=folder)
            verified.stop(timeout=1)
            verified.start()
            eventually(lambda: stack.get(host, headers={"Accept": "text/html"}).status == 307, "verify is back")
            stack.wait_for_steady_router("held@docker")
            eventually(lambda: visitors.count >= REQUESTS, "as many have come as shall", 100)
            reverse = asyncio.run(protecting.reverse(plan))
            answers, reached, confirmed = dict(visitors.answers), visitors.reached, time.monotonic()
            asyncio.run(protecting.run(reverse))
            eventually(lambda: visitors.reached > 0, "it is open again")
        finally:
            visitors.finish()
        assert reached == 0
        assert visitors.first_reached > confirmed
        assert set(answers) <= {307, 404, 500, 502, 503, 504}, answers
