"""The stack's files made fit to run beside a real stack: other names for everything that an engine has only once.

A Traefik that is there already reads the labels of the demo's containers too, and drops what two containers define
differently under one name. So routers, middlewares and services carry a prefix, and the demo's own Traefik looks at
its own project alone. Text in, text out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ruamel.yaml import YAML

from specter_tui.core.stack import ACME_FILE, StackFile
from specter_tui.demo.on_docker.services import Document, service_of, sign_in_of
from specter_tui.demo.sample import VERIFY_SERVICE, App, Conduct

FOLDER_LABEL: Final = "specter-demo.folder"  # on all that the demo makes in the engine; the value is its folder
COMPOSE_FILE: Final = "compose/demo.yml"
_STATIC_FILE: Final = "traefik/traefik.yml"
_COMPOSE_FILES: Final = ("compose/traefik.yml", "compose/verify.yml", "compose/whoami.yml")
_REPLACED: Final = ("compose.yml", *_COMPOSE_FILES)
_LEFT_OUT: Final = frozenset({Conduct.ECHO, Conduct.VERIFY})  # the stack has no entry point for TCP, and its own verify
_NAMED: Final = re.compile(r"(traefik\.(?:http|tcp)\.(?:routers|middlewares|services)\.)([^.]+\..+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Plan:
    """What this demo is called and where it can be reached; `user` is UID:GID, the owner of the files."""

    project: str
    folder: str
    user: str
    web: int
    websecure: int
    api: int
    descope: int

    @property
    def prefix(self) -> str:
        """What the demo's routers, middlewares and services are called more than a real stack's."""
        return f"demo-{self.project[-4:]}-"

    def network(self, name: str) -> str:
        """The engine's name for a network of the stack: edge, socket or proxy; edge has to sort before proxy."""
        return f"{self.project}-{name.removeprefix('specter-').removeprefix('traefik-')}"


def adapted(files: Sequence[StackFile], apps: Sequence[App], plan: Plan, acme: str) -> tuple[StackFile, ...]:
    """The files to lay out: the stack's with one document in place of its compose files, and `acme` as acme.json."""
    texts = {one.path: one.text for one in files}
    changed = {_STATIC_FILE: _static(texts[_STATIC_FILE], plan), ACME_FILE: acme}
    kept = (replace(one, text=changed.get(one.path, one.text)) for one in files if one.path not in _REPLACED)
    document = _compose([_load(texts[name]) for name in _COMPOSE_FILES], apps, plan)
    return (*kept, StackFile(COMPOSE_FILE, _dump(document)))


def prefixed(labels: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Labels whose routers, middlewares and services, and what refers to them, are called `prefix` more."""
    return {_NAMED.sub(rf"\g<1>{prefix}\g<2>", key): _referred(key, value, prefix) for key, value in labels.items()}


def _referred(key: str, value: str, prefix: str) -> str:
    if not key.lower().endswith((".middlewares", ".service")):
        return value
    names = (name.strip() for name in value.split(","))
    return ",".join(f"{prefix}{name}" if name.partition("@")[2] in {"", "docker"} else name for name in names)


def _static(text: str, plan: Plan) -> str:
    """traefik.yml with the networks' new names, a redirection to the published port, and its own project only."""
    document = _load(text)
    points = document["entryPoints"]
    for name in ("traefik", "metrics"):
        host, _, port = points[name]["address"].partition(":")
        points[name]["address"] = f"{_renamed_host(host, plan)}:{port}"
    points["web"]["http"]["redirections"]["entryPoint"]["to"] = f":{plan.websecure}"
    docker = document["providers"]["docker"]
    scheme, _, rest = docker["endpoint"].partition("://")
    host, _, port = rest.partition(":")
    docker["endpoint"] = f"{scheme}://{_renamed_host(host, plan)}:{port}"
    docker["network"] = plan.network(docker["network"])
    docker["constraints"] = f"Label(`com.docker.compose.project`,`{plan.project}`)"
    return _dump(document)


def _renamed_host(host: str, plan: Plan) -> str:
    """`socket-proxy.specter-socket`: a service and its network, as Docker's name server knows them."""
    service, _, network = host.partition(".")
    return f"{service}.{plan.network(network)}"


def _compose(documents: Sequence[Document], apps: Sequence[App], plan: Plan) -> Document:
    found = {name: one for document in documents for name, one in document["services"].items()}
    found |= sign_in_of(found[VERIFY_SERVICE], plan.user, plan.websecure, plan.descope)
    found |= {app.name: service_of(app) for app in apps if app.conduct not in _LEFT_OUT}
    services = {name: _own(one, plan) for name, one in found.items()}
    services["traefik"] |= {
        "user": plan.user,
        "ports": [f"127.0.0.1:{plan.web}:80", f"127.0.0.1:{plan.websecure}:443", f"127.0.0.1:{plan.api}:8080"],
    }
    mark = {FOLDER_LABEL: plan.folder}
    networks = _merged(documents, "networks")
    volumes = [volume["source"] for one in services.values() for volume in one.get("volumes", ()) if _is_named(volume)]
    return {
        "name": plan.project,
        "services": services,
        "networks": {name: {**one, "name": plan.network(name), "labels": dict(mark)} for name, one in networks.items()},
        "volumes": {name: {"labels": dict(mark)} for name in volumes},
        "secrets": _merged(documents, "secrets"),
    }


def _merged(documents: Sequence[Document], section: str) -> Document:
    return {name: one for document in documents for name, one in document.get(section, {}).items()}


def _own(service: Document, plan: Plan) -> Document:
    """A service under the demo's names; nothing of it comes back by itself when the machine starts again."""
    found = {key: value for key, value in service.items() if key != "container_name"}
    restart = "on-failure" if service.get("restart") == "on-failure" else "no"
    labels = {**prefixed(service.get("labels", {}), plan.prefix), FOLDER_LABEL: plan.folder}
    return found | {"restart": restart, "labels": labels}


def _is_named(volume: Any) -> bool:  # noqa: ANN401  whatever stands in a compose file
    return isinstance(volume, dict) and volume.get("type") == "volume"


def _load(text: str) -> Document:
    document: Document = YAML(typ="safe").load(text)
    return document


def _dump(document: Document) -> str:
    """JSON, which is YAML."""
    return json.dumps(document, indent=2) + "\n"
