"""The pages of the sign-in host: templates, filled with escaped text, and what browsers have to know about them."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from verify_service.site import Site

_TEMPLATES: Final = ("page", "login", "scripts", "notice", "error", "logout", "signed_in", "signed_out")
_STATIC: Final = "https://static.descope.com"
_COMMON: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_PLAIN_POLICY: Final = (
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; style-src 'self'; img-src 'self'; form-action 'self'"
)  # fmt: skip


class Pages:
    """Fills the templates; templates/README.md says with what."""

    def __init__(self, descope_api: str, own_base: str, site: Site) -> None:
        folder = files("verify_service") / "templates"
        self._templates = {name: Template((folder / f"{name}.html").read_text(encoding="utf-8")) for name in _TEMPLATES}
        # Chromium applies form-action to the redirect that answers the form, and that leads back to an application.
        every = f"{site.scheme}://{site.cookie_domain}:* {site.scheme}://*.{site.cookie_domain}:*"
        self._logout_policy = f"{_PLAIN_POLICY} {every}"
        self._login_policy = _login_policy(_origin(descope_api), _origin(own_base))

    def login(self, values: Mapping[str, str], notice: str = "") -> web.Response:
        """The sign-in page."""
        notice_html = self._fill("notice", {"text": notice}) if notice else ""
        body = self._fill("login", values, notice_html=notice_html)
        return self._page("Sign in", body, scripts=self._fill("scripts", {}), policy=self._login_policy)

    def show(self, template: str, title: str, values: Mapping[str, str], status: int = 200) -> web.Response:
        """Another page."""
        policy = self._logout_policy if template == "logout" else _PLAIN_POLICY
        return self._page(title, self._fill(template, values), policy=policy, status=status)

    def _page(
        self, title: str, body: str, *, scripts: str = "", policy: str = _PLAIN_POLICY, status: int = 200
    ) -> web.Response:
        text = self._fill("page", {"title": title}, body_html=body, scripts_html=scripts)
        headers = {**_COMMON, "Content-Security-Policy": policy}
        return web.Response(status=status, text=text, content_type="text/html", headers=headers)

    def _fill(self, template: str, values: Mapping[str, str], **markup: str) -> str:
        return self._templates[template].substitute({name: escape(one) for name, one in values.items()}, **markup)


def _login_policy(api: str, base: str) -> str:
    """Descope's component asks the project's API and loads its screens and widgets from Descope's own hosts.

    `form-action` allows https, because Chromium applies it to the redirects that follow a form, and those lead to
    whatever provider was chosen.
    """
    return "; ".join(
        " ".join(filter(None, directive))
        for directive in (
            ("default-src 'none'",),
            ("base-uri 'none'",),
            ("frame-ancestors 'none'",),
            ("form-action 'self' https:", base),
            ("script-src 'self' https://descopecdn.com https://cdn.jsdelivr.net", _STATIC, base),
            ("style-src 'self' 'unsafe-inline' https://fonts.googleapis.com",),
            ("font-src https://fonts.gstatic.com https://descopecdn.com data:", _STATIC),
            ("img-src 'self' data:", _STATIC),
            ("connect-src 'self' https://static2.descope.com", _STATIC, api),
        )
    )


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
