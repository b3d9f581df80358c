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


START: Final = "routes"
VIEWS: Final[tuple[ViewSpec, ...]] = (
    ViewSpec("home", "Home", "Home", None, "there is no first screen yet"),
    ViewSpec("routes", "Routes", "Routes", _routes),
    ViewSpec("hosts", "Hosts", "Hosts", None, "there is no view of hosts yet"),
    ViewSpec("containers", "Containers", "Contain.", None, "there is no view of containers yet"),
    ViewSpec("certificates", "Certificates", "Certs", None, "there is no view of certificates yet"),
    ViewSpec("dns", "DNS", "DNS", None, "Cloudflare's records are not read yet, so there is no view of them"),
    ViewSpec("middlewares", "Middlewares", "Middlew.", None, "there is no view of middlewares yet"),
    ViewSpec("doctor", "Doctor", "Doctor", None, "there is no view of findings yet"),
    ViewSpec("logs", "Logs", "Logs", None, "there is no view of logs yet"),
    ViewSpec("services", "Services", "Services", None, "there is no view of services yet", tab=False),
)
SPECS: Final = {spec.kind: spec for spec in VIEWS}
