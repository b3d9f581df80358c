"""Why a certificate is not renewed by force: one sentence each, with what helps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from specter_tui.core.errors import RefusedError
from specter_tui.core.exposure import running_traefiks
from specter_tui.core.model import OF_TRAEFIK, AcmeFile, Certificate, Container
from specter_tui.core.renewing.find import command
from specter_tui.core.renewing.orders import MOST, Budget, OrderLog, names_of
from specter_tui.core.renewing.wanted import WantedNames
from specter_tui.core.renewing.work import Holder, TraefikFacts
from specter_tui.core.snapshot import CertificateStatus, Snapshot, SourceName, SourceStatus
from specter_tui.core.text import visible
from specter_tui.core.traefik_log import parse_time

_SHOWN: Final = 200
_NEEDED: Final = (
    (SourceName.TRAEFIK, "Traefik"),
    (SourceName.DOCKER, "Docker"),
    (SourceName.ACME, "acme.json"),
)
_FAILURES_COUNT: Final = timedelta(hours=1)  # Let's Encrypt: 5 failed authorizations for a name, an account and an hour
_COUNT: Final = "count the certificates for exactly these names in 7 days (crt.sh lists them), then type: "


def refuse_sources(snapshot: Snapshot, *, remote: bool) -> None:
    """Everything has to be read just now, on this machine."""
    if remote:
        raise RefusedError("Traefik and its acme.json are on another machine", "run specter-tui there")
    for name, word in _NEEDED:
        state = snapshot.source(name)
        if state.status is not SourceStatus.FRESH:
            why = state.error or state.reason or "it was not read just now"
            raise RefusedError(f"{word} has to be read to renew a certificate: {why}", "see specter-tui doctor")


def refuse_certificate(status: CertificateStatus, files: Iterable[AcmeFile]) -> None:
    """Only what a resolver ordered, from a file that Traefik takes, is ordered anew."""
    one = status.certificate
    name = visible(one.main, _SHOWN)
    if one.is_default:
        raise RefusedError("that is the certificate that Traefik makes for itself", "see specter-tui doctor")
    if one.source == OF_TRAEFIK or not one.resolver:
        raise RefusedError(
            f"no resolver ordered the certificate for {name}: Traefik's file provider has it",
            "renew it where it comes from: tls.certificates of the dynamic configuration",
        )
    if one.self_signed:
        raise RefusedError(
            f"the certificate for {name} is self-signed: no authority issued it", "remove it from acme.json by hand"
        )
    file = next((file for file in files if file.path == one.source), None)
    path = visible(one.source, _SHOWN)
    if file is None or file.error:
        raise RefusedError(file.error if file else f"{path} was not read just now", "see specter-tui doctor")
    if file.too_open:
        raise RefusedError(f"{path} is open to others, so Traefik will not use it", f"chmod 600 {path}")


def the_traefik(containers: Sequence[Container]) -> Container:
    """The one container that runs Traefik. Raises RefusedError."""
    found = running_traefiks(containers)
    if len(found) == 1:
        return found[0]
    if not found:
        raise RefusedError(
            "no container runs Traefik here, and only a container can be stopped and started",
            "stop Traefik, take the entry out of acme.json, and start it",
        )
    names = ", ".join(visible(one.name, _SHOWN) for one in found)
    raise RefusedError(f"several containers run Traefik: {names}", "stop those that are not needed")


def refuse_container(facts: TraefikFacts, path: str) -> None:
    """It has to come back when it is started, and it alone may write the file."""
    name, shown = visible(facts.container.name, _SHOWN), visible(path, _SHOWN)
    if facts.removed_when_stopped:
        raise RefusedError(f"{name} is removed when it stops (docker run --rm)", "run it without --rm")
    if facts.swarm:
        raise RefusedError(
            f"{name} is a task of a Swarm service, which would be replaced", "scale the service to 0 first"
        )
    if facts.container.state != "running":
        raise RefusedError(f"{name} is {visible(facts.container.state, _SHOWN)}", f"specter-tui start {name}")
    own = [one for one in facts.holders if one.id == facts.container.id]
    if not own:
        raise RefusedError(
            f"{shown} is not mounted into {name}, so it belongs to another Traefik",
            "name the file that it writes in traefik.acme_files",
        )
    if not any(one.writes for one in own):
        raise RefusedError(f"{name} has {shown} mounted read-only, so no new certificate could be kept", "mount it rw")
    others = sorted({visible(one.name, _SHOWN) for one in facts.holders if _is_other_writer(one, facts)})
    if others:
        raise RefusedError(
            f"{', '.join(others)} can write {shown} beside {name}", "stop it, or give each a file of its own"
        )


def _is_other_writer(one: Holder, facts: TraefikFacts) -> bool:
    runs = one.state in {"running", "restarting", "paused"}
    return one.id != facts.container.id and one.writes and one.direct and runs


def refuse_wanted(certificate: Certificate, wanted: Sequence[WantedNames]) -> None:
    """Traefik must order the same names again, or the certificate would just be gone."""
    names = names_of(certificate)
    if any(one.names == names for one in wanted):
        return
    shown = _listed(names)
    sharing = [one for one in wanted if one.names & names]
    if not sharing:
        raise RefusedError(
            f"no router needs the certificate for {shown}, so Traefik would not order it again",
            f"give a router that needs it the resolver {visible(certificate.resolver, _SHOWN)}, or leave it",
        )
    others = "; ".join(_listed(one.names) for one in sharing)
    raise RefusedError(
        f"the certificate is for {shown}, and Traefik would order another one instead: {others}",
        "let the router's rule or tls.domains name the same hosts, or wait for Traefik's own renewal",
    )


def refuse_orders(budget: Budget, log: OrderLog, started_at: str, now: datetime, target: str) -> None:
    """The last order must not have failed, and its limit is known to have room; `target` is what a person types."""
    failed = budget.failed
    if log.unread:
        raise RefusedError(
            f"whether the last order failed, and how many there were, is not known: {log.unread}",
            "let Traefik log to its container's output, or name the file in traefik.log_file",
        )
    if failed is not None:
        started = parse_time(started_at)
        free_at = failed.at + _FAILURES_COUNT
        if started is None or failed.at >= started or now < free_at:
            raise RefusedError(
                f"the last order for {_listed(failed.domains)} failed ({failed.at:%Y-%m-%d %H:%M}): {failed.cause}",
                f"{failed.remedy}; then restart Traefik, and try it after {free_at:%H:%M} UTC",
            )
    if budget.unknown:
        raise RefusedError(
            f"how many orders there were in 7 days is not known: {budget.unknown}",
            f"{_COUNT}{command(target)} --orders N",
        )
    if budget.again_at is not None:
        raise RefusedError(
            f"{len(budget.orders)} certificates were ordered for these names in 7 days, "
            f"and Let's Encrypt issues {MOST}",
            f"wait until {budget.again_at:%Y-%m-%d %H:%M} UTC",
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(visible(one, _SHOWN) for one in sorted(names))
