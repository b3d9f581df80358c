"""Every document keeps to the schema, whatever the snapshot holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.export import (
    certificates_document,
    containers_document,
    doctor_document,
    findings_about,
    hosts_document,
    instant,
    status_document,
)
from specter_tui.core.model import Protocol, Server, ServerHealth
from specter_tui.core.snapshot import Snapshot, SourceStatus
from tests.builders import (
    DOMAIN,
    NOW,
    a_certificate,
    a_container,
    a_port,
    a_router,
    a_server,
    a_service,
    a_source,
    all_sources,
    replace,
)
from tests.core.joining import VERIFY, a_redirect_router, an_answer, joined, route_of
from tests.schema import check

HOSTILE = "\x1b[2J[/x][@click=app.quit]\u202e\x00" + "A" * 1000


def _full() -> Snapshot:
    return joined(
        a_router(middlewares=(VERIFY, "gone@file")),
        a_router("db@docker", protocol=Protocol.TCP, rule=f"HostSNI(`db.{DOMAIN}`)", tls=None),
        a_router("dns@docker", protocol=Protocol.UDP, rule="", tls=None),
        a_router("bad@file", rule="Host("),
        a_redirect_router(),
        containers=[a_container(published=(a_port(),))],
        certificates=[a_certificate()],
        probes=[an_answer(200), an_answer(0, error="refused")],
    )


def _check_all(snapshot: Snapshot) -> None:
    check(status_document(snapshot, snapshot.routes), "status")
    check(hosts_document(snapshot, snapshot.hosts), "hosts")
    check(containers_document(snapshot, snapshot.containers), "containers")
    check(certificates_document(snapshot, snapshot.certificates), "certs")
    check(doctor_document(snapshot), "doctor")


def test_all_documents_of_a_full_snapshot() -> None:
    _check_all(_full())


def test_all_documents_of_an_empty_one() -> None:
    _check_all(joined())


def test_hostile_text_stays_data() -> None:
    snapshot = joined(
        replace(a_router(), rule=HOSTILE, errors=(HOSTILE,), middlewares=(HOSTILE,)),
        services=[a_service(servers=(Server(HOSTILE),))],
        containers=[a_container(HOSTILE, status=HOSTILE)],
    )
    _check_all(snapshot)
    text = json.dumps(status_document(snapshot, snapshot.routes))
    assert text.isascii()
    assert "\x1b" not in text


@given(st.text(max_size=200), st.text(max_size=50))
def test_any_rule_and_host_text(rule: str, name: str) -> None:
    _check_all(joined(replace(a_router(), rule=rule), containers=[a_container(name)]))


def test_what_is_missing_or_failed_is_never_told_as_fine() -> None:
    states = all_sources(docker=a_source(SourceStatus.FAILED))
    snapshot = joined(replace(a_router(), rule="Host(", middlewares=("gone@file",)), states=states)
    document = status_document(snapshot, snapshot.routes)
    (route,) = document["routes"]
    assert route["middlewares"] == [{"name": "gone@file", "type": None, "provider": "file", "status": "missing"}]
    assert len(route["errors"]) == 1
    docker = document["sources"]["docker"]
    assert (docker["state"], docker["error"], docker["fetched_at"]) == ("failed", "connection refused", None)


def test_findings_on_sources_are_about_every_route() -> None:
    snapshot = joined(a_router(), a_router("app2@docker"), states=all_sources(docker=a_source(SourceStatus.STALE)))
    about = findings_about(snapshot, [route_of(snapshot)])
    assert [finding.code for finding in about if finding.subject.kind == "source"] == ["source-stale"]


def test_findings_about_one_route_leave_out_the_others() -> None:
    snapshot = joined(a_router(), a_router("app2@docker"))
    about = findings_about(snapshot, [route_of(snapshot)])
    assert [finding.subject.id for finding in about] == [f"app1.{DOMAIN}"]


def test_findings_about_a_route_hold_those_on_the_services_inside_its_own() -> None:
    down = (a_server(health=ServerHealth.DOWN),)
    weighted = a_service(type="weighted", servers=(), children=("inner@file",))
    tcp = a_router("db@docker", protocol=Protocol.TCP, rule="HostSNI(`*`)", tls=None)
    snapshot = joined(
        a_router(),
        a_router("app2@docker"),
        tcp,
        services=[
            weighted,
            a_service("inner@file", servers=down, children=("inner@file",)),
            a_service("app2@docker"),
            a_service("db@docker", protocol=Protocol.TCP, servers=down),
        ],
    )

    def services(route_id: str) -> list[str]:
        about = findings_about(snapshot, [route_of(snapshot, route_id)])
        return [finding.subject.id for finding in about if finding.subject.kind == "service"]

    assert services("app1@docker") == ["inner@file"]
    assert services("tcp:db@docker") == ["tcp:db@docker"]
    assert services("app2@docker") == []


def test_instants_are_utc_with_whole_seconds() -> None:
    assert instant(NOW.astimezone(UTC).replace(microsecond=999)) == "2026-11-22T14:00:00Z"
    assert instant(None) is None
    assert instant(datetime.min.replace(tzinfo=UTC)) == "0001-01-01T00:00:00Z"


def test_two_runs_over_the_same_state_are_equal() -> None:
    assert json.dumps(status_document(_full(), _full().routes)) == json.dumps(status_document(_full(), _full().routes))
