"""Each defect gives its finding, and the healthy state next to it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from specter_tui.cli.main import COMMANDS
from specter_tui.core.findings.model import Remedy, Severity
from specter_tui.core.model import (
    AcmeFile,
    ConfigStatus,
    ContainerHealth,
    ContainerNetwork,
    Protocol,
    RouterTls,
    Server,
    ServerHealth,
    TraefikRead,
)
from specter_tui.core.settings import TraefikSettings
from specter_tui.core.snapshot import Health, Snapshot, SourceStatus
from specter_tui.core.verify_policy import DefaultPolicy
from tests.builders import (
    NOW,
    a_certificate,
    a_container,
    a_middleware,
    a_port,
    a_router,
    a_service,
    a_source,
    all_sources,
    replace,
)
from tests.core.joining import SETTINGS, VERIFY, an_answer, codes, joined

GUARDED = a_router(middlewares=(VERIFY,))
DAY = timedelta(days=1)
TRAEFIK = a_container("traefik", image="traefik:v3.7", networks=(ContainerNetwork("traefik-proxy", "172.18.0.2"),))
VERIFIER = a_container("descope-auth")


def _with_container(**changes: Any) -> Snapshot:
    return joined(GUARDED, containers=[TRAEFIK, a_container(**changes)])


def _with_certificate(left: timedelta, **changes: Any) -> Snapshot:
    return joined(GUARDED, certificates=[a_certificate(not_after=NOW + left, **changes)])


def _with_servers(*servers: Server) -> Snapshot:
    return joined(GUARDED, services=[a_service(servers=servers)])


UP, DOWN = Server("http://a:1", ServerHealth.UP), Server("http://b:1", ServerHealth.DOWN)

DEFECTS: dict[str, tuple[Severity, Callable[[], Snapshot]]] = {
    "router-disabled": (
        Severity.ERROR,
        lambda: joined(replace(GUARDED, status=ConfigStatus.DISABLED, errors=("the service does not exist",))),
    ),
    "router-warning": (Severity.WARNING, lambda: joined(replace(GUARDED, status=ConfigStatus.WARNING, errors=("x",)))),
    "rule-not-understood": (Severity.UNKNOWN, lambda: joined(replace(GUARDED, rule="Sorcery(`x`)"))),
    "file-provider-empty": (
        Severity.ERROR,
        lambda: joined(a_router(middlewares=("headers@file",)), providers=("Docker", "File")),
    ),
    "verify-down": (
        Severity.ERROR,
        lambda: joined(GUARDED, containers=[TRAEFIK, replace(VERIFIER, state="exited")]),
    ),
    "verify-open-to-all": (
        Severity.WARNING,
        lambda: joined(GUARDED, containers=[TRAEFIK, replace(VERIFIER, default_policy=DefaultPolicy.OPEN)]),
    ),
    "traefik-stopped": (
        Severity.ERROR,
        lambda: joined(
            GUARDED,
            containers=[replace(TRAEFIK, state="exited")],
            states=all_sources(traefik=a_source(SourceStatus.STALE)),
        ),
    ),
    "middleware-missing": (Severity.ERROR, lambda: joined(a_router(middlewares=("gone@docker",)))),
    "service-missing": (Severity.ERROR, lambda: joined(GUARDED, services=[])),
    "server-down": (Severity.WARNING, lambda: _with_servers(UP, DOWN)),
    "service-empty": (Severity.ERROR, _with_servers),
    "container-unhealthy": (Severity.ERROR, lambda: _with_container(health=ContainerHealth.UNHEALTHY)),
    "container-restarting": (Severity.ERROR, lambda: _with_container(state="restarting")),
    "container-stopped": (Severity.WARNING, lambda: _with_container(state="exited")),
    "network-unshared": (
        Severity.ERROR,
        lambda: _with_container(networks=(ContainerNetwork("wiki_default", "172.18.0.7"),)),
    ),
    "host-unprotected": (Severity.INFO, lambda: joined(a_router())),
    "certificate-due": (Severity.INFO, lambda: _with_certificate(30 * DAY)),
    "certificate-overdue": (Severity.WARNING, lambda: _with_certificate(20 * DAY)),
    "certificate-expired": (Severity.ERROR, lambda: _with_certificate(-DAY)),
    "certificate-not-yet-valid": (Severity.WARNING, lambda: _with_certificate(90 * DAY, not_before=NOW + DAY)),
    "certificate-chain": (
        Severity.WARNING,
        lambda: _with_certificate(60 * DAY, chain_problem="comes without its issuer"),
    ),
    "certificates-duration": (
        Severity.WARNING,
        lambda: _with_certificate(5 * DAY, not_before=NOW - DAY),
    ),
    "acme-file-too-open": (Severity.ERROR, lambda: joined(GUARDED, acme_files=[AcmeFile("/x/acme.json", 0o644)])),
    "acme-file-empty": (
        Severity.INFO,
        lambda: joined(GUARDED, acme_files=[AcmeFile("/x/acme.json", 0o600, empty=True)]),
    ),
    "source-failed": (
        Severity.ERROR,
        lambda: joined(GUARDED, states=all_sources(traefik=a_source(SourceStatus.FAILED))),
    ),
    "source-stale": (
        Severity.WARNING,
        lambda: joined(GUARDED, states=all_sources(docker=a_source(SourceStatus.STALE))),
    ),
}


def _healthy() -> Snapshot:
    return joined(
        GUARDED,
        containers=[TRAEFIK, VERIFIER, a_container()],
        certificates=[a_certificate()],
        acme_files=[AcmeFile("/x/acme.json", 0o600)],
    )


@pytest.mark.parametrize(
    ("life", "hours", "severity"),
    [(6, 2160, Severity.WARNING), (45, 2160, Severity.INFO), (90, 2160, None), (64, 2160, None), (45, 1080, None)],
)
def test_a_duration_that_does_not_fit_the_life_of_certificates_is_told(
    life: int, hours: int, severity: Severity | None
) -> None:
    """45 days with the default renew after 15: it works, and wastes. Six days renew at every check."""
    fresh = a_certificate(not_before=NOW - timedelta(hours=1), not_after=NOW + life * DAY - timedelta(hours=1))
    settings = replace(SETTINGS, traefik=TraefikSettings(certificates_duration=hours))
    snapshot = joined(GUARDED, certificates=[fresh], settings=settings)
    found = [one for one in snapshot.findings if one.code == "certificates-duration"]
    assert [one.severity for one in found] == ([severity] if severity else [])
    if severity:
        assert f"certificatesDuration = {life * 24 + 1}" in found[0].remedy.text
        assert "certificate-due" not in {one.code for one in snapshot.findings} or life != 6


@pytest.mark.parametrize(("restarts", "looping"), [(0, False), (1, False), (2, True), (40, True)])
def test_a_crash_loop_is_one_between_two_crashes_too(restarts: int, *, looping: bool) -> None:
    codes = {one.code for one in _with_container(restarts=restarts).findings}
    assert ("container-restarting" in codes) is looping


def test_nothing_is_wrong_with_a_healthy_server() -> None:
    assert _healthy().findings == ()


@pytest.mark.parametrize("code", DEFECTS)
def test_the_defect_is_found(code: str) -> None:
    severity, defective = DEFECTS[code]
    found = [finding for finding in defective().findings if finding.code == code]
    assert [finding.severity for finding in found] == [severity]
    assert found[0].title
    assert found[0].remedy.text
    assert found[0].remedy.action in {"", *COMMANDS}


def test_every_server_down_is_an_error() -> None:
    (finding,) = [one for one in _with_servers(DOWN).findings if one.code == "server-down"]
    assert finding.severity is Severity.ERROR


def test_an_unhealthy_container_whose_routers_are_gone_says_so() -> None:
    snapshot = joined(containers=[a_container(health=ContainerHealth.UNHEALTHY)])
    (finding,) = snapshot.findings
    assert "dropped" in finding.title


def test_a_stopped_container_that_traefik_does_not_serve_is_nobodys_business() -> None:
    assert "container-stopped" not in codes(_with_container(state="exited", labels=()))


def test_an_expired_certificate_that_nobody_uses_is_a_warning() -> None:
    snapshot = joined(certificates=[a_certificate("old.example.com", not_after=NOW - DAY)])
    (finding,) = snapshot.findings
    assert (finding.code, finding.severity) == ("certificate-expired", Severity.WARNING)


def test_what_a_source_did_not_understand() -> None:
    from specter_tui.core.join import Reads, join
    from specter_tui.core.settings import Settings

    read = TraefikRead("3.7.15", "x", (), (), (), (), problems=tuple(f"part {i}" for i in range(30)))
    snapshot = join(Reads(traefik=read), all_sources(), Settings(), context="c", now=NOW)
    (finding,) = snapshot.findings
    assert finding.code == "source-incomplete"
    assert finding.evidence[-1] == "and 20 more"


def test_the_worst_come_first() -> None:
    snapshot = joined(
        a_router(),
        replace(GUARDED, name="b@docker", status=ConfigStatus.DISABLED),
        containers=[a_container(state="exited")],
    )
    ranks = [list(Severity).index(finding.severity) for finding in snapshot.findings]
    assert ranks == sorted(ranks)


def test_a_rule_that_traefik_refused_as_well_is_told_as_disabled_alone() -> None:
    told = codes(joined(a_router(rule="Sorcery(`x`)", status=ConfigStatus.DISABLED)))
    assert "router-disabled" in told
    assert "rule-not-understood" not in told


def test_docker_that_failed_is_not_docker_that_is_off() -> None:
    assert "ways-unseen" in codes(joined(GUARDED, states=all_sources(docker=a_source(SourceStatus.OFF))))
    assert "ways-unseen" not in codes(joined(GUARDED, states=all_sources(docker=a_source(SourceStatus.FAILED))))


def test_a_missing_middleware_is_told_its_namesake() -> None:
    snapshot = joined(a_router(middlewares=("descope-verify@file",)))
    (finding,) = [one for one in snapshot.findings if one.code == "middleware-missing"]
    assert VERIFY in finding.remedy.text


def test_a_missing_middleware_is_told_once_and_no_namesake_of_another_protocol() -> None:
    tcp = a_middleware("office@file", type="ipallowlist", address="", protocol=Protocol.TCP)
    snapshot = joined(a_router(middlewares=("office@docker", "office@docker")), middlewares=[tcp])
    (finding,) = [one for one in snapshot.findings if one.code == "middleware-missing"]
    assert finding.remedy.text == "define it, or name one that exists"


def test_a_weighted_service_without_any_server_is_told() -> None:
    weighted = a_service(type="weighted", servers=(), children=("inner@file",))
    snapshot = joined(GUARDED, services=[weighted, a_service("inner@file", servers=())])
    assert "service-empty" in codes(snapshot)
    assert "service-empty" not in codes(joined(a_router("ping@file", service="ping@internal"), services=[]))


class TestRoutersThatNameNoHost:
    """They stand in no line of `hosts`, so what is wrong with them is told of the router."""

    PATTERN = a_router("p@docker", rule=r"HostRegexp(`^.+\.x\.org$`)", middlewares=(VERIFY,))

    @staticmethod
    def _told(snapshot: Snapshot, route_id: str = "p@docker") -> dict[str, Severity]:
        return {one.code: one.severity for one in snapshot.findings if one.subject.id == route_id}

    def test_nothing_is_wrong_with_a_guarded_one(self) -> None:
        assert self._told(joined(self.PATTERN)) == {}

    def test_one_that_another_router_outranks(self) -> None:
        snapshot = joined(self.PATTERN, a_router("all@docker", rule="PathPrefix(`/`)", priority=9999))
        assert self._told(snapshot) == {"host-bypassed": Severity.ERROR}
        assert self._told(snapshot, "all@docker") == {"host-unprotected": Severity.INFO}

    def test_one_whose_container_publishes_its_port(self) -> None:
        container = a_container(published=(a_port(8000),))
        assert self._told(joined(self.PATTERN, containers=[VERIFIER, container])) == {"host-bypassed": Severity.ERROR}

    def test_one_of_which_it_is_not_known(self) -> None:
        unsure = replace(self.PATTERN, middlewares=(), tls=RouterTls(options="mtls@file"))
        assert self._told(joined(unsure)) == {"protection-unknown": Severity.UNKNOWN}

    def test_what_has_a_finding_of_its_own_is_told_once(self) -> None:
        api = a_router("api@internal", service="api@internal", rule="PathPrefix(`/api`)")
        assert self._told(joined(api), "api@internal") == {"api-public": Severity.ERROR}
        assert self._told(joined(a_router(rule="Sorcery(`x`)")), "app1@docker") == {
            "rule-not-understood": Severity.UNKNOWN
        }


def test_a_verifier_that_is_nowhere_listed_may_have_another_name() -> None:
    """Aliases of a network are not in Docker's listing; Traefik's own 500 settles it."""
    told = [one for one in joined(GUARDED, containers=[TRAEFIK]).findings if one.code == "verify-down"]
    assert [one.severity for one in told] == [Severity.WARNING]
    assert told[0].remedy == Remedy("deploy it: specter-tui deploy verify", "deploy")
    proved = joined(GUARDED, containers=[TRAEFIK], probes=[an_answer(500)])
    assert [one.severity for one in proved.findings if one.code == "verify-down"] == [Severity.ERROR]


def test_a_policy_that_is_not_known_is_told_and_one_that_was_chosen_is_not() -> None:
    def told(policy: DefaultPolicy) -> list[Severity]:
        snapshot = joined(GUARDED, containers=[TRAEFIK, replace(VERIFIER, default_policy=policy)])
        return [one.severity for one in snapshot.findings if one.code == "verify-open-to-all"]

    assert told(DefaultPolicy.UNKNOWN) == [Severity.UNKNOWN]
    assert told(DefaultPolicy.CHOSEN) == told(DefaultPolicy.NONE) == []


def test_a_stopped_traefik_is_no_open_api_and_no_healthy_route() -> None:
    states = all_sources(traefik=a_source(SourceStatus.STALE))
    snapshot = joined(GUARDED, containers=[replace(TRAEFIK, state="exited"), VERIFIER, a_container()], states=states)
    assert {one.health for one in snapshot.routes} == {Health.DOWN}
    assert codes(snapshot) == {"source-stale", "traefik-stopped"}
