"""Addresses to return to: those that browsers and parsers read differently, and the property behind them.

Also GHSA-j7px-6hwj-hpjg, GHSA-5m6c-jp6f-2vcv and CVE-2021-21291.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from multidict import CIMultiDict
from yarl import URL

from tests.verify_service.service import APP, AUTH, DOMAIN, Browser
from verify_service.request.forwarded import Asked, Reader
from verify_service.request.redirects import LONGEST, at_sign_in, login_url, returnable, safe_target
from verify_service.site import Site

SITE = Site(DOMAIN, AUTH)
PORTS = Site(DOMAIN, f"{AUTH}:8443", frozenset({443, 8443}))
INSECURE = Site("example.test", "auth.example.test:8000", frozenset({8000}), insecure=True)

REFUSED = [
    "", "/", "app", APP, f"//{APP}/", "https:", "https:/", "https://", "https:///", f"https:/{APP}", f"https:{APP}",
    "https://evil.test/", f"https://{APP}.evil.test/", f"https://evil{DOMAIN}/", f"https://.{DOMAIN}/",
    f"https://{DOMAIN}../",
    f"https://evil.test\\@{APP}", f"https://evil.test\\.{DOMAIN}",
    f"https://{APP}\t.evil.test/", f"https://{APP}\n.evil.test", f"ht\ntps://{APP}/", f" https://{APP}/",
    f"https://{APP}/ ",
    f"https://{APP}/a b", f"https://{APP}/\r\nSet-Cookie:x=y", f"https://{APP}/\x00", f"https://{APP}/\x7f",
    f"https:/\\{APP}/", f"/\\{APP}", f"\\\\{APP}", f"https:\\\\{APP}", f"https://app\u3002{DOMAIN}/",
    f"https://\uff41pp.{DOMAIN}/",
    f"https://{APP}\uff0f.evil.test", f"https://{APP}/\u00e9", f"https://{APP}/\udce9", f"https://user@{APP}/",
    f"https://user:pass@{APP}/", f"https://evil.test@{APP}/", f"https://{APP}@evil.test/", f"https://{APP}:443@evil.test/",
    f"https://{APP}:/", f"https://{APP}:0/", f"https://{APP}:99999/", f"https://{APP}:8443/", f"https://{APP}:4 43/",
    f"https://{APP}:443:443/", f"https://{APP};evil.test/", f"https://{APP},evil.test/", f"https://{APP}%2eevil.test/",
    f"https://%61pp.{DOMAIN}/", f"https://[{APP}]/", "https://[::1]/", "https://127.0.0.1/", f"http://{APP}/", f"ftp://{APP}/",
    f"javascript://{APP}/%0aalert(1)", "javascript:alert(1)", "data:text/html,x", f"HTTPS//{APP}", f"https://{APP}#@evil.test",
    f"https://-a.{DOMAIN}/", f"https://a-.{DOMAIN}/", f"https://a..{DOMAIN}/", f"https://{'a' * 64}.{DOMAIN}/",
    f"https://{APP}/{'a' * LONGEST}", f"wss://{APP}/", f"https://{APP}/\u2028", f"https://{DOMAIN}.", "https://test/",
]  # fmt: skip

KEPT = [
    (f"https://{APP}/", f"https://{APP}/"),
    (f"https://{APP}", f"https://{APP}/"),
    (f"https://{DOMAIN}/a", f"https://{DOMAIN}/a"),
    ("HTTPS://APP.Example.Test/A?b=C", f"https://{APP}/A?b=C"),
    (f"https://{APP}?a=1", f"https://{APP}/?a=1"),
    (f"https://{APP}:443/x", f"https://{APP}:443/x"),
    (f"https://{APP}/a/b?c=%20d&e=https://evil.test/#f", f"https://{APP}/a/b?c=%20d&e=https://evil.test/"),
    (f"https://{APP}//evil.test/", f"https://{APP}//evil.test/"),
    (f"https://{APP}/@evil.test", f"https://{APP}/@evil.test"),
    (f"https://a_b.c-d.{DOMAIN}/", f"https://a_b.c-d.{DOMAIN}/"),
]


@pytest.mark.parametrize("address", REFUSED)
def test_13_ghsa_qqxw_m5fj_f7gv_an_address_that_could_lead_elsewhere_is_refused(address: str) -> None:
    assert safe_target(address, SITE) is None


@pytest.mark.parametrize(("address", "rebuilt"), KEPT)
def test_an_address_of_the_site_is_rebuilt(address: str, rebuilt: str) -> None:
    assert safe_target(address, SITE) == rebuilt
    assert safe_target(rebuilt, SITE) == rebuilt


def test_only_public_ports_are_returned_to() -> None:
    assert safe_target(f"https://{APP}:8443/", PORTS) == f"https://{APP}:8443/"
    assert safe_target(f"https://{APP}:8444/", PORTS) is None


def test_plain_http_where_the_site_is_declared_insecure() -> None:
    assert safe_target("http://app.example.test:8000/", INSECURE) == "http://app.example.test:8000/"
    assert safe_target("http://app.example.test:9000/", INSECURE) is None


PIECES = st.sampled_from(
    ["https://", "http://", "//", "/", "\\", "@", ":", "?", "#", ".", APP, DOMAIN, "evil.test", "443", "%2f", "\t",
     "\n", " ", "\u3002", "[", "]", ";", ",", "x"]
)  # fmt: skip


@given(
    st.one_of(st.lists(PIECES, max_size=9).map("".join), st.text(max_size=60).map(lambda text: f"https://{APP}{text}"))
)
@example(f"https://{APP}:443:443/")
def test_whatever_is_kept_leads_to_the_site(address: str) -> None:
    target = safe_target(address, SITE)
    if target is not None:
        url = URL(target, encoded=True)
        assert url.scheme == "https"
        assert url.raw_host is not None
        assert f".{url.raw_host}".endswith(f".{DOMAIN}")
        assert target.isascii()
        assert target.isprintable()
        assert not set(target) & set("\\ #")
        assert target.startswith(f"https://{url.raw_host}")


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60),
    st.sampled_from([APP, f"{APP}:443", DOMAIN]),
)
@example("a" * LONGEST, APP)
def test_whatever_was_asked_for_can_be_returned_to(path: str, host: str) -> None:
    headers = {"X-Forwarded-Method": "GET", "X-Forwarded-Proto": "https", "X-Forwarded-Host": host}
    asked = Reader(SITE).read(CIMultiDict(headers | {"X-Forwarded-Uri": f"/{path}"}))
    if isinstance(asked, Asked):
        target = returnable(asked.url(SITE), asked.front_page(SITE))
        assert safe_target(target, SITE) == target


@pytest.mark.parametrize(
    "address", [f"https://{AUTH}/", f"https://{AUTH}:443/auth/logout", f"https://{AUTH}/?redirect=x"]
)
def test_the_sign_in_host_is_nothing_to_return_to(address: str) -> None:
    target = safe_target(address, SITE)
    assert target is not None
    assert at_sign_in(target, SITE)
    assert not at_sign_in(f"https://{APP}/", SITE)


@given(st.text(st.characters(codec="ascii"), max_size=80))
def test_the_way_to_the_sign_in_holds_the_whole_address(uri: str) -> None:
    location = login_url(SITE, f"https://{APP}/{uri}")
    start = f"https://{AUTH}/?redirect="
    assert location.startswith(start)
    assert unquote(location.removeprefix(start)) == f"https://{APP}/{uri}"
    assert not set(location.removeprefix(start)) & set("&?#/:@\r\n ")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("address", [one for one in REFUSED if one])
async def test_the_sign_in_page_sends_nobody_elsewhere(browser: Browser, address: str) -> None:
    try:
        sent = quote(address, safe="")
    except UnicodeEncodeError:
        sent = quote(address.encode("utf-8", "surrogateescape"), safe="")
    page = await browser.visit(f"/?redirect={sent}")
    assert page.status == 400
    assert not page.location
    assert not page.set_cookies


@pytest.mark.asyncio(loop_scope="module")
async def test_two_addresses_are_none(browser: Browser) -> None:
    target = quote(f"https://{APP}/", safe="")
    assert (await browser.visit(f"/?redirect={target}&redirect={target}")).status == 400
