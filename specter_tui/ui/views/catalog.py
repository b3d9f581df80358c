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


def _table(kind: str) -> Callable[[UiOptions], View]:
    def make(options: UiOptions) -> View:
        from specter_tui.ui.present.kinds.every import RESOURCES
        from specter_tui.ui.views.table_view import TableView

        return TableView(RESOURCES[kind], options)

    return make


def _home(options: UiOptions) -> View:
    from specter_tui.ui.views.home import HomeView

    return HomeView(options)


def _logs(options: UiOptions) -> View:
    from specter_tui.ui.views.logs_view import LogsView

    return LogsView(options)


START: Final = "home"
VIEWS: Final[tuple[ViewSpec, ...]] = (
    ViewSpec("home", "Home", "Home", _home),
    ViewSpec("routes", "Routes", "Routes", _table("routes")),
    ViewSpec("hosts", "Hosts", "Hosts", _table("hosts")),
    ViewSpec("containers", "Containers", "Contain.", _table("containers")),
    ViewSpec("certificates", "Certificates", "Certs", _table("certificates")),
    ViewSpec("dns", "DNS", "DNS", _table("dns")),
    ViewSpec("middlewares", "Middlewares", "Middlew.", _table("middlewares")),
    ViewSpec("doctor", "Doctor", "Doctor", _table("doctor")),
    ViewSpec("logs", "Logs", "Logs", _logs),
    ViewSpec("services", "Services", "Services", _table("services"), tab=False),
)
SPECS: Final = {spec.kind: spec for spec in VIEWS}
