"""`dns apply` against the emulator, with the real SDK: writing, drift, lost answers, and the way back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from specter_tui.actions.dns_sync import DNS, DnsSync
from specter_tui.core.actions import Plan, Wish
from specter_tui.core.dns.addresses import Origin, OwnAddresses
from specter_tui.core.dns.mending import mending
from specter_tui.core.dns.model import CloudflareRead
from specter_tui.core.dns.owners import MARKER
from specter_tui.core.errors import FailedError, NotFoundError, RefusedError, SourceError
from specter_tui.core.secrets import Secret
from specter_tui.core.settings import CloudflareSettings
from specter_tui.core.snapshot import Snapshot, SourceName, SourceState, SourceStatus
from specter_tui.demo.cloudflare import CloudflareEmulator, StoredRecord, StoredZone
from specter_tui.demo.cloudflare.account import READ, TOKEN
from specter_tui.demo.cloudflare.faults import Fault, Trouble
from specter_tui.effects.dns_records import DnsRecords
from specter_tui.sources.cloudflare import CloudflareClient
from specter_tui.sources.cloudflare.decode import decode_record
from tests.builders import a_router, a_source, all_sources, replace
from tests.cloudflare import OURS, ZONE, put, source
from tests.core.joining import joined

OTHER = "198.51.100.7"
SETTINGS = CloudflareSettings(expected_ips=(OURS,))


@dataclass
class World:
    emulator: CloudflareEmulator
    zone: StoredZone
    told: list[str] = field(default_factory=list)
    clients: dict[str, CloudflareClient] = field(default_factory=dict)

    def sync(self, token: str = TOKEN) -> DnsSync:
        if token not in self.clients:
            self.clients[token] = CloudflareClient(self.emulator.base_url, lambda: Secret(token))
        return DnsSync(DnsRecords(self.clients[token], decode_record), SETTINGS)

    def close(self) -> None:
        for client in self.clients.values():
            client.close()

    async def snapshot(self, *hosts: str) -> Snapshot:
        one = source(self.emulator)
        read: CloudflareRead = await one.read()
        await one.close()
        rules = (f"Host(`{ZONE if host == '@' else f'{host}.{ZONE}'}`)" for host in hosts)
        routers = [replace(a_router(f"r{number}@docker"), rule=rule) for number, rule in enumerate(rules)]
        states: dict[SourceName, SourceState] = all_sources(cloudflare=a_source())
        return replace(joined(*routers, states=states), cloudflare=read)

    async def plan(self, *hosts: str, adopt: bool = False, force: bool = False) -> Plan:
        return await self.sync().plan(Wish(DNS, "", adopt=adopt, force=force), await self.snapshot(*hosts))

    def tell(self, text: str) -> None:
        self.told.append(text)

    def records(self) -> list[tuple[str, str, str, bool, str]]:
        found = self.zone.records.values()
        return sorted((one.type, one.name, one.content, one.proxied, one.comment) for one in found)

    def whole(self) -> list[StoredRecord]:
        return sorted((replace(one, id="", modified_on="") for one in self.zone.records.values()), key=repr)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with CloudflareEmulator() as emulator:
        made = World(emulator, emulator.account.add_zone(ZONE))
        yield made
        made.close()


async def test_a_missing_record_is_created_and_a_wrong_one_corrected(world: World) -> None:
    put(world.emulator, world.zone, "wiki", OTHER, comment=MARKER, tags=["team:ops"], settings={"ipv4_only": True})
    before = world.whole()
    plan = await world.plan("app", "wiki")
    assert [one.where for one in plan.changes] == [f"record app.{ZONE}", f"record wiki.{ZONE}"]
    await world.sync().apply(plan, world.tell)
    proof = await world.sync().verify(plan, world.tell)
    assert len(proof) == 2
    assert world.records() == [
        ("A", f"app.{ZONE}", OURS, False, MARKER),
        ("A", f"wiki.{ZONE}", OURS, False, MARKER),
    ]
    again = await world.plan("app", "wiki")
    assert again.changes == ()
    undo = await world.sync().reverse(plan, "one", await world.snapshot())
    await world.sync().apply(undo, world.tell)
    await world.sync().verify(undo, world.tell)
    assert world.whole() == before


async def test_undo_of_an_undo_writes_it_all_again(world: World) -> None:
    plan = await world.plan("app")
    await world.sync().apply(plan, world.tell)
    after = world.whole()
    undo = await world.sync().reverse(plan, "one", await world.snapshot())
    await world.sync().apply(undo, world.tell)
    redo = await world.sync().reverse(undo, "two", await world.snapshot())
    await world.sync().apply(redo, world.tell)
    assert world.whole() == after


async def test_what_somebody_else_changed_is_left(world: World) -> None:
    record = put(world.emulator, world.zone, "wiki", OTHER, comment=MARKER)
    plan = await world.plan("wiki")
    put_again = {"type": "A", "name": "wiki", "content": "198.51.100.99", "comment": MARKER}
    world.emulator.account.write(world.zone, put_again, record.id)
    assert await world.sync().fingerprint(plan) != plan.fingerprint
    with pytest.raises(FailedError, match="somebody else"):
        await world.sync().apply(plan, world.tell)
    await world.sync().rollback(plan, world.tell)
    assert world.records() == [("A", f"wiki.{ZONE}", "198.51.100.99", False, MARKER)]


async def test_a_record_that_came_in_between_is_left(world: World) -> None:
    plan = await world.plan("app")
    put(world.emulator, world.zone, "app", OTHER)
    with pytest.raises(FailedError):
        await world.sync().apply(plan, world.tell)


async def test_a_write_that_fails_is_not_repeated_and_the_rest_goes_back(world: World) -> None:
    plan = await world.plan("app", "wiki")
    world.emulator.faults.asked.clear()
    world.emulator.faults.switches[:] = [
        Fault(method="POST", times=1),  # lets the first write through
        Fault(Trouble.STATUS, method="POST", status=500, times=1),
    ]
    with pytest.raises(SourceError):
        await world.sync().apply(plan, world.tell)
    assert [method for method, _ in world.emulator.faults.asked].count("POST") == 2
    await world.sync().rollback(plan, world.tell)
    assert world.records() == []


async def test_a_write_whose_answer_is_lost_counts_when_it_was_done(world: World) -> None:
    plan = await world.plan("app")
    world.emulator.faults.switches.append(Fault(Trouble.DONE_AND_DOWN, method="POST", times=1))
    await world.sync().apply(plan, world.tell)
    assert len(world.records()) == 1
    assert [method for method, _ in world.emulator.faults.asked].count("POST") == 1


async def test_going_on_after_a_kill_does_nothing_twice(world: World) -> None:
    plan = await world.plan("app")
    await world.sync().apply(plan, world.tell)
    await world.sync().apply(plan, world.tell)
    assert len(world.records()) == 1
    assert "already" in world.told[-1]


async def test_a_token_that_may_only_read_changes_nothing(world: World) -> None:
    world.emulator.account.tokens["reader"] = READ
    plan = await world.plan("app")
    with pytest.raises(SourceError, match="refuses"):
        await world.sync("reader").apply(plan, world.tell)
    assert world.records() == []


async def test_without_a_token_for_writing_the_plan_is_shown_and_refused(world: World) -> None:
    sync = DnsSync(None, SETTINGS)
    plan = await sync.plan(Wish(DNS, ""), await world.snapshot("app"))
    assert "write_token_file" in plan.risks[0]
    with pytest.raises(RefusedError, match="write_token_file"):
        await sync.fingerprint(plan)


async def test_limits_need_force_and_unmarked_records_adoption(world: World) -> None:
    hosts = [f"h{number}" for number in range(11)]
    with pytest.raises(RefusedError, match="more than 10"):
        await world.plan(*hosts)
    assert len((await world.plan(*hosts, force=True)).changes) == 11
    put(world.emulator, world.zone, "wiki", OTHER)
    left = await world.plan("wiki")
    assert left.changes == ()
    assert "only when it is adopted" in left.risks[0]
    assert len((await world.plan("wiki", adopt=True)).changes) == 1


async def test_only_the_unmarked_records_that_were_chosen_are_taken_over(world: World) -> None:
    for host in ("wiki", "git"):
        put(world.emulator, world.zone, host, OTHER)
    snapshot = await world.snapshot("app", "wiki", "git")
    plan = await world.sync().plan(Wish(DNS, "", adopted=(f"WIKI.{ZONE}.",)), snapshot)
    assert [one.where for one in plan.changes] == [f"record app.{ZONE}", f"record wiki.{ZONE}"]
    await world.sync().apply(plan, world.tell)
    assert ("A", f"git.{ZONE}", OTHER, False, "") in world.records()


async def test_a_wish_for_one_host_changes_no_other(world: World) -> None:
    snapshot = await world.snapshot("app", "wiki")
    plan = await world.sync().plan(Wish(DNS, f"app.{ZONE}"), snapshot)
    assert [one.where for one in plan.changes] == [f"record app.{ZONE}"]
    with pytest.raises(NotFoundError, match="no router that Traefik serves"):
        await world.sync().plan(Wish(DNS, f"git.{ZONE}"), snapshot)


async def test_without_traefik_nobody_knows_which_hosts_are_routed(world: World) -> None:
    snapshot = await world.snapshot("app")
    away = all_sources(cloudflare=a_source(), traefik=a_source(SourceStatus.FAILED))
    with pytest.raises(RefusedError, match="which hosts"):
        await world.sync().plan(Wish(DNS, ""), replace(snapshot, sources=away))


async def test_the_board_shows_what_the_plan_does(world: World) -> None:
    put(world.emulator, world.zone, "wiki", OTHER)
    put(world.emulator, world.zone, "git", OTHER, comment="managed by terraform")
    ours = {world.zone.id: OwnAddresses((OURS,), (), Origin.CONFIGURED)}
    snapshot = replace(await world.snapshot("app", "wiki", "git"), own_addresses=ours)
    board, plan = mending(snapshot), await world.plan("app", "wiki", "git", adopt=True)
    assert [f"record {one}" for one in board.changes] == [one.where for one in plan.changes]
    assert board.why_left(f"git.{ZONE}") == "terraform manages this record"


async def test_records_that_are_out_of_date_are_no_ground_for_a_plan(world: World) -> None:
    snapshot = replace(await world.snapshot("app"), sources=all_sources())
    with pytest.raises(RefusedError, match="not read"):
        await world.sync().plan(Wish(DNS, ""), replace(snapshot, cloudflare=None))
