"""Records that bring visitors nowhere or elsewhere, and what a Cloudflare token can't show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Final

from specter_tui.core.dns.addresses import Origin
from specter_tui.core.dns.model import DnsFlag, DnsState, HostDns, Record
from specter_tui.core.findings.model import Finding, Remedy, Severity, Subject, SubjectKind
from specter_tui.core.snapshot import Snapshot, SourceName
from specter_tui.core.text import visible

_MAX_EVIDENCE: Final = 10
_SHOWN: Final = 100
_PLAN: Final = "dns plan"
_UNENCRYPTED: Final = frozenset({"off", "flexible"})
_CLOUDFLARE: Final = Subject(SubjectKind.SOURCE, SourceName.CLOUDFLARE)


def dns_missing(snapshot: Snapshot) -> Iterator[Finding]:
    """A router waits for a host that nobody can look up."""
    for dns in _verdicts(snapshot):
        if dns.state is DnsState.MISSING:
            remedy = Remedy("create a record: `specter-tui dns plan` shows which", _PLAN)
            yield _finding("dns-missing", dns, "no record leads to this host", remedy)


def dns_wrong_target(snapshot: Snapshot) -> Iterator[Finding]:
    """Visitors end at another machine."""
    for dns in _verdicts(snapshot):
        if dns.state is DnsState.WRONG_TARGET and DnsFlag.DANGLING_CNAME not in dns.flags:
            remedy = Remedy("correct the record: `specter-tui dns plan` shows how; or remove the router", _PLAN)
            yield _finding("dns-wrong-target", dns, "its record points elsewhere", remedy)


def dns_dangling_cname(snapshot: Snapshot) -> Iterator[Finding]:
    """An alias for a name that does not exist; whoever may create that name gets the visitors."""
    for dns in _verdicts(snapshot):
        if DnsFlag.DANGLING_CNAME in dns.flags:
            remedy = Remedy("point the alias at a name that exists, or remove it", _PLAN)
            yield _finding("dns-dangling-cname", dns, "its record is an alias that leads nowhere", remedy)


def dns_wrong_aaaa(snapshot: Snapshot) -> Iterator[Finding]:
    """With IPv6, which browsers prefer, visitors end elsewhere."""
    for dns in _verdicts(snapshot):
        if DnsFlag.WRONG_AAAA in dns.flags and dns.state is not DnsState.WRONG_TARGET:
            remedy = Remedy("correct or remove the AAAA record, or add our IPv6 address to cloudflare.expected_ips")
            yield _finding("dns-wrong-aaaa", dns, "its AAAA record points elsewhere", remedy)


def dns_grey_cloud(snapshot: Snapshot) -> Iterator[Finding]:
    """The address that other records hide behind Cloudflare can be looked up here."""
    for dns in _verdicts(snapshot):
        if DnsFlag.GREY_CLOUD in dns.flags:
            remedy = Remedy("proxy this record too, or let nobody but Cloudflare reach the server's ports")
            yield _finding("dns-grey-cloud", dns, "unproxied: it tells the address that others hide", remedy)


def dns_unknown(snapshot: Snapshot) -> Iterator[Finding]:
    """Hosts of which no record tells anything: one finding for all."""
    unknown = [dns for dns in _verdicts(snapshot) if dns.state is DnsState.UNKNOWN]
    if unknown:
        yield Finding(
            "dns-unknown",
            Severity.UNKNOWN,
            _CLOUDFLARE,
            f"the records of {len(unknown)} host(s) are not known",
            _first(f"{dns.host}: {dns.reason}" for dns in unknown),
            Remedy("let the token read the zones of these hosts, or look their records up elsewhere"),
        )


def dns_addresses_assumed(snapshot: Snapshot) -> Iterator[Finding]:
    """What a record should point at is only a conclusion."""
    assumed = [
        f"{zone.name}: {', '.join((*ours.v4, *ours.v6))}, from the zone's own record"
        for zone in (snapshot.cloudflare.zones if snapshot.cloudflare else ())
        if (ours := snapshot.own_addresses.get(zone.id)) is not None and ours.origin is Origin.APEX
    ]
    if assumed:
        yield Finding(
            "dns-addresses-assumed",
            Severity.INFO,
            _CLOUDFLARE,
            "which addresses are ours is assumed",
            _first(iter(assumed)),
            Remedy("set cloudflare.expected_ips to this server's public addresses"),
        )


def cloudflare_scope_missing(snapshot: Snapshot) -> Iterator[Finding]:
    """The token may not read something that this program looks at."""
    missing = snapshot.cloudflare.missing_scopes if snapshot.cloudflare else ()
    if missing:
        yield Finding(
            "cloudflare-scope-missing",
            Severity.WARNING,
            _CLOUDFLARE,
            "the Cloudflare token may not read everything",
            _first(iter(missing)),
            Remedy("add the permissions to the token: Zone:Read, DNS:Read and Zone Settings:Read, for these zones"),
        )


def cloudflare_ssl_mode(snapshot: Snapshot) -> Iterator[Finding]:
    """Cloudflare asks the server without TLS: what visitors send is readable on the way, or they are sent around."""
    proxied: defaultdict[str, list[str]] = defaultdict(list)
    for dns in _verdicts(snapshot):
        if dns.state is DnsState.PROXIED:
            proxied[dns.zone_id].append(dns.host)
    for zone in snapshot.cloudflare.zones if snapshot.cloudflare else ():
        hosts = proxied.get(zone.id, [])
        if hosts and zone.ssl in _UNENCRYPTED:
            yield Finding(
                "cloudflare-ssl-mode",
                Severity.WARNING,
                _CLOUDFLARE,
                f"Cloudflare's SSL mode of {visible(zone.name, _SHOWN)} is {zone.ssl}: it asks the server without TLS",
                ("an entry point that redirects to https then redirects for ever", *_first(iter(hosts))),
                Remedy("set the zone's SSL/TLS mode to Full (strict)"),
            )


def _verdicts(snapshot: Snapshot) -> Iterator[HostDns]:
    return (host.dns for host in snapshot.hosts if host.dns is not None)


def _first(texts: Iterator[str]) -> tuple[str, ...]:
    found = list(texts)
    more = len(found) - _MAX_EVIDENCE
    return (*found[:_MAX_EVIDENCE], *((f"and {more} more",) if more > 0 else ()))


def _finding(code: str, dns: HostDns, title: str, remedy: Remedy) -> Finding:
    evidence = (*((dns.reason,) if dns.reason else ()), *_first(_shown(record) for record in dns.records))
    return Finding(code, Severity.WARNING, Subject(SubjectKind.HOST, dns.host), title, evidence, remedy)


def _shown(record: Record) -> str:
    how = "proxied" if record.proxied else "not proxied"
    name, content = visible(record.name, 253), visible(record.content, _SHOWN)
    return f"{visible(record.type, 20)} {name} {content}, {how}"


CHECKS: Final[tuple[Callable[[Snapshot], Iterator[Finding]], ...]] = (
    dns_missing,
    dns_wrong_target,
    dns_dangling_cname,
    dns_wrong_aaaa,
    dns_grey_cloud,
    dns_unknown,
    dns_addresses_assumed,
    cloudflare_scope_missing,
    cloudflare_ssl_mode,
)
