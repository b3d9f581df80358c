"""`dns` where Cloudflare does not give what it should: a process of its own, the real SDK, the emulator's switches."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.demo.cloudflare import CloudflareEmulator
from specter_tui.demo.cloudflare.account import READ, TOKEN
from specter_tui.demo.cloudflare.faults import Fault, Trouble
from tests.cloudflare import ZONE, put
from tests.schema import check

_WRONG: Final = "not-the-right-token"


@dataclass(frozen=True)
class Told:
    code: int
    out: str
    err: str


@dataclass
class Machine:
    """A folder with a configuration for the emulator and nothing else."""

    folder: Path
    emulator: CloudflareEmulator

    async def told(self, *words: str, token: str = TOKEN) -> Told:
        (self.folder / "token").touch(0o600)
        (self.folder / "token").write_text(token)
        config = self.folder / "config.toml"
        config.write_text(
            f'[traefik]\napi_url = "http://127.0.0.1:1"\n[docker]\nhost = "unix://{self.folder}/none.sock"\n'
            f'[cloudflare]\ntoken_file = "{self.folder}/token"\nbase_url = "{self.emulator.base_url}"\n'
        )
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        done = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "specter_tui", "--config", str(config), *words),
            cwd=Path(__file__).parents[2],
            env=kept,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await done.communicate()
        return Told(done.returncode or 0, out.decode(), err.decode())


@pytest.mark.parametrize(
    ("faults", "token", "words"),
    [
        ((), _WRONG, "refuses"),
        ((Fault(Trouble.HTML, path="/zones"),), TOKEN, "a web page"),
        ((Fault(Trouble.STATUS, path="/dns_records", status=429, retry_after=90),), TOKEN, "another 90 s"),
        ((Fault(Trouble.EMPTY, path="/dns_records"),), TOKEN, "no list"),
    ],
    ids=["wrong token", "web page", "rate limit", "no fields"],
)
async def test_what_cloudflare_does_not_give_is_one_line_and_exit_3(
    tmp_path: Path, faults: Sequence[Fault], token: str, words: str
) -> None:
    async with CloudflareEmulator() as emulator:
        put(emulator, emulator.account.add_zone(ZONE), "app")
        emulator.faults.switches += faults
        told = await Machine(tmp_path, emulator).told("dns", "--json", token=token)
    assert (told.code, told.out) == (ExitCode.UNREACHABLE, "")
    assert words in told.err
    assert told.err.count("\n") == 1
    assert _WRONG not in told.err


async def test_a_missing_scope_is_a_finding_and_the_rest_is_told(tmp_path: Path) -> None:
    async with CloudflareEmulator() as emulator:
        put(emulator, emulator.account.add_zone(ZONE), "app")
        emulator.account.tokens["small"] = READ - {"settings:read"}
        machine = Machine(tmp_path, emulator)
        dns = await machine.told("dns", "--json", token="small")
        doctor = await machine.told("doctor", "--json", token="small")
    document = json.loads(dns.out)
    check(document, "dns")
    assert (dns.code, [one["name"] for one in document["records"]]) == (ExitCode.OK, [f"app.{ZONE}"])
    assert f"Zone Settings:Read for {ZONE}" in doctor.out
