"""The verify service as Compose reads its files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible

LAY_OUT: Final = "lay the stack's files out anew: specter-tui config init --stack DIR --force"
_SECRETS: Final = "/run/secrets/"
_USER: Final = re.compile(r"([0-9]{1,10})(?::([0-9]{1,10}))?")
_DURATION: Final = re.compile(r"(?:([0-9]+)m)?(?:([0-9]+)s)?")
_DEFAULT_GRACE: Final = 10  # seconds: docker stop --help
_SHOWN: Final = 200
_NO_SECRETS: Final = frozenset(
    {"COOKIE_DOMAIN", "COOKIE_INSECURE", "SESSION_MAX", "SESSION_SECRET_FILE", "SESSION_TTL"}
)


@dataclass(frozen=True, slots=True)
class VerifyService:
    """What of its section decides how it is deployed; paths are absolute."""

    project: str
    name: str
    image: str
    user: int
    group: int
    environment: Mapping[str, str] = field(repr=False)
    secret_file: str  # on this machine; empty: SESSION_SECRET holds the secret itself
    context: str  # the folder that the image is built from
    base_image: str
    networks: tuple[str, ...]  # as the engine calls them
    replicas: int = 1
    grace: int = _DEFAULT_GRACE  # seconds that one has to end by itself

    @property
    def auth_host(self) -> str:
        """Where people sign in."""
        return self.environment.get("AUTH_HOST") or f"auth.{self.environment.get('COOKIE_DOMAIN', '')}"


def read_service(document: str, name: str) -> VerifyService:
    """The service of this name in what `docker compose config --format=json` tells.

    Raises RefusedError when there is none, or when the image can't be built or the secret not be given to it.
    """
    project = _mapping(json.loads(document))
    section = _mapping(_mapping(project.get("services")).get(name))
    shown = visible(name, _SHOWN)
    if not section:
        raise RefusedError(f"compose/verify.yml has no service {shown}, which protection.verify_url asks", LAY_OUT)
    build = _mapping(section.get("build"))
    if not build.get("context"):
        raise RefusedError(f"compose/verify.yml does not say what the image of {shown} is built from", LAY_OUT)
    user, group = _user(str(section.get("user") or ""), shown)
    environment = {str(key): str(value or "") for key, value in _mapping(section.get("environment")).items()}
    return VerifyService(
        project=str(project.get("name") or ""),
        name=name,
        image=str(section.get("image") or ""),
        user=user,
        group=group,
        environment=environment,
        secret_file=_secret_file(project, section, environment),
        context=str(build["context"]),
        base_image=str(_mapping(build.get("args")).get("BASE_IMAGE") or ""),
        networks=_networks(project, section),
        replicas=_replicas(section),
        grace=_seconds(str(section.get("stop_grace_period") or "")),
    )


def settings_text(document: str, name: str) -> str:
    """The service's image and environment as lines that can be compared; empty for no document."""
    section = _mapping(_mapping(_mapping(json.loads(document or "{}")).get("services")).get(name))
    if not section:
        return ""
    lines = [f"image: {section.get('image')}", f"replicas: {_replicas(section)}"]
    environment = _mapping(section.get("environment"))
    lines += [_setting(key, str(value)) for key, value in sorted(environment.items()) if value not in {"", None}]
    return "".join(f"{one}\n" for one in lines)


def _setting(name: str, value: str) -> str:
    """A line of the service's environment; whatever the dashboard shows masks `name: value` by the name."""
    return f"{name} {value}" if name in _NO_SECRETS else f"{name}: {value}"


def _user(text: str, name: str) -> tuple[int, int]:
    found = _USER.fullmatch(text)
    if found is None:
        raise RefusedError(
            f"compose/verify.yml gives {name} no user by number, so nobody can tell whose the secret has to be", LAY_OUT
        )
    user = int(found[1])
    return user, int(found[2] or user)


def _secret_file(project: Mapping[str, Any], section: Mapping[str, Any], environment: Mapping[str, str]) -> str:
    """The file of this machine that the service sees as SESSION_SECRET_FILE."""
    if environment.get("SESSION_SECRET"):
        return ""
    wanted = environment.get("SESSION_SECRET_FILE", "")
    for one in section.get("secrets") or ():
        given = _mapping(one)
        target = str(given.get("target") or given.get("source") or "")
        if wanted in {target, f"{_SECRETS}{target}"}:
            path = _mapping(_mapping(project.get("secrets")).get(str(given.get("source")))).get("file")
            if path:
                return str(path)
    raise RefusedError("compose/verify.yml gives the service no secret as SESSION_SECRET_FILE", LAY_OUT)


def _networks(project: Mapping[str, Any], section: Mapping[str, Any]) -> tuple[str, ...]:
    known = _mapping(project.get("networks"))
    return tuple(str(_mapping(known.get(key)).get("name") or key) for key in _mapping(section.get("networks")))


def _replicas(section: Mapping[str, Any]) -> int:
    told = _mapping(section.get("deploy")).get("replicas", 1)
    return told if isinstance(told, int) else 1


def _seconds(text: str) -> int:
    found = _DURATION.fullmatch(text)
    return int(found[1] or 0) * 60 + int(found[2] or 0) if text and found else _DEFAULT_GRACE


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
