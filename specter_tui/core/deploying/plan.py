"""The plan of a deployment: exactly what will be written, built and replaced, and what that risks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from specter_tui.core.actions.model import Change, Plan
from specter_tui.core.deploying.facts import Context, Facts
from specter_tui.core.deploying.kept import kept_name
from specter_tui.core.deploying.preflight import SECRET_MODE, can_reuse_wheels, secret_to_make
from specter_tui.core.deploying.service import settings_text
from specter_tui.core.deploying.work import DeployWork, State
from specter_tui.core.errors import RefusedError
from specter_tui.core.snapshot import Route, Snapshot
from specter_tui.core.text import visible

DEPLOY: Final = "deploy"
TARGET: Final = "verify"
HEALTHY_SECONDS: Final = 120
_SHOWN: Final = 200
_ID: Final = 12  # characters of an image's id, as docker shows it


def build_work(facts: Facts, token: str, *, turned_away: bool) -> DeployWork:
    """What building and replacing takes. Raises RefusedError for a secret that is not fit."""
    before = _before(facts)
    service = facts.service
    reuse = not facts.wheels_folder and can_reuse_wheels(facts.context, facts.package, service.base_image)
    return DeployWork(
        token=token,
        service=service.name,
        project=service.project,
        image=service.image,
        base_image=service.base_image,
        document=facts.document,
        before=before,
        containers=tuple(one.id for one in facts.running),
        image_before=facts.image_id,
        kept=kept_name(service.image, before.image_id) if before else "",
        record_before=msgspec.json.encode(facts.record).decode() if facts.record else "",
        secret=secret_to_make(facts),
        wheels=facts.wheels_folder,
        reuse_wheels=reuse,
        replicas=service.replicas,
        turned_away=turned_away,
    )


def back_work(done: DeployWork, facts: Facts, token: str, *, turned_away: bool) -> DeployWork:
    """What taking a finished deployment back takes. Raises RefusedError where that is not possible."""
    wanted = done.before
    if wanted is None:
        raise RefusedError("there was no verify service before it", "stop it: specter-tui stop, or deploy another one")
    if not wanted.document:
        raise RefusedError("the settings of before are not known", "correct compose/.env and deploy it again")
    now = _before(facts)
    if now is None:
        raise RefusedError("the verify service does not run", "deploy it: specter-tui deploy verify")
    return msgspec.structs.replace(
        build_work(facts, token, turned_away=turned_away),
        document=wanted.document,
        image_id=wanted.image_id,
        secret=None,
        wheels="",
        reuse_wheels=False,
    )


def plan_deployment(work: DeployWork, facts: Facts, snapshot: Snapshot, middleware: str, told: Sequence[str]) -> Plan:
    """Everything a person sees of it; `told` are the doubts that come first."""
    routes = [one for one in snapshot.routes if middleware in one.router.middlewares]
    hosts = tuple(sorted({host for route in routes for host in route.hosts}))
    return Plan(
        action=DEPLOY,
        target=TARGET,
        fingerprint=facts.fingerprint,
        changes=tuple(_changes(work, facts)),
        steps=tuple(_steps(work, facts)),
        risks=(*told, *_risks(work, facts, hosts)),
        hosts=hosts,
        proof=_proof(routes, middleware),
        undo="puts the image and the settings of before back" if work.before and work.before.document else "",
        locks=tuple(
            sorted({f"file:{facts.root}/compose/verify.yml", *(f"container:{one}" for one in work.containers)})
        ),
        work=msgspec.json.encode(work).decode(),
    )


def _before(facts: Facts) -> State | None:
    """What runs now, with the settings that it was made from as far as they are known for certain."""
    if not facts.running:
        return None
    first = facts.running[0]
    return State(first.image_id, _document_of(facts), well=all(one.is_well for one in facts.running))


def _document_of(facts: Facts) -> str:
    """By the hash that Compose wrote on the container: another one, or another Compose, proves nothing."""
    first = facts.running[0]
    if any(one.config_hash != first.config_hash for one in facts.running) or not first.config_hash:
        return ""
    if facts.record is not None and facts.record.config_hash == first.config_hash:
        return facts.record.document
    same = first.version.removeprefix("v") == facts.version.removeprefix("v")
    return facts.document if same and first.config_hash == facts.config_hash else ""


def _changes(work: DeployWork, facts: Facts) -> Iterable[Change]:
    if not work.image_id:
        before = _context_text(facts.context.version, facts.context.digest, facts.context.base_image)
        after = _context_text(facts.package.version, facts.package.digest, work.base_image)
        yield Change(
            f"{facts.root}/verify/context", before + _wheels_text(facts.context), after + _new_wheels(work, facts)
        )
    if work.secret is not None:
        told = f"a new random secret, mode {SECRET_MODE:04o}, user {work.secret.user}\n"
        yield Change(work.secret.path, "", told)
    known = work.before.document if work.before else ""
    before_text = settings_text(known, work.service) if known else ("(not known)\n" if work.before else "")
    before_id = f"id: {_short(work.before.image_id)}\n" if work.before else ""
    after_id = f"id: {_short(work.image_id)}\n" if work.image_id else "id: built from verify/context\n"
    yield Change(
        f"service {work.service}", before_text + before_id, settings_text(work.document, work.service) + after_id
    )


def _context_text(version: str, digest: str, base_image: str) -> str:
    return f"verify_service {version}, sha256 {digest[:_ID]}\nfrom {base_image}\n" if digest else ""


def _wheels_text(context: Context) -> str:
    return f"{len(context.wheels)} wheels\n" if context.wheels else ""


def _new_wheels(work: DeployWork, facts: Facts) -> str:
    if work.reuse_wheels:
        return _wheels_text(facts.context)
    source = visible(work.wheels, _SHOWN) if work.wheels else "fetched with pip for the image's Python"
    return f"the wheels of requirements-verify.lock, {source}\n"


def _steps(work: DeployWork, facts: Facts) -> Iterable[str]:
    service = visible(work.service, _SHOWN)
    if work.image_id:
        yield f"name {_short(work.image_id)} {visible(work.image, _SHOWN)} again"
        yield f"docker compose up -d --no-build {service}, with the settings of before"
        return
    if work.secret is not None:
        yield f"make {visible(work.secret.path, _SHOWN)}"
    if not work.wheels and not work.reuse_wheels:
        yield "pip download --require-hashes, in a container of the base image"
    yield f"write {visible(facts.root, _SHOWN)}/verify/context"
    if work.before is not None:
        yield f"keep the image of before as {visible(work.kept, _SHOWN)}, and its settings in verify/deployed.json"
    yield f"docker compose up -d --build --wait {service}"


def _risks(work: DeployWork, facts: Facts, hosts: Sequence[str]) -> Iterable[str]:
    one = len(hosts) == 1
    count = f"{len(hosts)} protected host{'' if one else 's'} answer{'s' if one else ''} 500"
    if work.before is None:
        if hosts:
            yield f"{count} until it runs, as now"
    else:
        grace = f"{facts.service.grace} s to end by itself"
        yield (
            f"{count} from the end of the old container (it has {grace}) until the new one answers; "
            "none is open meanwhile"
        )
    if work.before is not None and not work.before.document:
        yield (
            "the settings that it runs with are not known, since it was not deployed by this program or changed "
            "since: should this fail, the image of before runs with the new settings"
        )
    if work.before is not None and not work.before.well:
        yield "it is not healthy now: should this fail, what comes back is no better"
    if work.image_id:
        yield "compose/.env and compose/verify.yml keep what stands in them now: the next deployment takes that"


def _proof(routes: Sequence[Route], middleware: str) -> str:
    asked = (
        "an anonymous request to each protected route is sent to sign in"
        if routes
        else ("it answers an anonymous request with the sign-in (no route is protected yet)")
    )
    return (
        f"it is healthy within {HEALTHY_SECONDS} s, Traefik has {visible(middleware, _SHOWN)} enabled, {asked}, "
        "and Descope's keys are loaded"
    )


def _short(image_id: str) -> str:
    return visible(image_id.removeprefix("sha256:")[:_ID], _SHOWN)
