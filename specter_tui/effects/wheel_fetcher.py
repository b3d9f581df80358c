"""Fetches wheels with pip in a container of the base image, so that they fit its Python and its processor."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from specter_tui.core.actions.ports import Tell
from specter_tui.core.errors import SourceError
from specter_tui.core.text import visible
from specter_tui.effects.docker_command import environment_for, run

_SECONDS: Final = 900.0
_PROXIES: Final = frozenset({"http_proxy", "https_proxy", "no_proxy", "all_proxy"})
# Images of distributions have Python without pip; venv brings its own.
_SCRIPT: Final = (
    "python3 -m venv /tmp/pip && exec /tmp/pip/bin/python -m pip download --no-input --no-cache-dir --quiet "
    "--disable-pip-version-check --progress-bar off --require-hashes --only-binary=:all: --dest /wheels "
    "--requirement /lock"
)


class WheelContainer:
    """`core.deploying.ports.WheelFetcher`; pip's own variables (PIP_INDEX_URL) and proxies are handed on."""

    def __init__(self, docker_host: str = "", environment: Mapping[str, str] | None = None) -> None:
        given = os.environ if environment is None else environment
        self._environment = environment_for(docker_host, given)
        self._handed_on = sorted(name for name in given if name.startswith("PIP_") or name.lower() in _PROXIES)

    async def fetch(self, base_image: str, folder: str, tell: Tell) -> None:
        """Fills `folder`/wheels as `folder`/requirements-verify.lock says. Raises SourceError."""
        mounts = ((f"{folder}/wheels", "/wheels", ""), (f"{folder}/requirements-verify.lock", "/lock", ",readonly"))
        command = [
            *("docker", "run", "--rm", "--user=0:0", "--entrypoint=sh"),
            *(f"--mount=type=bind,source={source},target={target}{more}" for source, target, more in mounts),
            *(f"--env={name}" for name in self._handed_on),
            *("--", base_image, "-c", _SCRIPT),
        ]
        done = await run(command, self._environment, _SECONDS)
        if done.code:
            raise SourceError(
                f"the wheels could not be fetched: {done.told}",
                "give them with --wheels DIR, filled by pip download --require-hashes where there is a network",
            )
        tell(f"fetched the wheels with the pip of {visible(base_image, 200)}")
