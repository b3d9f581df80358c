"""`make shots`: draws every view of the dashboard over the demo, in both themes and two sizes, into docs/shots/.

The system behind the pictures is the real one that `specter-tui demo --headless` starts; nothing in them is made up.
`python -m tests.shots home logs` draws only those. SVG, because text stays text: small, sharp and searchable.
"""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from textual.pilot import Pilot

from specter_tui.config import LoadedConfig, Options
from specter_tui.config.load import load
from specter_tui.core.snapshot import SourceName, SourceStatus
from specter_tui.ui.app import SpecterApp
from specter_tui.ui.keymap import Keymap
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import UNICODE
from specter_tui.ui.theme import DARK, LIGHT
from specter_tui.ui.views.catalog import VIEWS
from specter_tui.wiring.collector import build, build_container_tools

SIZES: Final = ((80, 24), (160, 48))
INTO: Final = Path(__file__).resolve().parents[2] / "docs" / "shots"
_CONFIG: Final = "export SPECTER_CONFIG="
_SETTLED: Final = 12.0  # seconds after which the demo's health checks, its crash loop and the probe have all been seen
_LOGS_OF: Final = frozenset({"blog", "wiki", "worker"})
_WEB_FONT: Final = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main(wanted: list[str]) -> int:
    """Writes the pictures and says where they are."""
    drawn = {spec.kind for spec in VIEWS if spec.make} | {"detail"}
    if unknown := sorted(set(wanted) - drawn):
        sys.stderr.write(f"no view is called {', '.join(unknown)}; there are: {', '.join(sorted(drawn))}\n")
        return 2
    INTO.mkdir(parents=True, exist_ok=True)
    with _demo() as config:
        for size in SIZES:
            asyncio.run(_draw(config, size, sorted(set(wanted) or drawn)))
    sys.stdout.write(f"{INTO.relative_to(Path.cwd())}: {len(list(INTO.glob('*.svg')))} pictures\n")
    return 0


@contextmanager
def _demo() -> Iterator[LoadedConfig]:
    command = [sys.executable, "-m", "specter_tui", "demo", "--headless"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line.startswith(_CONFIG):
                raise SystemExit("the demo did not start")
            yield load(Options(config=line.removeprefix(_CONFIG).strip()), {})
        finally:
            process.send_signal(signal.SIGTERM)


async def _draw(config: LoadedConfig, size: tuple[int, int], kinds: list[str]) -> None:
    app = SpecterApp(
        lambda: build(config),
        UiOptions(UNICODE, Keymap(), config.settings.refresh),
        make_tools=lambda: build_container_tools(config),
        context=config.context,
    )
    async with app.run_test(size=size) as pilot:
        await _until_settled(app, pilot)
        for kind in kinds:
            await _open(app, pilot, kind)
            for theme, name in ((DARK, "dark"), (LIGHT, "light")):
                app.theme = theme
                await pilot.pause(0.3)
                picture = _WEB_FONT.sub("", app.export_screenshot(title="", simplify=True))
                (INTO / f"{kind}-{size[0]}x{size[1]}-{name}.svg").write_text(picture, "utf-8")


async def _until_settled(app: SpecterApp, pilot: Pilot[None]) -> None:
    """Waits until every source of the demo was read, and then for what only time shows."""
    while app.snapshot is None or app.snapshot.source(SourceName.PROBE).status is not SourceStatus.FRESH:
        await pilot.pause(0.1)
    await pilot.pause(_SETTLED)


async def _open(app: SpecterApp, pilot: Pilot[None], kind: str) -> None:
    if kind == "logs":
        containers = app.snapshot.containers if app.snapshot else ()
        await app.open_logs([one.id for one in containers if one.name in _LOGS_OF])
        await pilot.pause(2.0)  # for the lines
    elif kind == "detail":
        await app.visit("routes", "photos@docker")
        await pilot.press("d")
    else:
        await app.visit(kind)
    await pilot.pause(0.5)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
