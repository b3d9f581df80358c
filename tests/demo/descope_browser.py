"""What a person's browser does with the pages of the emulated Descope."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx


async def choose(url: str, person: str) -> str:
    """What a person's browser does on the sign-in page; gives the address that it is sent back to."""
    async with httpx.AsyncClient() as browser:
        page = await browser.get(url)
        assert page.status_code == 200
        assert f'value="{person}"' in page.text
        done = await browser.post(url, data={"person": person})
    assert done.status_code == 303
    return done.headers["Location"]


def query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)
