"""The Compose project that a container comes from, as its labels tell it, and what may not be believed of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible

PREFIX: Final = "com.docker.compose."
PROJECT: Final = f"{PREFIX}project"
SERVICE: Final = f"{PREFIX}service"
CONFIG_FILES: Final = f"{PREFIX}project.config_files"
WORKING_DIR: Final = f"{PREFIX}project.working_dir"
ENVIRONMENT_FILE: Final = f"{PREFIX}project.environment_file"
CONFIG_HASH: Final = f"{PREFIX}config-hash"
VERSION: Final = f"{PREFIX}version"
ONE_OFF: Final = f"{PREFIX}oneoff"
# `docker compose build` writes project, service and version into images; these are only ever a container's.
_NEVER_IN_IMAGES: Final = (CONFIG_FILES, WORKING_DIR, ENVIRONMENT_FILE, CONFIG_HASH)
_PROJECT_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")  # compose-go, loader.NormalizeProjectName
_SERVICE_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")  # compose-spec.json, patternProperties of services
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Origin:
    """What `docker compose` has to be told to mean the same project again; paths are absolute."""

    project: str
    service: str
    config_files: tuple[str, ...]  # in the order in which Compose merges them
    working_dir: str
    env_files: tuple[str, ...] = ()  # empty: Compose reads .env of working_dir by itself
    config_hash: str = ""  # of the service as the container was made
    version: str = ""  # of the Compose that made it


@dataclass(frozen=True, slots=True)
class Made:
    """The labels of one container that tell where it comes from, and which of them its image brings along."""

    container: str  # name
    labels: Mapping[str, str]
    image_labels: Mapping[str, str]


class NotByComposeError(RefusedError):
    """A container that no compose file makes, so that there is none to write a label into."""


def origin_of(made: Made) -> Origin:
    """The project of a container.

    Raises NotByComposeError when it has none, RefusedError when its labels can't be believed.
    """
    name = visible(made.container, _SHOWN)
    labels = made.labels
    if CONFIG_FILES not in labels or SERVICE not in labels or PROJECT not in labels:
        raise NotByComposeError(
            f"the container {name} was not made by Docker Compose", "change its labels where it is made"
        )
    forged = next((key for key in _NEVER_IN_IMAGES if key in made.image_labels), "")
    if forged:
        raise RefusedError(f"the image of {name} brings the label {forged}, so nobody can tell which project made it")
    if labels.get(ONE_OFF, "").lower() == "true":
        raise RefusedError(f"the container {name} was made by `docker compose run`", "protect the service itself")
    origin = Origin(
        project=labels[PROJECT],
        service=labels[SERVICE],
        config_files=_paths(labels[CONFIG_FILES]),
        working_dir=labels.get(WORKING_DIR, ""),
        env_files=_paths(labels.get(ENVIRONMENT_FILE, "")),
        config_hash=labels.get(CONFIG_HASH, ""),
        version=labels.get(VERSION, ""),
    )
    _check(origin, name)
    return origin


def _check(origin: Origin, container: str) -> None:
    if not (_PROJECT_NAME.fullmatch(origin.project) and _SERVICE_NAME.fullmatch(origin.service)):
        raise RefusedError(f"the labels of {container} name a project or service that Compose would not take")
    for path in (origin.working_dir, *origin.config_files, *origin.env_files):
        if not path.startswith("/") or "\0" in path:
            raise RefusedError(
                f"the labels of {container} name {visible(path, _SHOWN) or 'no folder'}, which is no absolute path"
            )
    if not origin.config_files:
        raise RefusedError(f"the labels of {container} name no compose file")


def _paths(text: str) -> tuple[str, ...]:
    """Compose joins paths by commas; one that holds a comma is then not found, and refused."""
    return tuple(one for one in text.split(",") if one)


def pending(origin: Origin, config_hash: str, version: str) -> str:
    """Why creating the container anew may change more than is asked for; empty when it does not.

    `config_hash` is what Compose says of the files as they are, `version` that Compose's own. Another version may
    compute another hash of the same service, so that then equal and unequal hashes both prove nothing.
    """
    if not origin.config_hash:
        return "the container does not say from which configuration it was made"
    if origin.version.removeprefix("v") != version.removeprefix("v"):
        made_by = visible(origin.version, _SHOWN) or "an unknown version"
        return f"the container was made by Compose {made_by} and this is {visible(version, _SHOWN)}, so nobody can tell"
    if origin.config_hash != config_hash:
        return "the compose files, or variables in them, were changed after the container was made"
    return ""
