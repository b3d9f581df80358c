"""`dns plan`, `dns apply` and their way back on a machine with no Docker: a real Traefik, the SDK, the emulator."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from specter_tui.actions.dns_sync import DNS, DnsSync
from specter_tui.cli.exit_codes import ExitCode
from specter_tui.core.actions import Receipt, Wish
from specter_tui.core.dns.owners import MARKER
from specter_tui.core.secrets import Secret
from specter_tui.core.settings import CloudflareSettings
from specter_tui.demo.cloudflare import CloudflareEmulator, StoredZone
from specter_tui.demo.cloudflare.account import READ, TOKEN
from specter_tui.effects.dns_records import DnsRecords
from specter_tui.effects.journal import FileJournal
from specter_tui.sources.cloudflare import CloudflareClient
from specter_tui.sources.cloudflare.decode import decode_record
from tests.builders import a_router, a_source, all_sources, replace
from tests.cloudflare import OURS, ZONE, put, source
from tests.core.joining import joined
from tests.real import takes_long
from tests.schema import check
from tests.traefik_process import traefik

pytestmark = pytest.mark.live
HOST = f"app.{ZONE}"
OTHER = "198.51.100.7"


@dataclass
class Told:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


@dataclass
class Machine:
    """A folder with a configuration; `traefik_gone` ends Traefik."""

    folder: Path
    emulator: CloudflareEmulator
    zone: StoredZone
    running: ExitStack

    @property
    def state(self) -> Path:
        return self.folder / "state" / "specter"

    def records(self) -> list[tuple[str, str, str]]:
        return sorted((one.type, one.name, one.content) for one in self.zone.records.values())

    async def told(self, *words: str) -> Told:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "specter_tui", "--config", str(self.folder / "config.toml"), *words),
            cwd=Path(__file__).parents[2],
            env={**kept, "XDG_STATE_HOME": str(self.folder / "state")},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return Told(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    """One router for one host, and its zone without a record of that name; no engine anywhere."""
    router = {"rule": f"Host(`{HOST}`)", "service": "app", "entryPoints": ["web"]}
    services = {"app": {"loadBalancer": {"servers": [{"url": "http://127.0.0.1:9"}]}}}
    with ExitStack() as running:
        http = {"http": {"routers": {"app": router}, "services": services}}
        api = running.enter_context(traefik(tmp_path / "t", http))
        async with CloudflareEmulator() as emulator:
            zone = emulator.account.add_zone(ZONE)
            emulator.account.tokens["reader"] = READ
            for name, token in (("read", "reader"), ("write", TOKEN)):
                (tmp_path / name).write_text(token)
                (tmp_path / name).chmod(0o600)
            (tmp_path / "config.toml").write_text(
                f'[traefik]\napi_url = "{api.api_url}"\nacme_files = []\n'
                f'[docker]\nhost = "unix://{tmp_path}/none.sock"\n'
                f'[cloudflare]\ntoken_file = "{tmp_path}/read"\nwrite_token_file = "{tmp_path}/write"\n'
                f'base_url = "{emulator.base_url}"\nexpected_ips = ["{OURS}"]\n'
            )
            yield Machine(tmp_path, emulator, zone, running)


async def test_a_change_is_done_and_taken_back_without_docker_and_without_traefik(machine: Machine) -> None:
    put(machine.emulator, machine.zone, "app", OTHER, comment=MARKER)
    planned = await machine.told("dns", "plan", "--json")
    assert planned.code == ExitCode.OK, planned.err
    check(planned.document, "action")
    assert planned.document["result"] == "planned"
    (change,) = planned.document["plan"]["changes"]
    assert (change["where"], f"A {OTHER}" in change["before"], f"A {OURS}" in change["after"]) == (
        f"record {HOST}",
        True,
        True,
    )
    assert machine.records() == [("A", HOST, OTHER)]
    assert (await machine.told("dns", "apply")).code == ExitCode.REFUSED, "nobody said yes"
    alone = await machine.told("dns", "plan", HOST, "--json")
    assert alone.document["plan"]["changes"] == planned.document["plan"]["changes"]
    other = await machine.told("dns", "apply", f"other.{ZONE}", "--yes")
    assert (other.code, other.err) == (
        ExitCode.USAGE,
        f"specter-tui: no router that Traefik serves names other.{ZONE}; see specter-tui dns\n",
    )
    slip = await machine.told("dns", "aply", HOST, "--yes")
    assert (slip.code, slip.err) == (
        ExitCode.USAGE,
        "specter-tui: dns does nothing called aply; did you mean apply?\n",
    )
    assert machine.records() == [("A", HOST, OTHER)]
    done = await machine.told("dns", "apply", "--yes", "--json")
    assert (done.code, done.document["result"]) == (ExitCode.OK, "done"), done.err
    assert machine.records() == [("A", HOST, OURS)]
    machine.running.close()
    undone = await machine.told("undo", "--yes", "--json")
    assert (undone.code, undone.document["result"]) == (ExitCode.OK, "done"), undone.err
    assert undone.document["plan"]["undoes"] == done.document["journal_id"]
    assert machine.records() == [("A", HOST, OTHER)]


@pytest.mark.parametrize(("command", "content"), [("finish", OURS), pytest.param("undo", OTHER, marks=takes_long)])
async def test_an_interrupted_change_is_ended_without_docker_and_without_traefik(
    machine: Machine, command: str, content: str
) -> None:
    put(machine.emulator, machine.zone, "app", OTHER, comment=MARKER)
    client = CloudflareClient(machine.emulator.base_url, lambda: Secret(TOKEN))
    sync = DnsSync(DnsRecords(client, decode_record), CloudflareSettings(expected_ips=(OURS,)))
    reader = source(machine.emulator)
    router = replace(a_router(), rule=f"Host(`{HOST}`)")
    snapshot = replace(joined(router, states=all_sources(cloudflare=a_source())), cloudflare=await reader.read())
    plan = await sync.plan(Wish(DNS, ""), snapshot)
    await reader.close()
    client.close()
    receipt = Receipt("20261122-140200-aaaaaa", plan, "ops", "default", "2026-11-22T14:02:00Z")
    with FileJournal(machine.state).begin(receipt):  # and whoever began it is gone
        pass
    machine.running.close()
    ended = await machine.told(command, "--yes", "--json")
    assert machine.records() == [("A", HOST, content)], (ended.out, ended.err)
    assert ended.code == (ExitCode.OK if command == "finish" else ExitCode.ROLLED_BACK)


async def test_how_dns_plan_ends(machine: Machine) -> None:
    nothing = {"--read-only": ExitCode.OK, "--yes": ExitCode.OK, "--adopt": ExitCode.OK}
    for flag, code in nothing.items():
        told = await machine.told("dns", "plan", flag)
        assert (told.code, f"create A {OURS}" in told.out or f"+ A {OURS}" in told.out) == (code, True), told
    assert (await machine.told("--read-only", "dns", "apply", "--yes")).code == ExitCode.REFUSED
    machine.running.close()
    away = await machine.told("dns", "plan")
    assert (away.code, "which hosts have a router" in away.err) == (ExitCode.REFUSED, True), away
    (machine.folder / "read").write_text("no-such-token")
    unread = await machine.told("dns", "plan", "--json")
    assert (unread.code, unread.out) == (ExitCode.UNREACHABLE, ""), unread
