"""Protects and unprotects hosts by the overlay: routers of Traefik's file provider that stand before others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from specter_tui.actions.protect_checks import demand_provable, demand_reach, doubts, proof_wanted
from specter_tui.actions.route_proof import Look, Verifier
from specter_tui.core.actions.model import Change, Plan, Wish
from specter_tui.core.actions.ports import Tell
from specter_tui.core.errors import RefusedError, SourceError
from specter_tui.core.findings.file_provider import refused_now
from specter_tui.core.overlay import (
    FILE_NAME,
    Entry,
    OverlayWork,
    Shadow,
    ShadowChange,
    missing,
    parse,
    render,
    to_cover,
    to_uncover,
    unloadable,
)
from specter_tui.core.ports import ProbeSource
from specter_tui.core.protecting.ports import AskedHosts, OverlayFiles
from specter_tui.core.protecting.risks import overlay_risks
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.text import visible

VIA: Final = "overlay"
_LABELS: Final = "labels"
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class ProtectByOverlay:
    """Both actions over their parts; `folder` is Traefik's dynamic folder, empty where it is not on this machine."""

    files: OverlayFiles
    look: Look
    verifier: Verifier
    probe: ProbeSource
    asked: AskedHosts
    settings: Settings
    folder: str
    remote: bool = False

    @property
    def _path(self) -> str:
        return f"{self.folder.rstrip('/')}/{FILE_NAME}"

    async def plan(self, wish: Wish, snapshot: Snapshot) -> Plan:
        """What covering or uncovering a host or a route would do; changes nothing.

        Raises NotFoundError, RefusedError with the reason, and SourceError.
        """
        before = self._loaded(snapshot)
        protects = wish.action == "protect"
        if protects:
            shadows = to_cover(snapshot, wish.target, self.settings.protection)
        else:
            shadows = to_uncover(snapshot, wish.target, parse(before))
        work = self._work(before, [self._change(one) for one in shadows], protects=protects)
        return await self._planned(wish.target, work, snapshot)

    async def reverse(self, plan: Plan, journal_id: str, snapshot: Snapshot) -> Plan:
        """The plan that takes the change's own routers out of the file, or puts them into it again.

        Raises RefusedError where they were changed since, and SourceError.
        """
        before = self._loaded(snapshot)
        done = _work(plan)
        known = {one.name: one for one in parse(before)}
        for one in done.routers:
            if known.get(one.entry.name) != (one.entry if done.protects else None):
                name = visible(one.shadow_id, _SHOWN)
                raise RefusedError(f"{name} was changed since", "take it back by hand, or undo that first")
        work = self._work(before, done.routers, protects=not done.protects)
        return replace(await self._planned(plan.target, work, snapshot), undoes=journal_id)

    async def fingerprint(self, plan: Plan) -> str:
        """A digest of the work, of the file, and of the routers that it was made from. Raises RefusedError."""
        return self._fingerprint(_work(plan), await self.look())

    async def apply(self, plan: Plan, tell: Tell) -> None:
        """Puts the file in place. Raises RefusedError."""
        work = _work(plan)
        self._put(work.path, work.before, work.after, tell)

    async def verify(self, plan: Plan, tell: Tell) -> tuple[str, ...]:
        """The proof that it has its effect, one sentence a router; then it is remembered as asked for.

        Raises SourceError with what is missing.
        """
        work = _work(plan)
        snapshot = await self._shown(work.routers, present=work.protects)
        tell("Traefik shows it" if work.protects else "Traefik no longer has it")
        if work.protects:
            proofs = await self.verifier.turned_away([one.shadow_id for one in work.routers])
            self.asked.add(work.hosts, VIA)
        else:
            guarded = [one.route_id for one in work.routers if one.guarded]
            bare = [one.route_id for one in work.routers if not one.guarded]
            proofs = (
                *(await self.verifier.turned_away(guarded) if guarded else ()),
                *await self.verifier.prove(snapshot, bare),
            )
            self.asked.remove(work.opened)
            self.asked.add([one for one in work.hosts if one in work.asked and one not in work.opened], _LABELS)
        return tuple(one.sentence for one in proofs)

    async def rollback(self, plan: Plan, tell: Tell) -> None:
        """Puts the file back, byte for byte, and waits until Traefik shows that. Raises RefusedError, SourceError."""
        work = _work(plan)
        self._put(work.path, work.after, work.before, tell)
        known = set(work.asked)
        if work.protects:
            self.asked.remove([one for one in work.hosts if one not in known])
        else:
            self.asked.add([one for one in work.hosts if one in known], VIA)
        await self._shown(work.routers, present=not work.protects)
        tell("Traefik shows the routers as before")

    # -- planning -----------------------------------------------------------------------------------------------------

    def _loaded(self, snapshot: Snapshot) -> str:
        """The file's text, where Traefik loads its folder. Raises RefusedError with the reason where it does not."""
        demand_reach(snapshot, "the dynamic files", remote=self.remote)
        if not self.folder:
            raise RefusedError("Traefik's dynamic folder is not on this machine", "set dynamic_dir in [traefik]")
        if "File" not in snapshot.providers:
            raise RefusedError("this Traefik has no file provider", "switch it on, or protect by labels")
        why = refused_now(snapshot)
        if not why:
            found = (unloadable(name, content) for name, content in self.files.others(self._path))
            why = next((one for one in found if one), "")
        if why:
            raise RefusedError(f"{why}, so no change of any dynamic file counts", "mend or remove that file first")
        return self._text()

    def _text(self) -> str:
        try:
            return self.files.read(self._path).decode()
        except UnicodeDecodeError:
            raise RefusedError(f"{visible(self._path, _SHOWN)} is not UTF-8") from None

    def _change(self, shadow: Shadow) -> ShadowChange:
        guarded = self.settings.protection.middleware in shadow.route.router.middlewares
        return ShadowChange(shadow.route.id, shadow.route.hosts, shadow.entry, guarded)

    def _work(self, before: str, routers: Iterable[ShadowChange], *, protects: bool) -> OverlayWork:
        changed = tuple(routers)
        names = {one.entry.name for one in changed}
        kept: list[Entry] = [one for one in parse(before) if one.name not in names]
        after = render([*kept, *(one.entry for one in changed)] if protects else kept)
        return OverlayWork(protects, self._path, before, after, changed, self.asked.hosts())

    async def _planned(self, target: str, work: OverlayWork, snapshot: Snapshot) -> Plan:
        behind = [one.route_id for one in work.routers]
        now = await self.verifier.prove(snapshot, behind)
        told: Sequence[str] = ()
        if work.protects:
            demand_provable(now)
            told = [
                *await doubts(snapshot, self.settings, self.probe, work.hosts[0]),
                *overlay_risks(snapshot, behind, self.folder),
            ]
        wanted = "an anonymous request must be sent to sign in" if work.protects else "Traefik no longer has its router"
        return Plan(
            action="protect" if work.protects else "unprotect",
            target=target,
            via=VIA,
            fingerprint=self._fingerprint(work, snapshot),
            changes=(Change(work.path, work.before, work.after),),
            steps=(f"{'write' if work.after else 'remove'} {visible(work.path, _SHOWN)}",),
            risks=tuple(told),
            opens=work.opened,
            hosts=work.hosts,
            proof=proof_wanted(now, wanted),
            undo="takes the routers out of the file again" if work.protects else "puts the routers into it again",
            locks=(f"file:{work.path}",),
            work=msgspec.json.encode(work).decode(),
        )

    def _fingerprint(self, work: OverlayWork, snapshot: Snapshot) -> str:
        """What is planned on: the file as it is, and the routers behind as Traefik has them."""
        behind = {one.route_id for one in work.routers}
        routers = [
            (one.id, one.rule, one.priority, one.service, one.entry_points, one.middlewares, one.tls, one.status)
            for one in (route.router for route in snapshot.routes)
            if one.id in behind
        ]
        digest = hashlib.sha256(msgspec.json.encode(work))
        digest.update(msgspec.json.encode(sorted(routers, key=lambda one: one[0])))
        digest.update(self.files.read(work.path))
        return digest.hexdigest()

    # -- doing --------------------------------------------------------------------------------------------------------

    def _put(self, path: str, expected: str, wanted: str, tell: Tell) -> None:
        shown = visible(path, _SHOWN)
        now = self.files.read(path)
        if now == wanted.encode():
            tell(f"{shown} is as it has to be")
        elif now == expected.encode():
            self.files.put(path, now, wanted.encode())
            tell(f"{'wrote' if wanted else 'removed'} {shown}")
        else:
            raise RefusedError(f"{shown} was changed by somebody else meanwhile and is left as it is", "look at it")

    async def _shown(self, routers: Sequence[ShadowChange], *, present: bool) -> Snapshot:
        """The first snapshot in which Traefik has all of the routers as they were written, or none of them."""

        def lacking(snapshot: Snapshot) -> str:
            if present:
                return next((why for one in routers if (why := missing(one.entry, snapshot))), "")
            there = {route.id for route in snapshot.routes}
            left = next((one.shadow_id for one in routers if one.shadow_id in there), "")
            return f"Traefik still has {visible(left, _SHOWN)}" if left else ""

        try:
            return await self.verifier.shown(lacking)
        except SourceError as error:
            why = refused_now(await self.look())
            raise SourceError(f"{error.message}{f': {why}' if why else ''}", error.remedy) from error


def _work(plan: Plan) -> OverlayWork:
    return msgspec.json.decode(plan.work, type=OverlayWork)
