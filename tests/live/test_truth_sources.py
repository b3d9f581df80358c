"""Each source dies and comes back: the running dashboard keeps what it had, says as of when, and takes up again."""

from __future__ import annotations

import re

import pytest
from docker.models.containers import Container

from tests.live.dashboard import Dashboard, has_source, is_read
from tests.live.harness import DOMAIN, Stack, eventually
from tests.live.told import Told
from tests.real import require

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

WHOAMI = f"whoami.{DOMAIN}"


def test_acme_json_breaks_and_is_whole_again(stack: Stack, told: Told, dashboard: Dashboard, version: str) -> None:
    file = stack.root / "traefik/acme/acme.json"
    kept = file.read_text()
    days = re.search(rf"{WHOAMI}.* (\d+)d", dashboard.wait_for(is_read))
    assert days is not None
    file.write_text("{ no json")
    try:
        screen = dashboard.wait_for(r"acme\.json as of \d\d:\d\d(:\d\d)?, \d+s old: .*acme\.json")
        assert has_source(screen, "A", "◐")
        assert re.search(rf"{WHOAMI}.* {days[1]}d", screen)
        assert told.ask("status")["sources"]["acme"]["state"] == "failed"
        told_by_traefik = version == "newest"  # from 3.7 on its API lists the certificates that it holds
        assert told.explain(f"https://{WHOAMI}/").hop("tls")[0] == ("ok" if told_by_traefik else "unknown")
        assert ("source-failed", "acme") in told.findings().errors
    finally:
        file.write_text(kept)
    dashboard.wait_for(lambda text: "acme.json as of" not in text and is_read(text))
    assert told.ask("status")["sources"]["acme"]["state"] == "fresh"


def test_the_engine_restarts(stack: Stack, told: Told, dashboard: Dashboard, verified: Container) -> None:
    """It takes Traefik with it; both come back by themselves, and so do the dashboard's rows."""
    require("an engine that the tests may restart", found=stack.engine.pid != 0)
    stack.engine.down()
    try:
        screen = dashboard.wait_for(r"Docker as of \d\d:\d\d(:\d\d)?, \d+s old: ")
        assert re.search(r"Traefik as of \d\d:\d\d", screen)
        assert has_source(screen, "T", "◐")
        assert has_source(screen, "D", "◐")
        assert WHOAMI in screen
        document = told.ask("doctor")
        assert [document["sources"][name]["state"] for name in ("traefik", "docker")] == ["failed", "failed"]
        assert "docker.sock" in document["sources"]["docker"]["error"]
    finally:
        stack.engine.up()
    told.until_route("whoami@docker", lambda route: route.get("health") == "degraded", "waits for verify alone")
    route = told.route("whoami@docker")
    assert route["health_reason"].startswith("descope-verify@docker has nobody to ask: container descope-auth: Exited")
    assert route["containers"]
    assert all(one["health"] == "healthy" for one in route["containers"])
    assert told.ask("status")["sources"]["docker"]["state"] == "fresh"
    assert told.findings().errors == [("verify-down", "descope-verify@docker")]  # it has no restart policy
    verified.start()
    eventually(lambda: not told.findings().errors, "nothing is wrong any more")
    dashboard.wait_for(lambda text: " as of " not in text and is_read(text), patience=70)
    dashboard.wait_for_row("●", WHOAMI, "2/2")
