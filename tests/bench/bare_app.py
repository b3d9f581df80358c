"""A Textual app with a header, a table and a footer, and nothing else: the floor of the dashboard's first frame."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Footer, Header


class BareApp(App[None]):
    """Nothing but the three."""

    TITLE = "bare-app"

    def compose(self) -> ComposeResult:
        """Header, table, footer."""
        yield Header()
        yield DataTable[str]()
        yield Footer()

    def on_mount(self) -> None:
        """A heading that can be recognised."""
        self.query_one(DataTable).add_columns("HOST", "BARE-RULE")


if __name__ == "__main__":
    BareApp().run()
