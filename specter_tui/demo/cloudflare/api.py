"""The part of Cloudflare's API that its SDK and Traefik's DNS provider use here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from specter_tui.demo.cloudflare.account import Account, ApiError, StoredRecord
from specter_tui.demo.cloudflare.faults import Faults, answered, envelope, hang_up_after

BASE: Final = "/client/v4"
ACCOUNT: Final = web.AppKey("account", Account)
FAULTS: Final = web.AppKey("faults", Faults)
_MOST_ZONES: Final = 50
_MOST_RECORDS: Final = 5000
_NEEDED: Final = {
    ("zones", "GET"): "zone:read",
    ("dns_records", "GET"): "dns:read",
    ("dns_records", "*"): "dns:edit",
    ("settings", "GET"): "settings:read",
    ("settings", "*"): "settings:edit",
}


def routes() -> list[web.RouteDef]:
    """All calls."""
    zone = f"{BASE}/zones/{{zone}}"
    record = f"{zone}/dns_records/{{record}}"
    return [
        web.get(f"{BASE}/user/tokens/verify", _verify),
        web.get(f"{BASE}/zones", _zones),
        web.get(f"{zone}/settings/ssl", _ssl),
        web.patch(f"{zone}/settings/ssl", _set_ssl),
        web.get(f"{zone}/dns_records", _records),
        web.post(f"{zone}/dns_records", _create),
        web.get(record, _record),
        web.put(record, _replace),
        web.patch(record, _change),
        web.delete(record, _delete),
    ]


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Asks the switches, then the token, and turns errors into Cloudflare's."""
    fault = request.app[FAULTS].take(request.method, request.path_qs)
    answer = await answered(request, fault, request.app[FAULTS].delay)
    if answer is not None:
        return answer
    try:
        _authorize(request)
        answer = await handler(request)
    except ApiError as error:
        return envelope(None, status=error.status, error=(error.code, error.message))
    except web.HTTPNotFound:
        return envelope(None, status=404, error=(7000, "No route for that URI"))
    except web.HTTPMethodNotAllowed:
        return envelope(None, status=405, error=(7001, "Method not available for that URI"))
    hang_up_after(request, fault)
    return answer


def _authorize(request: web.Request) -> None:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    allowed = request.app[ACCOUNT].tokens.get(token)
    if allowed is None or request.headers.get("X-Auth-Key"):
        raise ApiError(403, 9109, "Invalid access token")
    parts = request.path.removeprefix(BASE).strip("/").split("/")
    if parts[0] != "zones":
        return
    kind = parts[2] if len(parts) > 2 else "zones"  # noqa: PLR2004  /zones/ID/kind
    needed = _NEEDED.get((kind, request.method)) or _NEEDED.get((kind, "*"))
    if needed is not None and needed not in allowed:
        raise ApiError(403, 10000, "Authentication error")


async def _verify(request: web.Request) -> web.Response:
    return envelope({"id": "0" * 32, "status": request.app[ACCOUNT].state_of_tokens})


async def _zones(request: web.Request) -> web.Response:
    wanted = request.query.get("name", "")
    found = [zone.document() for zone in request.app[ACCOUNT].zones.values() if wanted in {"", zone.name}]
    return _page(request, found, _MOST_ZONES, 20)


async def _ssl(request: web.Request) -> web.Response:
    zone = request.app[ACCOUNT].zone(request.match_info["zone"])
    return envelope({"id": "ssl", "value": zone.ssl, "editable": True})


async def _set_ssl(request: web.Request) -> web.Response:
    zone = request.app[ACCOUNT].zone(request.match_info["zone"])
    zone.ssl = str((await _body(request)).get("value", zone.ssl))
    return await _ssl(request)


async def _records(request: web.Request) -> web.Response:
    zone = request.app[ACCOUNT].zone(request.match_info["zone"])
    found = [one.document(zone) for one in zone.records.values() if _matches(one, request.query)]
    return _page(request, found, _MOST_RECORDS, 100)


def _matches(record: StoredRecord, query: Mapping[str, str]) -> bool:
    """The filters in use: `type`, `proxied`, and `name`, `content` and `comment` in all their forms."""
    if query.get("type") not in {None, record.type}:
        return False
    if query.get("proxied") not in {None, str(record.proxied).lower()}:
        return False
    for field in ("name", "content", "comment"):
        value = getattr(record, field)
        tests: tuple[tuple[str, Callable[[str], bool]], ...] = (
            (field, value.__eq__),
            (f"{field}.exact", value.__eq__),
            (f"{field}.contains", value.__contains__),
            (f"{field}.startswith", value.startswith),
            (f"{field}.endswith", value.endswith),
        )
        if any(key in query and not test(query[key]) for key, test in tests):
            return False
    return True


async def _create(request: web.Request) -> web.Response:
    account = request.app[ACCOUNT]
    zone = account.zone(request.match_info["zone"])
    return envelope(account.write(zone, await _body(request)).document(zone))


async def _record(request: web.Request) -> web.Response:
    account = request.app[ACCOUNT]
    zone = account.zone(request.match_info["zone"])
    return envelope(account.record(zone, request.match_info["record"]).document(zone))


async def _replace(request: web.Request) -> web.Response:
    account, fields = request.app[ACCOUNT], await _body(request)
    zone = account.zone(request.match_info["zone"])
    record = account.record(zone, request.match_info["record"])
    return envelope(account.write(zone, fields, record.id).document(zone))


async def _change(request: web.Request) -> web.Response:
    account, fields = request.app[ACCOUNT], await _body(request)
    zone = account.zone(request.match_info["zone"])
    record = account.record(zone, request.match_info["record"])
    return envelope(account.write(zone, record.document(zone) | fields, record.id).document(zone))


async def _delete(request: web.Request) -> web.Response:
    account = request.app[ACCOUNT]
    zone = account.zone(request.match_info["zone"])
    record = account.record(zone, request.match_info["record"])
    del zone.records[record.id]
    return envelope({"id": record.id})


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        fields = await request.json()
    except json.JSONDecodeError:
        fields = None
    if not isinstance(fields, dict):
        raise ApiError(400, 9207, "Request body is invalid.")
    return fields


def _page(request: web.Request, items: list[Any], most: int, usual: int) -> web.Response:
    """One page; past the last one it is empty, as Cloudflare's is."""
    try:
        page, size = int(request.query.get("page", "1")), int(request.query.get("per_page", str(usual)))
    except ValueError:
        raise ApiError(400, 6003, "Invalid request: page and per_page are numbers") from None
    if page < 1 or not 1 <= size <= most:
        raise ApiError(400, 6003, f"Invalid request: per_page is at most {most}")
    shown = items[(page - 1) * size : page * size]
    info = {
        "page": page,
        "per_page": size,
        "count": len(shown),
        "total_count": len(items),
        "total_pages": -(-len(items) // size),
    }
    return envelope(shown, info=info)
