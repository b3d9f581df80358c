"""What has to be so before the verify service is deployed: each thing that is not is refused in one sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from specter_tui.core.deploying.facts import Context, Facts, Package
from specter_tui.core.deploying.service import VerifyService
from specter_tui.core.deploying.wheels import check_wheels
from specter_tui.core.deploying.work import NewSecret
from specter_tui.core.dns.model import DnsState
from specter_tui.core.dns.states import DnsIndex
from specter_tui.core.errors import RefusedError
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import CertificateState, Snapshot, SourceName, SourceStatus
from specter_tui.core.text import visible
from specter_tui.core.verify_policy import DefaultPolicy, judge_policy

SECRET_MODE: Final = 0o400
_SHORTEST_SECRET: Final = 32  # bytes; verify_service refuses a shorter one
_SHOWN: Final = 200
_ENV: Final = "set it in compose/.env"
_GOOD: Final = frozenset({CertificateState.VALID, CertificateState.DUE, CertificateState.OVERDUE})


def refuse_settings(service: VerifyService, settings: Settings) -> None:
    """Raises RefusedError for a setting that is missing or does not fit this program's own."""
    for name in ("DESCOPE_PROJECT_ID", "COOKIE_DOMAIN"):
        if not service.environment.get(name, "").strip():
            raise RefusedError(f"{name} is not set", _ENV)
    if judge_policy(service.environment.get("DEFAULT_POLICY", "")) is not DefaultPolicy.CHOSEN:
        raise RefusedError(
            "nobody has chosen who may pass: DEFAULT_POLICY is not set", f"{_ENV}; any: whoever the project knows"
        )
    ours, theirs = settings.protection.auth_host.lower(), service.auth_host.lower()
    if ours != theirs:
        told = f"is {visible(ours, _SHOWN)}" if ours else "is not set"
        raise RefusedError(
            f"people will sign in at {visible(theirs, _SHOWN)}, and protection.auth_host {told}",
            "correct config.toml, or COOKIE_DOMAIN and AUTH_HOST",
        )
    asked, port = urlsplit(settings.protection.verify_url).port or 80, service.environment.get("PORT") or "3000"
    if port != str(asked):
        raise RefusedError(
            f"the service would listen on {visible(port, _SHOWN)}, and protection.verify_url asks {asked}",
            "correct one of the two",
        )


def refuse_surroundings(facts: Facts, settings: Settings) -> None:
    """Raises RefusedError for what is missing around the service."""
    network = settings.docker.network
    if network not in facts.service.networks:
        raise RefusedError(
            f"compose/verify.yml does not put the service on the network {visible(network, _SHOWN)}",
            "add it there, or correct docker.network",
        )
    if not facts.network:
        raise RefusedError(
            f"there is no network {visible(network, _SHOWN)}, so Traefik is not up",
            f"first: cd {visible(facts.root, _SHOWN)} && docker compose up -d",
        )
    if facts.wheels_folder:
        check_wheels(facts.wheels_folder, facts.wheels, facts.package.lock)


def secret_to_make(facts: Facts) -> NewSecret | None:
    """The secret that has to be made; None where a good one is there. Raises RefusedError for a bad one."""
    service, found = facts.service, facts.secret
    path = visible(service.secret_file, _SHOWN)
    if not service.secret_file:
        return None
    if found.kind == "nothing":
        if facts.user not in {0, service.user}:
            raise RefusedError(
                f"there is no secret, and only root can make {path} for user {service.user}", "repeat it with sudo"
            )
        return NewSecret(service.secret_file, service.user, service.group)
    owner = f"chown {service.user}:{service.group} {path} && chmod 0400 {path}"
    if found.kind != "file":
        raise RefusedError(f"{path} is no regular file", "move it away, and a new secret is made")
    if found.user != service.user or found.mode & 0o377:
        raise RefusedError(
            f"{path} has to belong to user {service.user} with mode 0400, "
            f"and belongs to {found.user} with mode {found.mode:04o}",
            owner,
        )
    if found.size < _SHORTEST_SECRET:
        raise RefusedError(f"{path} is shorter than {_SHORTEST_SECRET} bytes", "move it away, and a new secret is made")
    return None


def can_reuse_wheels(context: Context, package: Package, base_image: str) -> bool:
    """Whether the wheels of the last deployment are those of the lock, for the same image's Python."""
    if not context.wheels or context.base_image != base_image:
        return False
    try:
        check_wheels("wheels", context.wheels, package.lock)
    except RefusedError:
        return False
    return True


def doubts(snapshot: Snapshot, settings: Settings) -> Iterable[str]:
    """What is wrong or not known about the way to the sign-in host, one sentence each."""
    host = settings.protection.auth_host.partition(":")[0]
    yield from _dns_doubts(snapshot, settings, host)
    yield from _certificate_doubts(snapshot, host)


def _dns_doubts(snapshot: Snapshot, settings: Settings, host: str) -> Iterable[str]:
    name = visible(host, _SHOWN)
    if snapshot.cloudflare is None:
        yield f"whether a DNS record leads {name} here is not known: Cloudflare is not read"
        return
    found = DnsIndex(snapshot.cloudflare, settings.cloudflare.expected_ips).of(host)
    reason = visible(found.reason, _SHOWN)
    if found.state is DnsState.UNKNOWN:
        yield f"whether a DNS record leads {name} here is not known: {reason}"
    elif found.state in {DnsState.MISSING, DnsState.WRONG_TARGET}:
        yield f"nobody will reach {name} to sign in: {reason}"


def _certificate_doubts(snapshot: Snapshot, host: str) -> Iterable[str]:
    name = visible(host, _SHOWN)
    fitting = [one for one in snapshot.certificates if any(_covers(name_of, host) for name_of in one.certificate.sans)]
    if any(one.state in _GOOD for one in fitting):
        return
    if fitting:
        yield f"the certificate of {name} is {fitting[0].state.value.replace('_', ' ')}: browsers will refuse it"
    elif snapshot.source(SourceName.ACME).status is SourceStatus.FRESH:
        yield f"there is no certificate for {name} yet: until Traefik has one, browsers refuse it"
    else:
        yield f"whether there is a certificate for {name} is not known: acme.json is not read"


def _covers(name: str, host: str) -> bool:
    """Whether a certificate's name is the host's, or its wildcard (RFC 6125 6.4.3: one label)."""
    return name.lower() in {host.lower(), f"*.{host.lower().partition('.')[2]}"}
