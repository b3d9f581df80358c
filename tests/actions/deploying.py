"""Stand-ins for what a deployment reaches for: Compose, images, the build folder and probes, which a test can spoil.

Every effect counts: a test can end the process before or after any of them, and look at what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from specter_tui.actions.deploy_kept import KeptImages
from specter_tui.actions.deploy_look import DeployLook
from specter_tui.actions.deploy_proof import DeployProof, Patience
from specter_tui.actions.deploy_steps import DeploySteps
from specter_tui.actions.deploy_verify import DeployVerify
from specter_tui.core.actions import Entry, Plan, Receipt
from specter_tui.core.deploying.facts import Context, Package, Record, SecretFacts
from specter_tui.core.deploying.kept import repository_of
from specter_tui.core.deploying.work import DeployWork, NewSecret, Running
from specter_tui.core.errors import RefusedError, SourceError
from specter_tui.core.model import ContainerHealth
from specter_tui.core.proof import ProbeAnswer, ProbeTarget
from specter_tui.core.settings import ComposeSettings, ProbeSettings, Settings
from specter_tui.core.snapshot import Snapshot
from tests.builders import DOMAIN, NOW, a_container, a_router, replace
from tests.core.deploying.deployed import LOCK, NAME, ROOT, SECRET, WHEEL, a_document
from tests.core.joining import SETTINGS, VERIFY, joined

IMAGE = "specter-verify:latest"
OURS: Settings = replace(
    SETTINGS, compose=ComposeSettings(ROOT), probe=ProbeSettings(addresses={"websecure": "127.0.0.1:443"})
)


class Killed(BaseException):
    """The process ended here."""


@dataclass
class World:
    """One stack; `files` is what the compose file and its variables say now."""

    files: str = field(default_factory=a_document)
    images: dict[str, str] = field(default_factory=dict)  # id by name
    containers: tuple[Running, ...] = ()
    made_from: str = ""  # the document of the containers
    secret: str = ""
    context: str = ""  # the token of the deployment that it is of
    context_new: str = ""
    context_before: str = ""
    record: Record | None = None
    built: str = "sha256:" + "b" * 64
    sick: str = ""  # a document that makes containers unhealthy
    build_fails: bool = False
    fetch_fails: bool = False
    keys_missing: bool = False
    no_middleware: bool = False
    opened: bool = False  # visitors reach the application
    in_use: set[str] = field(default_factory=set)  # names of images that containers run
    journal: list[Plan] = field(default_factory=list)  # of what was done, the latest first
    no_journal: bool = False
    kill_at: int = 0  # the effect that the process does not come to
    effects: list[str] = field(default_factory=list)
    now: float = 0.0

    def effect(self, name: str) -> None:
        """One more change of the world is about to be made."""
        if self.kill_at == len(self.effects) + 1:
            self.kill_at = 0
            raise Killed
        self.effects.append(name)

    @property
    def state(self) -> dict[str, Any]:
        """All that a rollback has to bring back; ids of containers are new each time."""
        return {
            "image": self.images.get(IMAGE, ""),
            "containers": [(one.image_id, one.state, one.health) for one in self.containers],
            "made_from": self.made_from,
            "secret": bool(self.secret),
            "context": self.context,
            "record": self.record,
        }

    def action(self) -> DeployVerify:
        """The action over all of it; its clock runs only where it waits."""
        look = DeployLook(ComposeStub(self), ImagesStub(self), FolderStub(self), SecretsStub(self), OURS, 0)
        steps = DeploySteps(ComposeStub(self), ImagesStub(self), FolderStub(self), SecretsStub(self), FetcherStub(self))
        proof = DeployProof(
            self.look, ImagesStub(self), Asker(self.answer), OURS, ClockStub(self), Patience(4, 3, 2, 2, 1)
        )
        return DeployVerify(look, steps, proof, KeptImages(ImagesStub(self), JournalStub(self)), OURS)

    async def look(self) -> Snapshot:
        verify = a_container(NAME, health=ContainerHealth.HEALTHY) if self.containers else None
        router = a_router(middlewares=(VERIFY,))
        containers = [a_container("app1"), *([verify] if verify else [])]
        found = joined(router, containers=containers, settings=OURS)
        return replace(found, middlewares=()) if self.no_middleware else found

    def answer(self, target: ProbeTarget) -> ProbeAnswer:
        if target.path == "/readyz":
            return ProbeAnswer(target, NOW, status=503 if self.keys_missing else 200)
        if self.opened:
            return ProbeAnswer(target, NOW, status=200)
        if not any(one.is_well for one in self.containers):
            return ProbeAnswer(target, NOW, status=500)
        location = f"https://auth.{DOMAIN}/?redirect=https%3A%2F%2F{target.host}{target.path}"
        return ProbeAnswer(target, NOW, status=307, location=location)

    def make_containers(self, document: str) -> None:
        image_id = self.images[IMAGE]
        if self.made_from == document and [one.image_id for one in self.containers] == [image_id]:
            return  # as Compose, which makes nothing anew without a reason
        health = "unhealthy" if document == self.sick else "healthy"
        self.containers = (Running(f"c{len(self.effects)}", image_id, "running", health, hash_of(document), "2.24.6"),)
        self.made_from = document


def hash_of(document: str) -> str:
    return str(abs(hash(document)))


@dataclass
class ComposeStub:
    world: World

    async def version(self) -> str:
        return "2.24.6"

    async def document(self) -> str:
        return self.world.files

    async def config_hash(self, service: str) -> str:
        return hash_of(self.world.files)

    async def deploy(self, service: str, tell: Callable[[str], None]) -> None:
        self.world.effect("build")
        if self.world.build_fails:
            raise SourceError("docker compose up failed: no space left on device")
        self.world.images[IMAGE] = self.world.built
        self.world.effect("up")
        self.world.make_containers(self.world.files)
        tell("Container Healthy")
        if not self.world.containers[0].is_well:
            raise SourceError("docker compose up failed: container is unhealthy")

    async def bring_back(self, project: str, service: str, path: str) -> None:
        assert self.world.record is not None
        self.world.effect("bring back")
        self.world.make_containers(self.world.record.document)

    async def remove(self, service: str) -> None:
        self.world.effect("remove")
        self.world.containers, self.world.made_from = (), ""

    async def last_words(self, service: str) -> str:
        return "specter-verify: SESSION_TTL is no number" if self.world.containers else ""


@dataclass
class ImagesStub:
    world: World

    async def image_id(self, name: str) -> str:
        return self.world.images.get(name, name if name in self.world.images.values() else "")

    async def tag(self, image_id: str, name: str) -> None:
        self.world.effect(f"tag {name}")
        self.world.images[name] = image_id

    async def untag(self, name: str) -> None:
        if name in self.world.in_use:
            raise SourceError("a container runs it")
        self.world.effect(f"untag {name}")
        self.world.images.pop(name, None)

    async def names(self, image: str) -> Mapping[str, str]:
        same = repository_of(image)
        return {name: one for name, one in self.world.images.items() if repository_of(name) == same}

    async def has_network(self, name: str) -> bool:
        return True

    async def containers(self, project: str, service: str) -> tuple[Running, ...]:
        return self.world.containers


@dataclass
class JournalStub:
    """Its reading half; the backup of an entry whose plan is empty is gone."""

    world: World

    def entries(self) -> tuple[Entry, ...]:
        if self.world.no_journal:
            raise RefusedError("the journal can't be read")
        return tuple(Entry(str(key), plan, "ops", "", "") for key, plan in enumerate(self.world.journal))

    def backup(self, journal_id: str) -> Receipt:
        plan = self.world.journal[int(journal_id)]
        if not plan.work:
            raise RefusedError("it is gone")
        return Receipt(journal_id, plan, "ops", "", "")

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a deployment does not {name} the journal")


@dataclass
class FolderStub:
    world: World

    def demand_trusted(self) -> None:
        pass

    def package(self) -> Package:
        return Package("0.1.0", LOCK, "d" * 64, 60)

    def context(self) -> Context:
        return Context("d" * 64, "0.1.0", "python:3.13-slim", {"yarl": WHEEL}) if self.world.context else Context()

    def wheels(self, folder: str) -> Mapping[str, str]:
        return {"yarl": WHEEL}

    def is_of(self, token: str) -> bool:
        return self.world.context == token

    def begin(self, work: DeployWork) -> str:
        self.world.effect("lay out")
        self.world.context_new = work.token
        return "/new"

    def swap(self) -> None:
        if self.world.context:
            self.world.effect("context away")
            self.world.context_before, self.world.context = self.world.context, ""
        self.world.effect("context there")
        self.world.context, self.world.context_new = self.world.context_new, ""

    def restore(self, token: str) -> None:
        self.world.effect("restore")
        self.world.context_new = ""
        if self.world.context == token:
            self.world.context = ""
        if not self.world.context:
            self.world.context, self.world.context_before = self.world.context_before, ""

    def record(self) -> Record | None:
        return self.world.record

    def write_record(self, record: Record | None) -> str:
        self.world.effect("record")
        self.world.record = record
        return "/record"


@dataclass
class SecretsStub:
    world: World

    def look(self, path: str) -> SecretFacts:
        return SecretFacts("file", 10001, 0o400, 64) if self.world.secret else SecretFacts("nothing")

    def make(self, secret: NewSecret) -> None:
        assert secret == NewSecret(SECRET, 10001, 10001)
        self.world.effect("secret")
        self.world.secret = self.world.secret or "made"

    def remove(self, path: str) -> None:
        self.world.effect("no secret")
        self.world.secret = ""


@dataclass
class FetcherStub:
    world: World

    async def fetch(self, base_image: str, folder: str, tell: Callable[[str], None]) -> None:
        self.world.effect("fetch")
        if self.world.fetch_fails:
            raise SourceError("the wheels could not be fetched: no route to host", "give them with --wheels DIR")


@dataclass
class ClockStub:
    world: World

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251  a clock

    def monotonic(self) -> float:
        return self.world.now

    async def sleep(self, seconds: float) -> None:
        self.world.now += seconds


@dataclass
class Asker:
    answer: Callable[[ProbeTarget], ProbeAnswer]

    async def read(self, targets: Sequence[ProbeTarget]) -> tuple[ProbeAnswer, ...]:
        return tuple(self.answer(one) for one in targets)

    async def forget(self) -> None:
        pass

    async def close(self) -> None:
        pass


def deployed() -> World:
    """A stack with a verify service that this program deployed, whose settings have changed since."""
    old = a_document(SESSION_TTL="60")
    old_id = "sha256:" + "a" * 64
    container = Running("c0", old_id, "running", "healthy", hash_of(old), "2.24.6")
    return World(
        images={IMAGE: old_id},
        containers=(container,),
        made_from=old,
        secret="theirs",
        context="older",
        record=Record(old_id, hash_of(old), old),
    )
