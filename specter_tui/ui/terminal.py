"""What is asked of the terminal itself: its clipboard and its mouse."""

from __future__ import annotations

from typing import Any, Final

from textual.app import App

COPY_LIMIT: Final = 50_000  # bytes; terminals and multiplexers drop longer OSC 52 sequences without a word
_MOUSE: Final = (1000, 1003, 1015, 1006)  # the modes that Textual's driver switches on (xterm, ctlseqs: mouse tracking)


def set_mouse(app: App[Any], *, captured: bool) -> None:
    """Gives the mouse to the program, or to the terminal, which then selects text with it."""
    driver = app._driver  # noqa: SLF001  Textual has no public way to change the mouse of a running app
    if driver is not None:
        driver.write("".join(f"\x1b[?{mode}{'h' if captured else 'l'}" for mode in _MOUSE))
        driver.flush()
