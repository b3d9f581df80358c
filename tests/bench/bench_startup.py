"""`specter-tui --help` against an interpreter that imports what a command line needs at least."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.bench.figure import Figure, middle, ratio
from tests.bench.process import PYTHON, output_of, run

RUNS = 15
FLOOR = (PYTHON, "-c", "import argparse, json, asyncio")
HELP = (PYTHON, "-m", "specter_tui", "--help")
SHOW = (PYTHON, "-m", "specter_tui", "config", "show")
FORBIDDEN = ("textual", "docker", "httpx", "cloudflare", "cryptography", "rich", "pydantic")
LOADED = """
import contextlib, io, json, sys
from specter_tui.cli.main import main
with contextlib.redirect_stdout(io.StringIO()):
    main(["--help"])
print(json.dumps(sorted(sys.modules)))
"""


def figures() -> Iterator[Figure]:
    """Ratios of whole processes, run in turn."""
    costs = [(run(FLOOR), run(HELP), run(SHOW)) for _ in range(RUNS)]
    floor, helped, shown = zip(*costs, strict=True)
    over = ratio(helped, floor)
    took = f"{middle(helped).wall * 1000:.0f} ms over {middle(floor).wall * 1000:.0f} ms; processor time {over.cpu:.2f}"
    yield Figure("start: --help over python with argparse, json, asyncio", over.wall, "times", 1.6, took)
    over = ratio(shown, floor)
    yield Figure("start: config show over the same", over.wall, "times", None, f"processor time {over.cpu:.2f}")
    loaded = {name.partition(".")[0] for name in json.loads(output_of(PYTHON, "-c", LOADED))}
    found = [name for name in FORBIDDEN if name in loaded]
    yield Figure("start: heavy packages that --help imports", len(found), "", 0, ", ".join(found) or "none")
