from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specter_tui.core.model import ConfigStatus, Protocol, RouterTls, Server, ServerHealth, TlsDomain
from specter_tui.sources.traefik.fields import qualified
from specter_tui.sources.traefik.routing import Routing, decode_routing
from specter_tui.sources.traefik.sections import Kept, split
from tests.sources.traefik_answers import RAW_DATA

ON = {"status": "enabled"}


def decoded(document: Mapping[str, Any], kept: Kept | None = None) -> Routing:
    sections = split(json.dumps(document).encode())
    assert sections is not None
    return decode_routing(sections, kept)


def routing(**sections: Any) -> Routing:
    return decoded(sections)


def test_a_router_and_what_it_names() -> None:
    found = decoded(RAW_DATA)
    (router,), (middleware,), (service,) = found.routers, found.middlewares, found.services
    assert (router.id, router.provider, router.service) == ("app@docker", "docker", "app@docker")
    assert (router.middlewares, router.entry_points, router.priority) == (("auth@docker",), ("websecure",), 23)
    assert router.tls == RouterTls(options="default", cert_resolver="le")
    assert (middleware.type, middleware.address) == ("forwardauth", "http://verify:3000/verify")
    assert (service.type, service.servers) == ("loadbalancer", (Server("http://172.18.0.7:8000"),))
    assert found.problems == ()


def test_what_2_11_leaves_out() -> None:
    (router,) = routing(routers={"a@docker": {"rule": "Host(`a`)", "service": "a", "using": ["web"], **ON}}).routers
    assert (router.priority, router.rule_syntax, router.tls, router.middlewares) == (0, "", None, ())


def test_effective_entry_points() -> None:
    both = {"rule": "x", "entryPoints": ["web", "nope"]}
    found = routing(
        routers={
            "a@f": {**both, "using": ["web"], **ON},
            "b@f": {**both, "status": "disabled"},
            "c@f": {**both, **ON},  # not told: better one too many than one unseen
        }
    )
    assert [one.entry_points for one in found.routers] == [("web",), (), ("web", "nope")]


def test_names_are_qualified_with_the_provider_that_wrote_them() -> None:
    found = routing(
        routers={"r@file": {"service": "s", "middlewares": ["m", "n@docker"], "parentRefs": ["p"], **ON}},
        middlewares={"c@file": {"chain": {"middlewares": ["m", "n@docker"]}, **ON}},
        services={
            "w@file": {"weighted": {"services": [{"name": "a", "weight": 3}, {"name": "b@docker"}]}, **ON},
            "h@file": {"highestRandomWeight": {"services": [{"name": "a"}]}, **ON},
            "m@file": {"mirroring": {"service": "a", "mirrors": [{"name": "b", "percent": 10}, {"name": "a"}]}, **ON},
            "f@file": {"failover": {"service": "a", "fallback": "b"}, "middlewares": ["m"], **ON},
        },
    )
    assert (found.routers[0].service, found.routers[0].middlewares) == ("s@file", ("m@file", "n@docker"))
    assert found.routers[0].parents == ("p@file",)
    assert found.middlewares[0].chain == ("m@file", "n@docker")
    assert {one.name: (one.type, one.children) for one in found.services} == {
        "w@file": ("weighted", ("a@file", "b@docker")),
        "h@file": ("highestrandomweight", ("a@file",)),
        "m@file": ("mirroring", ("a@file", "b@file")),
        "f@file": ("failover", ("a@file", "b@file")),
    }
    assert found.services[0].middlewares == ("m@file",)
    assert found.problems == ()


def test_health_counts_only_where_traefik_checks() -> None:
    states = {"serverStatus": {"http://a": "UP", "http://b": "DOWN", "http://c": "odd"}, **ON}
    servers = [{"url": f"http://{name}"} for name in "abcd"]
    found = routing(
        services={
            "checked@f": {"loadBalancer": {"servers": servers, "healthCheck": {"path": "/"}}, **states},
            "unchecked@f": {"loadBalancer": {"servers": servers}, **states},
        }
    )
    up, down, unchecked = ServerHealth.UP, ServerHealth.DOWN, ServerHealth.UNCHECKED
    assert [one.health for one in found.services[0].servers] == [up, down, unchecked, unchecked]
    assert {one.health for one in found.services[1].servers} == {unchecked}


def test_tcp_and_udp() -> None:
    found = routing(
        tcpRouters={
            "db@f": {"rule": "HostSNI(`*`)", "service": "db", "priority": -1, "tls": {"passthrough": True}, **ON}
        },
        tcpMiddlewares={"list@f": {"ipAllowList": {"sourceRange": ["10.0.0.0/8"]}, **ON}},
        tcpServices={
            "db@f": {
                "loadBalancer": {"servers": [{"address": "10.0.0.1:5432"}], "healthCheck": {}},
                "serverStatus": {"10.0.0.1:5432": "DOWN"},
                **ON,
            }
        },
        udpRouters={"dns@f": {"service": "dns", "using": ["dns"], **ON}},
        udpServices={"dns@f": {"loadBalancer": {"servers": [{"address": "10.0.0.1:53"}]}, **ON}},
    )
    assert [one.id for one in found.routers] == ["tcp:db@f", "udp:dns@f"]
    assert found.routers[0].tls == RouterTls(passthrough=True)
    assert found.routers[0].priority == -1
    assert (found.middlewares[0].protocol, found.middlewares[0].type) == (Protocol.TCP, "ipallowlist")
    assert [one.servers for one in found.services] == [
        (Server("10.0.0.1:5432", ServerHealth.DOWN),),
        (Server("10.0.0.1:53"),),
    ]


def test_a_plugin_and_a_mixture_do_not_pass_for_a_real_type() -> None:
    found = routing(
        middlewares={
            "a@f": {"plugin": {"forwardAuth": {"address": "http://verify:3000/verify"}}, **ON},
            "b@f": {"forwardAuth": {"address": "http://verify:3000/verify"}, "stripPrefix": {}, **ON},
            "c@f": ON,
        }
    )
    assert [(one.type, one.address) for one in found.middlewares] == [
        ("plugin:forwardauth", ""),
        ("forwardauth+stripprefix", ""),
        ("", ""),
    ]


def test_secrets_are_masked() -> None:
    word = "hunter2hunter2"
    found = routing(
        routers={"r@f": {"error": [f"cannot reach http://u:{word}@x"], **ON}},
        middlewares={
            "a@f": {"basicAuth": {"users": [f"test:{word}"]}, **ON},
            "b@f": {"forwardAuth": {"address": f"http://u:{word}@v/verify"}, **ON},
            "c@f": {"headers": {"customRequestHeaders": {"X-Any": word}}, **ON},
        },
        services={"s@f": {"loadBalancer": {"servers": [{"url": f"http://u:{word}@a", "weight": 1}]}, **ON}},
    )
    assert word not in repr(found)
    assert found.middlewares[1].address == "http://***@v/verify"
    assert found.services[0].servers[0].url == "http://***@a"
    assert json.loads(found.services[0].options)["loadBalancer"]["servers"] == [{"url": "http://***@a", "weight": 1}]


def test_server_lists_that_say_nothing_more_are_not_repeated_in_the_options() -> None:
    balancer = {"servers": [{"url": "http://a"}], "passHostHeader": True}
    (service,) = routing(services={"s@f": {"loadBalancer": balancer, **ON}}).services
    assert json.loads(service.options) == {"loadBalancer": {"passHostHeader": True}}


def test_one_element_of_a_wrong_shape_loses_no_other() -> None:
    found = routing(
        routers={
            "a@f": 5,
            "b@f": {"rule": 5, "service": ["x"], "using": "web", "middlewares": ["m", 7], "priority": True, **ON},
            "c@f": {
                "rule": "Host(`c`)",
                "tls": {"domains": [{"main": "c", "sans": [1, "d"]}, 3]},
                "using": ["web"],
                **ON,
            },
            "d@f": {"rule": "Host(`d`)", "using": ["web"], "status": "odd\x1b[2J"},
        },
        middlewares={"m@f": {"forwardAuth": {"address": "http://v/verify"}, "status": 1}},
        services={"s@f": {"loadBalancer": {"servers": {"url": "x"}}, **ON}},
        tcpRouters=[],
    )
    assert [one.name for one in found.routers] == ["a@f", "b@f", "c@f", "d@f"]
    garbled, wrong, partly, odd = found.routers
    assert (garbled.rule, garbled.status) == ("", ConfigStatus.WARNING)
    assert (wrong.rule, wrong.service, wrong.middlewares, wrong.priority) == ("", "", ("m@f",), 0)
    assert partly.tls == RouterTls("default", domains=(TlsDomain("c", ("d",)),))
    assert odd.status is ConfigStatus.WARNING
    # What can't be read must not pass for a guard.
    assert found.middlewares[0].status is ConfigStatus.DISABLED
    assert found.services[0].servers == ()
    for sentence in (
        "router a@f is not an object in Traefik's answer",
        "router b@f: rule is not a string in Traefik's answer",
        "router b@f: service is not a string in Traefik's answer",
        "router b@f: using is not a list in Traefik's answer",
        "router b@f: middlewares is not a list of strings only in Traefik's answer",
        "router b@f: priority is not a whole number in Traefik's answer",
        "router d@f: its status is none of enabled, warning and disabled",
        "service s@f: servers is not a list in Traefik's answer",
        "tcpRouters is not an object in Traefik's answer",
    ):
        assert sentence in found.problems
    assert all("\x1b" not in one for one in found.problems)


def test_the_same_wrong_tls_section_is_noted_for_every_router_that_has_it() -> None:
    tls = {"options": 5}
    found = routing(routers={f"{name}@f": {"rule": "x", "using": ["w"], "tls": tls, **ON} for name in "ab"})
    assert [one.partition(":")[0] for one in found.problems] == ["router a@f", "router b@f"]


def test_nothing_is_cut_off_and_problems_are_counted() -> None:
    many = {f"r{number:04}@docker": {"rule": number, "using": ["web"], **ON} for number in range(5000)}
    found = routing(routers=many)
    assert [one.name for one in found.routers] == sorted(many)
    assert len(found.problems) == 101
    assert found.problems[-1] == "and 4900 more like these"


@pytest.mark.parametrize(
    ("name", "provider", "wanted"), [("a", "f", "a@f"), ("a@b", "f", "a@b"), ("", "f", ""), ("a", "", "a")]
)
def test_qualified(name: str, provider: str, wanted: str) -> None:
    assert qualified(name, provider) == wanted


_WORDS = st.sampled_from(
    [
        *("status", "rule", "service", "using", "middlewares", "tls", "domains", "main", "sans", "error", "priority"),
        *("loadBalancer", "servers", "url", "healthCheck", "serverStatus", "weighted", "services", "name", "mirroring"),
        *("mirrors", "failover", "chain", "forwardAuth", "address", "plugin", "parentRefs", "a@b"),
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(_WORDS, one, max_size=4),
    max_leaves=20,
)
_KINDS = st.sampled_from(["routers", "middlewares", "services", "tcpRouters", "tcpServices", "udpServices"])


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(_KINDS, st.dictionaries(st.text(max_size=5), _JSON, max_size=4)))
def test_any_json_decodes_and_lists_every_element(document: dict[str, dict[str, Any]]) -> None:
    found = decoded(document)
    names = [one.name for part in (found.routers, found.middlewares, found.services) for one in part]
    assert sorted(names) == sorted(name for section in document.values() for name in section)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(_KINDS, st.dictionaries(st.sampled_from("abc"), _JSON, max_size=3)), max_size=4))
def test_parts_kept_from_one_answer_to_the_next_change_nothing_about_it(answers: list[dict[str, Any]]) -> None:
    kept: Kept = {}
    for document in answers:
        assert repr(decoded(document, kept)) == repr(decoded(document))


def test_what_did_not_change_stays_the_same_object() -> None:
    kept: Kept = {}
    before = decoded(RAW_DATA, kept)
    routers = dict(RAW_DATA["routers"])
    name = min(routers)
    routers[name] = {**routers[name], "rule": "Host(`another.example.org`)"}
    after = decoded({**RAW_DATA, "routers": routers}, kept)
    assert [one.name for one, old in zip(after.routers, before.routers, strict=True) if one is not old] == [name]
    assert all(one is old for one, old in zip(after.services, before.services, strict=True))


def test_a_number_does_not_pass_for_the_boolean_that_equals_it() -> None:
    kept: Kept = {}
    for priority in (1, True, 1):
        found = decoded({"routers": {"a@file": {"status": "enabled", "priority": priority}}}, kept)
        assert bool(found.problems) is (priority is True)


@pytest.mark.parametrize("number", ["1e999", "9" * 5000, "-" + "9" * 5000])
def test_numbers_that_no_machine_holds_lose_no_other_element(number: str) -> None:
    routers = f'{{"a@f": {{"priority": {number}}}, "b@f": {{"rule": "x", "priority": 1, "status": "enabled"}}}}'
    sections = split(f'{{"routers": {routers}}}'.encode())
    assert sections is not None
    found = decode_routing(sections)
    assert [(one.name, one.priority) for one in found.routers] == [("a@f", 0), ("b@f", 1)]
    assert "a@f" in found.problems[0]


@pytest.mark.parametrize("body", [b"", b"[", b'{"routers": {"a": }}', b'{"routers": {"a\xff": 1}}', b"[" * 100_000])
def test_what_is_no_json_at_all(body: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        split(body)


def test_json_that_is_no_object() -> None:
    assert [split(body) for body in (b"null", b"[]", b'"routers"', b"1e999")] == [None] * 4


def test_decoding_lets_other_threads_in() -> None:
    document = split(
        json.dumps({"routers": {f"r{number}@f": {"rule": "x", **ON} for number in range(50_000)}}).encode()
    )
    assert document is not None
    worker = threading.Thread(target=decode_routing, args=(document,))
    worker.start()
    turns = 0
    while worker.is_alive():
        time.sleep(0.001)
        turns += 1
    assert turns > 3  # a decoder in one piece would leave one or two
