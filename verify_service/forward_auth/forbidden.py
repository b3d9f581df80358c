"""The page for somebody who is known but not allowed.

It is shown on the application's own host, where no file of this service is served: so its style stands in it, allowed
by its hash, and it has neither script nor picture. It is never a redirect, which would come straight back.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.resources import files
from string import Template
from typing import Final
from urllib.parse import quote

from aiohttp import web

from verify_service.request.answers import ALWAYS
from verify_service.request.person import Person
from verify_service.site import Site

_LONGEST_NAME: Final = 100  # characters
_LONGEST_QUERY: Final = 1000  # characters; no answer of /verify is longer than 4 KiB


class ForbiddenPage:
    """Fills the template, which was read once."""

    def __init__(self, site: Site) -> None:
        folder = files("verify_service") / "templates"
        style = (folder / "forbidden.css").read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
        self._template = Template((folder / "forbidden.html").read_text(encoding="utf-8"))
        self._style = style
        self._logout = f"{site.auth_origin}/auth/logout"
        self._headers = {
            **ALWAYS,
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
                "frame-ancestors 'none'"
            ),
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }

    def show(self, person: Person, host: str, target: str, front_page: str) -> web.Response:
        """403; signing out leads back to `target`, or to `front_page` where that is long."""
        user = person.email or person.name or person.user
        back = quote(target, safe="")
        text = self._template.substitute(
            style_html=self._style,
            user=escape(user if len(user) <= _LONGEST_NAME else user[:_LONGEST_NAME] + "…"),
            host=escape(host),
            action_url=f"{self._logout}?redirect={back if len(back) <= _LONGEST_QUERY else quote(front_page, safe='')}",
        )
        return web.Response(status=403, text=text, content_type="text/html", charset="utf-8", headers=self._headers)
