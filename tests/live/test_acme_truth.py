"""What the dashboard says of certificates, held to a real Traefik that orders them from a real ACME server.

One order runs always; the rest, with a Traefik each, only with SPECTER_LIVE_ALL=1: two minutes in all.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from specter_tui.core.acme_log import OrderProblem
from specter_tui.core.export import certificates_document
from specter_tui.core.findings.orders import standing_failures
from specter_tui.core.hop import HopVerdict
from specter_tui.core.model import OF_TRAEFIK
from specter_tui.core.snapshot import CertificateState, Snapshot, SourceName, SourceStatus
from specter_tui.core.tls_hop import tls_text
from specter_tui.core.triangle import Triangles
from specter_tui.core.versions import at_least
from specter_tui.demo.certificates import Authority, KeyPair
from tests.certs import Made, acme_json
from tests.live.acme_site import APP, PEBBLE, ZONE, Wanted, acme_site, acme_traefiks, codes, now, traefik_of
from tests.real import takes_long
from tests.schema import check

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(PEBBLE is None, reason="needs pebble"),
    pytest.mark.parametrize("version", acme_traefiks()),
]
SERVED = {"default-certificate-served", "certificate-not-loaded", "certificate-shadowed", "served-certificate-wrong"}
DAY = timedelta(days=1)
PROXIED = {"type": "A", "name": f"app.{ZONE}", "content": "203.0.113.10", "proxied": True, "ttl": 1}


def told(snapshot: Snapshot, code: str) -> str:
    """All that findings of one code say."""
    found = [one for one in snapshot.findings if one.code == code]
    return "\n".join(line for one in found for line in (one.title, *one.evidence, one.remedy.text))


def stored(pair: KeyPair, *names: str) -> Made:
    """An entry of acme.json."""
    return Made(names, pair.chain.decode(), pair.key.decode(), "")


@asynccontextmanager
async def edge(folder: Path, pair: KeyPair) -> AsyncIterator[int]:
    """A stand-in for Cloudflare's edge: it shows a certificate and nothing else."""
    (folder / "edge.pem").write_bytes(pair.chain)
    (folder / "edge.key").write_bytes(pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "edge.pem", folder / "edge.key")

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


async def test_what_was_ordered_is_what_is_served(tmp_path: Path, version: str) -> None:
    """The whole triangle: a wildcard in acme.json, the same one served, and an edge whose own ends soon."""
    ending = Authority(now()).issue((f"*.{ZONE}",), now() + 5 * DAY)
    async with edge(tmp_path, ending) as port:
        config = {"probe": {"edge": True, "edge_address": f"127.0.0.1:{port}"}}
        async with acme_site(tmp_path, Wanted(records=(PROXIED,), config=config), traefik_of(version)) as site:
            snapshot = await site.agreed()
    assert "edge-certificate-ends" in codes(snapshot)
    assert codes(snapshot).isdisjoint(SERVED)
    (found,) = snapshot.certificates
    assert set(found.certificate.sans) == {ZONE, f"*.{ZONE}"}
    assert found.certificate.issuer.startswith("Pebble Intermediate")
    assert (found.certificate.chain_problem, len(found.certificate.chain) > 0) == ("", True)
    assert found.used_by == ("r0@file",), "the wildcard is matched to the router"
    triangle = Triangles(snapshot).of(APP)
    assert triangle.agrees
    assert triangle.edge is not None
    assert triangle.edge.certificate is not None
    assert triangle.edge.certificate.issuer == "specter demo authority"
    verdict, text = tls_text(snapshot, APP, None)
    assert (verdict, text.endswith("served = on disk")) == (HopVerdict.OK, True)
    if at_least(snapshot.traefik_version, "3.7"):
        assert snapshot.held == frozenset({found.certificate.fingerprint})
    check(json.loads(json.dumps(certificates_document(snapshot, snapshot.certificates))), "certs")


@takes_long
@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        (Wanted(token="wrong"), OrderProblem.DNS_TOKEN),
        (Wanted(zones=("other.test",)), OrderProblem.DNS_ZONE),
        (Wanted(refused=True), OrderProblem.RATE_LIMITED),
    ],
    ids=["token", "zone", "limit"],
)
async def test_a_failed_order_is_the_cause_of_the_default_certificate(
    tmp_path: Path, version: str, wanted: Wanted, problem: OrderProblem
) -> None:
    async with acme_site(tmp_path, wanted, traefik_of(version)) as site:
        snapshot = await site.until(lambda one: {"acme-order-failed", "default-certificate-served"} <= codes(one))
    assert {one.problem for one in standing_failures(snapshot)} == {problem}
    assert "the last certificate order for it failed" in told(snapshot, "default-certificate-served")
    if problem is OrderProblem.RATE_LIMITED:
        assert "5 certificates for the same names in 7 days" in told(snapshot, "acme-order-failed")
        assert "2027-01-01 00:00" in told(snapshot, "acme-order-failed")


@takes_long
async def test_an_open_storage_is_the_cause_of_the_default_certificate(tmp_path: Path, version: str) -> None:
    pair = Authority(now()).issue((APP,), now() + 60 * DAY)
    wanted = Wanted(storage=acme_json({"le": [stored(pair, APP)]}), mode=0o644, domains=())
    async with acme_site(tmp_path, wanted, traefik_of(version)) as site:
        snapshot = await site.until(lambda one: {"acme-file-too-open", "default-certificate-served"} <= codes(one))
        assert "is open to others (mode 644)" in told(snapshot, "default-certificate-served")
        assert "resolver-missing" not in codes(snapshot) or "does not exist" in told(snapshot, "resolver-missing")


@takes_long
async def test_only_what_is_inside_the_window_is_renewed(tmp_path: Path, version: str) -> None:
    """At its start Traefik renews what ends within 30 days, and nothing else: as our states say."""
    authority = Authority(now())
    hosts = {f"soon.{ZONE}": 29 * DAY, f"late.{ZONE}": 31 * DAY}
    made = [stored(authority.issue((host,), now() + left), host) for host, left in hosts.items()]
    wanted = Wanted(routers=tuple(hosts), domains=(), storage=acme_json({"le": made}))
    async with acme_site(tmp_path, wanted, traefik_of(version)) as site:
        ends = asyncio.get_running_loop().time() + 30
        while asyncio.get_running_loop().time() < ends:
            snapshot = await site.snapshot()
            states = {one.certificate.main: one for one in snapshot.certificates}
            if states[f"soon.{ZONE}"].certificate.issuer.startswith("Pebble"):
                break
            assert states[f"soon.{ZONE}"].state is CertificateState.DUE
            await asyncio.sleep(0.5)
        assert states[f"late.{ZONE}"].state is CertificateState.VALID
        assert states[f"late.{ZONE}"].certificate.issuer == "specter demo authority"
        renewed = states[f"soon.{ZONE}"]
        assert renewed.certificate.issuer.startswith("Pebble")
        assert codes(await site.agreed(f"soon.{ZONE}")).isdisjoint(SERVED)


@takes_long
@pytest.mark.parametrize(("days", "odd"), [(6, "at every check"), (45, "30 days before their end")])
async def test_short_lives_are_told_until_the_resolver_knows_of_them(
    tmp_path: Path, version: str, days: int, odd: str
) -> None:
    """What the resolver is told of the lifetime is found in Traefik's own support dump."""
    (tmp_path / "untold").mkdir()
    async with acme_site(tmp_path / "untold", Wanted(lifetime=days), traefik_of(version)) as site:
        snapshot = await site.agreed()
    assert odd in told(snapshot, "certificates-duration")
    assert f"certificatesDuration = {days * 24}" in told(snapshot, "certificates-duration")
    assert "certificate-overdue" not in codes(snapshot), "it was ordered a moment ago"
    (tmp_path / "told").mkdir()
    wanted = Wanted(lifetime=days, order={"certificatesDuration": days * 24})
    async with acme_site(tmp_path / "told", wanted, traefik_of(version)) as site:
        snapshot = await site.agreed()
    (found,) = snapshot.certificates
    assert found.state is CertificateState.VALID
    assert "certificates-duration" not in codes(snapshot)


@takes_long
async def test_a_storage_that_was_changed_under_traefik_is_told_so(tmp_path: Path, version: str) -> None:
    authority = Authority(now())
    old, new = (acme_json({"le": [stored(authority.issue((APP,), now() + days * DAY), APP)]}) for days in (60, 89))
    async with acme_site(tmp_path, Wanted(domains=(), storage=old), traefik_of(version)) as site:
        await site.agreed()
        site.storage.write_text(new)
        assert "certificate-not-loaded" not in codes(await site.snapshot()), "it was changed a moment ago"
        long_ago = (now() - timedelta(minutes=5)).timestamp()
        os.utime(site.storage, (long_ago, long_ago))
        snapshot = await site.snapshot()
    assert "certificate-not-loaded" in codes(snapshot)
    assert "restart Traefik" in told(snapshot, "certificate-not-loaded")
    assert tls_text(snapshot, APP, None)[0] is HopVerdict.WARNING


@takes_long
async def test_the_file_providers_certificate_is_a_row_and_shadows_the_ordered_one(
    tmp_path: Path, version: str
) -> None:
    authority = Authority(now())
    pair = authority.issue((APP, f"other.{ZONE}"), now() + 20 * DAY)
    wanted = Wanted(
        domains=({"main": ZONE, "sans": [f"*.{ZONE}"]},),
        routers=(APP,),
        files=(pair,),
    )
    async with acme_site(tmp_path, wanted, traefik_of(version)) as site:
        snapshot = await site.until(lambda one: "certificate-shadowed" in codes(one))
    assert "another certificate than acme.json's is served" in told(snapshot, "certificate-shadowed")
    if at_least(snapshot.traefik_version, "3.7"):
        (row,) = [one for one in snapshot.certificates if one.certificate.source == OF_TRAEFIK]
        assert (row.certificate.main, row.renews_at, row.state) == (APP, None, CertificateState.DUE)
        assert "certificate-ends" in codes(snapshot)


@takes_long
async def test_without_permission_the_served_ones_are_told(tmp_path: Path, version: str) -> None:
    """A storage that can't be read: Traefik's own list and what is served stand in for it."""
    async with acme_site(tmp_path, Wanted(), traefik_of(version)) as site:
        await site.agreed()
        text = (tmp_path / "config.toml").read_text().replace("acme.json", "elsewhere.json")
        (tmp_path / "config.toml").write_text(text)
        traefik = replace(site.config.settings.traefik, acme_files=(str(tmp_path / "elsewhere.json"),))
        site.config = replace(site.config, settings=replace(site.config.settings, traefik=traefik))
        snapshot = await site.snapshot()
        command = ("-m", "specter_tui", "--config", str(tmp_path / "config.toml"), "certs")
        done = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await done.communicate()
    assert snapshot.source(SourceName.ACME).status is SourceStatus.FAILED
    local = snapshot.served[APP].local
    assert local is not None
    assert local.certificate is not None
    assert (done.returncode, APP in out.decode(), err.decode().count("\n")) == (3, True, 1)
