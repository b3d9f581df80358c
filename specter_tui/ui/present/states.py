"""How each state of the model looks: its glyph, its word, its role. One table a state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from specter_tui.core.dns.model import DnsFlag, DnsState, HostDns
from specter_tui.core.findings.model import Severity
from specter_tui.core.model import ConfigStatus, Container, ContainerHealth, ServerHealth
from specter_tui.core.proof import ProofVerdict
from specter_tui.core.snapshot import (
    CertificateState,
    CertificateStatus,
    Health,
    ProtectionState,
    SourceName,
    SourceStatus,
)
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role, joined, outside

Look = tuple[str, Role]  # the name of a glyph, and what it means

HEALTH: Final[Mapping[Health, Look]] = {
    Health.HEALTHY: ("ok", Role.OK),
    Health.DEGRADED: ("warn", Role.WARN),
    Health.DOWN: ("bad", Role.BAD),
    Health.UNKNOWN: ("unknown", Role.OFF),
}
PROTECTION: Final[Mapping[ProtectionState, tuple[str, Role, str]]] = {
    ProtectionState.PROTECTED: ("protected", Role.OK, "protected"),
    ProtectionState.OTHER_AUTH: ("protected", Role.OK, "other auth"),
    ProtectionState.UNPROTECTED: ("open", Role.BAD, "open"),
    ProtectionState.BYPASSED: ("bypassed", Role.BAD, "bypassed"),
    ProtectionState.UNKNOWN: ("unknown", Role.OFF, "unknown"),
    ProtectionState.NOT_APPLICABLE: ("dot", Role.MUTED, "n/a"),
}
SOURCE: Final[Mapping[SourceStatus, Look]] = {
    SourceStatus.FRESH: ("ok", Role.OK),
    SourceStatus.STALE: ("warn", Role.WARN),
    SourceStatus.FAILED: ("bad", Role.BAD),
    SourceStatus.OFF: ("off", Role.OFF),
}
SOURCE_WORD: Final[Mapping[SourceName, str]] = {
    SourceName.TRAEFIK: "Traefik",
    SourceName.DOCKER: "Docker",
    SourceName.ACME: "acme.json",
    SourceName.CLOUDFLARE: "Cloudflare",
    SourceName.PROBE: "probe",
}
SEVERITY: Final[Mapping[Severity, Look]] = {
    Severity.ERROR: ("bad", Role.BAD),
    Severity.WARNING: ("warn", Role.WARN),
    Severity.UNKNOWN: ("unknown", Role.OFF),
    Severity.INFO: ("dot", Role.MUTED),
}
SERVER: Final[Mapping[ServerHealth, Look]] = {
    ServerHealth.UP: ("ok", Role.OK),
    ServerHealth.DOWN: ("bad", Role.BAD),
    ServerHealth.UNCHECKED: ("unknown", Role.OFF),
}
CONFIG: Final[Mapping[ConfigStatus, Look]] = {
    ConfigStatus.ENABLED: ("ok", Role.OK),
    ConfigStatus.WARNING: ("warn", Role.WARN),
    ConfigStatus.DISABLED: ("bad", Role.BAD),
}
PROOF: Final[Mapping[ProofVerdict, tuple[str, Role, str]]] = {
    ProofVerdict.TURNED_AWAY: ("ok", Role.OK, "turned away"),
    ProofVerdict.OPEN: ("bad", Role.BAD, "let in"),
    ProofVerdict.UNKNOWN: ("unknown", Role.OFF, "not proved"),
}
CERTIFICATE: Final[Mapping[CertificateState, tuple[str, Role, str]]] = {
    CertificateState.VALID: ("ok", Role.OK, "valid"),
    CertificateState.DUE: ("warn", Role.WARN, "renewal due"),
    CertificateState.OVERDUE: ("warn", Role.WARN, "renewal overdue"),
    CertificateState.EXPIRED: ("bad", Role.BAD, "expired"),
    CertificateState.NOT_YET_VALID: ("bad", Role.BAD, "not yet valid"),
}
DNS: Final[Mapping[DnsState, tuple[str, Role, str]]] = {
    DnsState.OK: ("ok", Role.OK, "ok"),
    DnsState.PROXIED: ("ok", Role.OK, "proxied"),
    DnsState.MISSING: ("bad", Role.BAD, "missing"),
    DnsState.WRONG_TARGET: ("bad", Role.BAD, "elsewhere"),
    DnsState.UNKNOWN: ("unknown", Role.OFF, "unknown"),
}
_WORST_DNS: Final = (DnsState.MISSING, DnsState.WRONG_TARGET, DnsState.UNKNOWN, DnsState.OK, DnsState.PROXIED)
_DNS_WARNINGS: Final = frozenset({DnsFlag.WRONG_AAAA, DnsFlag.GREY_CLOUD})
_RUNNING: Final[Mapping[ContainerHealth, tuple[str, Role, str]]] = {
    ContainerHealth.HEALTHY: ("ok", Role.OK, "running, healthy"),
    ContainerHealth.UNHEALTHY: ("bad", Role.BAD, "running, unhealthy"),
    ContainerHealth.STARTING: ("warn", Role.WARN, "running, health check starting"),
    ContainerHealth.NONE: ("unknown", Role.OFF, "running, no health check"),
}


def sign(look: Look, glyphs: Glyphs) -> Piece:
    """The glyph of a look."""
    name, role = look
    return Piece(getattr(glyphs, name), role)


def health_words(health: Health, glyphs: Glyphs) -> Line:
    """`✖ down`."""
    look = HEALTH[health]
    return (sign(look, glyphs), Piece(f" {health}", look[1]))


def protection_words(state: ProtectionState, glyphs: Glyphs) -> Line:
    """`□ open`; a plain `n/a` where protection has no meaning."""
    name, role, word = PROTECTION[state]
    if state is ProtectionState.NOT_APPLICABLE:
        return (Piece(word, role),)
    return (sign((name, role), glyphs), Piece(f" {word}", role))


def container_words(container: Container, glyphs: Glyphs) -> Line:
    """`● running, healthy`; Docker's own state when it does not run."""
    if container.state == "running":
        name, role, word = _RUNNING[container.health]
        return (sign((name, role), glyphs), Piece(f" {word}", role))
    role = Role.WARN if container.state in {"restarting", "paused", "created"} else Role.BAD
    return (sign(("warn" if role is Role.WARN else "bad", role), glyphs), outside(f" {container.state}", role))


def certificate_look(status: CertificateStatus) -> tuple[str, Role, str]:
    """Its state's glyph, role and word; what Traefik does not renew ends soon, where no renewal is due."""
    if status.renews_at is None and status.state is CertificateState.DUE:
        return ("warn", Role.WARN, "ends soon")
    return CERTIFICATE[status.state]


def certificate_cell(status: CertificateStatus) -> Line:
    """`61d`, `expired`: the days left in the colour of the renewal window."""
    _, role, _ = CERTIFICATE[status.state]
    return (Piece(certificate_text(status), role),)


def certificate_text(status: CertificateStatus) -> str:
    """The days left, or why they do not count."""
    if status.state is CertificateState.EXPIRED:
        return "expired"
    return "not yet" if status.state is CertificateState.NOT_YET_VALID else f"{status.days_left}d"


def dns_cell(dns: HostDns | None, glyphs: Glyphs) -> Line:
    """`proxied`, `missing`; `ok!` where another record of the host is wrong; `?` where none was read."""
    if dns is None:
        return (Piece(glyphs.unknown, Role.OFF),)
    _, role, word = DNS[dns.state]
    warned = role is Role.OK and not _DNS_WARNINGS.isdisjoint(dns.flags)
    return (Piece(f"{word}!" if warned else word, Role.WARN if warned else role),)


def worst_dns(found: Sequence[HostDns]) -> HostDns | None:
    """The one that a person should look at first; None when there is none."""
    return min(found, key=dns_order, default=None)


def dns_order(dns: HostDns | None) -> int:
    """The wrong ones first, and what is not known before what is right."""
    return _WORST_DNS.index(DnsState.UNKNOWN if dns is None else dns.state)


def dns_words(dns: HostDns, glyphs: Glyphs) -> Line:
    """`● proxied, wildcard`."""
    name, role, word = DNS[dns.state]
    if role is Role.OK and not _DNS_WARNINGS.isdisjoint(dns.flags):
        name, role = "warn", Role.WARN
    flags = "".join(f", {flag.replace('_', ' ')}" for flag in dns.flags)
    return (sign((name, role), glyphs), Piece(f" {word}{flags}", role))


def days_words(status: CertificateStatus) -> str:
    """`60 days left`, `ended 3 days ago`; the days left are rounded down, so -1 means that it ended today."""
    if status.days_left >= 0:
        return f"{_days(status.days_left)} left" if status.days_left else "less than a day left"
    over = -status.days_left - 1
    return f"ended {_days(over)} ago" if over else "ended less than a day ago"


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def status_words(status: ConfigStatus, glyphs: Glyphs) -> Line:
    """`● enabled`: Traefik's word on a configuration element, which says nothing of its health."""
    look = CONFIG[status]
    return (sign(look, glyphs), Piece(f" {status}", look[1]))


def status_counts(statuses: Sequence[ConfigStatus], glyphs: Glyphs) -> Line:
    """`12  ● 11  ✖ 1`."""
    counts = Counter(statuses)
    parts = [Piece(str(len(statuses)))]
    for status, look in CONFIG.items():
        if counts[status]:
            parts.append(Piece(f"{sign(look, glyphs).text} {counts[status]}", look[1]))
    return joined(parts, Piece("  "))
