"""Renewing for real: Traefik in a container of a real engine, ordering from Pebble, and the command line over them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from docker.models.containers import Container

from specter_tui.core.actions import Plan, Wish
from specter_tui.core.renewing.storage import entries
from specter_tui.wiring.actions import build_actions
from tests.live.acme_site import APP, ZONE, AcmeSite, Wanted, acme_site, now
from tests.live.harness import ROOT
from tests.live.images import busybox_image, traefik_image
from tests.live_engine import Engine
from tests.schema import check

CONTAINER: Final = "traefik-orders"  # the stack beside it has the name "traefik"
OLD_LINE: Final = "2026-01-01T00:00:00Z INF Traefik version 3.7.15 built on 2026-01-01T00:00:00Z version=3.7.15\n"
NAMES: Final = (ZONE, f"*.{ZONE}")


@dataclass
class Renewing:
    """One site whose Traefik runs in a container; `told` and `run` are the command line."""

    site: AcmeSite
    engine: Engine

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPECTER_", "DOCKER_"))}
        return {**kept, "XDG_STATE_HOME": str(self.site.folder / "state")}

    @property
    def state(self) -> Path:
        return self.site.folder / "state" / "specter"

    async def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command to its end, while the site goes on serving."""
        command = [sys.executable, "-m", "specter_tui", "--config", self.site.config.path, *arguments]
        return await asyncio.to_thread(
            lambda: subprocess.run(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=280,
            )
        )

    async def told(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """The document of a command that changes something and ends with this code."""
        done = await self.run(*arguments, "--json")
        assert done.returncode == code, f"{done.returncode}: {done.stdout}\n{done.stderr}\n{self.log()}"
        found: dict[str, Any] = json.loads(done.stdout)
        check(found, "renew" if arguments[0] == "certs" else arguments[0])
        return found

    async def refused(self, *arguments: str, code: int = 6) -> str:
        """What a renewal that is not even planned says."""
        done = await self.run("certs", "renew", *(arguments or (APP,)), "--yes")
        assert (done.returncode, done.stdout) == (code, ""), (done.returncode, done.stdout, done.stderr)
        assert len(done.stderr.splitlines()) == 1, done.stderr
        return done.stderr.strip()

    async def kill(self, point: str, side: str, plan: bytes) -> None:
        """Carries a plan out in a process that is killed at one point."""
        command = [sys.executable, "-m", "tests.actions.killed", point, side, "--config", self.site.config.path, "run"]
        done = await asyncio.to_thread(
            lambda: subprocess.run(
                command, input=plan, env=self.environment, cwd=ROOT, capture_output=True, check=False
            )
        )
        assert done.returncode == -9, (point, side, done.stdout, done.stderr)

    async def plan(self, target: str = APP) -> Plan:
        """Plans a renewal as the command line does."""
        os.environ["XDG_STATE_HOME"] = str(self.site.folder / "state")  # taken away again by the tests' own fixture
        action = build_actions(self.site.config)["renew"]
        return await action.plan(Wish("renew", target), await self.site.snapshot())

    def container(self) -> Container:
        client = self.engine.client()
        try:
            return client.containers.get(CONTAINER)
        finally:
            client.close()

    def stored(self) -> str:
        """The digest of the certificate that acme.json has for the zone; empty where it has none."""
        wanted = tuple(sorted(NAMES))
        found = [one for one in entries(self.site.storage.read_bytes()) if one.names == wanted]
        assert len(found) <= 1, found
        return found[0].digest if found else ""

    def others(self) -> list[dict[str, Any]]:
        """Everything in acme.json but that certificate."""
        document = json.loads(self.site.storage.read_text())
        for section in document.values():
            listed = section.get("Certificates") or []
            section["Certificates"] = [one for one in listed if one["domain"]["main"] != ZONE]
        return [document]

    async def served(self) -> str:
        """The fingerprint of what Traefik serves; empty where it does not answer."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            _, writer = await asyncio.open_connection(
                "127.0.0.1", self.site.websecure, ssl=context, server_hostname=APP
            )
        except OSError:
            return ""
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        return hashlib.sha256(der).hexdigest()

    def log_to_the_container(self) -> None:
        """From its next start on Traefik logs there, and no file is configured."""
        config, static = Path(self.site.config.path), self.site.folder / "traefik.yml"
        config.write_text(config.read_text().replace(f'log_file = "{self.site.folder}/traefik.log"', 'log_file = ""'))
        document = json.loads(static.read_text())
        del document["log"]["filePath"]
        static.write_text(json.dumps(document))

    def forget_orders(self, days: float = 30) -> None:
        """Leaves a log and a journal in which no order was made; the log begins so many days ago."""
        lines = (
            f"{now() - timedelta(days=ago):%Y-%m-%dT%H:%M:%SZ} INF Testing certificate renew..." for ago in (days, 0)
        )
        (self.site.folder / "traefik.log").write_text("\n".join(lines) + "\n")
        (self.state / "journal.jsonl").unlink(missing_ok=True)

    @contextmanager
    def another(self) -> Iterator[str]:
        """A second container that has the file mounted."""
        client = self.engine.client()
        volumes = {str(self.site.folder): {"bind": "/acme", "mode": "rw"}}
        made = client.containers.run(
            busybox_image(self.engine), ["sleep", "600"], name="second", detach=True, volumes=volumes
        )
        try:
            yield "second"
        finally:
            made.remove(force=True)
            client.close()

    def log(self) -> str:
        path = self.site.folder / "traefik.log"
        return path.read_text()[-3000:] if path.exists() else ""


@asynccontextmanager
async def _alone(engine: Engine) -> AsyncIterator[None]:
    """Stops the stack's Traefik for as long: where several run, a renewal is refused."""
    client = engine.client()
    try:
        others = [one for one in await asyncio.to_thread(client.containers.list) if one.name == "traefik"]
        for one in others:
            await asyncio.to_thread(one.stop, timeout=1)
        try:
            yield
        finally:
            for one in others:
                await asyncio.to_thread(one.start)
    finally:
        client.close()


@asynccontextmanager
async def renewing(
    engine: Engine,
    folder: Path,
    version: str = "newest",
    wanted: Wanted | None = None,
    *,
    mode: str = "rw",
    **options: Any,
) -> AsyncIterator[Renewing]:
    """A site that has ordered its wildcard; its log reaches back; `options` are the container's, `mode` its mount's."""
    image = await asyncio.to_thread(traefik_image, engine, version)
    wanted = wanted or Wanted()
    wanted.config = {"docker": {"host": engine.host}, **wanted.config}
    (folder / "traefik.log").write_text(OLD_LINE)

    @asynccontextmanager
    async def container(folder: Path, environment: dict[str, str]) -> AsyncIterator[None]:
        static = folder / "traefik.yml"
        document = json.loads(static.read_text())
        if mode == "rw":
            document["log"]["filePath"] = str(folder / "traefik.log")
        static.write_text(json.dumps(document))
        client = engine.client()
        try:
            made = await asyncio.to_thread(
                lambda: client.containers.run(
                    image,
                    [f"--configFile={static}"],
                    **{
                        "name": CONTAINER,
                        "detach": True,
                        "network_mode": "host",
                        "environment": environment,
                        "volumes": {str(folder): {"bind": str(folder), "mode": mode}},
                        **options,
                    },
                )
            )
            try:
                yield
            finally:
                await asyncio.to_thread(lambda: made.remove(force=True))
        finally:
            client.close()

    async with _alone(engine), acme_site(folder, wanted, container) as site:
        one = Renewing(site, engine)
        if not wanted.storage:
            await site.agreed()
        yield one
