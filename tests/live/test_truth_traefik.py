"""What the commands and the running dashboard say while Traefik restarts, can't load a file, or lacks the verifier."""

from __future__ import annotations

import time

import pytest
from docker.models.containers import Container

from specter_tui.cli.exit_codes import ExitCode
from tests.live.dashboard import SMALL, Dashboard, has_source, is_read, running_dashboard
from tests.live.harness import DOMAIN, Stack, eventually
from tests.live.told import Told

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

WHOAMI = f"whoami.{DOMAIN}"
OPEN = f"open.{DOMAIN}"


def test_traefik_stops_and_starts(stack: Stack, told: Told, dashboard: Dashboard) -> None:
    """The commands end with 3; the dashboard keeps the last routes and says as of when they are."""
    dashboard.wait_for_row("●", WHOAMI)
    stack.compose("stop", "traefik")
    try:
        refused = told.run("status", "--json")
        assert (refused.returncode, refused.stdout) == (ExitCode.UNREACHABLE, "")
        assert refused.stderr.count("\n") == 1
        assert f"127.0.0.1:{stack.ports.api}" in refused.stderr
        found = told.findings().about("traefik")
        assert {"source-failed", "traefik-stopped"} <= set(found)
        screen = dashboard.wait_for(r"Traefik as of \d\d:\d\d(:\d\d)?, \d+s old: .*next try")
        dashboard.wait_for_row("✖", WHOAMI)
        screen = dashboard.wait_for("needs? you now .*Traefik does not run, so no host of it answers")
        assert "is open to everyone" not in screen
        assert has_source(screen, "T", "◐")
    finally:
        stack.compose("start", "traefik")
    # Its container runs before it listens.
    eventually(lambda: told.run("status").returncode != ExitCode.UNREACHABLE, "Traefik answers again")
    told.until_healthy("whoami@docker")
    assert told.findings().errors == []
    dashboard.wait_for(lambda text: "Traefik as of" not in text and is_read(text))
    dashboard.wait_for_row("●", WHOAMI, "2/2")


def test_a_bad_dynamic_file(stack: Stack, told: Told, dashboard: Dashboard) -> None:
    """A running Traefik keeps what it had, and only its log names the file; a restart loses the whole folder."""
    bad = stack.root / "traefik/dynamic/broken.yml"
    with stack.application("open"):
        dashboard.wait_for_row("●", OPEN)
        bad.write_text("http:\n  nonsense: {}\n")
        try:
            eventually(lambda: any("broken.yml" in line for line in stack.logs("traefik")), "Traefik's log names it")
            assert told.route("open@docker")["status"] == "enabled"
            assert stack.get(OPEN).status == 200
            finding = told.findings().about("traefik")["file-provider-error"]
            assert finding["severity"] == "error"
            assert "can't load /etc/traefik/dynamic/broken.yml" in finding["title"]
            assert "field not found, node: nonsense" in finding["evidence"][0]
            assert "in the log of container traefik" in finding["evidence"][1]
            assert "the file has not been changed since" in finding["evidence"]
            dashboard.wait_for("needs? you now .*Traefik can't load /etc/traefik/dynamic/broken.yml")
            time.sleep(1.1)  # Traefik's times have whole seconds
            bad.write_text("# nothing any more\n")
            eventually(lambda: not told.findings().errors, "a mended file is no error any more")
            dashboard.wait_for("nothing needs you")
            time.sleep(1.1)
            bad.write_text("http:\n  nonsense: {}\n")
            eventually(lambda: told.findings().errors == [("file-provider-error", "traefik")], "it is one again")
            stack.restart_traefik()
            route = told.until_route("open@docker", lambda route: route.get("health") == "down", "down")
            assert route["status"] == "disabled"
            assert {one["name"]: one["status"] for one in route["middlewares"]} == {
                "identity-headers@file": "missing",
                "security-headers@file": "missing",
                "compression@file": "missing",
            }
            findings = told.findings()
            assert findings.all[0]["code"] == "file-provider-empty"
            assert "field not found, node: nonsense" in findings.all[0]["evidence"][0]
            assert findings.errors == [("file-provider-empty", "traefik")]
            explained = told.explain(f"https://{OPEN}/")
            assert (explained.winner, explained.broken_at) == (None, "router")
            assert "open@docker is disabled" in explained.hop("router")[1]
            assert stack.get(OPEN).status == 404
            dashboard.wait_for_row("✖", OPEN)
            dashboard.wait_for("needs? you now .*file provider gives nothing")
        finally:
            bad.unlink()
        told.until_healthy("open@docker")
        eventually(lambda: not told.findings().errors, "a file that is gone is no error")
        dashboard.wait_for_row("●", OPEN, "1/1")
        dashboard.wait_for("nothing needs you")


def test_the_verify_service_stops(stack: Stack, told: Told, verified: Container) -> None:
    """While it runs, the anonymous request proves the protection; without it, every protected host is broken."""
    explained = told.explain(f"https://{WHOAMI}/", "--probe")
    assert explained.broken_at == ""
    assert [explained.hop(name)[0] for name in ("tls", "router", "middleware", "probe")] == ["ok"] * 4
    route = next(one for one in told.ask("status", "--probe")["routes"] if one["id"] == "whoami@docker")
    assert route["protection"]["state"] == "protected"
    assert route["protection"]["proof"]["verdict"] == "turned_away"
    with running_dashboard(told.config, size=SMALL) as dashboard:
        dashboard.view("2", "Routes")
        dashboard.wait_for_row("●", WHOAMI, "protected")
        dashboard.keys("/")
        dashboard.wait_for("words")
        dashboard.keys(*"whoami", "Enter")
        dashboard.wait_for("1 of ")
        dashboard.keys("Enter")
        dashboard.wait_for("anonymous request turned away: 307")
        verified.stop(timeout=1)
        try:
            assert stack.get(WHOAMI).status == 500
            dashboard.wait_for("◐ degraded")
            dashboard.wait_for("the verify service does not run, so protected hosts answer 500")
            assert told.explain(f"https://{WHOAMI}/", "--probe").hop("probe")[0] != "ok"
            assert told.findings().errors == [("verify-down", "descope-verify@docker")]
        finally:
            verified.start()
        dashboard.wait_for("anonymous request turned away: 307")
    eventually(lambda: not told.findings().errors, "nothing is wrong any more")
