"""A snapshot with DNS: hosts of one zone whose records are in every state that the plan tells apart."""

from __future__ import annotations

from specter_tui.core.dns.addresses import Origin, OwnAddresses
from specter_tui.core.dns.model import Record
from specter_tui.core.dns.owners import MARKER
from specter_tui.core.dns.states import DnsIndex
from specter_tui.core.snapshot import Snapshot
from tests.builders import a_router, a_source, all_sources, replace
from tests.core.dns.records import OTHER, OURS, ZONE, a_read, a_record
from tests.core.joining import joined

MISSING, WRONG, UNMARKED, OTHERS, FINE = (f"{name}.example.org" for name in ("miss", "wrong", "hand", "tf", "fine"))
RECORDS = (
    a_record(WRONG, OTHER, comment=MARKER),
    a_record(UNMARKED, OTHER, comment="by hand"),
    a_record(OTHERS, OTHER, comment="managed by terraform"),
    a_record(FINE, proxied=True),
)


def dns_world(*records: Record, hosts: tuple[str, ...] = (MISSING, WRONG, UNMARKED, OTHERS, FINE)) -> Snapshot:
    """One router a host; without records those of every state."""
    read = a_read(*(records or RECORDS))
    routers = [replace(a_router(f"r{number}@docker"), rule=f"Host(`{host}`)") for number, host in enumerate(hosts)]
    snapshot = joined(*routers, states=all_sources(cloudflare=a_source()))
    index = DnsIndex(read, (OURS,))
    judged = tuple(replace(host, dns=index.of(host.name)) for host in snapshot.hosts)
    routes = tuple(replace(route, dns=tuple(map(index.of, route.hosts))) for route in snapshot.routes)
    ours = {ZONE.id: OwnAddresses((OURS,), (), Origin.CONFIGURED)}
    return replace(snapshot, hosts=judged, routes=routes, cloudflare=read, own_addresses=ours)
