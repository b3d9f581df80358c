"""What has to be so before a host is protected or opened, whichever the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from specter_tui.actions.route_proof import RouteProof
from specter_tui.core.errors import RefusedError, SourceError
from specter_tui.core.ports import ProbeSource
from specter_tui.core.protecting.verify import verify_doubt, verify_target
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot, SourceName, SourceStatus
from specter_tui.core.text import visible

_SHOWN: Final = 200


def demand_reach(snapshot: Snapshot, files: str, *, remote: bool) -> None:
    """Raises RefusedError where the files are on another machine, SourceError for a source that was not read."""
    if remote:
        raise RefusedError(f"{files} are on another machine", "run specter-tui there")
    for name in (SourceName.TRAEFIK, SourceName.DOCKER):
        state = snapshot.source(name)
        if state.status is not SourceStatus.FRESH:
            raise SourceError(state.error or state.reason or f"{name} was not read just now")


async def doubts(snapshot: Snapshot, settings: Settings, probe: ProbeSource, host: str) -> Sequence[str]:
    """What is not known of the verify service. Raises RefusedError when it does not run, or is none."""
    target = verify_target(snapshot, settings, host)
    if target is None:
        return ["whether the verify service answers is not known: no container on the shared network has its name"]
    (answer,) = await probe.read([target])
    doubt = verify_doubt(answer, settings)
    return [doubt] if doubt else []


def demand_provable(now: Sequence[RouteProof]) -> None:
    """Raises RefusedError for a router that no request can be asked of, before and so after."""
    for one in now:
        if not one.proofs:
            raise RefusedError(
                f"nothing could prove that {visible(one.route_id, _SHOWN)} turns visitors away: "
                "no anonymous request reaches it for certain",
                "see specter-tui explain, and set its entry point in [probe] addresses",
            )


def proof_wanted(now: Sequence[RouteProof], wanted: str) -> str:
    """How it will be proved, and what is so now."""
    return f"{wanted} (now: {'; '.join(one.sentence for one in now)})"
