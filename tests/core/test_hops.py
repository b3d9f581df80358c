"""Each hop's verdict is no better than what the sources tell."""

from __future__ import annotations

from datetime import timedelta

import pytest

from specter_tui.core.explain import explain
from specter_tui.core.hop import Hop
from specter_tui.core.model import AcmeFile, Server, ServerHealth
from specter_tui.core.snapshot import Snapshot, SourceStatus
from tests.builders import DOMAIN, NOW, a_certificate, a_container, a_router, a_service, a_source, all_sources, replace
from tests.core.joining import VERIFY, an_answer, joined

GUARDED = a_router(middlewares=(VERIFY,))
UP, DOWN = Server("http://172.18.0.7:1", ServerHealth.UP), Server("http://172.18.0.8:1", ServerHealth.DOWN)
UNCHECKED = Server("http://172.18.0.9:1")


def hop(snapshot: Snapshot, name: str) -> Hop:
    """One hop of a request for app1."""
    return next(one for one in explain(snapshot, f"https://app1.{DOMAIN}/").hops if one.hop == name)


@pytest.mark.parametrize(
    ("servers", "verdict"),
    [
        ((UP,), "ok"),
        ((UP, UNCHECKED), "unknown"),
        ((UNCHECKED,), "unknown"),
        ((UP, DOWN), "warning"),
        ((DOWN,), "error"),
        ((), "error"),
    ],
)
def test_servers(servers: tuple[Server, ...], verdict: str) -> None:
    assert hop(joined(GUARDED, services=[a_service(servers=servers)]), "service").verdict == verdict


def test_a_service_that_does_not_exist() -> None:
    assert hop(joined(GUARDED, services=[]), "service").verdict == "error"


@pytest.mark.parametrize(
    ("left", "verdict"), [(60, "ok"), (29.9, "ok"), (10, "warning"), (-1, "error"), (None, "unknown")]
)
def test_certificates(left: float | None, verdict: str) -> None:
    found = [] if left is None else [a_certificate(not_after=NOW + timedelta(days=left))]
    assert hop(joined(GUARDED, certificates=found), "tls").verdict == verdict


@pytest.mark.parametrize("status", [SourceStatus.OFF, SourceStatus.FAILED])
def test_certificates_that_nobody_reads_are_unknown(status: SourceStatus) -> None:
    told = hop(joined(GUARDED, states=all_sources(acme=a_source(status))), "tls")
    assert (told.verdict, told.text) == ("unknown", "acme.json is not read")


@pytest.mark.parametrize(("mode", "verdict"), [(0o600, "ok"), (0o644, "warning")])
def test_a_certificate_in_a_file_that_traefik_will_not_use(mode: int, verdict: str) -> None:
    leaf = a_certificate()
    snapshot = joined(GUARDED, certificates=[leaf], acme_files=[AcmeFile(leaf.source, mode), AcmeFile("/b", 0o666)])
    assert hop(snapshot, "tls").verdict == verdict
    over = joined(GUARDED, certificates=[replace(leaf, not_after=NOW)], acme_files=[AcmeFile(leaf.source, mode)])
    assert hop(over, "tls").verdict == "error"


def test_a_file_that_cannot_be_read_may_hold_the_certificate() -> None:
    told = hop(joined(GUARDED, certificates=[], acme_files=[AcmeFile("/b.json", 0o600, error="no permission")]), "tls")
    assert told.verdict == "unknown"
    assert "not every" in told.text


@pytest.mark.parametrize(
    ("router", "status", "verdict"),
    [
        (GUARDED, 200, "error"),
        (a_router(), 200, "warning"),
        (GUARDED, 503, "error"),
        (GUARDED, 404, "unknown"),
        (GUARDED, 0, "unknown"),
    ],
)
def test_what_an_anonymous_request_got(router: object, status: int, verdict: str) -> None:
    assert hop(joined(router, probes=[an_answer(status)]), "probe").verdict == verdict  # type: ignore[arg-type]  # a Router


@pytest.mark.parametrize(("name", "verdict"), [("gone@file", "error"), (VERIFY, "ok")])
def test_middlewares(name: str, verdict: str) -> None:
    assert hop(joined(replace(GUARDED, middlewares=(name,))), "middleware").verdict == verdict


def test_an_open_route_is_a_warning() -> None:
    assert hop(joined(a_router()), "middleware").verdict == "warning"


def test_a_verify_service_that_does_not_run_breaks_it_at_the_middleware() -> None:
    verifier = a_container("descope-auth", state="exited", status="Exited (0) 2 minutes ago", networks=())
    found = hop(joined(GUARDED, containers=[a_container(), verifier], probes=[an_answer(0)]), "middleware")
    told = f"{VERIFY}: {VERIFY} has nobody to ask: container descope-auth: Exited (0) 2 minutes ago"
    assert (found.verdict, found.text) == ("error", told)
    assert hop(joined(GUARDED, containers=[a_container()]), "middleware").verdict == "ok"
