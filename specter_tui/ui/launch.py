"""Starts the dashboard on a terminal, or says in one sentence why it can't."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Final, TextIO

from specter_tui.core.collection import collect_when_told
from specter_tui.core.settings import Settings
from specter_tui.ui.acting.acting import MakeDesk
from specter_tui.ui.app import SpecterApp
from specter_tui.ui.collector import MakeCollector, MakeTools, Propose
from specter_tui.ui.key_parser import read_keys_in_order
from specter_tui.ui.keymap import Keymap
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import glyphs_for
from specter_tui.ui.rendered import keep_what_is_shown

# Seconds for which a thread may keep the interpreter while another one waits: beside a thread that reads thousands of
# routes the event loop comes round within 0.8 ms instead of 5.4 ms (medians, measured).
_SWITCH: Final = 0.0005
_USAGE: Final = 2  # exit code of a usage or configuration error


def run_dashboard(
    make_collector: MakeCollector,
    settings: Settings,
    *,
    make_tools: MakeTools | None = None,
    make_desk: MakeDesk | None = None,
    context: str = "",
    propose: Propose | None = None,
) -> int:
    """Runs the dashboard until the person leaves it; the exit code.

    `make_collector` is called in a thread after the first frame is painted: everything heavy is imported there.
    `make_tools` is called likewise when logs or statistics are first looked at, `make_desk` with the first change.
    `propose` gives the lines of configuration to paste when Traefik is not found. Returns 0 after quit, 129 after a
    hang-up, 143 after SIGTERM, 1 after a crash of the app itself and 2 where there is no usable terminal. Raises
    ConfigError for `[keys]` that can't be.
    """
    keymap = Keymap(settings.keys)
    why = refusal(
        os.environ,
        terminal=_is_terminal(sys.stdin) and _is_terminal(sys.stdout),
        canvas=_is_terminal(sys.stderr),
    )
    if why:
        print(f"specter-tui: {why}", file=sys.stderr or sys.stdout)
        return _USAGE
    glyphs = glyphs_for(os.environ, utf8_mode=bool(sys.flags.utf8_mode))
    options = UiOptions(glyphs, keymap, settings.refresh, read_only=settings.read_only, locked=settings.locked)
    app = SpecterApp(
        make_collector, options, make_tools=make_tools, make_desk=make_desk, context=context, propose=propose
    )
    read_keys_in_order()
    settle_interpreter()
    app.run()
    return app.return_code or 0


def settle_interpreter() -> None:
    """Lets the loop come round soon beside threads that read, keeps memory flat, and collects while no key comes."""
    sys.setswitchinterval(_SWITCH)
    keep_what_is_shown()
    collect_when_told()


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()  # Python has none where it was closed before the start


def refusal(environ: Mapping[str, str], *, terminal: bool, canvas: bool = True) -> str:
    """Why a dashboard can't be drawn here, empty when it can; `canvas`: stderr, on which Textual draws, is one too."""
    if not terminal:
        return "the dashboard needs a terminal; `specter-tui status` prints the same as text, --json as JSON"
    if not canvas:
        return "the dashboard is drawn on stderr, which is no terminal here; start it without redirecting stderr"
    if environ.get("TERM", "") in {"", "dumb"}:
        return "TERM=dumb can't draw a dashboard; set TERM (xterm-256color), or use `specter-tui status`"
    return ""
