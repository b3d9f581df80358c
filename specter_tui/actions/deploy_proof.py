"""Verifies a deployment by its effect: containers healthy, keys loaded, Traefik's middleware, visitors turned away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from specter_tui.core.actions.ports import Clock, Tell
from specter_tui.core.deploying.ports import Images
from specter_tui.core.deploying.work import DeployWork
from specter_tui.core.errors import FailedError, SpecterError
from specter_tui.core.ports import ProbeSource
from specter_tui.core.probing import judge, plan_probes
from specter_tui.core.proof import ProbeTarget, Proof, ProofVerdict
from specter_tui.core.protecting.refusals import refuse_middleware
from specter_tui.core.protecting.verify import verify_targets
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.text import visible

_SHOWN: Final = 200
_OK: Final = 200
_SERVER_ERROR: Final = 500  # Traefik's own answer while nobody verifies
_ID: Final = 12  # characters of an image's id, as docker shows it
Look = Callable[[], Awaitable[Snapshot]]
Check = Callable[[DeployWork], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each effect may take to show, in seconds."""

    healthy: float = 120.0
    keys: float = 30.0
    shown: float = 10.0
    proved: float = 10.0
    pause: float = 0.5  # between two looks


@dataclass(frozen=True, slots=True)
class DeployProof:
    """Looks again and again until the effect is there or its time is over."""

    look: Look
    images: Images
    probe: ProbeSource
    settings: Settings
    clock: Clock
    patience: Patience = Patience()

    async def verify(self, work: DeployWork, tell: Tell) -> tuple[str, ...]:
        """The proof, one sentence each, told as it comes. Raises FailedError with what is missing in time."""
        checks: tuple[tuple[Check, float], ...] = (
            (self._healthy, self.patience.healthy),
            (self._keys, self.patience.keys),
            (self._middleware, self.patience.shown),
            (self._turned_away, self.patience.proved),
        )
        proof: list[str] = []
        for check, seconds in checks:
            proof.append(await self._until(check, work, seconds))
            tell(proof[-1])
        return tuple(proof)

    async def restored(self, work: DeployWork, tell: Tell) -> None:
        """Returns when all is as it was before the work. Raises FailedError with what is not."""
        if work.before is None:
            if await self.images.containers(work.project, work.service):
                raise FailedError("there are still containers of it", "see specter-tui containers")
            return
        wanted = msgspec.structs.replace(work, image_id=work.before.image_id, replicas=max(1, len(work.containers)))
        tell(await self._until(self._healthy if work.before.well else self._there, wanted, self.patience.healthy))
        if work.turned_away:
            tell(await self._until(self._turned_away, wanted, self.patience.proved))

    async def turns_away(self, snapshot: Snapshot) -> bool:
        """Whether visitors are sent to sign in now."""
        try:
            await self._visitors(snapshot)
        except SpecterError:
            return False
        return True

    async def _until(self, check: Check, work: DeployWork, seconds: float) -> str:
        deadline = self.clock.monotonic() + seconds
        while True:
            try:
                return await check(work)
            except SpecterError as error:
                if self.clock.monotonic() >= deadline:
                    raise FailedError(f"{error.message}, even after {seconds:g} s", error.remedy) from error
            await self.clock.sleep(self.patience.pause)

    async def _there(self, work: DeployWork) -> str:
        """For one that was not healthy before either."""
        found = await self.images.containers(work.project, work.service)
        if not any(one.state == "running" and one.image_id == work.image_id for one in found):
            raise FailedError("no container of before runs")
        return "a container with the image of before runs again, which was not healthy before either"

    async def _healthy(self, work: DeployWork) -> str:
        wanted = work.image_id or await self.images.image_id(work.image)
        found = await self.images.containers(work.project, work.service)
        well = [one for one in found if one.is_well and one.image_id == wanted]
        if len(well) < max(work.replicas, len(found)):
            others = ", ".join(sorted(f"{one.state} {one.health}".strip() for one in found if one not in well))
            told = visible(others, _SHOWN) or "no other is there"
            raise FailedError(f"{len(well)} of {work.replicas} containers are healthy ({told})")
        image = visible(wanted.removeprefix("sha256:")[:_ID], _SHOWN)
        return f"{len(well)} of {work.replicas} containers are healthy, with the image {image}"

    async def _keys(self, work: DeployWork) -> str:
        """/readyz of each container, asked on the network that it shares with Traefik."""
        targets = [replace(one, path="/readyz", headers=()) for one in self._direct(await self.look())]
        if len(targets) < work.replicas:
            raise FailedError(
                "whether Descope's keys are loaded is not known: it has no address that is seen from here"
            )
        for answer in await self.probe.read(targets):
            if answer.status != _OK:
                told = visible(answer.error, _SHOWN) or f"/readyz is {answer.status}"
                raise FailedError(
                    f"Descope's keys are not loaded ({told})",
                    "see DESCOPE_PROJECT_ID, and whether containers reach Descope",
                )
        return "Descope's keys are loaded"

    async def _middleware(self, _work: DeployWork) -> str:
        refuse_middleware(await self.look(), self.settings.protection)
        return f"Traefik has {visible(self.settings.protection.middleware, _SHOWN)} enabled"

    async def _turned_away(self, _work: DeployWork) -> str:
        return await self._visitors(await self.look())

    async def _visitors(self, snapshot: Snapshot) -> str:
        """What anonymous visitors of protected routes get. Raises FailedError where it is not the sign-in."""
        middleware = self.settings.protection.middleware
        routes = {one.id for one in snapshot.routes if middleware in one.router.middlewares}
        through = [one for one in plan_probes(snapshot, self.settings) if one.router_id in routes]
        proofs = await self._proofs(through or self._direct(snapshot))
        worst = min(proofs, key=_goodness, default=None)
        turned = [one for one in proofs if one.verdict is ProofVerdict.TURNED_AWAY]
        if worst is None or not turned or _goodness(worst) == 0:
            raise FailedError(visible(worst.reason, _SHOWN) if worst else "nothing can be asked as a visitor")
        seen = visible(turned[0].reason, _SHOWN)
        if not through:
            return f"no route is protected yet, so it was asked itself: {seen}"
        return f"{len(turned)} of {len(proofs)} requests to protected routes are sent to sign in: {seen}"

    async def _proofs(self, targets: list[ProbeTarget]) -> list[Proof]:
        return [judge(one, self.settings) for one in await self.probe.read(targets)]

    def _direct(self, snapshot: Snapshot) -> list[ProbeTarget]:
        host = self.settings.protection.auth_host.partition(":")[0]
        return list(verify_targets(snapshot, self.settings, host))


def _goodness(proof: Proof) -> int:
    """0: open, or nobody verifies; 1: it tells nothing, as behind an address list; 2: turned away."""
    if proof.verdict is ProofVerdict.OPEN or proof.status >= _SERVER_ERROR:
        return 0
    return 2 if proof.verdict is ProofVerdict.TURNED_AWAY else 1
