from __future__ import annotations

import gzip
import io
import json
import tarfile
from typing import Any

import pytest

from specter_tui.core.model import TlsDomain
from specter_tui.sources.traefik.static import StaticConfig, decode_entry_points, decode_overview, decode_support_dump
from tests.sources.traefik_answers import support_dump


def test_entry_points() -> None:
    found = decode_entry_points(
        [
            {
                "name": "websecure",
                "address": ":443",
                "forwardedHeaders": {"trustedIPs": ["10.0.0.0/8"], "insecure": True},
                "http": {
                    "middlewares": ["auth@docker"],
                    "tls": {"certResolver": "le", "domains": [{"main": "x.test", "sans": ["*.x.test"]}]},
                },
            },
            {
                "name": "web",
                "address": "127.0.0.1:80",
                "http": {"redirections": {"entryPoint": {"to": "websecure", "scheme": "https"}}},
            },
            {"name": "dns", "address": ":53/udp"},
        ]
    )
    assert found.problems == ()
    dns, web, websecure = found.entry_points
    assert (dns.address, dns.port, dns.tls) == (":53/udp", 53, False)
    assert (web.redirect_to, web.redirect_scheme, web.host_address) == ("websecure", "https", "127.0.0.1")
    assert (websecure.tls, websecure.cert_resolver, websecure.middlewares) == (True, "le", ("auth@docker",))
    assert websecure.tls_domains == (TlsDomain("x.test", ("*.x.test",)),)
    assert (websecure.trusted_ips, websecure.insecure_forwarded) == (("10.0.0.0/8",), True)


def test_entry_points_of_wrong_shapes_lose_no_other() -> None:
    found = decode_entry_points([5, {"name": 7, "address": []}, {"name": "web", "address": ":80", "http": 3}])
    assert [one.name for one in found.entry_points] == ["", "", "web"]
    assert found.entry_points[2].address == ":80"
    assert found.problems == (
        "an entry point is not an object in Traefik's answer",
        "an entry point: name is not a string in Traefik's answer",
        "an entry point: address is not a string in Traefik's answer",
        "entry point web: http is not an object in Traefik's answer",
    )


def test_the_support_dump() -> None:
    assert decode_support_dump(support_dump()) == StaticConfig(
        providers=("Docker", "File", "HTTP", "plugin-x"),
        default_rule_syntax="v2",
        durations=(("le", 1080),),
        resolvers=("le", "ts"),
    )


@pytest.mark.parametrize(
    ("hours", "shared"), [({"a": 1080, "b": 1080}, 1080), ({"a": 1080, "b": 2160}, 0), ({"a": "x"}, 0), ({}, 0)]
)
def test_a_duration_counts_when_all_resolvers_share_it(hours: dict[str, Any], shared: int) -> None:
    resolvers = {name: {"acme": {"certificatesDuration": value}} for name, value in hours.items()}
    found = decode_support_dump(support_dump({"certificatesResolvers": resolvers}))
    assert found is not None
    assert found.certificates_duration == shared
    assert found.resolvers == tuple(sorted(hours))


def _link() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("static-config.json")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(member)
    return packed.getvalue()


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"404 page not found",
        gzip.compress(b"no archive"),
        support_dump()[:60],
        support_dump(b"not json"),
        support_dump(b"[]"),
        support_dump(b"[" * 100_000),
        support_dump(b'{"x": "' + b"a" * (9 << 20) + b'"}'),
        _link(),
        gzip.compress(b"\0" * (64 << 20)),
    ],
    ids=["empty", "text", "no tar", "cut", "no json", "list", "deep", "too long", "link", "bomb"],
)
def test_a_dump_that_can_not_be_read_tells_nothing(packed: bytes) -> None:
    assert decode_support_dump(packed) is None


def test_a_bomb_behind_the_static_configuration_is_not_unpacked() -> None:
    found = decode_support_dump(support_dump(**{"runtime-config.json": b"\0" * (40 << 20)}))
    assert found is not None
    assert found.resolvers == ("le", "ts")


def test_the_overview_tells_the_providers() -> None:
    assert decode_overview(json.loads('{"providers": ["Docker", "File"]}')) == StaticConfig(
        providers=("Docker", "File")
    )
    assert decode_overview({"providers": 5}) == StaticConfig()
