"""Stand-ins for what protecting by labels reaches for: files, Compose and probes that a test can spoil."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from specter_tui.actions.label_plan import LabelPlanner
from specter_tui.actions.label_steps import LabelSteps
from specter_tui.actions.protect import ProtectByLabels
from specter_tui.actions.route_proof import Patience, Verifier
from specter_tui.core.compose import CONFIG_HASH, Made, Origin
from specter_tui.core.errors import RefusedError, SourceError
from specter_tui.core.model import Container
from specter_tui.core.pending import Deployed
from specter_tui.core.proof import ProbeAnswer, ProbeTarget
from specter_tui.core.settings import ProbeSettings
from specter_tui.core.snapshot import Snapshot, SourceStatus
from tests.builders import DOMAIN, NOW, a_container, a_router, a_source, all_sources, replace
from tests.core.joining import SETTINGS, VERIFY, joined

HOST = f"app1.{DOMAIN}"
FILE = "/srv/app1/compose.yml"
RULE = "traefik.http.routers.app1.rule"
LABEL = "traefik.http.routers.app1.middlewares"
TEXT = f"services:\n  app1:\n    labels:\n      - {RULE}=Host(`{HOST}`)\n"
OURS = replace(SETTINGS, probe=ProbeSettings(addresses={"websecure": "127.0.0.1:443"}))
MADE = {
    "com.docker.compose.project": "apps",
    "com.docker.compose.service": "app1",
    "com.docker.compose.project.config_files": FILE,
    "com.docker.compose.project.working_dir": "/srv/app1",
    "com.docker.compose.version": "2.24.6",
}


@dataclass
class World:
    """One application, its compose file, and what Traefik makes of the containers' labels."""

    files: dict[str, str] = field(default_factory=lambda: {FILE: TEXT})
    deployed: str = TEXT  # the file that the container was made from
    version: str = "2.24.6"  # empty: Compose is not installed
    untrusted: set[str] = field(default_factory=set)  # files that are there, and that others could change
    image_labels: dict[str, str] = field(default_factory=dict)
    by_compose: bool = True
    asked: set[str] = field(default_factory=set)
    verify_answers: int = 307
    still_open: bool = False  # whatever Traefik shows
    deaf: bool = False  # Traefik does not notice new labels
    stopped: bool = False  # Traefik's container
    broken: bool = False  # containers made from another text than TEXT do not come up
    says_more: bool = False  # Compose reads more differently than the file shows
    fail_up: int = 0  # so many times
    rule: str = f"Host(`{HOST}`)"
    calls: list[str] = field(default_factory=list)

    # -- files ------------------------------------------------------------------------------------------------------

    def read(self, path: str) -> bytes:
        if path in self.untrusted:
            raise RefusedError(f"others can write to {path}")
        if path not in self.files:
            raise RefusedError(f"{path} is not there")
        return self.files[path].encode()

    def exists(self, path: str) -> bool:
        return path in self.files or path in self.untrusted

    def replace(self, path: str, expected: bytes, wanted: bytes) -> None:
        assert self.files[path].encode() == expected
        self.calls.append("write")
        self.files[path] = wanted.decode()

    # -- Compose ----------------------------------------------------------------------------------------------------

    async def effective(self, origin: Origin) -> Effective:
        labels = labels_in(self.files[FILE])
        section = {"labels": labels, "image": "x" if not self.says_more or VERIFY not in labels.get(LABEL, "") else "y"}
        return Effective(labels, {"services": {"app1": section}})

    async def config_hash(self, origin: Origin) -> str:
        return hash_of(self.files[FILE])

    async def check(self, origin: Origin) -> None:
        self.calls.append("check")

    async def up(self, origin: Origin, replicas: int) -> None:
        self.calls.append("up")
        if self.fail_up:
            self.fail_up -= 1
            raise SourceError("docker compose up failed: no space left on device")
        self.deployed = self.files[FILE]

    # -- the rest ---------------------------------------------------------------------------------------------------

    async def made(self, container_id: str) -> Made:
        if not self.by_compose:
            return Made("app1", {}, {})
        return Made("app1", {**MADE, CONFIG_HASH: hash_of(self.deployed)}, self.image_labels)

    async def inspected(self, container_id: str) -> Deployed:
        return Deployed({"Config": {"Labels": labels_in(self.deployed), "Env": ["KEY=s3cret"]}}, {})

    async def look(self) -> Snapshot:
        chain = tuple(labels_in(self.deployed).get(LABEL, "").split(",")) if LABEL in self.deployed else ()
        router = a_router(rule=self.rule, middlewares=() if self.deaf else chain)
        containers = [self.container(), verify_container()]
        if self.stopped:
            states = all_sources(traefik=a_source(SourceStatus.FAILED))
            traefik = a_container("traefik", image="traefik:v3.7", state="exited")
            return joined(containers=[*containers, traefik], settings=OURS, states=states)
        return joined(router, containers=containers, settings=OURS)

    def container(self) -> Container:
        labels = {**MADE, CONFIG_HASH: hash_of(self.deployed), **labels_in(self.deployed)}
        state = "exited" if self.broken and self.deployed != TEXT else "running"
        return a_container("app1", labels=tuple(sorted(labels.items())), state=state)

    def answer(self, target: ProbeTarget) -> ProbeAnswer:
        location = f"https://auth.{DOMAIN}/?redirect=https%3A%2F%2F{target.host}{target.path}"
        if target.router_id.startswith("descope-auth"):
            return ProbeAnswer(target, NOW, status=self.verify_answers, location=location)
        guarded = VERIFY in self.deployed and not self.still_open
        return ProbeAnswer(target, NOW, status=307 if guarded else 200, location=location if guarded else "")

    def action(self) -> ProtectByLabels:
        """The action over all of it, with little patience."""
        asker = Asker(self.answer)
        verifier = Verifier(self.look, asker, OURS, Patience(healthy=0, shown=0, proved=0, pause=0))
        compose = ComposeStub(self)
        planner = LabelPlanner(self, compose, self)
        return ProtectByLabels(
            planner, LabelSteps(self, compose, self.look, patience=0), verifier, asker, AskedStub(self), OURS
        )


@dataclass
class Effective:
    labels: Mapping[str, str]
    project: Mapping[str, object]


@dataclass
class ComposeStub:
    """The world's Compose; `version` is a method here."""

    world: World

    async def version(self) -> str:
        if not self.world.version:
            raise SourceError("Docker Compose is not installed", "install its plugin")
        return self.world.version

    async def effective(self, origin: Origin) -> Effective:
        return await self.world.effective(origin)

    async def config_hash(self, origin: Origin) -> str:
        return await self.world.config_hash(origin)

    async def check(self, origin: Origin) -> None:
        await self.world.check(origin)

    async def up(self, origin: Origin, replicas: int) -> None:
        await self.world.up(origin, replicas)


@dataclass
class AskedStub:
    world: World

    def hosts(self) -> tuple[str, ...]:
        return tuple(sorted(self.world.asked))

    def add(self, hosts: Sequence[str], via: str) -> None:
        self.world.asked |= set(hosts)

    def remove(self, hosts: Sequence[str]) -> None:
        self.world.asked -= set(hosts)


@dataclass
class Asker:
    answer: Callable[[ProbeTarget], ProbeAnswer]

    async def read(self, targets: Sequence[ProbeTarget]) -> tuple[ProbeAnswer, ...]:
        return tuple(self.answer(one) for one in targets)

    async def forget(self) -> None:
        pass

    async def close(self) -> None:
        pass


def verify_container(**changes: object) -> Container:
    return a_container("descope-auth", **changes)


def labels_in(text: str) -> dict[str, str]:
    lines = [line.strip()[2:] for line in text.splitlines() if line.strip().startswith("- ")]
    return dict(line.split("=", 1) for line in lines)


def hash_of(text: str) -> str:
    return str(len(text)) + text[-20:].strip()
