"""What acme.json holds, what Traefik serves and what the edge serves: each disagreement, its finding and its cause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from specter_tui.core.certificates import only_held
from specter_tui.core.dns.model import DnsState, HostDns
from specter_tui.core.findings.model import Finding, Severity
from specter_tui.core.findings.serving import served_otherwise
from specter_tui.core.hop import HopVerdict
from specter_tui.core.model import OF_A_HANDSHAKE, OF_TRAEFIK, AcmeFile, Certificate, RouterTls
from specter_tui.core.serving import (
    MOST_LOCAL,
    Handshake,
    HandshakeTarget,
    ServingRead,
    Side,
    plan_handshakes,
    served_hosts,
)
from specter_tui.core.settings import ProbeSettings, Settings
from specter_tui.core.snapshot import CertificateState, Snapshot
from specter_tui.core.tls_hop import edge_shown, tls_text
from specter_tui.core.triangle import Gap, Triangles
from tests.builders import DOMAIN, NOW, a_certificate, a_host, a_router, an_entry_point, replace
from tests.core.joining import an_answer, joined

DAY = timedelta(days=1)
HOST = f"app1.{DOMAIN}"
STORED = a_certificate(HOST, fingerprint="aa" * 32)
FILE = AcmeFile(STORED.source, 0o600, changed_at=NOW - DAY)
LOCAL = HandshakeTarget(HOST, Side.LOCAL, "127.0.0.1:443")
EDGE = HandshakeTarget(HOST, Side.EDGE, ":443")
OTHER = a_certificate(HOST, fingerprint="bb" * 32, issuer="Own CA", resolver="", source=OF_A_HANDSHAKE)
DEFAULT = replace(OTHER, main="TRAEFIK DEFAULT CERT", sans=("x.traefik.default",), self_signed=True)
TLS = a_router(tls=RouterTls(cert_resolver="letsencrypt"))


def shown(leaf: Certificate | None, target: HandshakeTarget = LOCAL, **changes: Any) -> Handshake:
    return Handshake(target, NOW, leaf, **changes)


def seen(
    *handshakes: Handshake,
    stored: Sequence[Certificate] = (STORED,),
    held: Sequence[Certificate] | None = None,
    file: AcmeFile = FILE,
    **changes: Any,
) -> Snapshot:
    """A snapshot of one router whose host was looked at."""
    serving = ServingRead(tuple(held) if held is not None else None, handshakes)
    return joined(TLS, certificates=stored, acme_files=[file], serving=serving, **changes)


def gaps(snapshot: Snapshot) -> tuple[Gap, ...]:
    return Triangles(snapshot).of(HOST).gaps


def the_finding(snapshot: Snapshot) -> Finding:
    (found,) = served_otherwise(snapshot)
    return found


ENDING = replace(OTHER, not_before=NOW - 77 * DAY, not_after=NOW + 13 * DAY)
OLDER = replace(STORED, fingerprint="cc" * 32, not_before=NOW - 90 * DAY, not_after=NOW + DAY, source=OF_A_HANDSHAKE)

DISAGREEMENTS = {
    "default": (seen(shown(DEFAULT)), "default-certificate-served", Severity.ERROR),
    "refused": (
        seen(shown(None, error="ended the handshake", refused=True)),
        "handshake-refused",
        Severity.ERROR,
    ),
    "wrong name": (
        seen(shown(replace(OTHER, main="a.test", sans=("a.test",)))),
        "served-certificate-wrong",
        Severity.ERROR,
    ),
    "expired": (seen(shown(replace(OTHER, not_after=NOW)), stored=()), "served-certificate-expired", Severity.ERROR),
    "older": (seen(shown(OLDER)), "certificate-not-loaded", Severity.WARNING),
    "the file provider's": (
        seen(shown(OTHER), held=(STORED, replace(OTHER, source=OF_TRAEFIK))),
        "certificate-shadowed",
        Severity.WARNING,
    ),
    "the file provider's before 3.7": (seen(shown(OTHER)), "certificate-shadowed", Severity.WARNING),
    "one that Traefik does not hold": (
        seen(shown(replace(OTHER, sans=(HOST, "x.test"))), held=(OTHER,)),
        "certificate-not-loaded",
        Severity.WARNING,
    ),
    "older, and both are held": (seen(shown(OLDER), held=(STORED, OLDER)), "certificate-shadowed", Severity.WARNING),
    "edge refused": (
        seen(shown(None, EDGE, error="ended the handshake", refused=True)),
        "edge-refused",
        Severity.ERROR,
    ),
    "edge wrong": (
        seen(shown(replace(OTHER, main="b.test", sans=("*.b.test",)), EDGE)),
        "edge-certificate-wrong",
        Severity.ERROR,
    ),
    "edge expired": (seen(shown(replace(OTHER, not_after=NOW), EDGE)), "edge-certificate-expired", Severity.ERROR),
    "edge ends": (
        seen(shown(ENDING, EDGE)),
        "edge-certificate-ends",
        Severity.WARNING,
    ),
    "edge is this server": (seen(shown(STORED), shown(STORED, EDGE)), "edge-passed", Severity.INFO),
}


@pytest.mark.parametrize("name", DISAGREEMENTS)
def test_each_disagreement_is_one_finding_with_both_sides(name: str) -> None:
    snapshot, code, severity = DISAGREEMENTS[name]
    found = the_finding(snapshot)
    assert (found.code, found.severity, found.subject.id) == (code, severity, HOST)
    assert HOST in found.title
    assert found.remedy.text
    assert any("at 14:00:00 UTC" in line for line in found.evidence)
    assert found in snapshot.findings


@pytest.mark.parametrize(
    "snapshot",
    [
        seen(),
        seen(shown(replace(STORED, source=OF_A_HANDSHAKE))),
        seen(shown(None, error="did not answer within 4 s")),
        seen(shown(OTHER), stored=()),
        seen(shown(OTHER, EDGE)),
        seen(shown(DEFAULT), file=replace(FILE, changed_at=NOW)),  # read again since: the next look tells
        seen(shown(OLDER), file=replace(FILE, changed_at=NOW - timedelta(seconds=19))),
        seen(
            shown(replace(STORED, fingerprint="dd" * 32)),
            stored=(STORED, replace(STORED, fingerprint="dd" * 32, resolver="staging")),
        ),
    ],
)
def test_what_agrees_or_cannot_be_told_is_no_finding(snapshot: Snapshot) -> None:
    assert gaps(snapshot) == ()
    assert list(served_otherwise(snapshot)) == []


def test_a_probe_that_knows_only_a_fingerprint_is_unknown() -> None:
    probe = an_answer(200, served_fingerprint="ee" * 32)
    snapshot = seen(probes=[probe])
    assert gaps(snapshot) == (Gap.OTHER,)
    assert the_finding(snapshot).severity is Severity.UNKNOWN
    assert gaps(seen(probes=[replace(probe, served_fingerprint=STORED.fingerprint)])) == ()


def test_hosts_of_one_cause_are_one_finding() -> None:
    names = [f"a{number}.{DOMAIN}" for number in range(7)]
    handshakes = [shown(DEFAULT, replace(LOCAL, host=name)) for name in names]
    found = the_finding(seen(*handshakes, stored=()))
    assert "a0.example.org" in found.title
    assert "and 2 more" in found.title


CAUSES: dict[str, tuple[Snapshot, str, str]] = {
    "an open file": (seen(shown(DEFAULT), file=replace(FILE, mode=0o644)), "is open to others (mode 644)", "chmod 600"),
    "not loaded": (seen(shown(DEFAULT)), "that the running Traefik does not know", "restart Traefik"),
    "a broken chain": (
        seen(shown(DEFAULT), stored=(replace(STORED, chain_problem="does not stand first"),)),
        "does not stand first",
        "certs renew",
    ),
    "nothing stored": (seen(shown(DEFAULT), stored=()), "no acme.json holds a certificate", "wait a minute"),
}


@pytest.mark.parametrize("name", CAUSES)
def test_the_default_certificate_has_a_cause(name: str) -> None:
    snapshot, why, remedy = CAUSES[name]
    found = the_finding(snapshot)
    assert why in found.evidence[-1]
    assert remedy in found.remedy.text


def test_a_router_without_a_resolver_is_told_so() -> None:
    serving = ServingRead(None, (shown(DEFAULT),))
    found = the_finding(joined(a_router(tls=RouterTls()), certificates=[], serving=serving))
    assert "names no certificate resolver" in found.evidence[-1]


def test_hostile_names_are_shown_and_do_no_harm() -> None:
    found = the_finding(seen(shown(replace(OTHER, main="{x}\x1b[2J", sans=("{0}",), issuer="\u202e"))))
    assert "\x1b" not in repr(found)
    assert "{x}\\x1b[2J" in found.evidence[0]


# The rows that only Traefik's API knows


def test_what_the_api_alone_lists_is_a_row_that_traefik_does_not_renew() -> None:
    foreign = replace(ENDING, main="file.test", sans=("file.test",), source=OF_TRAEFIK)
    snapshot = seen(held=(replace(STORED, source=OF_TRAEFIK, resolver=""), foreign))
    rows = {one.certificate.main: one for one in snapshot.certificates}
    assert set(rows) == {HOST, "file.test"}
    assert rows["file.test"].renews_at is None
    assert rows["file.test"].state is CertificateState.DUE
    codes = {one.code for one in snapshot.findings if one.subject.id == "file.test"}
    assert codes == {"certificate-ends"}


def test_one_with_the_names_of_a_stored_certificate_is_no_row_of_its_own() -> None:
    """It was renewed a moment ago: Traefik's list and acme.json are not read at the same moment."""
    assert only_held((OLDER, OTHER), (STORED,)) == ()
    assert only_held((replace(OTHER, sans=(HOST, "x.test")),), (STORED,)) != ()


# Which names are asked for


def _probing(*routers: Any, **changes: Any) -> Snapshot:
    return joined(*routers, entry_points=[an_entry_point("websecure", address="127.0.0.1:443")], **changes)


def _address(edge: bool = False, **changes: Any) -> Settings:
    return Settings(probe=ProbeSettings(edge=edge, addresses={"websecure": "127.0.0.1:8443"}, **changes))


def test_a_host_is_asked_for_unless_a_probe_told_of_a_known_certificate() -> None:
    target = HandshakeTarget(HOST, Side.LOCAL, "127.0.0.1:8443")
    assert plan_handshakes(_probing(TLS), _address()) == (target,)
    known = _probing(TLS, probes=[an_answer(200, served_fingerprint="ab" * 32)])
    assert plan_handshakes(known, _address()) == ()
    unknown = _probing(TLS, probes=[an_answer(200, served_fingerprint="cd" * 32)])
    assert plan_handshakes(unknown, _address()) == (target,)
    assert plan_handshakes(_probing(TLS), _address(enabled=False)) == ()
    assert plan_handshakes(_probing(a_router(tls=None)), _address()) == ()
    assert plan_handshakes(_probing(a_router(tls=RouterTls(passthrough=True))), _address()) == ()


def test_handshakes_are_bounded() -> None:
    rule = " || ".join(f"Host(`a{number}.{DOMAIN}`)" for number in range(MOST_LOCAL + 9))
    assert len(plan_handshakes(_probing(replace(TLS, rule=rule)), _address())) == MOST_LOCAL


@pytest.mark.parametrize(
    ("edge_address", "asked"),
    [("", ":443"), ("203.0.113.10", "203.0.113.10:443"), ("[2001:db8::1]:8443", "[2001:db8::1]:8443"),
     ("2001:db8::1", "[2001:db8::1]:443"), ("edge.test:444", "edge.test:444")],
)  # fmt: skip
def test_proxied_hosts_are_asked_for_at_the_edge_where_that_is_wanted(edge_address: str, asked: str) -> None:
    proxied = a_host(HOST, dns=HostDns(HOST, DnsState.PROXIED))
    plain = a_host(f"b.{DOMAIN}", dns=HostDns(f"b.{DOMAIN}", DnsState.OK))
    snapshot = replace(_probing(), hosts=(proxied, plain))
    assert plan_handshakes(snapshot, _address()) == ()
    wanted = (HandshakeTarget(HOST, Side.EDGE, asked),)
    assert plan_handshakes(snapshot, _address(edge=True, edge_address=edge_address)) == wanted


def test_a_handshake_counts_before_an_older_probe() -> None:
    probe = an_answer(200, served_fingerprint="ff" * 32, checked_at=NOW - DAY)
    served = served_hosts([probe], ServingRead(None, (shown(OTHER),)), ())
    local = served[HOST].local
    assert local is not None
    assert local.fingerprint == OTHER.fingerprint


# Explained


def test_explain_says_whether_what_is_served_is_what_is_stored() -> None:
    same = seen(shown(replace(STORED, source=OF_A_HANDSHAKE)))
    assert tls_text(same, HOST, None) == (HopVerdict.OK, f"{HOST} until 2027-01-21, served = on disk")
    verdict, text = tls_text(seen(shown(DEFAULT)), HOST, None)
    assert verdict is HopVerdict.ERROR
    assert "self-signed default" in text
    verdict, text = tls_text(seen(shown(OTHER), stored=(), held=()), HOST, None)
    assert (verdict, "not of acme.json" in text) == (HopVerdict.OK, True)
    assert tls_text(seen(stored=(), held=()), HOST, None)[0] is HopVerdict.ERROR


def test_explain_names_the_end_of_the_edges_certificate() -> None:
    assert edge_shown(seen(shown(OTHER, EDGE)), HOST) == (HopVerdict.OK, "; edge certificate until 2027-01-21")
    assert edge_shown(DISAGREEMENTS["edge refused"][0], HOST)[0] is HopVerdict.ERROR
    assert edge_shown(seen(), HOST) == (HopVerdict.OK, "")
