"""The source against a real Traefik, started as a process with a configuration that has one of everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from specter_tui.core.model import ConfigStatus, ServerHealth, TlsDomain, TraefikRead
from specter_tui.core.settings import TraefikSettings
from specter_tui.core.versions import at_least
from specter_tui.sources.acme_file import AcmeFiles
from specter_tui.sources.traefik import TraefikApi
from tests.traefik_process import TraefikProcess, traefik

pytestmark = pytest.mark.live
WORD = "hunter2hunter2"
VERIFY = f"http://user:{WORD}@127.0.0.1:9/verify?roles=a"

STATIC: dict[str, Any] = {
    "entryPoints": {
        "web": {"http": {"redirections": {"entryPoint": {"to": "websecure", "scheme": "https"}}}},
        "websecure": {
            "forwardedHeaders": {"trustedIPs": ["10.0.0.0/8"]},
            "http": {
                "middlewares": ["listed@file"],
                "tls": {"certResolver": "le", "domains": [{"main": "x.test", "sans": ["*.x.test"]}]},
            },
        },
        "tcpep": {"forwardedHeaders": {"insecure": True}},
    },
    "certificatesResolvers": {
        "le": {
            "acme": {
                "email": "ops@x.test",
                "storage": "acme.json",
                "caServer": "https://127.0.0.1:1/dir",
                "certificatesDuration": 1080,
                "tlsChallenge": {},
            }
        }
    },
}

DYNAMIC: dict[str, Any] = {
    "http": {
        "routers": {
            "plain": {
                "rule": "Host(`plain.test`)",
                "entryPoints": ["web"],
                "service": "checked",
                "middlewares": ["guard"],
            },
            "nosvc": {"rule": "Host(`nosvc.test`)", "entryPoints": ["web"], "service": "missing"},
            "badrule": {"rule": "Host(`a`", "entryPoints": ["web"], "service": "checked"},
            "noep": {"rule": "Host(`noep.test`)", "entryPoints": ["nope"], "service": "checked"},
            "badmw": {
                "rule": "Host(`b.test`)",
                "entryPoints": ["web"],
                "service": "checked",
                "middlewares": ["none@docker"],
            },
            "split": {
                "rule": "Host(`split.test`)",
                "priority": 77,
                "entryPoints": ["web", "websecure"],
                "service": "weights",
            },
            "secure": {
                "rule": "Host(`s.test`)",
                "entryPoints": ["websecure"],
                "service": "mirror",
                "tls": {"options": "strict", "domains": [{"main": "s.test", "sans": ["*.s.test"]}]},
            },
            "fails": {"rule": "Host(`f.test`)", "entryPoints": ["web"], "service": "fail"},
        },
        "middlewares": {
            "guard": {"chain": {"middlewares": ["verify", "basic"]}},
            "verify": {"forwardAuth": {"address": VERIFY, "authResponseHeaders": ["X-Auth-User", "Cookie"]}},
            "basic": {"basicAuth": {"users": ["test:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/"]}},
            "digest": {"digestAuth": {"users": ["test:traefik:a2688e031edb4be6a3797f3882655c05"]}},
            "headers": {"headers": {"customRequestHeaders": {"Authorization": f"Basic {WORD}", "X-Any": WORD}}},
            "https": {"redirectScheme": {"scheme": "https", "permanent": True}},
            "listed": {"ipAllowList": {"sourceRange": ["127.0.0.1/32"]}},
        },
        "services": {
            "checked": {
                "loadBalancer": {
                    "healthCheck": {"path": "/ping", "interval": "200ms", "timeout": "100ms"},
                    "servers": [{"url": "http://127.0.0.1:1"}, {"url": "http://127.0.0.1:3"}],
                }
            },
            "unchecked": {"loadBalancer": {"servers": [{"url": "http://127.0.0.1:2"}]}},
            "weights": {"weighted": {"services": [{"name": "checked", "weight": 3}, {"name": "unchecked"}]}},
            "mirror": {"mirroring": {"service": "checked", "mirrors": [{"name": "unchecked", "percent": 10}]}},
            "fail": {"failover": {"service": "checked", "fallback": "unchecked"}},
        },
    },
    "tcp": {
        "routers": {
            "db": {"rule": "HostSNI(`*`)", "entryPoints": ["tcpep"], "service": "db", "middlewares": ["listed"]},
            "dbtls": {
                "rule": "HostSNI(`db.test`)",
                "entryPoints": ["tcpep"],
                "service": "shared",
                "tls": {"passthrough": True},
            },
        },
        "middlewares": {"listed": {"ipAllowList": {"sourceRange": ["127.0.0.1/32"]}}},
        "services": {
            "db": {"loadBalancer": {"servers": [{"address": "127.0.0.1:5432"}]}},
            "shared": {"weighted": {"services": [{"name": "db", "weight": 1}]}},
        },
    },
    "udp": {
        "routers": {"dns": {"entryPoints": ["udpep"], "service": "dns"}},
        "services": {"dns": {"loadBalancer": {"servers": [{"address": "127.0.0.1:5353"}]}}},
    },
    "tls": {"options": {"strict": {"minVersion": "VersionTLS12"}}},
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TraefikProcess]:
    with traefik(tmp_path_factory.mktemp("traefik"), DYNAMIC, STATIC) as process:

        def settled(raw: dict[str, Any]) -> bool:
            checked = raw["services"].get("checked@file", {})
            return list(checked.get("serverStatus", {}).values()) == ["DOWN", "DOWN"]

        process.eventually("/api/rawdata", settled)
        yield process


@pytest.fixture
async def read(running: TraefikProcess) -> TraefikRead:
    source = TraefikApi(TraefikSettings(api_url=running.api_url), 10)
    try:
        return await source.read()
    finally:
        await source.close()


def test_everything_is_understood(read: TraefikRead) -> None:
    assert read.problems == ()
    assert WORD not in repr(read)
    for digest in ("IgXLP6", "a2688e"):
        assert digest not in repr(read)


@pytest.mark.parametrize("protocol", ["http", "tcp", "udp"])
@pytest.mark.parametrize("kind", ["routers", "services", "middlewares"])
def test_the_lists_of_the_api_say_the_same(
    read: TraefikRead, running: TraefikProcess, protocol: str, kind: str
) -> None:
    """The list endpoints write out what rawdata leaves to be derived: name, provider, type, tls.options."""
    if (protocol, kind) == ("udp", "middlewares"):
        return  # there are none
    ours: list[Any] = [one for one in getattr(read, kind) if one.protocol == protocol]
    listed = sorted(running.api(f"/api/{protocol}/{kind}?per_page=1000"), key=lambda one: str(one["name"]))
    assert [one.name for one in ours] == [one["name"] for one in listed]
    for mine, theirs in zip(ours, listed, strict=True):
        assert (mine.provider, mine.status) == (theirs["provider"], theirs["status"])
        assert mine.errors == tuple(theirs.get("error", ()))
        if kind == "routers":
            assert (mine.tls.options if mine.tls else "") == theirs.get("tls", {}).get("options", "")
        else:
            assert mine.type == theirs.get("type", "")


def test_routers(read: TraefikRead) -> None:
    routers = {one.id: one for one in read.routers}
    assert routers["plain@file"].middlewares == ("guard@file",)
    assert routers["plain@file"].service == "checked@file"
    for name, wanted in {
        "nosvc@file": 'the service "missing@file" does not exist',
        "badrule@file": "error while parsing rule",
        "noep@file": "no valid entryPoint for this router",
        "badmw@file": 'middleware "none@docker" does not exist',
    }.items():
        assert routers[name].status is ConfigStatus.DISABLED
        assert wanted in "\n".join(routers[name].errors)
    assert routers["noep@file"].entry_points == ()
    # With middlewares or tls on one of its entry points, Traefik splits the router.
    assert routers["split@file"].entry_points == ("web",)
    split = routers["websecure-split@file"]
    assert (split.entry_points, split.middlewares, split.priority) == (("websecure",), ("listed@file",), 77)
    assert split.tls is not None
    assert (split.tls.options, split.tls.cert_resolver) == ("default", "le")
    assert split.tls.domains == (TlsDomain("x.test", ("*.x.test",)),)
    assert routers["tcp:db@file"].priority == -1
    assert routers["tcp:dbtls@file"].tls is not None
    assert routers["tcp:dbtls@file"].tls.passthrough
    assert routers["udp:dns@file"].rule == ""
    assert routers["web-to-websecure@internal"].entry_points == ("web",)


def test_middlewares(read: TraefikRead) -> None:
    found = {one.id: one for one in read.middlewares}
    assert found["guard@file"].chain == ("verify@file", "basic@file")
    assert found["verify@file"].address == "http://***@127.0.0.1:9/verify?roles=a"
    assert found["https@file"].scheme == "https"
    assert found["tcp:listed@file"].type == "ipallowlist"


def test_services(read: TraefikRead) -> None:
    found = {one.id: one for one in read.services}
    assert [one.health for one in found["checked@file"].servers] == [ServerHealth.DOWN, ServerHealth.DOWN]
    assert {one.health for one in found["unchecked@file"].servers} == {ServerHealth.UNCHECKED}
    both = ("checked@file", "unchecked@file")
    assert [found[f"{name}@file"].children for name in ("weights", "mirror", "fail")] == [both, both, both]
    assert [one.url for one in found["tcp:db@file"].servers] == ["127.0.0.1:5432"]
    assert found["tcp:shared@file"].children == ("db@file",)
    assert [one.url for one in found["udp:dns@file"].servers] == ["127.0.0.1:5353"]


def test_entry_points(read: TraefikRead, running: TraefikProcess) -> None:
    found = {one.name: one for one in read.entry_points}
    assert {name: one.port for name, one in found.items()} == running.ports
    assert (found["web"].redirect_to, found["web"].redirect_scheme) == ("websecure", "https")
    assert (found["websecure"].tls, found["websecure"].cert_resolver) == (True, "le")
    assert found["websecure"].trusted_ips == ("10.0.0.0/8",)
    assert found["websecure"].middlewares == ("listed@file",)
    assert found["tcpep"].insecure_forwarded


def test_the_static_configuration(read: TraefikRead) -> None:
    assert read.providers == ("File",)
    dumped = at_least(read.version, "3.3")
    assert read.certificates_duration == (1080 if dumped else 0)
    assert read.resolvers == (("le",) if dumped else ())


async def test_a_traefik_at_rest_gives_the_same_object(running: TraefikProcess) -> None:
    source = TraefikApi(TraefikSettings(api_url=running.api_url), 10)
    last = await source.read()
    for _ in range(20):  # a reload may fall between two reads
        read = await source.read()
        if read is last:
            break
        last = read
    else:
        pytest.fail("no two reads were the same")
    await source.close()


async def test_the_storage_of_a_new_server(running: TraefikProcess) -> None:
    """Traefik makes an empty file of mode 600 and fills it with the first account."""
    read = await AcmeFiles([str(running.storage)]).read()
    assert [(one.mode, one.error) for one in read.files] == [(0o600, "")]
    assert (read.certificates, read.problems) == ((), ())
