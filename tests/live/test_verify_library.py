"""Descope's web component with its real UI library, `@descope/web-components-ui` from npm, on the real sign-in page.

The screens are of the elements that Descope's editor makes them of. Only with SPECTER_LIVE_ALL=1: the package is 8 MB,
and a Debian machine has no npm by itself.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from specter_tui.demo.descope import PEOPLE
from specter_tui.demo.descope.flow import UI
from tests.live.harness import DOMAIN
from tests.live.verify_browser import Browser, running_browser
from tests.live.verify_process import running_processes
from tests.live.verify_visitor import identity
from tests.real import require, takes_long

pytestmark = [
    pytest.mark.live,
    takes_long,
]

ALICE = PEOPLE[0]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder dist/umd of the package; nothing of it is run but in the browser."""
    npm = shutil.which("npm")
    require("npm", found=npm is not None)
    folder = tmp_path_factory.mktemp("library")
    done = subprocess.run(
        [npm or "", "pack", "--silent", "--ignore-scripts", UI], cwd=folder, check=False, capture_output=True
    )
    require(f"{UI} (from npm)", found=done.returncode == 0)
    with tarfile.open(next(folder.glob("*.tgz"))) as package:
        package.extractall(folder, filter="data")
    return folder / "package/dist/umd"


def test_a_person_signs_in_on_screens_of_the_real_library(library: Path, tmp_path: Path) -> None:
    with running_processes(tmp_path, library=library) as site:
        authority = site.authority.certificate_pem
        with running_browser(tmp_path / "profile", DOMAIN, authority) as browser:
            browser.open(site.url("app", "/deep?x=1"))
            _type(browser, "descope-email-field", ALICE.email)
            browser.shoot("library-welcome")
            browser.press("continue")
            _type(browser, "descope-text-field", "123456")
            browser.press("verify")
            browser.until_at(site.url("app", "/deep?x=1"))
            assert identity(browser.seen())["x-auth-user"] == ALICE.id


def _type(browser: Browser, element: str, text: str) -> None:
    """Into the input that the element holds, as a person does: where the cursor is after a click."""
    browser.done(lambda: browser.component().find_element(By.CSS_SELECTOR, f"{element}[name]").click(), element)
    browser.driver.switch_to.active_element.send_keys(text)
