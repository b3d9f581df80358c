"""Certificates that run out, and acme.json files that Traefik will not use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from specter_tui.core.findings.model import Finding, Remedy, Severity, Subject, SubjectKind
from specter_tui.core.renewing.find import command
from specter_tui.core.snapshot import CertificateState, CertificateStatus, Snapshot, SourceName
from specter_tui.core.text import visible

_DAY: Final = timedelta(days=1)
_NAME: Final = 120
_BY_HAND: Final = (
    "renew it where it comes from: tls.certificates of Traefik's file provider; where a resolver orders it, "
    "add its storage to traefik.acme_files"
)
_ASK_TRAEFIK: Final = "Traefik's log tells why the order fails: the DNS token, a rate limit or the challenge"


def certificate_expired(snapshot: Snapshot) -> Iterator[Finding]:
    """Browsers refuse it."""
    for one in _in_state(snapshot, CertificateState.EXPIRED):
        severity = Severity.ERROR if one.used_by else Severity.WARNING
        remedy = _BY_HAND if one.renews_at is None else _ASK_TRAEFIK
        yield _finding("certificate-expired", severity, one, "the certificate has expired", remedy)


def certificate_overdue(snapshot: Snapshot) -> Iterator[Finding]:
    """Traefik should have renewed it by now: its check came and went."""
    for one in _in_state(snapshot, CertificateState.OVERDUE):
        yield _finding("certificate-overdue", Severity.WARNING, one, "renewal is overdue", _ASK_TRAEFIK)


def certificate_due(snapshot: Snapshot) -> Iterator[Finding]:
    """Inside Traefik's renewal window: its next check renews it; a certificate of elsewhere it does not renew."""
    for one in _in_state(snapshot, CertificateState.DUE):
        if one.renews_at is None:
            title = "the certificate ends soon, and no acme.json that is read holds it"
            yield _finding("certificate-ends", Severity.WARNING, one, title, _BY_HAND)
        elif _lifetime(one) > _period(one):
            yield _finding(
                "certificate-due", Severity.INFO, one, "renewal is due", "Traefik renews it at its next check"
            )


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


def certificate_chain(snapshot: Snapshot) -> Iterator[Finding]:
    """What stands behind the leaf is not its issuers in their order: some clients refuse it, and Traefik may too."""
    for one in snapshot.certificates:
        if problem := one.certificate.chain_problem:
            yield _finding(
                "certificate-chain",
                Severity.WARNING,
                one,
                f"the certificate {problem}",
                f"let Traefik order it anew: {command(one.certificate.main)}",
            )


def certificates_duration(snapshot: Snapshot) -> Iterator[Finding]:
    """The resolver is told of another lifetime than its certificates have, so Traefik renews them at a wrong time."""
    lasting = (one for one in snapshot.certificates if one.renews_at and one.state is not CertificateState.EXPIRED)
    odd = {one.certificate.resolver: one for one in lasting if _is_renewed_early(one)}
    for resolver, one in odd.items():
        days, always = _lifetime(one) / _DAY, _lifetime(one) <= _period(one)
        when = "at every check" if always else f"{_period(one) / _DAY:g} days before their end"
        hours = int(_lifetime(one) / timedelta(hours=1)) + 1
        yield Finding(
            "certificates-duration",
            Severity.WARNING if always else Severity.INFO,
            Subject(SubjectKind.CERTIFICATE, one.certificate.main),
            f"certificates of resolver {visible(resolver, _NAME)} last {days:.3g} days, and Traefik renews them {when}",
            (
                "Traefik goes by the resolver's certificatesDuration, not by the certificate",
                *(("each renewal counts against 5 certificates for the same names in 7 days",) if always else ()),
            ),
            Remedy(f"set certificatesDuration = {hours} for the resolver, then restart Traefik"),
        )


def _is_renewed_early(one: CertificateStatus) -> bool:
    """Whether less than half of its life passes before Traefik renews it."""
    return _lifetime(one) < 2 * _period(one)


def _lifetime(one: CertificateStatus) -> timedelta:
    return one.certificate.not_after - one.certificate.not_before


def _period(one: CertificateStatus) -> timedelta:
    """How long before its end Traefik renews it."""
    return one.certificate.not_after - one.renews_at if one.renews_at else timedelta(0)


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
        f"Traefik renews from {one.renews_at:%Y-%m-%d %H:%M} UTC" if one.renews_at else "Traefik does not renew it",
        f"resolver {certificate.resolver}, {certificate.source}" if one.renews_at else "listed by Traefik's API alone",
        *((f"used by {', '.join(one.used_by)}",) if one.used_by else ("no route uses it",)),
    )
    return Finding(code, severity, Subject(SubjectKind.CERTIFICATE, certificate.main), title, evidence, Remedy(remedy))


CHECKS: Final[tuple[Callable[[Snapshot], Iterator[Finding]], ...]] = (
    certificate_expired,
    certificate_overdue,
    certificate_due,
    certificate_future,
    certificate_chain,
    certificates_duration,
    acme_file_too_open,
    acme_file_empty,
)
