"""`/api/certificates` as 3.7.15 answers it, and what else may come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from specter_tui.core.errors import SourceError
from specter_tui.core.model import OF_TRAEFIK
from specter_tui.core.settings import TraefikSettings
from specter_tui.sources.traefik import TraefikCertificates
from tests.sources.traefik_answers import Served

# As observed on 3.7.15, without what is not read.
ENTRY: dict[str, Any] = {
    "name": "49" * 32,
    "sans": ["*.example.test", "example.test"],
    "notAfter": "2027-01-22T08:45:30Z",
    "notBefore": "2026-10-24T08:45:30Z",
    "serialNumber": "289072468709125715256814236577467845337813671942",
    "commonName": "*.example.test",
    "issuerOrg": "Test",
    "issuerCN": "R11",
    "version": "v3",
    "keyType": "ECDSA",
    "keySize": 256,
    "certFingerprint": "49" * 32,
    "status": "enabled",
}


def source(document: Any) -> tuple[TraefikCertificates, Served]:
    served = Served({"/api/certificates": httpx.Response(200, json=document)})
    return TraefikCertificates(TraefikSettings(api_url="http://traefik.test:8080"), served), served


async def test_an_entry() -> None:
    api, served = source([ENTRY, ENTRY | {"keyType": "RSA", "keySize": 4096, "commonName": ""}])
    first, second = await api.read()
    assert (first.main, first.sans) == ("*.example.test", ("*.example.test", "example.test"))
    assert (first.issuer, first.key_type, first.fingerprint) == ("R11", "EC P-256", "49" * 32)
    assert first.not_after == datetime(2027, 1, 22, 8, 45, 30, tzinfo=UTC)
    assert (first.source, first.resolver) == (OF_TRAEFIK, "")
    assert (second.main, second.key_type) == ("*.example.test", "RSA 4096")
    assert [str(one.url.query, "ascii") for one in served.requests] == ["per_page=1000000"]


async def test_an_unchanged_list_is_the_same_object() -> None:
    api, _ = source([ENTRY])
    assert await api.read() is await api.read()


@pytest.mark.parametrize(
    "change", [{"notAfter": "soon"}, {"notBefore": None}, {"certFingerprint": "ab"}, {"notAfter": 5}]
)
async def test_an_entry_without_its_dates_or_its_digest_is_left_out(change: dict[str, Any]) -> None:
    api, _ = source([ENTRY | change, ENTRY, "text", None])
    assert len(await api.read()) == 1


async def test_hostile_values_do_no_harm() -> None:
    api, _ = source([ENTRY | {"sans": ["a", 5], "issuerCN": {}, "keySize": "x", "keyType": None}])
    (found,) = await api.read()
    assert (found.sans, found.issuer) == (("a",), "Test")


@pytest.mark.parametrize("body", [b"{}", b'"x"', b"null", b"", b"<html>"])
async def test_what_is_no_list_is_an_error(body: bytes) -> None:
    served = Served({"/api/certificates": httpx.Response(200, content=body)})
    api = TraefikCertificates(TraefikSettings(api_url="http://traefik.test:8080"), served)
    with pytest.raises(SourceError):
        await api.read()
    await api.close()


async def test_before_3_7_there_is_no_such_path() -> None:
    api = TraefikCertificates(TraefikSettings(api_url="http://traefik.test:8080"), Served({}))
    with pytest.raises(SourceError):
        await api.read()
