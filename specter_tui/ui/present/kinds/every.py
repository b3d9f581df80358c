"""Every kind by its id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from specter_tui.ui.present.kinds.certificates import CERTIFICATES
from specter_tui.ui.present.kinds.containers import CONTAINERS
from specter_tui.ui.present.kinds.dns import DNS_BOARD
from specter_tui.ui.present.kinds.findings import FINDINGS
from specter_tui.ui.present.kinds.hosts import HOSTS
from specter_tui.ui.present.kinds.middlewares import MIDDLEWARES
from specter_tui.ui.present.kinds.routes import ROUTES
from specter_tui.ui.present.kinds.services import SERVICES
from specter_tui.ui.present.resource import Resource

RESOURCES: Final[Mapping[str, Resource[Any]]] = {
    one.id: one for one in (ROUTES, HOSTS, CONTAINERS, CERTIFICATES, DNS_BOARD, MIDDLEWARES, FINDINGS, SERVICES)
}
