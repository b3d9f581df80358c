"""Certificates that should be there and are not, orders that fail, and certificates that nobody needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from specter_tui.core.acme_log import OrderFailure, missing_resolvers, order_failures
from specter_tui.core.certificates import CertificateIndex, covers
from specter_tui.core.findings.model import Finding, Remedy, Severity, Subject, SubjectKind
from specter_tui.core.model import Certificate, ConfigStatus
from specter_tui.core.snapshot import CertificateState, CertificateStatus, Route, Snapshot, SourceName, SourceStatus
from specter_tui.core.text import visible

_NAME: Final = 120
_SHOWN: Final = 600
_MOST_NAMES: Final = 5
_BACKDATED: Final = timedelta(hours=1)  # Let's Encrypt lets a certificate begin an hour before it issues it
_GOOD: Final = frozenset({CertificateState.VALID, CertificateState.DUE, CertificateState.OVERDUE})


def acme_order_failed(snapshot: Snapshot) -> Iterator[Finding]:
    """Traefik asked for a certificate and got none: until that is mended the old one runs out, or none is there."""
    index = CertificateIndex(snapshot.certificates)
    for failure in standing_failures(snapshot):
        lacking = [name for name in failure.domains if not _has_good(index, name)]
        yield Finding(
            "acme-order-failed",
            Severity.ERROR if lacking else Severity.WARNING,
            Subject(SubjectKind.CERTIFICATE, failure.domains[0]),
            f"the last certificate order failed: {failure.cause}",
            (
                f"for {listed(failure.domains)}",
                f"at {failure.at:%Y-%m-%d %H:%M} UTC, resolver {visible(failure.resolver, _NAME) or 'unknown'}",
                visible(failure.text, _SHOWN),
                *((failure.limit,) if failure.limit else ()),
                *((f"no valid certificate for {listed(lacking)}",) if lacking else ()),
            ),
            Remedy(failure.remedy),
        )


def standing_failures(snapshot: Snapshot) -> Iterator[OrderFailure]:
    """The failed orders after which nothing better came."""
    if snapshot.traefik_log is None:
        return
    for failure in order_failures(snapshot.traefik_log.errors):
        # A certificate of just these names is what was to be renewed, whatever wildcard there is besides.
        its_own = [one for one in snapshot.certificates if _is_of(one, failure)]
        if not any(_settles(one, failure) for one in its_own or snapshot.certificates):
            yield failure


def certificate_missing(snapshot: Snapshot) -> Iterator[Finding]:
    """A route wants a certificate of a resolver, and no acme.json has one: visitors get Traefik's self-signed one.

    Unknown rather than an error: the order may be under way or, before 3.7, a certificate of Traefik's file provider
    may serve the name. Names whose order failed are told by that finding alone.
    """
    if not _is_known(snapshot):
        return
    index = CertificateIndex(snapshot.certificates)
    failed = [failure.domains for failure in standing_failures(snapshot)]
    without = _without_resolver(snapshot)
    for route, resolver in _ordering(snapshot):
        if (route.certificate is not None and len(route.hosts) == 1) or (route.router.name, resolver) in without:
            continue
        lacking = [
            name for name in route.hosts if index.find(name) is None and not any(covers(one, name) for one in failed)
        ]
        if lacking:
            yield Finding(
                "certificate-missing",
                Severity.UNKNOWN,
                Subject(SubjectKind.ROUTE, route.id),
                f"no acme.json has a certificate for {listed(lacking)}",
                (f"the router names certificate resolver {visible(resolver, _NAME)}",),
                Remedy("wait a minute where the route is new; else Traefik's log tells why it orders none"),
            )


def resolver_missing(snapshot: Snapshot) -> Iterator[Finding]:
    """A router names a certificate resolver that is not there; Traefik serves it all the same."""
    without = _without_resolver(snapshot)
    for route, resolver in _ordering(snapshot) if without else ():
        if (route.router.name, resolver) in without:
            name = visible(resolver, _NAME)
            yield Finding(
                "resolver-missing",
                Severity.ERROR,
                Subject(SubjectKind.ROUTE, route.id),
                f"certificate resolver {name} does not exist, so Traefik orders no certificate",
                (f"the router names {name}; Traefik's log says that there is none",),
                Remedy("name a resolver of Traefik's static configuration, or define it there and restart Traefik"),
            )


def certificate_unused(snapshot: Snapshot) -> Iterator[Finding]:
    """No route needs it any more, and Traefik goes on renewing it."""
    if not _is_known(snapshot):
        return
    # One that has expired is told as that.
    unused = [
        one
        for one in snapshot.certificates
        if not one.used_by and one.state is not CertificateState.EXPIRED and one.renews_at is not None
    ]
    ordered = _ordered_names(snapshot) if unused else set()
    for one in (status.certificate for status in unused):
        if ordered.isdisjoint(name.lower() for name in (one.main, *one.sans)):
            yield Finding(
                "certificate-unused",
                Severity.INFO,
                Subject(SubjectKind.CERTIFICATE, one.main),
                "no route uses this certificate, and Traefik goes on renewing it",
                (f"names {listed(one.sans or (one.main,))}", f"resolver {one.resolver}, {one.source}"),
                Remedy("nothing; a name that no longer leads here makes its renewal fail"),
            )


def _ordered_names(snapshot: Snapshot) -> set[str]:
    """The names that `tls.domains` of routers and entry points ask for, whether a rule has them or not."""
    of_routers = (route.router.tls.domains for route in snapshot.routes if route.router.tls is not None)
    of_entry_points = (one.tls_domains for one in snapshot.entry_points)
    return {
        name.lower()
        for domains in (*of_routers, *of_entry_points)
        for domain in domains
        for name in (domain.main, *domain.sans)
    }


def _is_known(snapshot: Snapshot) -> bool:
    """Whether both what is wanted and all that is there was just read."""
    fresh = all(snapshot.source(name).status is SourceStatus.FRESH for name in (SourceName.TRAEFIK, SourceName.ACME))
    return fresh and not any(one.error for one in snapshot.acme_files)


def _ordering(snapshot: Snapshot) -> Iterator[tuple[Route, str]]:
    """The routes for which Traefik orders certificates, each with its resolver."""
    for route in snapshot.routes:
        tls = route.router.tls
        if tls is None or not tls.cert_resolver or tls.passthrough or route.router.status is ConfigStatus.DISABLED:
            continue
        yield route, tls.cert_resolver


def _without_resolver(snapshot: Snapshot) -> frozenset[tuple[str, str]]:
    return missing_resolvers(snapshot.traefik_log.errors) if snapshot.traefik_log is not None else frozenset()


def _is_of(status: CertificateStatus, failure: OrderFailure) -> bool:
    one = status.certificate
    return _same_resolver(one, failure) and {name.lower() for name in (one.main, *one.sans)} == set(failure.domains)


def _same_resolver(one: Certificate, failure: OrderFailure) -> bool:
    """Also where the log does not say whose order it was."""
    return failure.resolver in {"", one.resolver}


def _settles(status: CertificateStatus, failure: OrderFailure) -> bool:
    """Whether the certificate came after the failed order, or needs none."""
    one = status.certificate
    if not _same_resolver(one, failure):
        return False
    if not all(covers((*one.sans, one.main), name) for name in failure.domains):
        return False
    return status.state is CertificateState.VALID or one.not_before > failure.at - _BACKDATED


def _has_good(index: CertificateIndex, name: str) -> bool:
    status = index.find(name)
    return status is not None and status.state in _GOOD


def listed(names: Sequence[str]) -> str:
    """The first names and how many more there are."""
    shown = ", ".join(visible(one, _NAME) for one in names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown


CHECKS: Final[tuple[Callable[[Snapshot], Iterator[Finding]], ...]] = (
    acme_order_failed,
    certificate_missing,
    resolver_missing,
    certificate_unused,
)
