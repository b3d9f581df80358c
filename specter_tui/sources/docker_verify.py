"""Whether the verify service was told who may pass, which only its container's environment says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from specter_tui.core.model import Container
from specter_tui.core.verify_policy import DefaultPolicy, judge_policy

if TYPE_CHECKING:
    from docker import APIClient

_MOST: Final = 5  # replicas that are looked at
_OURS: Final = "DESCOPE_PROJECT_ID"  # no verify service runs without it


class VerifyPolicies:
    """Reads the environment of the running containers that bear the name in `verify_url`, once of each.

    An environment never changes in a container's life. What it holds is judged here; nothing of it is kept.
    """

    def __init__(self, verify_url: str) -> None:
        self._name = urlsplit(verify_url).hostname or ""
        self._known: Mapping[str, DefaultPolicy] = {}

    def of(self, client: APIClient, containers: Sequence[Container]) -> tuple[Container, ...]:
        """The containers, those of the verify service with what is known of their policy."""
        called = [one.id for one in containers if one.state == "running" and self._is_called(one)][:_MOST]
        found = {one: self._known.get(one) or _read(client, one) for one in called}
        self._known = {one: policy for one, policy in found.items() if policy is not DefaultPolicy.UNKNOWN}
        return tuple(replace(one, default_policy=found[one.id]) if one.id in found else one for one in containers)

    def _is_called(self, container: Container) -> bool:
        return bool(self._name) and self._name in {container.name, container.label("com.docker.compose.service")}


def _read(client: APIClient, container_id: str) -> DefaultPolicy:
    from docker.errors import APIError, NotFound

    try:
        document: object = client.inspect_container(container_id)
    except NotFound:
        return DefaultPolicy.NONE
    except APIError:  # a proxy in front of the engine that lists containers and nothing else
        return DefaultPolicy.UNKNOWN
    environment = dict(_environment(document))
    return judge_policy(environment.get("DEFAULT_POLICY", "")) if _OURS in environment else DefaultPolicy.NONE


def _environment(document: object) -> Iterator[tuple[str, str]]:
    config = document.get("Config") if isinstance(document, Mapping) else None
    lines = config.get("Env") if isinstance(config, Mapping) else None
    for line in lines if isinstance(lines, list) else ():
        name, _, value = str(line).partition("=")
        yield name, value
