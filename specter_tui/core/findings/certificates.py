"""Certificates that run out, and acme.json files that Traefik will not use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from specter_tui.core.findings.model import Finding, Remedy, Severity, Subject, SubjectKind
from specter_tui.core.snapshot import CertificateState, CertificateStatus, Snapshot, SourceName

_ASK_TRAEFIK: Final = "Traefik's log tells why the order fails: the DNS token, a rate limit or the challenge"


def certificate_expired(snapshot: Snapshot) -> Iterator[Finding]:
    """Browsers refuse it."""
    for one in _in_state(snapshot, CertificateState.EXPIRED):
        severity = Severity.ERROR if one.used_by else Severity.WARNING
        yield _finding("certificate-expired", severity, one, "the certificate has expired", _ASK_TRAEFIK)


def certificate_overdue(snapshot: Snapshot) -> Iterator[Finding]:
    """Traefik should have renewed it by now: its check came and went."""
    for one in _in_state(snapshot, CertificateState.OVERDUE):
        yield _finding("certificate-overdue", Severity.WARNING, one, "renewal is overdue", _ASK_TRAEFIK)


def certificate_due(snapshot: Snapshot) -> Iterator[Finding]:
    """Inside Traefik's renewal window: its next check renews it."""
    for one in _in_state(snapshot, CertificateState.DUE):
        yield _finding("certificate-due", Severity.INFO, one, "renewal is due", "Traefik renews it at its next check")


def certificate_future(snapshot: Snapshot) -> Iterator[Finding]:
    """Not valid yet: mostly a clock that is wrong."""
    for one in _in_state(snapshot, CertificateState.NOT_YET_VALID):
        yield _finding(
            "certificate-not-yet-valid",
            Severity.WARNING,
            one,
            "the certificate is not valid yet",
            "compare this machine's clock with a time server",
        )


def acme_file_too_open(snapshot: Snapshot) -> Iterator[Finding]:
    """Traefik skips every resolver of a file that others can open, and serves its self-signed certificate."""
    for file in snapshot.acme_files:
        if file.too_open:
            yield Finding(
                "acme-file-too-open",
                Severity.ERROR,
                Subject(SubjectKind.SOURCE, SourceName.ACME),
                f"{file.path} is open to others, so Traefik will not use it",
                (f"its mode is {file.mode:03o}; it holds private keys",),
                Remedy("chmod 600 on it, then restart Traefik"),
            )


def acme_file_empty(snapshot: Snapshot) -> Iterator[Finding]:
    """As on a new server: nothing was ordered yet."""
    for file in snapshot.acme_files:
        if file.empty:
            yield Finding(
                "acme-file-empty",
                Severity.INFO,
                Subject(SubjectKind.SOURCE, SourceName.ACME),
                f"{file.path} is empty: Traefik has ordered no certificate yet",
                (),
                Remedy("nothing on a new server; else Traefik's log tells why it orders none"),
            )


def _in_state(snapshot: Snapshot, state: CertificateState) -> Iterator[CertificateStatus]:
    return (one for one in snapshot.certificates if one.state is state)


def _left(days: int) -> str:
    whole = days if days >= 0 else -days - 1  # days_left is rounded down
    span = "1 day" if whole == 1 else f"{whole} days" if whole else "less than a day"
    return f"{span} left" if days >= 0 else f"over for {span}"


def _finding(code: str, severity: Severity, one: CertificateStatus, title: str, remedy: str) -> Finding:
    certificate = one.certificate
    evidence = (
        f"valid until {certificate.not_after:%Y-%m-%d %H:%M} UTC, {_left(one.days_left)}",
        f"Traefik renews from {one.renews_at:%Y-%m-%d %H:%M} UTC",
        f"resolver {certificate.resolver}, {certificate.source}",
        *((f"used by {', '.join(one.used_by)}",) if one.used_by else ("no route uses it",)),
    )
    return Finding(code, severity, Subject(SubjectKind.CERTIFICATE, certificate.main), title, evidence, Remedy(remedy))


CHECKS: Final[tuple[Callable[[Snapshot], Iterator[Finding]], ...]] = (
    certificate_expired,
    certificate_overdue,
    certificate_due,
    certificate_future,
    acme_file_too_open,
    acme_file_empty,
)
