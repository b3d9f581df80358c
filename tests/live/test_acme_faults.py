"""What goes wrong when Traefik orders, each as the command line tells it: the right finding, with its cause.

Traefik, Pebble and the SDK are real; the faults are the emulator's switches, a wrong token, a missing zone, an
authority that refuses or is away, a name server that is silent and an acme.json that is open. One of them always runs;
the rest, on Traefik 3.4 too, only with SPECTER_LIVE_ALL=1.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from specter_tui.demo.cloudflare.faults import Fault, Trouble
from tests.live.acme_site import APP, PEBBLE, ZONE, AcmeSite, Wanted, acme_site, acme_traefiks, stored, traefik_of
from tests.real import WHOLE_MATRIX, takes_long
from tests.schema import check

pytestmark = [pytest.mark.live, pytest.mark.skipif(PEBBLE is None, reason="needs pebble")]
_AWAY: Final = "https://127.0.0.1:1/dir"
_SILENT: Final = {"dnsChallenge": {"provider": "cloudflare", "resolvers": ["127.0.0.1:1"]}}


def ending(mode: int = 0o600, **changes: Any) -> Wanted:
    """A certificate inside Traefik's window, which it renews at its start where it can."""
    return Wanted(routers=(APP,), domains=(), storage=stored({APP: 12}), mode=mode, **changes)


def refused(trouble: Trouble = Trouble.STATUS, **changes: Any) -> tuple[Fault, ...]:
    """The emulator's answer to Traefik, which alone writes."""
    return (Fault(trouble, path="/dns_records", method="POST", **changes),)


@dataclass(frozen=True)
class Case:
    """A fault, the finding that tells it, and what that says, as far as it is ours to say."""

    wanted: Wanted
    code: str
    severity: str
    words: tuple[str, ...]


ORDER = "acme-order-failed"
CASES = {
    "token": Case(Wanted(token="wrong"), ORDER, "error", ("the DNS provider refuses the token", "CF_DNS_API_TOKEN")),
    "zone": Case(Wanted(zones=("other.test",)), ORDER, "error", ("the zone of the name was not found",)),
    "names": Case(Wanted(order=_SILENT), ORDER, "error", ("the zone of the name was not found", "resolvers")),
    "limit": Case(
        Wanted(refused=True),
        ORDER,
        "error",
        ("refuses further orders for now", "5 certificates for the same names in 7 days", "after 2027-01-01"),
    ),
    "cloudflare-limit": Case(
        Wanted(faults=refused(status=429, code=971)), ORDER, "error", ("the DNS provider takes no more calls for now",)
    ),
    "cloudflare-down": Case(
        Wanted(faults=refused(status=503)), ORDER, "error", ("the DNS provider does not do what it is asked",)
    ),
    "cloudflare-page": Case(
        Wanted(faults=refused(Trouble.HTML)), ORDER, "error", ("the DNS provider does not do what it is asked",)
    ),
    "away": Case(Wanted(order={"caServer": _AWAY}), ORDER, "error", ("does not reach the certificate authority",)),
    "renewal-token": Case(
        ending(token="wrong"),
        ORDER,
        "warning",
        (f"for {APP}", "the last certificate order failed: the DNS provider refuses the token"),
    ),
    "renewal-limit": Case(ending(refused=True), ORDER, "warning", ("refuses further orders for now",)),
    "renewal-away": Case(
        ending(order={"caServer": _AWAY}), ORDER, "warning", ("does not reach the certificate authority",)
    ),
    "open": Case(ending(0o644), "acme-file-too-open", "error", ("is open to others", "644", "chmod 600")),
}
CHOSEN = [
    pytest.param(version, case, id=f"{name}-{version}")
    for version in acme_traefiks()
    for name, case in CASES.items()
    if WHOLE_MATRIX or name == "renewal-token"
]


async def command(site: AcmeSite, *words: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, document and errors of a command of a fresh process."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("SPECTER", "CF_", "CLOUD"))
    }
    done = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "specter_tui", "--config", str(site.folder / "config.toml"), *words, "--json"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    out, err = await done.communicate()
    return done.returncode or 0, json.loads(out) if out else {}, err.decode()


@pytest.mark.parametrize(("version", "case"), CHOSEN)
async def test_a_fault_is_told_with_its_cause(tmp_path: Path, version: str, case: Case) -> None:
    async with acme_site(tmp_path, case.wanted, traefik_of(version)) as site:
        await site.until(lambda snapshot: case.code in {one.code for one in snapshot.findings})
        code, document, errors = await command(site, "doctor", "--probe")
        _, certificates, _ = await command(site, "certs")
    check(document, "doctor")
    assert errors == ""
    found = [one for one in document["findings"] if one["code"] == case.code]
    said = json.dumps(found, ensure_ascii=False)
    assert {one["severity"] for one in found} == {case.severity}, said
    assert [words for words in case.words if words not in said] == [], said
    assert case.wanted.token not in json.dumps(document) or case.wanted.token == "wrong"
    # Without a docker engine there is an error finding anyway: the exit code alone says nothing of this one.
    assert code == 1
    check(certificates, "certs")
    if case.wanted.storage:
        (kept,) = certificates["certificates"]
        assert (kept["main"], kept["state"]) == (APP, "overdue"), "a failed renewal leaves the old one"


@takes_long
async def test_traefik_orders_where_cloudflare_is_slow(tmp_path: Path) -> None:
    """Latency is no fault: a second for each call, and the order comes all the same."""
    async with acme_site(tmp_path, Wanted(delay=1.0)) as site:
        snapshot = await site.agreed()
        code, document, _ = await command(site, "certs", APP)
    assert snapshot.certificates
    assert (code, document["certificates"][0]["main"]) == (0, ZONE)
