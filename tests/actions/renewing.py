"""A Traefik of paper over a real acme.json: it reads the file when it starts, and then orders what it lacks.

Every effect counts: a test can end the process before any of them, or let it fail, and look at what is left.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from specter_tui.actions.renew import Renew
from specter_tui.actions.renew_proof import RenewProof
from specter_tui.actions.renew_steps import Patience, RenewSteps
from specter_tui.core.actions import Entry, Plan, Wish
from specter_tui.core.actions.ports import ContainerFacts
from specter_tui.core.errors import NotFoundError, SourceError, SpecterError
from specter_tui.core.model import AcmeFile, Certificate, ContainerHealth, Router, RouterTls, TlsDomain, TraefikRead
from specter_tui.core.renewing.orders import OrderLog
from specter_tui.core.renewing.storage import entries
from specter_tui.core.renewing.work import Holder, RenewWork, TraefikFacts
from specter_tui.core.serving import Handshake, HandshakeTarget
from specter_tui.core.settings import ProbeSettings, Settings
from specter_tui.core.snapshot import Snapshot, SourceName, SourceState
from specter_tui.core.traefik_log import LogEntry, parse_entry
from specter_tui.effects.acme_storage import AcmeStorage
from tests.builders import NOW, a_certificate, a_container, a_router, all_sources
from tests.certs import Made, acme_json, entry, make_certificate
from tests.core.joining import joined

RESOLVER: Final = "letsencrypt"
NAMES: Final = ("example.org", "*.example.org")
OTHER: Final = make_certificate("other.net")
OLD: Final = make_certificate(*NAMES)
NEWER: Final = make_certificate(*NAMES, not_before=NOW + timedelta(minutes=1))
NEW: Final = make_certificate(*NAMES, not_before=NOW)
SETTINGS: Final = Settings(probe=ProbeSettings(addresses={"websecure": "127.0.0.1:443"}))
READ: Final = TraefikRead("3.7.15", "", (), (), (), ())
WILD: Final = RouterTls(cert_resolver=RESOLVER, domains=(TlsDomain(NAMES[0], NAMES[1:]),))
TESTING: Final = "INF Testing certificate renew... acmeCA=https://ca/dir providerName=letsencrypt.acme"
FAILURE: Final = (
    'ERR Unable to obtain ACME certificate for domains error="acme: error: 400 :: urn:ietf:params:acme:error:dns" '
    'domains=["example.org","*.example.org"] providerName=letsencrypt.acme'
)


class Killed(BaseException):
    """The process ended here."""


@dataclass
class World:
    """One Traefik, its storage, and what goes wrong."""

    folder: Path
    running: bool = True
    life: int = 1
    loaded: frozenset[str] = frozenset()  # fingerprints that Traefik holds
    orders: bool = True  # whether it gets what it orders
    serves: bool = True  # whether it serves what it holds anew
    renews: Made | None = None  # what it renews the old one to, when it starts
    says: str = ""  # what it logs when an order fails
    kill_at: int = 0  # the effect that the process does not come to
    fail_at: int = 0  # the effect that the engine refuses
    fails_for: int = 1  # how many effects from there on
    effects: list[str] = field(default_factory=list)
    log: list[tuple[datetime, str]] = field(default_factory=list)
    started: datetime = NOW - timedelta(hours=1)
    begins: datetime | None = NOW - timedelta(days=30)
    unread: str = ""
    history: tuple[Entry, ...] = ()
    holders: tuple[Holder, ...] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)  # hosts that are served another certificate, by its fingerprint
    now: float = 0.0

    def __post_init__(self) -> None:
        self.path.write_text(acme_json({RESOLVER: [OTHER, OLD], "another": [OTHER]}))
        self.path.chmod(0o600)
        self._load()

    @property
    def path(self) -> Path:
        return self.folder / "acme.json"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def holding(self) -> list[str]:
        """Who stands in the resolver's list."""
        known = {OTHER.fingerprint: "other", OLD.fingerprint: "old", NEW.fingerprint: "new"}
        known[NEWER.fingerprint] = "newer"
        found = [one for one in entries(self.path.read_bytes()) if one.resolver == RESOLVER]
        return [next((known[mark] for mark in one.fingerprints if mark in known), "?") for one in found]

    @property
    def serving(self) -> str:
        if not self.running:
            return ""
        return next((one.fingerprint for one in (NEWER, NEW, OLD) if one.fingerprint in self.loaded), "default")

    def effect(self, name: str) -> None:
        """One more change of the world is about to be made."""
        place = len(self.effects) + 1
        if place == self.kill_at:
            self.kill_at = 0
            raise Killed
        self.effects.append(name)
        if self.fail_at and self.fail_at <= place < self.fail_at + self.fails_for:
            raise SourceError(f"the engine refuses to {name}")

    def start(self) -> None:
        """As Traefik does: it reads its storage once, orders what its routers need, and writes all of it anew."""
        if self.running:
            return
        self.running, self.life, self.started = True, self.life + 1, self.time
        stored = self.holding
        if "old" in stored and self.renews is not None:
            document = json.loads(self.path.read_text())
            document[RESOLVER]["Certificates"] = [entry(OTHER), entry(self.renews)]
            self.path.write_text(json.dumps(document, indent=2))
        elif "old" not in stored and "new" not in stored:
            if self.orders:
                self._write(NEW)
            elif self.says:
                self.log.append((self.time + timedelta(seconds=1), self.says))
        if self.serves:
            self._load()

    @property
    def time(self) -> datetime:
        return NOW + timedelta(seconds=self.now)

    def _load(self) -> None:
        stored = entries(self.path.read_bytes())
        self.loaded = frozenset(mark for one in stored for mark in one.fingerprints)

    def _write(self, made: Made) -> None:
        document = json.loads(self.path.read_text())
        document[RESOLVER]["Certificates"].append(entry(made))
        self.path.write_text(json.dumps(document, indent=2))

    def action(self) -> Renew:
        """The action over all of it; its clock runs only where it waits."""
        storage = StorageStub(self)
        patience = Patience(answers=3, ordered=5, served=3, engine=3, pause=1)
        steps = RenewSteps(ControlStub(self), storage, TraefikStub(self), ClockStub(self), patience)
        logs = LogStub(self)
        proof = RenewProof(steps, logs, HandshakeStub(self))
        return Renew(LookStub(self), logs, lambda: self.history, steps, proof, SETTINGS, ClockStub(self))

    def look(
        self,
        *routers: Router,
        certificates: Sequence[Certificate] | None = None,
        states: Mapping[SourceName, SourceState] | None = None,
    ) -> Snapshot:
        stored = "new" if "new" in self.holding else "old"
        made, since = (NEW, NOW) if stored == "new" else (OLD, NOW - timedelta(days=30))
        wild = a_certificate(
            NAMES[0],
            sans=NAMES,
            fingerprint=made.fingerprint,
            source=str(self.path),
            not_before=since,
            resolver=RESOLVER,
        )
        other = a_certificate("other.net", fingerprint=OTHER.fingerprint, source=str(self.path), resolver=RESOLVER)
        return joined(
            *(routers or (a_router(tls=WILD),)),
            containers=[a_container("traefik", image="traefik:v3.7"), a_container()],
            certificates=(wild, other) if certificates is None else certificates,
            acme_files=(AcmeFile(str(self.path), self.path.stat().st_mode & 0o777),),
            states={**all_sources(), **(states or {})},
            settings=SETTINGS,
        )


@dataclass
class ControlStub:
    world: World

    async def look(self, container_id: str) -> ContainerFacts:
        if container_id != "traefik-id":
            raise NotFoundError("there is no such container any more")
        started = f"{self.world.started:%Y-%m-%dT%H:%M:%S}.{self.world.life:09}Z"
        state = "running" if self.world.running else "exited"
        return ContainerFacts(container_id, "traefik", state, ContainerHealth.NONE, started)

    async def restart(self, container_id: str) -> None:
        raise AssertionError(container_id)

    async def start(self, container_id: str) -> None:
        self.world.effect("start")
        self.world.start()

    async def stop(self, container_id: str) -> None:
        self.world.effect("stop")
        self.world.running = False


class StorageStub(AcmeStorage):
    """The real one, counted."""

    def __init__(self, world: World) -> None:
        super().__init__(frozenset({0, world.folder.stat().st_uid}), world.state)
        self._world = world

    def keep(self, work: RenewWork) -> str:
        self._world.effect("copy")
        return super().keep(work)

    def exchange(self, work: RenewWork) -> None:
        self._world.effect("exchange")
        assert not self._world.running, "a running Traefik writes over it"
        super().exchange(work)

    def put_back(self, work: RenewWork) -> None:
        self._world.effect("put back")
        assert not self._world.running, "a running Traefik writes over it"
        super().put_back(work)

    def note_new(self, work: RenewWork, digest: str) -> None:
        self._world.effect("note")
        super().note_new(work, digest)


@dataclass
class TraefikStub:
    world: World

    async def read(self) -> TraefikRead:
        if not self.world.running:
            raise SourceError("connection refused")
        return READ

    async def close(self) -> None:
        return


@dataclass
class HandshakeStub:
    world: World

    async def read(self, targets: Sequence[HandshakeTarget]) -> tuple[Handshake, ...]:
        shown = self.world.serving
        if not shown:
            return tuple(Handshake(one, NOW, error="could not be reached") for one in targets)
        own = self.world.own
        return tuple(Handshake(one, NOW, a_certificate(fingerprint=own.get(one.host, shown))) for one in targets)


@dataclass
class LogStub:
    world: World

    async def read(self, container_id: str, since: datetime) -> OrderLog:
        assert container_id == "traefik-id"
        told = [line(at, text) for at, text in (*self.world.log, (NOW, TESTING)) if at > since]
        return OrderLog("its log", self.world.begins, tuple(told), self.world.unread)


def line(at: datetime, text: str) -> LogEntry:
    """A line of Traefik's log."""
    found = parse_entry(f"{at.strftime('%Y-%m-%dT%H:%M:%SZ')} {text}")
    assert found is not None
    return found


@dataclass
class LookStub:
    world: World

    async def look(self, container_id: str, path: str) -> TraefikFacts:
        own = Holder(container_id, "traefik", "running", str(Path(path).parent), writes=True, direct=True)
        holders = (own,) if self.world.holders is None else self.world.holders
        changes = {"user": 0, "removed_when_stopped": False, "swarm": False, **self.world.facts}
        return TraefikFacts(await ControlStub(self.world).look(container_id), holders=holders, **changes)


@dataclass
class ClockStub:
    world: World

    def now(self) -> datetime:
        return self.world.time

    def monotonic(self) -> float:
        return self.world.now

    async def sleep(self, seconds: float) -> None:
        self.world.now += seconds


WISH: Final = Wish("renew", "app1.example.org")


async def planned(world: World, wish: Wish = WISH, snapshot: Snapshot | None = None) -> tuple[Renew, Plan]:
    action = world.action()
    return action, await action.plan(wish, snapshot or world.look())


async def run(action: Renew, plan: Plan, told: list[str] | None = None) -> tuple[str, ...]:
    """As the runner does it."""
    told = [] if told is None else told
    assert await action.fingerprint(plan) == plan.fingerprint
    try:
        await action.apply(plan, told.append)
        return await action.verify(plan, told.append)
    except SpecterError:
        await action.rollback(plan, told.append)
        raise
