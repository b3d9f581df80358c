"""JSON answers as clients expect them."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web


def json_answer(document: Any, status: int = 200) -> web.Response:  # noqa: ANN401  any JSON
    """Without a charset: the docker command line takes an error for JSON only when its type is `application/json`."""
    return web.Response(body=json.dumps(document).encode(), status=status, content_type="application/json")
