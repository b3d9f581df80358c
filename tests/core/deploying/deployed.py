"""A stack in order, whose parts a test makes worse."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from specter_tui.core.deploying.facts import Context, Facts, Package, SecretFacts
from specter_tui.core.deploying.service import read_service
from specter_tui.core.deploying.work import Running
from tests.builders import DOMAIN

NAME = "descope-auth"
ROOT = "/opt/specter"
SECRET = f"{ROOT}/secrets/session-secret"
WHEEL = hashlib.sha256(b"yarl").hexdigest()
LOCK = f"yarl==1.25.1 \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{WHEEL}\n"
OLD_ID, NEW_ID = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def a_document(**environment: str) -> str:
    """What Compose tells of compose/verify.yml; an empty variable is left out."""
    values = {
        "DESCOPE_PROJECT_ID": "P2",
        "COOKIE_DOMAIN": DOMAIN,
        "DEFAULT_POLICY": "any",
        "SESSION_SECRET_FILE": "/run/secrets/session-secret",
        **environment,
    }
    return json.dumps(a_project({key: value for key, value in values.items() if value}))


def a_project(environment: dict[str, str]) -> dict[str, Any]:
    build = {"context": f"{ROOT}/verify/context", "args": {"BASE_IMAGE": "python:3.13-slim"}}
    service = {
        "image": "specter-verify:latest",
        "build": build,
        "user": "10001:10001",
        "environment": environment,
        "secrets": [{"source": "session-secret", "target": "/run/secrets/session-secret"}],
        "networks": {"traefik-proxy": None},
        "stop_grace_period": "15s",
        "deploy": {"replicas": 1},
    }
    return {
        "name": "specter",
        "services": {NAME: service},
        "networks": {"traefik-proxy": {"name": "traefik-proxy"}},
        "secrets": {"session-secret": {"file": SECRET}},
    }


def running(image_id: str = OLD_ID, config_hash: str = "old", **changes: str) -> Running:
    given = {"id": "c1", "state": "running", "health": "healthy", "version": "2.24.6", **changes}
    return Running(image_id=image_id, config_hash=config_hash, **given)


def facts(**changes: Any) -> Facts:
    document = changes.pop("document", a_document())
    given: dict[str, Any] = {
        "root": ROOT,
        "document": document,
        "config_hash": "new",
        "version": "2.24.6",
        "service": read_service(document, NAME),
        "running": (),
        "image_id": "",
        "network": True,
        "secret": SecretFacts("file", 10001, 0o400, 64),
        "package": Package("0.1.0", LOCK, "d" * 64, 60),
        "context": Context(),
        **changes,
    }
    return Facts(**given)
