"""The mission's flow in a real browser: Chromium -> real Traefik -> real verify service -> emulated Descope."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from specter_tui.demo.descope import PEOPLE, Fault, Target, Trouble
from tests.live.harness import DOMAIN
from tests.live.verify_browser import Browser, running_browser
from tests.live.verify_site import VerifySite
from tests.live.verify_visitor import cookie_header, identity

pytestmark = pytest.mark.live

ALICE, BOB = PEOPLE[0], PEOPLE[1]
SESSION, REFRESH = "__Secure-dv_s", "__Host-dv_r"
DEEP = "/deep/link?q=a%20b&list=1&list=2&name=%C3%BC&next=https%3A%2F%2Fevil.example%2F%3Fx%3D1%26y"


@pytest.fixture
def browser(site: VerifySite, tmp_path: Path) -> Iterator[Browser]:
    with running_browser(tmp_path / "profile", DOMAIN, site.authority.certificate_pem) as running:
        yield running


@pytest.mark.in_containers
def test_a_person_signs_in_once_and_opens_every_application(site: VerifySite, browser: Browser) -> None:
    browser.open(site.url("app", DEEP))
    assert browser.url.startswith(site.url("auth", "/?redirect="))
    assert f"app.{DOMAIN}" in browser.text()
    browser.sign_in(ALICE.email)
    browser.until_at(site.url("app", DEEP))
    seen = browser.seen()
    assert seen["path"] == DEEP
    assert identity(seen) == {
        "x-auth-user": ALICE.id,
        "x-auth-email": ALICE.email,
        "x-auth-name": ALICE.name,
        "x-auth-roles": "admin,user,deployer",
        "x-auth-permissions": "read,write,deploy",
        "x-auth-tenant": "T2engineering",
    }
    assert "dv_" not in cookie_header(seen)
    held = browser.cookies()
    assert {SESSION, REFRESH, "app"} == set(held)
    session, refresh = held[SESSION], held[REFRESH]
    assert (session["domain"], refresh["domain"]) == (f".{DOMAIN}", f"auth.{DOMAIN}")
    for cookie in (session, refresh):
        assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Lax")
    browser.open(site.url("wiki", "/page"))
    assert identity(browser.seen())["x-auth-user"] == ALICE.id
    assert "app=kept" not in cookie_header(browser.seen())
    browser.open(site.url("app", "/again"))
    assert cookie_header(browser.seen()) == "app=kept"


@pytest.mark.in_containers
def test_the_page_keeps_no_token_and_no_rule_of_it_is_broken(site: VerifySite, browser: Browser) -> None:
    browser.open(site.url("app"))
    browser.fill("email", "nobody@example.com", "continue")
    browser.until(lambda: "Nobody" in browser.component().find_element(By.CSS_SELECTOR, ".error").text, "message")
    browser.sign_in(ALICE.email)
    browser.until_at(site.url("app"))
    wrong = [line for line in browser.console() if "Nobody of this project" not in line]
    assert wrong == []
    browser.open(site.url("auth", "/robots.txt"))
    kept = browser.driver.execute_script("return [Object.keys(localStorage), Object.keys(sessionStorage)]")
    assert kept == [[], []]


def test_the_component_leads_over_a_provider_and_back(site: VerifySite, browser: Browser) -> None:
    browser.open(site.url("app", DEEP))
    browser.press("google")
    browser.click(f"button[value={BOB.id}]")
    browser.until_at(site.url("app", DEEP))
    assert identity(browser.seen())["x-auth-user"] == BOB.id


def test_a_magic_link_opened_in_the_same_browser(site: VerifySite, browser: Browser) -> None:
    browser.open(site.url("app", DEEP))
    browser.fill("email", ALICE.email, "link")
    browser.until(lambda: "on its way" in browser.component().find_element(By.ID, "content-root").text, "screen")
    email, link = site.descope.project.outbox[-1]
    assert email == ALICE.email
    browser.open(link)
    browser.until_at(site.url("app", DEEP))
    assert identity(browser.seen())["x-auth-user"] == ALICE.id


@pytest.mark.parametrize("method", ["oauth", "sso"])
def test_without_javascript(site: VerifySite, browser: Browser, method: str) -> None:
    browser.without_javascript()
    browser.open(site.url("app", DEEP))
    assert "JavaScript is off" in browser.text()
    if method == "oauth":
        browser.click("button[value=google]")
    else:
        browser.find("#tenant").send_keys("T2sales", Keys.ENTER)
    browser.click(f"button[value={BOB.id}]")
    browser.until_at(site.url("app", DEEP))
    assert identity(browser.seen())["x-auth-user"] == BOB.id


def test_who_refuses_is_told_what_to_do(site: VerifySite, browser: Browser) -> None:
    browser.open(site.url("app"))
    browser.click("summary")
    browser.click("button[value=github]")
    browser.click("button[value='']")
    browser.until(lambda: browser.url.startswith(site.url("auth")), "the sign-in host")
    browser.find("main h1")
    browser.shoot("refused-1280")
    assert browser.find("a.button").get_attribute("href")
    assert SESSION not in browser.cookies()


def test_logging_out_ends_the_session_here_and_at_descope(site: VerifySite, browser: Browser) -> None:
    browser.open(site.url("app"))
    browser.sign_in(ALICE.email)
    browser.until_at(site.url("app"))
    before = browser.cookies()
    asked = site.descope.faults.asked[Target.LOGOUT]
    browser.open(site.url("auth", "/auth/logout"))
    assert ALICE.email in browser.text()
    browser.click("main form button")
    browser.until(lambda: SESSION not in browser.cookies(), "end of the session")
    assert REFRESH not in browser.cookies()
    assert site.descope.faults.asked[Target.LOGOUT] == asked + 1
    browser.open(site.url("app"))
    assert browser.url.startswith(site.url("auth", "/?redirect="))
    for name in (SESSION, REFRESH):  # who copied them has nothing
        kept = before[name]
        browser.driver.execute_cdp_cmd("Network.setCookie", _cookie(kept))
    browser.open(site.url("app"))
    assert browser.url.startswith(site.url("auth"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_who_is_not_allowed_comes_back_as_somebody_else(
    site: VerifySite, browser: Browser, width: int, theme: Literal["light", "dark"]
) -> None:
    browser.screen(width, theme)
    browser.open(site.url("app"))
    browser.sign_in(BOB.email)
    browser.until_at(site.url("app"))
    browser.open(site.url("admin", DEEP))
    assert BOB.email in browser.text()
    _check(browser, f"forbidden-{width}-{theme}", width)
    assert browser.driver.execute_script("return getComputedStyle(document.querySelector('main')).maxWidth") == "432px"
    browser.click("main a")
    browser.click("main form button")
    browser.until(lambda: browser.url.startswith(site.url("auth", "/?redirect=")), "the sign-in")
    browser.sign_in(ALICE.email)
    browser.until_at(site.url("admin", DEEP))
    assert not [line for line in browser.console() if "Content Security Policy" in line]


def _cookie(held: dict[str, Any]) -> dict[str, Any]:
    names = ("name", "value", "path", "secure", "httpOnly", "sameSite", "expires")
    own = {name: held[name] for name in names}
    return own | (
        {"domain": held["domain"]} if held["domain"].startswith(".") else {"url": f"https://{held['domain']}/"}
    )


def test_an_expired_session_is_renewed_without_a_word(site: VerifySite, browser: Browser) -> None:
    site.restart(SESSION_TTL="2")
    site.until_ready()
    browser.open(site.url("app"))
    browser.sign_in(ALICE.email)
    browser.until_at(site.url("app"))
    old, asked = browser.cookies()[SESSION], site.descope.faults.asked[Target.REFRESH]
    time.sleep(2.1)
    browser.open(site.url("app", DEEP))
    browser.until_at(site.url("app", DEEP))
    assert identity(browser.seen())["x-auth-user"] == ALICE.id
    assert browser.cookies()[SESSION]["value"] != old["value"]
    assert site.descope.faults.asked[Target.REFRESH] == asked + 1


def test_a_session_that_descope_has_ended_is_not_renewed(site: VerifySite, browser: Browser) -> None:
    site.restart(SESSION_TTL="2")
    site.until_ready()
    browser.open(site.url("app"))
    browser.sign_in(ALICE.email)
    browser.until_at(site.url("app"))
    for login in site.descope.project.logins:
        site.descope.project.end(login)
    time.sleep(2.1)
    browser.open(site.url("app", DEEP))
    assert browser.url.startswith(site.url("auth", "/?redirect="))
    browser.sign_in(ALICE.email)
    browser.until_at(site.url("app", DEEP))


def test_descope_down_is_told_on_the_page(site: VerifySite, browser: Browser) -> None:
    site.descope.faults.set(Target.FLOW, Fault(Trouble.DOWN))
    browser.open(site.url("app"))
    browser.find("#problem:not([hidden])")
    browser.shoot("descope-down-1280")
    assert browser.find("#others").get_attribute("open")
    browser.click("button[value=google]")
    browser.click(f"button[value={ALICE.id}]")
    browser.until_at(site.url("app"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_every_page_fits_and_can_be_read(
    site: VerifySite, browser: Browser, width: int, theme: Literal["light", "dark"]
) -> None:
    browser.screen(width, theme)
    browser.open(site.url("auth", "/?redirect=https%3A%2F%2Fevil.example%2F"))
    _check(browser, f"error-{width}-{theme}", width)
    browser.open(site.url("app"))
    browser.until(lambda: browser.component().find_elements(By.NAME, "email"), "first screen")
    _check(browser, f"sign-in-{width}-{theme}", width)
    browser.click("summary")
    _check(browser, f"sign-in-open-{width}-{theme}", width)
    browser.sign_in(ALICE.email)
    browser.until_at(site.url("app"))
    browser.open(site.url("auth"))
    _check(browser, f"signed-in-{width}-{theme}", width)
    browser.click("a.button")
    browser.find("main form")
    _check(browser, f"logout-{width}-{theme}", width)
    browser.click("main form button")
    browser.until_reads("You are signed out")
    _check(browser, f"signed-out-{width}-{theme}", width)


def _check(browser: Browser, name: str, width: int) -> None:
    browser.shoot(name)
    assert browser.driver.execute_script("return document.scrollingElement.scrollWidth") <= width, name
    for script in (_SMALL, _UNNAMED, _FAINT):
        assert browser.driver.execute_script(script) == [], name
    for landmark in ("main", "h1"):
        assert len(browser.driver.find_elements(By.TAG_NAME, landmark)) == 1, name


def test_the_keyboard_is_enough(site: VerifySite, browser: Browser) -> None:
    browser.open(site.url("app"))
    browser.until(lambda: browser.component().find_elements(By.NAME, "email"), "first screen")
    active = browser.driver.switch_to.active_element
    assert active.tag_name == "descope-wc"  # the first field has the focus
    for _ in range(4):  # past the field and its three buttons
        browser.driver.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.driver.switch_to.active_element.tag_name == "summary"
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    browser.driver.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.driver.switch_to.active_element.get_attribute("value") == "google"
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    browser.until(lambda: "/sign-in" in browser.url, "Descope's page")


def test_a_person_signs_in_by_the_keyboard_alone(site: VerifySite, browser: Browser) -> None:
    browser.open(site.url("app", DEEP))
    browser.until(lambda: browser.focused.get_attribute("name") == "email", "focus in the first field")
    browser.focused.send_keys("nobody@example.com", Keys.ENTER)
    browser.until(lambda: "Nobody of this project has that address." in _alerts(browser), "spoken message")
    browser.until(lambda: browser.focused.get_attribute("name") == "email", "focus in the first field")
    browser.until(lambda: _typed_over(browser, ALICE.email), "the other address")  # the screen may be drawn once more
    browser.focused.send_keys(Keys.ENTER)
    browser.until(lambda: browser.focused.get_attribute("name") == "code", "focus in the next field")
    browser.focused.send_keys("123456", Keys.ENTER)
    browser.until_at(site.url("app", DEEP))


def _typed_over(browser: Browser, text: str) -> bool:
    browser.focused.send_keys(Keys.CONTROL, "a")
    browser.focused.send_keys(text)
    return browser.focused.get_attribute("value") == text


def _alerts(browser: Browser) -> str:
    """What is said by itself, without the focus."""
    script = "return [...arguments[0].querySelectorAll('[role=alert]')].map((one) => one.innerText).join()"
    return str(browser.driver.execute_script(script, browser.component()))


def test_a_screen_reader_is_told_what_each_thing_is(site: VerifySite, browser: Browser) -> None:
    browser.open(site.url("app"))
    browser.until(lambda: browser.component().find_elements(By.NAME, "email"), "first screen")
    browser.click("summary")
    told = browser.spoken()
    assert ("RootWebArea", "Sign in") in told
    assert browser.find("html").get_attribute("lang") == "en"
    wanted = [
        ("main", ""),
        ("heading", "Sign in"),
        ("textbox", "E-mail"),
        ("button", "Continue"),
        ("button", "Send me a link"),
        ("button", "Continue with Google"),
        ("DisclosureTriangle", "Other ways to sign in"),
        ("form", "With an account you have elsewhere"),
        *(("button", name) for name in ("Google", "Microsoft", "GitHub", "Apple")),
        ("form", "With your organisation"),
        ("textbox", "Organisation id or work e-mail address"),
        ("button", "Continue"),
    ]
    assert [one for one in told if one in wanted] == wanted, told
    named = {"textbox", "button", "link", "heading", "image", "checkbox", "DisclosureTriangle", "RootWebArea"}
    assert not [role for role, name in told if role in named and not name]


# Targets under 44 CSS pixels (WCAG 2.2, 2.5.5), fields and buttons without a name, text under 4.5:1 (1.4.3).
_SMALL = """
return [...document.querySelectorAll('a, button, input:not([type=hidden]), summary')]
  .filter((one) => one.offsetParent && (one.closest('label') ?? one).getBoundingClientRect().height < 44)
  .map((one) => one.outerHTML)"""
_UNNAMED = """
return [...document.querySelectorAll('a, button, input:not([type=hidden]), img')]
  .filter((one) => !(one.labels?.length || one.textContent.trim() || one.hasAttribute('alt')
    || one.getAttribute('aria-label'))).map((one) => one.outerHTML)"""
_FAINT = """
const light = (color) => {
  const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (one) => {
  for (let at = one; at; at = at.parentElement) {
    const color = getComputedStyle(at).backgroundColor;
    if (!/, 0\\)$/.test(color)) return color;
  }
  return 'rgb(255, 255, 255)';
};
return [...document.querySelectorAll('body *')]
  .filter((one) => one.offsetParent && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .map((one) => [one, light(getComputedStyle(one).color), light(ground(one))])
  .map(([one, a, b]) => [one, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)])
  .filter(([, ratio]) => ratio < 4.5).map(([one, ratio]) => `${ratio} ${one.outerHTML}`)"""
