"""The Cloudflare source with the real SDK, against the emulator."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from specter_tui.core.dns.model import CloudflareRead
from specter_tui.core.errors import SourceError
from specter_tui.core.secrets import Secret
from specter_tui.demo.cloudflare import CloudflareEmulator
from specter_tui.demo.cloudflare.account import READ, TOKEN
from specter_tui.demo.cloudflare.faults import Fault, Trouble
from specter_tui.sources.cloudflare import CloudflareClient, CloudflareDns, read_token
from specter_tui.sources.cloudflare.decode import decode_record, items_of
from specter_tui.sources.cloudflare.interfaces import public_addresses
from tests.cloudflare import OURS, ZONE, put, source


@pytest.fixture
async def emulator() -> AsyncIterator[CloudflareEmulator]:
    async with CloudflareEmulator() as one:
        one.account.add_zone(ZONE)
        yield one


async def read(one: CloudflareDns) -> CloudflareRead:
    try:
        return await one.read()
    finally:
        await one.close()


async def refused(one: CloudflareDns) -> str:
    with pytest.raises(SourceError) as caught:
        await read(one)
    return caught.value.sentence()


async def test_zones_records_and_ssl_mode_are_read(emulator: CloudflareEmulator) -> None:
    (zone,) = emulator.account.zones.values()
    put(emulator, zone, "app", proxied=True, comment="managed-by=specter", tags=["a:b"])
    put(emulator, zone, "bücher".encode("idna").decode(), ttl=300)
    put(emulator, zone, "x", "whatever", type="NEWTYPE")
    found = await read(source(emulator))
    assert [(one.name, one.status, one.ssl, one.error) for one in found.zones] == [(ZONE, "active", "strict", "")]
    assert [(one.name, one.type, one.content, one.ttl, one.proxied) for one in found.records] == [
        ("app.example.org", "A", OURS, 1, True),
        ("xn--bcher-kva.example.org", "A", OURS, 300, False),
        ("x.example.org", "NEWTYPE", "whatever", 1, False),
    ]
    assert (found.records[0].comment, found.records[0].tags) == ("managed-by=specter", ("a:b",))
    assert (found.problems, found.missing_scopes) == ((), ())


async def test_ten_thousand_records_take_few_calls(emulator: CloudflareEmulator) -> None:
    (zone,) = emulator.account.zones.values()
    first = put(emulator, zone, "host")
    for number in range(1, 10_000):  # without the checks of a new one, which look at all others
        zone.records[f"r{number}"] = replace(first, id=f"r{number}", name=f"host-{number}.{ZONE}")
    found = await read(source(emulator, deadline=30))
    assert len(found.records) == 10_000
    assert len({record.id for record in found.records}) == 10_000
    assert len(emulator.faults.asked) == 1 + 1 + 10 + 1  # the token, the zones, the pages, the SSL mode


async def test_the_token_alone_is_sent_whatever_the_environment_holds(
    emulator: CloudflareEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDFLARE_EMAIL", "ops@example.org")
    monkeypatch.setenv("CLOUDFLARE_API_KEY", "k" * 37)
    assert (await read(source(emulator))).zones


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [
        (READ - {"settings:read"}, "Zone Settings:Read for example.org"),
        (READ - {"dns:read"}, "DNS:Read for example.org"),
    ],
)
async def test_a_missing_scope_is_named_and_the_rest_is_read(
    emulator: CloudflareEmulator, scopes: frozenset[str], missing: str
) -> None:
    emulator.account.tokens["small"] = scopes
    found = await read(source(emulator, token="small"))
    assert found.missing_scopes == (missing,)
    assert bool(found.zones[0].error) == ("DNS:Read" in missing)


async def test_a_token_that_may_not_list_zones_is_told_which_scope(emulator: CloudflareEmulator) -> None:
    emulator.account.tokens["none"] = frozenset()
    assert "Zone:Read" in await refused(source(emulator, token="none"))


async def test_a_wrong_token_is_refused_and_never_shown(emulator: CloudflareEmulator) -> None:
    sentence = await refused(source(emulator, token="not-the-secret-token"))
    assert "refuses" in sentence
    assert "not-the-secret-token" not in sentence


async def test_an_expired_token_is_said_to_be(emulator: CloudflareEmulator) -> None:
    emulator.account.state_of_tokens = "expired"
    assert "expired" in await refused(source(emulator))


async def test_a_token_that_sees_no_zone(emulator: CloudflareEmulator) -> None:
    emulator.account.zones.clear()
    assert "sees no zone" in await refused(source(emulator))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(Trouble.STATUS, path="/zones", status=403, code=9109), "refuses"),
        (Fault(Trouble.STATUS, path="/zones", status=500), "status 500"),
        (Fault(Trouble.HTML, path="/zones"), "a web page"),
        (Fault(Trouble.LIST, path="/zones"), "no object"),
        (Fault(Trouble.EMPTY, path="/zones"), "no list"),
        (Fault(Trouble.DOWN, path="/zones"), "cannot be reached"),
    ],
)
async def test_every_other_answer_is_one_sentence(emulator: CloudflareEmulator, fault: Fault, words: str) -> None:
    emulator.faults.switches.append(fault)
    assert words in await refused(source(emulator))


async def test_nothing_is_asked_twice_by_itself(emulator: CloudflareEmulator) -> None:
    emulator.faults.switches.append(Fault(Trouble.STATUS, path="/zones", status=503))
    await refused(source(emulator))
    assert len([path for _, path in emulator.faults.asked if "/zones" in path]) == 1


async def test_a_rate_limit_is_kept(emulator: CloudflareEmulator) -> None:
    emulator.faults.switches.append(Fault(Trouble.STATUS, path="/zones", status=429, retry_after=90, times=1))
    one = source(emulator)
    with pytest.raises(SourceError, match="another 90 s"):
        await one.read()
    asked = len(emulator.faults.asked)
    assert "rate limit" in await refused(one)
    assert len(emulator.faults.asked) == asked


async def test_a_zone_that_vanishes_midway_leaves_the_others(emulator: CloudflareEmulator) -> None:
    other = emulator.account.add_zone("example.net")
    put(emulator, other, "app")
    gone = next(one for one in emulator.account.zones.values() if one.name == ZONE)
    emulator.faults.switches.append(Fault(Trouble.STATUS, path=f"{gone.id}/dns_records", status=404, code=7003))
    found = await read(source(emulator))
    assert {one.name: bool(one.error) for one in found.zones} == {"example.net": False, ZONE: True}
    assert len(found.records) == 1


@pytest.mark.parametrize("path", ["/zones", "/dns_records"])
async def test_an_answer_without_fields_is_no_empty_list(emulator: CloudflareEmulator, path: str) -> None:
    """Else every host would lack its record, and `dns apply` would make them all."""
    (zone,) = emulator.account.zones.values()
    put(emulator, zone, "app")
    emulator.faults.switches.append(Fault(Trouble.EMPTY, path=path))
    assert "no list" in await refused(source(emulator))


@pytest.mark.parametrize("path", ["/settings/ssl", "/tokens/verify"])
async def test_fields_that_only_say_more_may_be_missing(emulator: CloudflareEmulator, path: str) -> None:
    (zone,) = emulator.account.zones.values()
    put(emulator, zone, "app")
    emulator.faults.switches.append(Fault(Trouble.EMPTY, path=path))
    found = await read(source(emulator))
    assert len(found.records) == 1
    assert found.zones[0].ssl == ("" if "ssl" in path else "strict")


@pytest.mark.parametrize(("document", "items"), [({"success": True, "result": None}, []), ({"result": [1]}, [1])])
def test_an_empty_list_is_one_where_cloudflare_says_so(document: dict[str, Any], items: list[Any]) -> None:
    assert items_of(document) == items


@pytest.mark.parametrize("document", [{}, {"success": True}, {"result": None}, {"success": True, "result": {}}])
def test_anything_else_is_no_list(document: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        items_of(document)


class Pages:
    """Stands for the client: gives one document after the other for the records, whatever page is asked for."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self._pages = list(pages)
        self.calls = 0

    def call(self, ask: object, what: str, until: float) -> dict[str, Any]:
        del ask, until
        if what == "its zones":
            return {"success": True, "result": [{"id": "z", "name": ZONE, "status": "active"}]}
        return self._pages.pop(0) if what.startswith("the records") else {"success": True, "result": {}}

    def close(self) -> None:
        return


def page(total: int, *names: str) -> dict[str, Any]:
    items = [{"id": name, "type": "A", "name": name, "content": OURS} for name in names]
    return {"success": True, "result": items, "result_info": {"total_pages": total}}


@pytest.mark.parametrize(
    "pages",
    [[page(3, "a"), page(3)], [page(3, "a"), page(3, "a")], [page(2, "a"), page(2)], [page(2)]],
    ids=["empty midway", "repeated", "empty last", "empty first"],
)
async def test_a_list_that_lacks_pages_is_not_taken_for_a_whole_one(pages: list[dict[str, Any]]) -> None:
    one = CloudflareDns(cast("CloudflareClient", Pages(*pages)), (), 5)
    assert "has nothing new" in await refused(one)


@pytest.mark.parametrize(
    ("pages", "count"),
    [([page(0)], 0), ([page(1)], 0), ([page(0, "a"), page(0, "b"), page(0)], 2), ([page(0, "a"), page(0, "a")], 1)],
)
async def test_where_no_number_of_pages_is_told_an_empty_one_ends_the_list(
    pages: list[dict[str, Any]], count: int
) -> None:
    found = await read(CloudflareDns(cast("CloudflareClient", Pages(*pages)), (), 5))
    assert len(found.records) == count


async def test_what_a_rate_limit_left_unread_fails_the_whole_read(emulator: CloudflareEmulator) -> None:
    """Records of half the zones would look as if the others had none."""
    for number in range(5):
        emulator.account.add_zone(f"zone-{number}.org")
    emulator.faults.limit = 6
    assert "another 300 s" in await refused(source(emulator))


async def test_a_rate_limit_is_no_missing_scope_whatever_the_code_beside_it(emulator: CloudflareEmulator) -> None:
    emulator.faults.switches.append(Fault(Trouble.STATUS, path="/dns_records", status=429, code=10000))
    assert "rate limit" in await refused(source(emulator))


@pytest.mark.parametrize(("said", "told"), [("90", "90 s"), ("0", "1 s"), ("1e9", "600 s"), ("soon", "300 s")])
async def test_retry_after_is_kept_within_reason(emulator: CloudflareEmulator, said: str, told: str) -> None:
    emulator.faults.switches.append(Fault(Trouble.STATUS, path="/zones", status=429, retry_after=said))
    assert f"another {told}" in await refused(source(emulator))


@pytest.mark.parametrize(
    "item",
    [
        None,
        7,
        [],
        {},
        {"id": "1", "type": "A"},
        {"id": 1, "type": "A", "name": "a.org"},
        {"id": "", "type": "A", "name": "a"},
    ],
)
def test_what_is_no_record_is_none(item: object) -> None:
    assert decode_record(item, "z") is None


def test_fields_of_other_types_count_as_missing() -> None:
    item = {"id": "1", "type": "a", "name": "A.org.", "ttl": "x", "proxied": "yes", "tags": [1, "t"], "settings": 3}
    record = decode_record(item, "z")
    assert record is not None
    assert (record.type, record.name, record.ttl, record.proxied, record.tags) == ("A", "a.org", 1, False, ("t",))
    assert (record.content, record.settings) == ("", "{}")


async def test_only_the_named_zones_are_read_and_the_unseen_told(emulator: CloudflareEmulator) -> None:
    emulator.account.add_zone("example.net")
    found = await read(source(emulator, zones=("example.net", "other.org")))
    assert [one.name for one in found.zones] == ["example.net"]
    assert found.missing_scopes == ("Zone:Read for other.org, which cloudflare.zones names",)


async def test_zones_come_in_pages(emulator: CloudflareEmulator) -> None:
    for number in range(60):
        emulator.account.add_zone(f"zone-{number}.org")
    assert len((await read(source(emulator))).zones) == 61


async def test_a_slow_answer_ends_with_the_deadline(emulator: CloudflareEmulator) -> None:
    emulator.faults.delay = 5
    begun = time.monotonic()
    assert "did not" in await refused(source(emulator, deadline=0.3))
    assert time.monotonic() - begun < 4


async def test_cancelling_a_read_returns_at_once(emulator: CloudflareEmulator) -> None:
    emulator.faults.delay = 1
    one = source(emulator)
    task = asyncio.create_task(one.read())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await one.close()


async def test_a_token_is_not_sent_in_the_clear() -> None:
    client = CloudflareClient("http://api.example.net/client/v4", lambda: Secret(TOKEN))
    assert "https" in await refused(CloudflareDns(client, (), 5))


@pytest.mark.parametrize("content", [b"", b"\n", b"two words", b"a\nb", b"\xff\xfe", b"x" * 5000])
def test_a_file_without_a_token_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "token"
    file.touch(0o600)
    file.write_bytes(content)
    with pytest.raises(SourceError, match="holds no Cloudflare token"):
        read_token(str(file))


def test_a_token_is_read_without_the_line_end(tmp_path: Path) -> None:
    (tmp_path / "token").touch(0o640)
    (tmp_path / "token").write_text("abc\n")
    assert read_token(str(tmp_path / "token")).reveal() == "abc"
    with pytest.raises(SourceError, match="cannot be read"):
        read_token(str(tmp_path / "none"))


@pytest.mark.parametrize("mode", [0o644, 0o602, 0o620, 0o777])
def test_a_token_that_others_can_read_or_change_is_not_used(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "token"
    file.write_text("abc\n")
    file.chmod(mode)
    with pytest.raises(SourceError) as caught:
        read_token(str(file))
    said = caught.value.sentence()
    assert f"is open to others (mode {mode:04o}); type: chmod 600 {file}" in said
    assert "abc" not in said


def test_public_addresses_of_the_interfaces(tmp_path: Path) -> None:
    leaves = ("8.8.4.4", "172.17.0.1", "127.0.0.1")
    (tmp_path / "fib_trie").write_text(
        "".join(f"   |-- {one}\n      /32 host LOCAL\n" for one in leaves) + "|-- x\n/32 host LOCAL\n"
    )
    v6 = [
        "2a00" + "0" * 27 + "1 02 40 00 80 eth0",
        "2a00" + "0" * 27 + "2 02 40 00 01 eth0",
        "fe80" + "0" * 28 + " 02 40 20 80 eth0",
        "short",
    ]
    (tmp_path / "if_inet6").write_text("\n".join(v6))
    assert public_addresses(tmp_path) == ("8.8.4.4", "2a00::1")
    assert public_addresses(tmp_path / "none") == ()
