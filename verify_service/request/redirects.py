r"""Addresses to return to after the sign-in: none may lead out of the site, whatever a browser makes of it.

urllib is no browser: it strips tabs, reads `https://evil.com\@app.example.com` as app.example.com and keeps U+3002,
where browsers do otherwise. So the raw text has to match a grammar in which all agree; a second parser has the veto.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from yarl import URL

from verify_service.site import LABEL, Site, parse_authority

LONGEST: Final = 2048
_ADDRESS: Final = re.compile(
    rf"(https?)://({LABEL}(?:\.{LABEL})*(?::[0-9]{{1,5}})?)((?:[/?][!-\[\]-~]*)?)",
    re.IGNORECASE | re.ASCII,
)


def login_url(site: Site, target: str) -> str:
    """The address of the sign-in that leads back to `target`, all of it percent-encoded; absolute.

    A relative Location would be resolved against this service's internal address by Traefik before v3.3.
    """
    return f"{site.auth_origin}/?redirect={quote(target, safe='')}"


def safe_target(text: str, site: Site) -> str | None:
    """The address, rebuilt from its parts, when it is one of the site's applications; None when it is anything else."""
    if len(text) > LONGEST:
        return None
    match = _ADDRESS.fullmatch(text)
    if match is None:
        return None
    scheme, authority = match[1].lower(), parse_authority(match[2])
    rest = match[3].partition("#")[0]
    if authority is None or (scheme == "http" and not site.insecure):
        return None
    if not site.covers(authority.host) or not site.allows_port(scheme, authority.port):
        return None
    rebuilt = f"{scheme}://{authority}{rest if rest.startswith('/') else '/' + rest}"
    return rebuilt if _second_opinion(rebuilt) == authority.host else None


def at_sign_in(target: str, site: Site) -> bool:
    """Whether a safe target is the sign-in host itself, by any port: there is nothing to return to."""
    return URL(target, encoded=True).raw_host == site.auth_host.partition(":")[0]


def returnable(url: str, front_page: str) -> str:
    """The address that was asked for, or the application's first page where it is too long to be carried along."""
    return url if len(url) <= LONGEST else front_page


def _second_opinion(address: str) -> str | None:
    try:
        url = URL(address, encoded=True)
    except ValueError:
        return None
    return None if url.user is not None or url.password is not None else url.raw_host
