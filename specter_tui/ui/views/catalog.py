"""The views there are, in the order of the tab line; each is built, and its modules loaded, when it is first shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from specter_tui.ui.options import UiOptions

if TYPE_CHECKING:  # before the first frame nothing of them is loaded
    from specter_tui.ui.views.view import View


class ViewSpec(NamedTuple):
    """A view: its name, the shorter one for narrow screens, and how it is made; `make` is None where there is none yet.

    `missing` is what a person is told then. `tab` says whether it stands in the tab line.
    """

    kind: str
    title: str
    short: str
    make: Callable[[UiOptions], View] | None
    missing: str = ""
    tab: bool = True


def _routes(options: UiOptions) -> View:
    from specter_tui.ui.present.kinds.routes import ROUTES
    from specter_tui.ui.views.table_view import TableView

    return TableView(ROUTES, options)


def _hosts(options: UiOptions) -> View:
    from specter_tui.ui.present.kinds.hosts import HOSTS
    from specter_tui.ui.views.table_view import TableView

    return TableView(HOSTS, options)


def _containers(options: UiOptions) -> View:
    from specter_tui.ui.present.kinds.containers import CONTAINERS
    from specter_tui.ui.views.table_view import TableView

    return TableView(CONTAINERS, options)


def _certificates(options: UiOptions) -> View:
    from specter_tui.ui.present.kinds.certificates import CERTIFICATES
    from specter_tui.ui.views.table_view import TableView

    return TableView(CERTIFICATES, options)


def _middlewares(options: UiOptions) -> View:
    from specter_tui.ui.present.kinds.middlewares import MIDDLEWARES
    from specter_tui.ui.views.table_view import TableView

    return TableView(MIDDLEWARES, options)


def _doctor(options: UiOptions) -> View:
    from specter_tui.ui.present.kinds.findings import FINDINGS
    from specter_tui.ui.views.table_view import TableView

    return TableView(FINDINGS, options)


def _services(options: UiOptions) -> View:
    from specter_tui.ui.present.kinds.services import SERVICES
    from specter_tui.ui.views.table_view import TableView

    return TableView(SERVICES, options)


START: Final = "routes"
VIEWS: Final[tuple[ViewSpec, ...]] = (
    ViewSpec("home", "Home", "Home", None, "there is no first screen yet"),
    ViewSpec("routes", "Routes", "Routes", _routes),
    ViewSpec("hosts", "Hosts", "Hosts", _hosts),
    ViewSpec("containers", "Containers", "Contain.", _containers),
    ViewSpec("certificates", "Certificates", "Certs", _certificates),
    ViewSpec("dns", "DNS", "DNS", None, "Cloudflare's records are not read yet, so there is no view of them"),
    ViewSpec("middlewares", "Middlewares", "Middlew.", _middlewares),
    ViewSpec("doctor", "Doctor", "Doctor", _doctor),
    ViewSpec("logs", "Logs", "Logs", None, "there is no view of logs yet"),
    ViewSpec("services", "Services", "Services", _services, tab=False),
)
SPECS: Final = {spec.kind: spec for spec in VIEWS}
