"""`dns apply` held to its two promises for any zone, over the real SDK and the emulator.

Done twice it changes nothing the second time, and its undo leaves every record as it was: type, name, content, ttl,
proxied, comment, tags and settings. What another tool manages and what is no address is never written.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from specter_tui.core.dns.owners import MARKER
from specter_tui.demo.cloudflare import CloudflareEmulator, StoredRecord
from specter_tui.demo.cloudflare.account import ApiError
from tests.actions.test_dns_sync import OTHER, World
from tests.cloudflare import OURS, ZONE
from tests.real import WHOLE_MATRIX

_EXAMPLES: Final = 200 if WHOLE_MATRIX else 10  # a tenth of a second each
HOSTS: Final = ("@", "app", "wiki", "c.app", "bücher")
FOREIGN: Final = "managed by terraform"
_CONTENTS: Final = {
    "A": st.sampled_from([OURS, OTHER, "198.51.100.8"]),
    "AAAA": st.sampled_from(["2001:db8::10", "2001:db8::66"]),
    "CNAME": st.sampled_from([ZONE, f"app.{ZONE}", f"gone.{ZONE}", "x.example.net"]),
    "TXT": st.sampled_from(['"heritage=external-dns,external-dns/owner=x"', '"v=spf1 -all"']),
    "MX": st.just("mail.example.net"),
    "CAA": st.just('0 issue "letsencrypt.org"'),
    "NEWTYPE": st.just("whatever"),
}
_NAMES: Final = st.sampled_from(["@", "app", "wiki", "c.app", "xn--bcher-kva", "*", "a-app", "_acme-challenge.app"])


@st.composite
def a_zone(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Records as somebody may have made them; the emulator refuses those that no zone can have."""
    return [
        {
            "type": (kind := draw(st.sampled_from(sorted(_CONTENTS)))),
            "name": draw(_NAMES),
            "content": draw(_CONTENTS[kind]),
            "ttl": draw(st.sampled_from([1, 300])),
            "proxied": kind in {"A", "AAAA", "CNAME"} and draw(st.booleans()),
            "comment": draw(st.sampled_from(["", MARKER, f"wiki {MARKER}", FOREIGN])),
            "tags": draw(st.sampled_from([[], ["team:ops"]])),
            "settings": draw(st.sampled_from([{}, {"ipv4_only": True}])),
        }
        for _ in range(draw(st.integers(0, 6)))
    ]


async def _kept(records: Sequence[dict[str, Any]], hosts: Sequence[str], *, adopt: bool) -> None:
    async with CloudflareEmulator() as emulator:
        world = World(emulator, emulator.account.add_zone(ZONE))
        for fields in records:
            with contextlib.suppress(ApiError):
                emulator.account.write(world.zone, fields)
        try:
            await _applied_twice_and_undone(world, hosts, adopt=adopt)
        finally:
            world.close()


async def _applied_twice_and_undone(world: World, hosts: Sequence[str], *, adopt: bool) -> None:
    before = world.whole()
    plan = await world.plan(*hosts, adopt=adopt, force=True)
    await world.sync().apply(plan, world.tell)
    await world.sync().verify(plan, world.tell)
    after = world.whole()
    _demand_nothing_foreign_was_written(before, after, adopt=adopt)
    assert (await world.plan(*hosts, adopt=adopt, force=True)).changes == ()
    undo = await world.sync().reverse(plan, "one", await world.snapshot())
    await world.sync().apply(undo, world.tell)
    await world.sync().verify(undo, world.tell)
    assert world.whole() == before


def _demand_nothing_foreign_was_written(
    before: Sequence[StoredRecord], after: Sequence[StoredRecord], *, adopt: bool
) -> None:
    gone = [one for one in before if one not in after]
    made = [one for one in after if one not in before]
    assert all(MARKER in one.comment and one.type in {"A", "AAAA", "CNAME"} for one in made)
    assert all(one.type in {"A", "AAAA", "CNAME"} and FOREIGN not in one.comment for one in gone)
    assert adopt or all(MARKER in one.comment for one in gone)


@settings(max_examples=_EXAMPLES)
@given(a_zone(), st.lists(st.sampled_from(HOSTS), max_size=4, unique=True), st.booleans())
def test_applied_twice_it_changes_nothing_and_undone_all_is_as_it_was(
    records: list[dict[str, Any]], names: list[str], adopt: bool
) -> None:
    asyncio.run(_kept(records, names, adopt=adopt))
