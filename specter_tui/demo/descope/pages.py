"""The page a person signs in on: the provider of OAuth, the identity provider of SSO, and the mailbox, in one."""

from __future__ import annotations

from html import escape
from typing import Final

from aiohttp import web

from specter_tui.demo.descope.api import PROJECT, is_local, with_query
from specter_tui.demo.descope.people import Person

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_STYLE: Final = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 26rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.25rem; }
ul { list-style: none; padding: 0; }
button, .row { box-sizing: border-box; width: 100%; padding: .75rem 1rem; margin: .25rem 0; font: inherit;
  text-align: left; border: 1px solid GrayText; border-radius: .5rem; background: Canvas; color: CanvasText; }
button { cursor: pointer; }
button:hover, button:focus-visible { border-color: Highlight; outline: 2px solid Highlight; }
small { display: block; opacity: .8; }
.note { padding: .5rem 1rem; border-left: .25rem solid GrayText; }
"""


def add_routes(app: web.Application) -> None:
    """The sign-in page, its style and the mailbox."""
    app.add_routes(
        [
            web.get("/", _home),
            web.get("/style.css", _style),
            web.get("/sign-in", _sign_in),
            web.post("/sign-in", _chosen),
            web.get("/mailbox", _mailbox),
        ]
    )


async def _style(_: web.Request) -> web.Response:
    return web.Response(text=_STYLE, content_type="text/css")


async def _home(request: web.Request) -> web.Response:
    project = request.app[PROJECT]
    people = "".join(f'<li class="row">{_described(one)}</li>' for one in project.people.values())
    return _page(
        "The demo's Descope project",
        f"<p>Project <code>{escape(project.id)}</code>. Nobody real is in it, and it asks for no password.</p>"
        f'<ul>{people}</ul><p><a href="/mailbox">Mailbox</a></p>',
    )


async def _sign_in(request: web.Request) -> web.Response:
    """One button a person; the form posts back to the same address, which carries the rest."""
    project = request.app[PROJECT]
    if not is_local(request.query.get("redirect", "")):
        return _page("This link leads nowhere", "<p>Go back to the application and sign in there.</p>", 400)
    tenant = request.query.get("tenant", "")
    people = project.members(tenant) if tenant else tuple(one for one in project.people.values() if one.enabled)
    buttons = "".join(
        f'<li><button name="person" value="{escape(one.id)}">{_described(one)}</button></li>' for one in people
    )
    via = f"single sign-on of {tenant}" if tenant else request.query.get("provider", "") or "this provider"
    return _page(
        "Who are you today?",
        f'<p class="note">A stand-in for {escape(via)}: choose a person, no password is asked for.</p>'
        f'<form method="post"><ul>{buttons}</ul><button name="person" value="">Refuse</button></form>',
    )


async def _chosen(request: web.Request) -> web.Response:
    """Back to the application: with a code, or with `err` as Descope does it when the person refused."""
    project = request.app[PROJECT]
    back, tenant = request.query.get("redirect", ""), request.query.get("tenant", "")
    if not is_local(back):
        return _page("This link leads nowhere", "<p>Go back to the application and sign in there.</p>", 400)
    person = project.people.get(str((await request.post()).get("person", "")))
    allowed = person is not None and person.enabled and (not tenant or person in project.members(tenant))
    if person is None or not allowed:
        raise web.HTTPSeeOther(with_query(back, err="access_denied"))
    code = project.ticket(person, ("fed",) if tenant else ("oauth",), tenant=tenant)
    raise web.HTTPSeeOther(with_query(back, code=code))


async def _mailbox(request: web.Request) -> web.Response:
    links = "".join(
        f'<li class="row">{escape(email)}<small><a href="{escape(link)}">sign in with this link</a></small></li>'
        for email, link in reversed(request.app[PROJECT].outbox)
    )
    return _page("Mailbox", f"<ul>{links}</ul>" if links else "<p>No mail yet.</p>")


def _described(person: Person) -> str:
    email = person.email if person.verified else f"{person.email} (not verified)"
    rights = [*person.roles, *(f"{role} in {one.name}" for one in person.tenants for role in one.roles)]
    disabled = "" if person.enabled else " (disabled)"
    return (
        f"{escape(person.name)}{disabled}<small>{escape(email)}</small>"
        f"<small>{escape(', '.join(rights) or 'no roles')}</small>"
    )


def _page(title: str, body: str, status: int = 200) -> web.Response:
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="/style.css"><main><h1>{escape(title)}</h1>{body}</main></html>'
    )
    return web.Response(text=text, status=status, content_type="text/html", headers=_HEADERS)
