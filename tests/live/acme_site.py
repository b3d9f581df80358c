"""A Traefik that orders its certificates for real: Pebble, the Cloudflare emulator and its name server, on loopback.

`acme_site` starts them around one zone. What a test wants otherwise it hands over: the token, the zones of the account,
a storage file with certificates in it, a certificate of the file provider, an authority that refuses orders.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from aiohttp import web

from specter_tui.config import LoadedConfig, Options
from specter_tui.config.load import load
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.triangle import Triangles
from specter_tui.demo.certificates import Authority, KeyPair
from specter_tui.demo.cloudflare import Account, CloudflareEmulator, NameServer
from specter_tui.demo.cloudflare.account import TOKEN
from specter_tui.demo.cloudflare.faults import Fault
from specter_tui.demo.ports import free_ports
from specter_tui.wiring.collector import build
from tests.certs import Made, acme_json
from tests.live.images import traefik_binary
from tests.real import WHOLE_MATRIX

ZONE: Final = "starfleet.test"
APP: Final = f"app.{ZONE}"
_PATIENCE: Final = 40.0
_BESIDE: Final = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
PEBBLE: Final = shutil.which("pebble")
FIRST_LED: Final = "3.4.3"  # 3.4 is the first whose DNS provider can be led to an emulator
TRAEFIK: Final = os.environ.get("SPECTER_TEST_TRAEFIK") or shutil.which("traefik", path=_BESIDE)


def acme_traefiks() -> tuple[str, ...]:
    """The Traefiks that order: the newest, and in the full matrix the first one that can."""
    return ("newest", FIRST_LED) if WHOLE_MATRIX else ("newest",)


def now() -> datetime:
    """The real time: certificates are ordered and served now."""
    return datetime.now(UTC)  # noqa: TID251  as it says


@dataclass
class Wanted:
    """How a site differs from one where everything is right."""

    token: str = TOKEN
    zones: tuple[str, ...] = (ZONE,)
    routers: tuple[str, ...] = (APP,)
    domains: tuple[dict[str, Any], ...] = ({"main": ZONE, "sans": [f"*.{ZONE}"]},)
    storage: str = ""  # what acme.json holds at the start
    mode: int = 0o600
    files: tuple[KeyPair, ...] = ()  # the file provider's certificates
    refused: bool = False  # whether the authority's rate limit is used up
    records: tuple[dict[str, Any], ...] = ()
    lifetime: int = 90  # days that an ordered certificate lasts
    faults: tuple[Fault, ...] = ()  # the emulator's
    delay: float = 0.0  # seconds before each answer of the emulator's
    config: dict[str, dict[str, Any]] = field(default_factory=dict)  # over the dashboard's configuration
    order: dict[str, Any] = field(default_factory=dict)  # over the resolver's


# Starts Traefik on the site's folder with this environment: as a process, or as a test wants it.
RunTraefik = Callable[[Path, dict[str, str]], AbstractAsyncContextManager[object]]


@dataclass
class AcmeSite:
    """A running site; `authority` signed what Pebble's own address shows."""

    folder: Path
    api: int
    websecure: int
    account: Account
    cloudflare: CloudflareEmulator
    authority: Authority
    config: LoadedConfig
    pebble: asyncio.subprocess.Process

    @property
    def storage(self) -> Path:
        """acme.json."""
        return self.folder / "acme.json"

    async def snapshot(self) -> Snapshot:
        """What the dashboard knows, with names asked for."""
        collector = await asyncio.to_thread(lambda: build(self.config, probe=True))
        try:
            return await collector.collect_once(probe=True)
        finally:
            await collector.close()

    async def until(self, met: Callable[[Snapshot], bool]) -> Snapshot:
        """The first snapshot that meets the condition."""
        ends = asyncio.get_running_loop().time() + _PATIENCE
        while not met(snapshot := await self.snapshot()):
            if asyncio.get_running_loop().time() > ends:
                log = (self.folder / "traefik.log").read_text()[-3000:]
                raise TimeoutError(f"found {sorted(codes(snapshot))}; {log}")
            await asyncio.sleep(0.5)
        return snapshot

    async def agreed(self, host: str = APP) -> Snapshot:
        """The first snapshot in which what is served for the host is what acme.json holds."""
        return await self.until(lambda snapshot: Triangles(snapshot).of(host).agrees)


def stored(days: Mapping[str, float]) -> str:
    """An acme.json with a certificate for each name that ends in so many days."""
    authority = Authority(now())
    pairs = {name: authority.issue((name,), now() + timedelta(days=left)) for name, left in days.items()}
    return acme_json(
        {"le": [Made((name,), pair.chain.decode(), pair.key.decode(), "") for name, pair in pairs.items()]}
    )


def codes(snapshot: Snapshot) -> set[str]:
    """The codes of all findings."""
    return {one.code for one in snapshot.findings}


@asynccontextmanager
async def process(*command: str, environment: dict[str, str], log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program with its output in a file, killed at the end."""
    with log.open("wb") as output:
        one = await asyncio.create_subprocess_exec(
            *command,
            env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")} | environment,
            stdout=output,
            stderr=output,
        )
    try:
        yield one
    finally:
        if one.returncode is None:
            one.kill()
        await one.wait()


@asynccontextmanager
async def acme_site(
    folder: Path, wanted: Wanted | None = None, run_traefik: RunTraefik | None = None
) -> AsyncIterator[AcmeSite]:
    """Starts all parts and waits until Traefik's API answers."""
    wanted = wanted or Wanted()
    account = Account()
    for zone in (account.add_zone(name) for name in wanted.zones):
        for record in wanted.records:
            account.write(zone, record)
    authority = Authority(now())
    async with AsyncExitStack() as stack:
        cloudflare = await stack.enter_async_context(CloudflareEmulator(account=account))
        cloudflare.faults.switches += wanted.faults
        cloudflare.faults.delay = wanted.delay
        names = await stack.enter_async_context(NameServer(account))
        acme, management, websecure, api = free_ports(0, 0, 0, 0)  # now, so that none of the two above gets one of them
        _write_pebble(folder, authority, acme, management, wanted.lifetime)
        pebble = (str(PEBBLE), "-config", str(folder / "pebble.json"), "-dnsserver", f"127.0.0.1:{names.port}")
        quick = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
        authority_process = process(*pebble, environment=quick, log=folder / "pebble.log")
        running = await stack.enter_async_context(authority_process)
        directory = f"https://localhost:{acme}/dir"
        listed = await _listed(folder, directory)  # Traefik does not ask again where nobody listens yet
        if wanted.refused:
            directory = await stack.enter_async_context(_refusing(folder, listed))
        resolver = _resolver(folder, directory, names.port) | wanted.order
        _write_traefik(folder, wanted, resolver, websecure, api)
        config = _write_config(folder, wanted, cloudflare, websecure, api)
        token = {
            "CF_DNS_API_TOKEN": wanted.token,
            "CLOUDFLARE_BASE_URL": cloudflare.base_url,
            "CLOUDFLARE_POLLING_INTERVAL": "1",
            "LEGO_DISABLE_CNAME_SUPPORT": "true",
        }
        await stack.enter_async_context((run_traefik or _traefik_process)(folder, token))
        await _until_answered(api)
        yield AcmeSite(folder, api, websecure, account, cloudflare, authority, config, running)


def traefik_of(version: str) -> RunTraefik:
    """Starts one of `acme_traefiks`."""
    binary = traefik_binary(version)
    return lambda folder, environment: _traefik_process(folder, environment, str(binary))


def _traefik_process(
    folder: Path, environment: dict[str, str], binary: str = str(TRAEFIK)
) -> AbstractAsyncContextManager[object]:
    command = (binary, f"--configFile={folder / 'traefik.yml'}")
    return process(*command, environment=environment, log=folder / "traefik.log")


def _write_pebble(folder: Path, authority: Authority, acme: int, management: int, lifetime: int) -> None:
    leaf = authority.issue(("localhost",), now() + timedelta(days=60))
    (folder / "ca.pem").write_text(authority.pem)
    (folder / "leaf.pem").write_bytes(leaf.chain)
    (folder / "leaf.key").write_bytes(leaf.key)
    listen = {"listenAddress": f"127.0.0.1:{acme}", "managementListenAddress": f"127.0.0.1:{management}"}
    files = {"certificate": str(folder / "leaf.pem"), "privateKey": str(folder / "leaf.key")}
    more = {"httpPort": 80, "tlsPort": 443, "certificateValidityPeriod": lifetime * 24 * 3600}
    (folder / "pebble.json").write_text(json.dumps({"pebble": {**listen, **files, **more}}))


def _resolver(folder: Path, directory: str, dns: int) -> dict[str, Any]:
    return {
        "email": f"ops@{ZONE}",
        "caServer": directory,
        "storage": str(folder / "acme.json"),
        "keyType": "EC256",
        "caCertificates": [str(folder / "ca.pem")],
        "dnsChallenge": {
            "provider": "cloudflare",
            "resolvers": [f"127.0.0.1:{dns}"],
            "propagation": {"disableChecks": True},
        },
    }


def _write_traefik(folder: Path, wanted: Wanted, resolver: dict[str, Any], websecure: int, api: int) -> None:
    routers = {f"r{number}": _router(host) for number, host in enumerate(wanted.routers)}
    dynamic: dict[str, Any] = {"http": {"routers": routers}}
    for number, pair in enumerate(wanted.files):
        (folder / f"file{number}.pem").write_bytes(pair.chain)
        (folder / f"file{number}.key").write_bytes(pair.key)
        one = {"certFile": str(folder / f"file{number}.pem"), "keyFile": str(folder / f"file{number}.key")}
        dynamic.setdefault("tls", {}).setdefault("certificates", []).append(one)
    (folder / "dynamic.yml").write_text(json.dumps(dynamic))
    tls: dict[str, Any] = {"certResolver": "le", **({"domains": list(wanted.domains)} if wanted.domains else {})}
    static = {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "log": {"level": "INFO", "noColor": True},
        "api": {"insecure": True},
        "entryPoints": {
            "websecure": {"address": f"127.0.0.1:{websecure}", "http": {"tls": tls}},
            "traefik": {"address": f"127.0.0.1:{api}"},
        },
        "providers": {"file": {"filename": str(folder / "dynamic.yml")}},
        "certificatesResolvers": {"le": {"acme": resolver}},
    }
    (folder / "traefik.yml").write_text(json.dumps(static))
    if wanted.storage:
        (folder / "acme.json").write_text(wanted.storage)
        (folder / "acme.json").chmod(wanted.mode)


def _router(host: str) -> dict[str, Any]:
    return {"rule": f"Host(`{host}`)", "service": "api@internal", "entryPoints": ["websecure"]}


def _write_config(
    folder: Path, wanted: Wanted, cloudflare: CloudflareEmulator, websecure: int, api: int
) -> LoadedConfig:
    (folder / "token").touch(0o600)
    (folder / "token").write_text(TOKEN)
    tables: dict[str, dict[str, Any]] = {
        "traefik": {
            "api_url": f"http://127.0.0.1:{api}",
            "acme_files": [str(folder / "acme.json")],
            "log_file": str(folder / "traefik.log"),
        },
        "docker": {"host": f"unix://{folder}/no-engine.sock"},
        "cloudflare": {
            "token_file": str(folder / "token"),
            "base_url": cloudflare.base_url,
            "expected_ips": ["203.0.113.10"],
        },
        "probe.addresses": {"websecure": f"127.0.0.1:{websecure}"},
    }
    for name, values in wanted.config.items():
        tables[name] = tables.get(name, {}) | values
    lines = [
        line
        for name, values in tables.items()
        for line in (f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items()))
    ]
    (folder / "config.toml").write_text("\n".join(lines) + "\n")
    return load(Options(config=str(folder / "config.toml")), {})


@asynccontextmanager
async def _refusing(folder: Path, listed: dict[str, Any]) -> AsyncIterator[str]:
    """An authority that takes no order: Pebble's directory, with an address of its own for orders (RFC 8555, 6.6)."""
    async with _client(folder) as client:
        (port,) = free_ports(0)

        async def order(_request: web.Request) -> web.Response:
            nonce = (await client.head(listed["newNonce"])).headers["Replay-Nonce"]
            problem = {
                "type": "urn:ietf:params:acme:error:rateLimited",
                "detail": "too many certificates (5) already issued for this exact set of identifiers in the last "
                "168h0m0s, retry after 2027-01-01 00:00:00 UTC",
                "status": 429,
            }
            return web.Response(
                status=429,
                body=json.dumps(problem).encode(),
                headers={"Content-Type": "application/problem+json", "Replay-Nonce": nonce},
            )

        async def show(_request: web.Request) -> web.Response:
            return web.json_response(listed | {"newOrder": f"https://localhost:{port}/order"})

        app = web.Application()
        app.add_routes([web.get("/dir", show), web.post("/order", order)])
        runner = web.AppRunner(app)
        await runner.setup()
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.load_cert_chain(folder / "leaf.pem", folder / "leaf.key")
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=own).start()
        try:
            yield f"https://localhost:{port}/dir"
        finally:
            await runner.cleanup()


def _client(folder: Path) -> httpx.AsyncClient:
    trusted = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    return httpx.AsyncClient(verify=trusted, trust_env=False)


async def _listed(folder: Path, directory: str) -> dict[str, Any]:
    """Pebble's directory, once it answers."""
    async with asyncio.timeout(_PATIENCE), _client(folder) as client:
        while True:
            try:
                found: dict[str, Any] = (await client.get(directory)).json()
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return found


async def _until_answered(api: int) -> None:
    async with asyncio.timeout(_PATIENCE), httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                answer = await client.get(f"http://127.0.0.1:{api}/api/rawdata")
            except httpx.TransportError:
                answer = None
            if answer is not None and "r0@file" in answer.text:
                return
            await asyncio.sleep(0.1)
