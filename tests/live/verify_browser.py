"""Chromium, driven by selenium, for one visitor; it trusts one authority of the tests, and reaches loopback alone."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    NoSuchElementException,
    NoSuchShadowRootException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.shadowroot import ShadowRoot
from selenium.webdriver.remote.webelement import WebElement

from tests.real import require

T = TypeVar("T")
_PATIENCE: Final = 20.0
# What a page says of itself that is still being laid out: something moved away, or another thing over it.
_CHANGING: Final = (
    StaleElementReferenceException,
    NoSuchElementException,
    NoSuchShadowRootException,
    ElementClickInterceptedException,
)
_DISTURBED: Final = "ERR_NETWORK_CHANGED"  # Chromium ends what is under way when a container's interface comes or goes
_TRIES: Final = 5
_FOCUSED: Final = """
let at = document.activeElement;
while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
return at"""
_SHOTS: Final = "SPECTER_TEST_SCREENSHOTS"  # a folder: screenshots are kept there, to be looked at


class Browser:
    """One browser with a profile of its own."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, url: str) -> None:
        """Goes to an address and waits until it is loaded."""
        for _ in range(_TRIES):
            try:
                self.driver.get(url)
            except WebDriverException as error:
                if _DISTURBED not in str(error):
                    raise
            else:
                if _DISTURBED not in self.driver.page_source:
                    return
        raise TimeoutError(f"{url} was disturbed {_TRIES} times")

    @property
    def url(self) -> str:
        """Where it is now."""
        return self.driver.current_url

    @property
    def focused(self) -> WebElement:
        """What the keyboard speaks to, inside of components too."""
        found: WebElement = self.driver.execute_script(_FOCUSED)
        return found

    def find(self, selector: str) -> WebElement:
        """The one element, once it is there."""
        return self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, selector), selector)[0]

    def text(self) -> str:
        """What a person reads."""
        return self.driver.find_element(By.TAG_NAME, "body").text

    def click(self, selector: str) -> None:
        """Clicks what a person would click."""
        self.done(lambda: self.driver.find_element(By.CSS_SELECTOR, selector).click(), selector)

    def done(self, action: Callable[[], None], what: str) -> None:
        """Does something as soon as what it needs is there and stays."""

        def attempt() -> bool:
            action()
            return True

        self.until(attempt, what)

    def until(self, condition: Callable[[], T], what: str) -> T:
        """The condition's value once it is true; a page that changes meanwhile is looked at anew."""
        ends = time.monotonic() + _PATIENCE
        while True:
            with suppress(*_CHANGING):
                if value := condition():
                    return value
            if _DISTURBED in self.driver.page_source:
                self.driver.refresh()
            if time.monotonic() > ends:
                raise TimeoutError(f"no {what} at {self.url}:\n{self.text()}\n{self.console()}")
            time.sleep(0.05)

    def until_at(self, url: str) -> None:
        """Waits for an address."""
        self.until(lambda: self.url == url, url)

    def until_reads(self, text: str) -> None:
        """Waits for a text."""
        self.until(lambda: text in self.text(), text)

    def component(self) -> ShadowRoot:
        """The inside of Descope's web component, once it is there."""
        return self.until(lambda: self.driver.find_element(By.TAG_NAME, "descope-wc").shadow_root, "component")

    def fill(self, name: str, value: str, button: str) -> None:
        """Fills a field of the component's screen and presses its button."""

        def write() -> None:
            field = self.component().find_element(By.NAME, name)
            field.clear()
            field.send_keys(value)

        self.done(write, name)
        self.press(button)

    def press(self, button: str) -> None:
        """Presses a button of the component's screen."""
        self.done(lambda: self.component().find_element(By.ID, button).click(), button)

    def sign_in(self, email: str) -> None:
        """Both screens of the emulated flow."""
        self.fill("email", email, "continue")
        self.fill("code", "123456", "verify")

    def seen(self) -> dict[str, Any]:
        """The request that the application's page shows."""
        found: dict[str, Any] = json.loads(self.find("#seen").text)
        return found

    def cookies(self) -> dict[str, dict[str, Any]]:
        """Every cookie that it holds, by name, with its attributes."""
        held = self.driver.execute_cdp_cmd("Network.getAllCookies", {})["cookies"]
        return {cookie["name"]: cookie for cookie in held}

    def console(self) -> list[str]:
        """The errors that pages wrote since the last call, but for what the machine did to them."""
        lines = self.driver.get_log("browser")  # type: ignore[no-untyped-call]  # selenium leaves this one untyped
        return [one["message"] for one in lines if one["level"] == "SEVERE" and _DISTURBED not in one["message"]]

    def spoken(self) -> list[tuple[str, str]]:
        """What a screen reader is told, in its order: role and name, inside of components too."""
        nodes = {one["nodeId"]: one for one in self.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]}

        def below(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
            if not node["ignored"]:
                yield str(node["role"]["value"]), str(node.get("name", {}).get("value", ""))
            for child in node.get("childIds", ()):
                if child in nodes:
                    yield from below(nodes[child])

        return list(below(next(iter(nodes.values()))))

    def screen(self, width: int, theme: Literal["light", "dark"]) -> None:
        """The size of the window and the theme that the person prefers."""
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        preferred = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", preferred)

    def without_javascript(self) -> None:
        """Turns JavaScript off for what is opened next."""
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})

    def shoot(self, name: str) -> None:
        """Keeps a screenshot where somebody asked for them."""
        if folder := os.environ.get(_SHOTS):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.driver.save_screenshot(str(Path(folder) / f"{name}.png"))


@contextmanager
def running_browser(profile: Path, domain: str, authority: str) -> Iterator[Browser]:
    """Chromium without a window, to which every host of `domain` is loopback, and `authority` (PEM) is good.

    Skips where it or its driver is missing.
    """
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    require("Chromium with its driver", found=chromium is not None and driver is not None)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium or ""
    for argument in (
        "--headless=new",
        "--no-sandbox",  # continuous integration runs as root
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--user-data-dir={profile}",
        f"--host-resolver-rules={_rules(domain)}",
        f"--ignore-certificate-errors-spki-list={_fingerprint(authority)}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    running = webdriver.Chrome(options, Service(driver))
    try:
        yield Browser(running)
    finally:
        running.quit()


def _rules(domain: str) -> str:
    """By which Chromium reaches loopback alone; `*.localhost` is that to browsers (RFC 6761)."""
    names = (f"MAP *.{one} 127.0.0.1" for one in (domain, "localhost"))
    return ", ".join((*names, "MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1"))


def _fingerprint(certificate: str) -> str:
    """A certificate's public key as Chromium's list wants it: base64 of its SHA-256."""
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    data = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(data).digest()).decode()
